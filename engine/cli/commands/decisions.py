"""The commands about decisions before anyone knows: hedge, held, loss, frontier, alternatives and flip."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gigaplan.engine.cli.commands.common import (
    DONE,
    NO_PLAN,
    CommandRefused,
    add_cluster,
    add_file,
    add_jobs,
    add_output,
    add_seed,
    check_output,
    read_plan,
    steady,
    tell,
    whole_number,
    write_output,
)
from gigaplan.engine.plan.text import plain_figure
from gigaplan.engine.results.status import STATUS

if TYPE_CHECKING:
    from gigaplan.engine.analysis.decisions.choice import Leaving
    from gigaplan.engine.analysis.decisions.exits import Exit
    from gigaplan.engine.analysis.decisions.joint_program import Risk
    from gigaplan.engine.analysis.decisions.two_stage import Hedge, InWorld
    from gigaplan.engine.analysis.decisions.worlds import Name, World
    from gigaplan.engine.analysis.uncertainty import Spread
    from gigaplan.engine.plan.plan import Plan
    from gigaplan.engine.results.result import Result

MOST_POINTS = 200
COUNT = whole_number("a whole number, 0 or more", 10**9 - 1)
HELD = "What is signed, ported, contracted and placed is held as it is best in the middle of the range."
INTEGERS = {"signed": "signed", "ported": "ported", "contracted": "contracts", "placed": "placed"}
"""The blocks of decisions by 0 and 1, and what answers call them."""


def add_commands(commands: Any) -> None:
    """Adds `hedge`, `held`, `loss`, `frontier`, `alternatives` and `flip` to the sub-parsers of the command line."""
    hedge = commands.add_parser("hedge", help="find what to sign now, when it is not known which world comes")
    _add_worlds(hedge)
    hedge.add_argument("--waiting", action="store_true", help="also where it is known one, two, four quarters later")
    hedge.add_argument("--candidates", action="store_true", help="also each world's own plan, held in all of them")
    words = "also what it is worth that an agreement may be left in a month, for a fee in USD"
    hedge.add_argument("--exit", action="append", default=[], metavar="AGREEMENT:YYYY-MM:FEE", help=words)
    hedge.set_defaults(run=_hedge)
    held = commands.add_parser(
        "held",
        help="say what a plan comes to in other worlds, its decisions held",
        description="Say what a plan comes to in other worlds. With --decide what it orders before that month is held, "
        "and what it signs, contracts, ports and places; without it, all that it delivers as well: thousands of draws "
        "then take no longer than a few, as most follow from the solutions of others.",
    )
    _add_worlds(held, decide=False)
    held.add_argument("--of", required=True, metavar="ID|hedge", help="whose plan: base, a scenario, or the hedge")
    words = "of draws without --decide: also how likely less than this part of the work is served (1)"
    held.add_argument("--below", type=_share, default=1.0, metavar="PART", help=words)
    held.set_defaults(run=_held)
    loss = commands.add_parser("loss", help="say what is still served when a vendor, site or agreement is gone")
    add_file(loss)
    loss.add_argument("--from", dest="start", metavar="YYYY-MM", help="the month from which it is gone (the start)")
    loss.add_argument("--months", type=_months, metavar="N", help="for how long (for good)")
    loss.add_argument("--dimension", action="append", metavar="NAME", help="vendor, provider, stack, ... (all)")
    loss.add_argument("--together", type=int, choices=(1, 2), default=1, help="lose one at a time, or each two (1)")
    _add_format(loss)
    loss.set_defaults(run=_loss)
    frontier = commands.add_parser("frontier", help="show the least cost as a limit gets stricter")
    add_file(frontier)
    aims = "carbon, coverage, power, hhi, commitment, cvar, vendor, provider, ... (carbon)"
    frontier.add_argument("--of", default="carbon", metavar="AIM", help=aims)
    frontier.add_argument("--points", type=COUNT, default=11, metavar="N", help="the number of plans (11)")
    frontier.add_argument("--decide", metavar="YYYY-MM", help="for cvar: what is ordered before it is decided now")
    _add_which(frontier)
    frontier.add_argument("--alpha", type=_alpha, default=0.95, help="for cvar: of the worst 1 - alpha (0.95)")
    _add_format(frontier)
    frontier.set_defaults(run=_frontier)
    alternatives = commands.add_parser("alternatives", help="find plans that cost nearly as little and differ most")
    add_file(alternatives)
    alternatives.add_argument("--within", type=_fraction, default=0.03, metavar="FRACTION", help="of the cost (0.03)")
    _add_format(alternatives)
    alternatives.set_defaults(run=_alternatives)
    flip = commands.add_parser(
        "flip",
        help="find the values of an input at which another plan becomes best",
        description="Find the values of an input at which another plan becomes best. Of a large plan, its yes or no "
        "decisions are held as they are best in the middle of the range, and the cost is told to within a "
        "ten-thousandth.",
    )
    add_file(flip)
    flip.add_argument("input", metavar="TABLE.ROW.FIELD", help="such as offers.h200.price_usd or plan.discount_rate")
    flip.add_argument("low", type=_number)
    flip.add_argument("high", type=_number)
    _add_format(flip)
    flip.set_defaults(run=_flip)


def _add_worlds(parser: argparse.ArgumentParser, decide: bool = True) -> None:
    add_file(parser)
    words = "what is ordered before it is decided now" + ("" if decide else " (all)")
    parser.add_argument("--decide", required=decide, metavar="YYYY-MM", help=words)
    _add_which(parser)
    parser.add_argument("--cvar", type=_risk, metavar="LAMBDA,ALPHA", help="how much the worst cases count (0,0.95)")
    _add_format(parser)


def _add_which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--worlds", metavar="ID,ID,...", help="scenarios, or base (all of them)")
    parser.add_argument("--draws", type=COUNT, metavar="N", help="draw N worlds from the uncertain inputs instead")
    add_seed(parser)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=("table", "json"), default="table")
    add_cluster(parser)
    add_jobs(parser)
    add_output(parser, required=False)


def _months(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1200:
        raise argparse.ArgumentTypeError("must be a number of months, 1 to 1200")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e15:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number that can be used")
    return value


def _fraction(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be a fraction of the cost, 0 to 1")
    return value


def _share(text: str) -> float:
    value = _number(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be a part of the work, 0 to 1")
    return value


def _alpha(text: str) -> float:
    value = _number(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("must be 0 or more, and below 1")
    return value


def _risk(text: str) -> tuple[float, float]:
    parts = [_number(part) for part in text.split(",")]
    if len(parts) != 2 or not 0 <= parts[0] <= 1 or not 0 <= parts[1] < 1:
        raise argparse.ArgumentTypeError("must be LAMBDA,ALPHA: 0 to 1, and 0 to below 1")
    return parts[0], parts[1]


def _hedge(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.decisions.choice import candidates, least_regret, leaving
    from gigaplan.engine.analysis.decisions.exits import check_exits
    from gigaplan.engine.analysis.decisions.two_stage import hedge, own_optima, waiting

    check_output(options)
    plan, worlds, months, risk = _given(options)
    exits = [_exit(text) for text in options.exit]
    for one in exits:
        check_exits(plan, (one,))
    known = own_optima(worlds, options.jobs, lambda part, what: _say(0.4 * part, what))
    found = known.without_plan or hedge(known, months, risk=risk, mean=_mean(plan, worlds, options), progress=_say)
    if found.status != "optimal":
        return _no_plan(options, found)
    answer, lines = _hedge_json(found), _hedge_lines(plan, found)
    if options.candidates:
        each = candidates(known, found, months, options.jobs, _say)
        best = least_regret(each)
        answer["candidates"] = [
            {
                "id": c.id,
                "expected_usd": c.expected_usd,
                "worst_regret_usd": c.worst_regret_usd,
                "worlds": [_world_json(w) for w in c.worlds],
            }
            for c in each
        ]
        answer["least_worst_regret"] = None if best is None else best.id
        lines += ["", f"{'Plan, held in every world':<34}{'Expected cost':>22}{'Largest regret':>22}"]
        lines += [f"  {c.id:<32}{_money(c.expected_usd):>22}{_money(c.worst_regret_usd):>22}" for c in each]
    if options.waiting:
        later = waiting(known, months, risk=risk, jobs=options.jobs, progress=_say)
        answer["waiting"] = [{"months": m, "status": h.status, "expected_usd": h.expected_usd} for m, h in later]
        lines += ["", "Expected cost where it is known later which world comes:"]
        lines += [f"  {m:g} months{_money(h.expected_usd):>40}" for m, h in later]
    if exits:
        clauses = [leaving(known, one, months, risk=risk, jobs=options.jobs, progress=_say) for one in exits]
        answer["exits"] = [_exit_json(clause) for clause in clauses]
        lines += ["", f"{'Expected cost with an exit clause':<40}{'Cost':>22}{'Worth of the clause':>22}"]
        for clause in clauses:
            words = f"{clause.exit.agreement} may be left in {clause.exit.date}"
            lines.append(f"  {words:<38}{_money(clause.with_usd):>22}{_money(clause.worth_usd):>22}")
            if clause.left_in:
                lines.append(f"    left in: {', '.join(clause.left_in)}")
    _write(options, answer, lines)
    return DONE


def _exit(text: str) -> Exit:
    """An exit clause as it is given. Raises Refused."""
    from gigaplan.engine.analysis.decisions.exits import Exit

    agreement, _, rest = text.partition(":")
    date, _, fee = rest.partition(":")
    try:
        amount = _number(fee)
    except argparse.ArgumentTypeError as error:
        raise CommandRefused(f"--exit {text!r} is not AGREEMENT:YYYY-MM:FEE: {error}") from None
    return Exit(agreement, _month(date), amount)


def _exit_json(found: Leaving) -> dict[str, Any]:
    return {
        "agreement": found.exit.agreement,
        "date": found.exit.date,
        "fee_usd": found.exit.fee_usd,
        "status": found.status,
        "without_usd": found.without_usd,
        "with_usd": found.with_usd,
        "worth_usd": found.worth_usd,
        "for_nothing_usd": found.free_usd,
        "left_in": found.left_in,
    }


def _held(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.decisions.two_stage import decision_of, hedge, held_in, own_optima
    from gigaplan.engine.analysis.decisions.worlds import BASE, World, WorldProgram, bare
    from gigaplan.engine.analysis.uncertainty import cvar
    from gigaplan.engine.optimization.solver import Solver

    check_output(options)
    if options.decide is None and options.of == "hedge":
        raise CommandRefused("the hedge needs --decide YYYY-MM")
    if options.decide is None and options.draws is not None:
        return _held_draws(options)
    plan, worlds, months, risk = _given(options)
    own = None
    if options.of != "hedge":
        own = WorldProgram.of(World(options.of, 1.0, bare(plan, None if options.of == BASE else options.of)))
    known = own_optima(worlds, options.jobs, lambda part, what: _say(0.5 * part, what))
    if own is None:
        both = hedge(known, months, risk=risk, progress=lambda part, what: _say(0.5 + part / 2, what))
        if both.status != "optimal":
            return _no_plan(options, both)
        decision = both.decision or {}
    else:
        solution = Solver().solve(own.program)
        if solution.status != "optimal":
            tell(f"{options.of} is {solution.status}: there is nothing to hold", file=sys.stderr)
            return STATUS[solution.status].exit_code
        decision = decision_of(own, solution, months)
    own_costs = [each.objective if each.status == "optimal" else None for each in known.owns]
    found = held_in(known.programs, decision, months, own_costs, options.jobs)
    costs = [(w.weight, w.cost_usd) for w in found if w.cost_usd is not None]
    whole = len(costs) == len(found)
    expected = sum(weight * cost for weight, cost in costs) if whole else None
    answer = {
        "status": "optimal" if whole else "infeasible",
        "of": options.of,
        "expected_usd": expected,
        "cvar_usd": cvar(costs, risk.alpha) if whole else None,
        "worlds": [_world_json(w) for w in found],
        "here_and_now": _here_and_now(decision),
        **_signed(decision),
    }
    lines = [
        f"The plan of {options.of}, decided before {options.decide or 'all is known'}, in each world:",
        "",
        *_world_lines(plan, found),
    ]
    _write(options, answer, lines)
    if not whole:
        lost = ", ".join(w.id for w in found if w.cost_usd is None)
        tell(f"No recourse meets every limit in: {lost}.", file=sys.stderr)
    return DONE if whole else NO_PLAN


def _held_draws(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.decisions.held_draws import held_draws
    from gigaplan.engine.analysis.decisions.worlds import BASE

    if options.worlds is not None:
        raise CommandRefused("--worlds and --draws are two ways to say the same: give one")
    plan = read_plan(options.file)
    alpha = 0.95 if options.cvar is None else options.cvar[1]
    found = held_draws(
        plan,
        None if options.of == BASE else options.of,
        options.draws,
        options.seed,
        level=options.below,
        alpha=alpha,
        jobs=options.jobs,
        progress=_say,
    )
    whole, cost = not found.without_plan, found.cost_usd
    answer = {
        "status": "optimal" if whole else "infeasible",
        "of": options.of,
        "draws": found.draws,
        "seed": options.seed,
        "without_plan": found.without_plan,
        "expected_usd": cost.mean if whole and cost is not None else None,
        "alpha": alpha,
        "cvar_usd": found.cvar_usd if whole else None,
        "cost_usd": _spread_json(cost),
        "coverage": {name: _spread_json(each) for name, each in found.coverage.items()},
        "below": {"level": found.level, "chance": found.below},
        "parts": found.parts,
        "solved": found.solved,
        "here_and_now": _here_and_now(found.decision),
        **_signed(found.decision),
    }
    lines = [
        f"The plan of {options.of}, all of it held, in {found.draws:,} draws:",
        "",
        f"{'':<26}{'Mean':>20}{'P5':>20}{'P50':>20}{'P95':>20}",
        f"{f'Cost, {plan.settings.currency}':<26}{_spread_line(cost, _money)}",
        *(f"{f'Served, {name}':<26}{_spread_line(each, _percent)}" for name, each in found.coverage.items()),
        "",
        f"CVaR: mean of the worst {_percent(1 - alpha)} {_money(found.cvar_usd):>20} {plan.settings.currency}",
        "",
        f"How likely less than {_percent(found.level)} of the work is served:",
        *(f"  {name:<24}{_percent(chance):>8}" for name, chance in found.below.items()),
    ]
    _write(options, answer, lines)
    if not whole:
        tell(f"No plan with these decisions meets every limit in {found.without_plan:,} draws.", file=sys.stderr)
    return DONE if whole else NO_PLAN


def _spread_json(found: Spread | None) -> dict[str, float] | None:
    if found is None:
        return None
    names = ("mean", "low", "p05", "p10", "p50", "p90", "p95", "high")
    return {name: getattr(found, name) for name in names}


def _spread_line(found: Spread | None, words: Callable[[float | None], str]) -> str:
    if found is None:
        return f"{'-':>20}"
    return "".join(f"{words(value):>20}" for value in (found.mean, found.p05, found.p50, found.p95))


def _loss(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.decisions.losses import DIMENSIONS, losses

    check_output(options)
    unknown = [name for name in options.dimension or () if name not in DIMENSIONS]
    if unknown:
        raise CommandRefused(f"there is no dimension {unknown[0]!r}; there are {', '.join(DIMENSIONS)}")
    plan = read_plan(options.file)
    result = _solved(plan)
    time = result.time
    start = 0 if options.start is None else time.index(_month(options.start))
    if start >= time.periods:
        raise CommandRefused(f"{options.start} is after the plan's end")
    if options.start is not None and options.start < plan.settings.start:
        raise CommandRefused(f"{options.start} is before the plan's start ({plan.settings.start})")
    periods = None if options.months is None else max(1, round(options.months / time.months))
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    found = losses(
        result.allocation.inputs,
        result.program,
        result.solution,
        dimensions=tuple(options.dimension or DIMENSIONS),
        start=start,
        periods=periods,
        at_once=options.together,
        jobs=options.jobs,
        progress=_say,
    )
    answer = {
        "status": "optimal",
        "objective_usd": result.kpis["objective_usd"],
        "losses": [
            {
                "dimension": loss.dimension,
                "member": loss.member,
                "from": time.dates[loss.start],
                "until": time.dates[loss.until] if loss.until < time.periods else None,
                "status": loss.status,
                "served": loss.served,
                "cost_usd": loss.cost_usd,
            }
            for loss in found
        ],
    }
    lines = [f"{plan.settings.name}: what is served when one of these is gone from {time.labels[start]} on", ""]
    for loss in found:
        worst = min(((v, w) for w, v in loss.served.items() if v is not None), default=(None, ""))
        words = "no plan" if loss.cost_usd is None else f"worst served: {worst[1]} {_percent(worst[0])}"
        lines.append(
            f"{f'{loss.dimension} {loss.member}':<40}{_money(loss.cost_usd):>20} {plan.settings.currency}   {words}"
        )
    _write(options, answer, lines)
    return DONE


def _frontier(options: argparse.Namespace) -> int:
    import msgspec

    from gigaplan.engine.analysis.decisions.frontier import CVAR, frontier, risk_frontier

    check_output(options)
    if options.points > MOST_POINTS:
        raise CommandRefused(f"{options.points} points are more than {MOST_POINTS}")
    if options.of == CVAR:
        if options.decide is None:
            raise CommandRefused("a frontier of cvar needs --decide YYYY-MM")
        plan, worlds, months = _worlds_given(options)
        found = risk_frontier(worlds, months, options.alpha, options.points, jobs=options.jobs, progress=_say)
    else:
        plan = read_plan(options.file)
        found = frontier(plan, options.of, options.points, jobs=options.jobs, progress=_say)
    if found.status != "optimal":
        where = f" in the world {found.world}" if found.world else ""
        raise CommandRefused(f"the plan is {found.status}{where}; `gigaplan explain` says why")
    lines = [f"{plan.settings.name}: the least cost by {found.aim}", ""]
    for point in found.points:
        limit = _percent(point.limit) if found.unit == "fraction" else f"{_money(point.limit)} {found.unit}"
        lines.append(f"{limit:>24}{_money(point.cost_usd):>22} {plan.settings.currency}")
    answer = msgspec.to_builtins(found)
    del answer["world"]
    _write(options, answer, lines)
    return DONE


def _alternatives(options: argparse.Namespace) -> int:
    import msgspec

    from gigaplan.engine.analysis.decisions.alternatives import alternatives, signed_in_all

    check_output(options)
    plan = read_plan(options.file)
    result = _solved(plan)
    assert result.allocation is not None
    assert result.program is not None
    assert result.solution is not None
    found, common = alternatives(
        result.allocation.inputs, result.program, result.solution, options.within, jobs=options.jobs, progress=_say
    )
    time = result.time
    answer: dict[str, Any] = {
        "status": "optimal",
        "within": options.within,
        "plans": [
            {name: value for name, value in msgspec.to_builtins(a).items() if name not in ("overrides", "policies")}
            for a in found
        ],
        "signed": signed_in_all(found),
        "common": [{"offer": c.offer, "site": c.site, "until": time.dates[c.until], "chips": c.chips} for c in common],
    }
    lines = [f"{plan.settings.name}: plans within {_percent(options.within)} of the least cost", ""]
    lines += [f"{a.words:<40}{_money(a.cost_usd):>20} {plan.settings.currency}" for a in found]
    lines += ["", f"All of them sign: {', '.join(answer['signed'])}"] if answer["signed"] else []
    lines += ["", "All of them deliver at least:"] if common else ["", "No order is in all of them."]
    lines += [f"  {c.chips:>12,.0f} chips of {c.offer} at {c.site} by {time.labels[c.until]}" for c in common]
    _write(options, answer, lines)
    return DONE


def _flip(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.decisions.flips import flips

    check_output(options)
    table, *rest = options.input.split(".", 2)
    if len(rest) != (1 if table == "plan" else 2):
        raise CommandRefused(f"{options.input!r} is not TABLE.ROW.FIELD, or plan.FIELD")
    plan = read_plan(options.file)
    row, name = (None, rest[0]) if table == "plan" else (rest[0], rest[1])
    pieces = flips(plan, table, row, name, options.low, options.high, progress=lambda part: _say(part, "the range"))
    breaks = [piece.start for piece in pieces[1:]]
    answer: dict[str, Any] = {
        "breaks": breaks,
        "pieces": [
            {
                "from": p.start,
                "to": p.end,
                "status": p.status,
                "objective_usd_at_from": p.objective_at_start,
                "objective_usd_at_to": p.objective_at_end,
                "platforms": p.platforms,
            }
            for p in pieces
        ],
        "note": HELD if any(p.is_held for p in pieces) else None,
    }
    lines = [f"{options.input} from {options.low:g} to {options.high:g}: {len(breaks)} flips", ""]
    for p in pieces:
        chips = ", ".join(f"{v:,.0f} {k}" for k, v in sorted(p.platforms.items(), key=lambda kv: -kv[1]) if v >= 0.5)
        lines.append(f"{p.start:>14.6g} to {p.end:<14.6g}{_money(p.objective_at_start):>20}   {chips or p.status}")
    lines += ["", answer["note"]] if answer["note"] else []
    _write(options, answer, lines)
    return DONE


def _given(options: argparse.Namespace) -> tuple[Plan, list[World], float, Risk]:
    from gigaplan.engine.analysis.decisions.joint_program import Risk

    return *_worlds_given(options), Risk() if options.cvar is None else Risk(*options.cvar)


def _worlds_given(options: argparse.Namespace) -> tuple[Plan, list[World], float]:
    """The plan, its worlds, and the decision date in months after its start."""
    from gigaplan.engine.analysis.decisions.worlds import drawn, worlds_of
    from gigaplan.engine.plan.timeline import month_number

    plan = read_plan(options.file)
    if options.draws is not None and options.worlds is not None:
        raise CommandRefused("--worlds and --draws are two ways to say the same: give one")
    if options.draws == 0:
        raise CommandRefused("no world is drawn; give --draws a number above 0")
    if options.draws is not None:
        worlds = drawn(plan, options.draws, options.seed)
    else:
        worlds = worlds_of(plan, None if options.worlds is None else options.worlds.split(","))
    if options.decide is None:
        return plan, worlds, float(plan.settings.periods * plan.settings.months_per_period)
    months = month_number(_month(options.decide)) - month_number(plan.settings.start)
    if not 0 <= months <= plan.settings.periods * plan.settings.months_per_period:
        raise CommandRefused(f"--decide {options.decide} is outside the plan, which begins in {plan.settings.start}")
    return plan, worlds, float(months)


def _mean(plan: Plan, worlds: list[World], options: argparse.Namespace) -> World:
    from gigaplan.engine.analysis.decisions.worlds import World, bare, mean_plan
    from gigaplan.engine.plan.scenarios import whole

    if options.draws is not None:
        moved = {(row.table, row.row, row.field) for row in plan.uncertainties}
    else:
        chosen = {world.id for world in worlds}
        moved = {(o.table, o.row, o.field) for s in plan.scenarios if s.id in chosen for o in whole(plan, s).overrides}
    return World("mean inputs", 1.0, mean_plan(bare(plan, None), worlds, sorted(moved, key=str)))


def _month(text: str) -> str:
    from gigaplan.engine.plan.timeline import is_month

    if not is_month(text):
        raise CommandRefused(f"{text!r} is not a month as YYYY-MM")
    return text


def _solved(plan: Plan) -> Result:
    """The optimum of a plan. Raises Refused where it has none."""
    from gigaplan.engine.solve.solve import solve_plan

    _say(0.0, "the plan")
    result = solve_plan(plan)
    if result.status != "optimal":
        raise CommandRefused(f"the plan is {result.status}; `gigaplan explain` says why")
    return result


def _no_plan(options: argparse.Namespace, found: Hedge) -> int:
    if options.format == "json":
        _write(options, _hedge_json(found), [])
    where = f" in the world {found.worlds[0].id}" if found.worlds else ": no decision of now fits every world"
    tell(f"There is no plan{where} ({found.status}).", file=sys.stderr)
    return STATUS[found.status].exit_code


def _hedge_json(found: Hedge) -> dict[str, Any]:
    decision = found.decision or {}
    return {
        "status": found.status,
        "expected_usd": found.expected_usd,
        "cvar_usd": found.cvar_usd,
        "evpi_usd": found.evpi_usd,
        "vss_usd": found.vss_usd,
        **({"vss_text": found.vss_text} if found.vss_text else {}),
        "worlds": [_world_json(w) for w in found.worlds],
        "here_and_now": _here_and_now(decision),
        **_signed(decision),
    }


def _world_json(w: InWorld) -> dict[str, Any]:
    return {
        "id": w.id,
        "weight": w.weight,
        "status": w.status,
        "cost_usd": w.cost_usd,
        "own_optimum_usd": w.own_optimum_usd,
        "regret_usd": w.regret_usd,
        "coverage": w.coverage,
    }


def _here_and_now(decision: dict[Name, float] | Any) -> list[dict[str, Any]]:
    """Deliveries decided now; what is nothing to the solver's tolerance is left out."""
    found = {name: value for name, value in decision.items() if name[0] == "deliveries"}
    dust = 1e-7 * max((abs(value) for value in found.values()), default=0.0)
    rows = []
    for (_, pair, period), value in found.items():
        if value > dust:
            offer, _, site = pair.partition("|")
            rows.append({"offer": offer, "site": site, "period": period, "chips": value})
    return rows


