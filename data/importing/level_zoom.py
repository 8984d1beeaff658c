"""Between which zooms is each level shown?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WORLD_WIDTH_M = 40_075_016.68557849
_TILE_PX = 512
_WIDTH_PX = 75.0
_LAST_ZOOM = 22.0
_STEP = 0.5


def zoom_ranges(widths_m: Sequence[NDArray[np.float64] | None]) -> tuple[tuple[float, float], ...]:
    """Ranges that touch, do not overlap and cover zoom 0 to 22, one per level.

    A level begins where its median unit is about 75 px wide (on 512 px tiles), in steps of half a zoom; the first
    begins at 0. Levels without units yet come 1.5 zooms after the level above.

    Args:
        widths_m: per level from the root down, widths of its units in web mercator metres, or None.

    Returns:
        (min_zoom, max_zoom) per level; the maximum is not part of the range.

    Example:
        >>> zoom_ranges([None, np.array([20_000.0])])
        ((0.0, 8.0), (8.0, 22.0))
    """
    starts = [0.0]
    for rank, widths in enumerate(widths_m[1:], 1):
        wanted = starts[-1] + 1.5 if widths is None or not len(widths) else _zoom_of(float(np.median(widths)))
        latest = _LAST_ZOOM - _STEP * (len(widths_m) - rank)
        starts.append(min(max(wanted, starts[-1] + _STEP), latest))
    return tuple(zip(starts, [*starts[1:], _LAST_ZOOM], strict=True))


def _zoom_of(width_m: float) -> float:
    zoom = np.log2(_WIDTH_PX * WORLD_WIDTH_M / (_TILE_PX * max(width_m, 1.0)))
    return float(np.round(zoom / _STEP) * _STEP)
