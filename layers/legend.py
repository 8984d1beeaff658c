"""What does a legend say?"""

from dataclasses import dataclass
from typing import Literal

from layers.classification import Classes
from layers.palette import STATES, Theme, ramp

Lang = Literal["zh", "en"]
Shape = Literal["swatch", "hatch", "dots", "ramp", "dot"]

_WORDS: dict[str, tuple[str, str]] = {
    "zero": ("零", "Zero"),
    "no_data": ("无数据", "No data"),
    "filtered": ("已筛除", "Filtered out"),
    "suppressed": ("少于公开下限或没有", "Below the minimum count, or none"),
    "and_more": ("及以上", "and more"),
    "bandwidth": ("核密度半径", "Kernel radius"),
    "per_km2": ("件/平方公里", "incidents per km²"),
    "hex_edge": ("六边形边长", "Hexagon edge"),
    "incidents": ("件", "incidents"),
    "low": ("低", "low"),
    "high": ("高", "high"),
}


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of a legend.

    Attributes:
        key: `class-0` …, or zero, no_data, filtered, suppressed.
        label: Text in the legend's language.
        colour: CSS hex.
        shape: How the sample is drawn, so that no meaning rests on colour alone.
        ink: Colour of the pattern, for hatch and dots.
        count: How many units or bins the line stands for; None where nobody counted.
    """

    key: str
    label: str
    colour: str
    shape: Shape = "swatch"
    ink: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Legend:
    """A legend in one language and theme.

    Attributes:
        unit: What the amounts count.
        notes: Facts without which the picture could be misread, such as the bandwidth of a heat surface.
    """

    title: str
    unit: str
    entries: tuple[LegendEntry, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many units have no amount to show, by reason."""

    filtered: int = 0
    suppressed: int = 0


def word(key: str, lang: Lang) -> str:
    """A word of legends in the language."""
    return _WORDS[key][lang == "en"]


def choropleth_legend(
    classes: Classes,
    *,
    title: str,
    unit: str,
    ramp_name: str,
    theme: Theme,
    lang: Lang,
    states: StateCounts | None = None,
    decimals: int = 0,
) -> Legend:
    """Legend of classes and, where they occur, of zero, no data, filtered out and suppressed.

    Args:
        title: What is shown, in the language.
        unit: What the amounts count, in the language.
        decimals: Digits after the point; 0 for whole numbers.
    """
    entries = class_entries(classes, ramp_name=ramp_name, theme=theme, lang=lang, decimals=decimals)
    return Legend(title, unit, entries + _state_entries(classes, states or StateCounts(), theme, lang))


def class_entries(
    classes: Classes, *, ramp_name: str, theme: Theme, lang: Lang, decimals: int = 0
) -> tuple[LegendEntry, ...]:
    """One entry per class, low to high."""
    if not len(classes):
        return ()
    colours = ramp(ramp_name, len(classes), theme)
    labels = range_labels(classes, decimals, lang)
    return tuple(
        LegendEntry(f"class-{k}", label, colour, count=count)
        for k, (label, colour, count) in enumerate(zip(labels, colours, classes.counts, strict=True))
    )


def range_labels(classes: Classes, decimals: int, lang: Lang) -> tuple[str, ...]:
    """The span of each class as text; whole numbers start one above the class before."""
    step = 1.0 if decimals == 0 else 0.0
    lows = [classes.low, *(bound + step for bound in classes.breaks[:-1])]
    labels = [_span(low, high, decimals) for low, high in zip(lows, classes.breaks, strict=True)]
    if classes.counts[-1] and len(classes) > 1 and classes.scheme == "fixed":
        gap = "" if lang == "zh" else " "
        labels[-1] = f"{_number(lows[-1], decimals)}{gap}{word('and_more', lang)}"
    return tuple(labels)


def heat_legend(highest_per_km2: float, bandwidth_m: float, *, title: str, theme: Theme, lang: Lang) -> Legend:
    """Legend of a kernel density, with the bandwidth by which it was made."""
    colours = ramp("heat", 5, theme)
    entries = tuple(
        LegendEntry(f"ramp-{k}", f"{highest_per_km2 * (k + 1) / 5:.3g}", colour, "ramp")
        for k, colour in enumerate(colours)
    )
    return Legend(title, word("per_km2", lang), entries, (_metres("bandwidth", bandwidth_m, lang),))


def hex_legend(classes: Classes, edge_m: float, *, title: str, theme: Theme, lang: Lang) -> Legend:
    """Legend of hexagons, with the length of their edge."""
    entries = class_entries(classes, ramp_name="heat", theme=theme, lang=lang)
    return Legend(title, word("incidents", lang), entries, (_metres("hex_edge", edge_m, lang),))


def _state_entries(classes: Classes, states: StateCounts, theme: Theme, lang: Lang) -> tuple[LegendEntry, ...]:
    colours = STATES[theme]
    every = (
        LegendEntry("zero", word("zero", lang), colours.zero, count=classes.zeros),
        LegendEntry("no_data", word("no_data", lang), colours.no_data, "hatch", colours.no_data_ink, classes.missing),
        LegendEntry("filtered", word("filtered", lang), colours.filtered, count=states.filtered),
        LegendEntry(
            "suppressed",
            word("suppressed", lang),
            colours.suppressed,
            "dots",
            colours.suppressed_ink,
            states.suppressed,
        ),
    )
    return tuple(entry for entry in every if entry.count)


def _span(low: float, high: float, decimals: int) -> str:
    first, last = _number(low, decimals), _number(high, decimals)
    return last if first == last or low > high else f"{first} – {last}"


def _number(value: float, decimals: int) -> str:
    return f"{value:,.{decimals}f}"


def _metres(key: str, metres: float, lang: Lang) -> str:
    return f"{word(key, lang)} {metres:,.0f} m"
