"""The texts of the key figures: what each says, how it moved, and what exactly it means."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import NO_WORK
from gigaplan.gui.text.kpi_text import energy
from gigaplan.gui.text.number_format import DASH, MINUS, THIN, decimals, mass, money, percent, plain, power

MOVED = 5e-4
"""A relative change below this is not shown: it is within what three figures tell apart."""


@dataclass(frozen=True)
class KpiFigure:
    """One cell. `tone` colours its second line: muted, good or warning."""

    kpi: str
    """What the explanation knows it by."""
    value: str
    unit: str = ""
    second: str = ""
    tone: str = "muted"
    meaning: str = ""
    short_unit: str = ""
    """What the unit says where it has no room; the second line alike. Empty for nothing shorter."""
    short_second: str = ""
    stack: tuple[tuple[str, float], ...] = ()
    """Parts of a bar below, each with its colour."""

    @property
    def title(self) -> str:
        """What the cell is called."""
        return TITLES[self.kpi]

    @property
    def short_title(self) -> str:
        """What the title says where it has no room; empty for nothing shorter."""
        return KPIS[self.kpi].short if self.kpi in KPIS else ""

    @property
    def spoken(self) -> str:
        """The whole cell in one sentence, for a screen reader."""
        value = f"{self.value} {self.unit}".strip()
        return f"{self.title}: {value}{', ' + self.second if self.second else ''}"


@dataclass(frozen=True)
class ComparedWith:
    """The result that changes are told against, and what it is called: opened or saved."""

    result: Result
    word: str


TITLES = {
    **{
        name: KPIS[name].label
        for name in ("tco_usd", "coverage_by_value", "peak_facility_mw", "vendor_hhi", "emissions_t")
    },
    "serving_cost": "Serving",
    "pretraining_cost": "Pre-training",
}
"""The title of each cell, by what the explanation knows its figure by: a key figure, or one of several workloads."""
CELLS = (
    "tco_usd", "coverage_by_value", "peak_facility_mw", "serving_cost", "pretraining_cost", "vendor_hhi", "emissions_t",
)  # fmt: skip
"""The cells in their order."""
NO_FIGURES = tuple(KpiFigure(kpi, DASH) for kpi in CELLS)


def figures(result: Result, reference: ComparedWith | None = None) -> tuple[KpiFigure, ...]:
    """Every cell of an optimal result, in the order of CELLS; `NO_FIGURES` without an optimum."""
    if result.allocation is None:
        return NO_FIGURES
    if reference is not None and reference.result.allocation is None:
        reference = None
    return (
        _total(result, reference),
        _coverage(result),
        _power(result),
        _serving(result, reference),
        _training(result, reference),
        _concentration(result),
        _emissions(result),
    )


def _length(result: Result) -> str:
    months = result.time.periods * result.time.months
    return f"{months // 12} years" if months % 12 == 0 and months > 12 else f"{months} months"


def _horizon(result: Result) -> str:
    return f"over {_length(result)} from {result.time.start}"


def change(now: float, before: float | None) -> float | None:
    """The relative change of a figure; None where there is nothing to compare or it did not move visibly."""
    if before is None or before == 0 or not np.isfinite(now):
        return None
    relative = (now - before) / abs(before)
    return relative if abs(relative) >= MOVED else None


def _signed_percent(relative: float) -> str:
    return f"{MINUS if relative < 0 else '+'}{plain(abs(relative) * 100, 2)}{THIN}%"


def serves_less(now: Result, before: Result) -> bool:
    """Whether less of any workload's demand is served than before, or one that was served is gone."""
    was, share = before.kpis["coverage"], now.kpis["coverage"]
    return any(v is not None and (share.get(w) or 0.0) < v - 1e-6 for w, v in was.items())


def _total(result: Result, reference: ComparedWith | None) -> KpiFigure:
    cost, currency = result.kpis["tco_usd"], result.plan.settings.currency
    second, tone, brief = _horizon(result), "muted", f"over {_length(result)}"
    if result.words is NO_WORK:
        second = brief = NO_WORK.clause
    elif reference is not None:
        before = reference.result.kpis["tco_usd"]
        same_money = reference.result.plan.settings.currency == currency
        if same_money and change(cost, before) is not None:
            rise = cost - before
            brief = f"{'+' if rise > 0 else ''}{money(rise, currency)}"
            second = f"{brief} vs {reference.word}"
            tone = "warning" if rise > 0 else "good"
            if rise < 0 and serves_less(result, reference.result):
                second, tone = f"{second}, serves less", "warning"
    meaning = (
        f"All cost {_horizon(result)}: purchase, rental, energy, hosting, maintenance, porting, commitments and "
        f"overhead, less what bought chips are still worth at the end. Undiscounted, in {currency}. Without the price "
        f"of carbon and the value of unserved work. Net present cost: {money(result.kpis['npv_usd'], currency)}."
    )
    owed = result.kpis["liability_beyond_horizon_usd"]
    if owed > 0:
        second = f"{second}, {money(owed, currency)} owed after"
    return KpiFigure(
        "tco_usd",
        money(cost, currency),
        _stack_words(result),
        second,
        tone,
        f"{meaning}\n{_stack_lines(result)}",
        short_second=brief,
        short_unit=_short_stack_words(result),
        stack=_stack(result),
    )


