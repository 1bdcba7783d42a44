"""The components of the cost: what each is charged on, and how much (model.md section 7).

The objective, budgets, commitments, results, prices per chip-hour and explanations all iterate over `COMPONENTS`; a
component that is added here is charged by all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts, together
from gigaplan.engine.optimization.arrays import Inputs, once
from gigaplan.engine.optimization.contract_years import contract_years
from gigaplan.engine.optimization.power_contracts import capex, capex_residual, fees
from gigaplan.engine.optimization.rates import Rates, life_left, rates_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class CostComponent:
    """One component of the cost, before overhead."""

    name: str
    label: str
    colour: str
    """Of its part of a chart, as #RRGGBB."""
    amounts: Callable[[Inputs, Rates, Floats], Amounts]
    """What it comes to, from the offers' prices per chip or chip-hour before any discount, [O, T]."""
    is_price: bool = False
    """Whether it is what an offer or a service is paid for, so that it counts as spend on its agreement."""
    runs: bool = False
    """Whether it is paid only for chips that run: power and place, not what the chips cost as such."""


@dataclass(frozen=True)
class EndComponent:
    """What the end of the horizon adds to the cost, or takes off it: no overhead, no budget, no period."""

    name: str
    label: str
    sign: float
    """1 where it adds to the cost, -1 where it lessens it."""
    amounts: Callable[[Inputs, Floats, bool], Floats]
    """[N, T] USD per chip delivered in the period, from the offers' prices; discounted or not."""
    lumps: Callable[[Inputs, bool], dict[str, Floats]]
    """[decisions] USD per block of decisions of the whole plan."""


def _paid(i: Inputs, prices: Floats) -> Floats:
    """[N, T] the price after the discount of the agreement."""
    return (prices * (1 - i.discount))[i.pair_offer]


def _bought(i: Inputs) -> Bools:
    return i.purchase[i.pair_offer][:, None]


