"""Where is land, where are mountains, and where do people live in the fictional prefecture?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH_M = 116_000.0
HEIGHT_M = 86_000.0
WEST_LON = 116.05
SOUTH_LAT = 22.02
METRES_PER_LAT = 110_750.0
METRES_PER_LON = METRES_PER_LAT * float(np.cos(np.radians(SOUTH_LAT + 0.36)))

CORE_CENTRES = 8
SEAT_CENTRES = 3
RURAL_CENTRES = 39
COUNTY_SEATS = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class NoiseField:
    """Smooth periodic value noise in [-1, 1], several octaves of random lattices."""

    lattices: NDArray[np.float64]
    scale_m: float

    def at(self, x: Floats, y: Floats) -> Floats:
        """Sample the noise; x and y in metres, same shape as the answer."""
        total = np.zeros(np.shape(x))
        amplitude, norm, scale = 1.0, 0.0, self.scale_m
        for lattice in self.lattices:
            total += amplitude * _lattice_value(lattice, x / scale, y / scale)
            norm += amplitude
            amplitude, scale = amplitude * 0.5, scale * 0.5
        return np.asarray(total / norm)


def noise_field(rng: np.random.Generator, scale_m: float, octaves: int) -> NoiseField:
    """Draw a noise field whose largest features are about `scale_m` metres wide."""
    return NoiseField(rng.uniform(-1.0, 1.0, (octaves, 64, 64)), scale_m)


def _lattice_value(lattice: Floats, u: Floats, v: Floats) -> Floats:
    size = lattice.shape[0]
    iu, iv = np.floor(u).astype(np.int64), np.floor(v).astype(np.int64)
    fu, fv = u - iu, v - iv
    su, sv = fu * fu * (3 - 2 * fu), fv * fv * (3 - 2 * fv)
    i0, i1, j0, j1 = iu % size, (iu + 1) % size, iv % size, (iv + 1) % size
    low = lattice[i0, j0] * (1 - su) + lattice[i1, j0] * su
    high = lattice[i0, j1] * (1 - su) + lattice[i1, j1] * su
    return np.asarray(low * (1 - sv) + high * sv)


@dataclass(frozen=True)
class Shore:
    """Shape parameters of the coast: one bay, one hooked peninsula, a few islands; all in metres."""

    base_y: float
    bay_x: float
    bay_width: float
    bay_depth: float
    cape_x: float
    cape_width: float
    cape_length: float
    islands: NDArray[np.float64]

    def line_y(self, x: Floats, y: Floats) -> Floats:
        """Northing of the coast line above each easting; y bends the bay and the peninsula sideways."""
        lean = 0.35 * (y - self.base_y)
        bay = self.bay_depth * np.exp(-(np.abs((x - self.bay_x - 0.4 * lean) / self.bay_width) ** 3))
        cape = self.cape_length * np.exp(-(np.abs((x - self.cape_x + lean) / self.cape_width) ** 3))
        swell = 3_500.0 * np.sin(x / 17_000.0 + self.bay_x)
        return np.asarray(self.base_y + swell + bay - cape)

    def island_depth(self, x: Floats, y: Floats) -> Floats:
        """How far inside the nearest island a point lies, in metres; negative outside all of them."""
        depth = np.full(np.shape(x), -np.inf)
        for island_x, island_y, radius, stretch in self.islands:
            offset = np.hypot((x - island_x) / stretch, (y - island_y) * stretch)
            depth = np.maximum(depth, radius - offset)
        return np.asarray(depth)


def _shore(rng: np.random.Generator) -> Shore:
    bay_x = rng.uniform(40_000.0, 48_000.0)
    cape_x = bay_x + rng.uniform(25_000.0, 29_000.0)
    base_y = 23_000.0
    near_bay = [bay_x + rng.uniform(-3_000, 3_000), base_y - rng.uniform(1_000, 4_000), 1_900.0, 1.25]
    off_cape = [cape_x - rng.uniform(9_000, 13_000), base_y - rng.uniform(9_500, 12_000), 2_600.0, 1.15]
    west = [rng.uniform(15_000, 24_000), base_y - rng.uniform(8_000, 11_000), 1_700.0, 1.3]
    east = [rng.uniform(93_000, 101_000), base_y - rng.uniform(8_000, 11_000), 2_300.0, 0.9]
    lone = [rng.uniform(52_000, 58_000), base_y - rng.uniform(11_000, 13_500), 1_500.0, 1.0]
    return Shore(
        base_y=base_y,
        bay_x=bay_x,
        bay_width=rng.uniform(8_500.0, 10_500.0),
        bay_depth=rng.uniform(14_000.0, 18_000.0),
        cape_x=cape_x,
        cape_width=rng.uniform(4_800.0, 6_200.0),
        cape_length=rng.uniform(14_000.0, 17_000.0),
        islands=np.array([near_bay, off_cape, west, east, lone]),
    )


@dataclass(frozen=True)
class Terrain:
    """Land, height and population density as functions of position in local metres.

    Attributes:
        centres: Settlement centres, shape (56, 4): x, y, peak density per km2, decay length in metres; the first
            `COUNTY_SEATS` rows are the seats of the four counties, the first of all is the city's own.
    """

    shore: Shore
    warp: tuple[NoiseField, NoiseField]
    inlets: NoiseField
    relief: NoiseField
    ridges: NoiseField
    border: tuple[NoiseField, NoiseField]
    centres: NDArray[np.float64]

    def coast_m(self, x: Floats, y: Floats) -> Floats:
        """Rough signed distance to the coast in metres, positive on land."""
        bent_x = x + 5_500.0 * self.warp[0].at(x, y)
        bent_y = y + 5_500.0 * self.warp[1].at(x, y)
        mainland = 0.8 * (bent_y - self.shore.line_y(bent_x, bent_y))
        cut = self.inlets.at(x, y)
        return np.asarray(np.maximum(mainland + 7_200.0 * cut, self.shore.island_depth(bent_x, bent_y) + 2_400.0 * cut))

    def inland_m(self, x: Floats, y: Floats) -> Floats:
        """Rough signed distance to the border with the neighbouring prefectures, positive inside."""
        bent_x, bent_y = x + 6_500.0 * self.border[0].at(x, y), y + 7_500.0 * self.border[1].at(x, y)
        north = 78_500.0 - 0.000_004_5 * (bent_x - 60_000.0) ** 2 - bent_y
        west = bent_x - 5_500.0 - 0.10 * np.abs(bent_y - 40_000.0)
        east = 109_500.0 - bent_x - 0.14 * np.abs(bent_y - 34_000.0)
        return np.asarray(np.minimum(np.minimum(north, west), east))

    def height_m(self, x: Floats, y: Floats) -> Floats:
        """Height above the sea in metres, 0 and more; ranges rise inland and are cut by valleys."""
        shore = np.clip(self.coast_m(x, y), 0.0, None)
        ramp = np.clip((shore - 3_000.0) / 36_000.0, 0.0, 1.0) ** 1.3
        ridge = (1.0 - np.abs(self.ridges.at(x, y)) * 2.6).clip(0.0, 1.0)
        hills = 90.0 * np.clip(self.relief.at(x, y), 0.0, None) * np.clip(shore / 4_000.0, 0.0, 1.0)
        return np.asarray(1_350.0 * ramp * (0.16 + 0.84 * ridge**1.6) + hills)

    def density_km2(self, x: Floats, y: Floats) -> Floats:
        """Residents per square kilometre: a rural base that thins with height, and the settlements."""
        total = 190.0 * np.exp(-self.height_m(x, y) / 190.0) + 4.0
        for centre_x, centre_y, peak, decay_m in self.centres:
            total = total + peak * np.exp(-np.hypot(x - centre_x, y - centre_y) / decay_m)
        return np.asarray(total)

    def inside_m(self, x: Floats, y: Floats) -> Floats:
        """Rough signed distance to the edge of the prefecture (coast or land border), positive inside."""
        return np.asarray(np.minimum(self.coast_m(x, y), self.inland_m(x, y)))


def build_terrain(rng: np.random.Generator) -> Terrain:
    """Draw the terrain of one fictional prefecture."""
    bare = Terrain(
        shore=_shore(rng),
        warp=(noise_field(rng, 12_000.0, 6), noise_field(rng, 12_000.0, 6)),
        inlets=noise_field(rng, 8_500.0, 6),
        relief=noise_field(rng, 9_000.0, 4),
        ridges=noise_field(rng, 21_000.0, 4),
        border=(noise_field(rng, 16_000.0, 4), noise_field(rng, 16_000.0, 4)),
        centres=np.empty((0, 4)),
    )
    return Terrain(
        bare.shore, bare.warp, bare.inlets, bare.relief, bare.ridges, bare.border, centres=_settlements(bare, rng)
    )


def _settlements(bare: Terrain, rng: np.random.Generator) -> Floats:
    """Seats first, then the other centres of each seat's town area, then the rural towns."""
    candidates = _habitable(bare, rng)
    seats = _seats(bare, candidates)
    rows = [_centre(seat, 9_500.0 if i == 0 else 7_500.0, 1_150.0 if i == 0 else 950.0) for i, seat in enumerate(seats)]
    taken = list(seats)
    for i, seat in enumerate(seats):
        wanted = (CORE_CENTRES if i == 0 else SEAT_CENTRES) - 1
        ring = candidates[np.hypot(*(candidates - seat).T) < (6_000.0 if i == 0 else 4_200.0)]
        for spot in _spread(ring, taken, wanted):
            rows.append(_centre(spot, rng.uniform(5_000.0, 8_500.0), rng.uniform(750.0, 1_000.0)))
            taken.append(spot)
    rural = _spread(candidates, taken, RURAL_CENTRES, rng)
    rows += [_centre(spot, rng.lognormal(8.1, 0.35), rng.uniform(520.0, 850.0)) for spot in rural]
    return np.array(rows)


