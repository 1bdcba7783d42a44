"""Edition 2 of the model, sections 5 and 6, A to L: constraints and policies, each an expression >= 0 or = 0.

What N calls a limit stands beside its rows: `relax` holds, for each limit, what one unit more of it adds to the
expression. The key of a limit is (kind, id, member, period), of a policy over the whole horizon with the period "*".
"""

import copy
from dataclasses import dataclass, field

from reference.model import ONE, Expr, Model, add, times, total_of


@dataclass
class Row:
    """expr >= 0, or expr = 0."""

    name: str
    expr: Expr
    equal: bool = False
    relax: dict = field(default_factory=dict)


@dataclass
class Link:
    """A variable of 0 or 1 that must be 1 where any of `others` is above 0."""

    whole: tuple
    others: list


def all_rows(model: Model) -> list:
    """Every row of the program."""
    chips = [stocks, demand, capacity, modes, power, supply, orders]
    choices = [porting, placement, services, agreements, groups, policies]
    return [row for family in chips + choices for row in family(model)]


# Sections 4, 5 and D to H.


def stocks(model: Model) -> list:
    rows = []
    for (o, s, t), stock in model.stock.items():
        if len(stock) > 1:
            rows.append(Row(f"stock {o} {s} {t}", add(dict(stock), model.chips(o, s, t), -1.0), equal=True))
    return rows


def done_in_day(model: Model, w: str, t: int, without: object = None) -> Expr:
    """Work of a period, in peak units, as its mean over the day; `without` tells which x and v to leave out."""
    doc = model.doc
    return total_of(times(done(model, w, t, b, without), doc.shares[b]) for b in doc.blocks)


def done(model: Model, w: str, t: int, b: int, without: object = None) -> Expr:
    work = model.done[w, t, b]
    return work if without is None else {v: c for v, c in work.items() if not without(v)}


def demand_rows(model: Model, w: str, without: object = None) -> list:
    """(t, b, work, asked) of each row that asks for a workload's work; t or b None where a row is over all of them.

    Of a deferrable workload it is the row of the whole horizon.
    """
    doc = model.doc
    if doc.workloads[w]["flexible"] or doc.deferrable(w):
        work = total_of(done_in_day(model, w, t, without) for t in doc.periods)
        return [(None, None, work, sum(doc.peak_demand(w, t) for t in doc.periods))]
    if doc.by_block(w):
        return [
            (t, b, done(model, w, t, b, without), doc.peak_demand(w, t) * doc.profile(w, b))
            for t in doc.periods
            for b in doc.blocks
        ]
    return [(t, None, done_in_day(model, w, t, without), doc.peak_demand(w, t)) for t in doc.periods]


def demand(model: Model) -> list:  # 5.1, E
    rows = []
    for w in model.doc.workloads:
        if model.doc.deferrable(w):
            rows += deferral(model, w)
            continue
        for t, b, work, asked in demand_rows(model, w):
            u = ("u", w, t, b)
            rows.append(Row(f"demand {w} {t} {b}", add(dict(work), {u: 1.0, ONE: -asked}), equal=True))
    return rows


def deferral(model: Model, w: str) -> list:  # F
    doc, rows = model.doc, []
    wait = int(doc.workloads[w]["max_delay_months"] / doc.m + 0.5)
    arrived, finished = [{}], [{}]
    for t in doc.periods:
        asked = doc.peak_demand(w, t)
        rows.append(Row(f"dropped {w} {t}", {("u", w, t, None): -1.0, ONE: asked}))
        arrived.append(add(add({}, arrived[-1]), {("u", w, t, None): -1.0, ONE: asked}))
        finished.append(add(add({}, finished[-1]), done_in_day(model, w, t)))
    for t in doc.periods[:-1]:
        due = arrived[max(0, t - wait + 1)]
        rows.append(Row(f"not before {w} {t}", add(dict(arrived[t + 1]), finished[t + 1], -1.0)))
        rows.append(Row(f"not after {w} {t}", add(dict(finished[t + 1]), due, -1.0)))
    rows.append(Row(f"demand {w}", add(finished[-1], arrived[-1], -1.0), equal=True))
    return rows


