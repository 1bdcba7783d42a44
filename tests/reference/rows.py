"""The reference model, sections 5 and 6: constraints and policies, each an expression that must be >= 0 or = 0."""

import math

from reference.model import ONE, Expr, Model, Row, add, total_of


def all_rows(model: Model) -> list:
    """Every row of the program."""
    return [
        *demand(model),
        *capacity(model),
        *power(model),
        *supply(model),
        *porting(model),
        *agreements(model),
        *policies(model),
    ]


def served(model: Model, w: str, t: int, without: set = frozenset()) -> Expr:
    """Work served in a period, in peak units, leaving out some (offer, site) pairs."""
    return {
        ("x", w, o, s, t): model.theta[w, o]
        for w_, o, s in model.uses
        if w_ == w and (o, s) not in without and model.may_run(w, o, t)
    }


def peak_demand(model: Model, w: str, t: int) -> float:
    return model.case.demand(w, t) * model.case.workloads[w]["peak_factor"]


def demand(model: Model) -> list:  # 5.1
    case, rows = model.case, []
    for w, work in case.workloads.items():
        if work["flexible"]:
            expr = total_of([served(model, w, t) for t in case.periods])
            total = sum(peak_demand(model, w, t) for t in case.periods)
            rows.append(Row(f"demand {w}", add(expr, {("u", w, None): 1.0, ONE: -total}), equal=True))
            continue
        for t in case.periods:
            expr = add(served(model, w, t), {("u", w, t): 1.0, ONE: -peak_demand(model, w, t)})
            rows.append(Row(f"demand {w} {t}", expr, equal=True))
    return rows


def capacity(model: Model) -> list:  # 5.2
    rows = []
    for (o, s, t), chips in model.parts.chips.items():
        expr = add({}, chips, model.case.offers[o]["availability"])
        add(expr, dict.fromkeys(model.uses_at(o, s, t), 1.0), -1.0)
        rows.append(Row(f"capacity {o} {s} {t}", expr))
    return rows


def power(model: Model) -> list:  # 5.3
    case, rows = model.case, []
    for s, site in case.sites.items():
        if site["power_mw"] is None:
            continue
        for t in case.periods:
            expr: Expr = {ONE: case.at(site["power_mw"], t) * 1e6}
            for o in case.offers:
                add(expr, model.parts.chips[o, s, t], -case.platform_of(o)["power_w"] * site["pue"])
            rows.append(Row(f"power {s} {t}", expr))
    return rows


def supply(model: Model) -> list:  # 5.4
    case, rows = model.case, []
    for o, offer in case.offers.items():
        if offer["supply_chips"] is None:
            continue
        for t in case.periods:
            expr: Expr = {("n", o, s, t): -1.0 for s in case.sites if model.can_deliver(o, s, t)}
            rows.append(Row(f"supply {o} {t}", add(expr, {ONE: case.at(offer["supply_chips"], t)})))
    return rows


def porting(model: Model) -> list:  # 5.5
    case, rows = model.case, []
    for port in case.ports:
        w, stack = port["workload"], port["stack"]
        right_hand_sides = [peak_demand(model, w, t) for t in case.periods]
        largest = sum(right_hand_sides) if case.workloads[w]["flexible"] else max(right_hand_sides)
        others = {(o, s) for o, s in model.places if case.platform_of(o)["stack"] != stack}
        for t in case.periods:
            expr = add({("y", w, stack): largest}, served(model, w, t, without=others), -1.0)
            rows.append(Row(f"port {w} {stack} {t}", expr))
    return rows


def agreements(model: Model) -> list:  # 5.6
    case, rows = model.case, []
    for (g, y), year in model.years.items():
        expr = add({("z", g, y): 1.0, ("a", g): -year.commitment}, model.spend(g, year.periods))
        rows.append(Row(f"agreement {g} {y}", expr))
    for o, offer in case.offers.items():
        g = offer["agreement"]
        if g is None or case.agreements[g]["status"] != "optional":
            continue
        watts = case.platform_of(o)["power_w"]
        for s, site in case.sites.items():
            for t in case.periods:
                if model.can_deliver(o, s, t):
                    if site["power_mw"] is None or watts == 0:
                        big = math.inf
                    else:
                        big = case.at(site["power_mw"], t) * 1e6 / (watts * site["pue"])
                    rows.append(Row(f"signing {o} {s} {t}", {("a", g): big, ("n", o, s, t): -1.0}))
    return rows


# Section 6.


def members(model: Model, dimension: str) -> dict:
    """The members of a dimension, each with its (offer, site) pairs."""
    case, groups = model.case, {}
    for o, s in model.places:
        member = {
            "vendor": case.platform_of(o)["vendor"],
            "stack": case.platform_of(o)["stack"],
            "provider": case.offers[o]["provider"],
            "site": s,
            "jurisdiction": case.sites[s]["jurisdiction"],
        }[dimension]
        groups.setdefault(member, set()).add((o, s))
    return groups


def policies(model: Model) -> list:
    kinds = {"share": share, "budget": budget, "carbon": carbon, "coverage": coverage, "resilience": resilience}
    return [row for policy in model.case.policies for row in kinds[policy["kind"]](model, policy)]


def everyone(policy: dict) -> bool:
    return policy["scope"] in (None, "*")


def plan_years(model: Model) -> list:
    """The periods of each plan year, by the month in which they begin."""
    case, years = model.case, {}
    for t in case.periods:
        years.setdefault(t * case.m // 12, []).append(t)
    return list(years.values())


def share(model: Model, policy: dict) -> list:
    case, rows = model.case, []
    for member, pairs in members(model, policy["dimension"]).items():
        if not everyone(policy) and member != policy["scope"]:
            continue
        for t in case.periods:
            expr: Expr = {}
            for o, s in model.places:
                metric = case.platform_of(o)["power_w" if policy["metric"] == "power" else "bf16_tflops"]
                mine = 1.0 if (o, s) in pairs else 0.0
                add(expr, model.parts.chips[o, s, t], metric * (case.at(policy["limit"], t) - mine))
            rows.append(Row(f"share {policy['id']} {member} {t}", expr))
    return rows


def budget(model: Model, policy: dict) -> list:
    return yearly(model, policy, model.cash)


def carbon(model: Model, policy: dict) -> list:
    return yearly(model, policy, model.tonnes)


def yearly(model: Model, policy: dict, amount: object) -> list:
    case, rows = model.case, []
    for periods in plan_years(model):
        expr: Expr = {ONE: sum(case.at(policy["limit"], t) * case.m / 12 for t in periods)}
        for t in periods:
            add(expr, amount(t), -1.0)
        rows.append(Row(f"{policy['kind']} {policy['id']} {periods[0]}", expr))
    return rows


def coverage(model: Model, policy: dict) -> list:
    return at_least(model, policy, {"": set()})


def resilience(model: Model, policy: dict) -> list:
    return at_least(model, policy, members(model, policy["dimension"]))


def at_least(model: Model, policy: dict, groups: dict) -> list:
    """What is served without each group is at least the limit's part of the demand."""
    case, rows = model.case, []
    for w, work in case.workloads.items():
        if not everyone(policy) and w != policy["scope"]:
            continue
        for member, pairs in groups.items():
            exprs = []
            for t in case.periods:
                wanted = case.at(policy["limit"], t) * peak_demand(model, w, t)
                exprs.append(add(served(model, w, t, without=pairs), {ONE: -wanted}))
            if work["flexible"]:
                exprs = [total_of(exprs)]
            rows += [Row(f"{policy['kind']} {policy['id']} {w} {member} {t}", expr) for t, expr in enumerate(exprs)]
    return rows
