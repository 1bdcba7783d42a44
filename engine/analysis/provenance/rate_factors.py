"""What each component of the cost charges per chip, down to the plan's fields (model.md section 7)."""

from __future__ import annotations

from collections.abc import Callable

from gigaplan.engine.analysis.provenance.node import Node, combined, constant
from gigaplan.engine.analysis.provenance.work import Work


class Rate(Work):
    """What each component charges per chip: its rates, down to the plan's fields; undiscounted."""

    def price(self, n: int, t: int) -> list[Node]:
        """The factors of the price paid by a cohort delivered in `t`: the price, and what its agreement leaves."""
        return [self.of_offer(n, "price_usd", t), *self._less_discount(int(self.i.pair_offer[n]), t)]

    def _less_discount(self, o: int, t: int) -> list[Node]:
        off = self.i.discount[o, t]
        return [self._left_of(self.plan.offers[o].agreement)] if off else []

    def _left_of(self, agreement: str | None) -> Node:
        g = next(k for k, row in enumerate(self.plan.agreements) if row.id == agreement)
        off = [constant("One", 1), self.given.field("agreements", g, "discount")]
        return combined("difference", "Price left after the discount", "fraction", off, "1 − discount")

    def purchase_delivered(self, n: int, t: int) -> list[Node]:
        """Price of a chip."""
        return self.price(n, t)

    def rental_delivered(self, n: int, t: int) -> list[Node]:
        """Rent of the whole contract, of which a part is paid upfront."""
        return [*self.price(n, t), self.given.hours(), self.life(n), self.of_offer(n, "upfront_fraction")]

    def rental_cohort(self, n: int, t: int) -> list[Node]:
        """Rent of a period."""
        return [*self.price(n, t), self.given.hours(), *self.not_upfront(n)]

    def rental_standing(self, n: int, t: int) -> list[Node]:
        """Rent of a period, of chips that stood before: at the price of the first one."""
        o = int(self.i.pair_offer[n])
        return [self.of_offer(n, "price_usd", 0), *self._less_discount(o, t), self.given.hours(), *self.not_upfront(n)]

    def not_upfront(self, n: int) -> list[Node]:
        """The part of the rent that is paid in each period, where a part is paid upfront."""
        if not self.i.upfront[self.i.pair_offer[n]]:
            return []
        parts = [constant("One", 1), self.of_offer(n, "upfront_fraction")]
        return [combined("difference", "Part not paid upfront", "fraction", parts, "1 − part paid upfront")]

    def maintenance_cohort(self, n: int, t: int) -> list[Node]:
        """A yearly part of the price paid."""
        return [*self.price(n, t), self.of_offer(n, "maintenance_per_year"), self._years()]

    def maintenance_standing(self, n: int, t: int) -> list[Node]:
        """A yearly part of the list price of the first period."""
        return [self.of_offer(n, "price_usd", 0), self.of_offer(n, "maintenance_per_year"), self._years()]

    def _years(self) -> Node:
        months = [self.given.setting("months_per_period"), constant("Months per year", 12, "months")]
        return combined("quotient", "Part of a year", "years", months)

    def _mwh(self, n: int) -> list[Node]:
        """The factors of the facility energy of a chip at full load in a period."""
        return [
            self.of_platform(n, "power_w"),
            self.given.hours(),
            constant("MWh per Wh", 1e-6),
            self.of_site(n, "pue"),
        ]

    def energy_running(self, m: int, t: int) -> list[Node]:
        """Electricity of an idle chip."""
        n = int(self.i.mode_pair[m])
        price = self.of_site(n, "electricity_usd_per_mwh", t)
        return [self.idle_part(m), *self._mwh(n), price, *self._mean_profile(n)]

    def energy_used(self, u: int, t: int) -> list[Node]:
        """Electricity of a chip at work, above idle."""
        n, s = int(self.i.use_pair[u]), int(self.i.pair_site[self.i.use_pair[u]])
        factors = [self.above_idle(u), *self._mwh(n), self.of_site(n, "electricity_usd_per_mwh", t)]
        if self.i.has_blocks and self.plan.sites[s].electricity_profile is not None:
            factors.append(self.given.profile("sites", s, "electricity_profile", int(self.i.use_block[u])))
        return factors

    def _mean_profile(self, n: int) -> list[Node]:
        s = int(self.i.pair_site[n])
        if not self.i.has_blocks or self.plan.sites[s].electricity_profile is None:
            return []

        def part(b: int) -> Node:
            factors = [self.given.profile("sites", s, "electricity_profile", b), self.given.share(b)]
            return combined("product", f"In {self.plan.settings.blocks[b].name}", "ratio", factors)

        blocks = [part(b) for b in range(len(self.i.shares))]
        return [combined("sum", "Mean over the day", "ratio", blocks, "sum over blocks of profile × share of the day")]

    def hosting_running(self, m: int, t: int) -> list[Node]:
        """Space and power capacity."""
        n = int(self.i.mode_pair[m])
        return [
            self.of_platform(n, "power_w"),
            constant("kW per W", 1e-3),
            self.of_site(n, "hosting_usd_per_kw_month", t),
            self.given.setting("months_per_period"),
        ]


RATES: dict[tuple[str, str], tuple[Callable[..., list[Node]], str]] = {
    ("purchase", "delivered"): (Rate.purchase_delivered, "chips delivered × price"),
    ("rental", "delivered"): (Rate.rental_delivered, "chips delivered × price × hours × periods × part paid upfront"),
    ("rental", "cohort"): (Rate.rental_cohort, "chips × price per chip-hour × hours in the period"),
    ("rental", "standing"): (Rate.rental_standing, "chips × price of the first period × hours in the period"),
    ("maintenance", "cohort"): (Rate.maintenance_cohort, "chips × price paid × maintenance per year × years"),
    ("maintenance", "standing"): (Rate.maintenance_standing, "chips × price × maintenance per year × years"),
    ("energy", "running"): (Rate.energy_running, "chips that run × idle power × hours × PUE × electricity price"),
    ("energy", "used"): (Rate.energy_used, "chips at work × power above idle × hours × PUE × electricity price"),
    ("hosting", "running"): (Rate.hosting_running, "chips that run × power × hosting price × months"),
}
"""Where the rate of a component comes from, by what it is charged on: its factors, and the formula with the chips in
words. A component without an entry shows the rate itself."""
