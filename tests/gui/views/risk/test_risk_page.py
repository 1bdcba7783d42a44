"""The page of uncertain inputs: what moves a figure most, how it may come out, and how inputs are made uncertain."""

from __future__ import annotations

import csv
import io
import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from gigaplan.engine.analysis.uncertainty import CaseOutcome, draws
from gigaplan.engine.plan.correlations import correlations_of, is_correlation
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.charting.axes import tick_texts
from gigaplan.gui.charting.risk_pictures import drawn_of
from gigaplan.gui.charting.tornado import HEAD_PX, ROW_PX
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import duplicate_rows
from gigaplan.gui.jobs.risk_job import left_words, seconds_left
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.views.inspector.panel import Inspector
from gigaplan.gui.views.risk.view import RiskView
from tests.engine.plans import plan_of

PRICE = {
    "id": "price", "table": "offers", "row": "rent", "field": "price_usd", "distribution": "triangular",
    "low": 0.8, "mode": 1.0, "high": 1.2,
}  # fmt: skip
DEMAND = PRICE | {"id": "demand", "table": "workloads", "row": "work", "field": "demand", "low": 0.5, "high": 1.5}
SIDE = math.sqrt(0.1 * 0.2 * 0.4)


@pytest.fixture
def plan():
    return plan_of(uncertainties=[PRICE, DEMAND])


@pytest.fixture
def document(plan) -> Document:
    return Document(plan)


DRAWN = 40
"""Samples that the first choice of the page draws here: fewer than a person would."""


@pytest.fixture
def page(document: Document, qtbot: QtBot, no_thread_left, monkeypatch):
    monkeypatch.setattr("gigaplan.gui.views.risk.cards.COUNTS", (DRAWN, 300, 1000))
    monkeypatch.setattr("gigaplan.gui.jobs.risk_job.REST_MS", 50)
    planner = Planner(document)
    view = RiskView(document, planner)
    qtbot.addWidget(view)
    view.resize(1100, 700)
    view.show()
    planner.submit(document.plan)
    yield view
    view.stop()
    planner.stop()


def tried(page: RiskView, qtbot: QtBot) -> None:
    """Waits until each input was tried alone, and is drawn."""
    qtbot.waitUntil(lambda: page.outcomes.are_swings_fresh and not page.outcomes.is_trying)
    page.refresh()


def drawn(page: RiskView, qtbot: QtBot) -> None:
    qtbot.mouseClick(page.together.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.outcomes.is_drawing)
    page.refresh()


def choose(page: RiskView, kpi: str) -> None:
    page.kpi.setCurrentIndex(page.kpi.findData(kpi))
    page.refresh()


def test_the_input_that_moves_the_cost_farthest_comes_first(page, document, qtbot):
    tried(page, qtbot)
    picture = page.alone.plot.picture
    assert [(s.of, s.what) for s in picture.swings] == [("Work", "Demand"), ("Rent", "Price")]
    # All costs are rents: they go as the demand, and as the price.
    price = picture.swings[1]
    assert [end.value / picture.base for end in price.ends] == pytest.approx([0.8 + SIDE, 1.2 - SIDE])
    assert [end.words for end in price.ends] == ["× 0.889", "× 1.11"]
    assert page.alone.words.text().startswith("Each input alone")
    choose(page, "vendor_hhi")
    assert {end.value for s in page.alone.plot.picture.swings for end in s.ends} == {1.0}


def test_correlations_that_cannot_hold_are_replaced_by_the_nearest(page, document, qtbot):
    page.refresh()
    assert not page.nearest.isVisible()
    third = PRICE | {"id": "third", "table": "sites", "row": "here", "field": "power_mw"}
    pairs = [
        PRICE | {"correlations": [{"other": "demand", "rank": 0.9}, {"other": "third", "rank": 0.9}]},
        DEMAND | {"correlations": [{"other": "third", "rank": -0.9}]},
        third,
    ]
    document.apply(plan_of(uncertainties=pairs), "Correlate")
    page.refresh()
    assert page.nearest.isVisible()
    page.nearest.click()
    assert is_correlation(correlations_of(document.plan))
    page.refresh()
    assert not page.nearest.isVisible()
    assert document.undo_stack.undoText() == "Use the nearest correlations"


