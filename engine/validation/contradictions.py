"""Fields that contradict each other, or that do not do what they seem to: each named, with what to do."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import numpy as np

from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.annotations import Figures, Place, place_of
from gigaplan.engine.plan.fields import Growth, Series
from gigaplan.engine.plan.formulas import unsound
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Message, Problem, message_of, say
from gigaplan.engine.plan.schema import ROW_TYPES, Offer, Platform, Policy, Settings, Workload
from gigaplan.engine.plan.throughput import throughput
from gigaplan.engine.plan.timeline import Timeline, month_number
from gigaplan.engine.validation.servability import is_sold

_MEAN = 1e-6
"""How far the mean of a profile may be from 1."""
_SUM = 1e-9
"""How far the shares of a day's blocks may be from 1 together."""
_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")
_PEAKS = {"bf16": "bf16_tflops", "fp8": "fp8_tflops", "fp4": "fp4_tflops"}

Found = tuple[str, Message, Literal["error", "warning"]]
"""Where from the row on, what is wrong, and how bad it is."""


def contradictions(plan: Plan) -> Iterator[Problem]:
    """What in the rows of a plan, each within its bounds, contradicts itself or other rows."""
    for found in _settings(plan.settings):
        yield _problem("plan", None, plan.settings, found)
    for table, look in _LOOKS.items():
        for k, row in enumerate(getattr(plan, table)):
            for found in look(plan, row):
                yield _problem(table, k, row, found)


def misplaced_runs(plan: Plan) -> Iterator[Problem]:
    """Workloads that must run on one machine, where no machine is large enough. The plan must be without errors."""
    theta = throughput(plan)
    time = Timeline.of(plan.settings)
    for w, work in enumerate(plan.workloads):
        if work.placement == "anywhere" or is_sold(plan, work):
            continue
        power = _powers(plan, work, theta[w], time)
        if power and all(needed > there for needed, there in power):
            needed, there = min(power, key=lambda pair: pair[0] / max(pair[1], 1e-300))
            code = "run_too_large_for_site" if work.placement == "one_cluster" else "run_too_large_for_platform"
            found: Found = ("placement", say(code, needed=needed, there=there), "warning")
            yield _problem("workloads", w, work, found)


def _problem(table: str, k: int | None, row: Any, found: Found) -> Problem:
    place, message, severity = found
    path = f"{table}.{place}" if k is None else f"{table}[{k}].{place}"
    field = re.split(r"[.\[]", place)[0]
    return Problem(
        severity=severity, path=path, message=message, table=table, row=getattr(row, "id", ""), field=field
    )


def _settings(settings: Settings) -> Iterator[Found]:
    total = sum(block.share for block in settings.blocks)
    if settings.blocks and abs(total - 1) > _SUM:
        yield "blocks", say("blocks_no_day", total=total), "error"
    names = [block.name for block in settings.blocks]
    for k, name in enumerate(names):
        if name in names[:k]:
            yield f"blocks[{k}].name", say("block_name_taken", name=name), "warning"


def _fits_blocks(field: str, values: tuple[float, ...] | None, plan: Plan) -> Iterator[Found]:
    count = max(1, len(plan.settings.blocks))
    if values is not None and len(values) != count:
        yield field, say("profile_wrong_count", count=len(values), count_2=count), "error"


def _platform(plan: Plan, row: Platform) -> Iterator[Found]:
    for field, lower in (("fp8_tflops", "bf16_tflops"), ("fp4_tflops", "fp8_tflops")):
        value, below = getattr(row, field), getattr(row, lower)
        if value is not None and below is not None and 0 < value < below:
            yield field, say("precision_slower", value=value, lower=lower.split("_")[0], below=below), "warning"
    points = row.resale or ()
    if points and points[0].fraction > 1:
        yield "resale[0].fraction", say("resale_above_new", fraction=points[0].fraction), "warning"
    for k, (one, other) in enumerate(itertools.pairwise(points), 1):
        if other.age_months <= one.age_months:
            text = say("resale_out_of_order", age=other.age_months, before=one.age_months)
            yield f"resale[{k}].age_months", text, "error"
        elif other.fraction > one.fraction:
            yield f"resale[{k}].fraction", say("resale_rises", fraction=other.fraction), "warning"
    for k, cap in enumerate(row.power_caps):
        if cap.throughput < cap.power:
            text = say("cap_saves_nothing", throughput=cap.throughput, power=cap.power)
            yield f"power_caps[{k}].throughput", text, "warning"
    yield from _as_of(row)


