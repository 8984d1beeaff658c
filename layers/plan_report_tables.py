"""Which tables stand in the report of a plan?"""

import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from data.zoning.plan_columns import mean_workload
from data.zoning.plan_document import PlanDocument, PlanSums, PlanUnits, PlanZone, Shortfall
from layers.legend import Lang
from layers.plan_report_words import parameter_place, parameter_word, value_word, word

Row = Sequence[str]
_SHOWN = 8


def table(head: Row, rows: Iterable[Row], numeric: frozenset[int] = frozenset()) -> str:
    """A table; cells are HTML already, columns of `numeric` stand to the right."""

    def line(cells: Row, tag: str) -> str:
        marks = (' class="n"' if k in numeric else "" for k in range(len(cells)))
        return "".join(f"<{tag}{mark}>{cell}</{tag}>" for mark, cell in zip(marks, cells, strict=True))

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    return f"<table><thead><tr>{line(head, 'th')}</tr></thead><tbody>{body}</tbody></table>"


def figures_table(document: PlanDocument, lang: Lang) -> str:
    """Figures of the plan with their change since the start and against the plan in force."""
    now, start, in_force = document.sums, document.start, document.in_force
    head = ["figures.name", "figures.now"]
    head += ["figures.start"] * (start is not None) + ["figures.in_force"] * (in_force is not None)
    others = [sums for sums in (start, in_force) if sums is not None]
    rows = [
        [word(f"figure.{key}", lang), text, *(_change(key, now, other, lang) for other in others), _meaning(key, lang)]
        for key, text in _figures(now, lang).items()
    ]
    titles = [word(key, lang) for key in head] + [word("figures.meaning", lang)]
    return table(titles, rows, frozenset(range(1, 2 + len(others))))


def _figures(sums: PlanSums, lang: Lang) -> dict[str, str]:
    return {
        "zones": f"{sums.zones:,}",
        "ratio": f"{sums.ratio:.4f}",
        "compactness": f"{sums.compactness:.4f}",
        "balance": f"{sums.workload_max_over_mean:.3f}",
        "contiguous": word("yes" if sums.contiguous else "no", lang),
        "unassigned": f"{sums.unassigned:,}",
    }


def _change(key: str, now: PlanSums, other: PlanSums, lang: Lang) -> str:
    if key == "contiguous":
        return word("same" if now.contiguous == other.contiguous else "yes" if now.contiguous else "no", lang)
    name = "workload_max_over_mean" if key == "balance" else key
    change = getattr(now, name) - getattr(other, name)
    digits = {"ratio": 4, "compactness": 4, "balance": 3}.get(key, 0)
    return word("same", lang) if round(change, digits) == 0 else f"{change:+,.{digits}f}".replace("-", "−")


def _meaning(key: str, lang: Lang) -> str:
    return f'<span class="note">{escape(word(f"meaning.{key}", lang))}</span>'


def zones_table(document: PlanDocument, lang: Lang) -> str:
    """Figures of each zone that has units."""
    zones = [zone for zone in document.zones if zone.members]
    mean = mean_workload(zones)
    coded = any(zone.code for zone in zones)
    keys = ["number", "name", *["code"] * coded, "team", "members", "workload", "share", "area", "perimeter"]
    keys += ["roundness", "similarity", "pieces"]
    head = [word(f"zone.{key}", lang) for key in keys]
    rows = []
    for zone in zones:
        cells = _zone_cells(zone, mean, lang)
        rows.append([cells[key] for key in keys])
    numeric = frozenset(k for k, key in enumerate(keys) if key not in ("number", "name", "code", "team"))
    return table(head, rows, numeric)


def zone_title(zone: PlanZone, lang: Lang) -> str:
    """Name of a zone in the language of the report, as far as it has one there."""
    return (lang == "en" and zone.name_en) or zone.name


def figure(value: float, form: str) -> str:
    """A figure; a dash where it is not known."""
    return "–" if math.isnan(value) else format(value, form)


