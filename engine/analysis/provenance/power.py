"""Where power, energy, carbon and water come from, cell by cell (model.md section 7)."""

from __future__ import annotations

from gigaplan.engine.analysis.provenance.fleet import Fleet
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total


class Power(Fleet):
    """What the chips of an answer draw and emit."""

    def it_mw(self, n: int, t: int) -> Node:
        """Nameplate IT power of chips that run."""

        def of(m: int) -> Node:
            factors = [self.running(m, t), self.of_platform(n, "power_w"), constant("MW per W", 1e-6)]
            if m != n:
                factors.append(self.cap(m, "power"))
            return combined("product", factors[0].label, "MW", factors, "chips × power per chip")

        modes = [m for m in self.modes(n) if self.a.running[m, t] != 0]
        label = self.cell_label("IT power", n, t)
        return total(label, "MW", self.a.it_mw[n, t], lambda: [of(m) for m in modes], "what runs × its power", t)

    def cap(self, m: int, name: str) -> Node:
        """A field of the power cap that a mode is."""
        n = int(self.i.mode_pair[m])
        place = self.modes(n).index(m) - 1
        return self.given.cap(self.platform(n), place, name)

    def facility_mw(self, n: int, t: int) -> Node:
        """Nameplate facility power."""
        return lazy(
            "product",
            self.cell_label("Facility power", n, t),
            "MW",
            self.a.facility_mw[n, t],
            lambda: [self.it_mw(n, t), self.of_site(n, "pue")],
            "IT power × PUE",
            t,
        )

    def it_mwh(self, n: int, t: int) -> Node:
        """IT energy."""
        return lazy(
            "product",
            self.cell_label("IT energy", n, t),
            "MWh",
            self.a.it_mwh[n, t],
            lambda: [
                self._loaded(n, t),
                self.of_platform(n, "power_w"),
                self.given.hours(),
                constant("MWh per Wh", 1e-6),
            ],
            "chips, as if at full load × power per chip × hours",
            t,
        )

    def _loaded(self, n: int, t: int) -> Node:
        modes = [m for m in self.modes(n) if self.a.running[m, t] != 0]
        uses = [u for u in self.uses(n) if self.a.used[u, t] != 0]
        value = self.a.it_mwh[n, t] / self.a.rates.full_mwh[n] if self.a.rates.full_mwh[n] else 0.0
        return total(
            parted("Chips", "as if at full load"),
            "chips",
            value,
            lambda: (
                [
                    combined("product", "Chips at idle power", "chips", [self.running(m, t), self.idle_part(m)])
                    for m in modes
                ]
                + [self._more_than_idle(u, t) for u in uses]
            ),
            "idle power of all that run, and the rest of their power for those at work",
        )

    def idle_part(self, m: int) -> Node:
        """What a chip draws idle in a mode, of full power: no more than its cap."""
        idle = self.of_platform(int(self.i.mode_pair[m]), "idle_fraction")
        if m < len(self.i.pair_offer):
            return idle
        return combined("min", parted("Idle power", "capped"), "fraction", [idle, self.cap(m, "power")])

    def above_idle(self, u: int) -> Node:
        """What a chip at work draws above idle, on average, of full power."""
        m, w = int(self.i.use_mode[u]), int(self.i.use_workload[u])
        full = constant("One", 1) if m < len(self.i.pair_offer) else self.cap(m, "power")
        rest = combined("difference", "Power above idle", "fraction", [full, self.idle_part(m)])
        peak = self.given.field("workloads", w, "peak_factor")
        return combined("quotient", "On average", "fraction", [rest, peak], "power above idle ÷ peak factor")

    def _more_than_idle(self, u: int, t: int) -> Node:
        return combined(
            "product",
            parted(f"Chips doing {self.use_work(u)}", "above idle"),
            "chips",
            [self.used(u, t), self.above_idle(u)],
            "chips at work × power above idle ÷ peak factor",
        )

    def facility_mwh(self, n: int, t: int) -> Node:
        """Facility energy."""
        return lazy(
            "product",
            self.cell_label("Facility energy", n, t),
            "MWh",
            self.a.facility_mwh[n, t],
            lambda: [self.it_mwh(n, t), self.of_site(n, "pue")],
            "IT energy × PUE",
            t,
        )

    def operational(self, n: int, t: int) -> Node:
        """Tonnes from electricity."""
        return lazy(
            "product",
            self.cell_label("Operational emissions", n, t),
            "tCO2e",
            self.a.operational_t[n, t],
            lambda: [
                self.facility_mwh(n, t),
                self.of_site(n, "carbon_g_per_kwh", t),
                constant("t/MWh per g/kWh", 1e-3),
            ],
            "facility energy × grid carbon",
            t,
        )

    def embodied(self, n: int, t: int) -> Node:
        """Tonnes of making the chips, spread over their life."""

        def parts() -> list[Node]:
            months = [self.given.setting("months_per_period"), self.of_platform(n, "lifetime_months")]
            part = combined("quotient", "Part of the life", "fraction", months, "months per period ÷ lifetime")
            return [self.active(n, t), self.of_platform(n, "embodied_kgco2e"), part, constant("t per kg", 1e-3)]

        return lazy(
            "product",
            self.cell_label("Embodied emissions", n, t),
            "tCO2e",
            self.a.embodied_t[n, t],
            parts,
            "chips × embodied carbon × part of the life",
            t,
        )

    def emissions(self, n: int, t: int) -> Node:
        """Operational and embodied tonnes."""
        return total(
            self.cell_label("Emissions", n, t),
            "tCO2e",
            self.a.operational_t[n, t] + self.a.embodied_t[n, t],
            lambda: [self.operational(n, t), self.embodied(n, t)],
            "operational + embodied",
            t,
        )

    def water(self, n: int, t: int) -> Node:
        """Water."""
        amount = self.a.it_mwh[n, t] * self.i.water[self.i.pair_site[n]]
        return lazy(
            "product",
            self.cell_label("Water", n, t),
            "m3",
            amount,
            lambda: [self.it_mwh(n, t), self.of_site(n, "water_l_per_kwh")],
            "IT energy × water use; L/kWh is m3/MWh",
            t,
        )
