"""How often is the right class among the first suggestions, against the most frequent class and a plain naive Bayes?"""

from collections import Counter
from collections.abc import Iterator, Sequence
from time import perf_counter

from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from data.class_suggestion.model import Example, train
from tests.benchmarks.context import Bench
from tests.benchmarks.measure import Measure, at_least, at_most
from tests.support.suggestion_trial import Guess, Share, demo_texts, lessons, score

LEARNT_SEED, TRIAL_SEED = 404, 303
LEARNT, TRIAL = 15_000, 2_000
GUIDE_MS = 20


def measures(_: Bench) -> Iterator[Measure]:
    """Shares of a city whose reports were learnt and of an empty one, on texts of another seed; time of a question."""
    trial = demo_texts(TRIAL_SEED, TRIAL)
    names, reports = lessons(demo_texts(LEARNT_SEED, LEARNT))
    model, bare = train(names, reports), train(names, ())
    start = perf_counter()
    own = score(lambda text: [one.class_id for one in model.suggest(text, 3)], trial)
    milliseconds = (perf_counter() - start) * 1_000 / len(trial)
    plain = score(_naive_bayes(names, reports), trial)
    common = score(_most_frequent(reports), trial)
    detail = f"naive Bayes of scikit-learn {_words(plain)}, most frequent class {_words(common)}"
    yield at_least("class among the first three suggestions, against naive Bayes", own.of_three / plain.of_three, 1.0)
    yield at_least("class among the first three suggestions", own.of_three, 0.9, detail=f"{_words(own)}; {detail}")
    empty = score(lambda text: [one.class_id for one in bare.suggest(text, 3)], trial)
    yield at_least("the same of a city without reports", empty.of_three, 0.5, detail=_words(empty))
    yield at_most("a suggestion", milliseconds, GUIDE_MS, " ms", judged=False)


def _words(share: Share) -> str:
    return f"first {share.first:.2f}, of three {share.of_three:.2f}"


def _most_frequent(reports: Sequence[Example]) -> Guess:
    common = [class_id for class_id, _ in Counter(one.class_id for one in reports).most_common(3)]
    return lambda _: common


def _naive_bayes(names: Sequence[Example], reports: Sequence[Example]) -> Guess:
    """Of the same lessons, by pairs and triples of characters."""
    known = [*names, *reports]
    vectors = CountVectorizer(analyzer="char", ngram_range=(2, 3), binary=True)
    peer = MultinomialNB().fit(vectors.fit_transform([one.text for one in known]), [one.class_id for one in known])

    def guess(text: str) -> Sequence[int]:
        shares = peer.predict_proba(vectors.transform([text]))[0]
        return [int(peer.classes_[place]) for place in shares.argsort()[::-1][:3]]

    return guess
