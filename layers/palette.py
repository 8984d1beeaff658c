"""Which colours do classes and the states beside them have, in each theme?

Ramps are ColorBrewer's sequential schemes (Brewer, Harrower, Pennsylvania State University, Apache-2.0) and viridis
(van der Walt and Smith, CC0). The end of a ramp that stands out from the ground is the high one: dark on paper, light
on a dark screen. `tests/layers` measures every ramp as four kinds of eyes see it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from layers.colour_vision import hex_of, lab_of, rgb_of, rgb_of_lab
from layers.errors import ParameterRefused

Theme = Literal["dark", "light"]

FEWEST_CLASSES, MOST_CLASSES = 1, 7

_STOPS: dict[str, tuple[str, ...]] = {
    # ColorBrewer YlOrRd, YlGnBu and Blues of nine classes, without the step that is lost on the ground.
    "heat": ("#ffeda0", "#fed976", "#feb24c", "#fd8d3c", "#fc4e2a", "#e31a1c", "#bd0026", "#800026"),
    "water": ("#edf8b1", "#c7e9b4", "#7fcdbb", "#41b6c4", "#1d91c0", "#225ea8", "#253494", "#081d58"),
    "blue": ("#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b"),
    "viridis": ("#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"),
}
_LIGHT_TO_DARK = frozenset({"heat", "water", "blue"})
_TRIM_DARK_END = 0.12
"""Share of a ramp that would be lost on a near-black ground."""

RAMPS = tuple(_STOPS)


@dataclass(frozen=True, slots=True)
class StateColours:
    """Colours of what is no amount. The map draws no data and suppressed with patterns as well (`ink`)."""

    zero: str
    no_data: str
    no_data_ink: str
    filtered: str
    suppressed: str
    suppressed_ink: str


STATES: dict[Theme, StateColours] = {
    "dark": StateColours("#3a4557", "#1d2839", "#6d7c93", "#141d2c", "#2a2440", "#b7a6e8"),
    "light": StateColours("#d3d9dd", "#f3f1eb", "#8d8f93", "#e2e0da", "#e6e0f3", "#6a55a5"),
}


def ramp(name: str, count: int, theme: Theme) -> tuple[str, ...]:
    """So many colours from low to high, at equal steps of the ramp.

    Args:
        name: One of RAMPS.
        count: 1 … 7; one class takes the middle of the ramp.

    Raises:
        ParameterRefused: There is no such ramp, or too many classes are asked for.
    """
    if not FEWEST_CLASSES <= count <= MOST_CLASSES:
        cause = f"{count} classes cannot be told apart by colour."
        raise ParameterRefused("classes", cause, f"Ask for {FEWEST_CLASSES} to {MOST_CLASSES}.")
    return hex_of(ramp_at(name, np.linspace(0, 1, count) if count > 1 else np.array([0.5]), theme))


def ramp_at(name: str, share: NDArray[np.float64], theme: Theme) -> NDArray[np.float64]:
    """Colours (n, 3), sRGB in 0 … 1, at places 0 (low) … 1 (high) of the ramp, interpolated in CIELAB.

    Raises:
        ParameterRefused: There is no such ramp.
    """
    if name not in _STOPS:
        raise ParameterRefused("ramp", f"There is no ramp {name!r}.", f"Use one of: {', '.join(RAMPS)}.")
    lab = lab_of(rgb_of(_from_ground(name, theme)))
    start = _TRIM_DARK_END if theme == "dark" else 0.0
    place = (start + share * (1 - start)) * (len(lab) - 1)
    columns = [np.interp(place, np.arange(len(lab)), lab[:, axis]) for axis in range(3)]
    colours: NDArray[np.float64] = rgb_of_lab(np.column_stack(columns))
    return colours


def _from_ground(name: str, theme: Theme) -> tuple[str, ...]:
    """The ramp's stops, with the end nearest to the theme's ground first."""
    stops = _STOPS[name]
    is_light_first = name in _LIGHT_TO_DARK
    return stops if is_light_first == (theme == "light") else stops[::-1]
