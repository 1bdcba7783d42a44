"""A report as a PDF: laid out, put on pages, painted."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, Qt
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter

from gigaplan.engine import __version__
from gigaplan.gui.style import theme
from gigaplan.gui.views.report.assumptions import assumptions
from gigaplan.gui.views.report.blocks import Block, Heading, Report
from gigaplan.gui.views.report.charts import charts
from gigaplan.gui.views.report.layout import Where, pieces_of, title_pieces
from gigaplan.gui.views.report.limits import limits
from gigaplan.gui.views.report.material import Material, day_words
from gigaplan.gui.views.report.overview import key_figures, overview, span_words
from gigaplan.gui.views.report.paper import EDGE, TOP, UNITS, Face, Paper, clean, rule
from gigaplan.gui.views.report.pieces import Page, paginated
from gigaplan.gui.views.report.results import results
from gigaplan.gui.views.report.risk import risk
from gigaplan.gui.views.report.scenarios import scenarios
from gigaplan.gui.views.report.sources import Sources

SMALL = Face(7.4, "muted")
FIRST_TOP = 520
HEADER, FOOTER = 400, 330
"""How far the lines of header and footer are from the edges of the page."""
PER_INCH = 72
TOLD_OF = 20
"""After how many pages one is told how far it is."""


def pdf_steps(material: Material, size: QPageSize) -> Generator[str, None, bytes]:
    """Makes a report as a PDF in short steps, which now and then say how far it is; it returns the PDF.

    `theme.load_paper_fonts` must have been called.
    """
    steps = _steps(material, size)
    while True:
        # What is painted between two steps, perhaps the window, has its own appearance.
        with theme.on_paper():
            try:
                said = next(steps)
            except StopIteration as end:
                return bytes(end.value)
        yield said


def _steps(material: Material, size: QPageSize) -> Generator[str, None, bytes]:
    paper = Paper.of(size)
    report = yield from report_steps(material, paper.pixels)
    pages = yield from _pages(report, paper)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(size)
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(PER_INCH * UNITS)
    writer.setTitle(f"{clean(report.title)} \u00b7 {report.made:%Y-%m-%d}")
    writer.setCreator(f"Gigaplan {report.version}")
    painter = QPainter(writer)
    try:
        for number, page in enumerate(pages, 1):
            if number > 1:
                writer.newPage()
            _paint_edges(painter, report, number, len(pages), paper)
            for placed in page:
                placed.piece.paint(painter, EDGE, placed.y)
                yield ""
            if number % TOLD_OF == 0:
                yield f"page {number} of {len(pages)}"
    finally:
        painter.end()
    buffer.close()
    return bytes(data.data())


def _pages(report: Report, paper: Paper) -> Generator[str, None, list[Page]]:
    sections = [b.text for b in report.blocks if isinstance(b, Heading) and b.level == 1]
    where: Where = {}
    pieces = title_pieces(report, paper.room)
    for block in report.blocks:
        for piece in pieces_of(block, paper.room, sections, where):
            pieces.append(piece)
            yield ""
    pages = paginated(pieces, TOP, paper.bottom, FIRST_TOP)
    for number, page in enumerate(pages, 1):
        where.update({placed.piece.title: number for placed in page if placed.piece.title})
    return pages


def _paint_edges(painter: QPainter, report: Report, number: int, count: int, paper: Paper) -> None:
    """Header and footer of a page."""
    made, right = day_words(report.made), paper.width - EDGE
    if number > 1:
        width = paper.room - SMALL.width(made) - 200
        title = SMALL.metrics.elidedText(clean(report.title), Qt.TextElideMode.ElideRight, width)
        SMALL.paint(painter, EDGE, HEADER - SMALL.line, title)
        SMALL.paint(painter, right - SMALL.width(made), HEADER - SMALL.line, made)
        rule(painter, EDGE, HEADER + 20, paper.room)
    low, words = paper.height - FOOTER, f"Page {number} of {count}"
    rule(painter, EDGE, low - 50, paper.room)
    SMALL.paint(painter, EDGE, low, f"Gigaplan {report.version}")
    SMALL.paint(painter, right - SMALL.width(words), low, words)


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
