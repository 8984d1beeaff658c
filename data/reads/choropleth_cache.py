"""When can values of a choropleth be used again?"""

from collections import OrderedDict

from data.engine import AsyncRows
from data.reads.choropleth import Metric, Values, read_choropleth
from data.reads.levels import Level
from data.reads.question import Question
from data.reads.zone_choropleth import read_zone_values
from data.reads.zone_facts import ZONE

CAPACITY = 128


class ChoroplethCache:
    """Values by the exact state that they follow from; for one database and one process.

    The version of the rollups identifies their state only while no change waits to be folded, so values read beside
    pending changes are neither stored nor taken from here.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._held: OrderedDict[tuple[object, ...], Values] = OrderedDict()

    async def read(self, conn: AsyncRows, question: Question, level: Level, metric: Metric) -> Values:
        """The values that `read_choropleth` gives in this snapshot; of zones, those of `read_zone_values`."""
        read = read_zone_values if level.key == ZONE else read_choropleth
        if question.moment.pending:
            return await read(conn, question, level, metric)
        key = self._key(question, level, metric)
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key]
        values = await read(conn, question, level, metric)
        self._held[key] = values
        while len(self._held) > self._capacity:
            self._held.popitem(last=False)
        return values

    def _key(self, question: Question, level: Level, metric: Metric) -> tuple[object, ...]:
        moment = question.moment
        state = (moment.version, moment.boundary_revision, moment.time_zone)
        reader = (moment.area_id, moment.department_id, moment.sees_sensitive)
        return (*state, *reader, level, metric, question.unit.id, question.period, question.class_ids)