def _centre(spot: Floats, peak: float, decay_m: float) -> list[float]:
    return [float(spot[0]), float(spot[1]), float(peak), float(decay_m)]


def _habitable(bare: Terrain, rng: np.random.Generator) -> Floats:
    """Random low-lying spots on land, shape (k, 2)."""
    x, y = rng.uniform(0.0, WIDTH_M, 12_000), rng.uniform(0.0, HEIGHT_M, 12_000)
    inside = (bare.coast_m(x, y) > 1_500.0) & (bare.inland_m(x, y) > 3_500.0)
    keep = inside & (rng.random(12_000) < np.exp(-bare.height_m(x, y) / 220.0))
    return np.column_stack([x[keep], y[keep]])


def _seats(bare: Terrain, candidates: Floats) -> Floats:
    """The city's seat at the head of the bay, the others west, east and north of it."""
    shore = bare.shore
    wanted = [
        (shore.bay_x + 5_000.0, shore.base_y + shore.bay_depth + 1_000.0),
        (18_500.0, 36_000.0),
        (94_000.0, 38_000.0),
        (62_000.0, 59_000.0),
    ]
    climb = 30.0 * bare.height_m(candidates[:, 0], candidates[:, 1])
    nearest = [int((np.hypot(*(candidates - np.array(spot)).T) + climb).argmin()) for spot in wanted]
    return candidates[nearest]