def _signed(decision: Any) -> dict[str, dict[str, int]]:
    """What is signed, ported, contracted and placed now, 0 or 1 by id."""
    found: dict[str, dict[str, int]] = {word: {} for word in INTEGERS.values()}
    for name, value in decision.items():
        if name[0] in INTEGERS:
            found[INTEGERS[name[0]]]["|".join(name[1:])] = round(value)
    return found


def _hedge_lines(plan: Plan, found: Hedge) -> list[str]:
    unit = plan.settings.currency
    figures = (
        ("Expected cost", found.expected_usd),
        ("CVaR: mean of the worst cases", found.cvar_usd),
        ("Expected value of perfect information", found.evpi_usd),
    )
    lines = [plan.settings.name, "", *(f"{name:<44}{_money(value):>22} {unit}" for name, value in figures)]
    vss = f"{_money(found.vss_usd):>22} {unit}" if found.vss_usd is not None else f"  none: {found.vss_text}"
    lines += [f"{'Value of the stochastic solution':<44}{vss}", ""]
    lines += [*_world_lines(plan, found.worlds), "", "Decided now:"]
    decision = found.decision or {}
    lines += [
        f"  {row['period']}  {row['chips']:>14,.0f} chips of {row['offer']} at {row['site']}"
        for row in _here_and_now(decision)
    ]
    for word, each in _signed(decision).items():
        lines += [f"  {word}: {name}" for name, value in each.items() if value]
    return lines


