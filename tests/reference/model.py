"""The reference model, sections 4, 5 and 7: decisions, rows and money as linear expressions over named variables.

An expression is a dict from variable to coefficient, its constant under ONE. A variable is a tuple:
("n", o, s, t), ("x", w, o, s, t), ("u", w, t) (t is None for a flexible workload), ("z", g, y), ("y", w, k), ("a", g).
"""

import math
from dataclasses import dataclass, field

from reference.values import Case

ONE = "1"
Expr = dict


def add(total: Expr, part: Expr, factor: float = 1.0) -> Expr:
    """Adds factor * part to `total`, and gives `total`."""
    for variable, coefficient in part.items():
        total[variable] = total.get(variable, 0.0) + factor * coefficient
    return total


def total_of(parts: list) -> Expr:
    total: Expr = {}
    for part in parts:
        add(total, part)
    return total


def value(expr: Expr, decision: dict) -> float:
    """What an expression comes to for given decisions; a variable that is not named is 0."""
    return math.fsum(c * (1.0 if v == ONE else decision.get(v, 0.0)) for v, c in expr.items())


@dataclass
class Row:
    """expr >= 0, or expr = 0."""

    name: str
    expr: Expr
    equal: bool = False


@dataclass
class Year:
    """A contract year as far as it lies inside the agreement and the plan."""

    commitment: float
    periods: list
    settled: int


@dataclass
class Parts:
    """Expressions per offer, site and period."""

    chips: dict = field(default_factory=dict)
    purchase: dict = field(default_factory=dict)
    rental: dict = field(default_factory=dict)
    energy: dict = field(default_factory=dict)
    hosting: dict = field(default_factory=dict)
    maintenance: dict = field(default_factory=dict)
    it_mwh: dict = field(default_factory=dict)
    facility_mwh: dict = field(default_factory=dict)
    operational_t: dict = field(default_factory=dict)
    embodied_t: dict = field(default_factory=dict)

    def costs(self) -> list:
        return [self.purchase, self.rental, self.energy, self.hosting, self.maintenance]


