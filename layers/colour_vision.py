"""How different do two colours look, also to a reader who does not see all of them?

Source: Machado, Oliveira, Fernandes (2009), A Physiologically-based Model for Simulation of Color Vision Deficiency
(matrices for severity 1.0, applied to linear RGB); Sharma, Wu, Dalal (2005), The CIEDE2000 Color-Difference Formula.
"""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float64]


class Vision(StrEnum):
    """How a reader sees colours."""

    FULL = "full"
    DEUTERANOPIA = "deuteranopia"
    PROTANOPIA = "protanopia"
    TRITANOPIA = "tritanopia"


_SEEN = {
    Vision.FULL: np.eye(3),
    Vision.PROTANOPIA: np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    Vision.DEUTERANOPIA: np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    Vision.TRITANOPIA: np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def rgb_of(hex_colours: tuple[str, ...]) -> Colours:
    """sRGB in 0 … 1 (n, 3) of colours written #rrggbb."""
    rows = [[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in hex_colours]
    return np.array(rows, np.float64).reshape(len(hex_colours), 3)


def hex_of(rgb: Colours) -> tuple[str, ...]:
    """Colours written #rrggbb of sRGB in 0 … 1 (n, 3)."""
    bytes_ = np.rint(np.clip(rgb, 0, 1) * 255).astype(int)
    return tuple(f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in bytes_.tolist())


def seen(rgb: Colours, vision: Vision) -> Colours:
    """The colours (n, 3) as such a reader sees them."""
    return _gamma(np.clip(_linear(rgb) @ _SEEN[vision].T, 0, 1))


def lab_of(rgb: Colours) -> Colours:
    """CIELAB (n, 3), white point D65."""
    scaled = _linear(rgb) @ _TO_XYZ.T / _WHITE
    f = np.where(scaled > (6 / 29) ** 3, np.cbrt(scaled), scaled / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.column_stack((116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])))


def rgb_of_lab(lab: Colours) -> Colours:
    """sRGB in 0 … 1 (n, 3), clipped to what a screen shows."""
    fy = (lab[:, 0] + 16) / 116
    f = np.column_stack((fy + lab[:, 1] / 500, fy, fy - lab[:, 2] / 200))
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * _WHITE
    return _gamma(np.clip(xyz @ np.linalg.inv(_TO_XYZ).T, 0, 1))


def difference(first: Colours, second: Colours, vision: Vision = Vision.FULL) -> NDArray[np.float64]:
    """CIEDE2000 between colours (n, 3) pair by pair (n,); 2 is just noticeable, 10 is plain.

    Example:
        >>> float(difference(rgb_of(("#ffffff",)), rgb_of(("#000000",)))[0].round(3))
        100.0
    """
    return _ciede2000(lab_of(seen(first, vision)), lab_of(seen(second, vision)))


def _linear(rgb: Colours) -> Colours:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _gamma(linear: Colours) -> Colours:
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def _ciede2000(one: Colours, two: Colours) -> NDArray[np.float64]:
    mean_chroma7 = ((np.hypot(one[:, 1], one[:, 2]) + np.hypot(two[:, 1], two[:, 2])) / 2) ** 7
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma7 / (mean_chroma7 + 25.0**7)))
    a1, a2 = one[:, 1] * stretch, two[:, 1] * stretch
    c1, c2 = np.hypot(a1, one[:, 2]), np.hypot(a2, two[:, 2])
    h1, h2 = (np.degrees(np.arctan2(lab[:, 2], a)) % 360 for lab, a in ((one, a1), (two, a2)))
    grey = c1 * c2 == 0
    turn = np.where(grey, 0.0, (h2 - h1 + 180) % 360 - 180)
    delta_hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    mean_hue = np.where(grey, h1 + h2, (h1 + turn / 2) % 360)
    lightness, chroma = (one[:, 0] + two[:, 0]) / 2, (c1 + c2) / 2
    s_l, s_c, s_h, rotation = _weights(lightness, chroma, mean_hue)
    terms = ((two[:, 0] - one[:, 0]) / s_l, (c2 - c1) / s_c, delta_hue / s_h)
    squared = sum(term**2 for term in terms) + rotation * terms[1] * terms[2]
    result: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0))
    return result


def _weights(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    angle = np.radians(hue)
    t = (
        1
        - 0.17 * np.cos(angle - np.radians(30))
        + 0.24 * np.cos(2 * angle)
        + 0.32 * np.cos(3 * angle + np.radians(6))
        - 0.20 * np.cos(4 * angle - np.radians(63))
    )
    from_middle = (lightness - 50) ** 2
    s_l = 1 + 0.015 * from_middle / np.sqrt(20 + from_middle)
    s_c, s_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    rotation_angle = np.radians(60 * np.exp(-(((hue - 275) / 25) ** 2)))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(rotation_angle)
    return s_l, s_c, s_h, rotation
