"""Where chips come from, and how an amount splits over offers, sites and periods.

An amount of one offer at one site in one period is a cell: named by the place `n` of its pair and by its
period, as in `gigaplan.engine.optimization.arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.leaves import Given
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.optimization.amounts import together
from gigaplan.engine.optimization.formulation import how_chips_run
from gigaplan.engine.optimization.lp_builder import ALL_RUN, AS_USED
from gigaplan.engine.results.allocation import Allocation

Floats = NDArray[np.float64]
Cell = Callable[[int, int], Node]
CHOSEN = "chosen by the optimiser"


class Fleet:
    """The chips of an answer."""

    def __init__(self, allocation: Allocation) -> None:
        self.a = allocation
        self.i = allocation.inputs
        self.plan = self.i.plan
        self.given = Given(self.plan)
        self.labels = self.i.time.labels
        self.all = tuple(range(self.i.time.periods))

    def place(self, n: int) -> str:
        """A pair in words."""
        return f"{self.plan.offers[self.i.pair_offer[n]].name} at {self.plan.sites[self.i.pair_site[n]].name}"

    def use_place(self, u: int) -> str:
        """The pair of a use in words, with the block of the day and the power cap where there are several."""
        return self.place(int(self.i.use_pair[u])) + self._when_and_how(u)

    def use_work(self, u: int) -> str:
        """The workload of a use in words, with the block of the day and the power cap where there are several."""
        name: str = self.plan.workloads[self.i.use_workload[u]].name
        return name + self._when_and_how(u)

    def _when_and_how(self, u: int) -> str:
        n, m = int(self.i.use_pair[u]), int(self.i.use_mode[u])
        said = [self.plan.settings.blocks[self.i.use_block[u]].name] if self.i.has_blocks else []
        if m != n:
            said.append(f"capped at {self.i.mode_power[m]:.0%} of power")
        return f" ({'; '.join(said)})" if said else ""

    def cell_label(self, what: str, n: int, t: int) -> str:
        """What is meant, where and when."""
        return parted(what, self.place(n), self.labels[t])

    def of_offer(self, n: int, field: str, t: int | None = None) -> Node:
        """A field of the pair's offer."""
        return self.given.field("offers", int(self.i.pair_offer[n]), field, t)

    def of_site(self, n: int, field: str, t: int | None = None) -> Node:
        """A field of the pair's site."""
        return self.given.field("sites", int(self.i.pair_site[n]), field, t)

    def of_platform(self, n: int, field: str) -> Node:
        """A field of the pair's platform."""
        return self.given.field("platforms", self.platform(n), field)

    def platform(self, n: int) -> int:
        """The place of the pair's platform."""
        return int(self.i.offer_platform[self.i.pair_offer[n]])

    def uses(self, n: int) -> list[int]:
        """The uses of a pair."""
        return [int(u) for u in np.flatnonzero(self.i.use_pair == n)]

    # Splitting

    def split(
        self, label: str, unit: str, values: Floats, cell: Cell, span: Sequence[int], value: float | None = None
    ) -> Node:
        """The sum of `values` [N, T] over pairs and the periods of `span`: by offer, then site, then period."""
        chosen = values[:, list(span)]
        by_offer: dict[int, list[int]] = {}
        for n in np.flatnonzero(chosen.any(axis=1)):
            by_offer.setdefault(int(self.i.pair_offer[n]), []).append(int(n))

        def part(n: int, name: str) -> Node:
            if len(span) == 1:
                return cell(n, span[0])
            cells = [t for t in span if values[n, t] != 0]
            amount = float(values[n, list(span)].sum())
            return total(name, unit, amount, lambda: [cell(n, t) for t in cells], "sum over periods")

        def offer(pairs: list[int]) -> Node:
            if len(pairs) == 1:
                return part(pairs[0], self.place(pairs[0]))
            name = self.plan.offers[self.i.pair_offer[pairs[0]]].name
            amount = float(values[np.ix_(pairs, list(span))].sum())
            sites = [(n, self.plan.sites[self.i.pair_site[n]].name) for n in pairs]
            return total(name, unit, amount, lambda: [part(n, s) for n, s in sites], "sum over sites")

        amount = float(chosen.sum()) if value is None else value
        period = span[0] if len(span) == 1 else None
        return total(
            label, unit, amount, lambda: [offer(pairs) for pairs in by_offer.values()], "sum over offers", period
        )

    def over_periods(self, label: str, unit: str, values: Floats, at: Callable[[int], Node]) -> Node:
        """The sum over the horizon of what `at` gives for a period; `values` [T]."""
        when = [t for t in self.all if values[t] != 0]
        return total(label, unit, float(values.sum()), lambda: [at(t) for t in when], "sum over periods")

    # Chips

    def delivered(self, n: int, t: int) -> Node:
        """Chips that arrive."""
        return self._decision(self.cell_label("Chips delivered", n, t), self.a.delivered[n, t], n, t)

    def used(self, u: int, t: int) -> Node:
        """Chips that do a workload's work."""
        name = self.plan.workloads[self.i.use_workload[u]].name
        label = parted(f"Chips doing {name}", self.use_place(u), self.labels[t])
        return self._decision(label, self.a.used[u, t], int(self.i.use_pair[u]), t)

    def _decision(self, label: str, value: float, n: int, t: int) -> Node:
        row = self.plan.offers[self.i.pair_offer[n]].id
        return Node(label, float(value), "chips", "decision", CHOSEN, t, table="offers", row=row)

    def cohorts(self, n: int, t: int) -> list[int]:
        """The periods of delivery of the chips that still live in a period."""
        first = max(0, t + 1 - math.ceil(self.i.life[self.i.pair_offer[n]]))
        return [born for born in range(first, t + 1) if self.a.delivered[n, born] != 0]

    def lots(self, n: int, t: int) -> list[int]:
        """The lots that stood before the plan and still stand in a period."""
        offer, site = self.plan.offers[self.i.pair_offer[n]], self.plan.sites[self.i.pair_site[n]].id
        elapsed = t * self.i.time.months
        return [k for k, lot in enumerate(offer.installed) if lot.site == site and elapsed < lot.months_left]

    def cohort(self, n: int, born: int, t: int) -> list[Node]:
        """The factors of the chips of a delivery that are active in a period: of the last one, a part."""
        chips, age = self.delivered(n, born), t - born
        if self.i.life[self.i.pair_offer[n]] - age >= 1:
            return [chips]
        gone = constant(f"Periods before {self.labels[t]}", age, "periods")
        return [chips, combined("difference", "Part of its last period", "fraction", [self.life(n), gone])]

    def standing(self, n: int, k: int, t: int) -> list[Node]:
        """The factors of the chips of a lot that are active in a period: of the last one, a part."""
        o, months = int(self.i.pair_offer[n]), self.i.time.months
        chips, left = self.lot(n, k), self.plan.offers[o].installed[k].months_left - t * months
        if left >= months:
            return [chips]
        gone = constant(f"Months before {self.labels[t]}", t * months, "months")
        rest = combined("difference", "Months left", "months", [self.given.lot(o, k, "months_left"), gone])
        each = self.given.setting("months_per_period")
        return [chips, combined("quotient", "Part of its last period", "fraction", [rest, each])]

    def lot(self, n: int, k: int) -> Node:
        """Chips of a lot."""
        return self.given.lot(int(self.i.pair_offer[n]), k, "chips")

    def active(self, n: int, t: int) -> Node:
        """Chips that stand."""

        def chips(factors: list[Node]) -> Node:
            name = parted(factors[0].label, "in part")
            return factors[0] if len(factors) == 1 else combined("product", name, "chips", factors, "chips × part")

        return total(
            self.cell_label("Chips", n, t),
            "chips",
            self.a.active[n, t],
            lambda: (
                [chips(self.cohort(n, born, t)) for born in self.cohorts(n, t)]
                + [chips(self.standing(n, k, t)) for k in self.lots(n, t)]
            ),
            "chips within their life or term: those delivered, and the installed base",
            t,
        )

    def modes(self, n: int) -> list[int]:
        """The modes of a pair, the full one first."""
        return [int(m) for m in np.flatnonzero(self.i.mode_pair == n)]

    def running(self, m: int, t: int) -> Node:
        """Chips that run in a mode: at full power, or capped."""
        n = int(self.i.mode_pair[m])
        what = "Chips that run" if m == n else f"Chips capped at {self.i.mode_power[m]:.0%} of power"
        label, value = self.cell_label(what, n, t), self.a.running[m, t]
        runs = self._runs[n]
        if runs == ALL_RUN:
            return lazy("sum", label, "chips", value, lambda: [self.active(n, t)], "all installed", t)
        if runs == AS_USED:
            at_work = [u for u in self.uses(n) if self.a.used[u, t] != 0]
            busy = float(self.a.used[at_work, t].sum())

            def parts() -> list[Node]:
                work = total("Chips at work", "chips", busy, lambda: [self.used(u, t) for u in at_work])
                return [work, self.of_offer(n, "availability")]

            if not at_work:
                return total(label, "chips", value, list, "none is at work: all are switched off", t)
            return lazy("quotient", label, "chips", value, parts, "chips at work ÷ availability; the rest is off", t)
        return self._decision(label, value, n, t)

    @cached_property
    def _runs(self) -> Any:
        """[N] how the chips that run are told."""
        return how_chips_run(self.i, together(self.a.costs.values()), self.a.rates.operational(self.i))

    def all_running(self, n: int, t: int) -> Node:
        """Chips that run, in all modes."""
        modes = [m for m in self.modes(n) if self.a.running[m, t] != 0]
        value = float(self.a.running[self.modes(n), t].sum())
        name = self.cell_label("Chips that run", n, t)
        return total(name, "chips", value, lambda: [self.running(m, t) for m in modes], "those not switched off", t)

    def idle(self, n: int, t: int) -> Node:
        """Chips that run and do no work."""
        at_work = [u for u in self.uses(n) if self.a.used[u, t] != 0]
        return lazy(
            "difference",
            self.cell_label("Idle chips", n, t),
            "chips",
            self.a.idle[n, t],
            lambda: [self.all_running(n, t), *(self.used(u, t) for u in at_work)],
            "chips that run less those in use",
            t,
        )

    def off(self, n: int, t: int) -> Node:
        """Chips that are switched off."""
        return lazy(
            "difference",
            self.cell_label("Chips switched off", n, t),
            "chips",
            self.a.off[n, t],
            lambda: [self.active(n, t), self.all_running(n, t)],
            "chips less those that run",
            t,
        )

    def life(self, n: int) -> Node:
        """How many periods a cohort counts: of a purchase, or of a rental that has a term."""
        bought = bool(self.i.purchase[self.i.pair_offer[n]])
        one = constant("One period", 1, "periods")
        if not bought and self.plan.offers[self.i.pair_offer[n]].term_months is None:
            return one
        months = self.of_platform(n, "lifetime_months") if bought else self.of_offer(n, "term_months")
        exact = combined("quotient", months.label, "periods", [months, self.given.setting("months_per_period")])
        name = "Life" if bought else "Term"
        return combined("max", name, "periods", [one, exact], "months ÷ months per period, at least one")
