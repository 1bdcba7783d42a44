"""A report of a plan: what it says, and that it says it on paper, literally and to be copied."""

import dataclasses
import hashlib
import re
from datetime import datetime

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QLocale
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtWidgets import QApplication

from engine import __version__
from engine.exchange.json import to_json
from engine.plan import Plan, with_fields, with_row, with_settings
from engine.problems import Problem
from engine.repair import diagnose
from engine.results import failure
from engine.scenarios import apply_scenario
from engine.schema import Policy, Settings
from engine.solve import solve_plan
from engine.templates import load_template
from gui import theme
from gui.kpi_strip.figures import figures
from gui.report.blocks import Cards, Charts, Column, Facts, Heading, Notice, Points, Report, Row, Table, Words
from gui.report.content import report_steps
from gui.report.document import pdf_steps
from gui.report.material import Material
from gui.report.paper import Paper, broken, clean, page_size
from gui.report.pieces import Piece, paginated
from gui.report.tables import BODY, _laid_out, table_pieces

A4 = QPageSize(QPageSize.PageSizeId.A4)
PAPER = Paper.of(A4)
MADE = datetime(2026, 11, 22, 20, 37)
HOSTILE = '<b>bold</b> <img src="file:///etc/passwd"> &amp; %s {x}'


@pytest.fixture(scope="module", autouse=True)
def _fonts(qapp):
    theme.load_paper_fonts()


def material(plan: Plan, **more: object) -> Material:
    result = more.pop("result", None) or solve_plan(plan)
    return Material(plan, result, MADE, **more)


