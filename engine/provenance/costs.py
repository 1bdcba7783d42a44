"""Where the cost of a cell comes from: one function per line of model.md section 7; undiscounted."""

from __future__ import annotations

from engine.provenance.node import Node, combined, constant, lazy, total
from engine.provenance.work import Work


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
            f"Standing chips of {self.place(n)}",
            "USD",
            [self.lot(n, k), *self._price(n, 0), self.given.hours(), left],
            "chips × price of the first period × hours × periods left",
        )
