"""How does a plan become one HTML file that a council can read, print and verify without any network?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import folium
from branca.element import Figure

from data.zoning.plan_document import PlanDocument
from layers.legend import Lang
from layers.offline_assets import leaflet_tags
from layers.offline_policy import offline_policy
from layers.plan_report_map import plan_map
from layers.plan_report_style import REPORT_STYLE
from layers.plan_report_tables import (
    faults_list,
    figures_table,
    parameters_table,
    reasons_list,
    units_tables,
    zones_table,
)
from layers.plan_report_words import word

_HEAD = "<!-- offline assets -->"
_MAP = re.compile(r'<div class="folium-map"[^>]*>\s*</div>')
HASH_COMMAND = "tail -n +2 plan.csv | cut -d, -f1,2 | sha256sum"


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A plan and what its report says beside it.

    Attributes:
        made_at: moment of the report, aware.
        time_zone: in which moments are written.
        fence: what no zone crosses, such as the name of a level; empty where it has no name.
        versions: of the programs, by name.
    """

    document: PlanDocument
    made_at: datetime
    time_zone: str
    lang: Lang = "zh"
    fence: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


def plan_report_html(report: PlanReport) -> str:
    """One HTML file; every asset is inside, and its own policy forbids it to ask for anything.

    Raises:
        AssetMissing: Leaflet is not on this machine.
    """
    figure = plan_map(report.document, report.lang).get_root()
    assert isinstance(figure, Figure)
    figure.header.add_child(folium.Element(_HEAD), name="offline_assets")
    html: str = figure.render().replace("L.control.scale()", "L.control.scale({imperial: false})", 1)
    leaflet = leaflet_tags()
    # Texts of the page come in afterwards: a script that came with one of them would not be in the policy.
    policy = f'<meta http-equiv="Content-Security-Policy" content="{offline_policy(leaflet + html)}">'
    title = escape(f"{report.document.head.name} · {word('kind', report.lang)}")
    head = f"{leaflet}\n<title>{title}</title>\n<style>{REPORT_STYLE}</style>"
    found = _MAP.search(html)
    assert found is not None
    page = f"<main>{_before_map(report)}{found.group()}{_after_map(report)}</main>"
    html = html[: found.start()] + page + html[found.end() :]
    language = "en" if report.lang == "en" else "zh-CN"
    html = html.replace("<html>", f'<html lang="{language}">', 1).replace("<head>", f"<head>{policy}", 1)
    return html.replace(_HEAD, head, 1)


def _before_map(report: PlanReport) -> str:
    document, lang = report.document, report.lang
    head = document.head
    state = word(f"state.{head.state}", lang)
    return (
        f'<p class="kind">{escape(word("kind", lang))}</p>'
        f'<h1>{escape(head.name)}<span class="state">{escape(state)}</span></h1>'
        f"<dl>{''.join(_facts(report))}</dl>{_older(report)}{_counts(report)}"
        f"<h2>{escape(word('map', lang))}</h2>"
    )


def _older(report: PlanReport) -> str:
    """That borders have changed since, and what therefore is not told; nothing where they have not."""
    head, lang = report.document.head, report.lang
    if not head.is_of_older_boundaries:
        return ""
    told = word("head.older", lang, drawn=head.boundary_revision, present=head.present_revision)
    return f'<p class="note">▲ {escape(told)}</p>'


def _facts(report: PlanReport) -> list[str]:
    head, lang = report.document.head, report.lang
    facts: list[tuple[str, str]] = [
        ("head.area", f"{(lang == 'en' and head.within_name_en) or head.within_name} {head.within}"),
        ("head.base", head.base_en if lang == "en" else head.base_zh),
        ("head.version", f"{head.version:,}"),
        ("head.revision", str(head.boundary_revision)),
        ("head.made", f"{head.made_by} · {_moment(head.made_at, report.time_zone)}"),
        ("head.report", _moment(report.made_at, report.time_zone)),
        ("head.period", _period(head.since, head.until, lang)),
        ("origin.seed", word("origin.no_seed", lang) if head.seed is None else str(head.seed)),
    ]
    days = (("head.adopted", head.adopted_from), ("head.superseded", head.superseded_from))
    facts += [(key, day.isoformat()) for key, day in days if day is not None]
    return [f"<dt>{escape(word(key, lang))}</dt><dd>{escape(text)}</dd>" for key, text in facts]


def _counts(report: PlanReport) -> str:
    document, lang = report.document, report.lang
    counts = {
        "count.zones": document.sums.zones,
        "count.units": len(document.units.codes),
        "count.unassigned": document.sums.unassigned,
    }
    boxes = (f"<div><b>{count:,}</b><span>{escape(word(key, lang))}</span></div>" for key, count in counts.items())
    return f'<div class="big">{"".join(boxes)}</div>'


def _after_map(report: PlanReport) -> str:
    document, lang = report.document, report.lang
    return (
        f'<p class="note">{escape(word("map.note", lang))}</p>'
        f"<h2>{escape(word('figures', lang))}</h2>{figures_table(document, lang)}"
        f"<h2>{escape(word('check', lang))}</h2>{_faults(report)}"
        f"<h2>{escape(word('zones', lang))}</h2>{zones_table(document, lang)}"
        f"{reasons_list(document, lang)}"
        f"<h2>{escape(word('parameters', lang))}</h2>{parameters_table(document, lang)}"
        f"<h2>{escape(word('method', lang))}</h2>{_method(report)}"
        f"<h2>{escape(word('origin', lang))}</h2>{_origin(report)}"
        f"<h2>{escape(word('units', lang))}</h2>{units_tables(document, lang)}"
    )


def _faults(report: PlanReport) -> str:
    document, lang = report.document, report.lang
    if not document.faults:
        fence = report.fence or word("check.fence", lang)
        return f"<p>✓ {escape(word('check.sound', lang, fence=fence))}</p>"
    return faults_list(document, lang)


def _method(report: PlanReport) -> str:
    lang = report.lang
    stable = ("stable",) if report.document.head.parameters.get("stable") is True else ()
    parts = ("neighbours", "profile", "search", *stable, "hand", "check", "limits")
    return "".join(f"<p>{escape(word(f'method.{part}', lang))}</p>" for part in parts)


def _origin(report: PlanReport) -> str:
    lang = report.lang
    versions = " · ".join(f"{name} {version}" for name, version in report.versions.items())
    shown = f"<p>{escape(word('origin.versions', lang))}: {escape(versions)}</p>" if versions else ""
    return (
        f"<p>{escape(word('origin.hash', lang))}<br><code>{report.document.hash}</code></p>"
        f"<p>{escape(word('origin.how', lang))}</p><pre><code>{escape(HASH_COMMAND)}</code></pre>"
        f'{shown}<p class="note">{escape(word("page", lang))}</p>'
    )


def _moment(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} ({zone})"


def _period(since: date | None, until: date | None, lang: Lang) -> str:
    if since is None or until is None:
        return word("head.no_period", lang)
    return word("until", lang, first=since.isoformat(), last=(until - timedelta(days=1)).isoformat())
