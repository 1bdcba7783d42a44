"""The answer in tables: chips by offer, site and year; cost; power; work served; agreements."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gigaplan.engine.optimization.costs import COST_LABELS, END_COMPONENTS
from gigaplan.engine.results.commitments import year_uses
from gigaplan.engine.results.money import end_components
from gigaplan.engine.results.result import Result
from gigaplan.gui.present.picture import Floats, by_year, year_words
from gigaplan.gui.present.throughput_words import short_standing
from gigaplan.gui.text.number_format import DASH, chips, money, percent, plain
from gigaplan.gui.views.report.blocks import Block, Heading, Table, TableColumn, TableRow, Words
from gigaplan.gui.views.report.material import Material
from gigaplan.gui.views.report.sources import Sources

MOST_YEARS = 8
"""More columns of years than that go on in a table of their own."""
LEAST_CHIPS = 0.05
"""Fewer are what a solver calls none."""
SCALES = ((1e10, 1e6, "M"), (1e6, 1e3, "k"))
"""From which largest amount on a table of money is in millions, or in thousands."""


def results(material: Material, sources: Sources) -> Iterator[Block]:
    """Every table of an optimal result."""
    yield from _chips(material)
    yield from _cost(material)
    yield from _power(material)
    yield from _work(material, sources)
    yield from _agreements(material)


def _years(result: Result) -> tuple[tuple[str, ...], Floats]:
    """The names of the plan's years, and [Y] the last period of each."""
    names, _ = by_year(result, {})
    of = result.time.year_of
    return names, np.array([int(np.flatnonzero(of == y)[-1]) for y in range(len(names))])


def _in_years(names: tuple[str, ...]) -> Iterator[tuple[slice, bool]]:
    """The years of each table where there are too many for one, and whether they are the last."""
    for first in range(0, len(names), MOST_YEARS):
        yield slice(first, first + MOST_YEARS), first + MOST_YEARS >= len(names)


def _count(value: float) -> str:
    return chips(value) if abs(value) >= LEAST_CHIPS else DASH


def _amounts(largest: float, currency: str) -> tuple[Callable[[float], str], str]:
    """How amounts of a table are written, all at one scale, and their unit: M USD."""
    scale, letter = next(((s, c) for least, s, c in SCALES if largest >= least), (1.0, ""))
    places = 0 if largest >= 1000 * scale else 1

    def text(value: float) -> str:
        shown = round(value / scale, places)
        return plain(shown, 15) if shown else DASH

    return text, f"{letter} {currency}".strip()


def _chips(material: Material) -> Iterator[Block]:
    result = material.result
    names, ends = _years(result)
    active = {k: v for k, v in result.series("chips", "offer|site").items() if v.max(initial=0.0) >= LEAST_CHIPS}
    yield Heading("Allocation")
    if not active:
        yield Words("No chips are in this plan.", "muted")
        return
    delivered = result.series("deliveries", "offer|site")
    _, flows = by_year(result, {key: delivered[key] for key in active})
    yield Words("Chips in service at the end of each plan year, by offer and site. Peak: the most in any period.")
    stocks = {key: values[ends] for key, values in active.items()}
    peaks = {key: float(values.max()) for key, values in active.items()}
    whole = float(np.sum(list(active.values()), axis=0).max())
    yield from _by_offer(material, names, stocks, peaks, "Peak", whole)
    if any(values.max(initial=0.0) >= LEAST_CHIPS for values in flows.values()):
        yield Heading("Deliveries", 2)
        yield Words("Chips delivered in each plan year, by offer and site; without the installed base.")
        sums = {key: float(values.sum()) for key, values in flows.items()}
        yield from _by_offer(material, names, flows, sums, "Total", sum(sums.values()))


def _by_offer(
    material: Material, names: tuple[str, ...], values: dict[str, Floats], last: dict[str, float], head: str,
    whole: float,
) -> Iterator[Table]:  # fmt: skip
    """A line for each offer at each site; `last` is what stands in the column `head`, `whole` its total."""
    offers, sites = material.names("offers"), material.names("sites")
    for years, is_end in _in_years(names):
        tail = (lambda v: (_count(v),)) if is_end else (lambda v: ())
        columns = [TableColumn("Offer"), TableColumn("Site"), *(TableColumn(n, "chips", True) for n in names[years])]
        columns += [TableColumn(head, "chips", True)] if is_end else []
        rows: list[TableRow] = []
        for offer in offers:
            mine = [key for key in values if key.split("|")[0] == offer and last[key] >= LEAST_CHIPS]
            for k, key in enumerate(mine):
                cells = (*map(_count, values[key][years]), *tail(last[key]))
                rows.append(
                    TableRow(("" if k else offers[offer], sites[key.split("|")[1]], *cells), "more" if k else "")
                )
        total = np.sum(list(values.values()), axis=0)[years]
        rows.append(TableRow(("All chips", "", *map(_count, total), *tail(whole)), "total"))
        yield Table(tuple(columns), tuple(rows))