def test_a_row_leads_to_how_sure_it_is_and_to_the_input(page, document, qtbot):
    tried(page, qtbot)
    plot = page.alone.plot
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(40, HEAD_PX + ROW_PX + 8))
    assert (document.selection.table, document.selection.ids) == ("uncertainties", ("price",))
    plot.setFocus()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Return):
        qtbot.keyClick(plot, key)
    assert document.selection.ids == ("demand",)
    asked = []
    page.field_requested.connect(lambda *where: asked.append(where))
    page._open_menu("price", page.mapToGlobal(QPoint(10, 10)))
    menu = page.findChild(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    menus = [m for m in page.findChildren(QMenu) if m.isVisible()]
    assert menu is not None
    next(a for a in menus[0].actions() if a.text() == "Go to the input").trigger()
    menus[0].close()
    assert asked == [("offers", "rent", "price_usd")]


def test_an_input_is_removed_by_key_as_one_step(page, document, qtbot):
    tried(page, qtbot)
    page.alone.plot.setFocus()
    qtbot.keyClick(page.alone.plot, Qt.Key.Key_Delete)
    assert [u.id for u in document.plan.uncertainties] == ["price"]
    tried(page, qtbot)
    assert [s.id for s in page.alone.plot.picture.swings] == ["price"]
    document.undo_stack.undo()
    assert len(document.plan.uncertainties) == 2


def test_an_uncertain_input_has_no_name_and_is_copied_and_shown_all_the_same(page, document, qtbot):
    duplicate_rows(document, [("uncertainties", "price")])
    assert [u.id for u in document.plan.uncertainties] == ["price", "price_copy", "demand"]
    assert document.plan.uncertainties[1].high == document.plan.uncertainties[0].high
    inspector = Inspector(document, page._planner)
    qtbot.addWidget(inspector)
    document.select("uncertainties", ("price",))
    assert inspector.title.isReadOnly()
    before = document.plan
    inspector.title.commit_text("Another")
    assert document.plan is before
    document.select("offers", ("rent",))
    assert not inspector.title.isReadOnly()


def test_cases_are_drawn_and_say_where_the_plan_lies_among_them(page, document, qtbot):
    tried(page, qtbot)
    drawn(page, qtbot)
    picture = page.together.plot.picture
    assert picture.spread.count == DRAWN
    assert picture.spread.p10 < picture.base < picture.spread.p90
    counts, edges = picture.bins()
    assert counts.sum() == DRAWN
    assert (edges[0], edges[-1]) == pytest.approx((picture.values.min(), picture.values.max()))
    below = (picture.values <= picture.base).sum()
    said = page.together.words.text().replace("\u2009", " ")
    assert f"{100 * below / DRAWN:g} % of samples lie at or below it" in said
    rows = list(csv.reader(io.StringIO(page.together.text(","))))
    assert rows[0][:4] == ["Case", "Price of Rent, factor", "Demand of Work, factor", "Status"]
    assert len(rows) == DRAWN + 1
    at = rows[0].index("Total cost of ownership, USD")
    for line in rows[1:]:
        assert float(line[at]) == pytest.approx(picture.base * float(line[1]) * float(line[2]), rel=1e-6)
    page.together.sample.setValue(3)
    cost = page.outcomes.drawn[2].kpis["tco_usd"]
    assert page.together.told.text() == kpi_text(cost, "tco_usd", "USD")
    page.together.open.click()
    assert document.scenario.name == "Sample 3 of seed 0"
    assert solve_plan(document.plan).kpis["tco_usd"] == pytest.approx(cost)


def test_an_edit_makes_what_was_found_stale_and_tries_the_inputs_anew(page, document, qtbot):
    tried(page, qtbot)
    drawn(page, qtbot)
    before = page.alone.plot.picture
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "price")
    page.refresh()
    assert page.alone.plot.dimmed
    assert page.together.plot.dimmed
    assert page.together.state.text().startswith("Sampled before the last edit.")
    tried(page, qtbot)
    assert page.together.state.text() == "Sampled before the last edit. Sample again."
    assert not page.alone.plot.dimmed
    assert page.alone.plot.picture.base == pytest.approx(2 * before.base)
    assert page.together.plot.dimmed
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: not page._planner.is_stale)
    page.refresh()
    assert not page.together.plot.dimmed  # it is the plan that was drawn again


def test_a_name_makes_nothing_stale(page, document, qtbot):
    tried(page, qtbot)
    document.apply(with_fields(document.plan, "offers", "rent", name="Another"), "rename")
    assert page.outcomes.are_swings_fresh
    page.refresh()
    assert page.alone.plot.picture.swings[1].of == "Another"


