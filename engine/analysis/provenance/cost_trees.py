"""Where costs come from: by component, by agreement, by pair and by workload (model.md sections 7 and 8).

A cell of a component is the sum of what it is charged on times its rate, whatever component it is; `RATES` says where
the rates come from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.analysis.provenance.fleet import CHOSEN
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, total
from gigaplan.engine.analysis.provenance.work import Work
from gigaplan.engine.optimization.agreements import offers_of, services_of
from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.contracts import capex_residual
from gigaplan.engine.optimization.costs import COMPONENTS, COST_LABELS, END_COMPONENTS, OVERHEAD, spend_in_term
from gigaplan.engine.optimization.rates import life_left
from gigaplan.engine.results.contract_shares import contract_costs, contract_payments
from gigaplan.engine.results.money import at_once, discounted_components, lots_owe, owed_per_chip
from gigaplan.engine.results.unit_costs import pair_costs

Floats = NDArray[np.float64]


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


class Money(Rate):
    """What the chips of an answer cost; every amount is undiscounted."""

    # Components, cell by cell

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
        label = f"{COST_LABELS[name]} of {chips[0].label[0].lower()}{chips[0].label[1:]}"
        rate, formula = RATES.get((name, on), (None, "chips × rate"))
        if rate is None:
            factors = [constant(f"{COST_LABELS[name]} per chip", each, "USD")]
        else:
            factors = rate(self, at, t)
        return combined("product", label, "USD", [*chips, *factors], formula)

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

    def paid_at_once(self, t: int) -> Node:
        """What is paid at the start of a period, when chips or power come, with its overhead."""
        amount = float(sum(at_once(self.a, component.name)[t] for component in COMPONENTS))

        def parts() -> list[Node]:
            return [self._once(component.name, t) for component in COMPONENTS if at_once(self.a, component.name)[t]]

        label = f"Paid at the start of {self.labels[t]}"
        return self.with_overhead(total(label, "USD", amount, parts, "what is paid when chips or power come", t))

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

    # Power contracts

    def _signed(self, c: int) -> Node:
        row = self.plan.power_contracts[c].id
        value = float(self.a.contracted[c])
        return Node("Signed", value, "", "decision", CHOSEN, table="power_contracts", row=row)

    def _contracts(self, span: Sequence[int], value: float) -> Node:
        return total(
            COST_LABELS["power_contracts"],
            "USD",
            value,
            lambda: [self._capex(span), *(self._fee(c, t) for c in self._taken() for t in span)],
            "investment and fees of the contracts that are signed",
        )

    def _taken(self) -> list[int]:
        return [int(c) for c in np.flatnonzero(self.a.contracted)]

    def contract_in(self, c: int, t: int) -> list[Node]:
        """What a power contract costs in a period: investment, and fee."""
        first = self.a.costs["power_contracts"].at_once["contracted"][c, t]
        return [*([self._investment(c)] if first else []), self._fee(c, t)]

    def _fee(self, c: int, t: int) -> Node:
        name = self.plan.power_contracts[c].name
        if not self.i.contract_active[c, t]:
            return constant(f"Fee of {name} in {self.labels[t]}", 0.0, "USD", "not active")
        factors = [
            self.given.field("power_contracts", c, "usd_per_mw_month", t),
            self.given.field("power_contracts", c, "mw"),
            self.given.setting("months_per_period"),
            self._signed(c),
        ]
        return combined("product", f"Fee of {name} in {self.labels[t]}", "USD", factors, "fee × power × months")

    def _capex(self, span: Sequence[int]) -> Node:
        paid = self.a.costs["power_contracts"].at_once.get("contracted")
        if paid is None:
            return constant("Investment in power", 0.0, "USD")
        found = [c for c in self._taken() if paid[c, list(span)].any()]
        value = float((paid * self.a.contracted[:, None])[:, list(span)].sum())
        formula = "sum over contracts that begin"
        return total("Investment in power", "USD", value, lambda: [self._investment(c) for c in found], formula)

    def _investment(self, c: int) -> Node:
        factors = [
            self.given.field("power_contracts", c, "capex_usd_per_mw"),
            self.given.field("power_contracts", c, "mw"),
            self._signed(c),
        ]
        label = f"Investment in {self.plan.power_contracts[c].name}"
        return combined("product", label, "USD", factors, "investment per MW × power")

    def _contract_left(self, c: int) -> Node:
        """What the investment in a contract is worth at the horizon."""
        paid = self._investment(c)
        part = float(capex_residual(self.i)[c] / paid.value) if paid.value else 0.0
        left = constant("Part of the investment left", part, "fraction", "1 − age ÷ life, × residual value")
        label = f"Left of {self.plan.power_contracts[c].name}"
        return combined("product", label, "USD", [paid, left], "investment × part left")

    def contract(self, c: int) -> Node:
        """What a power contract costs over the horizon, less what is left of it."""
        name = self.plan.power_contracts[c].name
        paid = float(contract_payments(self.a)[c].sum())
        first = [self._investment(c)] if self.a.costs["power_contracts"].at_once["contracted"][c].any() else []

        def parts() -> list[Node]:
            plain = paid / (1 + self.a.rates.overhead)
            fees = [self._fee(c, t) for t in self.all]
            cost = total(f"Paid for {name}", "USD", plain, lambda: [*first, *fees], "investment and fees")
            return [self.with_overhead(cost), *([self._contract_left(c)] if first else [])]

        value = float(contract_costs(self.a)[c])
        return lazy("difference", f"{name}, less what is left of it", "USD", value, parts, "paid less what is left")

    # Services

    def bought(self, v: int, t: int) -> Node:
        """What a workload buys of a service in a period, before overhead."""
        w, k = int(self.i.buy_workload[v]), int(self.i.buy_service[v])
        service, work = self.plan.services[k], self.plan.workloads[w]
        per = [constant("Million seconds per hour", 3600 / 1e6)] if service.unit == "tokens/s" else []
        per = per or [constant("Days per hour", 1 / 24, "days")]
        amount = Node(
            f"{work.name} by {service.name}", float(self.a.bought[v, t]), service.unit, "decision", CHOSEN, t,
            table="services", row=service.id,
        )  # fmt: skip
        mean = [amount, self.given.field("workloads", w, "peak_factor")]
        factors = [
            combined("quotient", f"{amount.label}, on average", service.unit, mean, "work at the peak ÷ peak factor"),
            self.given.field("services", k, "price_usd", t),
            *([self._left_of(service.agreement)] if self.i.service_discount[k, t] else []),
            self.given.hours(),
            *per,
        ]
        label = f"{work.name} by {service.name} in {self.labels[t]}"
        return combined("product", label, "USD", factors, "average work × price × time")

    def _bought(self, span: Sequence[int], value: float) -> Node:
        there = [(int(v), t) for t in span for v in np.flatnonzero(self.a.bought[:, t])]
        label, formula = COST_LABELS["services"], "sum over work bought"
        return total(label, "USD", value, lambda: [self.bought(v, t) for v, t in there], formula)

    def services_of(self, w: int, span: Sequence[int]) -> list[Node]:
        """What a workload pays for services over the periods of `span`, with overhead and its part of shortfalls."""
        mine = [int(v) for v in np.flatnonzero(self.i.buy_workload == w)]
        return [node for v in mine if self.a.buy_total[v, list(span)].any() for node in self._paid_for(v, span)]

    def _paid_for(self, v: int, span: Sequence[int]) -> list[Node]:
        i, k = self.i, int(self.i.buy_service[v])
        name = f"{self.plan.workloads[i.buy_workload[v]].name} by {self.plan.services[k].name}"
        when = [t for t in span if self.a.bought[v, t]]
        paid = float(self.a.lump_cost["services"]["bought"][v, list(span)].sum())
        plain = total(name, "USD", paid, lambda: [self.bought(v, t) for t in when], "sum over periods")
        found = [self.with_overhead(plain)]
        for g in self._agreements_of(self.plan.services[k].agreement, span):
            spent = float(self.a.spend(g)[1][v].sum())
            found.append(self.with_overhead(self._shortfall_part(g, span, name, spent, list)))
        return found

    # Agreements

    def contract_year(self, k: int) -> str:
        """What a contract year is called, with its agreement."""
        year = self.a.years[k]
        return f"{self.plan.agreements[year.agreement].name}, contract year {year.year + 1}"

    def shortfall(self, k: int) -> Node:
        """What a contract year owes beyond what was spent."""
        year, name = self.a.years[k], self.contract_year(k)

        def in_period(t: int) -> Node:
            spent = self._spent_on(year.agreement, (t,), f"Spent in {self.labels[t]}")
            part = constant(f"Part of {self.labels[t]} in the contract year", float(year.parts[t]), "fraction")
            return spent if part.value == 1 else combined("product", spent.label, "USD", [spent, part], "spent × part")

        chips, bought = self.a.spend(year.agreement)
        spent = float(((chips.sum(axis=0) + bought.sum(axis=0)) * year.parts).sum())
        return lazy(
            "difference",
            f"{name}, not spent",
            "USD",
            self.a.shortfall[k],
            lambda: [
                self._owed(k, name),
                total(f"{name}, spent", "USD", spent, lambda: [in_period(t) for t in year.periods], "by period"),
            ],
            "commitment less what was spent",
            year.settled_in,
        )

    def _owed(self, k: int, name: str) -> Node:
        year = self.a.years[k]
        g = year.agreement
        yearly = self.given.field("agreements", g, "commit_usd_per_year")
        inside = combined(
            "quotient",
            "Part of the year",
            "fraction",
            [
                constant("Months inside the plan and the agreement", year.end - year.first, "months"),
                constant("Months per year", 12, "months"),
            ],
        )
        factors = [yearly, inside]
        if self.plan.agreements[g].status == "optional":
            row = self.plan.agreements[g].id
            factors.append(Node("Signed", float(self.a.signed[g]), "", "decision", CHOSEN, table="agreements", row=row))
        return combined("product", f"{name}, commitment", "USD", factors, "commitment per year × part of the year")

    def _spent_on(self, g: int, span: Sequence[int], label: str) -> Node:
        """What is spent on an agreement: chips delivered and services used in its term, at its price."""
        chips, bought = self.a.spend(g)
        amount = float(chips[:, list(span)].sum() + bought[:, list(span)].sum())
        pairs = np.flatnonzero(chips[:, list(span)].any(axis=1)).tolist()
        there = [(int(v), t) for t in span for v in np.flatnonzero(bought[:, t])]
        return total(
            label,
            "USD",
            amount,
            lambda: [self._spent_by(g, n, span) for n in pairs] + [self.bought(v, t) for v, t in there],
            "prices of chips delivered, and of services, in its term",
        )

    def _spent_by(self, g: int, n: int, span: Sequence[int]) -> Node:
        """What is spent on an agreement by the chips of one pair."""
        only = spend_in_term(self.i, self.a.costs, offers_of(self.i, g), services_of(self.i, g))
        value = float(self.a.come_to(only)[n, list(span)].sum())
        parts = []
        for component in COMPONENTS:
            if component.is_price and component.name in self.a.pair_cost:
                one = {component.name: self.a.costs[component.name]}
                parts.append((component.name, _of_price(self, g, one)))
        return total(
            f"Spent on {self.place(n)}",
            "USD",
            value,
            lambda: [self.charged(name, n, t, amounts) for name, amounts in parts for t in span],
            "prices of chips delivered in its term",
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

    def _agreements_of(self, name: str | None, span: Sequence[int]) -> list[int]:
        """The agreement of that name, where it falls short in `span` and something was spent on it."""
        return [
            g
            for g, row in enumerate(self.plan.agreements)
            if row.id == name and self._any_spent(g) and self.a.shortfall_cost[g, list(span)].any()
        ]

    def _shortfall_part(
        self, g: int, span: Sequence[int], name: str, spent: float, parts: Callable[[], list[Node]]
    ) -> Node:
        """The part of an agreement's shortfalls that falls to one who spent on it."""
        mine = total(f"Spent on {name}", "USD", spent, parts) if spent == 0 or parts is not list else None
        mine = mine or constant(f"Spent on {name}", spent, "USD", "average work × price × time")
        whole = self._spent_on(g, self.all, f"Spent on {self.plan.agreements[g].name}")
        part = combined("quotient", "Part of what was spent", "fraction", [mine, whole])
        return combined(
            "product",
            f"Part of {self.plan.agreements[g].name}",
            "USD",
            [self._settled(g, span), part],
            "shortfall × part of what was spent on the agreement",
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

    def unspent(self, span: Sequence[int]) -> Node:
        """Costs that belong to no pair: shortfalls of agreements with nothing spent on them."""
        none = [g for g in range(len(self.plan.agreements)) if not self._any_spent(g)]
        amount = float(sum(self.a.shortfall_cost[g, list(span)].sum() for g in none))
        return self.with_overhead(
            total(
                "Commitments with nothing spent on them",
                "USD",
                amount,
                lambda: [self._settled(g, span) for g in none],
                "sum over agreements",
            )
        )

    def _any_spent(self, g: int) -> bool:
        spent = sum(float(part.sum()) for part in self.a.spend(g))
        return spent > 0 and spent > 1e-9 * float(self.a.shortfall_cost[g].sum())

    # The end of the horizon

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
        label = {"owed_at_risk": "Owed after the horizon, at risk", "paid_ahead": "Rent paid ahead"}[name]
        value = abs(self._end(name, n, t))
        return lazy("product", self.cell_label(label, n, t), "USD", value, lambda: factors, "chips × rent left", t)

    def discounted_at_risk(self, n: int, t: int) -> Node:
        """What is at risk, each period's rent with its discount factor."""
        o = int(self.i.pair_offer[n])
        left, later = (float(life_left(self.i, discounted=d)[o, t]) for d in (False, True))
        mean = constant("Mean discount factor after the horizon", later / left if left else 0.0, "ratio",
                        "of the periods in which it is owed")  # fmt: skip
        return combined("product", self.cell_label("Owed, at risk", n, t), "USD", [self.at_risk(n, t), mean])

    def end_of_chips(self, name: str, *, discounted: bool) -> Node:
        """What a component of the horizon's end comes to for all chips, without sign; what is at risk discounted."""
        cells = {
            "residual": ("Residual value", self.residual),
            "owed_at_risk": ("Rent owed, at risk", self.discounted_at_risk if discounted else self.at_risk),
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
        return combined("product", f"{whole.label}, discounted", "USD", factors, "value × discount factor")

    def discounted_component(self, name: str) -> Node:
        """A component of the cost, discounted from when it is paid."""
        whole, time = self.component(name, self.all), self.i.time
        if name == OVERHEAD:
            base = total("Discounted cost before overhead", "USD",
                         sum(v for k, v in discounted_components(self.a).items() if k != OVERHEAD),
                         lambda: [self.discounted_component(component.name) for component in COMPONENTS])  # fmt: skip
            return combined("product", f"{whole.label}, discounted", "USD", [base, self._overhead_rate()])
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
            return combined("product", f"{label}, discounted", "USD", [cost, self.given.discount(t)])

        parts = [
            self.over_periods("At once, discounted", "USD", once * time.opening_discount, opening),
            self.over_periods("Over the periods, discounted", "USD", rest * time.discount, over),
        ]
        value = sum(part.value or 0.0 for part in parts)
        return total(
            f"{whole.label}, discounted", "USD", value, lambda: parts, "cost × discount factor of when it is paid"
        )

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

    def ends(self, *, discounted: bool) -> tuple[list[Node], list[Node]]:
        """What the horizon's end adds to the cost, and what it takes off."""
        found = {part.name: self.end_of_chips(part.name, discounted=discounted) for part in END_COMPONENTS}
        less = [found["residual"], found["paid_ahead"], *(self._contract_left(c) for c in self._taken())]
        if discounted:
            less = [
                combined("product", f"{node.label}, discounted", "USD", [node, self.given.final_discount()])
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
            paid, risk = self.pair(n, self.all), end("Rent owed, at risk", "owed_at_risk", self.at_risk)
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
        return total(f"{self.place(n)}, in full", "USD", value, lambda: [power, rest], "power and place, and all else")

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


def _of_price(m: Money, g: int, one: dict[str, Amounts]) -> Amounts:
    """What of one component counts as spend on an agreement."""
    nothing = {component.name: Amounts() for component in COMPONENTS}
    return spend_in_term(m.i, nothing | one, offers_of(m.i, g), services_of(m.i, g))