def _cost(material: Material) -> Iterator[Block]:
    result = material.result
    yield Heading("Cost")
    yield Words(
        f"By plan year, undiscounted, in nominal {material.currency}. What the end of the horizon adds or takes off "
        "belongs to no year."
    )
    split = {key: v for key, v in result.series("cost", "component").items() if v.any()}
    yield from _money_table(material, "Component", split, COST_LABELS, is_whole=True)
    by_offer = {k: v for k, v in result.series("cost", "offer").items() if v.any()}
    if by_offer:
        yield Heading("Cost by offer", 2)
        names = {**material.names("offers"), "(plan)": "Plan-wide"}
        order = [key for key in names if key in by_offer]
        yield from _money_table(material, "Offer", {key: by_offer[key] for key in order}, names)


def _money_table(
    material: Material, head: str, split: dict[str, Floats], labels: dict[str, str], is_whole: bool = False
) -> Iterator[Table]:
    """Cost by year; where it is the whole cost, with what the horizon's end makes of it."""
    names, values = by_year(material.result, split)
    total = np.sum(list(values.values()), axis=0) if values else np.zeros(len(names))
    largest = max(float(np.abs(total).max(initial=0.0)), abs(float(total.sum())))
    text, unit = _amounts(largest, material.currency)
    for years, is_end in _in_years(names):
        columns = [TableColumn(head), *(TableColumn(n, unit, True) for n in names[years])]
        columns += [TableColumn("Total", unit, True)] if is_end else []
        rows = [
            TableRow((labels.get(k, k), *map(text, v[years]), *((text(float(v.sum())),) if is_end else ())))
            for k, v in values.items()
        ]
        gap = [""] * len(names[years])
        whole = (text(float(total.sum())),) if is_end else ()
        rows.append(TableRow(("All cost", *map(text, total[years]), *whole), "total"))
        if is_whole and is_end:
            assert material.result.allocation is not None
            at_end = end_components(material.result.allocation, discounted=False)
            rows += [
                TableRow((part.label, *gap, text(at_end[part.name]))) for part in END_COMPONENTS if at_end[part.name]
            ]
            rows.append(TableRow(("Total cost of ownership", *gap, text(material.result.kpis["tco_usd"])), "total"))
        yield Table(tuple(columns), tuple(rows))


def _power(material: Material) -> Iterator[Block]:
    result, sites = material.result, material.plan.sites
    drawn = result.series("facility_power", "site")
    if not any(v.any() for v in drawn.values()):
        return
    names, _ = by_year(result, {})
    of, nothing = result.time.year_of, np.zeros(result.time.periods)

    highest = max(float(v.max()) for v in drawn.values())
    places = 0 if highest >= 1000 else 1 if highest >= 10 else 2

    def most(values: Floats, years: slice) -> list[str]:
        each = [float(values[of == y].max()) for y in range(len(names))[years]]
        return [plain(round(mw, places), 12) if mw > 0 else DASH for mw in each]

    yield Heading("Power")
    yield Words("Facility power at nameplate, the highest of each plan year, and what each site has in the same year.")
    for years, _ in _in_years(names):
        columns = (TableColumn("Site"), TableColumn(""), *(TableColumn(n, "MW", True) for n in names[years]))
        rows = []
        for site in sites:
            values = drawn.get(site.id, nothing)
            rows.append(TableRow((site.name or site.id, "drawn", *most(values, years))))
            has = result.available_mw((site,))
            limits = ["no limit"] * len(names[years]) if site.power_mw is None else most(has, years)
            rows.append(TableRow(("", "available", *limits), "more"))
        rows.append(TableRow(("All sites", "drawn", *most(np.sum(list(drawn.values()), axis=0), years)), "total"))
        yield Table(columns, tuple(rows))


