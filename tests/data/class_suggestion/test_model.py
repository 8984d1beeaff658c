"""Is the right class among the first suggestions, for the right words, also in a city without reports?"""

import pytest

from data.class_suggestion.model import MOST_WORDS, ClassModel, Example, train
from data.class_suggestion.terms import plain_text, terms_in, terms_of
from data.class_suggestion.training import key_words
from tests.support.suggestion_trial import catalog_classes, demo_texts, lessons, score

LAMP, TREE = 1, 2
NAMES = (Example(LAMP, "路灯"), Example(LAMP, "Street lamp"), Example(TREE, "行道树"), Example(TREE, "Street tree"))
TRIAL_SEED, LEARNT_SEED = 303, 404


@pytest.fixture(scope="module")
def empty_city() -> ClassModel:
    return train(*lessons([]))


@pytest.fixture(scope="module")
def learnt() -> ClassModel:
    return train(*lessons(demo_texts(LEARNT_SEED, 8_000)))


def test_terms_are_pairs_and_triples_of_characters_and_words_in_letters() -> None:
    assert [one.key for one in terms_in(plain_text("路灯坏 LAMP 3号"))] == ["路灯", "灯坏", "路灯坏", "lamp"]
    assert [(one.start, one.end) for one in terms_in("路灯坏")] == [(0, 2), (1, 3), (0, 3)]
    assert terms_of("路灯路灯") >= {"路灯"}


def test_a_name_is_enough_and_its_words_are_told() -> None:
    model = train(NAMES, ())
    first = model.suggest("学校门口的路灯不亮")[0]
    assert first.class_id == LAMP
    assert first.words[0].startswith("路灯")
    assert model.suggest("street tree fell")[0].class_id == TREE


def test_words_are_parts_of_the_text_and_few() -> None:
    model = train(*lessons(demo_texts(1, 2_000)))
    text = "小区西门路灯不亮，垃圾桶满溢未清，红绿灯不亮，井盖破损下沉"
    for one in model.suggest(text):
        assert len(one.words) <= MOST_WORDS
        assert all(word in text for word in one.words)


def test_probabilities_fall_and_stay_below_one_in_sum(learnt: ClassModel) -> None:
    found = learnt.suggest("网上刷单被骗了两万", 10)
    shares = [one.p for one in found]
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1 + 1e-9


@pytest.mark.parametrize("text", ["", "   ", "12345", "zzzz qqqq"])
def test_what_says_nothing_gets_no_suggestion(learnt: ClassModel, text: str) -> None:
    assert learnt.suggest(text) == ()


def test_reports_teach_what_the_catalog_does_not_say() -> None:
    reports = [Example(TREE, "枝叶遮挡视线") for _ in range(5)]
    assert train(NAMES, ()).suggest("枝叶遮挡视线") == ()
    assert train(NAMES, reports).suggest("枝叶遮挡视线")[0].class_id == TREE


def test_a_report_of_a_class_that_is_not_named_teaches_nothing() -> None:
    assert train(NAMES, [Example(99, "别的事情")]).suggest("别的事情") == ()


def test_the_same_lessons_in_another_order_give_the_same_answer() -> None:
    reports = demo_texts(5, 600)
    names, _ = lessons(())
    text = "菜市场东门路灯不亮"
    one, other = train(names, reports), train(names, reports[::-1])
    assert [s.class_id for s in one.suggest(text)] == [s.class_id for s in other.suggest(text)]
    assert [s.p for s in one.suggest(text)] == pytest.approx([s.p for s in other.suggest(text)], abs=1e-4)


def test_classes_of_another_city_of_the_same_kind_are_found(learnt: ClassModel) -> None:
    found = score(lambda text: [one.class_id for one in learnt.suggest(text, 3)], demo_texts(TRIAL_SEED, 800))
    assert found.first >= 0.93
    assert found.of_three >= 0.95


def test_sensitive_classes_are_found_though_their_texts_are_not_learnt(learnt: ClassModel) -> None:
    entries = catalog_classes()
    trial = [one for one in demo_texts(TRIAL_SEED, 2_000) if entries[one.class_id].sensitive]
    found = score(lambda text: [one.class_id for one in learnt.suggest(text, 3)], trial)
    assert found.of_three >= 0.75


def test_an_empty_city_knows_its_catalog(empty_city: ClassModel) -> None:
    for entry in catalog_classes():
        best = empty_city.suggest(entry.name_zh, 3)
        assert entry.id in [one.class_id for one in best], entry.name_zh
    found = score(lambda text: [one.class_id for one in empty_city.suggest(text, 3)], demo_texts(TRIAL_SEED, 800))
    assert found.of_three >= 0.5


def test_key_words_belong_to_classes_and_every_sensitive_class_has_some() -> None:
    entries = catalog_classes()
    assert key_words().keys() <= {entry.code for entry in entries}
    assert {entry.code for entry in entries if entry.sensitive} <= key_words().keys()
