"""Where costs come from: all components, by pair and by workload, and discounted (model.md sections 7 and 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.horizon_end import HorizonEnd
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.costs import COMPONENTS, COST_LABELS, OVERHEAD
from gigaplan.engine.results.money import at_once, discounted_components
from gigaplan.engine.results.unit_costs import pair_costs

Floats = NDArray[np.float64]


class Money(HorizonEnd):
    """What an answer costs; undiscounted unless it says so."""

    # All components

    def component(self, name: str, span: Sequence[int]) -> Node:
        """A component of the cost over the periods of `span`."""
        value = float(self.a.component_cost[name][list(span)].sum())
        if name == OVERHEAD:
            return self._overhead(span, value)
        if name == "porting":
            return self._porting(value, span)
        if name == "commitment":
            years = [k for k, year in enumerate(self.a.years) if year.settled_in in span]
            label, formula = COST_LABELS[name], "sum over contract years"
            return total(label, "USD", value, lambda: [self.shortfall(k) for k in years], formula)
        if name == "power_contracts":
            return self._contracts(span, value)
        if name == "services":
            return self._bought(span, value)

        def cell(n: int, t: int) -> Node:
            return self.charged(name, n, t)

        return self.split(COST_LABELS[name], "USD", self.a.pair_cost[name], cell, span, value)

    def cost(self, span: Sequence[int], label: str, value: float) -> Node:
        """The whole cost over the periods of `span`."""
        return total(
            label,
            "USD",
            value,
            lambda: [self.component(name, span) for name in COST_LABELS],
            "sum over components",
            span[0] if len(span) == 1 else None,
        )

    def _overhead(self, span: Sequence[int], value: float) -> Node:
        others = [component.name for component in COMPONENTS]
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

        return lazy("product", COST_LABELS[OVERHEAD], "USD", value, parts, "cost before overhead × overhead per USD")

    def paid_at_once(self, t: int) -> Node:
        """What is paid at the start of a period, when chips or power come, with its overhead."""
        amount = float(sum(at_once(self.a, component.name)[t] for component in COMPONENTS))

        def parts() -> list[Node]:
            return [self._once(component.name, t) for component in COMPONENTS if at_once(self.a, component.name)[t]]

        label = f"Paid at the start of {self.labels[t]}"
        return self.with_overhead(total(label, "USD", amount, parts, "what is paid when chips or power come", t))

    def _once(self, name: str, t: int) -> Node:
        """What of a component is paid at the start of a period."""
        if name == "power_contracts":
            return self._capex((t,))
        if name == "porting":
            return self._porting(float(self.a.port_cost.sum()) if t == 0 else 0.0, (t,))
        amounts = self.a.costs[name]
        once = Amounts(delivered=amounts.delivered)
        each = np.zeros(self.a.delivered.shape) if amounts.delivered is None else amounts.delivered
        label = f"{COST_LABELS[name]} at delivery"
        return self.split(label, "USD", self.a.delivered * each, lambda n, at: self.charged(name, n, at, once), (t,))

    def discounted_component(self, name: str) -> Node:
        """A component of the cost, discounted from when it is paid."""
        whole, time = self.component(name, self.all), self.i.time
        if name == OVERHEAD:
            base = total("Discounted cost before overhead", "USD",
                         sum(v for k, v in discounted_components(self.a).items() if k != OVERHEAD),
                         lambda: [self.discounted_component(component.name) for component in COMPONENTS])  # fmt: skip
            return combined("product", parted(whole.label, "discounted"), "USD", [base, self._overhead_rate()])
        once = at_once(self.a, name)
        rest = self.a.component_cost[name] - once

        def opening(t: int) -> Node:
            factors = [self._once(name, t), self.given.opening_discount(t)]
            return combined("product", f"{whole.label} at the start of {self.labels[t]}", "USD", factors)

        def over(t: int) -> Node:
            cost, label = self.component(name, (t,)), f"{whole.label} over {self.labels[t]}"
            if once[t]:
                both = [cost, self._once(name, t)]
                formula = "all less what is paid at once"
                cost = lazy("difference", label, "USD", float(rest[t]), lambda: both, formula, t)
            return combined("product", parted(label, "discounted"), "USD", [cost, self.given.discount(t)])

        parts = [
            self.over_periods(parted("At once", "discounted"), "USD", once * time.opening_discount, opening),
            self.over_periods(parted("Over the periods", "discounted"), "USD", rest * time.discount, over),
        ]
        value = sum(part.value or 0.0 for part in parts)
        return total(
            parted(whole.label, "discounted"), "USD", value, lambda: parts, "cost × discount factor of when it is paid"
        )

    # One pair, all its costs

    def pair(self, n: int, span: Sequence[int]) -> Node:
        """The cost of a pair with overhead and its part of shortfalls, over the periods of `span`."""
        name = self.cell_label("Cost", n, span[0]) if len(span) == 1 else self.place(n)
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
            when = [t for t in span if cost[n, t] != 0]

            def cell(t: int, name: str = name) -> Node:
                return self.charged(name, n, t)

            whole = np.where(np.isin(np.arange(len(self.all)), when), cost[n], 0.0)
            parts += (
                [cell(t) for t in when]
                if len(span) == 1
                else [self.over_periods(COST_LABELS[name], "USD", whole, cell)]
            )
        for g in self._agreements_of(self.plan.offers[self.i.pair_offer[n]].agreement, span):
            spent = float(self.a.spend(g)[0][n].sum())

            def by_pair(g: int = g) -> list[Node]:
                return [self._spent_by(g, n, self.all)]

            if self.a.shortfall_shares[0][n, list(span)].any():
                parts.append(self._shortfall_part(g, span, self.place(n), spent, by_pair))
        return parts

    # What workloads bear

    def pair_halves(self, n: int) -> tuple[Node, Node]:
        """The cost of a pair over the horizon in two parts: power and place, and all else with the horizon's end."""
        run, rest = (float(part[n]) for part in pair_costs(self.a))
        runs = [component.name for component in COMPONENTS if component.runs]

        def cells(name: str) -> Node:
            cost = self.a.pair_cost[name][n]
            return self.over_periods(COST_LABELS[name], "USD", cost, lambda t: self.charged(name, n, t))

        plain = run / (1 + self.a.rates.overhead)
        power = total(f"Power and place of {self.place(n)}", "USD", plain, lambda: [cells(name) for name in runs])
        power = self.with_overhead(power)

        def end(label: str, name: str, cell: Callable[[int, int], Node]) -> Node:
            values = np.abs(self.a.delivered[n] * self._end_rates[name][n])
            return self.over_periods(label, "USD", values, lambda t: cell(n, t))

        def parts() -> list[Node]:
            paid, risk = self.pair(n, self.all), end(parted("Rent owed", "at risk"), "owed_at_risk", self.at_risk)
            value = (paid.value or 0.0) + (risk.value or 0.0)
            gross = total("Cost with what is at risk", "USD", value, lambda: [paid, risk])
            left = end("Residual value", "residual", self.residual)
            return [gross, power, left, end("Rent paid ahead", "paid_ahead", self.paid_ahead)]

        label = f"All else of {self.place(n)}"
        return power, lazy("difference", label, "USD", rest, parts, "cost less power and place, and what is left")

    def net(self, n: int) -> Node:
        """The cost of a pair over the horizon, with what its end adds and takes off."""
        power, rest = self.pair_halves(n)
        value = (power.value or 0.0) + (rest.value or 0.0)
        label = parted(self.place(n), "in full")
        return total(label, "USD", value, lambda: [power, rest], "power and place, and all else")

    def use_share(self, u: int) -> Node:
        """The part that a use has of the chip-hours that are used of a pair."""
        n = int(self.i.use_pair[u])
        name = self.use_work(u)
        mine = self._periods(f"Chips doing {name}", self.a.used[u], lambda t: self.used(u, t))
        return combined(
            "quotient",
            f"Part of {name}",
            "fraction",
            [mine, self.used_periods(n)],
            "chips doing it ÷ chips at work, over all periods",
        )

    def used_periods(self, n: int) -> Node:
        """A pair's chips at work, added up over the periods."""

        def at_work(u: int) -> Node:
            return self._periods(f"Doing {self.use_work(u)}", self.a.used[u], lambda t: self.used(u, t))

        value = float(self.a.in_use[n].sum())
        uses = [u for u in self.uses(n) if self.a.used[u].any()]
        return total(f"At work of {self.place(n)}", "chip-periods", value, lambda: [at_work(u) for u in uses])

    def _periods(self, label: str, values: Floats, at: Callable[[int], Node]) -> Node:
        return self.over_periods(label, "chip-periods", values, at)

    def unused_parts(self, n: int) -> tuple[Node, Node]:
        """The parts of the hours of a pair's running and of its standing chips that nobody uses."""
        runs = self.a.running[self.modes(n)].sum(axis=0)
        one, used = constant("One", 1), self.used_periods(n)
        on = self._periods(f"Running of {self.place(n)}", runs, lambda t: self.all_running(n, t))
        stood = self._periods(f"Chips of {self.place(n)}", self.a.active[n], lambda t: self.active(n, t))

        def rest(whole: Node) -> Node:
            part = combined("quotient", "Part that is used", "fraction", [used, whole])
            return combined("difference", "Part that nobody uses", "fraction", [one, part], "1 − used ÷ all")

        return rest(on), rest(stood)
