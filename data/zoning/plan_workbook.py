"""How does a plan become an Excel workbook that can be edited and read again?"""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill

from data.importing.report import FORMULA_STARTS
from data.zoning.plan_columns import CODE_FIELD, KEY_FIELD, NAME_FIELD, ZONE_FIELD, Columns

UNIT_SHEET, ZONE_SHEET, HEAD_SHEET = "units", "zones", "plan"
_EDITED = frozenset({ZONE_FIELD, NAME_FIELD})
_WIDTHS = {CODE_FIELD: 20, KEY_FIELD: 20, NAME_FIELD: 24, "name": 24, "zone_code": 20, "parent": 18, "team": 24}
_HEAD_FONT, _EDITED_FILL = Font(bold=True), PatternFill("solid", start_color="FFF2CC")


def plan_workbook(units: Columns, zones: Columns, head: dict[str, object]) -> bytes:
    """An xlsx file with the sheets `units`, `zones` and `plan`; what may be edited has a coloured heading.

    Texts are stored as texts, so that no code loses its zeros and no name is taken for a formula.
    """
    book = Workbook(write_only=True)
    _write(book, UNIT_SHEET, units)
    _write(book, ZONE_SHEET, zones)
    _write(book, HEAD_SHEET, {"field": list(head), "value": list(head.values())})
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write(book: Workbook, title: str, columns: Columns) -> None:
    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for position, name in enumerate(columns):
        width = 64 if title == HEAD_SHEET and position else _WIDTHS.get(name, 14)
        sheet.column_dimensions[chr(ord("A") + position)].width = width
    sheet.append([_heading(sheet, name) for name in columns])
    for row in zip(*columns.values(), strict=True):
        sheet.append(_cells(sheet, row))


def _heading(sheet: Any, name: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, name)
    cell.font = _HEAD_FONT
    if name in _EDITED and sheet.title == UNIT_SHEET:
        cell.fill = _EDITED_FILL
    return cell


def _cells(sheet: Any, values: Iterable[object]) -> Sequence[object]:
    return [_text_cell(sheet, value) if isinstance(value, str) else value for value in values]


def _text_cell(sheet: Any, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    cell.number_format = "@"
    # With this mark a text stays a text also when somebody edits the cell or saves the sheet as CSV.
    cell.quotePrefix = text.startswith(FORMULA_STARTS)
    return cell
