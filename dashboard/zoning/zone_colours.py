"""Which colour does a zone have on maps, so that neighbours differ?"""

from collections.abc import Sequence

import numpy as np

from geo.redraw.plan import DrawnPlan

# Paul Tol's qualitative scheme "light" and two of "bright" (tones that all kinds of eyes tell apart); on either ground.
COLOURS = (
    "#77aadd", "#ee8866", "#bbcc33", "#ffaabb", "#44bb99", "#eedd88", "#aa7fc4", "#99ddff", "#aaaa00", "#dd6677",
)  # fmt: skip


def colour_of(number: int) -> str:
    """CSS colour by its number."""
    return COLOURS[number % len(COLOURS)]


def new_colours(plan: DrawnPlan, held: Sequence[int]) -> tuple[int, ...]:
    """Colours of the zones that are new: not that of a neighbour, else the one used least.

    Args:
        plan: the plan with the new zones.
        held: colours of the zones that were there before, by number.
    """
    beside = _neighbours(plan)
    colours = list(held)
    for number in range(len(held), len(plan.figures)):
        near = {colours[other] for other in beside.get(number, ()) if other < len(colours)}
        use = np.bincount([colour % len(COLOURS) for colour in colours], minlength=len(COLOURS))
        free = [colour for colour in range(len(COLOURS)) if colour not in near] or range(len(COLOURS))
        colours.append(min(free, key=lambda colour: (use[colour], colour)))
    return tuple(colours[len(held) :])


def _neighbours(plan: DrawnPlan) -> dict[int, set[int]]:
    graph = plan.terrain.graph
    one, two = plan.zone[graph.owner()], plan.zone[graph.other]
    differ = (one != two) & (one >= 0) & (two >= 0)
    beside: dict[int, set[int]] = {}
    for a, b in np.unique(np.column_stack((one[differ], two[differ])), axis=0).tolist():
        beside.setdefault(a, set()).add(b)
    return beside
