"""The list of problems: what is in it, where a double-click leads, and what it says without an answer."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan, with_fields, with_row, without
from gigaplan.engine.plan.problems import Problem, say
from gigaplan.engine.plan.schema import Offer, Platform, Policy, Port, Settings, Site, Workload
from gigaplan.engine.results.result import failure
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.problem_list import gathered, where
from gigaplan.gui.views.problems.panel import WHERE, ProblemsPanel

PLAN = Plan(
    settings=Settings(name="p", start="2026-01", periods=1, months_per_period=12, discount_rate=0.0),
    platforms=(
        Platform(id="chip", name="Chip", vendor="V", stack="cuda", bf16_tflops=1000, memory_gb=80,
                 memory_bandwidth_gb_s=3000, power_w=1000),
    ),
    sites=(Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=10.0, pue=1.0, electricity_usd_per_mwh=50.0),),
    offers=(Offer(id="rent", name="Rent", platform="chip", provider="Cloud", kind="rental", price_usd=2.0, sites="*",
                  supply_chips_per_month=5 / 12),),
    workloads=(Workload(id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, utilisation=0.5,
                        unmet_usd=20.0),),
)  # fmt: skip
"""It needs 20 chips and can have 5."""


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(PLAN)


@pytest.fixture
def panel(document: Document, qtbot: QtBot):
    planner = Planner(document)
    panel = ProblemsPanel(document, planner)
    qtbot.addWidget(panel)
    panel.resize(700, 160)
    panel.show()
    yield panel
    planner.stop()


def shown(panel: ProblemsPanel) -> list[tuple[str, str]]:
    model = panel.model
    return [(model.index(k).data(WHERE), model.index(k).data()) for k in range(model.rowCount())]


def test_no_problems_are_said_so(panel: ProblemsPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel._checked is not None)
    assert shown(panel) == []
    assert panel.counts == (0, 0)
    assert panel._stack.currentWidget().text() == "No problems."


def test_an_edit_brings_a_problem_and_undo_takes_it_away(
    panel: ProblemsPanel, document: Document, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(panel.count_changed) as counted:
        document.apply(with_fields(document.plan, "sites", "iowa", pue=0.5), "Edit")
    assert counted.args == [1, 0]
    assert shown(panel) == [("Iowa · PUE", "Must be 1 or more; it is 0.5.")]
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: panel.counts == (0, 1))
    assert shown(panel) == [("Train", "75\u2009% of its work is not served, worth $1.31\u2009M.")]


def test_problems_are_copied_with_headers(panel: ProblemsPanel, document: Document, qtbot: QtBot) -> None:
    with qtbot.waitSignal(panel.count_changed):
        document.apply(with_fields(document.plan, "sites", "iowa", pue=0.5, name="=Iowa"), "Edit")
    qtbot.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0] == ["Severity", "Where", "Problem", "What to do", "Path"]
    assert lines[1][:3] == ["error", "'=Iowa · PUE", "Must be 1 or more; it is 0.5."]
    assert lines[1][4] == "sites[0].pue"


@pytest.mark.parametrize("way", ["mouse", "enter"])
def test_going_to_a_problem_chooses_its_row_and_asks_for_its_field(
    panel: ProblemsPanel, document: Document, qtbot: QtBot, way: str
) -> None:
    document.apply(without(document.plan, "platforms", ("chip",)), "Edit")
    qtbot.waitUntil(lambda: panel.counts == (1, 0))
    index = panel.model.index(0)
    with qtbot.waitSignal(panel.field_requested) as asked:
        if way == "mouse":
            place = panel.list.visualRect(index).center()
            qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
            qtbot.mouseDClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
        else:
            panel.list.setCurrentIndex(index)
            qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert asked.args == ["offers", "rent", "platform"]
    assert (document.selection.table, document.selection.ids) == ("offers", ("rent",))


def test_a_plan_that_cannot_be_met_is_an_error_in_words(panel: ProblemsPanel, document: Document, qtbot: QtBot) -> None:
    policy = Policy(id="all", name="All", kind="coverage", limit=1.0)
    document.apply(with_row(document.plan, "policies", policy), "Edit")
    qtbot.waitUntil(lambda: panel.counts == (1, 0), timeout=20_000)
    assert shown(panel)[-1] == ("Plan", "No plan meets every limit.")
    document.apply(with_fields(document.plan, "policies", "all", limit=0.1), "Edit")
    qtbot.waitUntil(lambda: panel.counts == (0, 1), timeout=20_000)
    assert shown(panel)[0][0] == "Train"


def test_the_line_stays_chosen_while_its_figure_moves(panel: ProblemsPanel, document: Document, qtbot: QtBot) -> None:
    document.apply(with_fields(document.plan, "sites", "iowa", pue=0.5), "Edit")
    qtbot.waitUntil(lambda: panel.counts == (1, 0))
    panel.list.setCurrentIndex(panel.model.index(0))
    document.apply(with_fields(document.plan, "sites", "iowa", pue=0.6), "Edit")
    qtbot.waitUntil(lambda: shown(panel) == [("Iowa · PUE", "Must be 1 or more; it is 0.6.")])
    assert panel.list.currentIndex().row() == 0


def test_each_problem_is_listed_once_and_errors_first() -> None:
    late = Problem(severity="warning", message=say("limit_violated", violation=1e-3))
    nothing = say("nothing_there", table="sites", what="a place for chips")
    look = Problem(severity="warning", path="sites", message=nothing, table="sites")
    bad = Problem(severity="error", path="sites[0].pue", message=say("below_least", ge=1.0), table="sites", row="iowa")
    result = failure(PLAN, "error", (look, bad, late))
    assert gathered(PLAN, (look, bad), result) == [bad, look, late]
    # Of an older plan, what the solver said still stands; what its checks found does not.
    newer = msgspec.structs.replace(PLAN, sites=())
    assert gathered(newer, (look,), result) == [look, late]


def test_an_error_that_nothing_explains_is_still_told() -> None:
    (problem,) = gathered(PLAN, (), failure(PLAN, "error", ()))
    assert (problem.severity, problem.text) == ("error", "The plan could not be solved")


def test_where_names_rows_fields_and_places() -> None:
    plan = msgspec.structs.replace(PLAN, ports=(Port(workload="train", stack="xla", cost_usd=1.0),))

    def at(**place: str) -> str:
        return where(plan, Problem(severity="error", message=say("no_values"), **place))

    assert at(path="sites[0].pue", table="sites", row="iowa", field="pue") == "Iowa · PUE"
    assert at(path="ports[0].stack", table="ports", field="stack") == "Port 1 · Software stack"
    assert at(path="plan.periods", table="plan", field="periods") == "Plan · Number of periods"
    assert at(path="sites", table="sites") == "Sites"
    assert at(path="") == "Plan"


def test_a_plan_without_rows_is_survived(panel: ProblemsPanel, document: Document, qtbot: QtBot) -> None:
    document.start(Plan(settings=PLAN.settings))
    qtbot.waitUntil(lambda: panel.counts == (0, 3))
    assert [place for place, _ in shown(panel)] == ["Workloads", "Offers", "Sites"]
    panel.list.setCurrentIndex(panel.model.index(0))
    with qtbot.waitSignal(panel.field_requested) as asked:
        qtbot.keyClick(panel.list, Qt.Key.Key_Enter)
    assert asked.args == ["workloads", "", ""]
    assert document.selection.table == "plan"