def outcome(steps):
    """What a generator of steps returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def report(of: Material) -> Report:
    return outcome(report_steps(of, PAPER.pixels))


def pdf(of: Material, size: QPageSize = A4) -> bytes:
    return outcome(pdf_steps(of, size))


def blocks(made: Report, kind: type) -> list:
    return [b for b in made.blocks if isinstance(b, kind)]


def part(made: Report, title: str) -> list:
    """The blocks under a heading, up to the next one of its level or above."""
    at = next(k for k, b in enumerate(made.blocks) if isinstance(b, Heading) and b.text.startswith(title))
    level = made.blocks[at].level
    found = []
    for block in made.blocks[at + 1 :]:
        if isinstance(block, Heading) and block.level <= level:
            break
        found.append(block)
    return found


def tables(made: Report, title: str) -> list[Table]:
    return [b for b in part(made, title) if isinstance(b, Table)]


def lines(table: Table) -> dict[str, tuple[str, ...]]:
    return {row.cells[0]: row.cells[1:] for row in table.rows}


def all_words(made: Report) -> str:
    """Everything a report says in words, cells and figures."""
    said = [made.title, made.subtitle]
    for b in made.blocks:
        if isinstance(b, Table):
            said += [c.head for c in b.columns] + [cell for row in b.rows for cell in row.cells]
        elif isinstance(b, Notice):
            said += [b.title, *b.lines]
        elif isinstance(b, Points):
            said += b.items
        elif isinstance(b, Charts):
            said += [key.label for figure in b.figures for key in figure.keys]
        elif isinstance(b, Heading | Words):
            said.append(b.text)
    return "\n".join(said)


def number(text: str) -> float:
    return float(text.replace("\u2009", "").replace("\u2212", "-").replace("\u2013", "0"))


@pytest.fixture(scope="module")
def startup():
    return material(load_template("startup"))


@pytest.fixture(scope="module")
def frontier():
    return material(load_template("frontier-1gw"))


def test_its_key_figures_are_those_of_the_strip(frontier):
    (cards,) = blocks(report(frontier), Cards)
    shown = {(c.title, c.value, c.unit, c.second) for c in cards.cards}
    assert {(f.title, f.value, f.unit, f.second) for f in figures(frontier.result)} <= shown
    assert len(cards.cards) == 8


def test_its_first_page_says_what_it_is(startup):
    made = report(startup)
    (facts,) = blocks(made, Facts)
    said = dict(facts.pairs)
    assert made.title == "startup"
    assert made.subtitle == "2026 Q3 to 2029 Q2, 12 quarters, USD"
    assert said["Made on"] == "22 November 2026, 20:37"
    assert said["Made by"] == f"Gigaplan {__version__}"
    assert said["File"] == "not saved yet"
    fingerprint = hashlib.sha256(to_json(startup.plan)).hexdigest()
    assert fingerprint[:16] in said["Plan hash"]
    assert fingerprint in all_words(made)


def test_costs_and_chips_add_up_to_the_result(frontier):
    made, result = report(frontier), frontier.result
    cost = tables(made, "Cost")[0]
    assert cost.columns[-1].unit == "M USD"
    total = lines(cost)
    assert number(total["Total cost of ownership"][-1]) == pytest.approx(result.kpis["tco_usd"] / 1e6, abs=0.5)
    assert number(total["Rental"][0]) == pytest.approx(
        result.series("cost", "component")["rental"][:4].sum() / 1e6, abs=0.5
    )
    chips = lines(tables(made, "Allocation")[0])
    active = np.sum(list(result.series("chips", "offer|site").values()), axis=0)
    assert [number(cell) for cell in chips["All chips"][1:]] == pytest.approx([*active[3::4], active.max()], abs=0.5)


def test_every_row_of_the_plan_is_an_assumption_with_its_unit_and_source(frontier):
    made = report(frontier)
    platforms = tables(made, "Platforms (12)")
    named = [column.head for table in platforms for column in table.columns[1:] if column.head]
    assert named == [p.name for p in frontier.plan.platforms]
    values = {}
    for table in platforms:
        for k, column in enumerate(table.columns[1:]):
            values |= {(column.head, name): cells[k] for name, cells in lines(table).items()}
    assert values["H100", "Peak bf16, TFLOP/s"] == "989.4"
    assert values["H100", "Idle power"] == "30\u2009%"
    for title, table in (("Sites (6)", "sites"), ("Offers (18)", "offers"), ("Workloads (9)", "workloads")):
        heads = [c.head for t in tables(made, title) for c in t.columns]
        assert [row.name for row in getattr(frontier.plan, table) if row.name not in heads] == []
    sources = next(b for b in part(made, "Sources") if isinstance(b, Points)).items
    mark = re.fullmatch(r"\[(\d+)\] 2026-04", values["H100", "Source"])
    h100 = next(p for p in frontier.plan.platforms if p.name == "H100")
    assert sources[int(mark[1]) - 1].startswith(h100.source.removesuffix("."))
    assert "As of 2026-04." in sources[int(mark[1]) - 1]
    assert "H100" in sources[int(mark[1]) - 1].split("For: ")[1]


def test_values_that_differ_by_period_are_all_there(frontier):
    (table,) = tables(report(frontier), "Sites: values by period")
    iowa = next(k for k, c in enumerate(table.columns) if c.head == "Iowa")
    site = next(s for s in frontier.plan.sites if s.name == "Iowa")
    assert table.columns[iowa].unit == "Facility power, MW"
    assert [number(row.cells[iowa]) for row in table.rows] == list(site.power_mw)
    assert [row.cells[0] for row in table.rows] == list(frontier.result.time.labels)


def test_a_throughput_says_whether_it_was_measured_or_modelled(frontier):
    rows = {row.cells[:2]: row.cells[4:] for row in tables(report(frontier), "Throughput behind")[0].rows}
    basis, source = rows["Chat serving, EU", "B200"]
    assert basis == "measured"
    assert source.startswith("[")
    assert rows["Chat serving, EU", "TPU v7 Ironwood"] == ("modelled", "\u2013")


def test_what_an_agreement_owes_and_strands():
    made = report(material(load_template("commitment-200b")))
    (table,) = tables(made, "Agreements")
    assert [c.unit for c in table.columns[2:]] == ["M USD"] * 4
    for row in table.rows:
        owed, used, stranded, _ = map(number, row.cells[2:])
        assert owed == 40_000
        assert used + stranded == pytest.approx(owed, abs=1)
    policies = lines(tables(made, "Policies")[0])
    name = "At most 80 % with one provider"
    assert policies[name][0] == "Most power of each provider"
    assert policies[name][2] == "binds"
    assert policies[name][3].startswith("$")


def test_an_offer_that_is_not_chosen_says_at_which_price_it_would_be(startup):
    rows = lines(tables(report(startup), "Offers that are not chosen")[0])
    price, needed, unit, where = rows["H200 · buy"]
    assert (price, unit) == ("31\u2009620", "USD/chip")
    assert where.startswith("Colocation, Dallas, 20")
    cheaper = with_fields(startup.plan, "offers", "h200_buy", price_usd=number(needed) * 0.98)
    assert solve_plan(cheaper).series("chips", "offer")["h200_buy"].max() > 1
    assert "B200 · buy" not in rows


def test_scenarios_stand_beside_the_plan_as_far_as_they_are_solved(startup):
    plan = startup.plan
    first, second = plan.scenarios[:2]
    result = solve_plan(apply_scenario(plan, first.id))
    made = report(material(plan, result=startup.result, scenarios={first.id: result}))
    said = {row.cells[0]: row.cells[2] for row in tables(made, "Scenarios")[0].rows}
    assert said[first.name].startswith("Total cost")
    assert said[second.name] == "Not solved yet."
    (table,) = tables(made, "Key figures by scenario")
    row = lines(table)["Total cost of ownership"]
    strip = figures(startup.result)[0].value
    assert row[0] == strip
    assert row[1] == figures(result)[0].value
    assert "Without figures" in all_words(made)


def test_a_plan_that_cannot_be_met_says_so_and_has_no_figures():
    plan = load_template("frontier-1gw")
    plan = with_row(
        with_fields(plan, "sites", "dublin", power_mw=1.0),
        "policies",
        Policy(id="eu", name="Serve Europe", kind="coverage", scope="chat_eu", limit=1.0),
    )
    result = solve_plan(plan)
    assert result.status == "infeasible"
    found = diagnose(plan)
    made = report(material(plan, result=result, diagnosis=found))
    assert blocks(made, Notice)[0] == Notice("No plan meets every limit, so there are no figures", tone="error")
    mends = part(made, "Smallest mends")
    points = next(b for b in mends if isinstance(b, Points))
    assert [p.lower() for p in points.items] == [f"{m.text}.".lower() for m in found.mends]
    assert points.numbered
    assert not blocks(made, Cards)
    assert not blocks(made, Charts)
    assert tables(made, "Offers (18)")
    assert pdf(material(plan, result=result, diagnosis=found)).startswith(b"%PDF")


@pytest.mark.parametrize("status", ["unbounded", "time_limit", "cancelled", "error"])
def test_no_solve_that_failed_passes_for_an_answer(status, startup):
    wrong = Problem(severity="error", path="offers[0].price_usd", text="is below zero", mend="Give a price.")
    made = report(material(startup.plan, result=failure(startup.plan, status, (wrong,))))
    assert blocks(made, Notice)[0].tone == "error"
    assert "no figures" in blocks(made, Notice)[0].title
    assert not blocks(made, Cards)
    assert tables(made, "Problems")[0].rows[0].cells == ("Error", wrong.path, "is below zero. Give a price.")


def test_edits_warnings_and_decisions_that_are_held_are_said(startup):
    doubt = Problem(severity="warning", path="", text="it was made by an older Gigaplan")
    held = dataclasses.replace(startup.result, integers="held")
    more = {"file": "plan.gigaplan, revision 3", "is_edited": True, "warnings": (doubt,)}
    made = report(material(startup.plan, result=held, **more))
    said = {n.title: n for n in blocks(made, Notice)}
    assert "not what lies in plan.gigaplan, revision 3" in said["This plan holds edits that are not saved"].lines[0]
    assert "not proven" in said["Solved to the optimum"].lines[1]
    assert said["Solved to the optimum"].tone == "warning"
    assert "The checks of the plan found 1 warning" in said
    assert not any("not saved" in n.title for n in blocks(report(startup), Notice))


def hostile_plan() -> Plan:
    plan = with_settings(load_template("startup"), name=HOSTILE, notes=f"{HOSTILE}\x07\u202e\n\n{HOSTILE}")
    tables = {
        table: tuple(
            msgspec.structs.replace(
                row, name=f"{HOSTILE} {k}", **({"source": HOSTILE} if hasattr(row, "source") else {})
            )
            for k, row in enumerate(getattr(plan, table))
        )
        for table in ("platforms", "sites", "offers", "workloads", "scenarios")
    }
    return msgspec.structs.replace(plan, **tables)


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


def flat(height: float, **more: object) -> Piece:
    return Piece(height, lambda *_: None, **more)


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
        (Column("Name"), Column("Price", "USD", True), Column("Why")),
        (Row(("W" * 300, "1\u2009234.5", "word " * 200)), Row(("short", "2", "x"))),
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


def test_charts_are_painted_with_something(frontier):
    for block in blocks(report(frontier), Charts):
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
