"""The command that tries uncertain inputs, each alone and all together."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from gigaplan.engine.cli.commands.common import (
    BAD_INPUT,
    DONE,
    PLAN,
    CommandRefused,
    add_cluster,
    add_file,
    add_jobs,
    add_output,
    add_seed,
    check_output,
    read_plan,
    say_how_far,
    steady,
    tell,
    whole_number,
    write_output,
)
from gigaplan.engine.plan.text import plain_figure

if TYPE_CHECKING:
    from gigaplan.engine.analysis.sampling import Indices
    from gigaplan.engine.analysis.uncertainty import CaseOutcome
    from gigaplan.engine.plan.plan import Plan

MOST_CASES = 100_000


def add_commands(commands: Any) -> None:
    """Adds `risk` to the sub-parsers of the command line."""
    risk = commands.add_parser("risk", help="show how uncertain inputs move a key figure, one by one and together")
    add_file(risk)
    cases = whole_number(f"a number of samples, 0 to {MOST_CASES:,}", MOST_CASES)
    risk.add_argument("--figure", default="tco_usd", metavar="KPI", help="the key figure to look at (tco_usd)")
    risk.add_argument("--draws", type=cases, default=300, metavar="N", help="the number of samples (300)")
    add_seed(risk)
    risk.add_argument("--sampling", choices=("latin", "sobol"), default="latin", help="a Latin hypercube, or Sobol")
    words = "also what each input explains, by N * (inputs + 2) more samples"
    risk.add_argument("--indices", type=cases, default=0, metavar="N", help=words)
    risk.add_argument("--below", type=_level, metavar="PART", help="also how likely less than this is served")
    add_cluster(risk)
    add_jobs(risk)
    risk.add_argument("--format", choices=("table", "json"), default="table")
    add_output(risk, required=False)
    risk.set_defaults(run=_risk)


def _level(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must be a part of the demand, 0 to 1")
    return value


def _risk(options: argparse.Namespace) -> int:
    import msgspec

    from gigaplan.engine.analysis.uncertainty import draws, ends, explained, outcome, outcomes
    from gigaplan.engine.optimization.solver import Solver
    from gigaplan.engine.results.kpi_registry import KPIS
    from gigaplan.engine.results.status import STATUS
    from gigaplan.engine.validation.rules import check, errors

    if options.output is not None and options.output.suffix.lower() == PLAN:
        raise CommandRefused(f"the output is not a plan: choose a name that does not end in {PLAN}")
    check_output(options)
    if options.figure not in KPIS:
        raise CommandRefused(f"there is no key figure {options.figure!r}; there are {', '.join(KPIS)}")
    plan = read_plan(options.file)
    if not plan.uncertainties:
        raise CommandRefused("the plan has no uncertain inputs; add some on the page Risk of the window")
    problems = [p for p in check(plan) if p.table != "scenarios"]
    for problem in problems:
        tell(problem if problem.severity == "error" else f"warning: {problem}", file=sys.stderr)
    if errors(problems, what_if=True):
        return BAD_INPUT
    base = outcome(plan, {}, Solver())
    if base.status != "optimal":
        tell(f"{STATUS[base.status].sentence}, so its inputs cannot be tried. {base.text}".rstrip(), file=sys.stderr)
        return STATUS[base.status].exit_code
    try:
        cases = [*ends(plan), *draws(plan, options.draws, options.seed, options.sampling)]
    except ImportError:
        raise CommandRefused(
            "Sobol sampling needs scipy: python -m pip install scipy; or take --sampling latin"
        ) from None
    found = outcomes(plan, cases, options.jobs, lambda done: say_how_far(done, len(cases)))
    alone, drawn = found[: 2 * len(plan.uncertainties)], found[2 * len(plan.uncertainties) :]
    parts = None
    if options.indices:
        count = options.indices * (len(plan.uncertainties) + 2)
        try:
            how = (options.indices, options.seed, options.sampling, options.jobs)
            parts = explained(plan, *how, progress=lambda n: say_how_far(n, count))
        except ValueError as error:
            raise CommandRefused(str(error)) from None
    if options.format == "json":
        text = msgspec.json.encode(_answer(plan, base, alone, drawn, options, parts)).decode()
    else:
        lines = [*_lines(plan, base, alone, drawn, options), *_more_lines(plan, drawn, options, parts)]
        text = steady("\n".join(lines))
    if options.output is None:
        tell(text)
    else:
        write_output(options.output, f"{text}\n".encode())
    return DONE


def _answer(
    plan: Plan,
    base: CaseOutcome,
    alone: list[CaseOutcome],
    drawn: list[CaseOutcome],
    options: argparse.Namespace,
    parts: dict[str, list[Indices]] | None,
) -> dict[str, Any]:
    """One object: kpis as planned, each input at its P10 and P90, and every key figure and series over the cases
    drawn."""
    from gigaplan.engine.analysis.fans import fan, names_in
    from gigaplan.engine.analysis.uncertainty import HIGH, LOW, below, quantile, spread, stranded
    from gigaplan.engine.results.kpi_registry import KPIS

    inputs = [
        {
            "id": row.id, "table": row.table, "row": row.row, "field": row.field, "relative": row.relative,
            "p10": {"input": quantile(row, LOW), "outcome": _without_series(low)},
            "p90": {"input": quantile(row, HIGH), "outcome": _without_series(high)},
        }
        for row, low, high in zip(plan.uncertainties, alone[::2], alone[1::2], strict=True)
    ]  # fmt: skip
    spreads = {kpi: found for kpi in KPIS if (found := spread(drawn, kpi)) is not None}
    statuses = {status: sum(o.status == status for o in drawn) for status in dict.fromkeys(o.status for o in drawn)}
    draws: dict[str, Any] = {"count": len(drawn), "seed": options.seed, "sampling": options.sampling}
    draws["statuses"] = statuses
    if options.below is not None:
        draws["below"] = {"level": options.below, "coverage": below(drawn, options.below)}
    draws["stranded_usd"] = stranded(drawn)
    draws["fans"] = [fan(drawn, name) for name in names_in(drawn)]
    answer: dict[str, Any] = {
        "kpis": base.kpis,
        "units": {kpi: _unit(plan, kpi) for kpi in KPIS},
        "inputs": inputs,
        "draws": draws | {"figures": spreads},
    }
    if parts is not None:
        answer["indices"] = {
            kpi: [
                {"id": row.id, "first": each.first, "total": each.total}
                for row, each in zip(plan.uncertainties, found, strict=True)
            ]
            for kpi, found in parts.items()
        }
    return answer


def _without_series(found: CaseOutcome) -> dict[str, Any]:
    return {"status": found.status, "kpis": found.kpis, "text": found.text}


def _more_lines(
    plan: Plan, drawn: list[CaseOutcome], options: argparse.Namespace, parts: dict[str, list[Indices]] | None
) -> list[str]:
    """What was asked for beside the table: chances of low coverage, and what each input explains."""
    from gigaplan.engine.analysis.uncertainty import below

    lines = []
    if options.below is not None:
        lines += ["", f"How likely less than {options.below:g} of it is served:"]
        lines += [f"    {name:<20}{chance:>24.1%}" for name, chance in below(drawn, options.below).items()]
    if parts is not None:
        lines += ["", f"What part of the variance of {options.figure} each input explains, alone and with others:"]
        found = parts.get(options.figure)
        if found is None:
            lines.append("    not every sample has the figure")
        for row, each in zip(plan.uncertainties, found or (), strict=False):
            what = f"{row.field} of {row.row or 'the plan'}"
            lines.append(f"    {what:<44}{each.first:>10.3f}{each.total:>10.3f}")
    return lines


def _lines(
    plan: Plan, base: CaseOutcome, alone: list[CaseOutcome], drawn: list[CaseOutcome], options: argparse.Namespace
) -> list[str]:
    from gigaplan.engine.analysis.uncertainty import HIGH, LOW, figure, quantile, spread, stranded

    kpi = options.figure
    planned = figure(base, kpi)
    unit = _unit(plan, kpi)
    lines = [plan.settings.name, f"{kpi} as planned: {plain_figure(planned)} {unit}"]
    if isinstance(base.kpis[kpi], dict):
        lines.append("One figure per workload; the lowest is shown here and below.")
    lines.append("")
    lines.append("Each input alone, all others as planned:")
    rows = list(zip(plan.uncertainties, alone[::2], alone[1::2], strict=True))

    def reach(row: Any) -> float:
        values = [figure(o, kpi) for o in row[1:]]
        return max((abs(v - (planned or 0.0)) if v is not None else float("inf") for v in values), default=0.0)

    for row, low, high in sorted(rows, key=lambda row: -reach(row)):
        lines.append(f"  {row.field} of {row.row or 'the plan'}")
        for name, p, found in (("P10", LOW, low), ("P90", HIGH, high)):
            value = f"{'x ' if row.relative else ''}{quantile(row, p):.4g}"
            got = figure(found, kpi)
            lines.append(f"    {name}  {value:>14}{plain_figure(got) if got is not None else found.status:>26}  {unit}")
    if drawn:
        lines += ["", f"{len(drawn)} samples of all inputs together, seed {options.seed}:"]
        about = spread(drawn, kpi)
        if about is not None:
            figures = (
                ("P10", about.p10), ("P50", about.p50), ("P90", about.p90), ("mean", about.mean),
                ("mean of the worst 5%", about.cvar95),
            )  # fmt: skip
            lines += [f"    {name:<20}{plain_figure(value):>24}  {unit}" for name, value in figures]
        short = stranded(drawn)
        if short is not None and short.high > 0:
            lines.append(f"  short of commitments over the horizon, {plan.settings.currency}:")
            bands = (("P10", short.p10), ("P50", short.p50), ("P90", short.p90))
            lines += [f"    {name:<20}{plain_figure(value):>24}  {plan.settings.currency}" for name, value in bands]
        without = sum(o.status == "optimal" for o in drawn) - (0 if about is None else about.count)
        if without:
            lines.append(f"    {'without the figure':<20}{without:>24} of {len(drawn)} samples, left out above")
        for status in sorted({o.status for o in drawn} - {"optimal"}):
            number = sum(o.status == status for o in drawn)
            lines.append(f"    {status:<20}{number:>24} of {len(drawn)} samples, left out above")
    return lines


def _unit(plan: Plan, kpi: str) -> str:
    from gigaplan.engine.results.kpi_registry import KPIS

    return KPIS[kpi].unit_in(plan.settings.currency)
