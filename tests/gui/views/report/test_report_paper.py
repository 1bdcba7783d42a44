"""A report on paper: literal, light, copied as it reads, and on pages that keep together what belongs together."""

import re

import msgspec
import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtWidgets import QApplication

from gigaplan.engine import __version__
from gigaplan.engine.plan.plan import Plan, with_settings
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.charting.hatches import set_patterns
from gigaplan.gui.style import theme
from gigaplan.gui.views.report.blocks import Charts, Table, TableColumn, TableRow
from gigaplan.gui.views.report.document import pdf_steps
from gigaplan.gui.views.report.paper import broken, clean, page_size
from gigaplan.gui.views.report.pieces import PagePiece, paginated
from gigaplan.gui.views.report.tables import BODY, _laid_out, table_pieces
from tests.gui.reports import A4, HOSTILE, PAPER, all_words, blocks, hostile_plan, material, pdf, report, tables


def test_the_file_says_what_it_is_and_its_letters_can_be_copied(startup):
    data = pdf(startup)
    pages = len(re.findall(rb"/Type /Page\b(?!s)", data))
    assert pages > 5
    assert "startup \u00b7 2026-11-22".encode("utf-16-be") in data
    assert f"Gigaplan {__version__}".encode("utf-16-be") in data
    assert set(re.findall(rb"/BaseFont /\S*?(Inter\w*-\w+)", data)) == {
        b"InterTabular-Regular",
        b"InterTabular-SemiBold",
    }
    maps = re.findall(rb"beginbfrange(.*?)endbfrange", data, re.DOTALL)
    assert len(maps) == 2
    for known in maps:  # which character each letter of a font is
        codes = [int(code, 16) for code in re.findall(rb"<(\w{4})>", known.split(b"[", 1)[1])]
        assert set(map(ord, "0123456789 ,.$%")) <= set(codes)
        assert min(codes) >= 32, "a letter that is seen, but not copied"


@pytest.mark.parametrize("periods", [1, 40])
def test_plans_of_any_length_and_none_at_all_have_a_report(periods):
    plan = with_settings(load_template("cost-history"), periods=periods)
    flat = {
        table: tuple(
            msgspec.structs.replace(
                row,
                **{
                    name: value[0]
                    for name in row.__struct_fields__
                    if isinstance(value := getattr(row, name), tuple) and value and isinstance(value[0], float)
                },
            )
            for row in getattr(plan, table)
        )
        for table in ("sites", "offers", "workloads", "policies")
    }
    plan = msgspec.structs.replace(plan, scenarios=(), **flat)
    of = material(plan)
    assert of.is_solved
    years = [c.head for t in tables(report(of), "Cost") for c in t.columns if c.is_figure and c.head != "Total"]
    assert pdf(of).startswith(b"%PDF")
    assert years
    empty = material(Plan(settings=Settings(name="", start="2026-01", periods=1)))
    assert report(empty).title == "Untitled plan"
    assert pdf(empty).startswith(b"%PDF")


def test_it_is_light_whatever_the_window_wears(startup, qapp):
    theme.apply(qapp, "dark")
    try:
        steps = pdf_steps(startup, A4)
        worn = {theme.tokens().name for _ in steps}
        with theme.on_paper():
            assert theme.tokens() is theme.LIGHT
            assert theme.font().family() == theme.PAPER_FONT
        assert worn == {"dark"}, "the window would be painted light between two steps"
        assert QApplication.palette().window().color().name() == theme.DARK.window.lower()
    finally:
        theme.apply(qapp, "light")


def test_paper_is_that_of_the_country():
    letter, a4 = QPageSize.PageSizeId.Letter, QPageSize.PageSizeId.A4
    lands = {"en_US": letter, "en_CA": letter, "es_MX": letter, "de_DE": a4, "en_GB": a4, "ja_JP": a4, "pt_BR": a4}
    assert {name: page_size(QLocale(name)).id() for name in lands} == lands


def flat(height: float, **more: object) -> PagePiece:
    return PagePiece(height, lambda *_: None, **more)


