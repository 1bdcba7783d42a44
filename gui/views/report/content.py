"""A whole report as blocks, in the order in which it is read."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from gigaplan.engine import __version__
from gigaplan.gui.views.report.assumptions import assumptions
from gigaplan.gui.views.report.blocks import Block, Report
from gigaplan.gui.views.report.charts import charts
from gigaplan.gui.views.report.limits import limits
from gigaplan.gui.views.report.material import Material
from gigaplan.gui.views.report.overview import key_figures, overview, span_words
from gigaplan.gui.views.report.results import results
from gigaplan.gui.views.report.risk import risk
from gigaplan.gui.views.report.scenarios import scenarios
from gigaplan.gui.views.report.sources import Sources


def report_steps(material: Material, room: int) -> Generator[str, None, Report]:
    """Makes everything that a report says, block by block; charts are `room` pixels wide."""
    blocks = []
    for block in _blocks(material, room):
        if block is not None:
            blocks.append(block)
        yield ""
    settings = material.plan.settings
    return Report(
        " ".join(settings.name.split()) or "Untitled plan",
        f"{span_words(material.result.time)}, {settings.currency}",
        material.made,
        __version__,
        tuple(blocks),
    )


def _blocks(material: Material, room: int) -> Iterator[Block | None]:
    sources = Sources(material.plan)
    yield from overview(material)
    if material.is_solved:
        yield from key_figures(material)
        if any(values.any() for values in material.result.series("chips").values()):
            yield from charts(material.result, room)
        yield from results(material, sources)
        yield from limits(material)
    yield from scenarios(material)
    yield from risk(material, room)
    yield from assumptions(material, sources)