def test_drawing_is_stopped_and_what_was_drawn_stays(page, document, qtbot):
    tried(page, qtbot)
    page.together.count.setCurrentIndex(2)
    qtbot.mouseClick(page.together.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.outcomes.drawn) > 3)
    page.refresh()
    assert page.together.button.text() == "Stop"
    qtbot.mouseClick(page.together.button, Qt.MouseButton.LeftButton)
    assert not page.outcomes.is_drawing
    kept = len(page.outcomes.drawn)
    page.refresh()
    assert 3 < kept < 1000
    assert page.together.state.text() == f"{kept} of 1000 samples."


def test_what_is_left_of_a_stopped_drawing_is_drawn_as_if_it_had_not_been_stopped(page, document, qtbot):
    tried(page, qtbot)
    drawn(page, qtbot)
    whole = list(page.outcomes.drawn)
    page.outcomes.draw(DRAWN)
    qtbot.waitUntil(lambda: len(page.outcomes.drawn) > 3)
    page.outcomes.stop_drawing()
    page.refresh()
    kept = len(page.outcomes.drawn)
    assert kept < DRAWN
    assert page.together.button.text() == "Sample the rest"
    page.together.count.setCurrentIndex(1)
    page.refresh()
    assert page.together.button.text() == "Sample again"
    page.together.count.setCurrentIndex(0)
    drawn(page, qtbot)
    assert page.outcomes.seed == 0
    found = [o.kpis["tco_usd"] for o in page.outcomes.drawn]
    assert found == pytest.approx([o.kpis["tco_usd"] for o in whole])
    assert page.together.state.isHidden()


def test_all_drawn_anew_are_other_cases_and_say_their_seed(page, document, qtbot):
    tried(page, qtbot)
    drawn(page, qtbot)
    first = page.outcomes.cases
    assert "Seed 0:" in page.together.words.text()
    drawn(page, qtbot)
    assert page.outcomes.cases != first
    assert page.outcomes.cases == draws(document.plan, DRAWN, 1)
    assert "Seed 1:" in page.together.words.text()
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "price")
    qtbot.waitUntil(lambda: not page._planner.is_stale)
    drawn(page, qtbot)
    assert page.outcomes.seed == 1  # what an edit does is seen without the luck of the draw


def test_how_long_the_cases_take_is_told_once_a_few_are_done():
    assert seconds_left([], 100) is None
    assert seconds_left([10.0, 11.2], 100) is None
    assert seconds_left([10.0, 11.2, 12.4], 10) == pytest.approx(7 * 1.2)
    assert [left_words(s) for s in (None, 4.9, 8.4, 41.0, 61.0, 3600.0, 9000.0)] == [
        "", "", "about 10 s left", "about 45 s left", "about 2 min left", "about 60 min left", "about 2 h left",
    ]  # fmt: skip


def test_how_far_the_work_is_and_how_long_it_takes_stands_on_the_page(page, document, qtbot, monkeypatch):
    tried(page, qtbot)
    page.together.count.setCurrentIndex(2)
    qtbot.mouseClick(page.together.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(page.outcomes.drawn) >= 3)
    monkeypatch.setattr(page.outcomes, "seconds_left", lambda name: 110.0 if name == "draws" else None)
    page.refresh()
    done = len(page.outcomes.drawn)
    assert page.outcomes.is_drawing
    said = f"{done} of 1000 samples, about 2 min left. Stop keeps the samples so far."
    assert page.together.state.text() == said
    assert page.together.state.isVisibleTo(page)
    page.outcomes.stop_drawing()


def test_an_axis_that_does_not_begin_at_zero_is_as_fine_as_its_steps():
    assert tick_texts([2e9, 2.5e9, 3e9], "USD", "USD") == ["$2.0B", "$2.5B", "$3.0B"]
    assert tick_texts([1100.0, 1120.0], "MW", "USD") == ["1\u2009100", "1\u2009120"]
    assert tick_texts([], "USD", "USD") == []


def test_cases_that_differ_by_the_rounding_of_the_solver_are_not_above_the_plan():
    found = [CaseOutcome("optimal", {"tco_usd": 100.0 * (1 + k * 1e-9)}) for k in range(-2, 3)]
    assert drawn_of(plan_of(), found, 100.0, "tco_usd").part_below(100.0) == 1.0
    owed = [CaseOutcome("optimal", {"liability_beyond_horizon_usd": v}) for v in (0.0, 1e-6, 5e6, 1e7)]
    assert drawn_of(plan_of(), owed, 0.0, "liability_beyond_horizon_usd").part_below(0.0) == 0.5


