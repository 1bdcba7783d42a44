"""Edition 2 of the model, sections 4 and 7, A to L: decisions, and money, energy and carbon as linear expressions.

An expression is a dict from variable to coefficient, its constant under ONE. The variables:

    ("n", o, s, t)           chips delivered
    ("K", o, s, t)           chips that stand: installed ones, and deliveries by what is left of their life
    ("off", o, s, t)         of those, switched off
    ("cap", o, s, t, j)      of those, capped by entry j = 1, 2, ... of the platform's power caps
    ("x", w, o, s, t, j, b)  chips at work, j = 0 where they are not capped
    ("v", w, k, t, b)        work that service k does, in peak units
    ("u", w, t, b)           demand not served, in peak units; b None unless the workload has a row per block,
                             t None where it is flexible
    ("z", g, y)              shortfall of agreement g in its contract year y
    ("y", w, k), ("a", g), ("e", c), ("c", w, machine), ("q", o, t)   whole decisions: ported to a stack, agreement
                             signed, power contract signed, workload placed, offer ordered
"""

import math
from dataclasses import dataclass, field

from reference.document import TIERS, Document
from reference.throughput import Theta, goodput, throughput

ONE = "1"
Expr = dict
WHOLE = ("y", "a", "e", "c", "q")
"""The kinds of variables that are 0 or 1."""


def add(total: Expr, part: Expr, factor: float = 1.0) -> Expr:
    """Adds factor * part to `total`, and gives `total`."""
    for variable, coefficient in part.items():
        total[variable] = total.get(variable, 0.0) + factor * coefficient
    return total


def times(part: Expr, factor: float) -> Expr:
    return {variable: factor * coefficient for variable, coefficient in part.items()}


def total_of(parts: object) -> Expr:
    total: Expr = {}
    for part in parts:
        add(total, part)
    return total


def value(expr: Expr, decision: dict) -> float:
    """What an expression comes to for given decisions; a variable that is not named is 0."""
    return math.fsum(c * (1.0 if v == ONE else decision.get(v, 0.0)) for v, c in expr.items())


@dataclass
class Year:
    """A contract year as far as it lies inside the agreement's term and the plan: months, from the plan's start."""

    first: float
    end: float
    commitment: float
    settled: int


@dataclass
class Parts:
    """Expressions per offer, site and period."""

    purchase: dict = field(default_factory=dict)
    upfront: dict = field(default_factory=dict)
    rent: dict = field(default_factory=dict)
    spend: dict = field(default_factory=dict)
    maintenance: dict = field(default_factory=dict)
    energy: dict = field(default_factory=dict)
    hosting: dict = field(default_factory=dict)
    it_mwh: dict = field(default_factory=dict)
    facility_mwh: dict = field(default_factory=dict)
    operational_t: dict = field(default_factory=dict)
    embodied_t: dict = field(default_factory=dict)

    def costs(self) -> list:
        return [self.purchase, self.upfront, self.rent, self.maintenance, self.energy, self.hosting]