def capacity(model: Model) -> list:  # 5.2, D, E
    rows = []
    for (o, s, t), found in model.modes.items():
        up = model.doc.offers[o]["availability"]
        for j, (chips, _, _) in enumerate(found):
            for b in model.doc.blocks:
                x = [x for x in model.x[o, s, t] if x[5:] == (j, b)]
                if x:
                    expr = add(times(chips, up), dict.fromkeys(x, -1.0))
                    rows.append(Row(f"capacity {o} {s} {t} {j} {b}", expr))
    return rows


def modes(model: Model) -> list:  # D: Kfull >= 0
    return [Row(f"modes {o} {s} {t}", found[0][0]) for (o, s, t), found in model.modes.items() if len(found[0][0]) > 1]


def power(model: Model) -> list:  # 5.3, D, G
    doc, rows = model.doc, []
    for s, site in doc.sites.items():
        for t in doc.periods:
            limit = doc.at("sites", site, "power_mw", t)
            if limit is None:
                continue
            expr: Expr = {ONE: limit * 1e6}
            for c, contract in doc.power_contracts.items():
                if contract["site"] == s and model.active(c, t):
                    add(expr, {("e", c): contract["mw"] * 1e6})
            for o, s_ in model.places:
                if s_ == s:
                    add(expr, model.watts(o, s, t), -site["pue"])
            rows.append(Row(f"power {s} {t}", expr, relax={("power", s, "-", t): {ONE: 1e6}}))
    return rows


def deliveries(model: Model, o: str, t: int) -> list:
    return [("n", o, s, t) for o_, s in model.places if o_ == o and model.doc.can_deliver(o, s, t)]


def supply(model: Model) -> list:  # 5.4, J
    doc, rows = model.doc, []
    for o, offer in doc.offers.items():
        for t in doc.periods:
            limit = doc.at("offers", offer, "supply_chips_per_month", t)
            if limit is not None:
                expr = dict.fromkeys(deliveries(model, o, t), -1.0) | {ONE: limit * doc.m}
                rows.append(Row(f"supply {o} {t}", expr, relax={("supply", o, "-", t): {ONE: 1.0}}))
    return rows


def on_machine(model: Model, w: str, name: str, whole: tuple, keep: object) -> list:
    """For each row that asks for work: what is done of it on one machine is no more than is asked, and none if not."""
    rows = []
    for t, b, work, asked in demand_rows(model, w, without=lambda v: not keep(v)):
        if work:
            rows.append(Row(f"{name} {w} {whole[2]} {t} {b}", add({whole: asked}, work, -1.0)))
    return rows


def porting(model: Model) -> list:  # 5.5
    """Dmax bounds no plan, so each row's own right-hand side is as good."""
    doc, rows = model.doc, []
    for port in doc.ports:
        w, stack = port["workload"], port["stack"]

        def on_stack(v: tuple, stack: str = stack) -> bool:
            return v[0] == "x" and doc.platform_of(v[2])["stack"] == stack

        rows += on_machine(model, w, "port", ("y", w, stack), on_stack)
    return rows


def placement(model: Model) -> list:  # C
    rows = []
    for w in model.doc.workloads:
        machines = model.machines(w)
        for k in machines:
            rows += on_machine(model, w, "placement", ("c", w, k), lambda v, w=w, k=k: model.machine(w, v) == k)
        if machines:
            rows.append(Row(f"one machine {w}", {("c", w, k): -1.0 for k in machines} | {ONE: 1.0}))
    return rows


def services(model: Model) -> list:  # H
    doc, rows = model.doc, []
    for k, service in doc.services.items():
        for t in doc.periods:
            limit = doc.at("services", service, "limit", t)
            for b in doc.blocks if limit is not None else []:
                expr = {v: -1.0 for v in model.v[k, t] if v[4] == b}
                if expr:
                    rows.append(Row(f"service {k} {t} {b}", expr | {ONE: limit}))
    return rows


