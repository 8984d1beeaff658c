"""What tells everybody that a past moment is shown, and where does the player stand?"""

import json
from typing import Any

from dash import html

from dashboard import ids
from dashboard.i18n.translate import t
from dashboard.views.numbers import write_moment
from dashboard.views.patches import action_button, attributes
from data.reads.city import CityMoment
from data.reads.question import Question

WORDS = (
    "play", "pause", "back", "forward", "slower", "faster", "rate", "close", "scrub", "open", "approaching", "overdue",
    "handled", "opened", "closed", "loading", "waiting", "failed", "again", "none", "sampled", "unplaced", "marks",
    "keys", "unreachable",
)  # fmt: skip
"""What the player says, by the last part of the locale keys `replay.*`."""


def view_replay(lang: str) -> list[Any]:
    """The frame around the whole page, which shows only while a past moment is shown, and the player's words."""
    words = {name: t(f"replay.{name}", lang) for name in WORDS}
    return [
        html.Div(id=ids.REPLAY_FRAME, className="replay-frame"),
        html.Div(json.dumps(words, ensure_ascii=False), id=ids.REPLAY_WORDS, hidden=True),
    ]


def view_replay_plate(lang: str) -> html.Div:
    """What the frame means, in words over the map: which moment, that it is not live, and the way back."""
    return html.Div(
        [
            html.Strong(t("replay.frame", lang)),
            html.Time(id=ids.REPLAY_MOMENT),
            html.Span(t("replay.not_live", lang), className="replay-not-live"),
            action_button(t("replay.live", lang), "replay-end", className="replay-end"),
        ],
        className="replay-plate",
    )


def view_replay_bar(lang: str) -> html.Section:
    """The place of the player; `assets/94_replay_bar.js` fills it."""
    return html.Section(
        id=ids.REPLAY_BAR, className="replay-bar", hidden=True, **attributes({"aria-label": t("replay.bar", lang)})
    )


def view_replay_button(lang: str) -> html.Button:
    """Opens the player."""
    return action_button(
        t("replay.open_player", lang),
        "replay",
        className="replay-open",
        title=f"{t('replay.open_player.title', lang)} (R)",
        **attributes({"aria-keyshortcuts": "R"}),
    )


def write_as_of(moment: CityMoment, lang: str) -> str:
    """Time of the snapshot in words; a past moment says that it is one."""
    key = "replay.as_of" if moment.is_replay else "map.as_of"
    return t(key, lang, time=write_moment(moment.as_of, moment.zone))


def released_note(question: Question, lang: str) -> str:
    """What is said of sensitive classes where the reader's figures are not exact; empty where they are."""
    if question.leaves_out_sensitive:
        return t("replay.without_sensitive", lang)
    return t("map.legend.released", lang, n=question.minimum_count) if question.minimum_count else ""
