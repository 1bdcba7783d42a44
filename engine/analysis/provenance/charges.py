"""What a component of the cost comes to, cell by cell: what it is charged on times its rate."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from gigaplan.engine.analysis.provenance.fleet import CHOSEN
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, parts_of, total
from gigaplan.engine.analysis.provenance.rate_factors import RATES, Rate
from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.costs import COST_LABELS


class Charges(Rate):
    """Amounts charged on chips, and the overhead on all; undiscounted."""

    def charged(self, name: str, n: int, t: int, amounts: Amounts | None = None) -> Node:
        """What a component comes to for a pair in a period; of `amounts` in the place of all of it."""
        found = self.a.costs[name] if amounts is None else amounts
        value = self.a.pair_cost[name][n, t] if amounts is None else self.a.come_to(found)[n, t]
        label = self.cell_label(COST_LABELS[name], n, t)
        parts = self._charges(name, found, n, t)
        if len(parts) == 1:
            return dataclasses.replace(parts[0], label=label, period=t)
        return total(label, "USD", value, lambda: parts, "what it is charged on × rate", t)

    def _charges(self, name: str, amounts: Amounts, n: int, t: int) -> list[Node]:
        parts: list[Node] = []

        def add(on: str, chips: list[Node], at: int, when: int, each: float) -> None:
            if each:
                parts.append(self._times(name, on, chips, at, when, each))

        if amounts.delivered is not None and self.a.delivered[n, t]:
            add("delivered", [self.delivered(n, t)], n, t, float(amounts.delivered[n, t]))
        for born in self.cohorts(n, t) if amounts.cohort is not None else ():
            add("cohort", self.cohort(n, born, t), n, born, float(amounts.cohort[n, born]))  # type: ignore[index]
        if amounts.active is not None and self.a.active[n, t]:
            add("active", [self.active(n, t)], n, t, float(amounts.active[n, t]))
        for m in self.modes(n) if amounts.running is not None else ():
            if self.a.running[m, t]:
                add("running", [self.running(m, t)], m, t, float(amounts.running[m, t]))  # type: ignore[index]
        for u in self.uses(n) if amounts.used is not None else ():
            if self.a.used[u, t]:
                add("used", [self.used(u, t)], u, t, float(amounts.used[u, t]))  # type: ignore[index]
        if amounts.standing is not None and self.i.installed[n, t]:
            each = float(amounts.standing[n, t] / self.i.installed[n, t])
            for k in self.lots(n, t):
                add("standing", self.standing(n, k, t), n, t, each)
        return parts

    def _times(self, name: str, on: str, chips: list[Node], at: int, t: int, each: float) -> Node:
        """Chips times the rate of a component on them."""
        first, *rest = parts_of(chips[0].label)
        label = parted(f"{COST_LABELS[name]} of {first[0].lower()}{first[1:]}", *rest)
        rate, formula = RATES.get((name, on), (None, "chips × rate"))
        if rate is None:
            factors = [constant(f"{COST_LABELS[name]} per chip", each, "USD")]
        else:
            factors = rate(self, at, t)
        return combined("product", label, "USD", [*chips, *factors], formula)

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
            parted(node.label, "with overhead"),
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
            COST_LABELS["porting"],
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
