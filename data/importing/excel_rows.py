"""Which rows does a sheet of an Excel file hold, as text?"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from data.importing.archive_limits import require_safe_archive
from data.importing.errors import FileUnreadable


def excel_rows(path: Path, sheet: str | None) -> Iterator[tuple[int, dict[str, str | None]]]:
    """Read a sheet below its header, the first row that is not empty.

    Args:
        path: an xlsx file.
        sheet: name of the sheet; None takes the first.

    Yields:
        (row number in the sheet, from 1; text by column name). Empty rows are passed over.

    Raises:
        FileUnreadable: no workbook, no such sheet, or one that would unpack into too much.
    """
    require_safe_archive(path)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError) as error:
        raise FileUnreadable(path.name, f"It is no Excel workbook ({error}).", "Save it as .xlsx.") from error
    if sheet is not None and sheet not in book.sheetnames:
        raise FileUnreadable(path.name, f"It has no sheet {sheet!r}.", f"Its sheets: {', '.join(book.sheetnames)}.")
    header: list[str] = []
    for number, values in enumerate(book[sheet or book.sheetnames[0]].iter_rows(values_only=True), start=1):
        cells = [_text_of(value) for value in values]
        if not any(cells):
            continue
        if not header:
            header = [(cell or "").strip() for cell in cells]
        else:
            yield number, {name: cell for name, cell in zip(header, cells, strict=False) if name}
    book.close()


def _text_of(value: object) -> str | None:
    """A cell as a person reads it: whole numbers without a point, moments in ISO form."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
