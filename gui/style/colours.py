"""The colours and hatches of lines: one per vendor, cost component, workload and site, the same on every chart."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from PySide6.QtGui import QColor

from gigaplan.engine.optimization.costs import COST_COLOURS
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.style import theme

CATEGORY_COLOURS = (
    "#3B76E0", "#E08A00", "#1B9E77", "#B65FA5", "#C4624A", "#4AA8C9",
    "#8A9A2B", "#8767DB", "#D8738F", "#8C6D54", "#5F7A8C", "#A0842B",
)  # fmt: skip
GREY = "#929BA9"
STRENGTH = {"light": 0.9, "dark": 0.84, "contrast-light": 1.0, "contrast-dark": 1.0}
"""How much of a line's colour its filled areas have; the rest is the panel's."""
INK = {"light": 1.0, "dark": 1.5, "contrast-light": 1.6, "contrast-dark": 2.3}
"""How much more opaque than in the light look that must be which lets what is beneath shine through."""
SHADES = (0.0, 0.42, -0.3, 0.66, -0.52, 0.22)
"""How far the second and further members of a vendor are lightened (or darkened) from its colour."""
FAMILIES, WEIGHTS = 8, 3
"""How many hatches there are, and in how many weights each."""
NO_HATCH = -1
VENDOR_COLOURS = {
    "nvidia": "#1B9E77",
    "google": "#2F6BD8",
    "aws": "#E08A00",
    "amazon": "#E08A00",
    "amd": "#C8452B",
    "cerebras": "#B65FA5",
    "groq": "#4AA8C9",
    "intel": "#6C6FD1",
    "microsoft": "#8A9A2B",
    "meta": "#8C6D54",
    "sambanova": "#D8738F",
    "huawei": "#B3373F",
}
SPARE_COLOURS = ("#6C6FD1", "#8A9A2B", "#8C6D54", "#D8738F", "#5F7A8C", "#A0842B")
_EMISSIONS = {"operational": ("#5F7A8C", 0), "embodied": ("#C4624A", 4)}


@dataclass(frozen=True)
class Look:
    """How a line is told from others: its colour, #RRGGBB, and its hatch, 0 .. FAMILIES * WEIGHTS - 1."""

    colour: str = GREY
    hatch: int = NO_HATCH
    rim: str = ""
    """The colour of its edge, where its own is a tint that hardly stands out against the panel."""


def mixed(colour: str, other: str, part: float) -> str:
    """A colour between two, `part` (0..1) of the way from the first to the other."""
    a, b = theme.colour(colour), theme.colour(other)
    ends = ((a.red(), b.red()), (a.green(), b.green()), (a.blue(), b.blue()))
    return "#" + "".join(f"{round(x + (y - x) * part):02X}" for x, y in ends)


def shown(colour: str, is_tint: bool = False) -> str:
    """A colour, #RRGGBB or the name of a token, as it is drawn: calm, and, but for a tint, seen against the panel."""
    t = theme.tokens()
    return _shown(colour, t.panel, STRENGTH[t.name], is_tint) if colour.startswith("#") else str(getattr(t, colour))


def veil(colour: str, alpha: float) -> QColor:
    """A colour that lets what is beneath shine through, as well seen in every look as with `alpha` in the light one."""
    t = theme.tokens()
    ink = shown(colour) if t.name.startswith("contrast") else colour
    return theme.colour(ink, min(alpha * INK[t.name], 1.0))


@functools.cache
def _shown(colour: str, panel: str, strength: float, is_tint: bool) -> str:
    calm = mixed(panel, colour, strength)
    return calm if is_tint else theme.legible(calm, panel)


_kept: dict[str, tuple[tuple[object, ...], dict[str, Look]]] = {}


def looks(plan: Plan, by: str) -> dict[str, Look]:
    """The look of each key of a dimension, in the order in which charts stack them; vendors stay together."""
    asked = (theme.tokens(), plan.platforms, plan.offers, plan.sites, plan.workloads)
    known = _kept.get(by)
    if known is None or any(a is not b for a, b in zip(known[0], asked, strict=True)):
        # Asked at every turn of a value that is dragged, where most tables stay as they were.
        known = _kept[by] = (asked, _looks(plan, by))
    return known[1]


