"""The list of scenarios: what each changes and comes to, solved in the background."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_fields, with_row, with_settings
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.results.result import Result, failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.scenario_words import description, moved, outcome
from gigaplan.gui.views.scenarios.model import ASIDE, ScenarioModel
from gigaplan.gui.views.scenarios.panel import ScenariosPanel
from tests.gui.small_plans import ENTER, PLAN, SITE


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(PLAN)


@pytest.fixture
def planner(document: Document):
    planner = Planner(document)
    yield planner
    planner.stop()


def scenario(*overrides: Override, name: str = "S", id: str = "s") -> Scenario:
    return Scenario(id=id, name=name, overrides=overrides)


@pytest.fixture
def scenarios(document: Document, planner: Planner, qtbot: QtBot):
    dearer = Override(table="offers", row="rent", field="price_usd", op="scale", value=1.5)
    unknown = Override(table="offers", row="none", field="price_usd", op="scale", value=2.0)
    rows = (scenario(dearer, id="dear", name="Dear"), scenario(unknown, id="bad", name="Bad"))
    document.start(msgspec.structs.replace(PLAN, scenarios=rows))
    panel = ScenariosPanel(document, planner, Lateness(planner))
    qtbot.addWidget(panel)
    panel.resize(215, 250)
    panel.show()
    yield panel
    panel.stop()


def texts(panel: ScenariosPanel) -> list[str]:
    return [panel.model.index(k).data(ASIDE) for k in range(panel.model.rowCount())]


def test_overrides_in_words() -> None:
    other = msgspec.structs.replace(SITE, id="dublin", name="Dublin")
    plan = with_row(PLAN, "sites", other)
    overrides = (
        Override(table="sites", row="iowa", field="electricity_usd_per_mwh", op="scale", value=1.4),
        Override(table="sites", row="dublin", field="electricity_usd_per_mwh", op="scale", value=1.4),
        Override(table="sites", row="iowa", field="power_mw", op="add", value=-2.0, from_="2027-01"),
        Override(table="plan", field="discount_rate", op="set", value=0.1),
        Override(table="plan", field="residual_fraction", op="set", value=0.5),
        Override(table="offers", row="gone", field="price_usd", op="set", value=1.0),
    )
    assert moved(plan, scenario(*overrides)) == [
        "Electricity price of all sites × 1.4",
        "Facility power of Iowa − 2 MW, in 2027",
        "Discount rate = 0.1 /year",
        "Residual value = 50\u2009%",
        "Price of “gone” (gone) = 1",
    ]
    assert description(plan, scenario(name="Empty")) == "Empty\nIt changes nothing yet."


def test_the_outcome_is_the_cost_or_the_work_that_is_no_longer_served() -> None:
    # 10 PFLOP/s at 1 PFLOP/s × 0.5 a chip: 20 chips, rented at 2 USD/h over 2 × 8766 h.
    base = solve_plan(PLAN)
    assert base.kpis["tco_usd"] == pytest.approx(20 * 2 * 2 * 8766)
    dearer = solve_plan(with_fields(PLAN, "offers", "rent", price_usd=3.0))
    assert outcome(dearer, base).text == "+$351\u2009k"
    assert outcome(base, base).text == "as base"
    half = solve_plan(with_fields(PLAN, "offers", "rent", supply_chips_per_month=(10.0 / 12, 10.0 / 12)))
    assert half.kpis["coverage_by_value"] == pytest.approx(0.5)
    assert (outcome(half, base).text, outcome(half, base).role) == ("−50\u2009% served", "warning")
    assert outcome(failure(PLAN, "infeasible", ()), base).text == "infeasible"
    nothing = solve_plan(with_fields(PLAN, "workloads", "train", demand=0.0))
    assert nothing.kpis["coverage_by_value"] is None
    assert outcome(nothing, base).text == "−$701\u2009k"


def test_scenarios_are_solved_in_the_background_and_wait_while_the_plan_moves(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    assert texts(scenarios)[1:] == ["…", "…"]
    qtbot.waitUntil(lambda: texts(scenarios) == ["optimal", "+$351\u2009k", "not solved"], timeout=20_000)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "Edit")
    assert texts(scenarios) == ["optimal", "…", "…"]  # that of the base, as a rule, is there before anybody looks
    assert scenarios.results == {}
    qtbot.waitUntil(lambda: texts(scenarios) == ["optimal", "+$701\u2009k", "not solved"], timeout=20_000)
    assert scenarios.results["dear"].kpis["tco_usd"] == pytest.approx(20 * 6 * 2 * 8766)


def test_the_base_that_is_late_says_so(scenarios: ScenariosPanel, planner: Planner, document: Document, qtbot) -> None:
    qtbot.waitUntil(lambda: texts(scenarios)[0] == "optimal", timeout=20_000)
    planner.stop()
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "Edit")
    assert texts(scenarios)[0] == "optimal"
    qtbot.waitUntil(lambda: texts(scenarios)[0] == "…")


def test_lines_that_say_the_same_are_not_painted_again(scenarios: ScenariosPanel, document: Document, qtbot) -> None:
    qtbot.waitUntil(lambda: texts(scenarios) == ["optimal", "+$351\u2009k", "not solved"], timeout=20_000)
    told = []
    scenarios.model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=4.0), "Edit")
    assert told == [(1, 1), (2, 2)]
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=5.0), "Edit")
    assert told == [(1, 1), (2, 2)]


def test_what_no_optimum_depends_on_solves_nothing_again(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    before = scenarios.results["dear"]
    document.apply(with_settings(document.plan, notes="A word."), "Edit")
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    assert scenarios.results["dear"] is before


def test_words_move_no_figure_and_are_followed_at_once(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: len(scenarios.results) == 2)
    solved = scenarios.results["dear"]
    plan = with_fields(document.plan, "offers", "rent", name="Other name", source="A quotation")
    document.apply(with_fields(plan, "scenarios", "dear", name="Dearer"), "Edit")
    told = scenarios.results["dear"]
    assert told.solution is solved.solution
    assert (told.plan.offers[0].name, told.plan.offers[0].price_usd) == ("Other name", 3.0)
    qtbot.waitUntil(lambda: texts(scenarios) == ["optimal", "+$351\u2009k", "not solved"])


def test_another_scenario_leaves_the_first_as_it_is(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: len(scenarios.results) == 2)
    dearest = Override(table="offers", row="rent", field="price_usd", op="scale", value=2.0)
    document.apply(with_row(document.plan, "scenarios", scenario(dearest, id="more", name="More")), "Edit")
    assert set(scenarios.results) == {"dear"}
    document.apply(with_fields(document.plan, "scenarios", "dear", overrides=(dearest,)), "Edit")
    assert scenarios.results == {}
    qtbot.waitUntil(lambda: texts(scenarios)[1:] == ["+$701\u2009k", "not solved", "+$701\u2009k"])


def test_the_newest_plan_wins(scenarios: ScenariosPanel, document: Document, qtbot: QtBot) -> None:
    for price in (3.0, 4.0, 5.0):
        document.apply(with_fields(document.plan, "offers", "rent", price_usd=price), "Edit")
        scenarios.worker.solve(document.plan)
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    assert scenarios.results["dear"].kpis["tco_usd"] == pytest.approx(20 * 7.5 * 2 * 8766)


def test_after_a_stop_nothing_is_solved(scenarios: ScenariosPanel, document: Document, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: len(scenarios.results) == 2, timeout=20_000)
    scenarios.stop()
    found = []
    scenarios.worker.found.connect(lambda *each: found.append(each))
    scenarios.worker.solve(with_fields(document.plan, "offers", "rent", price_usd=9.0))
    qtbot.wait(200)
    assert found == []


def test_scenarios_are_chosen_renamed_copied_and_deleted_with_the_keyboard(
    scenarios: ScenariosPanel, document: Document, qtbot: QtBot
) -> None:
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Down)
    assert (document.selection.table, document.selection.ids) == ("scenarios", ("dear",))
    qtbot.keyClick(scenarios.list, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert [s.name for s in document.base.scenarios] == ["Dear", "Dear copy", "Bad"]
    assert scenarios.list.currentIndex().data() == "Dear copy"
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Delete)
    assert [s.name for s in document.base.scenarios] == ["Dear", "Bad"]
    scenarios.list.setCurrentIndex(scenarios.model.index(1))
    qtbot.keyClick(scenarios.list, Qt.Key.Key_F2)
    editor = scenarios.list.findChild(QLineEdit)
    qtbot.keyClicks(editor, "Cost")
    scenarios.model.set_base(scenarios._planner.result, False)
    qtbot.keyClicks(editor, "ly")
    qtbot.keyClick(editor, ENTER)
    qtbot.waitUntil(lambda: document.base.scenarios[0].name == "Costly")
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Insert)
    assert document.base.scenarios[-1].name == "New scenario"
    qtbot.keyClick(scenarios.list, Qt.Key.Key_Home)
    assert document.selection.table == "plan"


def test_scenario_model_is_sound(qtmodeltester) -> None:
    model = ScenarioModel(msgspec.structs.replace(PLAN, scenarios=(scenario(),)), lambda *_: False)
    result: Result = failure(PLAN, "infeasible", ())
    model.set_base(result, False)
    model.set_result("s", result)
    qtmodeltester.check(model)
    assert [model.index(k).data(ASIDE) for k in range(2)] == ["infeasible", "infeasible"]
