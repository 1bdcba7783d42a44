"""Edition 2 of the model, sections 8 and M: what given decisions come to, and by how much they miss the rows."""

import math

from reference.model import ONE, WHOLE, Model, total_of, value
from reference.rows import all_rows, demand_rows, links, signed

NONE = 1e-9
"""Less than this part of hours, spend, work or power counts as none (M)."""


def kpis(model: Model, decision: dict) -> dict:
    """Every KPI of the decisions; a unit cost or a coverage that has no denominator is left out."""
    doc, parts = model.doc, model.parts
    objective = value(model.objective(), decision)
    unmet = value(model.unmet_value(), decision)
    owed = total_of(model.rent_beyond(o, s)[0] for o, s in model.places)
    it_mw = [megawatts(model, decision, t, facility=False) for t in doc.periods]
    facility_mw = [megawatts(model, decision, t, facility=True) for t in doc.periods]
    water = sum(value(e, decision) * doc.sites[s]["water_l_per_kwh"] for (_, s, _), e in parts.it_mwh.items())
    return {
        "objective_usd": objective,
        "npv_usd": objective - unmet - value(model.carbon_value(), decision),
        "tco_usd": value(model.cost(discounted=False), decision),
        "unmet_usd": unmet,
        "peak_it_mw": max(it_mw),
        "peak_facility_mw": max(facility_mw),
        "energy_mwh": value(model.energy_mwh(), decision),
        "emissions_t": sum(value(model.tonnes(t), decision) for t in doc.periods),
        "water_m3": water,
        "owed_at_risk_usd": (1 - doc.plan["contract_worth_fraction"]) * value(owed, decision),
        "liability_beyond_horizon_usd": value(owed, decision) + installed_liability(model),
        "coverage": coverage(model, decision),
        "vendor_hhi": concentration(model, decision),
        **unit_costs(model, decision),
    }


def rounding(model: Model, decision: dict) -> float:
    """USD that adding up in double precision may lose of the plan's money: a part of 2^-52 for each term. An objective
    that is a difference of larger sums, such as rent that residual value gives back, is no more exact than this."""
    goal = model.objective()
    gross = math.fsum(abs(c * (1.0 if v == ONE else decision.get(v, 0.0))) for v, c in goal.items())
    return len(goal) * 2.0**-52 * (gross + abs(value(model.cost(discounted=False), decision)))


def complete(model: Model, decision: dict) -> dict:
    """Decisions of another program with what follows from them: the chips that stand, what is decided already."""
    stood = {("K", *at): value(stock, decision) for at, stock in model.stock.items() if len(stock) > 1}
    return decision | stood | signed(model)


def decisions(model: Model, decision: dict) -> dict:
    """The decisions of 0 or 1 under the names of the interchange form."""
    doc = model.doc
    placed = {
        "|".join([w, *k]): round(decision.get(("c", w, k), 0.0)) for w in doc.workloads for k in model.machines(w)
    }
    return {
        "signed": {g: round(decision.get(("a", g), 0.0)) for g in doc.agreements},
        "contracts": {c: round(decision.get(("e", c), 0.0)) for c in doc.power_contracts},
        "ported": {
            f"{p['workload']}|{p['stack']}": round(decision.get(("y", p["workload"], p["stack"]), 0.0))
            for p in doc.ports
        },
        "placed": placed,
    }


def theta(model: Model) -> dict:
    """Work per chip with its goodput, basis and band, by `workload|offer`."""
    return {
        f"{w}|{o}": {
            "value": found.value,
            "basis": found.basis,
            "band": found.band and list(found.band),
            "goodput": model.goodput[w, o],
        }
        for (w, o), found in model.theta.items()
    }


def megawatts(model: Model, decision: dict, t: int, facility: bool, vendor: str | None = None) -> float:
    """MW of what runs in a period, of all vendors or of one."""
    doc, total = model.doc, 0.0
    for o, s in model.places:
        if vendor is None or doc.platform_of(o)["vendor"] == vendor:
            total += value(model.watts(o, s, t), decision) / 1e6 * (doc.sites[s]["pue"] if facility else 1.0)
    return total


def installed_liability(model: Model) -> float:
    """What installed rentals still owe after the horizon."""
    doc, owed = model.doc, 0.0
    for o, s in model.places:
        offer = doc.offers[o]
        lots = [lot["months_left"] for lot in offer["installed"] if lot["site"] == s]
        if offer["kind"] == "rental" and lots:
            for t in range(doc.last, math.ceil(max(lots) / doc.m)):
                owed += model.installed_rent(o, t) * doc.installed(o, s, t)
    return owed