def _purchase(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Price of a chip that is bought."""
    return Amounts(delivered=np.where(_bought(i), _paid(i, prices), 0.0))


def _rental(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Rent: a part at delivery for the whole contract, the rest in each period; used or not."""
    o = i.pair_offer
    rent = np.where(_bought(i), 0.0, _paid(i, prices) * i.time.hours)
    upfront = i.upfront[o][:, None]
    standing = np.where(i.purchase, 0.0, 1 - i.upfront)[:, None] * i.time.hours * _standing_prices(i, prices)
    return Amounts(
        delivered=upfront * rent * i.life[o][:, None] if i.upfront.any() else None,
        cohort=(1 - upfront) * rent,
        standing=standing[o] * i.installed,
    )


def _standing_prices(i: Inputs, prices: Floats) -> Floats:
    """[O, T] what an installed rented chip pays per hour."""
    found = [i.standing_price(prices, o, i.time.periods) for o in range(len(i.plan.offers))]
    return np.array(found).reshape(len(found), i.time.periods)


def _maintenance(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """A yearly part of the price paid; of the list price of the first period for chips that stood before."""
    o = i.pair_offer
    yearly = np.array([offer.maintenance_per_year for offer in i.plan.offers], dtype=float) * i.time.months / 12
    each = np.where(i.purchase, yearly, 0.0)
    return Amounts(cohort=each[o][:, None] * _paid(i, prices), standing=(each * prices[:, 0])[o][:, None] * i.installed)


def _energy(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Electricity of chips that run, unless the price of the offer includes it."""
    n = i.mode_pair
    profile = i.electricity_profile
    mean = (profile @ i.shares)[i.pair_site]
    price = r.electricity * r.facility[:, None]
    running = (r.idle_mwh * mean[n])[:, None] * price[n]
    now = profile[i.pair_site[i.use_pair], i.use_block] if i.has_blocks else np.ones(1)
    further = (r.full_mwh - r.idle_mwh[: len(r.full_mwh)]) * mean
    return Amounts(
        running=running, used=(r.use_mwh * now)[:, None] * price[i.use_pair], full_load=further[:, None] * price
    )


def _hosting(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Space and power capacity of chips that run, capped ones in full, unless the price includes it."""
    return Amounts(running=r.hosting[i.mode_pair])


def _power_contracts(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Investment in the first period of a contract, and a fee in each."""
    if not i.plan.power_contracts:
        return Amounts()
    return Amounts(decided={"contracted": fees(i)}, at_once={"contracted": capex(i)})


def _services(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Work bought: average work, so the peak work over the peak factor."""
    if not len(i.buy_service):
        return Amounts()
    tokens = np.array([k.unit == "tokens/s" for k in i.plan.services], dtype=bool)
    each = np.where(tokens, 3600 / 1e6, 1 / 24)[:, None] * i.service_price * (1 - i.service_discount)
    return Amounts(bought=each[i.buy_service] * i.time.hours / i.peak[i.buy_workload][:, None])


def _porting(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """Ports, in the first period."""
    cost = np.zeros((len(i.plan.ports), i.time.periods))
    cost[:, 0] = [p.cost_usd for p in i.plan.ports]
    return Amounts(at_once={"ported": cost})


def _commitment(i: Inputs, r: Rates, prices: Floats) -> Amounts:
    """What falls short of a commitment, in the last period of its contract year."""
    years = contract_years(i)
    due = np.zeros((len(years), i.time.periods))
    due[np.arange(len(years)), [year.settled_in for year in years]] = 1.0
    return Amounts(decided={"shortfall": due})


COMPONENTS: tuple[CostComponent, ...] = (
    CostComponent("purchase", "Purchases", "#8767DB", _purchase, is_price=True),
    CostComponent("rental", "Rentals", "#3B76E0", _rental, is_price=True),
    CostComponent("energy", "Energy", "#E3A712", _energy, runs=True),
    CostComponent("hosting", "Hosting", "#2FA37C", _hosting, runs=True),
    CostComponent("maintenance", "Maintenance", "#C4624A", _maintenance),
    CostComponent("power_contracts", "Power contracts", "#A0842B", _power_contracts),
    CostComponent("services", "Services", "#4AA8C9", _services, is_price=True),
    CostComponent("porting", "Porting", "#B65FA5", _porting),
    CostComponent("commitment", "Commitments not spent", "#8C6D54", _commitment),
)
"""The components of the cost, in the order in which charts stack them."""

OVERHEAD = "overhead"
"""The name of what is added to all of them."""
COST_LABELS: dict[str, str] = {c.name: c.label for c in COMPONENTS} | {OVERHEAD: "Overhead"}
"""Each component with its label, overhead last."""
COST_COLOURS: dict[str, str] = {c.name: c.colour for c in COMPONENTS} | {OVERHEAD: "#929BA9"}


@once
def costs_of(i: Inputs) -> dict[str, Amounts]:
    """What each component comes to, at the offers' own prices."""
    return {component.name: component.amounts(i, rates_of(i), i.list_price) for component in COMPONENTS}


def spend_in_term(
    i: Inputs, costs: dict[str, Amounts], offers: NDArray[np.bool_], services: NDArray[np.bool_]
) -> Amounts:
    """What of the costs counts as spend on the agreement of some offers [O] and services [K].

    Only what has the agreement's price: cohorts delivered in its term, standing rentals and services while it runs.
    """
    mine = (offers[:, None] & i.in_term)[i.pair_offer]

    def of(values: Floats | None) -> Floats | None:
        return None if values is None else np.where(mine, values, 0.0)

    found = [costs[component.name] for component in COMPONENTS if component.is_price]
    parts = []
    for each in found:
        bought = each.bought
        if bought is not None:
            bought = np.where((services[:, None] & i.service_in_term)[i.buy_service], bought, 0.0)
        parts.append(
            Amounts(delivered=of(each.delivered), cohort=of(each.cohort), standing=of(each.standing), bought=bought)
        )
    return together(parts)


# The end of the horizon (sections B, G, J, K).


def _residual(i: Inputs, prices: Floats, discounted: bool) -> Floats:
    """What a bought chip is worth at the horizon."""
    worth = np.where(_bought(i), _paid(i, prices) * _resale(i)[i.pair_offer], 0.0) * i.plan.settings.residual_fraction
    return worth * (i.time.final_discount if discounted else 1.0)


@once
def _resale(i: Inputs) -> Floats:
    """[O, T] the part of its price that a chip delivered in the period is worth at the horizon: by the resale curve of
    its platform, or by a straight line."""
    fraction = np.zeros(i.list_price.shape)
    ages = (i.time.periods - np.arange(i.time.periods)) * i.time.months
    for o, p in enumerate(i.offer_platform.tolist()):
        platform = i.plan.platforms[p]
        if platform.resale is None:
            fraction[o] = np.maximum(0.0, i.life[o] - ages / i.time.months) / i.life[o]
        else:
            points = [(0.0, 1.0), *((point.age_months, point.fraction) for point in platform.resale)]
            value = np.interp(ages, [age for age, _ in points], [part for _, part in points])
            fraction[o] = np.where(ages < platform.lifetime_months, value, 0.0)
    return fraction


def _rent_after(i: Inputs, prices: Floats) -> Floats:
    """[N, T] rent of a period of a cohort's life, upfront part and rest together."""
    return np.where(_bought(i), 0.0, _paid(i, prices) * i.time.hours)


def _owed(i: Inputs, prices: Floats, discounted: bool) -> Floats:
    """What a rented chip still owes at the horizon, of which contracts are not worth it."""
    part = (1 - i.plan.settings.contract_worth_fraction) * (1 - i.upfront)[i.pair_offer][:, None]
    return part * _rent_after(i, prices) * life_left(i, discounted=discounted)[i.pair_offer]


def _ahead(i: Inputs, prices: Floats, discounted: bool) -> Floats:
    """What a rented chip has paid ahead at the horizon, as far as contracts are worth it."""
    part = i.plan.settings.contract_worth_fraction * i.upfront[i.pair_offer][:, None]
    worth = part * _rent_after(i, prices) * life_left(i, discounted=False)[i.pair_offer]
    return worth * (i.time.final_discount if discounted else 1.0)


def _contracts_left(i: Inputs, discounted: bool) -> dict[str, Floats]:
    left = capex_residual(i) * (i.time.final_discount if discounted else 1.0)
    return {"contracted": left} if i.plan.power_contracts else {}


END_COMPONENTS: tuple[EndComponent, ...] = (
    EndComponent("residual", "Residual value", -1.0, _residual, _contracts_left),
    EndComponent("owed_at_risk", "Rent owed after the horizon, at risk", 1.0, _owed, lambda i, discounted: {}),
    EndComponent("paid_ahead", "Rent paid ahead", -1.0, _ahead, lambda i, discounted: {}),
)
"""What the end of the horizon adds to the cost or takes off it."""