def _site(plan: Plan, row: Any) -> Iterator[Found]:
    yield from _fits_blocks("electricity_profile", row.electricity_profile, plan)
    yield from _as_of(row)


def _offer(plan: Plan, row: Offer) -> Iterator[Found]:
    purchase = row.kind == "purchase"
    ignored = {
        "term_months": purchase and row.term_months is not None,
        "upfront_fraction": purchase and row.upfront_fraction > 0,
        "maintenance_per_year": not purchase and row.maintenance_per_year > 0,
    }
    for field, is_ignored in ignored.items():
        if is_ignored:
            yield field, say("ignored_for_purchase" if purchase else "ignored_for_rental"), "warning"
    time = Timeline.of(plan.settings)
    if _largest(row.price_usd, time.opening) == 0:
        yield "price_usd", say("price_0"), "warning"
    if row.availability == 0:
        yield "availability", say("availability_0"), "warning"
    if row.min_order_chips is not None and row.supply_chips_per_month is not None:
        most = time.months * _largest(row.supply_chips_per_month, time.values)
        if row.min_order_chips > most * (1 + 1e-9):
            text = say("order_above_supply", chips=row.min_order_chips, most=most)
            yield "min_order_chips", text, "warning"
    yield from _window(row)
    yield from _as_of(row)


def _service(plan: Plan, row: Any) -> Iterator[Found]:
    if _largest(row.price_usd, Timeline.of(plan.settings).values) == 0:
        yield "price_usd", say("service_price_0"), "warning"
    named = [w for w in plan.workloads if row.workloads == "*" or w.id in row.workloads]
    if named and not any(w.unit == row.unit for w in named):
        yield "unit", say("service_unit_unused", unit=row.unit), "warning"
    yield from _window(row)
    yield from _as_of(row)


def _window(row: Any) -> Iterator[Found]:
    first, until = row.available_from, row.available_until
    if first is not None and until is not None and month_number(until) <= month_number(first):
        yield "available_until", say("window_empty", until=until, first=first), "error"


def _workload(plan: Plan, row: Workload) -> Iterator[Found]:
    settings = plan.settings
    wrong = list(_fits_blocks("profile", row.profile, plan))
    yield from wrong
    if row.profile is not None and not wrong:
        shares = [block.share for block in settings.blocks] or [1.0]
        mean = sum(a * b for a, b in zip(shares, row.profile, strict=True))
        if abs(mean - 1) > _MEAN:
            yield "profile", say("profile_mean" if mean > 0 else "profile_0", mean=mean), "error"
    if row.profile is not None and not wrong and len(set(row.profile)) > 1:
        yield from _unused_profile(row)
    if row.max_delay_months is not None:
        horizon = settings.periods * settings.months_per_period
        if row.flexible:
            yield "max_delay_months", say("delay_of_flexible"), "error"
        elif row.max_delay_months > horizon:
            text = say("delay_beyond_plan", months=row.max_delay_months, horizon=horizon)
            yield "max_delay_months", text, "warning"
        elif 0 < row.max_delay_months < settings.months_per_period / 2:
            text = say("delay_too_short", months=row.max_delay_months, period=settings.months_per_period)
            yield "max_delay_months", text, "warning"
    if row.inference is not None and row.inference.active_params_b > row.inference.total_params_b:
        sizes = {"active": row.inference.active_params_b, "total": row.inference.total_params_b}
        yield "inference.active_params_b", say("active_above_total", **sizes), "error"
    yield from _beyond_peak(plan, row)