def agreements(model: Model) -> list:  # 5.6, A
    rows = []
    for (g, y), year in model.years.items():
        expr = add({("z", g, y): 1.0, ("a", g): -year.commitment}, model.spend_in_year(g, year))
        rows.append(Row(f"commitment {g} {y}", expr, relax={("commitment", g, "-", y): {("a", g): 1.0}}))
    return rows


def groups(model: Model) -> list:  # A, G
    rows = []
    for letter, table in (("a", model.doc.agreements), ("e", model.doc.power_contracts)):
        names = {row["group"] for row in table.values() if row["group"] is not None}
        for name in sorted(names):
            members = {id: row["status"] for id, row in table.items() if row["group"] == name}
            optional = [id for id, status in members.items() if status == "optional"]
            room = 0.0 if "signed" in members.values() else 1.0
            if optional:
                rows.append(Row(f"group {name}", {(letter, id): -1.0 for id in optional} | {ONE: room}))
    return rows


def orders(model: Model) -> list:  # L
    doc, rows = model.doc, []
    for o, offer in doc.offers.items():
        for t in doc.periods if offer["min_order_chips"] is not None else []:
            found = deliveries(model, o, t)
            if found:
                expr = dict.fromkeys(found, 1.0) | {("q", o, t): -offer["min_order_chips"]}
                rows.append(Row(f"order {o} {t}", expr))
                limit = doc.at("offers", offer, "supply_chips_per_month", t)
                if limit is not None:
                    expr = dict.fromkeys(found, -1.0) | {("q", o, t): limit * doc.m}
                    rows.append(Row(f"ordered {o} {t}", expr, relax={("supply", o, "-", t): {("q", o, t): 1.0}}))
    return rows


def links(model: Model) -> list:
    """What 5.6 and L say with a BIG that bounds no plan: nothing of an agreement that is not signed, no order."""
    doc, found = model.doc, []
    for g, agreement in doc.agreements.items():
        if agreement["status"] == "optional":
            offers = [o for o, row in doc.offers.items() if row["agreement"] == g]
            services = [k for k, row in doc.services.items() if row["agreement"] == g]
            found.append(Link(("a", g), [n for t in doc.periods for o in offers for n in deliveries(model, o, t)]))
            for each in (model, *losses(model)):
                found[-1].others += [v for t in doc.periods for k in services for v in each.v[k, t]]
    for o, offer in doc.offers.items():
        for t in doc.periods if offer["min_order_chips"] is not None else []:
            found.append(Link(("q", o, t), deliveries(model, o, t)))
    return [link for link in found if link.others]


def signed(model: Model) -> dict:
    """The decisions that are taken already."""
    doc = model.doc
    taken = {("a", g): 1.0 for g, row in doc.agreements.items() if row["status"] == "signed"}
    return taken | {("e", c): 1.0 for c, row in doc.power_contracts.items() if row["status"] == "signed"}


# Section 6.


def members(model: Model, dimension: str) -> list:
    """The members of a dimension that have offers, or services."""
    doc = model.doc
    found = {member_of_pair(model, o, s, dimension) for o, s in model.places}
    return sorted(found | {member_of_service(model, k, dimension) for k in doc.services} - {None})


def member_of_pair(model: Model, o: str, s: str, dimension: str) -> str:
    doc = model.doc
    if dimension in ("vendor", "stack"):
        return doc.platform_of(o)[dimension]
    if dimension in ("provider", "kind"):
        return doc.offers[o][dimension]
    return s if dimension == "site" else doc.sites[s]["jurisdiction"]


def member_of_service(model: Model, k: str, dimension: str) -> str | None:
    return model.doc.services[k][dimension] if dimension in ("provider", "jurisdiction") else None


def policies(model: Model) -> list:
    kinds = {"share": share, "budget": budget, "carbon": carbon, "coverage": coverage, "resilience": resilience}
    return [row for policy in model.doc.policies for row in kinds[policy["kind"]](model, policy)]


