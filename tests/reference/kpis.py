"""The reference model, section 8: what given decisions come to, and by how much they miss the rows."""

import math

from reference.model import ONE, Model, total_of, value
from reference.rows import all_rows, members, peak_demand, served


def kpis(model: Model, decision: dict) -> dict:
    """Every KPI of the decisions; a unit cost or a coverage that has no denominator is left out."""
    case, parts = model.case, model.parts
    carbon_price = case.plan["carbon_price_usd_per_t"]
    objective = value(model.objective(), decision)
    unmet = value(model.unmet_value(discounted=True), decision)
    carbon = sum(case.d[t] * carbon_price * value(model.tonnes(t), decision) for t in case.periods)
    it_mw = [nameplate(model, decision, t, facility=False) for t in case.periods]
    facility_mw = [nameplate(model, decision, t, facility=True) for t in case.periods]
    return {
        "objective_usd": objective,
        "npv_usd": objective - unmet - carbon,
        "tco_usd": value(model.cost(discounted=False), decision),
        "unmet_usd": unmet,
        "peak_it_mw": max(it_mw),
        "peak_facility_mw": max(facility_mw),
        "energy_mwh": value(total_of(list(parts.facility_mwh.values())), decision),
        "emissions_t": sum(value(model.tonnes(t), decision) for t in case.periods),
        "water_m3": sum(value(e, decision) * case.sites[s]["water_l_per_kwh"] for (_, s, _), e in parts.it_mwh.items()),
        "liability_beyond_horizon_usd": liability(model, decision),
        "coverage": coverage(model, decision),
        "vendor_hhi": concentration(model, decision),
        **unit_costs(model, decision),
    }


def nameplate(model: Model, decision: dict, t: int, facility: bool, pairs: object = None) -> float:
    """MW in a period, of all pairs or of some."""
    case, mw = model.case, 0.0
    for o, s in model.places if pairs is None else pairs:
        watts = case.platform_of(o)["power_w"] * (case.sites[s]["pue"] if facility else 1.0)
        mw += value(model.parts.chips[o, s, t], decision) * watts / 1e6
    return mw


def liability(model: Model, decision: dict) -> float:
    """What rentals, installed ones too, still owe after the horizon."""
    case, owed = model.case, 0.0
    for o, s in model.places:
        offer = case.offers[o]
        if offer["kind"] != "rental":
            continue
        for tau in case.periods:
            after = max(0, tau + model.life(o) - case.last)
            owed += model.paid(o, tau) * case.h * after * decision.get(("n", o, s, tau), 0.0)
        for lot in offer["installed"]:
            if lot["site"] == s:
                after = max(0, math.ceil(lot["months_left"] / case.m) - case.last)
                owed += model.paid(o, 0) * case.h * after * lot["chips"]
    return owed


def total_served(model: Model, decision: dict, w: str) -> float:
    return value(total_of([served(model, w, t) for t in model.case.periods]), decision)


def coverage(model: Model, decision: dict) -> dict:
    case, covered = model.case, {}
    for w in case.workloads:
        wanted = sum(peak_demand(model, w, t) for t in case.periods)
        if wanted > 0:
            covered[w] = total_served(model, decision, w) / wanted
    return covered


def concentration(model: Model, decision: dict) -> float | None:
    """Sum of squared shares of the vendors in IT power, mean over the periods that have any; None without."""
    found = []
    for t in model.case.periods:
        total = nameplate(model, decision, t, facility=False)
        if total > 0:
            vendors = members(model, "vendor").values()
            found.append(sum((nameplate(model, decision, t, False, pairs) / total) ** 2 for pairs in vendors))
    return sum(found) / len(found) if found else None


def pair_cost(model: Model, decision: dict) -> dict:
    """USD over the horizon of each offer at each site, with overhead and its part of shortfalls, less residual."""
    case, parts = model.case, model.parts
    cost = {}
    for o, s in model.places:
        gross = sum(value(part[o, s, t], decision) for part in parts.costs() for t in case.periods)
        cost[o, s] = gross * model.overhead() - value(model.residual(o, s), decision)
    for g, y in model.years:
        spend = {}
        for o, s in model.places:
            if case.offers[o]["agreement"] == g:
                spend[o, s] = sum(
                    value(part[o, s, t], decision) for part in (parts.purchase, parts.rental) for t in case.periods
                )
        for pair, amount in spend.items():
            if amount > 0:
                cost[pair] += model.overhead() * decision.get(("z", g, y), 0.0) * amount / sum(spend.values())
    return cost


def unit_costs(model: Model, decision: dict) -> dict:
    case, cost = model.case, pair_cost(model, decision)
    active = {(o, s): sum(value(model.parts.chips[o, s, t], decision) for t in case.periods) for o, s in model.places}
    in_use = {
        (o, s): sum(decision.get(x, 0.0) for t in case.periods for x in model.uses_at(o, s, t)) for o, s in model.places
    }
    idle = {pair: 1 - in_use[pair] / active[pair] for pair in model.places if active[pair] > 0}
    found: dict = {"usd_per_pflop_day": {}, "usd_per_million_tokens": {}}
    found["idle_usd"] = sum(cost[pair] * part for pair, part in idle.items())
    for w, work in case.workloads.items():
        amount = 0.0
        for w_, o, s in model.uses:
            used = sum(decision.get(("x", w, o, s, t), 0.0) for t in case.periods)
            if w_ == w and active[o, s] > 0:
                amount += cost[o, s] * used / active[o, s]
        for port in case.ports:
            if port["workload"] == w:
                amount += model.overhead() * port["cost_usd"] * decision.get(("y", w, port["stack"]), 0.0)
        hours = total_served(model, decision, w) / work["peak_factor"] * case.h
        if hours > 0 and work["unit"] == "PFLOP/s":
            found["usd_per_pflop_day"][w] = amount / (hours / 24)
        elif hours > 0:
            found["usd_per_million_tokens"][w] = amount / (hours * 3600 / 1e6)
    return found


def violations(model: Model, decision: dict) -> list:
    """(relative size, name) of every row and bound that the decisions miss, largest first."""
    found = []
    for row in all_rows(model):
        expr = {v: c for v, c in row.expr.items() if math.isfinite(c) or decision.get(v, 0.0)}
        if any(math.isinf(c) for c in expr.values()):
            continue  # signed, and no power limit: nothing to keep
        slack = value(expr, decision)
        size = sum(abs(c) * (1.0 if v == ONE else abs(decision.get(v, 0.0))) for v, c in expr.items())
        miss = abs(slack) if row.equal else -slack
        if miss > 0:
            found.append((miss / max(size, 1.0), row.name))
    known = {v for row in all_rows(model) for v in row.expr}
    for variable, amount in decision.items():
        if amount < 0:
            found.append((-amount, f"{variable} is negative"))
        if amount and variable not in known and variable[0] not in "ya":  # of those, some stand in no row
            found.append((abs(amount), f"{variable} may only be 0"))
        if variable[0] in "ya" and amount not in (0.0, 1.0):
            found.append((min(abs(amount), abs(amount - 1)), f"{variable} is no whole number"))
    return sorted(found, reverse=True)