def _stack(result: Result) -> tuple[tuple[str, float], ...]:
    """What the total cost is made of, and what stands beside it, with the colour of each."""
    k = result.kpis
    kept, risk = max(k["paid_usd"] - k["left_usd"], 0.0), k["owed_at_risk_usd"]
    owed = max(k["liability_beyond_horizon_usd"] - risk, 0.0)
    parts = (("accent", kept), ("track", k["left_usd"]), ("warning", risk), ("muted", owed), ("error", k["unmet_usd"]))
    return tuple((colour, value) for colour, value in parts if value > 0)


def _stack_words(result: Result) -> str:
    """The total cost as the sum that it is, where it is more than what is paid; and the value of work not served."""
    k, currency = result.kpis, result.plan.settings.currency
    left, risk, lost = k["left_usd"], k["owed_at_risk_usd"], k["unmet_usd"]
    words = []
    if left > 0 or risk > 0:
        words.append(f"= {money(k['paid_usd'], currency)} paid")
        words += [f"{MINUS} {money(left, currency)} resale"] if left > 0 else []
        words += [f"+ {money(risk, currency)} at risk"] if risk > 0 else []
    return " ".join(words) + (f"{', ' if words else ''}{money(lost, currency)} not served" if lost > 0 else "")


def _short_stack_words(result: Result) -> str:
    """The largest of what the total cost hides, where there is room for no more."""
    k, currency = result.kpis, result.plan.settings.currency
    hidden = {"resale": k["left_usd"], "at risk": k["owed_at_risk_usd"], "not served": k["unmet_usd"]}
    name = max(hidden, key=lambda word: hidden[word])
    sign = f"{MINUS} " if name == "resale" else ""
    return f"{sign}{money(hidden[name], currency)} {name}" if hidden[name] > 0 else ""


def _stack_lines(result: Result) -> str:
    """The same in full, a line each."""
    currency = result.plan.settings.currency
    names = ("paid_usd", "left_usd", "owed_at_risk_usd", "liability_beyond_horizon_usd", "unmet_usd")
    return "\n".join(f"{KPIS[name].label}: {money(result.kpis[name], currency)}" for name in names)


def _set_apart(name: str) -> str:
    """A name beside a figure: one that is written from right to left would draw the figure into itself."""
    turns = any(unicodedata.bidirectional(c) in ("R", "AL") for c in name)
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}" if turns else name


def _coverage(result: Result) -> KpiFigure:
    named = {w.id: _set_apart(w.name or w.id) for w in result.plan.workloads}
    shares = {k: v for k, v in result.kpis["coverage"].items() if v is not None}
    meaning = (
        f"Work served over work demanded {_horizon(result)}, each workload weighted by its value if not served. "
        "The second line is the workload that is served least."
    )
    value = result.kpis["coverage_by_value"]
    if value is None:
        return KpiFigure("coverage_by_value", DASH, "", "no demand", "muted", meaning)
    worst = min(shares, key=lambda k: shares[k])
    full = shares[worst] >= 1 - 1e-6
    second = "all demand served" if full else f"{named[worst]} {percent(shares[worst])}"
    per_workload = "".join(f"\n{named[k]}: {percent(v)}" for k, v in shares.items())
    return KpiFigure(
        "coverage_by_value",
        percent(value),
        "",
        second,
        "good" if full else "warning",
        meaning + per_workload,
        short_second="all served" if full else "",
    )


def _power(result: Result) -> KpiFigure:
    drawn = result.series("facility_power", "total").get("total", np.zeros(result.time.periods))
    t = int(np.argmax(drawn))
    sites = result.plan.sites
    unlimited = [s.name or s.id for s in sites if s.power_mw is None]
    meaning = (
        "The most facility power that all active chips draw in any period, at nameplate: their all-in IT power times "
        f"the PUE of their site. It is reached in {result.time.labels[t]}"
    )
    value = power(result.kpis["peak_facility_mw"])
    if not sites:
        return KpiFigure("peak_facility_mw", value, "", "no sites", "muted", meaning + ".")
    if unlimited:
        second = f"no limit at {len(unlimited)} of {len(sites)} sites" if len(sites) > 1 else "no limit"
        brief = f"{len(unlimited)} unlimited" if len(sites) > 1 else ""
        meaning += f". There is no limit at {', '.join(unlimited)}."
        return KpiFigure("peak_facility_mw", value, "", second, "muted", meaning, short_second=brief)
    there = float(result.available_mw(sites)[t])
    full = there > 0 and drawn[t] >= there * (1 - 1e-6)
    meaning += f", when the sites have {power(there)} together."
    return KpiFigure("peak_facility_mw", value, "", f"of {power(there)}", "warning" if full else "muted", meaning)


