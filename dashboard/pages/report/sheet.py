"""How do codes get onto paper? A page to print, one card for each ground, without any request to anywhere."""

from collections.abc import Callable, Sequence
from html import escape

import segno

from dashboard.pages.report.texts import report_texts
from data.report_page.codes import ReportCode

STYLE = """
@page { size: A4; margin: 12mm; }
* { box-sizing: border-box; }
body { margin: 0; color: #000; background: #fff;
  font-family: "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
.sheet { display: grid; grid-template-columns: 1fr 1fr; gap: 6mm; }
.card { display: grid; grid-template-rows: auto auto auto 1fr auto; justify-items: center; gap: 2mm; height: 132mm;
  padding: 6mm; border: 0.4mm solid #000; border-radius: 3mm; text-align: center; break-inside: avoid;
  overflow: hidden; }
h1 { margin: 0; font-size: 7mm; line-height: 1.25; }
h1 small { display: block; font-size: 4mm; font-weight: 400; }
.card svg { width: 58mm; height: 58mm; }
.where { font-size: 4.2mm; font-weight: 600; overflow-wrap: anywhere; }
.where small, .step small { display: block; font-size: 3.2mm; font-weight: 400; }
.step { font-size: 3.6mm; line-height: 1.4; }
.foot { font-size: 3.2mm; overflow-wrap: anywhere; }
@media screen { body { padding: 6mm; max-width: 210mm; margin: auto; } }
"""


def link_of(code: ReportCode, site: str) -> str:
    """The address that a code stands for."""
    return f"{site.rstrip('/')}/report/{code.code}"


def code_svg(code: ReportCode, site: str) -> str:
    """The code as SVG; of its modules a quarter may be dirty or torn.

    Source: ISO/IEC 18004, error correction level Q.
    """
    made = segno.make(link_of(code, site), error="q", micro=False, boost_error=False)
    return str(made.svg_inline(border=4, scale=4, dark="#000", light="#fff", omitsize=True))


def sheet_html(codes: Sequence[ReportCode], site: str, told: Callable[[int], None] | None = None) -> str:
    """Four cards on a page of A4, in both languages; print it, or save it as PDF, from a browser.

    Args:
        codes: In the order of the cards.
        site: Scheme, host and port under which phones reach the program.
        told: Hears how many cards are drawn.
    """
    cards = []
    for done, code in enumerate(codes, 1):
        cards.append(_card(code, site))
        if told is not None:
            told(done)
    title = escape(report_texts("zh")["product"])
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n"
        f'<div class="sheet">\n{"".join(cards)}</div>\n</body>\n</html>\n'
    )


def _card(code: ReportCode, site: str) -> str:
    zh, en = report_texts("zh"), report_texts("en")
    other = f'<small lang="en">{escape(code.name_en)}</small>' if code.name_en not in ("", code.name) else ""
    until = _until(code)
    return f"""<section class="card">
<h1>{escape(zh["product"])}<small lang="en">{escape(en["product"])}</small></h1>
{code_svg(code, site)}
<div class="where">{escape(code.name)}{other}</div>
<div class="step">{escape(zh["sheet.step"])}<small lang="en">{escape(en["sheet.step"])}</small></div>
<div class="foot">{escape(link_of(code, site))}{until}<br>{escape(zh["sheet.urgent"])}</div>
</section>
"""


def _until(code: ReportCode) -> str:
    """The last day of a code, in both languages; nothing where it has none."""
    if code.valid_until is None:
        return ""
    said = [report_texts(lang)["sheet.until"].format(day=f"{code.valid_until:%Y-%m-%d}") for lang in ("zh", "en")]
    return f"<br>{' · '.join(said)}"
