"""Agreements to spend: what is short of the commitment, whether they are signed, and which exclude each other
(model.md sections 4 and 5.6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs, once
from gigaplan.engine.optimization.contract_years import ContractYear, contract_years
from gigaplan.engine.optimization.costs import costs_of, spend_in_term
from gigaplan.engine.optimization.lp_builder import Draft

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def offers_of(i: Inputs, agreement: int) -> Bools:
    """[O] the offers that are bought under an agreement."""
    name = i.plan.agreements[agreement].id
    return np.array([o.agreement == name for o in i.plan.offers], dtype=bool)


def services_of(i: Inputs, agreement: int) -> Bools:
    """[K] the services that are bought under an agreement."""
    name = i.plan.agreements[agreement].id
    return np.array([k.agreement == name for k in i.plan.services], dtype=bool)


@once
def spend_of(i: Inputs, agreement: int) -> Amounts:
    """What of the costs counts as spend on an agreement."""
    return spend_in_term(i, costs_of(i), offers_of(i, agreement), services_of(i, agreement))


def signed_column(i: Inputs) -> dict[int, int]:
    """For each optional agreement, its place among the optional ones."""
    optional = [g for g, a in enumerate(i.plan.agreements) if a.status == "optional"]
    return {g: k for k, g in enumerate(optional)}


def add_columns(d: Draft, prices: dict[str, Floats]) -> None:
    """z, the shortfall of each contract year, and a, whether an optional agreement is signed."""
    i = d.inputs
    years = contract_years(i)
    index = (np.arange(len(years)),)
    unit = d.cost_unit * d.chip_unit
    d.program.add_block("shortfall", ("contract year",), index, prices["shortfall"], unit=unit)
    optional = np.array(list(signed_column(i)), dtype=np.int64)
    d.program.add_block("signed", ("agreement",), (optional,), np.zeros(len(optional)), upper=1.0, integer=True)


def add_rows(d: Draft, earning: Bools) -> None:
    """5.6: what is spent and what falls short reach the commitment; nothing is bought without a signature."""
    i = d.inputs
    years = contract_years(i)
    optional = signed_column(i)
    short, signed = d.block("shortfall"), d.block("signed")
    entries, lower = [], np.zeros(len(years))
    for k, year in enumerate(years):
        spend = spend_of(i, year.agreement)
        rows = np.where(year.parts > 0, k, -1)
        found, standing = d.sums(spend, rows, year.parts)
        entries += found
        here = np.array([k])
        entries.append((here, here + short.start, np.ones(1)))
        lower[k] = -float(standing[k]) if len(standing) > k else 0.0
        if year.agreement in optional:
            gate = np.array([signed.start + optional[year.agreement]])
            entries.append((here, gate, np.array([-year.commitment_usd])))
        else:
            lower[k] += year.commitment_usd
    index = (np.arange(len(years)),)
    d.add_family("commitment", ("contract year",), index, entries, lower=lower, unit=d.cost_unit * d.chip_unit)
    _gates(d, optional, years, earning)


def _gates(d: Draft, optional: dict[int, int], years: tuple[ContractYear, ...], earning: Bools) -> None:
    """Nothing is delivered or bought under an optional agreement that is not signed."""
    if not optional:
        return
    i = d.inputs
    pair, period = d.deliveries.index
    chips = most_chips(i, years, earning)
    for g, k in optional.items():
        gate = d.block("signed").start + k
        mine = np.flatnonzero(offers_of(i, g)[i.pair_offer[pair]])
        rows = np.arange(len(mine))
        most = chips[pair[mine], period[mine]]
        d.add_family(
            "signature",
            ("agreement", "pair", "period"),
            (np.full(len(mine), g), pair[mine], period[mine]),
            [(rows, mine + d.deliveries.start, np.ones(len(mine))), (rows, np.full(len(mine), gate), -most)],
            upper=0.0,
            unit=d.chip_unit,
        )
    add_gates_of_services(d)


def add_gates_of_services(d: Draft) -> None:
    """Nothing is bought of a service under an optional agreement that is not signed."""
    i, bought = d.inputs, d.block("bought")
    buys, when = bought.index
    for g, k in signed_column(i).items():
        mine = np.flatnonzero(services_of(i, g)[i.buy_service[buys]])
        if not len(mine):
            continue
        gate = d.block("signed").start + k
        rows = np.arange(len(mine))
        most = work_of_use(i)[buys[mine], when[mine]]
        d.add_family(
            "signature",
            ("agreement", "buy", "period"),
            (np.full(len(mine), g), buys[mine], when[mine]),
            [(rows, mine + bought.start, np.ones(len(mine))), (rows, np.full(len(mine), gate), -most)],
            upper=0.0,
            unit=d.work_unit[i.buy_workload[buys[mine]]] * d.chip_unit,
        )


def most_chips(i: Inputs, years: tuple[ContractYear, ...], earning: Bools) -> Floats:
    """[N, T] no plan has use for more new chips in a period: the bound that stands for none in the rows of decisions.

    `earning` [N] are the pairs whose chips earn without work, which supply and power alone may bound.
    """
    chips = chips_of_use(i, years)
    if earning.any():
        megawatts = i.site_power_mw.copy()
        np.add.at(megawatts, i.contract_site, i.contract_active * i.contract_mw[:, None])
        watts = (i.power_w[i.pair_offer] * i.pue[i.pair_site])[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            fed = megawatts.max(axis=1, initial=0.0)[i.pair_site][:, None] * 1e6 / watts
        fed = np.where(np.isfinite(fed), fed, 0.0) * _partial_life(i)[:, None]
        supplied = np.where(np.isfinite(i.supply), i.supply, 0.0)[i.pair_offer]
        chips = np.where(earning[:, None], chips + fed + supplied, chips)
    return np.asarray(np.minimum(chips, i.supply[i.pair_offer]))


def work_of_use(i: Inputs) -> Floats:
    """[V, T] the most that a workload could buy at once: all its work of the horizon where it may be done at any
    time, in the block alone where at any hour."""
    needed = i.demand * i.peak[:, None]
    anytime = i.flexible | (i.delay >= 0)
    total = np.where(anytime[:, None], needed.sum(axis=1, keepdims=True), needed)[i.buy_workload]
    by_block = i.by_block[i.buy_workload]
    of_block = np.where(by_block, i.profile[i.buy_workload, i.buy_block], 1 / i.buy_share)
    return np.asarray(total * of_block[:, None])


def chips_of_use(i: Inputs, years: tuple[ContractYear, ...]) -> Floats:
    """[N, T] more chips than any plan gains by, whatever power and supply there is.

    More chips than work and commitments can use only cost, unless a least order brings them, shares make others stand
    beside them, or they earn by standing or by being sold again; then nothing but supply and power bounds them.
    """
    needed = i.demand * i.peak[:, None]
    anytime = i.flexible | (i.delay >= 0)
    total = np.where(anytime, needed.sum(axis=1), needed.max(axis=1, initial=0.0))
    useful = np.zeros(len(i.pair_offer))
    works = i.availability[i.use_offer] > 0
    slowest = i.use_theta * i.gain.min(axis=1, initial=np.inf)[i.use_workload]
    per_chip = np.where(works, slowest * i.availability[i.use_offer], np.inf)
    in_block = np.where(i.by_block[i.use_workload], i.profile[i.use_workload, i.use_block], 1 / i.use_share)
    by_use = np.divide(total[i.use_workload] * in_block, per_chip, out=np.zeros(len(per_chip)), where=per_chip > 0)
    # The chips of a workload in its busiest mode and block; those of other workloads beside them.
    most = np.zeros((len(i.pair_offer), len(i.demand)))
    np.maximum.at(most, (i.use_pair, i.use_workload), by_use)
    useful = most.sum(axis=1) * _partial_life(i)
    chips = useful[:, None] + _to_spend(i, years)[i.pair_offer]
    chips = np.maximum(chips, i.least_order[i.pair_offer][:, None])  # who needs a few of them takes them all the same
    return np.asarray(chips + _beside(i, chips.max(axis=1, initial=0.0))[:, None])


def _partial_life(i: Inputs) -> Floats:
    """[N] how many chips it takes for one in the last part of a life that is no whole number of periods."""
    last = i.life - np.floor(i.life)
    return np.asarray(np.where(last > 0, 1 / np.where(last > 0, last, 1.0), 1.0)[i.pair_offer])


def _to_spend(i: Inputs, years: tuple[ContractYear, ...]) -> Floats:
    """[O, T] the chips of an offer that would spend its agreement's largest commitment in one period."""
    price = i.paid_price * np.where(i.purchase, 1.0, i.time.hours)[:, None]
    chips = np.zeros_like(price)
    for year in years:
        part = float(year.parts[year.parts > 0].min(initial=1.0))
        mine = offers_of(i, year.agreement)[:, None] & (price > 0)
        chips[mine] = np.maximum(chips[mine], year.commitment_usd / (price[mine] * part))
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
    slowest = np.ones(len(most))
    np.minimum.at(slowest, i.mode_pair, np.minimum(i.mode_power, i.mode_speed))
    for metric in (i.power_w, np.array([p.bf16_tflops for p in platforms])):
        each = metric[i.pair_offer]
        counts = each > 0
        beside[counts] = np.maximum(beside[counts], tightest * (most * each).sum() / (each * slowest)[counts])
    return beside
