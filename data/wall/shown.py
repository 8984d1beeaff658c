"""Which scenes does a unit of this city have, and may the asker see it?"""

from collections.abc import Sequence

from data.accounts.account import acting_account
from data.engine import AsyncRows
from data.reads.errors import UnitUnknown
from data.reads.levels import read_levels
from data.reads.units import Unit, read_ids_below, read_unit, read_units
from data.wall.casting import CastScene, cast, level_of
from data.wall.scene import Wall


async def read_shown(conn: AsyncRows, wall: Wall, area: Unit) -> Sequence[CastScene]:
    """The scenes of a unit, in the order of the file."""
    levels = await read_levels(conn)
    asked = {level_of(scene.for_each, area.rank, levels) for scene in wall.scenes if scene.for_each is not None}
    units_of = {level: await _units_below(conn, area, level) for level in asked if level is not None}
    return cast(wall.scenes, area, units_of, levels)


async def read_own_area(conn: AsyncRows, address: str = "") -> Unit:
    """The unit with an address, of those that the account may see in full; its own area where the address is empty.

    Raises:
        UnitUnknown: There is none, or it is a neighbour's, or one above the own area.
    """
    account = acting_account()
    area = await read_unit(conn, address or account.unit_code)
    if area.zone is not None or (account.unit_id is not None and account.unit_id not in area.path):
        raise UnitUnknown(address)
    return area


async def _units_below(conn: AsyncRows, area: Unit, level: str) -> tuple[Unit, ...]:
    return await read_units(conn, await read_ids_below(conn, area, level))
