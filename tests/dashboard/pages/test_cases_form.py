"""Has the form of a new case every sentence that it says, in both languages, and no other?"""

import re
from pathlib import Path

import pytest

from dashboard.pages.cases.words import browser_words
from data.privacy.kinds import Kind

ASSETS = Path(__file__).parents[3] / "dashboard" / "assets"
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(ASSETS.glob("8[5-7]_cases_new_*.js")))
FIELDS = {"text", "address", "family", "class", "severity", "source", "result"}


def said() -> set[str]:
    plain = set(re.findall(r'"(new_\w+)"', SOURCE))
    built = {f"new_{name}" for name in FIELDS} | {f"new_masked_{kind.value}" for kind in Kind}
    built |= {f"new_photo_{state}" for state in ("waiting", "sending", "done", "refused")}
    built |= {f"new_severity_{n}" for n in (1, 2, 3)} | {"new_wrong_text", "new_wrong_class"}
    return plain | built | {f"new_refused_{name}" for name in ("lon", "class", "department")}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_of_the_form_exists_and_is_said(lang: str) -> None:
    held = {name for name in browser_words(lang) if name.startswith("new_")}
    assert len(held) > 40
    assert said() - held == set()
    assert held - said() == set()