def concentration(model: Model, decision: dict) -> float | None:
    """Sum of squared shares of the vendors in IT power, mean over the periods that have any; None without."""
    found = []
    vendors = {model.doc.platform_of(o)["vendor"] for o in model.doc.offers}
    totals = [megawatts(model, decision, t, facility=False) for t in model.doc.periods]
    for t, total in zip(model.doc.periods, totals, strict=True):
        if total > NONE * max(totals):
            found.append(sum((megawatts(model, decision, t, False, vendor) / total) ** 2 for vendor in vendors))
    return sum(found) / len(found) if found else None


# Work.


def served(model: Model, decision: dict, w: str) -> float:
    """Work over the horizon, in peak units x periods."""
    doc = model.doc
    return sum(doc.shares[b] * value(model.done[w, t, b], decision) for t in doc.periods for b in doc.blocks)


def coverage(model: Model, decision: dict) -> dict:
    doc, covered = model.doc, {}
    for w in doc.workloads:
        wanted = sum(asked * (1.0 if b is None else doc.shares[b]) for _, b, _, asked in demand_rows(model, w))
        if wanted > 0:
            covered[w] = served(model, decision, w) / wanted
    return covered


# Section M.


def unit_costs(model: Model, decision: dict) -> dict:
    doc = model.doc
    hours = chip_hours(model, decision)
    shortfalls = shared_shortfalls(model, decision)
    costs = {pair: pair_cost(model, decision, *pair) for pair in model.places}
    amounts = dict.fromkeys(doc.workloads, 0.0)
    idle = 0.0
    for (o, s), (power_and_place, rest) in costs.items():
        rest += shortfalls.get((o, s), 0.0)
        stood = sum(value(model.stock[o, s, t], decision) for t in doc.periods) * doc.h
        on = sum(value(model.running(o, s, t), decision) for t in doc.periods) * doc.h
        used = {w: v for (w, o_, s_), v in hours.items() if (o_, s_) == (o, s)}
        total = sum(used.values())
        if stood <= 0 or total <= NONE * stood:
            continue
        for w, part in used.items():
            amounts[w] += (power_and_place + rest) * part / total
        idle += power_and_place * (1 - total / max(on, total)) + rest * (1 - total / stood)
    for c in doc.power_contracts:
        for w, part in contract_shares(model, decision, c).items():
            amounts[w] += contract_cost(model, decision, c) * part
    for k in doc.services:
        for w in doc.workloads:
            paid = [{v: c for v, c in model.service_usd(k, t).items() if v[1] == w} for t in doc.periods]
            amounts[w] += model.overhead() * value(total_of(paid), decision) + shortfalls.get((k, w, "service"), 0.0)
    for port in doc.ports:
        w = port["workload"]
        amounts[w] += model.overhead() * port["cost_usd"] * decision.get(("y", w, port["stack"]), 0.0)
    return told(model, decision, amounts, idle)


def told(model: Model, decision: dict, amounts: dict, idle: float) -> dict:
    """Unit costs, what is idle, and what no workload bears."""
    doc, borne = model.doc, 0.0
    found: dict = {"usd_per_pflop_day": {}, "usd_per_million_tokens": {}}
    for w, work in doc.workloads.items():
        amount, done = amounts[w], served(model, decision, w)
        asked = sum(doc.peak_demand(w, t) for t in doc.periods)
        if done <= NONE * asked:
            continue
        borne += amount
        hours = done / work["peak_factor"] * doc.h
        if work["unit"] == "PFLOP/s":
            found["usd_per_pflop_day"][w] = amount / (hours / 24)
        else:
            found["usd_per_million_tokens"][w] = amount / (hours * 3600 / 1e6)
    found["unused_usd"] = value(model.cost(discounted=False), decision) - borne
    found["idle_usd"] = idle
    return found


def chip_hours(model: Model, decision: dict) -> dict:
    """Chip-hours that each workload uses of each offer at each site."""
    doc, hours = model.doc, {}
    for work in model.done.values():
        for v in work:
            if v[0] == "x":
                hours[v[1:4]] = hours.get(v[1:4], 0.0) + decision.get(v, 0.0) * doc.shares[v[6]] * doc.h
    return hours


def pair_cost(model: Model, decision: dict, o: str, s: str) -> tuple:
    """USD of an offer at a site, with overhead: (energy and hosting, all else less what is left at the horizon)."""
    doc, parts = model.doc, model.parts

    def sum_of(kinds: list) -> float:
        return sum(value(part[o, s, t], decision) for part in kinds for t in doc.periods)

    f = doc.plan["contract_worth_fraction"]
    owed, _, ahead = (value(part, decision) for part in model.rent_beyond(o, s))
    end = (1 - f) * owed - f * ahead - value(model.residual(o, s), decision)
    rest = sum_of([parts.purchase, parts.upfront, parts.rent, parts.maintenance])
    return model.overhead() * sum_of([parts.energy, parts.hosting]), model.overhead() * rest + end


