"""Drawings of money: from components of the cost to workloads, and from what the plan cost to what it costs."""

from __future__ import annotations

from collections import defaultdict

from gigaplan.engine.analysis.waterfall import by_component, parts_of
from gigaplan.engine.optimization.costs import COST_LABELS, END_COMPONENTS
from gigaplan.engine.results.money import end_components
from gigaplan.engine.results.money_flows import cost_flows
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.series_names import PLAN_WIDE
from gigaplan.gui.present.drawing import Drawing, DrawnBand, DrawnBlock
from gigaplan.gui.style.colours import GREY, Look, component_look, looks
from gigaplan.gui.text.number_format import MINUS, money, percent

NODE, GAP = 0.03, 0.012
"""Of the width, what a node takes; of the height, what lies between two."""
MOST = 14
"""More workloads than these are drawn together."""
SMALL = 0.02
"""Of the largest step, a part that is drawn together with others as small."""
OTHERS = "(others)"
NOTHING_PAID = "Nothing costs anything yet."
NO_CHANGE = "The plan costs what it cost when it was opened: change something, and what moves shows here."
LABELS = COST_LABELS | {part.name: part.label for part in END_COMPONENTS}


def sankey(result: Result, _first: Result | None, _chosen: dict[str, str]) -> Drawing:
    """What each component of the cost is paid for: bands from components to workloads, as thick as the money."""
    assert result.allocation is not None
    plan, currency, last = result.plan, result.plan.settings.currency, result.time.periods - 1
    every = cost_flows(result.allocation)
    flows = {key: usd for key, usd in every.items() if usd > 0}
    if not flows:
        return Drawing("", (0, 1), (0, 1), empty=NOTHING_PAID)
    names = {w.id: w.name or w.id for w in plan.workloads} | {PLAN_WIDE: "No workload"}
    flows = _largest(flows)
    names[OTHERS] = f"{len({w for _, w in every}) - MOST + 1} more workloads"
    sources, sinks = _sums(flows, 0), _sums(flows, 1)
    total = sum(flows.values())
    scale = (1 - GAP * (max(len(sources), len(sinks)) - 1)) / total
    lefts, rights = _stacked(sources, scale), _stacked(sinks, scale)
    colours = looks(plan, "workload")
    blocks = [
        _node(key, LABELS.get(key, key), usd, total, currency, 0.0, lefts[key], (component_look(key).colour, key), last)
        for key, usd in sources.items()
    ]
    for key, usd in sinks.items():
        colour = colours[key].colour if key in colours else GREY
        blocks.append(_node(key, names[key], usd, total, currency, 1 - NODE, rights[key], (colour, ""), last))
    at, to = {key: top for key, (_, top) in lefts.items()}, {key: top for key, (_, top) in rights.items()}
    bands = []
    for source in sources:
        for sink in (sink for sink in sinks if (source, sink) in flows):
            usd = flows[(source, sink)]
            thick = usd * scale
            begin, end = (NODE, at[source] - thick, at[source]), (1 - NODE, to[sink] - thick, to[sink])
            at[source], to[sink] = begin[1], end[1]
            words = f"{LABELS.get(source, source)} for {names[sink]}: {money(usd, currency, 4)}"
            row = ("workloads", sink) if sink in colours else None
            tip = f"{words}\n{percent(usd / total)} of the cost within the horizon"
            asks = ("cost", "workload", sink) if row else ("cost", "component", source)
            bands.append(DrawnBand(begin, end, component_look(source).colour, tip, row, asks, (0, last)))
    after = sum(end_components(result.allocation, discounted=False).values())
    note = f"Within the horizon. What its end adds and takes off: {_signed(after, currency)}; total cost "
    note += f"{money(result.kpis['tco_usd'], currency, 4)}."
    if len(every) > len(flows) and any(usd < 0 for usd in every.values()):
        note += " What is paid back is not drawn."
    table = (("Component", "Workload", f"Cost [{currency}]"),
             *((LABELS.get(c, c), names[w], usd) for (c, w), usd in flows.items()))  # fmt: skip
    caption = f"{money(total, currency, 4)} within the horizon"
    return Drawing(caption, (0, 1), (0, 1), tuple(blocks), tuple(bands), currency=currency, note=note, table=table)