def test_a_process_that_dies_is_said_and_begun_anew(page, document, qtbot, monkeypatch):
    tried(page, qtbot)

    def dying(job, seconds):
        job._process.kill()
        job._process.wait()
        raise EOFError

    with monkeypatch.context() as patched:
        patched.setattr("gigaplan.engine.analysis.uncertainty.OutcomeJob.wait", dying)
        page.outcomes.draw(DRAWN)
        qtbot.waitUntil(lambda: not page.outcomes.is_drawing)
    page.refresh()
    assert "Internal error" in page.together.state.text()
    assert page.together.button.isEnabled()
    qtbot.mouseClick(page.together.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.outcomes.is_drawing)
    assert len(page.outcomes.drawn) == DRAWN
    assert page.outcomes.failure == ""


def test_cases_that_cannot_be_met_are_counted_and_named(qtbot, page, document):
    tight = plan_of(
        uncertainties=[DEMAND],
        sites=[{"power_mw": 0.32}],
        policies=[{"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1.0}],
    )
    document.apply(tight, "another")
    tried(page, qtbot)
    low, high = page.alone.plot.picture.swings[0].ends
    assert low.value is not None
    assert (high.value, high.failure) == (None, "infeasible")
    drawn(page, qtbot)
    failed = sum(o.status == "infeasible" for o in page.outcomes.drawn)
    assert failed > 3
    assert f"In {failed} of {DRAWN}" in page.together.words.text()
    assert page.together.plot.picture.spread.count == DRAWN - failed


def test_a_plan_without_an_optimum_or_with_a_bad_spread_says_why_nothing_is_tried(page, document, qtbot):
    tried(page, qtbot)
    document.apply(with_fields(document.plan, "uncertainties", "price", high=0.1), "bad")
    qtbot.waitUntil(lambda: "below mode" in page.outcomes.hindrance)
    page.refresh()
    assert "uncertainties[0].high" in page.alone.words.text()
    assert not page.together.button.isEnabled()
    document.undo_stack.undo()
    tried(page, qtbot)
    assert page.together.button.isEnabled()


def test_an_empty_page_makes_every_demand_price_and_power_limit_uncertain_at_once(qtbot, page, document):
    document.apply(plan_of(), "none")
    page.refresh()
    assert page._body.currentIndex() == 1
    qtbot.mouseClick(page.broad, Qt.MouseButton.LeftButton)
    inputs = [(u.table, u.row, u.field) for u in document.plan.uncertainties]
    assert inputs == [("workloads", "work", "demand"), ("offers", "rent", "price_usd"), ("sites", "here", "power_mw")]
    assert document.undo_stack.undoText().startswith("Add 3 uncertain inputs")
    assert document.selection.table == "uncertainties"
    tried(page, qtbot)
    assert len(page.alone.plot.picture.swings) == 3
    page.menu.aboutToShow.emit()
    demand, *_, broad = page.menu.actions()
    assert (demand.text(), demand.isEnabled(), broad.isEnabled()) == ("Demand", False, False)
    rate = next(a for a in page.menu.actions() if a.text() == "Discount rate")
    rate.trigger()
    assert document.plan.uncertainties[-1].field == "discount_rate"


def test_only_the_inputs_that_move_most_are_drawn_until_all_are_asked_for(qtbot, page, document):
    many = plan_of(
        offers=[{}] + [{"id": f"o{k}", "name": f"O {k}", "price_usd": 2 + k} for k in range(11)],
        uncertainties=[PRICE, DEMAND, *(PRICE | {"id": f"p{k}", "row": f"o{k}"} for k in range(11))],
    )
    document.apply(many, "many")
    tried(page, qtbot)
    assert page.alone.plot.rows() == 10
    assert page.alone.every.text() == "Show all 13 inputs"
    page.alone.every.setChecked(True)
    assert page.alone.plot.rows() == 13
    assert len(page.alone.text().splitlines()) == 14


def test_the_figures_leave_as_pictures_with_their_values(page, document, qtbot, tmp_path):
    tried(page, qtbot)
    drawn(page, qtbot)
    for card in (page.alone, page.together):
        figure = card.figure()
        assert figure.image().width() == 2 * figure.size.width()
        for suffix in ("png", "svg", "csv"):
            figure.save(tmp_path / f"x.{suffix}")
            assert (tmp_path / f"x.{suffix}").stat().st_size > 100
