"""What is signed or bought beside chips: power contracts, services, and the shortfalls of agreements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gigaplan.engine.analysis.provenance.charges import Charges
from gigaplan.engine.analysis.provenance.fleet import CHOSEN
from gigaplan.engine.analysis.provenance.node import Node, combined, constant, lazy, parted, total
from gigaplan.engine.optimization.agreements import offers_of, services_of
from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.costs import COMPONENTS, COST_LABELS, spend_in_term
from gigaplan.engine.optimization.power_contracts import capex_residual
from gigaplan.engine.results.money import contract_costs, contract_payments


class Contracts(Charges):
    """Power contracts, services and agreements; undiscounted."""

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
        label = parted(name, "less what is left of it")
        return lazy("difference", label, "USD", value, parts, "paid less what is left")

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
        at_peak = parted(amount.label, "on average")
        factors = [
            combined("quotient", at_peak, service.unit, mean, "work at the peak ÷ peak factor"),
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
        return parted(self.plan.agreements[year.agreement].name, f"contract year {year.year + 1}")

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
            parted(name, "not spent"),
            "USD",
            self.a.shortfall[k],
            lambda: [
                self._owed(k, name),
                total(parted(name, "spent"), "USD", spent, lambda: [in_period(t) for t in year.periods], "by period"),
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
        return combined("product", parted(name, "commitment"), "USD", factors, "commitment per year × part of the year")

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
            parted(self.plan.agreements[g].name, "not spent"),
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


def _of_price(m: Contracts, g: int, one: dict[str, Amounts]) -> Amounts:
    """What of one component counts as spend on an agreement."""
    nothing = {component.name: Amounts() for component in COMPONENTS}
    return spend_in_term(m.i, nothing | one, offers_of(m.i, g), services_of(m.i, g))