def test_pages_keep_together_what_belongs_together_and_repeat_headings():
    head = flat(20, keeps=True)
    rows = [flat(10, head=head) for _ in range(30)]
    rows[0].keeps = True
    pages = paginated([flat(60), flat(15, before=30, keeps=True), head, *rows], 10, 110, 10)
    assert [len(page) for page in pages[:2]] == [1, 8], "the title and its table begin the next page"
    assert all(page[0].piece is head for page in pages[2:])
    assert [p.piece for page in pages for p in page if p.piece in rows] == rows
    assert all(p.y + p.piece.height <= 110 for page in pages for p in page)
    assert pages[1][0].y == 10, "no room above what begins a page"
    tall = paginated([flat(10), flat(500)], 10, 110, 10)
    assert [len(page) for page in tall] == [1, 1]


def test_columns_fit_and_long_words_are_broken():
    table = Table(
        (TableColumn("Name"), TableColumn("Price", "USD", True), TableColumn("Why")),
        (TableRow(("W" * 300, "1\u2009234.5", "word " * 200)), TableRow(("short", "2", "x"))),
    )
    sheet = _laid_out(table, PAPER.room)
    assert sheet.lefts[-1] + sheet.widths[-1] <= PAPER.room + 1
    assert sheet.widths[1] >= BODY.width("1\u2009234.5")
    for text, width in zip(table.rows[0].cells, sheet.widths, strict=True):
        pieces = broken(text, BODY, width)
        assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
        assert all(BODY.width(line) <= width + 1 for line in pieces)
    assert broken("\U0001f600" * 80 + " ab", BODY, 600)[-1].endswith("ab")
    assert sum(p.height for p in table_pieces(table, PAPER.room)) > 0


def test_charts_are_painted_with_something(rainier):
    for block in blocks(report(rainier), Charts):
        for figure in block.figures:
            image = QImage(figure.size, QImage.Format.Format_RGB32)
            image.fill(0xFFFFFF)
            painter = QPainter(image)
            with theme.on_paper():
                figure.paint_all(painter)
            painter.end()
            body = image.copy(0, 40, image.width(), figure.body.height())
            colours = {body.pixel(x, y) for x in range(0, body.width(), 7) for y in range(0, body.height(), 7)}
            assert len(colours) > 3, figure.title


def test_patterns_are_drawn_as_lines_at_any_scale(rainier):
    plain = pdf(rainier)
    set_patterns(True)
    hatched = pdf(rainier)
    assert hatched != plain
    for data in (plain, hatched):
        assert data.count(b"/Subtype /Image") == 0
        assert data.count(b"/PatternType") == 0


def test_every_figure_has_the_decimal_sign_of_the_country(startup):
    before = QLocale()
    points = {c for t in blocks(report(startup), Table) for row in t.rows for c in row.cells}
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    try:
        german = report(startup)
    finally:
        QLocale.setDefault(before)
    # What a person wrote, in notes and sources, stands as it is.
    cells = [c for t in blocks(german, Table) for row in t.rows for c in row.cells]
    written = {c for c in points if re.fullmatch(r"\d+\.\d+", c)}
    assert len(written) > 20
    assert {c.replace(".", ",") for c in written} <= set(cells)
    assert [c for c in cells if re.fullmatch(r"[\d\u2009]+\.\d+.*", c)] == []


def test_names_stand_as_they_are_and_nothing_is_loaded():
    of = material(hostile_plan())
    made = report(of)
    assert made.title == HOSTILE
    for table in ("offers", "sites", "workloads"):
        assert f"{HOSTILE} {len(getattr(of.plan, table)) - 1}" in all_words(made)
    data = pdf(of)
    assert b"/Subtype /Image" not in data
    assert b"/URI" not in data
    assert b"/Launch" not in data
    assert b"/JavaScript" not in data
    assert b"root:" not in data
    assert clean("a\x07b\u202ec\u2009d\te\r\nf") == "a\ufffdb\ufffdc\u2009d e\nf"