def _zone_cells(zone: PlanZone, mean: float, lang: Lang) -> Mapping[str, str]:
    return {
        "number": f'<i style="background:{escape(zone.colour)}"></i>{zone.number + 1}',
        "name": escape(zone_title(zone, lang)),
        "code": escape(zone.code),
        "team": escape(zone.team) or "–",
        "members": f"{zone.members:,}",
        "workload": figure(zone.workload, ",.1f"),
        "share": figure(zone.workload / mean, ".2f") if mean else "–",
        "area": f"{zone.area_m2 / 1e6:,.2f}",
        "perimeter": figure(zone.perimeter_m / 1e3, ",.1f"),
        "roundness": figure(zone.roundness, ".2f"),
        "similarity": "–" if zone.similarity is None else f"{zone.similarity:.2f}",
        "pieces": "–" if zone.pieces is None else str(zone.pieces),
    }


def faults_list(document: PlanDocument, lang: Lang) -> str:
    """Where the plan must still be worked on."""
    lines = "".join(f"<li>{escape(_fault(fault, lang))}</li>" for fault in document.faults)
    return f'<ul class="fault">{lines}</ul>'


def _fault(fault: Shortfall, lang: Lang) -> str:
    values = {
        "zone": "–" if fault.zone is None else fault.zone + 1,
        "count": f"{fault.count:,}",
        "figure": f"{fault.figure:,.6g}",
        "bound": "–" if fault.bound is None else f"{fault.bound:,.6g}",
    }
    shown = ", ".join(fault.units[:_SHOWN]) + (" …" if fault.count > _SHOWN else "")
    return f"{word(f'fault.{fault.kind}', lang, **values)} {shown}"


def reasons_list(document: PlanDocument, lang: Lang) -> str:
    """Why the units of each zone are together, where that is known."""
    lines = [
        f"<li><b>{zone.number + 1} {escape(zone_title(zone, lang))}</b> – "
        + escape(("；" if lang == "zh" else "; ").join(pair[lang == "en"] for pair in zone.why))
        + "</li>"
        for zone in document.zones
        if zone.why
    ]
    return f"<h2>{escape(word('why', lang))}</h2><ul>{''.join(lines)}</ul>" if lines else ""


def unit_title(units: PlanUnits, place: int, lang: Lang) -> str:
    """Name of a unit in the language of the report, as far as it has one there."""
    return (lang == "en" and bool(units.names_en) and units.names_en[place]) or units.names[place]


def units_tables(document: PlanDocument, lang: Lang) -> str:
    """The units of each zone, and last those in none."""
    parts = []
    zones = {zone.number: zone for zone in document.zones}
    for number in sorted(set(document.units.zone.tolist()), key=lambda k: (k < 0, k)):
        zone = zones.get(number)
        title = f"{number + 1} {zone_title(zone, lang)}" if zone else word("map.none", lang)
        parts.append(f"<section><h3>{escape(title)}</h3>{_members(document, number, lang)}</section>")
    return f'<div class="units">{"".join(parts)}</div>'


def _members(document: PlanDocument, number: int, lang: Lang) -> str:
    units = document.units
    head = [word(key, lang) for key in ("unit.code", "unit.name", "zone.workload")]
    rows = [
        [escape(units.codes[k]), escape(unit_title(units, k, lang)), figure(float(units.workload[k]), ",.1f")]
        for k in np.flatnonzero(units.zone == number).tolist()
    ]
    return table(head, rows, frozenset({2}))


def parameters_table(document: PlanDocument, lang: Lang) -> str:
    """Rules and wishes as they were asked for, with links and cuts made by hand."""
    given = sorted(_flat(document.head.parameters), key=lambda pair: parameter_place(pair[0]))
    given = [(name, text) for name, text in given if text]
    given += [(name, "; ".join(f"{a} – {b}" for a, b in pairs)) for name, pairs in _by_hand(document) if pairs]
    if not given:
        return f"<p>{escape(word('parameters.none', lang))}</p>"
    rows = [[escape(parameter_word(name, lang)), escape(value_word(text, lang))] for name, text in given]
    return table([word("parameter", lang), word("value", lang)], rows)


def _by_hand(document: PlanDocument) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return ("links", document.links), ("cuts", document.cuts)


def _flat(values: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value)
        else:
            yield name, _text(value)


def _text(value: object) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(_text(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
