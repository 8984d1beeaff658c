"""Can a plan exist at all, and how many zones may each connected piece of the area hold?"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from geo.zoning.graph import Ints
from geo.zoning.problem import ZoneRules, ZoningUnits
from geo.zoning.refusal import Refusal, Relaxation, Rule, named

SLACK = 1e-12


@dataclass(frozen=True, slots=True)
class Allotment:
    """How many zones each connected piece may hold.

    Attributes:
        piece: (n,) piece of each unit.
        least, most: (pieces,) number of zones.
        least_load, most_load: workload of a zone.
    """

    piece: Ints
    least: Ints
    most: Ints
    least_load: float
    most_load: float


def allot(units: ZoningUnits, rules: ZoneRules, node: Ints, zones: int | None) -> Allotment | Refusal:
    """Bounds of the number of zones of each piece, or why there can be none.

    Args:
        units: the units.
        rules: the rules; a floor counts as the least workload.
        node: (n,) which units move as one.
        zones: number of zones wanted; None for as many as a floor allows.
    """
    piece = units.inside_fence().pieces()
    low, high = rules.workload_bounds(float(units.workload.sum()), zones or 1)
    refusal = zones and (_too_many_pieces(units, piece, zones) or _too_few_nodes(units, node, zones))
    refusal = refusal or _too_heavy(units, rules, node, high, zones) or _too_small(units, rules, piece, low, zones)
    if refusal:
        return refusal
    load, mass = np.bincount(piece, units.workload), np.bincount(piece).astype(np.float64)
    nodes = np.bincount(piece[np.unique(node, return_index=True)[1]])
    least = np.ones(len(nodes), np.int64)
    most = nodes.astype(np.int64)
    for total, bottom, top in (
        (load, low, high),
        (mass, float(rules.least_members), float(rules.most_members or np.inf)),
    ):
        least = np.maximum(least, np.ceil(total / top - SLACK * units.count)).astype(np.int64)
        if bottom > 0:
            most = np.minimum(most, np.floor(total / bottom + SLACK * units.count)).astype(np.int64)
    allotment = Allotment(piece, least, most, low, high)
    return _unfit_piece(units, rules, allotment, zones) or _unfit_sum(rules, allotment, zones) or allotment


def piece_names(units: ZoningUnits, piece: Ints, number: int) -> tuple[str, ...]:
    """Ids of the units of a piece, sorted."""
    return tuple(sorted(units.ids[k] for k in np.flatnonzero(piece == number)))


def _too_many_pieces(units: ZoningUnits, piece: Ints, zones: int) -> Refusal | None:
    sizes = np.bincount(piece)
    if len(sizes) <= zones:
        return None
    small = np.lexsort((np.arange(len(sizes)), sizes))[: len(sizes) - zones]
    islands = tuple(name for number in small for name in piece_names(units, piece, int(number)))
    parts = 1 if units.fence is None else len(np.unique(units.fence))
    remedy = f"Ask for at least {len(sizes)} zones"
    if parts < len(sizes):
        remedy += f", or link islands by hand ({_missing_links(units, piece, small)})"
        remedy += f"; with links {parts} zones would do" if parts > zones else ""
    return Refusal(
        Rule.CONNECTED,
        islands,
        f"The area falls into {len(sizes)} pieces that do not adjoin, more than the {zones} zones wanted. "
        f"The smallest pieces are: {named(islands)}.",
        f"{remedy}.",
        relaxation=Relaxation("zones", len(sizes)),
    )


def _missing_links(units: ZoningUnits, piece: Ints, small: Ints) -> str:
    """The shortest link of each of the first small pieces to another piece in the same part of the fence."""
    if units.place_m is None:
        return "a bridge, a ferry"
    fence = np.zeros(units.count, np.int64) if units.fence is None else units.fence
    links = []
    for number in small[:3]:
        own = np.flatnonzero(piece == number)
        rest = np.flatnonzero((piece != number) & (fence == fence[own[0]]))
        if len(rest):
            distance, nearest = cKDTree(units.place_m[rest]).query(units.place_m[own])
            at = int(np.argmin(distance))
            links.append(f"{units.ids[own[at]]}–{units.ids[rest[nearest[at]]]}")
    return ", ".join(links) or "a bridge, a ferry"


def _too_few_nodes(units: ZoningUnits, node: Ints, zones: int) -> Refusal | None:
    nodes = int(node.max(initial=-1)) + 1
    if zones <= nodes:
        return None
    grouped = "" if nodes == units.count else f", which form {nodes} groups that stay together"
    return Refusal(
        Rule.ZONES,
        (),
        f"{zones} zones are wanted of {units.count} units{grouped}.",
        f"Ask for at most {nodes} zones.",
        relaxation=Relaxation("zones", nodes),
    )


def _too_heavy(units: ZoningUnits, rules: ZoneRules, node: Ints, high: float, zones: int | None) -> Refusal | None:
    load = np.bincount(node, units.workload)
    over = np.flatnonzero(load > high * (1 + SLACK))
    if not len(over):
        return None
    heaviest = over[np.lexsort((over, -load[over]))]
    concerned = tuple(units.ids[k] for number in heaviest for k in np.flatnonzero(node == number))
    top = float(load.max())
    above = f" ({top * zones / float(units.workload.sum()) - 1:.1%} above the mean)" if zones else ""
    return Refusal(
        Rule.WORKLOAD,
        concerned,
        f"Workload {top:,.6g} of {named(concerned)} alone is above the most that a zone may have, {high:,.6g}.",
        f"Allow zones a workload of {top:,.6g}{above}, ask for fewer zones, or take these units apart.",
        relaxation=_looser(
            rules, top * zones / float(units.workload.sum()) - 1 if zones else 0.0, "most_workload", top
        ),
    )


def _too_small(units: ZoningUnits, rules: ZoneRules, piece: Ints, low: float, zones: int | None) -> Refusal | None:
    load, members = np.bincount(piece, units.workload), np.bincount(piece)
    # Other pieces may be smaller still: what is offered helps all of them.
    lightest, share = float(load.min()), zones / float(units.workload.sum()) if zones else 0.0
    for number in range(len(members)):
        names = piece_names(units, piece, number) if load[number] < low or members[number] < rules.least_members else ()
        if load[number] < low * (1 - SLACK):
            rule = Rule.WORKLOAD if rules.floor is None else Rule.FLOOR
            missing = 1 - load[number] * share if zones else 0.0
            change = f"Lower the least workload to {load[number]:,.6g}"
            if rules.tolerance is not None:
                change = f"Allow a tolerance of {missing:.1%} or more"
            return Refusal(
                rule,
                names,
                f"The piece {named(names)} adjoins nothing else and has workload {load[number]:,.6g}, "
                f"less than a zone needs ({low:,.6g}).",
                f"{change}, link the piece by hand, or leave it out.",
                relaxation=_looser(rules, 1 - lightest * share, "least_workload", lightest),
            )
        if members[number] < rules.least_members:
            return Refusal(
                Rule.MEMBERS,
                names,
                f"The piece {named(names)} adjoins nothing else and has {members[number]} units, "
                f"fewer than a zone needs ({rules.least_members}).",
                f"Lower the least number of units to {members[number]}, link the piece by hand, or leave it out.",
                relaxation=Relaxation("least_members", int(members.min())),
            )
    return None


def _unfit_piece(units: ZoningUnits, rules: ZoneRules, allotment: Allotment, zones: int | None) -> Refusal | None:
    """A piece that no whole number of zones within the bounds can fill."""
    unfit = np.flatnonzero(allotment.least > allotment.most)
    if not len(unfit):
        return None
    names = piece_names(units, allotment.piece, int(unfit[0]))
    load = float(units.workload[allotment.piece == unfit[0]].sum())
    remedy, relaxation = "widen the bounds, or change the number of zones.", None
    if zones:
        mean = float(units.workload.sum()) / zones
        needed = min(abs(load / (k * mean) - 1) for k in (max(int(load / mean), 1), int(load / mean) + 1))
        remedy = f"Allow a tolerance of {needed:.1%} or more, {remedy}"
        relaxation = None if rules.tolerance is None else Relaxation("tolerance", needed)
    return Refusal(
        Rule.WORKLOAD if rules.tolerance is not None or rules.most_workload is not None else Rule.MEMBERS,
        names,
        f"No number of zones fits the connected piece {named(names)}: {len(names)} units, workload {load:,.6g}, "
        f"while a zone may have {allotment.least_load:,.6g} to {allotment.most_load:,.6g}.",
        remedy[0].upper() + remedy[1:],
        relaxation=relaxation,
    )


def _unfit_sum(rules: ZoneRules, allotment: Allotment, zones: int | None) -> Refusal | None:
    least, most = int(allotment.least.sum()), int(allotment.most.sum())
    if zones is None or least <= zones <= most:
        return None
    members = rules.least_members > 1 or rules.most_members is not None
    bounded = allotment.least_load > 0 or np.isfinite(allotment.most_load)
    return Refusal(
        Rule.WORKLOAD if bounded else Rule.MEMBERS if members else Rule.ZONES,
        (),
        f"{zones} zones cannot keep the bounds: the connected pieces have room for {least} to {most} zones.",
        f"Ask for {min(max(zones, least), most)} zones, or widen the bounds.",
        relaxation=Relaxation("zones", min(max(zones, least), most)),
    )


def _looser(rules: ZoneRules, tolerance: float, bound: str, value: float) -> Relaxation:
    """The bound that is to be loosened: the tolerance or the floor where the rules have one, else the bound itself."""
    if rules.tolerance is not None:
        return Relaxation("tolerance", tolerance)
    return Relaxation("floor" if rules.floor is not None and bound == "least_workload" else bound, value)