def _unused_profile(row: Workload) -> Iterator[Found]:
    """A day whose hours nothing asks for: the work may be done at any of them."""
    codes = {
        "profile_of_flexible": row.flexible,
        "profile_of_delayed": row.max_delay_months is not None,
        "profile_of_day_flexible": row.day_flexible,
    }
    for code in [code for code, holds in codes.items() if holds][:1]:
        yield "profile", say(code), "warning"


def _beyond_peak(plan: Plan, row: Workload) -> Iterator[Found]:
    """Throughputs that are stated above what the chip computes at its peak."""
    chips = {chip.id: chip for chip in plan.platforms}
    for k, stated in enumerate(row.throughput):
        chip = chips.get(stated.platform)
        if chip is None:
            continue
        peak = max(getattr(chip, name) or 0.0 for name in _PEAKS.values()) / 1000
        flops = 1.0
        if row.unit == "tokens/s":
            flops = 0.0 if row.inference is None else 2 * row.inference.active_params_b / 1e6
        if peak > 0 and stated.value * flops > peak * (1 + 1e-9):
            times = stated.value * flops / peak
            text = say("throughput_above_peak", value=stated.value, unit=row.unit, times=times, chip=chip.name)
            yield f"throughput[{k}].value", text, "warning"


def _agreement(plan: Plan, row: Any) -> Iterator[Found]:
    yield from _term(plan, row, say("owes_nothing"))
    used = {o.agreement for o in plan.offers} | {s.agreement for s in plan.services}
    if row.status == "signed" and row.commit_usd_per_year > 0 and row.id not in used:
        yield "status", say("agreement_unused"), "warning"
    yield from _group(plan.agreements, row)


def _power_contract(plan: Plan, row: Any) -> Iterator[Found]:
    yield from _term(plan, row, say("gives_no_power"))
    if any(site.id == row.site and site.power_mw is None for site in plan.sites):
        yield "site", say("power_already_unlimited"), "warning"
    yield from _group(plan.power_contracts, row)
    yield from _as_of(row)


def _term(plan: Plan, row: Any, effect: Message) -> Iterator[Found]:
    """Terms that no month of the plan is in."""
    time = Timeline.of(plan.settings)
    start = month_number(row.start) - time.first_month
    end = np.inf if row.months is None else start + row.months
    if end <= 0 or start >= time.periods * time.months:
        code = "term_before_plan" if end <= 0 else "term_after_plan"
        yield "start", say(code, start=row.start, effect=effect), "warning"


def _group(rows: Iterable[Any], row: Any) -> Iterator[Found]:
    if row.group is None or row.status != "signed":
        return
    others = [other for other in rows if other.group == row.group and other is not row]
    signed = [other.name or other.id for other in others if other.status == "signed"]
    if signed:
        yield "group", say("alternatives_signed", group=row.group, signed=signed), "warning"


def _policy(plan: Plan, row: Policy) -> Iterator[Found]:
    if not row.enabled:
        return
    if POLICY_KINDS[row.kind].is_yearly:
        if row.metric is not None:
            yield "metric", say("policy_metric_ignored", metric=row.metric, kind=row.kind), "warning"
        if row.dimension is None and row.scope not in (None, "*"):
            yield "scope", say("policy_scope_ignored", scope=row.scope, kind=row.kind), "warning"
    if row.reassign and "reassign" not in POLICY_KINDS[row.kind].uses:
        yield "reassign", say("policy_reassign_ignored", kind=row.kind), "warning"
    if row.kind == "share" and row.scope in (None, "*") and row.dimension is not None:
        count = len(_members(plan, row.dimension))
        most = count * _largest(row.limit, Timeline.of(plan.settings).values)
        if count > 0 and most < 1 - 1e-9:
            members = row.dimension if count == 1 else f"{row.dimension}s".replace("ys", "ies")
            shares = {"each": most / count, "least": math.ceil(1000 / count - 1e-9) / 1000}
            text = say("share_lets_nothing", count=count, members=members, dimension=row.dimension, **shares)
            yield "limit", text, "warning"


