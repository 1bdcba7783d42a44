"""The card that says what to sign now: worlds by a click, weights, candidates in worlds, and words."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.analysis.decisions.ready_worlds import ready_worlds
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.present.decision_words import choice_words
from gigaplan.gui.text.number_format import THIN
from gigaplan.gui.views.risk.decide import NEEDS_TWO, DecideCard
from gigaplan.gui.views.risk.tradeoffs import NO_TRADE, ExitCard, FlipCard, FrontierCard, NearCard, WaitingCard
from tests.engine.plans import plan_of

BOUGHT = plan_of(
    plan={"periods": 1, "discount_rate": 0.0},
    offers=[{"kind": "purchase", "price_usd": 100_000, "id": "buy", "name": "Buy"}],
)
TREBLE = Override(table="workloads", row="work", field="demand", op="scale", value=3.0)


@pytest.fixture
def card(qtbot: QtBot, no_thread_left):
    made = DecideCard(Document(BOUGHT), lambda: "plan")
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    yield made
    made.stop()


def with_world(card: DecideCard) -> None:
    rush = Scenario(id="rush", name="Rush", overrides=(TREBLE,), weight=3.0)
    card._document.apply(msgspec.structs.replace(BOUGHT, scenarios=(rush,)), "World", in_base=True)


def texts(card: DecideCard, row: int) -> list[str]:
    return [card.table.item(row, k).text() for k in range(card.table.columnCount())]


def test_a_world_is_one_click_and_one_step(card: DecideCard) -> None:
    assert card.state.text() == NEEDS_TWO
    assert not card.button.isEnabled()
    card.worlds.add(next(r for r in ready_worlds(BOUGHT) if r.name == "Demand doubles"))
    assert [s.name for s in card._document.base.scenarios] == ["Demand doubles"]
    assert card.button.isEnabled()
    assert texts(card, 0) == ["Weight", "1", "1", ""]
    card._document.undo_stack.undo()
    assert card._document.base.scenarios == ()


def test_a_weight_is_typed_and_nonsense_is_refused(card: DecideCard) -> None:
    with_world(card)
    card.table.item(0, 2).setText("0.5")
    assert card._document.base.scenarios[0].weight == 0.5
    card.table.item(0, 1).setText("2")
    assert card._document.base.settings.base_weight == 2.0
    card.table.item(0, 2).setText("many")
    assert card.said.text() == "A weight is a number, 0 or more."
    assert card._document.base.scenarios[0].weight == 0.5


def test_plans_are_compared_in_every_world_and_told_in_words(card: DecideCard, qtbot: QtBot) -> None:
    with_world(card)
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert card.button.text() == "Stop"
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    assert card.table.rowCount() == 4
    assert texts(card, 1)[0] == "Hedged over all"
    assert texts(card, 2)[1].startswith("best · 100")
    assert texts(card, 3)[2].startswith("best · 100")
    assert texts(card, 2)[2].startswith("+$")
    words = choice_words(card._document.base, card.decisions.found)
    assert words[0].startswith("The hedged plan costs against the best for Base: +")
    assert "order 600 instead of 200 chips of Buy" in words[1]
    assert card.losses.item(0, 0).text() in ("vendor acme", "provider cloud", "stack s", "site here", "jurisdiction US")
    assert card.text().count("\n") == 6
    first, lost = card.shown()
    assert (first.title, first.heads[1:3]) == ("What to sign now", ("Base", "Rush"))
    assert first.rows[1][0] == "Hedged over all"
    assert lost.rows
    card.table.item(0, 1).setText("5")
    assert card.state.text().startswith("Compared before the last edit")
    assert card.shown() == []


def test_it_can_be_stopped(card: DecideCard, qtbot: QtBot) -> None:
    with_world(card)
    card.button.click()
    card.button.click()
    assert not card.decisions.is_busy
    assert card.button.text() == "Compare plans"


TWO_VENDORS = plan_of(
    plan={"periods": 1, "discount_rate": 0.0},
    platforms=[{}, {"id": "other", "vendor": "bolt"}],
    offers=[
        {"kind": "purchase", "price_usd": 100_000, "id": "buy", "name": "Buy"},
        {"kind": "purchase", "price_usd": 101_000, "id": "also", "name": "Also", "platform": "other"},
    ],
)


def made(qtbot: QtBot, kind: type, plan: Plan = TWO_VENDORS, *more: object) -> FrontierCard | NearCard:
    months = (lambda: 6.0,) if kind is FrontierCard else ()
    card = kind(Document(plan), lambda: "plan", *months, *more)
    qtbot.addWidget(card)
    card.resize(800, 500)
    card.show()
    return card


def test_a_point_of_the_frontier_becomes_a_policy(qtbot: QtBot, no_thread_left) -> None:
    card = made(qtbot, FrontierCard)
    card.aim.setCurrentIndex(card.aim.findData("vendor"))
    assert not card.keep.isEnabled()
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    assert card.table.item(0, 0).text() == f"100{THIN}%"
    assert card.table.item(card.table.rowCount() - 1, 0).text() == f"50{THIN}%"
    card.grab()
    drawing_is_like_others(card, qtbot)
    card.table.selectRow(card.table.rowCount() - 1)
    card.keep.click()
    (policy,) = card._document.base.policies
    assert (policy.kind, policy.dimension) == ("share", "vendor")
    assert policy.limit == pytest.approx(0.5, abs=1e-3)
    assert card.state.text().startswith("Found before the last edit")
    card.stop()


def drawing_is_like_others(card: FrontierCard | FlipCard, qtbot: QtBot) -> None:
    """A click and a right click on it are of a point, and it leaves the program as a picture, a drawing and figures."""
    plot, rows = card.plot, card.table.rowCount()
    x = {False: 1, True: plot.width() - 2}
    ends = [plot.row_at(x[last]) for last in (False, True)]
    assert sorted(ends) == [0, rows - 1]
    for last, row in zip((False, True), ends, strict=True):
        qtbot.mouseMove(plot, QPoint(x[last], 40))
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(x[last], 40))
        assert card.table.currentRow() == row
        found = card.pointed(plot.pos() + QPoint(x[last], 40))
        assert card.table.item(row, 1).text() in found.spoken
        assert found.fields or isinstance(card, FrontierCard)
    figure = card.figure()
    assert figure.image().size() == figure.size * 2
    assert b"<svg" in figure.svg()
    assert figure.caption.startswith("objective by ")
    assert figure.csv == card.text(",")
    card.save.kinds.aboutToShow.emit()
    assert all(action.isEnabled() for action in card.save.kinds.actions())


def test_plans_that_cost_nearly_as_little_are_listed(qtbot: QtBot, no_thread_left) -> None:
    card = made(qtbot, NearCard)
    card.slack.setValue(5)
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    rows = {card.table.item(k, 0).text(): card.table.item(k, 2).text() for k in range(card.table.rowCount())}
    assert rows["least chips of acme"] == "200 of Also"
    assert rows["least chips of bolt"] == "200 of Buy"
    assert card.state.text() == "No order is in all of these plans."
    at = next(k for k in range(card.table.rowCount()) if card.table.item(k, 0).text() == "least chips of acme")
    assert not card.open.isEnabled()
    card.table.selectRow(at)
    card.open.click()
    document = card._document
    assert document.scenario is not None
    assert document.scenario.name == "Least chips of acme"
    chips = solve_plan(document.plan).series("chips", "offer")
    assert {id: round(float(each[0])) for id, each in chips.items()} == {"buy": 0, "also": 200}
    card.stop()


def test_a_point_of_the_frontier_opens_as_a_scenario(qtbot: QtBot, no_thread_left) -> None:
    """The policy is off in the base, and on in the scenario: half of the power at most is of one vendor."""
    card = made(qtbot, FrontierCard)
    card.aim.setCurrentIndex(card.aim.findData("vendor"))
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    card.table.selectRow(card.table.rowCount() - 1)
    card.open.click()
    document = card._document
    assert document.scenario is not None
    assert not document.base.policies[0].enabled
    assert document.plan.policies[0].enabled
    assert solve_plan(document.plan).kpis["vendor_hhi"] == pytest.approx(0.5, abs=1e-3)
    card.stop()


def cells(card: FrontierCard | NearCard) -> list[list[str]]:
    table = card.table
    return [[table.item(k, c).text() for c in range(table.columnCount())] for k in range(table.rowCount())]


def test_a_limit_that_no_policy_keeps_is_shown_and_not_kept(qtbot: QtBot, no_thread_left) -> None:
    card = made(qtbot, FrontierCard)
    card.aim.setCurrentIndex(card.aim.findData("power"))
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    card.table.selectRow(1)
    assert not card.keep.isEnabled()
    assert cells(card)[-1][0] == "0 MW"
    limit = card.decisions.found.points[1].limit
    card.open.click()
    assert card._document.scenario is not None
    assert solve_plan(card._document.plan).kpis["peak_facility_mw"] == pytest.approx(limit, rel=1e-4)
    card.stop()


def test_less_of_the_worst_cases_is_a_frontier_over_the_worlds(qtbot: QtBot, no_thread_left) -> None:
    card = made(qtbot, FrontierCard)
    card.aim.setCurrentIndex(card.aim.findData("cvar"))
    card.button.click()
    assert card.said.text() == NEEDS_TWO
    rush = Scenario(id="rush", name="Rush", overrides=(TREBLE,))
    card._document.apply(msgspec.structs.replace(TWO_VENDORS, scenarios=(rush,)), "World", in_base=True)
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    # What is best on average is best in the worst cases too: the one plan is listed once, and that is said.
    assert (card.table.rowCount(), card.state.text()) == (1, NO_TRADE)
    assert card.plot.isHidden()
    card.table.selectRow(card.table.rowCount() - 1)
    card.open.click()
    assert card._document.scenario is not None
    assert card._document.scenario.name.startswith("Mean of the worst cases")
    assert solve_plan(card._document.plan).status == "optimal"
    card.stop()


def test_the_changes_along_an_input_are_listed(qtbot: QtBot, no_thread_left) -> None:
    """Above 101,000 USD the other vendor's chips are bought."""
    card = made(qtbot, FlipCard)
    assert card.input.itemText(0) == "Price of Buy"
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    assert card.state.text() == f"The best plan changes at 101{THIN}000 USD/chip."
    assert [stretch.end for stretch in card.plot.picture.stretches] == pytest.approx([101_000, 200_000])
    first, second = cells(card)
    assert first[0] == f"50{THIN}000 to 101{THIN}000 USD/chip"
    assert (first[1], second[1]) == ("200 Chip", "200 Chip")
    drawing_is_like_others(card, qtbot)
    assert [shown.title for shown in card.shown()] == ["Where the best plan changes"]
    card.stop()


