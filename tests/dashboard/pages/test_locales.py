"""Does every sentence on screen exist in both languages?"""

import ast
import json
import re
from pathlib import Path

import pytest

from dashboard.errors import LocaleKeyUnknown
from dashboard.i18n.translate import FOLDER, LANGUAGES, t, texts
from dashboard.pages.map.state import DENSITIES, METRICS, OVERLAYS, PRESETS, SCHEMES
from dashboard.theme.tokens import MEANING_SHAPES
from geo.status import CaseStatus

ROOT = Path(__file__).parents[3] / "dashboard"


def _calls() -> list[tuple[Path, ast.expr]]:
    nodes = [
        (path, node) for path in ROOT.rglob("*.py") for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    ]
    return [
        (path, node.args[0])
        for path, node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t" and node.args
    ]


def _pattern(key: ast.expr) -> str | None:
    """Regular expression of the keys that a call can ask for."""
    if isinstance(key, ast.Constant):
        return re.escape(str(key.value))
    if isinstance(key, ast.JoinedStr):
        return "".join(
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z0-9_]+" for part in key.values
        )
    return None


def test_both_languages_have_the_same_keys():
    zh, en = (json.loads((FOLDER / f"{lang}.json").read_text(encoding="utf-8")) for lang in LANGUAGES)
    assert zh.keys() == en.keys()
    assert all(text.strip() for key, text in zh.items())
    assert all(text.strip() for key, text in en.items() if not key.endswith(".short"))


def test_both_languages_have_the_same_placeholders():
    def holes(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text))

    differing = [key for key in texts("zh") if holes(texts("zh")[key]) != holes(texts("en")[key])]
    assert differing == []


def test_every_key_that_the_code_asks_for_exists():
    calls = _calls()
    assert len(calls) > 80
    patterns = [(path.name, _pattern(key)) for path, key in calls]
    keys = texts("zh")
    missing = [(name, p) for name, p in patterns if p and not any(re.fullmatch(p, key) for key in keys)]
    assert missing == []


def test_every_key_is_asked_for():
    patterns = [pattern for _, key in _calls() if (pattern := _pattern(key))]
    unused = [key for key in texts("zh") if not any(re.fullmatch(pattern, key) for pattern in patterns)]
    assert unused == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_choice_has_a_name(lang):
    keys = [
        *(f"map.metric.{metric}" for metric in METRICS),
        *(f"map.metric.{metric}.long" for metric in METRICS),
        *(f"map.scheme.{scheme}" for scheme in SCHEMES),
        *(f"map.density.{density}" for density in DENSITIES),
        *(f"map.overlay.{overlay}" for overlay in OVERLAYS),
        *(f"map.period.{days}" for days in PRESETS),
        *(f"status.{status.key}" for status in CaseStatus),
        *(f"meaning.{meaning}" for meaning in MEANING_SHAPES),
    ]
    assert all(t(key, lang) for key in keys)


def test_an_unknown_key_says_what_to_do():
    with pytest.raises(LocaleKeyUnknown, match=r"no\.such\.key.*Add it to both files"):
        t("no.such.key", "zh")