def _world_lines(plan: Plan, worlds: Any) -> list[str]:
    lines = [f"{'World':<26}{'Weight':>8}{'Cost':>22}{'Own optimum':>22}{'Regret':>20}"]
    for w in worlds:
        money = (_money(w.cost_usd), _money(w.own_optimum_usd), _money(w.regret_usd))
        lines.append(f"{w.id:<26}{_percent(w.weight):>8}{money[0]:>22}{money[1]:>22}{money[2]:>20}")
    return [*lines, "Weights are shared out to sum to 100%."]


def _money(value: float | None) -> str:
    return "no plan" if value is None else plain_figure(round(value, 2) + 0.0)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}%"


def _write(options: argparse.Namespace, answer: dict[str, Any], lines: list[str]) -> None:
    import msgspec

    _say(1.0, "")
    text = msgspec.json.encode(answer).decode() if options.format == "json" else steady("\n".join(lines))
    if options.output is None:
        tell(text)
    else:
        write_output(options.output, f"{text}\n".encode())


def _say(part: float, what: str) -> None:
    """On a terminal, how far the work is, in a line that goes when it is done."""
    if sys.stderr is not None and sys.stderr.isatty():
        words = steady(f"{100 * part:.0f} %  {what}"[:70])
        print(f"\r{words if part < 1 else '':<74}\r", end="", file=sys.stderr, flush=True)
