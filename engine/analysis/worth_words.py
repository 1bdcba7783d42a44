"""What limits are worth, in sentences: what one more saves, what one less costs, and what binds only together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from gigaplan.engine.analysis.limits import FIELDS, FLOORS, POINTS, SPANS, Key
from gigaplan.engine.analysis.shadow_prices import BindingTogether, Worth
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import Growth, mapped
from gigaplan.engine.plan.plan import find
from gigaplan.engine.plan.text import listed, percent, rounded
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series import contracted_there

WHAT = {
    "power": "Power at",
    "supply": "Supply of",
    **{kind.name: kind.subject for kind in POLICY_KINDS.values()},
    "commitment": "The commitment of",
}
"""The subject of a sentence about a kind of limit, before the name of its row."""
BEING_FOUND = "Shadow prices are still being computed."
MOST_POINTS = 5.0
"""No larger step of a share or a promise is offered to be tried."""
SAME = 1e-6
"""Relative: rates that differ by less are the same."""


class Try(Struct, frozen=True):
    """A value to try in a field, and how to say it: Try 5.81."""

    text: str
    value: Any


class WorthSentence(Struct, frozen=True):
    """One thing said of a plan, and where in the plan it leads."""

    text: str
    table: str = ""
    row: str = ""
    field: str = ""
    tries: Try | None = None
    """What to do about it."""
    listed: tuple[str, ...] = ()
    """The names of rows of which it says only how many they are."""


class Binding(Struct, frozen=True):
    """What is worth something of one limit in all its periods."""

    parts: tuple[Worth, ...]
    """In each period (or year) in which it binds."""
    whole: Worth | None
    """In every period at once."""

    @property
    def dearest(self) -> Worth:
        """Where one more saves most; where it nowhere does alone, where one less costs most."""
        rows = self.parts or ((self.whole,) if self.whole is not None else ())
        return max(rows, key=lambda w: (w.one_more, math.inf if w.one_less is None else w.one_less))

    @property
    def total(self) -> float:
        """USD that all of it is worth: how much it matters."""
        return sum(max(w.one_more, w.one_less or 0.0) * max(w.size, 1e-9) for w in self.parts)


def bindings(worths: Iterable[Worth]) -> list[Binding]:
    """Limits that bind, each with all its periods, what matters most first."""
    groups: dict[tuple[str, str, str], list[Worth]] = {}
    for worth in worths:
        if worth.one_more > 0 or worth.one_less or worth.together is not None:
            groups.setdefault((worth.kind, worth.id, worth.member), []).append(worth)
    found = [
        Binding(tuple(w for w in rows if not w.is_whole), next((w for w in rows if w.is_whole), None))
        for rows in groups.values()
    ]
    return sorted((b for b in found if b.parts), key=lambda binding: -float(f"{binding.total:.6g}"))


def held(result: Result) -> str:
    """That what limits are worth is told with integer decisions as they are."""
    return f"Shadow prices hold for {result.decided} as they are."


def what_binds(result: Result, worths: Iterable[Worth]) -> list[WorthSentence]:
    """Each limit that holds the plan back, over all its periods, what matters most first."""
    said: list[WorthSentence] = []
    told: set[frozenset[Key]] = set()
    for binding in bindings(worths):
        joint = binding.dearest.together
        if joint is not None and binding.dearest.one_more == 0:
            if frozenset(joint.limits) in told:
                continue
            told.add(frozenset(joint.limits))
        first = binding.dearest
        said.append(
            WorthSentence(sentence(result, binding), first.table, first.id, first.field, _tried(result, binding))
        )
    if said and result.integers != "none":
        said.append(WorthSentence(held(result)))
    return said


def sentence(result: Result, binding: Binding) -> str:
    """What one limit is worth: `All 10 MW at Iowa are in use in all 12 quarters. Each further MW saves ...`."""
    first, parts = binding.dearest, binding.parts
    less = _less(result, first)
    hit = f"{_hit(result, binding)} {_when(result, parts)}"
    if first.one_more <= 0:
        if first.together is not None:
            return f"{hit}, but not that alone holds the plan back: {_joint(result, first, first.together)}{less}"
        return f"{hit}, but not that alone holds the plan back: {one_more(result, first)} saves nothing.{less}"
    where = f" in {first.when}" if len(parts) > 1 else ""
    saves = money(result, first.one_more)
    text = f"{hit}. {_each(result, first)}{where} saves {saves}, discounted{_range(result, first)}.{less}"
    whole = binding.whole
    if whole is not None and whole.one_more > 0 and len(parts) > 1:
        every = "year" if first.kind in SPANS else PERIODS.get(result.time.months, "period")
        text += f" {_capital(one_more(result, whole))} in every {every} saves {money(result, whole.one_more)}."
    return text


PERIODS = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}
"""What people call a period of so many months."""


def _hit(result: Result, binding: Binding) -> str:
    """What is used up, in the words of the one who planned it."""
    first = binding.dearest
    sizes = {rounded(w.size + _contracted(result, w)) for w in binding.parts}
    kind, name = first.kind, name_of(result, FIELDS[first.kind][0], first.id)
    if kind == "power":
        return f"All {sizes.pop()} MW at {name} are in use" if len(sizes) == 1 else f"All power at {name} is in use"
    if kind == "supply":
        return f"Every chip of {name} on offer is taken"
    if kind == "commitment":
        return f"The commitment of {name} is more than you would spend"
    per_cents = {percent(w.size / 100, 3) for w in binding.parts} if kind in POINTS else set()
    size = per_cents.pop() if len(per_cents) == 1 else ""
    if POLICY_KINDS[kind].is_floor:
        about, _, without = first.member.partition("|")
        size = f" of {size}" if size else ""
        about = "" if about == "-" else f" for {name_of(result, 'workloads', about)}"
        about += f" without {name_of(result, 'sites', without)}" if without else ""
    else:
        size = f"{size} " if size else ""
        about = "" if first.member == "-" else f" on {name_of(result, 'sites', first.member)}"
    return POLICY_KINDS[kind].reached.format(name=name, size=size, about=about)


def _contracted(result: Result, worth: Worth) -> float:
    """MW that a site has by contract beside its own, which is what a limit of power is of; of other limits 0."""
    if worth.kind != "power" or result.allocation is None:
        return 0.0
    site = [s.id for s in result.plan.sites].index(worth.id)
    mw = contracted_there(result.allocation)[site]
    return float(mw.min() if worth.is_whole else mw[int(worth.period)])


def _each(result: Result, worth: Worth) -> str:
    """The unit as the subject of a sentence: Each further MW; of a floor, Each point less."""
    unit = _unit(result, worth.kind, one=True)
    return f"Each {unit} less" if worth.is_floor else f"Each further {unit}"


def _when(result: Result, parts: Sequence[Worth]) -> str:
    """In how many of the periods, and which."""
    if parts[0].kind in SPANS or len(parts) == 1:
        return f"in {parts[0].when}" if len(parts) == 1 else f"in {_span(parts)}"
    name, count = PERIODS.get(result.time.months, "period"), result.time.periods
    if len(parts) == count:
        return f"in all {count} {name}s"
    at = sorted(parts, key=lambda w: int(w.period))
    return f"in {len(parts)} of {count} {name}s, from {at[0].when} to {at[-1].when}"


def _joint(result: Result, first: Worth, joint: BindingTogether) -> str:
    """What one more saves together with more of others."""
    groups: dict[tuple[str, str, str], list[tuple[Key, float]]] = {}
    for key in joint.limits[1:]:
        groups.setdefault(key[:3], []).append((key, joint.needs[key]))
    more = []
    for (kind, id, member), needs in groups.items():
        amounts = list(dict.fromkeys(rounded(amount) for amount in sorted(amount for _, amount in needs)))
        often = f" in {len(needs)} periods" if len(needs) > 1 else ""
        size = amounts[0] if len(amounts) == 1 else f"{amounts[0]} to {amounts[-1]}"
        if (kind, id, member) == (first.kind, first.id, first.member):
            more.append(f"{size} {_unit(result, kind)} in {len(needs)} other period{'s' if len(needs) > 1 else ''}")
        else:
            place = limit_name(result, needs[0][0])
            more.append(f"{size} {_unit(result, kind)} of {place[:1].lower()}{place[1:]}{often}")
    return (
        f"{one_more(result, first)} with {listed(more, 'and')} more saves {money(result, joint.worth)}, discounted, "
        "and without them nothing."
    )


def _less(result: Result, worth: Worth) -> str:
    """What one less costs, where it is not what one more saves."""
    if worth.one_less is None:
        return " There can be no less." if not worth.is_floor else " There can be no more."
    if worth.one_less <= worth.one_more * (1 + SAME):
        return ""
    return f" {_capital(one_more(result, worth, other_way=True))} costs {money(result, worth.one_less)}."


def one_more(result: Result, worth: Worth, *, other_way: bool = False) -> str:
    """One unit to the side that saves: one more MW, one point less; or to the other."""
    unit = _unit(result, worth.kind, one=True)
    return f"one {unit} less" if worth.is_floor != other_way else f"one more {unit}"


def limit_name(result: Result, key: Key) -> str:
    """A limit as the subject of a sentence."""
    kind, id, member, _ = key
    table = {"power": "sites", "supply": "offers", "commitment": "agreements"}.get(kind, "policies")
    name = f"{WHAT[kind]} {name_of(result, table, id)}"
    if member == "-":
        return name
    if kind not in FLOORS:  # of a member of a dimension: only sites have a name beside it
        return f"{name} for {name_of(result, 'sites', member)}"
    workload, _, without = member.partition("|")
    about = name_of(result, "workloads", workload)
    return f"{name} for {about}" + (f" without {name_of(result, 'sites', without)}" if without else "")


def _unit(result: Result, kind: str, *, one: bool = False) -> str:
    unit = FIELDS[kind][2]
    several = {"chips": ("chip", "chips"), "percentage point": ("point", "points")}
    return several[unit][not one] if unit in several else unit.replace("USD", result.plan.settings.currency)


def _span(parts: Sequence[Worth]) -> str:
    at = sorted(parts, key=lambda w: int(w.period))
    return f"{len(parts)} {SPANS.get(at[0].kind, 'period')}s from {at[0].when} to {at[-1].when}"


def _range(result: Result, worth: Worth) -> str:
    """The values of the limit from which to which what one more saves is true."""
    if not worth.is_ranged:
        return ""
    least, most = 0.0, worth.more_until
    if worth.one_less is not None and abs(worth.one_less - worth.one_more) <= SAME * worth.one_more:
        least = -math.inf if worth.less_until is None else worth.less_until
    size = worth.size + _contracted(result, worth)
    ends = [size + least, math.inf if most is None else size + most]
    if worth.is_floor:
        ends = [-math.inf if most is None else size - most, size - least]
    low, high = (0.0 if abs(end) <= 1e-9 * size else end for end in ends)
    unit = _unit(result, worth.kind).replace("points", "percentage points")
    if math.isinf(low):
        return f" (true up to {rounded(high)} {unit})" if math.isfinite(high) else ""
    return f" (true from {rounded(low)} {f'to {rounded(high)} {unit}' if math.isfinite(high) else f'{unit} on'})"


def _tried(result: Result, binding: Binding) -> Try | None:
    """As much more of a limit as its worth is known for, or else one more; None for a commitment, which is signed."""
    first = binding.whole if binding.whole is not None and binding.whole.one_more > 0 else binding.dearest
    row = find(result.plan, first.table, first.id)
    series = getattr(row, first.field, None)
    if first.kind == "commitment" or isinstance(series, Growth) or series is None or first.one_more <= 0:
        return None
    far = first.more_until if first.is_ranged and first.more_until is not None else 0.0
    units = far if far >= 0.01 * max(first.size, 1e-9) else 1.0 if first.kind in POINTS else max(1.0, 0.1 * first.size)
    if first.kind in POINTS:
        units = min(max(far, 1.0), MOST_POINTS)
        units /= 100 * (-1 if first.is_floor else 1)
    elif first.kind == "supply":
        units /= result.time.months
    digits = 3

    def more(value: float) -> float:
        moved = value + units
        step = 10.0 ** (math.floor(math.log10(abs(moved))) + 1 - digits) if moved else 1.0
        near = float(f"{math.floor(moved / step + 1e-9) * step:.12g}")
        near = near if near > value or units < 0 else moved
        return min(max(near, 0.0), 1.0) if first.kind in POINTS else max(near, 0.0)

    value = mapped(series, more)
    if value == series:
        return None
    step = rounded(abs(units) * (100 if first.kind in POINTS else 1), 3)
    is_one = step == "1" and not isinstance(value, float)
    monthly = "chip a month" if is_one else "chips a month"
    unit = {"supply": monthly, "power": "MW"}.get(first.kind, _unit(result, first.kind, one=is_one))
    if not isinstance(value, float):
        return Try(f"Try {step} {unit} {'less' if first.is_floor else 'more'}", value)
    own = " of its own" if _contracted(result, first) else ""
    return Try(f"Try {percent(value, 3) if first.kind in POINTS else f'{rounded(value)} {unit}{own}'}", value)


def money(result: Result, amount: float) -> str:
    """An amount in the plan's currency, large ones in millions or billions."""
    currency = result.plan.settings.currency
    for scale, word in ((1e9, "billion"), (1e6, "million")):
        if abs(amount) >= scale * 0.9995:
            return f"{rounded(amount / scale)} {word} {currency}"
    return f"{rounded(amount)} {currency}"


def name_of(result: Result, table: str, row: str) -> str:
    """What a row is called in a sentence; its id where it has no name."""
    found = find(result.plan, table, row)
    return getattr(found, "name", "") or row


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