def test_an_exit_clause_is_valued_for_a_fee(qtbot: QtBot, no_thread_left) -> None:
    """Work for 200 chips in the first of two years, in one world in the second too; 100,000 USD a year are owed."""
    deal = {
        "id": "deal", "name": "Deal", "provider": "cloud", "start": "2026-01", "months": 24,
        "commit_usd_per_year": 100_000, "discount": 0.5, "status": "signed",
    }  # fmt: skip
    plan = plan_of(
        plan={"periods": 2, "discount_rate": 0.0},
        sites=[{"power_mw": None}],
        offers=[{"price_usd": 1000 / 8766, "term_months": 12, "energy_included": True, "agreement": "deal"}],
        workloads=[{"demand": [100.0, 0.0]}],
        agreements=[deal],
    )
    more = Override(table="workloads", row="work", field="demand", op="set", value=100.0)
    worlds = (Scenario(id="more", name="More", overrides=(more,)),)
    card = made(qtbot, ExitCard, msgspec.structs.replace(plan, scenarios=worlds), lambda: 12.0)
    assert (card.agreement.currentText(), card.date.currentText()) == ("Deal", "2027-01")
    card.fee.setText("many")
    card.button.click()
    assert card.said.text()
    card.fee.setText("20k")
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    assert card.decisions.found.worth_usd == pytest.approx(40_000)
    assert card.state.text() == "Deal is left in Base."
    assert cells(card)[1][2] == f"$40{THIN}k"
    card.stop()


def test_what_it_costs_to_know_later(qtbot: QtBot, no_thread_left) -> None:
    rush = Scenario(id="rush", name="Rush", overrides=(TREBLE,))
    card = made(qtbot, WaitingCard, msgspec.structs.replace(BOUGHT, scenarios=(rush,)), lambda: 0.0)
    card.button.click()
    qtbot.waitUntil(lambda: card.decisions.is_fresh and not card.decisions.is_busy)
    rows = cells(card)
    assert [row[0] for row in rows] == ["On that date", "3 months later", "6 months later", "12 months later"]
    assert rows[0][2] == ""
    assert rows[1][2].startswith("+$")
    card.stop()