def unit_cost(result: Result, kpi: str, kind: str) -> float | None:
    """USD per million tokens or per PFLOP-day over all workloads of a kind: total cost over total work."""
    ids = [w.id for w in result.plan.workloads if w.kind == kind and w.id in result.kpis.get(kpi, {})]
    served = result.series("served", "workload")
    cost = work = 0.0
    for id in ids:
        each = result.kpis[kpi][id]
        if each is not None:
            done = float(served[id].sum())
            cost, work = cost + each * done, work + done
    return cost / work if work > 0 else None


def _unit_figure(
    result: Result, reference: ComparedWith | None, kpi: str, kind: str, name: str, words: tuple[str, str]
) -> KpiFigure:
    currency = result.plan.settings.currency
    unit, meaning = words
    value = unit_cost(result, kpi, kind)
    if value is None:
        second = "none served" if _any(result.plan, kind) else "none in this plan"
        return KpiFigure(name, DASH, "", second, "muted", meaning)
    count = sum(w.kind == kind and w.id in result.kpis[kpi] for w in result.plan.workloads)
    second, short, tone = f"{count} workload{'s' if count != 1 else ''}", "", "muted"
    if reference is not None and reference.result.plan.settings.currency == currency:
        moved = change(value, unit_cost(reference.result, kpi, kind))
        if moved is not None:
            short, tone = _signed_percent(moved), "warning" if moved > 0 else "good"
            second = f"{short} vs {reference.word}"
            if moved < 0 and serves_less(result, reference.result):
                tone = "muted"
    brief = unit.replace("PFLOP", "PF")
    return KpiFigure(name, money(value, currency), unit, second, tone, meaning, brief, short)


def _any(plan: Plan, kind: str) -> bool:
    return any(w.kind == kind for w in plan.workloads)


_SHARED = (
    "Each chip's full cost, undiscounted, with overhead and less its residual value, is shared among what runs on it "
    "by chip-hours: hours in which it is idle or not available are in it."
)


def _serving(result: Result, reference: ComparedWith | None) -> KpiFigure:
    words = (
        "/ M tok",
        f"What all inference workloads counted in tokens cost, per million output tokens served. {_SHARED}",
    )
    return _unit_figure(result, reference, "usd_per_million_tokens", "inference", "serving_cost", words)


def _training(result: Result, reference: ComparedWith | None) -> KpiFigure:
    words = (
        "/ PFLOP-day",
        "What all pre-training workloads cost, per PFLOP/s of work done for a day (at their utilisation, not at peak). "
        f"A 24th of it is the cost per PFLOP-hour. {_SHARED}",
    )
    return _unit_figure(result, reference, "usd_per_pflop_day", "pretraining", "pretraining_cost", words)


def vendor_shares(result: Result) -> dict[str, float]:
    """Each vendor's part of IT power, mean over the periods with any, largest first."""
    split = result.series("it_power", "vendor")
    if not split:
        return {}
    total = np.sum(list(split.values()), axis=0)
    there = total > 0
    if not there.any():
        return {}
    shares = {vendor: float((mw[there] / total[there]).mean()) for vendor, mw in split.items()}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _concentration(result: Result) -> KpiFigure:
    meaning = (
        "Herfindahl-Hirschman index of the vendors' parts of IT power: the sum of their squares, mean over the "
        "periods with any chips. 1 is a single vendor, 0.25 four alike."
    )
    value, shares = result.kpis["vendor_hhi"], vendor_shares(result)
    if value is None or not shares:
        return KpiFigure("vendor_hhi", DASH, "", "no chips", "muted", meaning)
    vendor, share = next(iter(shares.items()))
    parts = "".join(f"\n{name}: {percent(part)} of IT power" for name, part in shares.items() if part > 0)
    brief, index = f"{vendor} {percent(share, 2)}", f"HHI {decimals(value, 2)}"
    return KpiFigure("vendor_hhi", index, "", f"{brief} of power", "muted", meaning + parts, short_second=brief)


def _emissions(result: Result) -> KpiFigure:
    operational = float(result.series("emissions", "component")["operational"].sum())
    tonnes = result.kpis["emissions_t"]
    meaning = (
        f"Carbon of the electricity (at the grid of each site) and of making the chips, spread over their life, "
        f"{_horizon(result)}: {mass(operational)} and {mass(tonnes - operational)} CO\u2082e. "
        f"Energy is that of the facilities, PUE included."
    )
    second = energy(result.kpis["energy_mwh"])
    return KpiFigure("emissions_t", mass(tonnes), "CO\u2082e", second, "muted", meaning)
