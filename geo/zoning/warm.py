"""Is the compiled search ready, so that the first plan does not wait for the compiler?"""

import numpy as np

from geo.zoning.graph import UnitGraph
from geo.zoning.problem import Wishes, ZoneRules, ZoningUnits
from geo.zoning.propose import propose


def warm_up() -> None:
    """Compile the search, or load it from the cache, by a plan for six units.

    The first time on a machine takes some 10 s of CPU time, later ones hundredths of a second.
    """
    line = np.arange(5)
    graph = UnitGraph.of(6, line, line + 1, np.ones(5))
    units = ZoningUnits(tuple("abcdef"), np.arange(6.0)[:, None], np.ones(6), graph)
    propose(units, ZoneRules(zones=2, tolerance=0.5), Wishes(), seconds=0.001)