def _looks(plan: Plan, by: str) -> dict[str, Look]:
    if by == "component":
        return {key: component_look(key) for key in (*COST_COLOURS, *_EMISSIONS)}
    if by in ("platform", "offer", "vendor"):
        return _of_vendors(plan, by)
    if by in ("site", "workload"):
        return {row.id: category(k) for k, row in enumerate(getattr(plan, f"{by}s"))}
    if by == "jurisdiction":
        return {name: category(k) for k, name in enumerate(dict.fromkeys(s.jurisdiction for s in plan.sites))}
    return {}


def vendor_colour(vendor: str) -> str:
    """The one colour of a vendor, the same wherever it is drawn, in a shade that is seen on the panels."""
    return theme.legible(_of_vendor(vendor), theme.tokens().panel)


@functools.lru_cache(maxsize=1000)
def _of_vendor(vendor: str) -> str:
    known = VENDOR_COLOURS.get(vendor.strip().lower())
    return known or SPARE_COLOURS[sum(map(ord, vendor.lower())) % len(SPARE_COLOURS)]


def component_colour(component: str) -> str:
    """The one colour of a cost component."""
    return theme.legible(COST_COLOURS.get(component, GREY), theme.tokens().panel)


def component_look(component: str) -> Look:
    """The look of a component of cost or of emissions."""
    if component in _EMISSIONS:
        colour, hatch = _EMISSIONS[component]
        return Look(theme.legible(colour, theme.tokens().panel), hatch)
    place = list(COST_COLOURS).index(component)
    return Look(component_colour(component), _hatch(place, 0))


def category(place: int) -> Look:
    """The look of the member of a plan's table at `place`; those beyond the colours there are get other shades."""
    again, at = divmod(place, len(CATEGORY_COLOURS))
    colour, rim = shade(CATEGORY_COLOURS[at], again)
    return Look(colour, _hatch(place, place // FAMILIES), rim)


def vendor_hatches(plan: Plan) -> dict[str, int]:
    """The one hatch of each vendor of a plan, in the order in which its offers name them, as on the plan map."""
    order = dict.fromkeys([*vendors(plan, "offer").values(), *vendors(plan, "vendor")])
    return {vendor: _hatch(k, 0) for k, vendor in enumerate(order)}


def shade(colour: str, rank: int) -> tuple[str, str]:
    """The colour of the member of a group at `rank`, and of its rim; the first has the group's own colour and none."""
    ground = theme.tokens().panel
    base = theme.legible(colour, ground)
    step = SHADES[rank % len(SHADES)]
    made = mixed(base, "#FFFFFF" if step > 0 else "#000000", abs(step))
    return made, base if theme.contrast(made, ground) < theme.LEAST_CONTRAST else ""


def vendors(plan: Plan, by: str) -> dict[str, str]:
    """The vendor of each member of a dimension that has vendors, in plan order."""
    found = {p.id: p.vendor for p in plan.platforms}
    if by == "platform":
        return found
    if by == "offer":
        return {o.id: found.get(o.platform, "") for o in plan.offers}
    return {v: v for v in found.values()}


def _of_vendors(plan: Plan, by: str) -> dict[str, Look]:
    hatch, seen = vendor_hatches(plan), dict.fromkeys(vendor_hatches(plan), -1)
    order = {vendor: k for k, vendor in enumerate(dict.fromkeys(vendors(plan, by).values()))}
    found = {}
    for key, vendor in sorted(vendors(plan, by).items(), key=lambda pair: order[pair[1]]):
        seen[vendor] += 1
        colour, rim = shade(vendor_colour(vendor), seen[vendor])
        found[key] = Look(colour, _hatch(hatch[vendor], seen[vendor]), rim)
    return found


def _hatch(family: int, weight: int) -> int:
    return family % FAMILIES + FAMILIES * (weight % WEIGHTS)