def _members(plan: Plan, dimension: str) -> set[str]:
    chips = {chip.id: chip for chip in plan.platforms}
    used = [chips[o.platform] for o in plan.offers if o.platform in chips]
    found: dict[str, set[str]] = {
        "vendor": {chip.vendor for chip in used},
        "stack": {chip.stack for chip in used},
        "provider": {o.provider for o in plan.offers},
        "kind": {o.kind for o in plan.offers},
        "site": {site.id for site in plan.sites},
        "jurisdiction": {site.jurisdiction for site in plan.sites},
    }
    return found[dimension]


def _as_of(row: Any) -> Iterator[Found]:
    if row.as_of and not _DATE.fullmatch(row.as_of):
        yield "as_of", say("not_a_date", as_of=row.as_of), "warning"


def _largest(series: Series, values: Callable[..., Any]) -> float:
    """The largest value of a series; infinite where a period has no limit."""
    return float(np.max(values(series), initial=0.0))


def _powers(plan: Plan, work: Workload, theta: Any, time: Timeline) -> list[tuple[float, float]]:
    """(MW that the work takes at least, MW that there are) of each machine that may do it."""
    demand = time.values(work.demand)
    gain = time.values(Growth(1.0, work.software_gain_per_year))
    if work.flexible or work.max_delay_months is not None:
        when = demand > 0 if work.flexible else demand >= 0  # what waits is done in any period
        asked = float(demand.sum() / max(gain[when].sum(), 1e-300)) * work.peak_factor
    else:
        asked = float((demand / gain).max(initial=0.0)) * work.peak_factor
    found = []
    more = {s.id: sum(c.mw for c in plan.power_contracts if c.site == s.id) for s in plan.sites}
    for p, chip in enumerate(plan.platforms):
        offers = [o for o in plan.offers if o.platform == chip.id and o.id not in work.forbidden_offers]
        sites = [
            s
            for s in plan.sites
            if (not work.jurisdictions or s.jurisdiction in work.jurisdictions)
            and any(o.sites == "*" or s.id in o.sites for o in offers)
        ]
        if not sites or not theta[p] > 0:
            continue
        thrift = min([1.0, *(cap.power / cap.throughput for cap in chip.power_caps)])
        watts = asked / float(theta[p]) * chip.power_w * thrift
        there = [np.inf if s.power_mw is None else _largest(s.power_mw, time.values) + more[s.id] for s in sites]
        if work.placement == "one_platform":
            found.append((watts * min(s.pue for s in sites) / 1e6, float(sum(there))))
        else:
            found += [(watts * s.pue / 1e6, float(mw)) for s, mw in zip(sites, there, strict=True)]
    return found


_LOOKS: dict[str, Callable[[Plan, Any], Iterator[Found]]] = {
    "platforms": _platform,
    "sites": _site,
    "power_contracts": _power_contract,
    "offers": _offer,
    "services": _service,
    "workloads": _workload,
    "agreements": _agreement,
    "policies": _policy,
}


def annotation_problems(plan: Plan) -> Iterator[Problem]:
    """Annotations of nothing, two of one field, and formulas that give no value or another than the field holds."""
    if not plan.annotations:
        return
    figures, seen = Figures(plan), set[Place]()
    for k, annotation in enumerate(plan.annotations):
        place = place_of(annotation)
        try:
            figures.value(place)
        except LookupError as error:
            message = message_of(error).with_remedy(say("annotation_of_nothing"))
            yield _of_annotation(f"annotations[{k}]", "annotations", "", message)
        if place in seen:
            message = say("annotation_twice", field=place[2], row=place[1] or "the plan")
            yield _of_annotation(f"annotations[{k}]", "annotations", "", message)
        seen.add(place)
    where = {t: {row.id: k for k, row in enumerate(getattr(plan, t))} for t in ROW_TYPES if t in {p[0] for p in seen}
             and "id" in ROW_TYPES[t].__struct_fields__}  # fmt: skip
    for (table, row, field), message in unsound(plan):
        path = "plan" if table == "plan" else f"{table}[{where[table][row or '']}]"
        yield _of_annotation(f"{path}.{field}", table, field, message, row or "")


def _of_annotation(path: str, table: str, field: str, message: Message, row: str = "") -> Problem:
    return Problem(severity="error", path=path, message=message, table=table, row=row, field=field)
