"""What stands beside the map in the offline file, and how does it look?"""

from html import escape

from layers.legend import LegendEntry
from layers.offline_view import OfflineView
from layers.palette import Theme

SEA: dict[Theme, str] = {"dark": "#0b1220", "light": "#dbe6ee"}
LAND: dict[Theme, str] = {"dark": "#1a2536", "light": "#f4f2ec"}
POINT: dict[Theme, str] = {"dark": "#4cc2ff", "light": "#0b6bcb"}
_PANEL: dict[Theme, tuple[str, str, str]] = {
    "dark": ("#121c2c", "#e9eff8", "#b1bfd3"),
    "light": ("#ffffff", "#1b2733", "#455264"),
}
_FONT = '"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif'


def page_style(view: OfflineView) -> str:
    """Style sheet of the page."""
    panel, ink, soft = _PANEL[view.theme]
    return (
        f"html,body{{background:{SEA[view.theme]}}}"
        f".leaflet-container{{background:{SEA[view.theme]};font:14px/1.5 {_FONT}}}"
        f".mq-panel{{position:absolute;z-index:1000;left:16px;bottom:32px;max-width:320px;"
        "max-height:calc(100% - 120px);"
        f"overflow:auto;padding:16px;border-radius:8px;background:{panel};color:{ink};font:14px/1.5 {_FONT};"
        "box-shadow:0 2px 12px rgba(0,0,0,.3);font-variant-numeric:tabular-nums}"
        ".mq-panel h1{font-size:18px;line-height:1.4;margin:0 0 4px}.mq-panel h2{font-size:14px;margin:12px 0 4px}"
        f".mq-panel p{{margin:0;color:{soft}}}.mq-panel dl{{display:grid;grid-template-columns:auto auto;gap:0 16px;"
        "margin:12px 0 0}.mq-panel dd{margin:0;text-align:right;font-weight:600}"
        ".mq-panel ul{list-style:none;margin:0;padding:0}.mq-panel li{display:flex;align-items:center;gap:8px}"
        ".mq-panel i{width:20px;height:14px;border:1px solid rgba(128,128,128,.6);flex:none}"
        f".mq-panel li span:last-child{{margin-left:auto;color:{soft}}}"
    )


def page_panel(view: OfflineView) -> str:
    """Title, moment, figures and legend as HTML; every text is escaped."""
    as_of = "数据截至" if view.lang == "zh" else "Figures as of"
    lines = "".join(f"<p>{escape(note)}</p>" for note in (f"{as_of} {view.as_of}", *view.notes))
    figures = "".join(f"<dt>{escape(word)}</dt><dd>{escape(text)}</dd>" for word, text in view.figures)
    entries = "".join(_entry(entry) for entry in view.legend.entries)
    notes = "".join(f"<p>{escape(note)}</p>" for note in view.legend.notes)
    return (
        f'<section class="mq-panel"><h1>{escape(view.title)}</h1>{lines}'
        + (f"<dl>{figures}</dl>" if figures else "")
        + f"<h2>{escape(view.legend.title)} ({escape(view.legend.unit)})</h2><ul>{entries}</ul>{notes}</section>"
    )


def _entry(entry: LegendEntry) -> str:
    count = "" if entry.count is None else f"{entry.count:,}"
    return f'<li><i style="{_sample(entry)}"></i><span>{escape(entry.label)}</span><span>{count}</span></li>'


def _sample(entry: LegendEntry) -> str:
    if entry.shape == "hatch" and entry.ink:
        return f"background:repeating-linear-gradient(45deg,{entry.ink} 0 1px,{entry.colour} 1px 5px)"
    if entry.shape == "dots" and entry.ink:
        return f"background:radial-gradient({entry.ink} 1px,{entry.colour} 1.5px) 0 0/5px 5px"
    return f"background:{entry.colour}"
