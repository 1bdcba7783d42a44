"""Where work comes from: demanded, served and not served (model.md section 5.1)."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigaplan.engine.analysis.provenance.fleet import CHOSEN
from gigaplan.engine.analysis.provenance.node import Node, combined, lazy, total
from gigaplan.engine.analysis.provenance.power import Power
from gigaplan.engine.analysis.provenance.throughput import throughput


class Work(Power):
    """What the chips of an answer do."""

    def served(self, w: int, t: int) -> Node:
        """Work done, at the average rate."""
        uses = [int(u) for u in np.flatnonzero((self.i.use_workload == w) & (self.a.used[:, t] != 0))]
        row = self.plan.workloads[w]

        def at_peak() -> Node:
            amount = float((self.a.used[uses, t] * self.i.use_theta[uses]).sum())
            return total(
                f"Capacity for {row.name} at its peak",
                row.unit,
                amount,
                lambda: [self._capacity(u, t) for u in uses],
                "sum over offers and sites",
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
        n, w = int(self.i.use_pair[u]), int(self.i.use_workload[u])
        return combined(
            "product",
            self.cell_label("Capacity", n, t),
            self.plan.workloads[w].unit,
            [self.used(u, t), throughput(self.given, w, self.platform(n))],
            "chips at work × work per chip",
        )

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
            f"{row.name} demanded, all periods", row.unit, self.i.demand[w], lambda t: self.demand(w, t)
        )

    def served_sum(self, w: int) -> Node:
        """Work done over the horizon, rates added up."""
        row = self.plan.workloads[w]
        return self.over_periods(
            f"{row.name} served, all periods", row.unit, self.a.served[w], lambda t: self.served(w, t)
        )