def _largest(flows: dict[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    """The flows with those of the smallest workloads together."""
    sinks = _sums(flows, 1)
    kept = set(list(sinks)[: MOST - 1]) if len(sinks) > MOST else set(sinks)
    found: dict[tuple[str, str], float] = defaultdict(float)
    for (source, sink), usd in flows.items():
        found[(source, sink if sink in kept else OTHERS)] += usd
    return dict(found)


def _sums(flows: dict[tuple[str, str], float], end: int) -> dict[str, float]:
    """What flows through each node at one end, the largest first."""
    found: dict[str, float] = defaultdict(float)
    for key, usd in flows.items():
        found[key[end]] += usd
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _stacked(sums: dict[str, float], scale: float) -> dict[str, tuple[float, float]]:
    """Low and high of each node, from the top, `scale` for each USD."""
    at, found = 1.0, {}
    for key, usd in sums.items():
        found[key] = (at - usd * scale, at)
        at -= usd * scale + GAP
    return found


def _node(
    key: str, label: str, usd: float, total: float, currency: str, left: float, ends: tuple[float, float],
    look: tuple[str, str], last: int,
) -> DrawnBlock:  # fmt: skip
    colour, component = look
    tip = f"{label}\n{money(usd, currency, 4)}, {percent(usd / total)} of the cost within the horizon"
    asks = ("cost", "component", key) if component else ("cost", "workload", key)
    is_row = not component and key not in (OTHERS, PLAN_WIDE)
    hatch = component_look(component).hatch if component else -1
    return DrawnBlock(
        label, money(usd, currency), left, left + NODE, *ends, colour, hatch, tip,
        ("workloads", key) if is_row else None, asks if component or is_row else ("", "", ""), (0, last),
        "right" if component else "left",
    )  # fmt: skip


def _signed(usd: float, currency: str, digits: int = 4) -> str:
    return f"{MINUS if usd < 0 else '+'}{money(abs(usd), currency, digits)}"


def change(result: Result, first: Result | None, chosen: dict[str, str]) -> Drawing:
    """From the total cost of the plan as it was opened to what it is now, or in the scenario that is shown: a step for
    each component."""
    currency = result.plan.settings.currency
    if first is None or first.plan.settings.currency != currency:
        return Drawing("", (0, 1), (0, 1), empty=NO_CHANGE)
    before, after = first.kpis["tco_usd"], result.kpis["tco_usd"]
    least = 1e-9 * max(abs(before), abs(after), 1.0)
    steps = [(step.key, step.value) for step in by_component(first, result) if abs(step.value) > least]
    most = max((abs(value) for _, value in steps), default=0.0)
    small = [value for _, value in steps if abs(value) < SMALL * most]
    if len(small) > 1:
        steps = [*((key, value) for key, value in steps if abs(value) >= SMALL * most), (OTHERS, sum(small))]
    if not steps:
        return Drawing("", (0, 1), (0, 1), empty=NO_CHANGE)
    last = result.time.periods - 1
    bars: list[tuple[str, float, float, str, int, str]] = [("As opened", 0.0, before, "muted", -1, "")]
    at = before
    names = LABELS | {OTHERS: "Smaller steps"}
    for key, value in steps:
        look = component_look(key) if key in COST_LABELS else Look()
        bars.append((names.get(key, key), at, at + value, look.colour, look.hatch, key))
        at += value
    scenario = chosen.get("scenario", "")
    bars.append((scenario or "Now", 0.0, after, "accent", -1, ""))
    blocks = []
    known = parts_of(result)
    for k, (label, begin, end, colour, hatch, key) in enumerate(bars):
        figure = _signed(end - begin, currency, 3) if key else money(end, currency)
        tip = f"{label}\n{_signed(end - begin, currency) if key else money(end, currency, 6)}"
        if key in known:
            tip += f", now {money(known[key], currency, 4)}"
        asks = ("cost", "component", key) if key in COST_LABELS else ("", "", "")
        blocks.append(
            DrawnBlock(label, figure, min(begin, end), max(begin, end), -k - 0.82, -k - 0.18, colour, hatch, tip, None,
                       asks, (0, last), "row")
        )  # fmt: skip
    low, high = min(0.0, *(b.left for b in blocks)), max(0.0, *(b.right for b in blocks))
    floor = _floor(blocks, high)
    table = (("Step", f"Cost [{currency}]"), *((label, end - begin) for label, begin, end, *_ in bars))
    note = "The axis does not begin at zero." if floor > 0 else ""
    since = "from the plan as opened" if scenario else "since the plan was opened"
    caption = f"{_signed(after - before, currency)} {since}"
    return Drawing(
        caption, (floor or low, high), (-len(bars), 0.0), tuple(blocks), across_unit="USD", currency=currency,
        note=note, table=table,
    )  # fmt: skip


def _floor(blocks: list[DrawnBlock], high: float) -> float:
    """Where the axis begins: above zero where all steps are small beside the totals."""
    lows = [block.left for block in blocks[1:-1]]
    spread = high - min(lows, default=0.0)
    return max(0.0, high - 2 * spread) if min(lows, default=0.0) > 0 and spread < 0.3 * high else 0.0