def _work(material: Material, sources: Sources) -> Iterator[Block]:
    result, plan = material.result, material.plan
    if not plan.workloads:
        return
    demand, served = result.series("demand", "workload"), result.series("served", "workload")
    cost = {**result.kpis["usd_per_pflop_day"], **result.kpis["usd_per_million_tokens"]}
    per = {"PFLOP/s": "PFLOP-day", "tokens/s": "M tokens"}
    rows = []
    for w in plan.workloads:
        covered, unit_cost = result.kpis["coverage"][w.id], cost.get(w.id)
        price = DASH if unit_cost is None else f"{money(unit_cost, material.currency)} / {per[w.unit]}"
        means = (plain(float(each[w.id].mean()), 4) for each in (demand, served))
        rows.append(TableRow((w.name or w.id, *means, w.unit, DASH if covered is None else percent(covered), price)))
    yield Heading("Work")
    yield Words("Average rates over the horizon. Unit costs are undiscounted, with overhead, less residual value.")
    rates = [TableColumn(name, is_figure=True) for name in ("Demand", "Served")]
    worth = [TableColumn(name, is_figure=True) for name in ("Coverage", "Unit cost")]
    yield Table((TableColumn("Workload"), *rates, TableColumn("Unit"), *worth), tuple(rows))
    yield from _throughput(material, sources)


def _throughput(material: Material, sources: Sources) -> Iterator[Block]:
    """What each chip in use does for each workload that uses it, and what that figure rests on."""
    result, plan = material.result, material.plan
    used = {k for k, v in result.series("chips", "workload|offer").items() if v.max(initial=0.0) >= LEAST_CHIPS}
    platforms, of = material.names("platforms"), {o.id: o.platform for o in plan.offers}
    rows = []
    for w in plan.workloads:
        pairs = {of[offer]: f"{w.id}|{offer}" for offer in of if f"{w.id}|{offer}" in used}
        for platform, pair in pairs.items():
            found = result.estimates[pair]
            name, source = platforms[platform], sources.mark(found.source, found.as_of)
            if not source and found.source:
                source = sources.cite(found.source, found.as_of, f"throughput of {w.name or w.id} on {name}")
            resting = (short_standing(found), " ".join(filter(None, (source, found.as_of))) or DASH)
            rows.append(TableRow((w.name or w.id, name, plain(result.theta[pair], 4), w.unit, *resting)))
    if rows:
        yield Heading("Throughput behind these results", 2)
        yield Words(
            "Work per chip of every pair that the plan uses: measured, a vendor\u2019s claim, or modelled from the "
            "figures of the chip. The three are never blended. In eight cases of ten the true value lies between the "
            "two multiples that stand beside the basis; where none stand, nobody has measured how far it may be off."
        )
        heads = (
            TableColumn("Workload"),
            TableColumn("Platform"),
            TableColumn("Per chip", is_figure=True),
            TableColumn("Unit"),
            TableColumn("Basis"),
            TableColumn("Source and date"),
        )
        yield Table(heads, tuple(rows))


def _agreements(material: Material) -> Iterator[Block]:
    result, plan = material.result, material.plan
    if not plan.agreements or result.allocation is None:
        return
    names, currency = material.names("agreements"), material.currency
    yield Heading("Agreements")
    yield Words(
        "Take or pay: what each contract year owes as far as it lies in the plan, how much of it is used, and what is "
        "stranded: paid for nothing. Undiscounted, before overhead."
    )
    rows, uses = [], year_uses(result.allocation)
    text, unit = _amounts(max((use.used + use.beyond + use.stranded for use in uses), default=0.0), currency)
    for use in uses:
        amounts = map(text, (use.owed, use.used, use.stranded, use.beyond))
        rows.append(TableRow((names[use.agreement], year_words(use.first, use.months), *amounts)))
    heads = [TableColumn(name, unit, True) for name in ("Owed", "Used", "Stranded", "Spent beyond")]
    if rows:
        yield Table((TableColumn("Agreement"), TableColumn("Contract year"), *heads), tuple(rows))
    signed = zip(plan.agreements, result.allocation.signed, strict=True)
    unsigned = [g.name or g.id for g, is_signed in signed if is_signed < 0.5]
    if unsigned:
        yield Words(f"Not signed in this plan, so nothing is owed: {', '.join(unsigned)}.")
