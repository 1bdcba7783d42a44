"""Where costs come from: by component, by agreement, by pair and by workload (model.md sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.fleet import CHOSEN
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, total
from gigaplan.engine.analysis.provenance.work import Work
from gigaplan.engine.optimization.agreements import offers_of
from gigaplan.engine.optimization.rates import COMPONENTS

# Where the cost of a cell comes from: one function per line of model.md section 7; undiscounted.


class Costs(Work):
    """What the chips of one offer at one site cost in one period."""

    def _price(self, n: int, t: int) -> list[Node]:
        """The factors of the price paid by a cohort delivered in `t`: the price, and what its agreement leaves."""
        price = self.of_offer(n, "price_usd", t)
        name = self.plan.offers[self.i.pair_offer[n]].agreement
        if name is None:
            return [price]
        g = next(k for k, agreement in enumerate(self.plan.agreements) if agreement.id == name)
        off = [constant("One", 1), self.given.field("agreements", g, "discount")]
        return [price, combined("difference", "Price left after the discount", "fraction", off, "1 − discount")]

    def purchase(self, n: int, t: int) -> Node:
        """Chips bought."""
        return lazy(
            "product",
            self.cell_label("Purchases", n, t),
            "USD",
            self.a.pair_cost["purchase"][n, t],
            lambda: [self.delivered(n, t), *self._price(n, t)],
            "chips delivered × price" + self._less_discount(n),
            t,
        )

    def _less_discount(self, n: int) -> str:
        return " × (1 − discount)" if self.plan.offers[self.i.pair_offer[n]].agreement else ""

    def rental(self, n: int, t: int) -> Node:
        """Each cohort pays the price of its delivery; chips that stood before pay that of period 0."""
        formula = "chips × price per chip-hour" + self._less_discount(n) + " × hours in the period"

        def rent(chips: Node, born: int) -> Node:
            name = f"Rental of {chips.label[0].lower()}{chips.label[1:]}"
            return combined("product", name, "USD", [chips, *self._price(n, born), self.given.hours()], formula)

        return total(
            self.cell_label("Rentals", n, t),
            "USD",
            self.a.pair_cost["rental"][n, t],
            lambda: (
                [rent(self.delivered(n, born), born) for born in self.cohorts(n, t)]
                + [rent(self.lot(n, k), 0) for k in self.lots(n, t)]
            ),
            "sum over deliveries, each at the price of its time",
            t,
        )

    def energy(self, n: int, t: int) -> Node:
        """Electricity."""
        return lazy(
            "product",
            self.cell_label("Energy", n, t),
            "USD",
            self.a.pair_cost["energy"][n, t],
            lambda: [self.facility_mwh(n, t), self.of_site(n, "electricity_usd_per_mwh", t)],
            "facility energy × electricity price",
            t,
        )

    def hosting(self, n: int, t: int) -> Node:
        """Space and power capacity."""
        return lazy(
            "product",
            self.cell_label("Hosting", n, t),
            "USD",
            self.a.pair_cost["hosting"][n, t],
            lambda: [
                self.active(n, t),
                self.of_platform(n, "power_w"),
                constant("kW per W", 1e-3),
                self.of_site(n, "hosting_usd_per_kw_month", t),
                self.given.setting("months_per_period"),
            ],
            "chips × power per chip × hosting price × months",
            t,
        )

    def maintenance(self, n: int, t: int) -> Node:
        """A yearly part of the price that each cohort paid; of the list price for chips that stood before."""

        def upkeep(chips: Node, price: list[Node]) -> Node:
            year = combined(
                "quotient",
                "Part of a year",
                "years",
                [
                    self.given.setting("months_per_period"),
                    constant("Months per year", 12, "months"),
                ],
            )
            name = f"Maintenance of {chips.label[0].lower()}{chips.label[1:]}"
            return combined(
                "product",
                name,
                "USD",
                [chips, *price, self.of_offer(n, "maintenance_per_year"), year],
                "chips × price paid × maintenance per year × years",
            )

        return total(
            self.cell_label("Maintenance", n, t),
            "USD",
            self.a.pair_cost["maintenance"][n, t],
            lambda: (
                [upkeep(self.delivered(n, born), self._price(n, born)) for born in self.cohorts(n, t)]
                + [upkeep(self.lot(n, k), [self.of_offer(n, "price_usd", 0)]) for k in self.lots(n, t)]
            ),
            "sum over deliveries",
            t,
        )

    def residual(self, n: int, t: int) -> Node:
        """What a cohort bought in `t` is worth at the horizon."""

        def parts() -> list[Node]:
            left = [self.periods_left(n, t), self.life(n)]
            part = combined("quotient", "Part of the life left", "fraction", left, "periods left ÷ life")
            return [self.delivered(n, t), *self._price(n, t), part, self.given.setting("residual_fraction")]

        return lazy(
            "product",
            self.cell_label("Residual value", n, t),
            "USD",
            self.a.delivered[n, t] * self.a.rates.residual[n, t],
            parts,
            "chips × price paid × part of the life left × residual fraction",
            t,
        )

    def periods_left(self, n: int, t: int) -> Node:
        """How many periods of a cohort delivered in `t` lie beyond the horizon."""
        end = combined(
            "sum",
            "Periods from the start to its end",
            "periods",
            [constant(f"Periods before {self.labels[t]}", t, "periods"), self.life(n)],
        )
        return combined("difference", "Periods beyond the horizon", "periods", [end, self.given.setting("periods")])

    def owed_after(self, n: int, t: int) -> Node:
        """What a cohort rented in `t` still owes after the horizon."""
        left = self.periods_left(n, t)
        value = self.a.delivered[n, t] * self.a.rates.rental[n, t] * (left.value or 0.0)
        return lazy(
            "product",
            self.cell_label("Owed after the horizon", n, t),
            "USD",
            value,
            lambda: [self.delivered(n, t), *self._price(n, t), self.given.hours(), left],
            "chips × price per chip-hour" + self._less_discount(n) + " × hours × periods left",
            t,
        )

    def lots_owed_after(self) -> list[Node]:
        """What rented chips that stood before the plan still owe after the horizon."""
        found = []
        for n, o in enumerate(self.i.pair_offer):
            for k, lot in enumerate(self.plan.offers[o].installed):
                horizon = self.i.time.periods * self.i.time.months
                mine = lot.site == self.plan.sites[self.i.pair_site[n]].id
                if mine and not self.i.purchase[o] and lot.months_left > horizon:
                    found.append(self._lot_owed(n, int(o), k))
        return found

    def _lot_owed(self, n: int, o: int, k: int) -> Node:
        months = [self.given.lot(o, k, "months_left"), self.given.setting("months_per_period")]
        term = combined("ceiling", "Its last period", "periods", [combined("quotient", "Term", "periods", months)])
        left = combined("difference", "Periods beyond the horizon", "periods", [term, self.given.setting("periods")])
        return combined(
            "product",
            f"Installed chips of {self.place(n)}",
            "USD",
            [self.lot(n, k), *self._price(n, 0), self.given.hours(), left],
            "chips × price of the first period × hours × periods left",
        )


Floats = NDArray[np.float64]

WORDS = {
    "purchase": "Purchases",
    "rental": "Rentals",
    "energy": "Energy",
    "hosting": "Hosting",
    "maintenance": "Maintenance",
    "porting": "Porting",
    "commitment": "Commitments not spent",
    "overhead": "Overhead",
}


class Money(Costs):
    """What the chips of an answer cost; every amount is undiscounted."""

    # Components

    def component(self, name: str, span: Sequence[int]) -> Node:
        """A component of the cost over the periods of `span`."""
        value = float(self.a.component_cost[name][list(span)].sum())
        if name == "overhead":
            return self._overhead(span, value)
        if name == "porting":
            return self._porting(value, span)
        if name == "commitment":
            years = [k for k, year in enumerate(self.a.years) if year.settled_in in span]
            return total(
                WORDS[name], "USD", value, lambda: [self.shortfall(k) for k in years], "sum over contract years"
            )
        return self.split(WORDS[name], "USD", self.a.pair_cost[name], getattr(self, name), span, value)

    def cost(self, span: Sequence[int], label: str, value: float) -> Node:
        """The whole cost over the periods of `span`."""
        return total(
            label,
            "USD",
            value,
            lambda: [self.component(name, span) for name in COMPONENTS],
            "sum over components",
            span[0] if len(span) == 1 else None,
        )

    def _overhead(self, span: Sequence[int], value: float) -> Node:
        others = [name for name in COMPONENTS if name != "overhead"]
        amount = float(sum(self.a.component_cost[name][list(span)].sum() for name in others))

        def parts() -> list[Node]:
            base = total(
                "Cost before overhead",
                "USD",
                amount,
                lambda: [self.component(name, span) for name in others],
                "sum over components",
            )
            return [base, self._overhead_rate()]

        return lazy("product", WORDS["overhead"], "USD", value, parts, "cost before overhead × overhead per USD")

    def _overhead_rate(self) -> Node:
        fraction = self.given.setting("overhead_fraction")
        rest = combined("difference", "The rest of the cost", "fraction", [constant("One", 1), fraction])
        return combined("quotient", "Overhead per USD", "ratio", [fraction, rest], "fraction ÷ (1 − fraction)")

    def with_overhead(self, node: Node) -> Node:
        """An amount with its overhead, or the amount itself where the plan has none."""
        if not self.a.rates.overhead:
            return node
        factor = combined("sum", "With overhead", "ratio", [constant("One", 1), self._overhead_rate()])
        value = node.value * (1 + self.a.rates.overhead) if node.value is not None else None
        return lazy(
            "product",
            f"{node.label}, with overhead",
            "USD",
            value,
            lambda: [node, factor],
            "amount × (1 + overhead per USD)",
            node.period,
        )

    def _porting(self, value: float, span: Sequence[int], workload: str | None = None) -> Node:
        done = [k for k, p in enumerate(self.plan.ports) if self.a.ported[k] and workload in (None, p.workload)]
        ports = done if 0 in span else []
        return total(
            WORDS["porting"],
            "USD",
            value,
            lambda: [self._port(k) for k in ports],
            "sum over ports, all in the first period",
            0,
        )

    def _port(self, k: int) -> Node:
        port = self.plan.ports[k]
        done = Node(
            f"{port.workload} runs on {port.stack}", float(self.a.ported[k]), "", "decision", CHOSEN, table="ports"
        )
        return combined(
            "product",
            f"Porting {port.workload} to {port.stack}",
            "USD",
            [self.given.field("ports", k, "cost_usd"), done],
            "cost × 1 where it is done",
        )

    def porting_of(self, w: int) -> Node:
        """What porting a workload cost, with overhead."""
        return self.with_overhead(self._porting(float(self.a.port_cost[w]), (0,), self.plan.workloads[w].id))

    # Agreements

    def contract_year(self, k: int) -> str:
        """What a contract year is called, with its agreement."""
        year = self.a.years[k]
        return f"{self.plan.agreements[year.agreement].name}, contract year {year.year + 1}"

    def shortfall(self, k: int) -> Node:
        """What a contract year owes beyond what was spent."""
        year, name = self.a.years[k], self.contract_year(k)
        return lazy(
            "difference",
            f"{name}, not spent",
            "USD",
            self.a.shortfall[k],
            lambda: [
                self._owed(k, name),
                self._spent_on(year.agreement, year.periods, f"{name}, spent"),
            ],
            "commitment less what was spent",
            year.settled_in,
        )

    def _owed(self, k: int, name: str) -> Node:
        year = self.a.years[k]
        g = year.agreement
        yearly = self.given.field("agreements", g, "commit_usd_per_year")
        months = 12 * year.commitment_usd / self.plan.agreements[g].commit_usd_per_year
        inside = combined(
            "quotient",
            "Part of the year",
            "fraction",
            [
                constant("Months inside the plan and the agreement", months, "months"),
                constant("Months per year", 12, "months"),
            ],
        )
        factors = [yearly, inside]
        if self.plan.agreements[g].status == "optional":
            row = self.plan.agreements[g].id
            factors.append(Node("Signed", float(self.a.signed[g]), "", "decision", CHOSEN, table="agreements", row=row))
        return combined("product", f"{name}, commitment", "USD", factors, "commitment per year × part of the year")

    def _spent_on(self, g: int, span: Sequence[int], label: str) -> Node:
        """Purchases and rentals of an agreement's offers."""
        mine = offers_of(self.i, g)[self.i.pair_offer][:, None]
        return self._spent(mine, span, label)

    def _spent(self, pairs: NDArray[np.bool_], span: Sequence[int], label: str) -> Node:
        spent = {name: np.where(pairs, self.a.pair_cost[name], 0.0) for name in ("purchase", "rental")}
        amount = float(sum(values[:, list(span)].sum() for values in spent.values()))
        return total(
            label,
            "USD",
            amount,
            lambda: [
                self.split(WORDS[name], "USD", values, getattr(self, name), span) for name, values in spent.items()
            ],
            "purchases + rentals",
        )

    def _settled(self, g: int, span: Sequence[int]) -> Node:
        """An agreement's shortfalls that are paid in the periods of `span`."""
        years = [k for k, year in enumerate(self.a.years) if year.agreement == g and year.settled_in in span]
        return total(
            f"{self.plan.agreements[g].name}, not spent",
            "USD",
            float(self.a.shortfall[years].sum()),
            lambda: [self.shortfall(k) for k in years],
            "sum over contract years",
        )

    # One pair, all its costs

    def pair(self, n: int, span: Sequence[int], label: str = "") -> Node:
        """The cost of a pair with overhead and its part of shortfalls, over the periods of `span`."""
        name = label or (self.cell_label("Cost", n, span[0]) if len(span) == 1 else self.place(n))
        value = float(self.a.pair_total[n, list(span)].sum())
        plain = value / (1 + self.a.rates.overhead)
        paid = total(
            name,
            "USD",
            plain,
            lambda: self._pair_parts(n, span),
            "sum over components",
            span[0] if len(span) == 1 else None,
        )
        return self.with_overhead(paid)

    def pair_in(self, n: int, t: int) -> Node:
        """The cost of a pair in one period."""
        return self.pair(n, (t,))

    def _pair_parts(self, n: int, span: Sequence[int]) -> list[Node]:
        parts = []
        for name, cost in self.a.pair_cost.items():
            cell = partial(getattr(self, name), n)
            when = [t for t in span if cost[n, t] != 0]
            parts += (
                [cell(t) for t in when] if len(span) == 1 else [self.over_periods(WORDS[name], "USD", cost[n], cell)]
            )
        agreement = self.plan.offers[self.i.pair_offer[n]].agreement
        for g, row in enumerate(self.plan.agreements):
            if row.id == agreement and self._any_spent(g) and self.a.shortfall_cost[g, list(span)].any():
                parts.append(self._pair_shortfall(n, g, span))
        return parts

    def _pair_shortfall(self, n: int, g: int, span: Sequence[int]) -> Node:
        only = (np.arange(len(self.i.pair_offer)) == n)[:, None]
        mine = self._spent(only, self.all, f"Spent on {self.place(n)}")
        whole = self._spent_on(g, self.all, f"Spent on {self.plan.agreements[g].name}")
        part = combined("quotient", "Part of what was spent", "fraction", [mine, whole])
        return combined(
            "product",
            f"Part of {self.plan.agreements[g].name}",
            "USD",
            [self._settled(g, span), part],
            "shortfall × part of what was spent on the agreement",
        )

    def net(self, n: int) -> Node:
        """The cost of a pair over the horizon, less what its chips are worth then."""
        worth = float(self.a.residual[n])
        paid = self.pair(n, self.all)
        if not worth:
            return paid
        only = (np.arange(len(self.i.pair_offer)) == n)[:, None]
        values = np.where(only, self.a.delivered * self.a.rates.residual, 0.0)
        value = float(self.a.pair_total[n].sum()) - worth
        return lazy(
            "difference",
            f"{self.place(n)}, residual value deducted",
            "USD",
            value,
            lambda: [
                paid,
                self.split("Residual value", "USD", values, self.residual, self.all, worth),
            ],
            "cost less residual value",
        )

    def unspent(self, t: int) -> Node:
        """Costs that belong to no pair: shortfalls of agreements with nothing spent on them."""
        none = [g for g in range(len(self.plan.agreements)) if not self._any_spent(g)]
        amount = float(sum(self.a.shortfall_cost[g, t] for g in none))
        return self.with_overhead(
            total(
                "Commitments with nothing spent on them",
                "USD",
                amount,
                lambda: [self._settled(g, (t,)) for g in none],
                "sum over agreements",
            )
        )

    def _any_spent(self, g: int) -> bool:
        mine = offers_of(self.i, g)[self.i.pair_offer]
        return bool(sum(self.a.pair_cost[name][mine].sum() for name in ("purchase", "rental")) > 0)

    # Shares of work

    def chip_periods(self, n: int) -> Node:
        """A pair's chips, added up over the periods."""
        return self._periods(f"Chips of {self.place(n)}", self.a.active[n], lambda t: self.active(n, t))

    def use_share(self, u: int) -> Node:
        """The part of a pair's chip-hours that a workload takes."""
        n = int(self.i.use_pair[u])
        name = self.plan.workloads[self.i.use_workload[u]].name
        mine = self._periods(f"Of which doing {name}", self.a.used[u], lambda t: self.used(u, t))
        return combined(
            "quotient",
            f"Part of {name}",
            "fraction",
            [mine, self.chip_periods(n)],
            "chips doing it ÷ all chips, over all periods",
        )

    def idle_share(self, n: int) -> Node:
        """The part of a pair's chip-hours that no workload takes."""

        def at_work(u: int) -> Node:
            name = self.plan.workloads[self.i.use_workload[u]].name
            return self._periods(f"Doing {name}", self.a.used[u], lambda t: self.used(u, t))

        stand = self.chip_periods(n)
        idle = combined(
            "difference",
            "Of which idle",
            "chip-periods",
            [stand, *map(at_work, self.uses(n))],
            "all chips less those in use",
        )
        return combined("quotient", "Part that is idle", "fraction", [idle, stand], "idle ÷ all, over all periods")

    def _periods(self, label: str, values: Floats, at: Callable[[int], Node]) -> Node:
        return self.over_periods(label, "chip-periods", values, at)