def shared_shortfalls(model: Model, decision: dict) -> dict:
    """Each agreement's shortfalls by spend over the horizon: by (o, s) or (k, w, "service")."""
    doc, found = model.doc, {}
    for g in doc.agreements:
        owed = model.overhead() * sum(decision.get(("z", g_, y), 0.0) for g_, y in model.years if g_ == g)
        spend = {}
        for o, s in model.places:
            if doc.offers[o]["agreement"] == g:
                spend[o, s] = sum(value(model.parts.spend[o, s, t], decision) for t in doc.periods)
        for k in doc.services:
            for w in doc.workloads if doc.services[k]["agreement"] == g else []:
                paid = [{v: c for v, c in model.service_spend(k, t).items() if v[1] == w} for t in doc.periods]
                spend[k, w, "service"] = value(total_of(paid), decision)
        total = sum(spend.values())
        if total <= NONE * owed or total <= 0:
            continue  # no workload bears it
        for key, amount in spend.items():
            found[key] = found.get(key, 0.0) + owed * amount / total
    return found


def contract_cost(model: Model, decision: dict, c: str) -> float:
    paid = model.capex(c) + sum(model.contract_fee(c, t) for t in model.doc.periods)
    return decision.get(("e", c), 0.0) * (model.overhead() * paid - model.capex_residual(c))


def contract_shares(model: Model, decision: dict, c: str) -> dict:
    """The part of each workload in chip-hours x power at the contract's site; none where nothing is used."""
    doc, used = model.doc, {}
    site = doc.power_contracts[c]["site"]
    stood = 0.0
    for o, s in model.places:
        if s == site:
            chip = doc.platform_of(o)
            stood += sum(value(model.stock[o, s, t], decision) for t in doc.periods) * chip["power_w"] * doc.h
    for work in model.done.values():
        for v in work:
            if v[0] == "x" and v[3] == site:
                power = doc.platform_of(v[2])["power_w"]
                if v[5]:
                    power *= model.caps(v[2])[v[5] - 1]["power"]
                used[v[1]] = used.get(v[1], 0.0) + decision.get(v, 0.0) * doc.shares[v[6]] * doc.h * power
    total = sum(used.values())
    return {w: part / total for w, part in used.items()} if stood > 0 and total > NONE * stood else {}


# Rows.


def usual_sizes(model: Model, decision: dict) -> dict:
    """How large the variables of each kind come: a row between noughts is measured by what it could hold."""
    doc, kinds = model.doc, {"n": "K", "off": "K", "cap": "K", "x": "K", "v": "u"}
    sizes = dict.fromkeys(["n", "K", "off", "cap", "x", "v", "u", "z", *WHOLE, ONE], 1e-3)
    wanted = [model.asked[w] / model.theta[w, o].value for w, o, _ in model.uses]
    sizes["K"] = max([1e-3, *wanted, *(stock[ONE] for stock in model.stock.values())])
    sizes["u"] = max([1e-3, *(doc.peak_demand(w, t) for w in doc.workloads for t in doc.periods)])
    for variable, amount in decision.items():
        kind = kinds.get(variable[0], variable[0])
        sizes[kind] = max(sizes[kind], abs(amount))
    return sizes | {kind: sizes[other] for kind, other in kinds.items()} | {ONE: 1.0}


def largest(decision: dict, kinds: set) -> float:
    """The largest amount that is decided on of some kinds of variables, and 1 at least."""
    return max([1.0, *(abs(amount) for variable, amount in decision.items() if variable[0] in kinds)])


def violations(model: Model, decision: dict) -> list:
    """(relative size, name) of every row, link and bound that the decisions miss, largest first."""
    found, usual = [], usual_sizes(model, decision)
    rows = all_rows(model)
    for row in rows:
        slack = value(row.expr, decision)
        size = sum(abs(c) * (1.0 if v == ONE else abs(decision.get(v, 0.0))) for v, c in row.expr.items())
        could = max((abs(c) * usual[v[0]] for v, c in row.expr.items()), default=0.0)
        miss = abs(slack) if row.equal else -slack
        if miss > 0:
            found.append((miss / max(size, 1e-3 * could), row.name))
    for link in links(model):
        if decision.get(link.whole, 0.0) < 0.5:
            total = sum(decision.get(v, 0.0) for v in link.others)
            if total > 0:
                found.append((total / largest(decision, {v[0] for v in link.others}), f"{link.whole} is 0"))
    for v, amount in signed(model).items():
        if decision.get(v, 0.0) != amount:
            found.append((1.0, f"{v} is taken already"))
    known = {v for row in rows for v in row.expr}
    for variable, amount in decision.items():
        if amount < 0:
            found.append((-amount / usual[variable[0]], f"{variable} is negative"))
        if amount and variable not in known and variable[0] not in WHOLE:  # of those, some stand in no row
            found.append((abs(amount), f"{variable} may only be 0"))
        if variable[0] in WHOLE and amount not in (0.0, 1.0):
            found.append((min(abs(amount), abs(amount - 1)), f"{variable} is no whole number"))
    return sorted(found, reverse=True)