def _spread(pool: Floats, taken: list[Floats], wanted: int, rng: np.random.Generator | None = None) -> list[Floats]:
    """Pick spots far from the ones taken: farthest first, or the best of a random handful when rng is given."""
    chosen: list[Floats] = []
    gap = np.min([np.hypot(*(pool - spot).T) for spot in taken], axis=0)
    for _ in range(wanted):
        tried = np.arange(len(pool)) if rng is None else rng.choice(len(pool), min(len(pool), 90), replace=False)
        best = int(tried[gap[tried].argmax()])
        chosen.append(pool[best])
        gap = np.minimum(gap, np.hypot(*(pool - pool[best]).T))
    return chosen


def to_lonlat(xy: Floats) -> Floats:
    """Turn local metres, shape (n, 2), into (lon, lat) degrees on a lattice of 1e-7 degrees."""
    lon = WEST_LON + xy[:, 0] / METRES_PER_LON
    lat = SOUTH_LAT + xy[:, 1] / METRES_PER_LAT
    return np.asarray(np.round(np.column_stack([lon, lat]), 7), dtype=np.float64)


def to_metres(lonlat: Floats) -> Floats:
    """Turn (lon, lat) degrees, shape (n, 2), into local metres."""
    return np.column_stack([(lonlat[:, 0] - WEST_LON) * METRES_PER_LON, (lonlat[:, 1] - SOUTH_LAT) * METRES_PER_LAT])
