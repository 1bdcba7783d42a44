"""Where work comes from: demanded, served and not served (model.md section 5.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigaplan.engine.analysis.provenance.fleet import CHOSEN
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.analysis.provenance.power import Power
from gigaplan.engine.analysis.provenance.throughput import throughput


class Work(Power):
    """What the chips of an answer do."""

    def served(self, w: int, t: int) -> Node:
        """Work done, at the average rate."""
        uses = [int(u) for u in np.flatnonzero((self.i.use_workload == w) & (self.a.used[:, t] != 0))]
        buys = [int(v) for v in np.flatnonzero((self.i.buy_workload == w) & (self.a.bought[:, t] != 0))]
        row = self.plan.workloads[w]

        def at_peak() -> Node:
            amount = float(self.a.work_done[uses, t].sum() + self.a.bought[buys, t].sum())
            return total(
                f"Capacity for {row.name} at its peak",
                row.unit,
                amount,
                lambda: [self._capacity(u, t) for u in uses] + [self._service(v, t) for v in buys],
                "sum over offers and sites, and services",
            )

        return lazy(
            "quotient",
            f"{row.name} served in {self.labels[t]}",
            row.unit,
            self.a.served[w, t],
            lambda: [at_peak(), self.given.field("workloads", w, "peak_factor")],
            "capacity at the peak ÷ peak factor",
            t,
        )

    def _capacity(self, u: int, t: int) -> Node:
        m, w = int(self.i.use_mode[u]), int(self.i.use_workload[u])
        n = int(self.i.mode_pair[m])
        factors = [self.used(u, t), throughput(self.given, w, self.platform(n))]
        if m >= len(self.i.pair_offer):
            factors.append(self.cap(m, "throughput"))
        if self.i.gain[w, t] != 1:
            name = f"Better software by {self.labels[t]}"
            factors.append(constant(name, float(self.i.gain[w, t]), "ratio", "(1 + gain) ^ years, mean of the period"))
        label, unit = parted("Capacity", self.use_place(u), self.labels[t]), self.plan.workloads[w].unit
        return combined("product", label, unit, factors, "chips at work × work per chip")

    def _service(self, v: int, t: int) -> Node:
        work, service = self.plan.workloads[self.i.buy_workload[v]], self.plan.services[self.i.buy_service[v]]
        label = f"{work.name} by {service.name} in {self.labels[t]}"
        where: dict[str, Any] = {"table": "services", "row": service.id}
        return Node(label, float(self.a.bought[v, t]), work.unit, "decision", CHOSEN, t, **where)

    def demand(self, w: int, t: int) -> Node:
        """Work demanded, at the average rate."""
        return self.given.field("workloads", w, "demand", t)

    def unmet(self, w: int, t: int) -> Node:
        """Work not served, at the average rate."""
        row = self.plan.workloads[w]
        return lazy(
            "quotient",
            f"{row.name} not served in {self.labels[t]}",
            row.unit,
            self.a.unmet[w, t] / self.i.peak[w],
            lambda: [self._unmet_at_peak(w, t), self.given.field("workloads", w, "peak_factor")],
            "shortfall at the peak ÷ peak factor",
            t,
        )

    def _unmet_at_peak(self, w: int, t: int) -> Node:
        row = self.plan.workloads[w]
        label = f"{row.name} short at its peak in {self.labels[t]}"
        where: dict[str, Any] = {"table": "workloads", "row": row.id}
        if not row.flexible or self.i.demand[w].sum() == 0:
            return Node(label, float(self.a.unmet[w, t]), row.unit, "decision", CHOSEN, t, **where)
        short = float(self.a.unmet[w].sum())
        whole = Node(f"{row.name} short over the horizon", short, row.unit, "decision", CHOSEN, **where)
        part = combined("quotient", "Part of the demand", "fraction", [self.demand(w, t), self.demand_sum(w)])
        return combined("product", label, row.unit, [whole, part], "total shortfall, spread like the demand")

    def demand_sum(self, w: int) -> Node:
        """Demand over the horizon, rates added up."""
        row = self.plan.workloads[w]
        return self.over_periods(
            parted(f"{row.name} demanded", "all periods"), row.unit, self.i.demand[w], lambda t: self.demand(w, t)
        )

    def asked_sum(self, w: int) -> Node:
        """Demand over the horizon by the hours of the day, whose profile may not average to exactly 1."""
        mean = float(self.i.profile[w] @ self.i.shares)
        if not self.i.by_block[w] or mean == 1:
            return self.demand_sum(w)
        parts = [self.demand_sum(w), constant("Mean of its profile", mean, "ratio")]
        return combined("product", "Demanded over the day", self.plan.workloads[w].unit, parts, "demand × mean")

    def served_sum(self, w: int) -> Node:
        """Work done over the horizon, rates added up."""
        row = self.plan.workloads[w]
        return self.over_periods(
            parted(f"{row.name} served", "all periods"), row.unit, self.a.served[w], lambda t: self.served(w, t)
        )
