"""Agreements to spend: their contract years, what is short of the commitment, and whether they are signed
(model.md sections 4 and 5.6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import merged
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.rates import installed_rental
from gigaplan.engine.plan.timeline import month_number

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ContractYear:
    """Twelve months of an agreement, as far as they lie inside the plan and the agreement."""

    agreement: int
    """Its place in the plan's table."""
    year: int
    periods: tuple[int, ...]
    """The periods whose spend counts: those whose first month lies in it."""
    settled_in: int
    """The period in which a shortfall is paid."""
    commitment_usd: float


def contract_years(i: Inputs) -> tuple[ContractYear, ...]:
    """Every contract year that owes something inside the horizon, in order of agreement and year."""
    origin, months = month_number(i.time.start), i.time.months
    horizon = i.time.periods * months
    found = []
    for g, agreement in enumerate(i.plan.agreements):
        start = month_number(agreement.start) - origin
        end = start + agreement.months
        # Only the years that touch the horizon: an agreement may be as long as numbers are.
        for year in range(max(0, -start // 12), int(np.ceil(min(agreement.months, max(0, horizon - start)) / 12))):
            first, last = start + 12 * year, min(start + 12 * (year + 1), end)
            inside = min(last, horizon) - max(first, 0)
            if inside <= 0:
                continue
            periods = tuple(t for t in range(i.time.periods) if first <= t * months < last)
            settled = periods[-1] if periods else int((min(last, horizon) - 1) // months)
            owed = agreement.commit_usd_per_year * inside / 12
            found.append(ContractYear(g, year, periods, settled, owed))
    return tuple(found)


def offers_of(i: Inputs, agreement: int) -> NDArray[np.bool_]:
    """[O] the offers that are bought under an agreement."""
    name = i.plan.agreements[agreement].id
    return np.array([o.agreement == name for o in i.plan.offers], dtype=bool)


def signed_column(i: Inputs) -> dict[int, int]:
    """For each optional agreement, its place among the optional ones."""
    optional = [g for g, a in enumerate(i.plan.agreements) if a.status == "optional"]
    return {g: k for k, g in enumerate(optional)}


def add_columns(d: Draft) -> None:
    """z, the shortfall of each contract year, and a, whether an optional agreement is signed."""
    i = d.inputs
    years = contract_years(i)
    settled = np.array([y.settled_in for y in years], dtype=np.int64)
    cost = (1 + d.rates.overhead) * i.time.discount[settled]
    index = (np.arange(len(years)),)
    d.program.add_block("shortfall", ("contract year",), index, cost, unit=d.cost_unit * d.chip_unit)
    optional = np.array(list(signed_column(i)), dtype=np.int64)
    d.program.add_block("signed", ("agreement",), (optional,), np.zeros(len(optional)), upper=1.0, integer=True)


def add_rows(d: Draft) -> None:
    """5.6: what is spent and what falls short reach the commitment; no chips without a signature."""
    i, r = d.inputs, d.rates
    years = contract_years(i)
    pair, born, now, column = d.cohorts
    optional = signed_column(i)
    short, signed = d.block("shortfall"), d.block("signed")
    standing = installed_rental(i)
    entries, lower = [], np.zeros(len(years))
    for k, year in enumerate(years):
        mine = offers_of(i, year.agreement)[i.pair_offer]
        counts = np.zeros(i.time.periods, dtype=bool)
        counts[list(year.periods)] = True
        at = mine[pair] & counts[now]
        spend = r.rental[pair[at], born[at]] + np.where(born[at] == now[at], r.purchase[pair[at], born[at]], 0.0)
        here = np.array([k])
        entries.append(merged((np.full(int(at.sum()), k), column[at], spend)))
        entries.append((here, here + short.start, np.ones(1)))
        lower[k] = -standing[np.ix_(mine, counts)].sum()
        if year.agreement in optional:
            gate = np.array([signed.start + optional[year.agreement]])
            entries.append((here, gate, np.array([-year.commitment_usd])))
        else:
            lower[k] += year.commitment_usd
    index = (np.arange(len(years)),)
    d.program.add_family("commitment", ("contract year",), index, entries, lower=lower, unit=d.cost_unit * d.chip_unit)
    _gate(d, optional, years)


def _gate(d: Draft, optional: dict[int, int], years: tuple[ContractYear, ...]) -> None:
    """No deliveries under an optional agreement that is not signed."""
    i = d.inputs
    pair, period = d.deliveries.index
    chips = _most_chips(i, years)
    for g, k in optional.items():
        mine = np.flatnonzero(offers_of(i, g)[i.pair_offer[pair]])
        rows = np.arange(len(mine))
        most = chips[pair[mine], period[mine]]
        gate = (rows, np.full(len(mine), d.block("signed").start + k), -most)
        entries = [(rows, mine + d.deliveries.start, np.ones(len(mine))), gate]
        d.program.add_family(
            "signature",
            ("agreement", "pair", "period"),
            (np.full(len(mine), g), pair[mine], period[mine]),
            entries,
            upper=0.0,
            unit=d.chip_unit,
        )


def _most_chips(i: Inputs, years: tuple[ContractYear, ...]) -> Floats:
    """[N, T] the chips that a site's whole power could feed; where that has no limit, the supply; where that has
    none either, more than any plan gains by."""
    watts = i.power_w[i.pair_offer] * i.pue[i.pair_site]
    with np.errstate(divide="ignore", invalid="ignore"):
        most = i.site_power_mw[i.pair_site] * 1e6 / watts[:, None]
    most = np.where(np.isfinite(most), most, i.supply[i.pair_offer])
    return np.where(np.isfinite(most), most, chips_of_use(i, years))


def chips_of_use(i: Inputs, years: tuple[ContractYear, ...]) -> Floats:
    """[N, T] more chips than any plan gains by, whatever power and supply there is.

    More chips than work and commitments can use only cost, unless shares make others stand beside them.
    """
    needed = i.demand * i.peak[:, None]
    total = np.where(i.flexible, needed.sum(axis=1), needed.max(axis=1, initial=0.0))
    useful = np.zeros(len(i.pair_offer))
    works = i.availability[i.use_offer] > 0
    per_chip = np.where(works, i.use_theta * i.availability[i.use_offer], np.inf)
    np.add.at(useful, i.use_pair, total[i.use_workload] / per_chip)
    useful = useful[:, None] + _to_spend(i, years)[i.pair_offer]
    return useful + _beside(i, useful.max(axis=1, initial=0.0))[:, None]


def _to_spend(i: Inputs, years: tuple[ContractYear, ...]) -> Floats:
    """[O, T] the chips of an offer that would spend its agreement's largest commitment in one period."""
    price = i.paid_price * np.where(i.purchase, 1.0, i.time.hours)[:, None]
    chips = np.zeros_like(price)
    for year in years:
        mine = offers_of(i, year.agreement)[:, None] & (price > 0)
        chips[mine] = np.maximum(chips[mine], year.commitment_usd / price[mine])
    return chips


def _beside(i: Inputs, useful: Floats) -> Floats:
    """[N] the chips that share policies may ask for beside all that are of use, standing ones included."""
    most = useful + i.installed.max(axis=1, initial=0.0)
    tightest = 1.0
    for policy in i.plan.policies:
        if policy.enabled and policy.kind == "share":
            limits = i.time.values(policy.limit)
            tightest /= min(1.0, float(limits[limits > 0].min(initial=1.0)))
    beside = np.zeros(len(most))
    if tightest == 1.0:
        return beside
    platforms = [i.plan.platforms[k] for k in i.offer_platform]
    for metric in (i.power_w, np.array([p.bf16_tflops for p in platforms])):
        each = metric[i.pair_offer]
        counts = each > 0
        beside[counts] = np.maximum(beside[counts], tightest * (most * each).sum() / each[counts])
    return beside
