"""The first page: what plan it is, how it was solved, its key figures, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator

from gigaplan.engine import __version__
from gigaplan.engine.analysis.unserved import unserved
from gigaplan.engine.plan.text import counted
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import NO_WORK, STATUS
from gigaplan.gui.present.kpi_cells import figures
from gigaplan.gui.present.problem_list import lowered, not_served
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import DASH, money, percent, plain
from gigaplan.gui.views.report.blocks import (
    Block,
    Cards,
    ContentsBlock,
    Facts,
    FigureCard,
    Heading,
    Notice,
    Points,
    Table,
    TableColumn,
    TableRow,
    Words,
)
from gigaplan.gui.views.report.material import Material, day_words

MOST_PROBLEMS = 200
HELD = "{} are held as they were decided before this plan was edited last; that no others are better is not proven."
LENGTHS = {1: "month", 3: "quarter", 12: "year"}


def span_words(time: Timeline) -> str:
    """The periods that a plan covers: 2026 Q1 to 2030 Q4, 20 quarters."""
    noun = LENGTHS.get(time.months)
    length = counted(time.periods, noun) if noun else f"{counted(time.periods, 'period')} of {time.months} months"
    first, last = time.labels[0], time.labels[-1]
    return f"{first}, {length}" if first == last else f"{first} to {last}, {length}"


def overview(material: Material) -> Iterator[Block]:
    """The blocks of the first page, and the problems of the plan."""
    yield from notices(material)
    if material.is_solved:
        yield Cards(kpi_cards(material.result))
    else:
        yield from _why(material)
    yield Facts(tuple(_facts(material)))
    yield ContentsBlock()
    if material.plan.settings.notes.strip():
        yield Heading("About this plan", 2)
        yield Words(material.plan.settings.notes)
    yield from problems(material)


def notices(material: Material) -> Iterator[Notice]:
    """How the plan was solved, and whether a file holds it as it is here."""
    result = material.result
    if result.words is NO_WORK:
        yield Notice(NO_WORK.sentence, (NO_WORK.remedy,), "warning")
    elif material.is_solved:
        lines = ["Every figure is of the plan as printed here, at its least discounted cost."]
        tone = "good"
        if result.integers == "held":
            lines, tone = [*lines, HELD.format(result.decided.capitalize())], "warning"
        yield Notice(STATUS["optimal"].sentence, tuple(lines), tone)
    else:
        yield Notice(f"{STATUS[result.status].sentence}, so there are no figures", tone="error")
    if material.is_edited:
        where = f" in {material.file}" if material.file else ""
        yield Notice("This plan holds edits that are not saved", (f"This report differs from the plan{where}.",))
    if short := unserved(result):
        names, currency = material.names("workloads"), material.currency
        lines = [f"{names[u.workload]}: {lowered(not_served(u, currency))}." for u in short]
        yield Notice("Not all work is served", tuple(lines))
    errors, warned = _counts(material)
    if errors or warned:
        said = [counted(n, noun) for n, noun in ((errors, "error"), (warned, "warning")) if n]
        yield Notice(
            f"The checks of the plan found {' and '.join(said)}", ("See Problems.",), "error" if errors else "warning"
        )


def _counts(material: Material) -> tuple[int, int]:
    found = (*material.result.problems, *material.warnings)
    errors = sum(p.severity == "error" for p in found)
    return errors, len(found) - errors


def kpi_cards(result: Result) -> tuple[FigureCard, ...]:
    """The figures of the strip above the window, and the present value."""
    strip = [FigureCard(f.title, f.value, f.unit, f.second, f.tone) for f in figures(result)]
    rate = percent(result.plan.settings.discount_rate)
    value = money(result.kpis["npv_usd"], result.plan.settings.currency)
    strip.insert(1, FigureCard("Net present cost", value, "", f"discounted at {rate} a year"))
    return tuple(strip)


def _facts(material: Material) -> Iterator[tuple[str, str]]:
    settings = material.plan.settings
    yield "Made on", f"{day_words(material.made)}, {material.made:%H:%M}"
    yield "Made by", f"Gigaplan {__version__}"
    yield "File", material.file or "not saved yet"
    yield "Plan hash", f"SHA-256 {material.fingerprint[:16]} \u2026"
    yield "Horizon", span_words(material.result.time)
    yield "Currency", f"{settings.currency}, nominal"
    yield "Discount rate", f"{percent(settings.discount_rate)} a year, mid-period"
    carbon = settings.carbon_price_usd_per_t
    yield "Carbon price", f"{money(carbon, settings.currency)} a tonne CO\u2082e" if carbon else "none"
    yield "Residual value", f"{percent(settings.residual_fraction)} of straight-line book value"
    yield (
        "Overhead",
        f"{percent(settings.overhead_fraction)} of the total cost" if settings.overhead_fraction else "none",
    )


def key_figures(material: Material) -> Iterator[Block]:
    """Every key figure with its unit and meaning."""
    yield Heading("Key figures")
    rows: list[TableRow] = []
    names, currency = material.names("workloads"), material.currency
    for kpi, value in material.result.kpis.items():
        label, about = KPIS[kpi].label, KPIS[kpi].help
        if not isinstance(value, dict):
            rows.append(TableRow((label, _figure(value, kpi, currency), about)))
        elif value:
            rows.append(TableRow((label, "", about), "group"))
            rows += [
                TableRow((names[key], _figure(figure, kpi, currency), ""), "part") for key, figure in value.items()
            ]
    columns = (TableColumn("Key figure"), TableColumn("Value", is_figure=True), TableColumn("What it is"))
    yield Table(columns, tuple(rows))


def _figure(value: float | None, kpi: str, currency: str) -> str:
    """A key figure with its whole unit."""
    unit = KPIS[kpi].unit
    text = kpi_text(value, kpi, currency, 4)
    if value is None or unit == "USD":
        return text
    if unit.startswith("USD"):
        return f"{text} / {unit[4:].replace('million', 'M')}"
    return f"{text} CO\u2082e" if unit == "tCO2e" else text


def _why(material: Material) -> Iterator[Block]:
    """Why no plan meets every limit, and the smallest changes after which one does."""
    found = material.diagnosis
    if found is None:
        return
    yield Heading("Why no plan meets every limit", 2)
    short = tuple(f"{line[:1].upper()}{line[1:]}." for line in found.short)
    if short:
        yield Points(short)
    if found.conflict:
        yield Words("These conflict:")
        yield Points(found.conflict)
    yield Heading("Smallest remedies", 2)
    if found.remedies:
        yield Words("Any one of these changes makes the plan feasible; the smallest comes first.")
        yield Points(tuple(f"{m.text[:1].upper()}{m.text[1:]}." for m in found.remedies), numbered=True)
    else:
        yield Words("No remedy was found.")


def problems(material: Material) -> Iterator[Block]:
    """Everything that the checks found, errors first."""
    found = sorted((*material.result.problems, *material.warnings), key=lambda p: p.severity)
    if not found:
        return
    yield Heading("Problems")
    rows = tuple(
        TableRow((p.severity.capitalize(), p.path or DASH, f"{p.text.removesuffix('.')}. {p.remedy}".strip()))
        for p in found[:MOST_PROBLEMS]
    )
    yield Table((TableColumn("Kind"), TableColumn("Where"), TableColumn("Problem and remedy")), rows)
    if len(found) > MOST_PROBLEMS:
        yield Words(f"And {plain(len(found) - MOST_PROBLEMS, 9)} more.", "muted")
