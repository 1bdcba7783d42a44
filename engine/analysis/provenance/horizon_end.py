"""What the end of the horizon adds to the cost and takes off: residual values, and rent owed and paid ahead."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.contract_trees import Contracts
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.optimization.costs import END_COMPONENTS
from gigaplan.engine.optimization.rates import life_left
from gigaplan.engine.results.money import lots_owe, owed_per_chip

Floats = NDArray[np.float64]


class HorizonEnd(Contracts):
    """What chips, contracts and investments are worth or owe at the horizon's end."""

    def residual(self, n: int, t: int) -> Node:
        """What a cohort bought in `t` is worth at the horizon."""
        value = float(-self._end("residual", n, t))
        curve = self.plan.platforms[self.platform(n)].resale
        age = (self.i.time.periods - t) * self.i.time.months

        def parts() -> list[Node]:
            if curve is None:
                left = [self.periods_left(n, t), self.life(n)]
                part = combined("quotient", "Part of the life left", "fraction", left, "periods left ÷ life")
            else:
                part = self._resale(n, t, age)
            return [self.delivered(n, t), *self.price(n, t), part, self.given.setting("residual_fraction")]

        formula = "chips × price paid × part of the life left × residual fraction"
        if curve is not None:
            formula = "chips × price paid × resale price at that age × residual fraction"
        return lazy("product", self.cell_label("Residual value", n, t), "USD", value, parts, formula, t)

    def _resale(self, n: int, t: int, age: int) -> Node:
        price = float(np.prod([node.value or 0.0 for node in self.price(n, t)]))
        worth = float(-self._end("residual", n, t))
        chips = float(self.a.delivered[n, t]) * price * self.plan.settings.residual_fraction
        name = self.plan.platforms[self.platform(n)].name
        return constant(f"Resale price of {name} after {age} months", worth / chips if chips else 0.0, "fraction",
                        "on the platform's resale curve")  # fmt: skip

    def _end(self, name: str, n: int, t: int) -> float:
        """What a component of the horizon's end comes to for the chips delivered to a pair in a period."""
        return float(self.a.delivered[n, t] * self._end_rates[name][n, t])

    @cached_property
    def _end_rates(self) -> dict[str, Floats]:
        i = self.i
        return {part.name: part.sign * part.amounts(i, i.list_price, False) for part in END_COMPONENTS}

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
        value = self.a.delivered[n, t] * owed_per_chip(self.i)[n, t]
        rent = [*self.price(n, t), self.given.hours(), *self.not_upfront(n)]
        return lazy(
            "product",
            self.cell_label("Owed after the horizon", n, t),
            "USD",
            value,
            lambda: [self.delivered(n, t), *rent, self.periods_left(n, t)],
            "chips × price per chip-hour × hours × periods left",
            t,
        )

    def at_risk(self, n: int, t: int) -> Node:
        """The part of it that contracts are not worth."""
        return self._end_node("owed_at_risk", n, t, [self.owed_after(n, t), self._not_worth()])

    def _not_worth(self) -> Node:
        parts = [constant("One", 1), self.given.setting("contract_worth_fraction")]
        return combined("difference", "Part that is at risk", "fraction", parts, "1 − worth of contracts at the end")

    def paid_ahead(self, n: int, t: int) -> Node:
        """What a cohort rented in `t` has paid ahead at the horizon, as far as it is worth it."""
        factors = [
            self.delivered(n, t),
            *self.price(n, t),
            self.given.hours(),
            self.of_offer(n, "upfront_fraction"),
            self.periods_left(n, t),
            self.given.setting("contract_worth_fraction"),
        ]
        return self._end_node("paid_ahead", n, t, factors)

    def _end_node(self, name: str, n: int, t: int, factors: list[Node]) -> Node:
        label = {"owed_at_risk": parted("Owed after the horizon", "at risk"), "paid_ahead": "Rent paid ahead"}[name]
        value = abs(self._end(name, n, t))
        return lazy("product", self.cell_label(label, n, t), "USD", value, lambda: factors, "chips × rent left", t)

    def discounted_at_risk(self, n: int, t: int) -> Node:
        """What is at risk, each period's rent with its discount factor."""
        o = int(self.i.pair_offer[n])
        left, later = (float(life_left(self.i, discounted=d)[o, t]) for d in (False, True))
        mean = constant("Mean discount factor after the horizon", later / left if left else 0.0, "ratio",
                        "of the periods in which it is owed")  # fmt: skip
        return combined("product", self.cell_label(parted("Owed", "at risk"), n, t), "USD", [self.at_risk(n, t), mean])

    def end_of_chips(self, name: str, *, discounted: bool) -> Node:
        """What a component of the horizon's end comes to for all chips, without sign; what is at risk discounted."""
        cells = {
            "residual": ("Residual value", self.residual),
            "owed_at_risk": (parted("Rent owed", "at risk"), self.discounted_at_risk if discounted else self.at_risk),
            "paid_ahead": ("Rent paid ahead", self.paid_ahead),
        }
        label, cell = cells[name]
        values = np.abs(self.a.delivered * self._end_rates[name])
        if name == "owed_at_risk" and discounted:
            now, later = (life_left(self.i, discounted=d) for d in (False, True))
            values = values * np.divide(later, now, out=np.zeros_like(now), where=now > 0)[self.i.pair_offer]
        return self.split(label, "USD", values, cell, self.all)

    def end(self, name: str, *, discounted: bool) -> Node:
        """What a component of the horizon's end comes to, contracts among it, without sign."""
        chips = self.end_of_chips(name, discounted=discounted)
        parts = [chips] if name != "residual" else [chips, *(self._contract_left(c) for c in self._taken())]
        whole = chips
        if len(parts) > 1:
            value = sum(part.value or 0.0 for part in parts)
            whole = total("Residual value", "USD", value, lambda: parts, "of chips, and of investments in power")
        if not discounted or name == "owed_at_risk":
            return whole
        factors = [whole, self.given.final_discount()]
        return combined("product", parted(whole.label, "discounted"), "USD", factors, "value × discount factor")

    def ends(self, *, discounted: bool) -> tuple[list[Node], list[Node]]:
        """What the horizon's end adds to the cost, and what it takes off."""
        found = {part.name: self.end_of_chips(part.name, discounted=discounted) for part in END_COMPONENTS}
        less = [found["residual"], found["paid_ahead"], *(self._contract_left(c) for c in self._taken())]
        if discounted:
            less = [
                combined("product", parted(node.label, "discounted"), "USD", [node, self.given.final_discount()])
                for node in less
                if node.value
            ]
        return [found["owed_at_risk"]], less

    def lots_owed_after(self) -> list[Node]:
        """What rented chips that stood before the plan still owe after the horizon."""
        found = []
        for (o, k), owed in lots_owe(self.i).items():
            chips = self.given.lot(o, k, "chips")
            each = constant("Owed per chip", owed / chips.value if chips.value else 0.0, "USD",
                            "price of the first period × hours, until its months end")  # fmt: skip
            name = f"Installed chips of {self.plan.offers[o].name}"
            found.append(combined("product", name, "USD", [chips, each], "chips × owed per chip"))
        return found
