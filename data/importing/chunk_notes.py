"""Which rows of a chunk were repaired, are noted or lie in no unit?"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.cells import Placed
from data.importing.incident_places import Placement
from data.importing.incident_rows import RowChunk
from data.importing.report import IssueLog, Outcome
from data.importing.stage_times import StageTimes
from data.privacy.masking import masked_text
from geo.coordinates import Problem, Repair

_SHOWN_CHARS = 80

Rows = NDArray[np.bool_]


class ChunkNotes:
    """Writes the issues of one chunk into the log of the import."""

    def __init__(self, log: IssueLog, rows: RowChunk) -> None:
        self._log = log
        self._rows = rows

    def note(self, marked: Rows, where: str, reason: str, outcome: Outcome, column: str = "") -> None:
        """Note the marked rows; `column` names a raw or coded column or a text whose value is shown."""
        places = np.flatnonzero(marked)
        if len(places):
            values = self._values(places, column)
            self._log.add(self._rows.file, self._rows.lines[places], where, reason, outcome, values)

    def conflicts(self, conflict: Rows) -> None:
        """Note rows whose external id is there with another content."""
        self.note(conflict, "external_id", "changed_content", Outcome.CONFLICT, "external_id")

    def places(self, placement: Placement, placed: Placed, stored: Rows) -> None:
        """Note how positions were read, and which rows lie in no unit or in several."""
        parsed = placement.parsed
        for problem in Problem:
            if problem != Problem.NONE:
                self._place(stored & (parsed.problem == problem), problem.name.lower(), Outcome.UNASSIGNED)
        outside = stored & (parsed.problem == Problem.NONE) & (placed.cell_id == 0)
        self._place(outside, "outside_city", Outcome.UNASSIGNED)
        for repair in Repair:
            if repair != Repair.NONE:
                self._place(stored & (parsed.repair == repair), repair.name.lower(), Outcome.REPAIRED)
        self._place(stored & placement.from_projected, "from_projected", Outcome.REPAIRED)
        self._place(stored & placed.overlaps, "several_units", Outcome.NOTED)

    def values(self, unknown: dict[str, Rows], stored: Rows) -> None:
        """Note repaired texts, and values by meaning that are in no catalog."""
        self.note(stored & self._rows.mojibake, "text", "mojibake", Outcome.REPAIRED)
        self.note(stored & self._rows.control, "text", "control_characters", Outcome.REPAIRED)
        for name, marked in unknown.items():
            column = "stated_unit" if name == "unit" else name
            self.note(stored & marked, name, f"unknown_{name}", Outcome.NOTED, column)

    def times(self, times: StageTimes, stored: Rows) -> None:
        """Note local times that the clocks skip or repeat, and times that were left out."""
        reported = self._rows.times["reported_at"]
        self.note(stored & reported.in_gap, "reported_at", "in_gap", Outcome.REPAIRED, "reported_at")
        self.note(stored & reported.in_fold, "reported_at", "in_fold", Outcome.NOTED, "reported_at")
        for (name, reason), marked in times.left_out.items():
            self.note(stored & marked, name, reason, Outcome.REPAIRED, name)

    def _place(self, marked: Rows, reason: str, outcome: Outcome) -> None:
        self.note(marked, "coordinates", reason, outcome, "lon")

    def _values(self, places: NDArray[np.int64], column: str) -> list[str] | None:
        if column in self._rows.coded:
            return [text[:_SHOWN_CHARS] for text in self._rows.coded[column].texts_at(places)]
        texts = self._rows.raw.get(column, self._rows.texts.get(column))
        if texts is None or isinstance(texts, np.ndarray):
            return None
        shown = pc.cast(texts.take(pa.array(places)), pa.string()).to_pylist()
        # Masked before it is cut: half a number is a number still.
        return [masked_text(text or "")[:_SHOWN_CHARS] for text in shown]