class Model:
    """Everything about one plan that is linear in its decisions."""

    def __init__(self, data: dict, scenario: str | None = None) -> None:
        self.doc = doc = Document(data, scenario)
        self.fill_theta()
        self.places = [(o, s) for o in doc.offers for s in doc.sites if self.may_stand(o, s)]
        self.stock = {(o, s, t): self.stock_of(o, s, t) for o, s in self.places for t in doc.periods}
        self.fill_uses()
        self.modes: dict = {}
        self.parts = Parts()
        for o, s in self.places:
            for t in doc.periods:
                self.modes[o, s, t] = self.modes_of(o, s, t)
                self.fill_money(o, s, t)
                self.fill_energy(o, s, t)
        self.years = {(g, y): year for g in doc.agreements for y, year in self.years_of(g).items()}

    # Sections 3, C, H and I: what work can be done where.

    def fill_theta(self) -> None:
        doc, known = self.doc, {}
        self.asked = {w: self.largest_demand(w) for w in doc.workloads}
        self.theta, self.goodput = {}, {}
        for w, work in doc.workloads.items():
            for o, offer in doc.offers.items():
                p = offer["platform"]
                if (w, p) not in known:
                    found = throughput(work, doc.platforms[p], doc.curves)
                    good = goodput(work, doc.platforms[p], found.value, self.asked[w])
                    known[w, p] = Theta(found.value * good, found.basis, found.band), good
                self.theta[w, o], self.goodput[w, o] = known[w, p]
        self.gain = {(w, t): doc.gain(w, t) for w in doc.workloads for t in doc.periods}

    def largest_demand(self, w: str) -> float:
        """A of section C: how much work at once a synchronous run is sized for."""
        peaks = [self.doc.peak_demand(w, t) for t in self.doc.periods]
        if not self.doc.workloads[w]["flexible"]:
            return max(peaks)
        peaks = [v for v in peaks if v > 0]
        return math.fsum(peaks) / len(peaks) if peaks else 0.0

    def may_stand(self, o: str, s: str) -> bool:
        return self.doc.stands_at(o, s) or any(lot["site"] == s for lot in self.doc.offers[o]["installed"])

    def eligible(self, w: str, o: str, s: str) -> bool:
        doc = self.doc
        work, offer, site, chip = doc.workloads[w], doc.offers[o], doc.sites[s], doc.platform_of(o)
        slow = (
            chip["token_latency_ms"] is not None
            and work["max_token_latency_ms"] is not None
            and chip["token_latency_ms"] > work["max_token_latency_ms"]
        )
        return (
            self.theta[w, o].value > 0
            and doc.stands_at(o, s)
            and (not work["jurisdictions"] or site["jurisdiction"] in work["jurisdictions"])
            and TIERS.index(offer["sensitivity"]) >= TIERS.index(work["sensitivity"])
            and (not offer["interruptible"] or work["accepts_interruptible"])
            and not slow
            and o not in work["forbidden_offers"]
        )

    def may_buy(self, w: str, k: str) -> bool:
        work, service = self.doc.workloads[w], self.doc.services[k]
        return (
            (service["workloads"] == "*" or w in service["workloads"])
            and service["unit"] == work["unit"]
            and TIERS.index(service["sensitivity"]) >= TIERS.index(work["sensitivity"])
            and (not work["jurisdictions"] or service["jurisdiction"] in work["jurisdictions"])
        )

    def fill_uses(self) -> None:
        """The x of each offer, site and period, and the work (x and v by theta) of each workload, period and block."""
        doc = self.doc
        self.uses = [(w, o, s) for w in doc.workloads for o, s in self.places if self.eligible(w, o, s)]
        self.buys = [(w, k) for w in doc.workloads for k in doc.services if self.may_buy(w, k)]
        self.x = {(o, s, t): [] for o, s in self.places for t in doc.periods}
        self.v = {(k, t): [] for k in doc.services for t in doc.periods}
        self.done = {(w, t, b): {} for w in doc.workloads for t in doc.periods for b in doc.blocks}
        for w, o, s in self.uses:
            caps = doc.platform_of(o)["power_caps"]
            speeds = [1.0, *(cap["throughput"] for cap in caps)]
            for t in doc.periods:
                if not self.may_run(w, o, t) or not self.any_chips(o, s, t):
                    continue
                theta = self.theta[w, o].value * self.gain[w, t]
                for b in doc.blocks:
                    for j, speed in enumerate(speeds):
                        x = ("x", w, o, s, t, j, b)
                        self.x[o, s, t].append(x)
                        self.done[w, t, b][x] = theta * speed
        for w, k in self.buys:
            for t in doc.periods:
                if self.has_demand(w, t) and doc.in_window(doc.services[k], t):
                    for b in doc.blocks:
                        v = ("v", w, k, t, b)
                        self.v[k, t].append(v)
                        self.done[w, t, b][v] = 1.0

    def has_demand(self, w: str, t: int) -> bool:
        """Section 5.1: a flexible workload does nothing where it has no demand."""
        return not self.doc.workloads[w]["flexible"] or self.doc.demand(w, t) > 0

    def may_run(self, w: str, o: str, t: int) -> bool:
        """Whether x may be above 0: there is demand (5.1), and a port has had its months (5.5)."""
        port = self.port(w, o)
        return self.has_demand(w, t) and (port is None or t >= math.ceil(port["months"] / self.doc.m))

    def port(self, w: str, o: str) -> dict | None:
        stack = self.doc.platform_of(o)["stack"]
        return next((p for p in self.doc.ports if p["workload"] == w and p["stack"] == stack), None)

    def machine(self, w: str, variable: tuple) -> tuple:
        """Section C: the machine that an x or v is on, for a workload that is placed."""
        if variable[0] == "v":
            return "service", variable[2]
        platform = self.doc.offers[variable[2]]["platform"]
        return (platform, variable[3]) if self.doc.workloads[w]["placement"] == "one_cluster" else (platform,)

    def machines(self, w: str) -> list:
        """The machines of a workload that is placed."""
        if self.doc.workloads[w]["placement"] == "anywhere":
            return []
        pairs = [("x", w, o, s) for w_, o, s in self.uses if w_ == w]
        services = [("v", w, k) for w_, k in self.buys if w_ == w]
        return list(dict.fromkeys(self.machine(w, use) for use in pairs + services))

    # Sections 4, D and J: chips.

    def cohorts(self, o: str, s: str, t: int) -> dict:
        """The periods whose deliveries are active in period t, with their weights."""
        doc = self.doc
        found = {tau: doc.weight(o, t - tau) for tau in range(t + 1) if doc.can_deliver(o, s, tau)}
        return {tau: weight for tau, weight in found.items() if weight > 0}

    def stock_of(self, o: str, s: str, t: int) -> Expr:
        """K as the sum over cohorts and installed lots."""
        expr = {("n", o, s, tau): weight for tau, weight in self.cohorts(o, s, t).items()}
        return expr | {ONE: self.doc.installed(o, s, t)}

    def chips(self, o: str, s: str, t: int) -> Expr:
        """K as a variable, or as a number where nothing can be delivered."""
        stock = self.stock[o, s, t]
        return {("K", o, s, t): 1.0} if len(stock) > 1 else stock

    def any_chips(self, o: str, s: str, t: int) -> bool:
        stock = self.stock[o, s, t]
        return len(stock) > 1 or stock[ONE] > 0

    def modes_of(self, o: str, s: str, t: int) -> list:
        """(chips, power, throughput) of each mode that does work, the full one first; fractions of the full one."""
        if not self.any_chips(o, s, t):
            return [({}, 1.0, 1.0)] + [({}, c["power"], c["throughput"]) for c in self.caps(o)]
        full, modes = dict(self.chips(o, s, t)), []
        if self.doc.offers[o]["can_switch_off"]:
            full["off", o, s, t] = -1.0
        for j, cap in enumerate(self.caps(o), 1):
            full["cap", o, s, t, j] = -1.0
            modes.append(({("cap", o, s, t, j): 1.0}, cap["power"], cap["throughput"]))
        return [(full, 1.0, 1.0), *modes]

    def caps(self, o: str) -> list:
        return self.doc.platform_of(o)["power_caps"]

    def running(self, o: str, s: str, t: int) -> Expr:
        """K less what is switched off."""
        return total_of(chips for chips, _, _ in self.modes[o, s, t])

    def watts(self, o: str, s: str, t: int) -> Expr:
        """IT power at full load of what is not switched off, capped chips by their cap."""
        power = self.doc.platform_of(o)["power_w"]
        return total_of(times(chips, q * power) for chips, q, _ in self.modes[o, s, t])

    def tflops(self, o: str, s: str, t: int) -> Expr:
        rate = self.doc.platform_of(o)["bf16_tflops"]
        return total_of(times(chips, speed * rate) for chips, _, speed in self.modes[o, s, t])

    # Sections 7, A, B, D and E, per offer, site and period.

    def fill_money(self, o: str, s: str, t: int) -> None:
        doc, parts, at = self.doc, self.parts, (o, s, t)
        offer, g = doc.offers[o], doc.offers[o]["agreement"]
        cohorts, installed = self.cohorts(o, s, t), doc.installed(o, s, t)
        parts.purchase[at], parts.upfront[at], parts.rent[at], parts.maintenance[at] = {}, {}, {}, {}
        v = offer["upfront_fraction"] if offer["kind"] == "rental" else 0.0
        spend: Expr = {}
        if offer["kind"] == "purchase":
            yearly = offer["maintenance_per_year"] * doc.m / 12
            first = doc.opening("offers", offer, "price_usd", 0)
            if t in cohorts:
                parts.purchase[at] = {("n", o, s, t): doc.price(o, t)}
                if doc.in_term(g, t):
                    add(spend, parts.purchase[at])
            upkeep = {("n", o, s, tau): yearly * doc.price(o, tau) * weight for tau, weight in cohorts.items()}
            parts.maintenance[at] = upkeep | {ONE: yearly * first * installed}
        else:
            rent = {("n", o, s, tau): (1 - v) * doc.price(o, tau) * doc.h * w for tau, w in cohorts.items()}
            rent[ONE] = self.installed_rent(o, t) * installed
            parts.rent[at] = rent
            for tau in cohorts:
                if doc.in_term(g, tau):
                    spend["n", o, s, tau] = rent["n", o, s, tau]
            if doc.in_term(g, t):
                spend[ONE] = rent[ONE]
            if t in cohorts and v > 0:
                parts.upfront[at] = {("n", o, s, t): v * doc.price(o, t) * doc.h * doc.life(o)}
                if doc.in_term(g, t):
                    add(spend, parts.upfront[at])
        parts.spend[at] = spend

    def installed_rent(self, o: str, t: int) -> float:
        """What an installed rented chip pays in period t, which may lie after the horizon."""
        doc, offer = self.doc, self.doc.offers[o]
        price = doc.opening("offers", offer, "price_usd", 0) * (1 - doc.discount(offer["agreement"], t))
        return (1 - offer["upfront_fraction"]) * price * doc.h

    def fill_energy(self, o: str, s: str, t: int) -> None:
        doc, parts, at = self.doc, self.parts, (o, s, t)
        site, chip = doc.sites[s], doc.platform_of(o)
        energy_included, hosting_included = doc.included(o)
        price = 0.0 if energy_included else doc.at("sites", site, "electricity_usd_per_mwh", t)
        parts.it_mwh[at], parts.energy[at] = {}, {}
        for b in doc.blocks:
            mwh: Expr = {}
            for j, (chips, q, _) in enumerate(self.modes[at]):
                idle = min(chip["idle_fraction"], q)
                add(mwh, chips, idle)
                for x in self.x[at]:
                    if x[5:] == (j, b):  # in use: idle + (q - idle) / peak, less the idle above
                        mwh[x] = (q - idle) / doc.workloads[x[1]]["peak_factor"]
            mwh = times(mwh, chip["power_w"] * doc.h * doc.shares[b] / 1e6)
            add(parts.it_mwh[at], mwh)
            if price:
                profile = site["electricity_profile"]
                add(parts.energy[at], mwh, site["pue"] * price * (profile[b] if profile else 1.0))
        parts.facility_mwh[at] = times(parts.it_mwh[at], site["pue"])
        carbon = doc.at("sites", site, "carbon_g_per_kwh", t) / 1000
        parts.operational_t[at] = times(parts.facility_mwh[at], carbon)
        embodied = chip["embodied_kgco2e"] / 1000 * doc.m / chip["lifetime_months"]
        parts.embodied_t[at] = times(self.chips(*at), embodied)
        rate = 0.0 if hosting_included else doc.at("sites", site, "hosting_usd_per_kw_month", t)
        parts.hosting[at] = times(self.running(*at), chip["power_w"] / 1000 * rate * doc.m) if rate else {}

    def residual(self, o: str, s: str) -> Expr:
        """What the purchases of an offer at a site are worth at the horizon (J, K)."""
        doc = self.doc
        if doc.offers[o]["kind"] != "purchase":
            return {}
        cohorts = [tau for tau in doc.periods if doc.can_deliver(o, s, tau)]
        part = doc.plan["residual_fraction"]
        return {("n", o, s, tau): doc.price(o, tau) * doc.resale(o, tau) * part for tau in cohorts}

    def rent_beyond(self, o: str, s: str) -> tuple:
        """B: rent of an offer's cohorts at a site after the horizon: (owed, owed discounted, paid ahead)."""
        doc, offer = self.doc, self.doc.offers[o]
        owed, discounted, ahead = {}, {}, {}
        if offer["kind"] != "rental":
            return owed, discounted, ahead
        v = offer["upfront_fraction"]
        for tau in doc.periods:
            beyond = doc.beyond(o, tau)
            if not (beyond > 0 and doc.can_deliver(o, s, tau)):
                continue
            n, rent = ("n", o, s, tau), doc.price(o, tau) * doc.h
            after = range(doc.last, math.ceil(tau + doc.life(o)))
            owed[n] = (1 - v) * rent * beyond
            discounted[n] = (1 - v) * rent * math.fsum(doc.weight(o, t - tau) * doc.d(t) for t in after)
            ahead[n] = v * rent * beyond
        return owed, discounted, ahead

    # Sections G, H and 7: money of the whole plan.

    def overhead(self) -> float:
        """What a cost is multiplied by to hold its overhead: 1 + f / (1 - f)."""
        f = self.doc.plan["overhead_fraction"]
        return 1 + f / (1 - f)

    def active(self, c: str, t: int) -> bool:
        """Whether a power contract holds in period t: its first month lies in the term."""
        contract = self.doc.power_contracts[c]
        first = self.doc.month(contract["start"])
        end = math.inf if contract["months"] is None else first + contract["months"]
        return first <= t * self.doc.m < end

    def first_active(self, c: str) -> int | None:
        return next((t for t in self.doc.periods if self.active(c, t)), None)

    def capex(self, c: str) -> float:
        """What a contract that is signed pays in its first active period; what was paid before the plan is sunk."""
        contract = self.doc.power_contracts[c]
        sunk = contract["status"] == "signed" and self.doc.month(contract["start"]) < 0
        return 0.0 if sunk or self.first_active(c) is None else contract["capex_usd_per_mw"] * contract["mw"]

    def capex_residual(self, c: str) -> float:
        doc, contract, first = self.doc, self.doc.power_contracts[c], self.first_active(c)
        if first is None:
            return 0.0
        life = contract["capex_lifetime_months"]
        if contract["months"] is not None:
            life = min(life, doc.month(contract["start"]) + contract["months"] - first * doc.m)
        left = max(0.0, 1 - (doc.last - first) * doc.m / life)
        return self.capex(c) * left * doc.plan["residual_fraction"]

    def contract_fee(self, c: str, t: int) -> float:
        contract = self.doc.power_contracts[c]
        if not self.active(c, t):
            return 0.0
        return self.doc.at("power_contracts", contract, "usd_per_mw_month", t) * contract["mw"] * self.doc.m

    def service_usd(self, k: str, t: int) -> Expr:
        """What is paid for a service in a period."""
        doc, service = self.doc, self.doc.services[k]
        price = doc.at("services", service, "price_usd", t) * (1 - doc.discount(service["agreement"], t))
        each = price / 1e6 * 3600 if service["unit"] == "tokens/s" else price / 24
        hours = {b: doc.shares[b] * doc.h for b in doc.blocks}
        return {v: each * hours[v[4]] / doc.workloads[v[1]]["peak_factor"] for v in self.v[k, t]}

    def service_spend(self, k: str, t: int) -> Expr:
        return self.service_usd(k, t) if self.doc.in_term(self.doc.services[k]["agreement"], t) else {}

    def at_start(self, t: int, of: object = lambda *key: True) -> Expr:
        """Costs of a period that are paid when chips or power come, without overhead (J): of what is `of`."""
        cost: Expr = {}
        for o, s in self.places:
            if of("n", o, s):
                add(cost, self.parts.purchase[o, s, t])
                add(cost, self.parts.upfront[o, s, t])
        for c in self.doc.power_contracts:
            if self.first_active(c) == t and of("e", c):
                add(cost, {("e", c): self.capex(c)})
        if t == 0:
            ports = [port for port in self.doc.ports if of("y", port["stack"])]
            add(cost, {("y", port["workload"], port["stack"]): port["cost_usd"] for port in ports})
        return cost

    def over_time(self, t: int, of: object = lambda *key: True) -> Expr:
        """All other costs of a period, without overhead."""
        cost: Expr = {}
        for o, s in self.places:
            if not of("n", o, s):
                continue
            for part in (self.parts.rent, self.parts.maintenance, self.parts.energy, self.parts.hosting):
                add(cost, part[o, s, t])
        add(cost, {("e", c): self.contract_fee(c, t) for c in self.doc.power_contracts if of("e", c)})
        for k in self.doc.services:
            if of("v", k):
                add(cost, self.service_usd(k, t))
        for (g, y), year in self.years.items():
            if year.settled == t and of("z", g):
                add(cost, {("z", g, y): 1.0})
        return cost

    def cash(self, t: int) -> Expr:
        """All costs of a period with overhead, undiscounted: no unmet value, carbon price or residual."""
        return times(add(self.at_start(t), self.over_time(t)), self.overhead())

    def cash_of(self, t: int, of: object) -> Expr:
        """The part of `cash` that is paid for one member of a dimension."""
        return times(add(self.at_start(t, of), self.over_time(t, of)), self.overhead())

    def tonnes_of(self, t: int, of: object) -> Expr:
        """The part of `tonnes` that is emitted for one member of a dimension."""
        parts, mine = self.parts, [place for place in self.places if of("n", *place)]
        return total_of(part[o, s, t] for o, s in mine for part in (parts.operational_t, parts.embodied_t))

    def after_horizon(self, discounted: bool) -> Expr:
        """What the end of the horizon adds to the cost: residual values, rent owed, rent paid ahead (B, G, J, K)."""
        doc, cost = self.doc, {}
        f, end = doc.plan["contract_worth_fraction"], doc.d_end if discounted else 1.0
        for o, s in self.places:
            owed, owed_discounted, ahead = self.rent_beyond(o, s)
            add(cost, self.residual(o, s), -end)
            add(cost, owed_discounted if discounted else owed, 1 - f)
            add(cost, ahead, -end * f)
        return add(cost, {("e", c): -end * self.capex_residual(c) for c in doc.power_contracts})

    def cost(self, discounted: bool) -> Expr:
        """All costs, less what is left at the horizon; no unmet value, no carbon price."""
        doc, cost = self.doc, self.after_horizon(discounted)
        for t in doc.periods:
            add(cost, self.at_start(t), self.overhead() * (doc.d0(t) if discounted else 1.0))
            add(cost, self.over_time(t), self.overhead() * (doc.d(t) if discounted else 1.0))
        return cost

    def tonnes(self, t: int) -> Expr:
        parts = self.parts
        return total_of(part[o, s, t] for o, s in self.places for part in (parts.operational_t, parts.embodied_t))

    def energy_mwh(self) -> Expr:
        return total_of(self.parts.facility_mwh.values())

    def unmet(self, w: str) -> dict:
        """The u variables of a workload, each with its share of the day and its discount factor."""
        doc = self.doc
        if doc.workloads[w]["flexible"]:
            demand = [doc.demand(w, t) for t in doc.periods]
            if not math.fsum(demand) > 0:
                return {}
            mean = math.fsum(doc.d(t) * v for t, v in enumerate(demand)) / math.fsum(demand)
            return {("u", w, None, None): (1.0, mean)}
        if doc.by_block(w):
            return {("u", w, t, b): (doc.shares[b], doc.d(t)) for t in doc.periods for b in doc.blocks}
        return {("u", w, t, None): (1.0, doc.d(t)) for t in doc.periods}

    def unmet_value(self) -> Expr:
        lost: Expr = {}
        for w, work in self.doc.workloads.items():
            rate = self.doc.h * work["unmet_usd"] / work["peak_factor"]
            lost |= {u: rate * share * d for u, (share, d) in self.unmet(w).items()}
        return lost

    def carbon_value(self) -> Expr:
        price, cost = self.doc.plan["carbon_price_usd_per_t"], {}
        if price:
            for t in self.doc.periods:
                add(cost, self.tonnes(t), self.doc.d(t) * price)
        return cost

    def objective(self) -> Expr:
        return add(add(self.cost(discounted=True), self.unmet_value()), self.carbon_value())

    # Section A: contract years.

    def years_of(self, g: str) -> dict:
        """The contract years of an agreement that have months inside the plan."""
        agreement, doc, years = self.doc.agreements[g], self.doc, {}
        start = doc.month(agreement["start"])
        for y in range(math.ceil(agreement["months"] / 12)):
            first = max(0, start + 12 * y)
            end = min(doc.last * doc.m, start + 12 * y + 12, start + agreement["months"])
            if end > first:
                settled = max(t for t in doc.periods if doc.overlap(t, first, end) > 0)
                years[y] = Year(first, end, agreement["commit_usd_per_year"] * (end - first) / 12, settled)
        return years

    def spend_of(self, g: str, t: int) -> Expr:
        """What is paid in a period at the agreement's discounted prices, before overhead."""
        doc = self.doc
        offers = [self.parts.spend[o, s, t] for o, s in self.places if doc.offers[o]["agreement"] == g]
        services = [self.service_spend(k, t) for k, row in doc.services.items() if row["agreement"] == g]
        return total_of(offers + services)

    def spend_in_year(self, g: str, year: Year) -> Expr:
        doc, spend = self.doc, {}
        for t in doc.periods:
            months = doc.overlap(t, year.first, year.end)
            if months > 0:
                add(spend, self.spend_of(g, t), months / doc.m)
        return spend
