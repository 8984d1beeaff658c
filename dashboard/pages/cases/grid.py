"""How is the queue drawn as a grid: columns, paging, words, colours?"""

from typing import Any

import dash_ag_grid as dag

from dashboard import ids
from dashboard.i18n.translate import t

PAGE_ROWS = 100
"""Cases that are asked for at a time."""

MOST_PAGES = 50
"""Pages that the browser keeps; what was scrolled past is asked for again."""

OWN_WORDS = {
    "loadingOoo": "loading",
    "loadingError": "failed",
    "noRowsToShow": "none",
    "ariaRowSelect": "select",
    "ariaRowDeselect": "deselect",
    "ariaRowToggleSelection": "toggle",
    "ariaChecked": "checked",
    "ariaUnchecked": "unchecked",
}
"""Sentences that the grid itself says, by its names for them; the last part of our key `cases.grid.…`."""


def view_grid(lang: str) -> dag.AgGrid:
    """The queue; `assets/81_cases_grid.js` fills it page by page."""
    return dag.AgGrid(
        id=ids.CASES_GRID,
        className="cases-grid",
        rowModelType="infinite",
        columnDefs=_columns(lang),
        defaultColDef={
            "sortable": False,
            "resizable": False,
            "suppressMovable": True,
            "suppressHeaderMenuButton": True,
        },
        getRowId="params.data.key",
        dashGridOptions={
            "rowSelection": {
                "mode": "multiRow",
                "checkboxes": True,
                "headerCheckbox": False,
                "enableClickSelection": False,
            },
            "selectionColumnDef": {"flex": 9, "minWidth": 34, "resizable": False, "suppressHeaderMenuButton": True},
            "cacheBlockSize": PAGE_ROWS,
            "maxBlocksInCache": MOST_PAGES,
            # One is the wrapper's own first question, which nobody answers: the page brings a source of its own.
            "maxConcurrentDatasourceRequests": 2,
            "infiniteInitialRowCount": 1,
            "suppressCellFocus": False,
            "suppressDragLeaveHidesColumns": True,
            "suppressContextMenu": True,
            "animateRows": False,
            "headerHeight": 32,
            "rowHeight": 56,
            "localeText": {name: t(f"cases.grid.{key}", lang) for name, key in OWN_WORDS.items()},
        },
        style={"height": "100%", "width": "100%"},
    )


def _columns(lang: str) -> list[dict[str, Any]]:
    """What happened where, how it stands, and the limit that runs out first; shares of the width, for every screen."""
    return [
        {
            "colId": "case",
            "headerName": t("cases.column.case", lang),
            "flex": 64,
            "minWidth": 150,
            "cellRenderer": "CasesWhat",
        },
        {"colId": "limit", "headerName": t("cases.column.limit", lang), "flex": 30, "cellRenderer": "CasesLimit"},
    ]
