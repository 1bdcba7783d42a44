"""Where the work of a job breaks, the window says so instead of waiting for ever, and works at the next question."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

import gigaplan.engine.analysis.infeasibility.remedies as remedies
import gigaplan.engine.analysis.uncertainty as uncertainty
import gigaplan.engine.analysis.waterfall as waterfall
import gigaplan.engine.exchange.plan_to_sheets as sheets
import gigaplan.engine.solve.integer_decisions as integer_decisions
import gigaplan.engine.solve.solve as solving
import gigaplan.gui.jobs.history_job as history_job
import gigaplan.gui.views.tables.file_io as file_io
from gigaplan.engine.plan.plan import Plan, with_fields, with_row
from gigaplan.engine.plan.schema import Override, Policy, Port, Scenario, Uncertainty
from gigaplan.engine.results.status import STATUS
from gigaplan.engine.storage.crash_log_write import RecoveryFile
from gigaplan.engine.storage.history import Version
from gigaplan.gui.files.autosave import FAULT
from gigaplan.gui.files.crash_reports import CrashReports
from gigaplan.gui.jobs.worker import FAILED
from gigaplan.gui.widgets.texts import Label
from gigaplan.gui.window.main_window import MainWindow
from tests.engine.plans import plan_of


class Unforeseen(Exception):
    """What no job expects."""


class Deadly(BaseException):
    """What no code catches: the thread dies of it."""


@pytest.fixture(params=[Unforeseen, Deadly])
def breaks(request: pytest.FixtureRequest) -> Callable[..., Any]:
    def broken(*_: object, **__: object) -> Any:
        raise request.param("broken by a test")

    return broken


@pytest.fixture
def window(tmp_path: Path, reports: CrashReports, qtbot: QtBot, no_thread_left: None) -> Iterator[MainWindow]:
    made = MainWindow(tmp_path / "data", reports)
    made.document.start(plan_of())
    made.files.opened.emit()
    made.resize(1600, 1000)
    made.show()
    qtbot.waitUntil(lambda: not made.planner.is_stale)
    yield made
    made.document.undo_stack.setClean()
    made.close()


def said(widget: QWidget) -> str:
    """All that its labels say."""
    return " | ".join(label.text() for label in widget.findChildren(Label) if label.isVisible())


def edited(plan: Plan, value: float) -> Plan:
    return with_fields(plan, "workloads", plan.workloads[0].id, unmet_usd=value)


def test_the_planner(window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(solving, "inputs_of", breaks)
        window.document.apply(edited(window.document.plan, 2000.0), "edit")
        qtbot.waitUntil(lambda: STATUS["error"].clause in said(window.status))
    window.document.apply(edited(window.document.plan, 3000.0), "edit")
    qtbot.waitUntil(lambda: "optimal" in said(window.status))


def test_the_proof(window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    port = Port(workload=window.document.plan.workloads[0].id, stack="none", cost_usd=1e6)
    window.document.apply(with_row(window.document.plan, "ports", port), "port")
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    with monkeypatch.context() as patch:
        patch.setattr(integer_decisions, "ProofJob", breaks)
        window.document.apply(edited(window.document.plan, 2000.0), "edit")  # the port stays as it was decided
        qtbot.waitUntil(lambda: "ports are not proven" in said(window.status))
    window.document.apply(edited(window.document.plan, 3000.0), "edit")
    qtbot.waitUntil(lambda: window.planner.result is not None and window.planner.result.integers == "proven")


def test_the_diagnosis(window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    explain = window.explain
    with monkeypatch.context() as patch:
        patch.setattr(remedies, "diagnose", breaks)
        capped = with_row(window.document.plan, "policies", Policy(id="cap", name="Cap", kind="budget", limit=1.0))
        all_of_it = with_row(capped, "policies", Policy(id="all", name="All", kind="coverage", limit=1.0))
        window.document.apply(all_of_it, "infeasible")
        qtbot.waitUntil(lambda: FAILED in said(explain))
        window.document.select("offers", [window.document.plan.offers[0].id])
        qtbot.waitUntil(lambda: not explain._rest.isActive())
        assert FAILED in said(explain)  # and no endless search is begun by a look
    (again,) = (button for button in explain.findChildren(QPushButton) if button.text() == "Try again")
    again.click()
    qtbot.waitUntil(lambda: "Any one of these makes the plan feasible:" in said(explain))
    window.document.select("sites", [window.document.plan.sites[0].id])
    qtbot.waitUntil(lambda: not explain._rest.isActive())
    assert "Any one of these makes the plan feasible:" in said(explain)  # what is known is not looked for again


def test_a_remedy_is_shown_while_others_are_looked_for(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    go_on, whole = threading.Event(), remedies.diagnose

    def halting(plan: Plan, *, told: Callable[[remedies.Remedy], object], **given: Any) -> remedies.Diagnosis:
        def tell(remedy: remedies.Remedy) -> None:
            told(remedy)
            assert go_on.wait(10)

        return whole(plan, told=tell, **given)

    monkeypatch.setattr(remedies, "diagnose", halting)
    asked = with_fields(window.document.plan, "sites", window.document.plan.sites[0].id, power_mw=0.0)
    window.document.apply(with_row(asked, "policies", Policy(id="all", kind="coverage", limit=0.9)), "infeasible")
    qtbot.waitUntil(lambda: "Found so far, each enough by itself:" in said(window.explain))
    assert "Looking for the smallest remedies …" in said(window.explain)
    assert any("accept" in button.text().lower() for button in window.explain.findChildren(QPushButton))
    go_on.set()
    qtbot.waitUntil(lambda: "Any one of these makes the plan feasible:" in said(window.explain))
    assert "Looking for" not in said(window.explain)


def with_scenario(plan: Plan, factor: float) -> Plan:
    dear = Override(table="offers", row="rent", field="price_usd", op="scale", value=factor)
    return with_row(plan, "scenarios", Scenario(id="dear", name="Dear", overrides=(dear,)))


def test_the_scenarios(window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    provider = window.scenarios.provider
    with monkeypatch.context() as patch:
        patch.setattr(history_job.KeptSolver, "solve", breaks)
        window.document.apply(with_scenario(window.document.plan, 2.0), "scenario")
        provider.worker.solve(window.document.plan)
        qtbot.waitUntil(lambda: bool(provider.results) and provider.results["dear"].status == "error")
    window.document.apply(edited(window.document.plan, 3000.0), "edit")
    qtbot.waitUntil(lambda: bool(provider.results) and provider.results["dear"].status == "optimal")


def test_the_steps_of_a_scenario(
    window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    provider, answers = window.scenarios.provider, []
    window.document.apply(with_scenario(window.document.plan, 2.0), "scenario")
    qtbot.waitUntil(lambda: window.is_settled())
    provider.explained.connect(lambda *each: answers.append(each[2]))
    with monkeypatch.context() as patch:
        patch.setattr(waterfall, "by_override", breaks)
        provider.explain("dear", "tco_usd")
        qtbot.waitUntil(lambda: answers == ["The steps could not be computed."])
    provider.explain("dear", "tco_usd")
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert len(answers[1]) >= 1
    assert not isinstance(answers[1], str)


def test_uncertain_inputs(window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    row = Uncertainty(id="u", table="offers", row="rent", field="price_usd", distribution="uniform", low=0.5, high=2.0)
    window.document.apply(with_row(window.document.plan, "uncertainties", row), "uncertain")
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    page = window.show_view("risk")
    qtbot.waitUntil(lambda: page.outcomes.are_swings_fresh)
    with monkeypatch.context() as patch:
        patch.setattr(uncertainty, "OutcomeJob", breaks)
        page.outcomes.draw(3)
        qtbot.waitUntil(lambda: FAILED in said(page))
    assert not page.outcomes.is_drawing
    page.outcomes.draw(3)
    qtbot.waitUntil(lambda: len(page.outcomes.drawn) == 3)
    assert FAILED not in said(page)


def test_earlier_saves(
    window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    window.document.save(tmp_path / "plan.gigaplan")
    window.document.apply(edited(window.document.plan, 3000.0), "edit")
    window.document.save()
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    with monkeypatch.context() as patch:
        patch.setattr(history_job, "read_history", breaks)
        page = window.show_view("history")
        qtbot.waitUntil(lambda: FAILED in said(page))
    page._read_state = None
    with monkeypatch.context() as patch:
        patch.setattr(Version, "plan", breaks)
        page.refresh()
        qtbot.waitUntil(lambda: "could not be found. " + FAILED in said(page))
    page.list.setCurrentRow(-1)
    page.list.setCurrentRow(0)
    qtbot.waitUntil(lambda: "1 input changed" in said(page))


def test_an_export(
    window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sheets, "to_workbook", breaks)
        window.exports.write(tmp_path / "a.xlsx")
        qtbot.waitUntil(lambda: f"The workbook was not written. {FAILED}" in said(window.bars))
    assert not (tmp_path / "a.xlsx").exists()
    window.exports.write(tmp_path / "a.xlsx")
    qtbot.waitUntil(lambda: "was written to a.xlsx" in said(window.bars))


def test_a_table_from_a_file(
    window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "sites.csv"
    page = window.show_view("tables")
    page.show_table("sites")
    sheet = page.grid.sheet_model.sheet
    file.write_text(f"Id,PUE\n{window.document.plan.sites[0].id},1.5\n")
    with monkeypatch.context() as patch:
        patch.setattr(file_io, "ReadJob", breaks)
        page.taking.transfer.read_file(file, sheet)
        qtbot.waitUntil(lambda: FAILED in said(page))
    page.taking.transfer.read_file(file, sheet)
    qtbot.waitUntil(lambda: window.document.plan.sites[0].pue == 1.5)


def test_the_recovery(window: MainWindow, breaks: Any, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(RecoveryFile, "write", breaks)
        window.document.apply(edited(window.document.plan, 2000.0), "edit")
        qtbot.waitUntil(lambda: FAULT in said(window.status))
    window.document.apply(edited(window.document.plan, 3000.0), "edit")
    qtbot.waitUntil(lambda: FAULT not in said(window.status))
