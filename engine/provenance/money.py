"""Where costs come from: by component, by agreement, by pair and by workload (model.md sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from engine.agreements import offers_of
from engine.cost import COMPONENTS
from engine.provenance.costs import Costs
from engine.provenance.fleet import CHOSEN
from engine.provenance.node import Node, combined, constant, lazy, total

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

    def shortfall(self, k: int) -> Node:
        """What a contract year owes beyond what was spent."""
        year = self.a.years[k]
        name = f"{self.plan.agreements[year.agreement].name}, contract year {year.year + 1}"
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
            "all less those at work",
        )
        return combined("quotient", "Part that is idle", "fraction", [idle, stand], "idle ÷ all, over all periods")

    def _periods(self, label: str, values: Floats, at: Callable[[int], Node]) -> Node:
        return self.over_periods(label, "chip-periods", values, at)
