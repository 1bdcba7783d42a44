"""The command that solves many cases and writes a table of them: values of inputs, draws, scenarios."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gigaplan.engine.cli.commands.common import (
    DONE,
    CommandRefused,
    add_cluster,
    add_file,
    add_jobs,
    add_output,
    add_seed,
    check_output,
    read_plan,
    say_how_far,
    tell,
    whole_number,
)

if TYPE_CHECKING:
    from gigaplan.engine.analysis.uncertainty import Case
    from gigaplan.engine.exchange.sweep_file import Cell, SweepFile
    from gigaplan.engine.plan.plan import Plan

MOST_DRAWS = 1_000_000


def add_commands(commands: Any) -> None:
    """Adds `sweep` to the sub-parsers of the command line."""
    sweep = commands.add_parser("sweep", help="solve every combination of values of some inputs, into a table")
    add_file(sweep)
    sweep.add_argument("--vary", action="append", default=[], metavar="TABLE.ROW.FIELD=LOW:HIGH:N")
    count = whole_number(f"a whole number, 0 to {MOST_DRAWS:,}", MOST_DRAWS)
    sweep.add_argument("--draws", type=count, metavar="N", help="with N draws of the uncertain inputs each")
    add_seed(sweep)
    sweep.add_argument("--scenarios", metavar="ID,ID,...", help="under each of these scenarios, or base")
    add_cluster(sweep)
    add_jobs(sweep)
    sweep.add_argument("--continue", dest="go_on", action="store_true", help="add the cases that OUT lacks")
    add_output(sweep)
    sweep.set_defaults(run=_sweep)


def _sweep(options: argparse.Namespace) -> int:
    from gigaplan.engine.analysis.sweep import axis_of, cases_of
    from gigaplan.engine.analysis.uncertainty import draws
    from gigaplan.engine.exchange.sweep_file import sweep_file
    from gigaplan.engine.results.kpi_registry import KPIS
    from gigaplan.engine.validation.rules import check, errors

    plan = read_plan(options.file)
    if not (options.vary or options.draws or options.scenarios):
        raise CommandRefused("there is nothing to vary: give --vary, --draws or --scenarios")
    if options.draws and not plan.uncertainties:
        raise CommandRefused("the plan has no uncertain inputs to draw from")
    if wrong := errors(check(plan), what_if=True):
        raise CommandRefused(str(wrong[0]))
    drawn = draws(plan, options.draws, options.seed) if options.draws else None
    axes = [axis_of(text) for text in options.vary]
    varied, cases = cases_of(plan, axes, drawn)
    worlds = options.scenarios.split(",") if options.scenarios else []
    plans = [(id, _under(varied, id)) for id in worlds] or [("", varied)]
    names = [axis.name for axis in axes] + ([f"uncertain.{row.id}" for row in plan.uncertainties] if drawn else [])
    file = sweep_file(options.output, [*(["scenario"] if worlds else []), *names, "status", *KPIS])
    if not options.go_on:
        check_output(options)
    count, whole = len(plans) * len(cases), False
    file.begin(options.go_on)
    before = file.done
    try:
        _fill(file, plans, cases, options.jobs)
        whole = True
    finally:
        file.end(whole)
    tell(f"{count} cases, {count - before} of them solved now: {options.output}")
    return DONE


def _fill(file: SweepFile, plans: list[tuple[str, Plan]], cases: list[Case], jobs: int) -> None:
    """Solves the cases that the file lacks, in order; those of a block that was left half done once more, so that what
    is gone on with is what comes out at once."""
    from gigaplan.engine.analysis.cases import BLOCK, each
    from gigaplan.engine.analysis.uncertainty import figure, outcome
    from gigaplan.engine.results.kpi_registry import KPIS

    for k, (id, plan) in enumerate(plans):
        first = max(0, file.done - k * len(cases))
        again = first % BLOCK if first < len(cases) else 0
        rest = cases[first - again :]
        for n, found in enumerate(each(outcome, plan, rest, jobs=jobs), -again):
            if n < 0:
                continue
            cells: list[Cell] = [id] if id else []
            for value in cases[first + n].values():
                cells.append(" ".join(map(repr, value)) if isinstance(value, tuple) else value)
            file.add([*cells, found.status, *(figure(found, kpi) for kpi in KPIS)])
            say_how_far(k * len(cases) + first + n + 1, len(plans) * len(cases))


def _under(plan: Plan, id: str) -> Plan:
    """The plan under a scenario or as the base, its uncertain inputs kept."""
    import msgspec

    from gigaplan.engine.plan.scenarios import apply_scenario

    moved = plan if id == "base" else apply_scenario(plan, id)
    return msgspec.structs.replace(moved, scenarios=())