class Model:
    """Everything about one plan that is linear in its decisions."""

    def __init__(self, data: dict) -> None:
        self.case = case = Case(data)
        uses = [(w, o, s) for w in case.workloads for o in case.offers for s in case.sites]
        self.uses = [use for use in uses if case.eligible(*use)]
        self.theta = {(w, o): case.theta(w, case.offers[o]["platform"]) for w in case.workloads for o in case.offers}
        self.places = [(o, s) for o in case.offers for s in case.sites]
        self.parts = Parts()
        for o, s in self.places:
            for t in case.periods:
                self.fill(o, s, t)
        self.years = {(g, y): year for g in case.agreements for y, year in self.years_of(g).items()}

    # Section 4.

    def life(self, o: str) -> int:
        offer = self.case.offers[o]
        if offer["kind"] == "purchase":
            return max(1, math.floor(self.case.platform_of(o)["lifetime_months"] / self.case.m + 0.5))
        if offer["term_months"] is None:
            return 1
        return max(1, math.floor(offer["term_months"] / self.case.m + 0.5))

    def can_deliver(self, o: str, s: str, t: int) -> bool:
        case, offer = self.case, self.case.offers[o]
        return (
            case.stands_at(o, s)
            and t >= math.ceil(offer["lead_months"] / case.m)
            and (offer["available_from"] is None or t >= case.period(offer["available_from"]))
            and (offer["available_until"] is None or t < case.period(offer["available_until"]))
        )

    def cohorts(self, o: str, s: str, t: int) -> list:
        """The periods whose deliveries are active in period t."""
        return [tau for tau in self.case.periods if t - self.life(o) < tau <= t and self.can_deliver(o, s, tau)]

    def installed(self, o: str, s: str, t: int) -> float:
        lots = self.case.offers[o]["installed"]
        return sum(lot["chips"] for lot in lots if lot["site"] == s and t * self.case.m < lot["months_left"])

    def uses_at(self, o: str, s: str, t: int) -> list:
        """The x variables of an offer at a site in a period."""
        return [("x", w, o_, s_, t) for w, o_, s_ in self.uses if (o_, s_) == (o, s) and self.may_run(w, o, t)]

    def may_run(self, w: str, o: str, t: int) -> bool:
        """Whether x may be above 0: a flexible workload has demand (5.1), and a port has had its months (5.5)."""
        if self.case.workloads[w]["flexible"] and not self.case.demand(w, t) > 0:
            return False
        port = self.port(w, o)
        return port is None or t >= math.ceil(port["months"] / self.case.m)

    def port(self, w: str, o: str) -> dict | None:
        stack = self.case.platform_of(o)["stack"]
        return next((p for p in self.case.ports if p["workload"] == w and p["stack"] == stack), None)

    # Section 7, per offer, site and period.

    def discount(self, o: str) -> float:
        agreement = self.case.offers[o]["agreement"]
        return self.case.agreements[agreement]["discount"] if agreement else 0.0

    def paid(self, o: str, t: int) -> float:
        return self.case.at(self.case.offers[o]["price_usd"], t) * (1 - self.discount(o))

    def fill(self, o: str, s: str, t: int) -> None:
        case, parts = self.case, self.parts
        offer, site, chip = case.offers[o], case.sites[s], case.platform_of(o)
        installed, cohorts = self.installed(o, s, t), self.cohorts(o, s, t)
        at = (o, s, t)
        chips = {("n", o, s, tau): 1.0 for tau in cohorts} | {ONE: installed}
        parts.chips[at], parts.purchase[at], parts.rental[at], parts.maintenance[at] = chips, {}, {}, {}
        if offer["kind"] == "purchase":
            if self.can_deliver(o, s, t):
                parts.purchase[at] = {("n", o, s, t): self.paid(o, t)}
            yearly = offer["maintenance_per_year"] * case.m / 12
            parts.maintenance[at] = {("n", o, s, tau): yearly * self.paid(o, tau) for tau in cohorts}
            parts.maintenance[at][ONE] = yearly * case.at(offer["price_usd"], 0) * installed
        else:
            parts.rental[at] = {("n", o, s, tau): self.paid(o, tau) * case.h for tau in cohorts}
            parts.rental[at][ONE] = self.paid(o, 0) * case.h * installed
        mwh: Expr = {}
        add(mwh, chips, chip["idle_fraction"])
        for x in self.uses_at(o, s, t):
            peak = case.workloads[x[1]]["peak_factor"]
            add(mwh, {x: (1 - chip["idle_fraction"]) / peak})  # idle + (1 - idle) / peak, less the idle above
        parts.it_mwh[at] = add({}, mwh, chip["power_w"] * case.h / 1e6)
        parts.facility_mwh[at] = add({}, parts.it_mwh[at], site["pue"])
        energy_included = offer["kind"] == "rental" if offer["energy_included"] is None else offer["energy_included"]
        hosting_included = energy_included if offer["hosting_included"] is None else offer["hosting_included"]
        electricity = 0.0 if energy_included else case.at(site["electricity_usd_per_mwh"], t)
        hosting = 0.0 if hosting_included else case.at(site["hosting_usd_per_kw_month"], t)
        parts.energy[at] = add({}, parts.facility_mwh[at], electricity)
        parts.hosting[at] = add({}, chips, chip["power_w"] / 1000 * hosting * case.m)
        parts.operational_t[at] = add({}, parts.facility_mwh[at], case.at(site["carbon_g_per_kwh"], t) / 1000)
        parts.embodied_t[at] = add({}, chips, chip["embodied_kgco2e"] / 1000 * case.m / chip["lifetime_months"])

    def residual(self, o: str, s: str) -> Expr:
        """What the purchase cohorts of an offer at a site are worth at the end."""
        if self.case.offers[o]["kind"] != "purchase":
            return {}
        life, worth = self.life(o), {}
        for tau in self.case.periods:
            left = tau + life - self.case.last
            if left > 0 and self.can_deliver(o, s, tau):
                worth["n", o, s, tau] = self.paid(o, tau) * left / life * self.case.plan["residual_fraction"]
        return worth

    def overhead(self) -> float:
        """What a cost is multiplied by to hold its overhead: 1 + f / (1 - f)."""
        f = self.case.plan["overhead_fraction"]
        return 1 + f / (1 - f)

    def cash(self, t: int) -> Expr:
        """All costs of a period, undiscounted: no unmet value, no carbon price, no residual."""
        cost: Expr = {}
        for o, s in self.places:
            for part in self.parts.costs():
                add(cost, part[o, s, t])
        if t == 0:
            for port in self.case.ports:
                add(cost, {("y", port["workload"], port["stack"]): port["cost_usd"]})
        for (g, y), year in self.years.items():
            if year.settled == t:
                add(cost, {("z", g, y): 1.0})
        return add({}, cost, self.overhead())

    def tonnes(self, t: int) -> Expr:
        parts = self.parts
        return total_of([part[o, s, t] for o, s in self.places for part in (parts.operational_t, parts.embodied_t)])

    def unmet_value(self, discounted: bool) -> Expr:
        case, lost = self.case, {}
        for w, work in case.workloads.items():
            rate = case.h * work["unmet_usd"] / work["peak_factor"]
            if not work["flexible"]:
                for t in case.periods:
                    lost["u", w, t] = rate * (case.d[t] if discounted else 1.0)
                continue
            demand = [case.demand(w, t) for t in case.periods]
            if sum(demand) > 0:
                mean = sum(d * v for d, v in zip(case.d, demand, strict=True)) / sum(demand)
                lost["u", w, None] = rate * (mean if discounted else 1.0)
        return lost

    def cost(self, discounted: bool) -> Expr:
        """All costs, residual deducted; no unmet value, no carbon price."""
        case, cost = self.case, {}
        for t in case.periods:
            add(cost, self.cash(t), case.d[t] if discounted else 1.0)
        for o, s in self.places:
            add(cost, self.residual(o, s), -(case.d_end if discounted else 1.0))
        return cost

    def objective(self) -> Expr:
        cost = add(self.cost(discounted=True), self.unmet_value(discounted=True))
        for t in self.case.periods:
            add(cost, self.tonnes(t), self.case.d[t] * self.case.plan["carbon_price_usd_per_t"])
        return cost

    # Section 5.6: contract years.

    def years_of(self, g: str) -> dict:
        """The contract years of an agreement that have months inside the plan."""
        agreement, case, years = self.case.agreements[g], self.case, {}
        start = case.month(agreement["start"])
        for y in range(math.ceil(agreement["months"] / 12)):
            first = max(0, start + 12 * y)
            end = min(case.last * case.m, start + 12 * y + 12, start + agreement["months"])
            if end <= first:
                continue
            years[y] = Year(
                commitment=agreement["commit_usd_per_year"] * (end - first) / 12,
                periods=[t for t in case.periods if first <= t * case.m < end],
                settled=max(t for t in case.periods if t * case.m < end),
            )
        return years

    def spend(self, g: str, periods: list) -> Expr:
        offers = [o for o, offer in self.case.offers.items() if offer["agreement"] == g]
        return total_of(
            [
                part[o, s, t]
                for o in offers
                for s in self.case.sites
                for t in periods
                for part in (self.parts.purchase, self.parts.rental)
            ]
        )