def everyone(policy: dict) -> bool:
    return policy["scope"] in (None, "*")


def limit_at(model: Model, policy: dict, t: int) -> float | None:
    return model.doc.at("policies", policy, "limit", t)


def plan_years(model: Model) -> list:
    """The periods of each plan year, by the month in which they begin."""
    years: dict = {}
    for t in model.doc.periods:
        years.setdefault(t * model.doc.m // 12, []).append(t)
    return list(years.items())


def share(model: Model, policy: dict) -> list:
    rows, dimension = [], policy["dimension"]
    metric = model.tflops if policy["metric"] == "compute" else model.watts
    pairs = sorted({member_of_pair(model, o, s, dimension) for o, s in model.places})
    for member in pairs if everyone(policy) else [m for m in pairs if m == policy["scope"]]:
        for t in model.doc.periods:
            limit = limit_at(model, policy, t)
            if limit is None:
                continue
            every = total_of(metric(o, s, t) for o, s in model.places)
            of_it = [(o, s) for o, s in model.places if member_of_pair(model, o, s, dimension) == member]
            expr = add(times(every, limit), total_of(metric(o, s, t) for o, s in of_it), -1.0)
            relax = {("share", policy["id"], member, t): times(every, 0.01)}
            rows.append(Row(f"share {policy['id']} {member} {t}", expr, relax=relax))
    return rows


def budget(model: Model, policy: dict) -> list:
    if policy["dimension"] is None:
        return yearly(model, policy, model.cash, "-")
    return [
        row
        for member in paid_members(model, policy)
        for row in yearly(model, policy, lambda t, m=member: model.cash_of(t, paid_for(model, policy, m)), member)
    ]


def carbon(model: Model, policy: dict) -> list:
    if policy["dimension"] is None:
        return yearly(model, policy, model.tonnes, "-")
    return [
        row
        for member in paid_members(model, policy)
        for row in yearly(model, policy, lambda t, m=member: model.tonnes_of(t, paid_for(model, policy, m)), member)
    ]


def paid_for(model: Model, policy: dict, member: str) -> object:
    """Whether an offer at a site (n), a service (v), a contract (e), an agreement (z) or a port (y) is of it."""
    doc, dimension = model.doc, policy["dimension"]

    def found(what: str, *key: object) -> bool:
        if what == "n":
            return member_of_pair(model, *key, dimension) == member
        if what == "v":
            return member_of_service(model, *key, dimension) == member
        if what == "e":
            row = doc.power_contracts[key[0]]
            places = {"site": row["site"], "jurisdiction": doc.sites[row["site"]]["jurisdiction"]}
            return {**places, "provider": row["provider"]}.get(dimension) == member
        if what == "z":
            return dimension == "provider" and doc.agreements[key[0]]["provider"] == member
        return dimension == "stack" and key[0] == member

    return found


def paid_members(model: Model, policy: dict) -> list:
    doc, dimension = model.doc, policy["dimension"]
    found = set(members(model, dimension))
    for row in doc.power_contracts.values():
        if dimension in ("provider", "site"):
            found.add(row[dimension])
        elif dimension == "jurisdiction":
            found.add(doc.sites[row["site"]]["jurisdiction"])
    if dimension == "provider":
        found |= {doc.agreements[g]["provider"] for g, _ in model.years}
    if dimension == "stack":
        found |= {port["stack"] for port in doc.ports}
    return sorted(found) if everyone(policy) else sorted(found & {policy["scope"]})


def yearly(model: Model, policy: dict, amount: object, member: str) -> list:
    rows = []
    for year, periods in plan_years(model):
        limits = [limit_at(model, policy, t) for t in periods]
        if None in limits:
            continue
        expr = {ONE: sum(limits) * model.doc.m / 12}
        for t in periods:
            add(expr, amount(t), -1.0)
        relax = {(policy["kind"], policy["id"], member, year): {ONE: 1.0}}
        rows.append(Row(f"{policy['kind']} {policy['id']} {member} {year}", expr, relax=relax))
    return rows


def coverage(model: Model, policy: dict) -> list:
    return floor(model, policy, None, lambda w: w, None)


def resilience(model: Model, policy: dict) -> list:
    dimension, rows = policy["dimension"], []
    found = members(model, dimension)
    for member in found:

        def name(w: str, member: str = member) -> str:
            return f"{w}|{member}"

        if policy.get("reassign"):
            after = after_loss(model, policy, member)
            for family in (capacity, modes, power, services, porting, placement):
                rows += family(after)
            rows += floor(after, policy, member, name, None)
        else:
            rows += floor(model, policy, member, name, lambda v, m=member: is_of(model, v, dimension, m))
    # Where nothing is offered at all, a floor is still asked for.
    return rows or (floor(model, policy, None, lambda w: w, None) if not found else [])


def is_of(model: Model, v: tuple, dimension: str, member: str) -> bool:
    """Whether an x or a v is of a member."""
    if v[0] == "v":
        return member_of_service(model, v[2], dimension) == member
    return member_of_pair(model, v[2], v[3], dimension) == member


def after_loss(model: Model, policy: dict, member: str) -> Model:
    """Section 6, `reassign`: the same chips, decisions and limits without a member, with x, v, off and cap of its own,
    of the policy's workloads alone."""
    dimension, found = policy["dimension"], copy.copy(model)
    works = list(model.doc.workloads) if everyone(policy) else [policy["scope"]]

    def own(v: object) -> object:  # what chips and services do is told apart by its first place
        if v[0] not in ("x", "v", "off", "cap"):
            return v
        return (v[0], f"{v[1]} after {policy['id']} {member}", *v[2:])

    def kept(v: tuple) -> bool:
        return v[1] in works and not is_of(model, v, dimension, member)

    def renamed(expr: Expr) -> Expr:
        return {v if v == ONE else own(v): c for v, c in expr.items()}

    found.places = [(o, s) for o, s in model.places if member_of_pair(model, o, s, dimension) != member]
    there = set(found.places)
    found.modes = {
        at: [(renamed(chips), q, speed) for chips, q, speed in each]
        for at, each in model.modes.items()
        if at[:2] in there
    }
    found.x = {at: [own(v) for v in each if kept(v)] for at, each in model.x.items() if at[:2] in there}
    found.v = {at: [own(v) for v in each if kept(v)] for at, each in model.v.items()}
    found.done = {at: {own(v): theta for v, theta in each.items() if kept(v)} for at, each in model.done.items()}
    return found


def losses(model: Model) -> list:
    """The models after each loss that a policy with `reassign` asks about."""
    policies = [p for p in model.doc.policies if p["kind"] == "resilience" and p.get("reassign")]
    return [after_loss(model, p, member) for p in policies for member in members(model, p["dimension"])]


def floor(model: Model, policy: dict, member: str | None, name: object, without: object) -> list:
    """What is served, leaving out some of it, is at least the limit's part of the demand."""
    doc, rows = model.doc, []
    for w in doc.workloads if everyone(policy) else [policy["scope"]]:
        limits = [limit_at(model, policy, t) for t in doc.periods]
        asked_in = [doc.peak_demand(w, t) if limits[t] is not None else 0.0 for t in doc.periods]
        for t, b, work, asked in demand_rows(model, w, without):
            key = (policy["kind"], policy["id"], name(w), "*" if t is None else t)
            if t is None:
                least, point = sum(v * (limits[i] or 0.0) for i, v in enumerate(asked_in)), sum(asked_in)
                if all(limit is None for limit in limits):
                    continue
            elif limits[t] is None:
                continue
            else:
                least, point = limits[t] * asked, asked
            row = f"{policy['kind']} {policy['id']} {w} {member} {t} {b}"
            rows.append(Row(row, add(dict(work), {ONE: -least}), relax={key: {ONE: 0.01 * point}}))
    return rows
