"""What a card of the plan map says, made of the plan and the figures of one period."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from gigaplan.engine.catalogue.new_rows import ASSUMED
from gigaplan.engine.plan.fields import Growth, Series, Steps
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.schema import Offer, Platform, Service, Site, Workload
from gigaplan.engine.plan.timeline import Timeline, is_month
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.text import number_format
from gigaplan.gui.text.number_format import THIN, megawatts, money, percent, plain, power, rate, with_cents
from gigaplan.gui.views.canvas.folding import Fold
from gigaplan.gui.views.canvas.picture import Floats, Key, MapPicture, Wire
from gigaplan.gui.widgets.texts import escape

FULL = 0.995
"""A site that draws this much of its power is full."""
SERVED = 0.9995
"""Work served to this fraction is served: the rest is rounding."""
LISTED = 12
"""Of so many rows that a line stands for, the names are told."""
PERIOD_WORDS = {1: "mo", 3: "qtr", 12: "yr"}


@dataclass(frozen=True)
class CardText:
    """Everything that a card shows."""

    name: str
    details: tuple[str, ...] = ()
    """The second line: as many of these as there is room for, the weightiest first."""
    note: str = ""
    """At the right of the name."""
    note_unit: str = ""
    """Follows the note, muted."""
    warns: bool = False
    """Whether the note is a warning."""
    is_bought: bool = False
    """Whether it carries the colour of services, which have no vendor."""
    vendor: str = ""
    """Whose colour the card carries."""
    used: float | None = None
    """How full the bar is, 0..1; None is no bar."""
    pill: str = ""
    is_pill_dim: bool = False
    """Whether the pill says that its figure is not known yet."""
    differs: int = 0
    """From which character on its name is another than those of its twins."""
    badge: str = ""
    """`error` or `warning` where there are problems with the row."""
    problems: tuple[str, ...] = ()
    """What they are, a sentence each."""
    tip: str = ""


class CardFigures(NamedTuple):
    """All that a card says of a result in one period; NaN where nothing is known."""

    amount: float = math.nan
    """Chips of an offer, work of a service on average, MW drawn at a site."""
    share: float = math.nan
    """What is served of the demand of a workload, or taken of what an offer or a service has, 0..1."""
    worth: float = math.nan
    """What one more chip of an offer, or one more MW of a site, is worth, USD discounted per period."""
    integers_fixed: bool = False
    """Whether `worth` holds only for the ports and agreements as they were decided."""
    costs: float = 0.0
    """What one less of it costs where one more alone saves nothing; infinite where there can be no less."""
    contracted: float = 0.0
    """MW that a site has by power contracts, beside its own."""
    off: float = 0.0
    """Chips of an offer that stand and are switched off."""
    capped: float = 0.0
    """Chips of an offer that run below full power."""
    machine: tuple[str, ...] = ()
    """What a workload that is placed on one machine runs on, and its goodput."""
    buyers: tuple[tuple[str, float], ...] = ()
    """The workloads that buy of a service, and which part of their demand."""


def figures_of(picture: MapPicture | None, key: Key, period: int) -> CardFigures:
    """The figures of a card: while its row and they are the same, it says the same."""
    table, row = key
    if picture is None:
        return CardFigures()
    if table == "workloads":
        return CardFigures(share=_at(picture.served, row, period), machine=picture.machines.get(row, ()))
    if table == "offers":
        chips, bought = _at(picture.chips, row, period), _at(picture.bought, row, period)
        costs = _at(picture.joint, key, period, 0.0)
        off, capped = (_at(values, row, period, 0.0) for values in (picture.off, picture.capped))
        worth = _at(picture.chip_worth, row, period)
        return CardFigures(chips, bought, worth, costs=costs, off=off, capped=capped)
    if table == "services":
        buys = [wire for wire in picture.rates if wire.end == row]
        rate = sum((_at(picture.rates, wire, period, 0.0) for wire in buys), 0.0)
        parts = tuple((wire.start, _at(picture.flows, wire, period, 0.0)) for wire in buys)
        return CardFigures(rate, _at(picture.taken, row, period), buyers=tuple(p for p in parts if p[1] > 0))
    drawn, worth = _at(picture.drawn_mw, row, period, 0.0), _at(picture.worth, row, period)
    costs = _at(picture.joint, key, period, 0.0)
    fixed, contracted = picture.solution.integers_fixed, _at(picture.contracted_mw, row, period, 0.0)
    return CardFigures(amount=drawn, worth=worth, integers_fixed=fixed, costs=costs, contracted=contracted)


def value_at(time: Timeline, series: Series | None, period: int, opening: bool = False) -> float:
    """The value of a series in a period; infinite for none, NaN where a list is too short."""
    if isinstance(series, Growth | Steps):
        return float((time.opening(series) if opening else time.values(series))[period])
    if isinstance(series, tuple):
        return series[period] if period < len(series) else math.nan
    return math.inf if series is None else float(series)


def months(value: float) -> str:
    """A length of time: 3 y, 18 mo."""
    return f"{plain(value / 12)}{THIN}y" if value >= 12 and value % 12 == 0 else f"{plain(value)}{THIN}mo"


def workload_text(work: Workload, time: Timeline, period: int, picture: MapPicture | None) -> CardText:
    """What the card of a workload says in a period."""
    asked = value_at(time, work.demand, period)
    parts = ["flexible"] if work.flexible else []
    parts.append(rate(asked, work.unit) if asked > 0 else _pause(work, time, period))
    if work.max_token_latency_ms is not None:
        parts.append(f"≤ {plain(work.max_token_latency_ms)}{THIN}ms / token")
    if work.jurisdictions:
        parts.append(f"stays in {', '.join(work.jurisdictions)}")
    if work.peak_factor > 1:
        parts.append(f"peak {plain(work.peak_factor)}×")
    if work.accepts_interruptible:
        parts.append("interruptible")
    figures = figures_of(picture, ("workloads", work.id), period)
    share = figures.share
    parts[:0] = figures.machine
    short_of = share < SERVED
    tip = [f"<b>{escape(row_name(work))}</b>", escape(" · ".join(parts))]
    if math.isfinite(share):
        over = "over the horizon" if work.flexible else f"in {time.labels[period]}"
        tip.append(f"{percent(share)} served {over}")
    return CardText(
        name=row_name(work),
        details=tuple(parts),
        note=percent(share, 2) if short_of else "",
        note_unit=" served" if short_of else "",
        warns=short_of,
        used=min(share, 1.0) if math.isfinite(share) else None,
        tip="<br>".join(tip),
    )


def _pause(work: Workload, time: Timeline, period: int) -> str:
    """Why there is no demand now: it begins later, is over, or is not known."""
    later = (t for t in range(period + 1, time.periods) if value_at(time, work.demand, t) > 0)
    begins = next(later, None)
    if begins is not None:
        return f"from {time.labels[begins]}"
    return "ended" if any(value_at(time, work.demand, t) > 0 for t in range(period)) else "no demand"


def offer_text(
    offer: Offer, platform: Platform | None, time: Timeline, period: int, picture: MapPicture | None, currency: str
) -> CardText:
    """What the card of an offer says in a period."""
    price = value_at(time, offer.price_usd, period, opening=True)
    if offer.kind == "purchase":
        parts = ["own", f"{money(price, currency)}/chip"]
    else:
        term = "on demand" if offer.term_months is None else months(offer.term_months)
        parts = [offer.provider, term, f"{with_cents(price, currency)}/h"]
    if ASSUMED in offer.source:
        parts[-1] += ", assumed"
    if offer.available_from and is_month(offer.available_from) and time.index(offer.available_from) > period:
        parts[-1:] = [f"from {_label(time, offer.available_from)}"]
    figures = figures_of(picture, ("offers", offer.id), period)
    chips, bought, worth, costs = figures.amount, figures.share, figures.worth, figures.costs
    parts[:0] = _modes(figures)
    tip = [f"<b>{escape(row_name(offer))}</b>", escape(" · ".join(parts))]
    chip = f"{row_name(platform)}, {platform.vendor}" if platform else f"There is no platform called {offer.platform}"
    tip.append(escape(chip))
    if math.isfinite(chips):
        tip.append(f"{number_format.chips(chips)} chips installed in {time.labels[period]}")
    if math.isfinite(bought):
        limit = time.months * value_at(time, offer.supply_chips_per_month, period)
        there = f"{number_format.chips(limit)} chips" if math.isfinite(limit) else "chips"
        tip.append(f"{percent(bought)} of the {there} on offer in {time.labels[period]} are taken")
    if worth >= 0.5:
        gain = f"{money(worth, currency, 2)} / {PERIOD_WORDS.get(time.months, f'{time.months} mo')}"
        parts.insert(0, f"+1{THIN}chip = {gain}")
        tip.append(f"The supply binds: one more chip is worth {escape(gain)} (discounted)")
    elif costs >= 0.5:
        tip.append(f"The supply binds, but not alone: one more chip saves nothing{_less('chip', costs, currency)}")
    if figures.off >= number_format.LEAST_CHIPS:
        tip.append(f"{number_format.chips(figures.off)} of them are switched off: they draw nothing")
    if figures.capped >= number_format.LEAST_CHIPS:
        caps = ", ".join(f"{percent(cap.power)}" for cap in platform.power_caps) if platform else ""
        tip.append(f"{number_format.chips(figures.capped)} of them run at a power cap ({caps} of full power)")
    return CardText(
        name=row_name(offer),
        details=tuple(parts),
        note=number_format.short_chips(chips) if chips >= number_format.LEAST_CHIPS else "",
        warns=bought >= FULL,
        vendor=platform.vendor if platform else "",
        used=min(bought, 1.0) if math.isfinite(bought) else None,
        tip="<br>".join(tip),
    )


def _modes(figures: CardFigures) -> list[str]:
    """How many chips are switched off, and how many run at a power cap."""
    found = ((figures.off, "off"), (figures.capped, "capped"))
    least = number_format.LEAST_CHIPS
    return [f"{number_format.short_chips(chips)} {word}" for chips, word in found if chips >= least]


def site_text(site: Site, time: Timeline, period: int, picture: MapPicture | None, currency: str) -> CardText:
    """What the card of a site says in a period."""
    figures = figures_of(picture, ("sites", site.id), period)
    drawn, worth, integers_fixed = figures.amount, figures.worth, figures.integers_fixed
    costs, contracted = figures.costs, figures.contracted
    limit = value_at(time, site.power_mw, period) + contracted
    share = drawn / limit if 0 < limit < math.inf else None
    full = share is not None and share >= FULL
    number, unit = megawatts(drawn), f"{THIN}MW"
    if math.isfinite(limit):
        unit = f" / {megawatts(limit)}{THIN}MW"
    price = money(value_at(time, site.electricity_usd_per_mwh, period), currency)
    parts = [site.jurisdiction, f"PUE {plain(site.pue)}", f"{price}/MWh"]
    if contracted > 0:
        parts.insert(1, f"{megawatts(contracted)}{THIN}MW by contract")
    pill = ""
    drawn_then = f"{number}{unit} in {time.labels[period]}"
    tip = [f"<b>{escape(row_name(site))}</b>", escape(" · ".join(parts)), escape(drawn_then)]
    if worth >= 0.5:
        word = PERIOD_WORDS.get(time.months, f"{time.months} mo")
        pill = f"+1{THIN}MW = {money(worth, currency, 2)} / {word}"
        fixed = ", with ports and agreements as decided" if integers_fixed else ""
        tip.append(
            f"The power limit binds: one more MW in {time.labels[period]} is worth "
            f"{money(worth, currency)} (discounted{fixed})"
        )
    elif costs >= 0.5:
        tip.append(f"The power limit binds, but not alone: one more MW saves nothing{_less('MW', costs, currency)}")
    is_open = full and math.isnan(worth)
    if is_open:
        pill = f"+1{THIN}MW = …"
        tip.append("What one more MW is worth is being computed")
    return CardText(
        name=row_name(site),
        details=tuple(parts),
        note=number,
        note_unit=unit,
        warns=full,
        used=None if share is None or math.isnan(share) else min(share, 1.0),
        pill=pill,
        is_pill_dim=is_open,
        tip="<br>".join(tip),
    )


def service_text(
    service: Service, time: Timeline, period: int, picture: MapPicture | None, currency: str, names: Mapping[str, str]
) -> CardText:
    """What the card of a service says in a period: its price, whom it serves, and how much of its limit is taken."""
    figures = figures_of(picture, ("services", service.id), period)
    price = with_cents(value_at(time, service.price_usd, period), currency)
    per = "M tok" if service.unit == "tokens/s" else "PFLOP-day"
    users = [names.get(work, work) for work, _ in figures.buyers]
    able = "any work" if service.workloads == "*" else ", ".join(names.get(w, w) for w in service.workloads)
    parts = [f"{price}/{per}", f"for {', '.join(users) or able or 'no work'}", service.provider]
    if ASSUMED in service.source:
        parts[0] += ", assumed"
    if service.available_from and is_month(service.available_from) and time.index(service.available_from) > period:
        parts.insert(0, f"from {_label(time, service.available_from)}")
    if service.jurisdiction:
        parts.append(service.jurisdiction)
    tip = [f"<b>{escape(row_name(service))}</b>", escape(" · ".join(parts))]
    for work, part in figures.buyers:
        tip.append(escape(f"{names.get(work, work)}: {percent(part, 2)} of its work in {time.labels[period]}"))
    if math.isfinite(figures.share):
        limit = rate(value_at(time, service.limit, period), service.unit)
        tip.append(f"{percent(figures.share, 2)} of the limit of {limit} is taken at the peak")
    number, unit = rate(figures.amount, service.unit).rsplit(THIN, 1) if figures.amount > 0 else ("", "")
    return CardText(
        name=row_name(service),
        details=tuple(filter(None, parts)),
        note=number,
        note_unit=f"{THIN}{unit}" if unit else "",
        warns=figures.share >= FULL,
        is_bought=True,
        used=min(figures.share, 1.0) if math.isfinite(figures.share) else None,
        tip="<br>".join(tip),
    )


def _less(unit: str, costs: float, currency: str) -> str:
    """What one less costs, after what one more saves."""
    return f", one {unit} less costs {money(costs, currency)} (discounted)" if math.isfinite(costs) else ""


def text_of(
    row: Workload | Offer | Service | Site,
    platform: Platform | None,
    picture: MapPicture | None,
    shared: tuple[Timeline, int, str],
    problems: Sequence[Problem],
    names: Mapping[str, str],
) -> CardText:
    """What the card of a row says, with its problems; time, period and currency are `shared` by all cards, `names`
    those of workloads."""
    time, period, currency = shared
    if isinstance(row, Workload):
        text = workload_text(row, time, period, picture)
    elif isinstance(row, Offer):
        text = offer_text(row, platform, time, period, picture, currency)
    elif isinstance(row, Service):
        text = service_text(row, time, period, picture, currency, names)
    else:
        text = site_text(row, time, period, picture, currency)
    return with_problems(text, problems) if problems else text


def with_problems(text: CardText, problems: Sequence[Problem]) -> CardText:
    """What a card says with the problems of its row: a badge, and the words in the tooltip."""
    badge = "error" if any(p.severity == "error" for p in problems) else "warning"
    words = [escape(f"{p.text}. {p.remedy}".strip()) for p in problems]
    return replace(
        text, badge=badge, problems=tuple(f"{p.text}." for p in problems), tip="<br>".join([text.tip, *words])
    )


def vendor_of_line(plan: Plan, fold: Fold) -> str:
    """The vendor of all offers that a line stands for; empty where they have several, or it stands for other rows."""
    rows = set(fold.rows) if fold.table == "offers" else set()
    used = {offer.platform for offer in plan.offers if offer.id in rows}
    vendors = {platform.vendor for platform in plan.platforms if platform.id in used}
    return vendors.pop() if len(vendors) == 1 else ""


def fold_text(plan: Plan, fold: Fold, picture: MapPicture | None, period: int) -> CardText:
    """What the line says that stands for several rows: how many, and what they have together in a period."""
    rows = set(fold.rows)
    names = [row_name(row) for row in getattr(plan, fold.table) if row.id in rows]
    series = {} if picture is None else {"offers": picture.chips, "sites": picture.drawn_mw}.get(fold.table, {})
    amount = sum(_at(series, row, period, 0.0) for row in fold.rows)
    note, unit = "", ""
    if fold.table == "offers" and amount >= number_format.LEAST_CHIPS:
        note = number_format.short_chips(amount)
    elif fold.table == "sites" and amount > 0:
        note, unit = megawatts(amount), f"{THIN}MW"
    listed = [*names[:LISTED], f"and {len(names) - LISTED} more"] if len(names) > LISTED + 1 else names
    tip = "<br>".join([f"<b>{escape(fold.name)}</b>", *map(escape, listed), "Click for the list"])
    vendor = vendor_of_line(plan, fold)
    return CardText(fold.name, (", ".join(names[:3]),), note, unit, vendor=vendor, tip=tip)


def spoken(table: str, text: CardText) -> tuple[str, str]:
    """A card for those who hear it: its name with what it is, and its state: figures, what binds, problems."""
    note = f"{text.note}{text.note_unit}"
    figures = {"offers": f"{note} chips" if note else "", "sites": f"{note} used" if note else ""}.get(table, note)
    if text.used is not None and table == "sites":
        figures += f" ({percent(text.used, 2)})"
    if text.used is not None and table in ("offers", "services"):
        of = "supply" if table == "offers" else "limit"
        figures += f", {percent(text.used, 2)} of the {of} taken"
    state = [figures, "full" if table == "sites" and text.warns else "", *text.details, text.pill, *text.problems]
    return f"{text.name}, {table[:-1]}", ", ".join(filter(None, state)).replace(THIN, " ")


def wire_text(
    plan: Plan, wire: Wire, value: float, time: Timeline, period: int, lines: Mapping[Key, str] | None = None
) -> str:
    """The quantity of a wire: Chat serving, EU → B200 · reserved: 12 400 chips, 2027 Q3.

    `lines` are the names of what stands for several rows.
    """
    tables = ("workloads", "offers", "services", "sites")
    names = {(table, row.id): row_name(row) for table in tables for row in getattr(plan, table)} | dict(lines or {})
    ends = f"{names.get(wire.start_key, wire.start)} → {names.get(wire.end_key, wire.end)}"
    if value <= 0:
        return f"{ends}: allowed, not used in {time.labels[period]}"
    if wire.kind == "buy":
        return f"{ends}: {percent(value, 2)} of its work, {time.labels[period]}"
    amount = f"{number_format.chips(value)} chips" if wire.kind == "use" else power(value)
    return f"{ends}: {amount}, {time.labels[period]}"


def refusal_words(plan: Plan, work: Workload, offer: Offer | Service) -> str:
    """Why an offer can serve a workload at no site, or a service cannot, in words; empty where it can."""
    if isinstance(offer, Service):
        from gigaplan.engine.optimization.arrays import service_refusal

        why = service_refusal(work, offer)
        return f"{row_name(work)} cannot use it: {why}" if why else ""
    # The roofline is imported only when somebody asks.
    from gigaplan.engine.plan.throughput import refusal, throughput

    platform = next((p for p in plan.platforms if p.id == offer.platform), None)
    sites = [s for s in plan.sites if offer.sites == "*" or s.id in offer.sites]
    if platform is None or not sites:
        return f"{row_name(offer)} has no platform" if platform is None else f"{row_name(offer)} is offered at no site"
    theta = throughput(plan)[plan.workloads.index(work), plan.platforms.index(platform)]
    reasons = [refusal(work, offer, site, platform, float(theta)) for site in sites]
    return "" if None in reasons else f"{row_name(work)} cannot use it: {reasons[0]}"


def _label(time: Timeline, date: str) -> str:
    period = time.index(date)
    return time.labels[period] if period < time.periods else date


def _at(values: Mapping[Any, Floats], key: Any, period: int, missing: float = math.nan) -> float:
    found = values.get(key)
    value = float(found[period]) if found is not None and period < len(found) else missing
    return math.nan if math.isnan(value) else value  # the one NaN: figures that hold it are then equal
