"""What the planner solves, and what it knows already: an edit that no figure depends on leaves the optimum standing."""

import threading
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from pytestqt.qtbot import QtBot

from gigaplan.engine.analysis.messages import ABOUT
from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.plan.plan import find, with_fields, with_settings
from gigaplan.engine.plan.schema import Place, Scenario
from gigaplan.engine.solve.integer_decisions import ProofProgress
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.scenario_job import ScenarioWorker
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.window.status_bar import StatusLine
from tests.engine.plans import plan_of

CASES = Path(__file__).parents[2] / "cases" / "1"


class Told:
    """What a planner said since: states, results, and what the proof came to."""

    def __init__(self, planner: Planner) -> None:
        self.states: list[str] = []
        self.results: list[object] = []
        self.proofs: list[str] = []
        planner.state_changed.connect(self.states.append)
        planner.result_changed.connect(self.results.append)
        planner.proof_changed.connect(self.proofs.append)


@pytest.fixture
def opened(qtbot: QtBot, no_thread_left: None):  # type: ignore[no-untyped-def]
    """Solves a plan in a document of its own."""
    made: list[Planner] = []

    def open_plan(plan):  # type: ignore[no-untyped-def]
        document = Document(plan)
        planner = Planner(document)
        made.append(planner)
        planner.submit(plan)
        qtbot.waitUntil(lambda: not planner.is_stale)
        return document, planner

    yield open_plan
    for planner in made:
        planner.stop()


def moved(plan, x: float):  # type: ignore[no-untyped-def]
    return structs.replace(plan, layout=(Place(table="offers", row=plan.offers[0].id, x=x, y=3.0),))


def test_a_card_that_is_moved_leaves_the_optimum_and_its_proof(opened, qtbot: QtBot) -> None:
    document, planner = opened(read_json(CASES / "synthetic-2.json"))
    qtbot.waitUntil(lambda: planner.result.integers == "proven")
    told, before = Told(planner), planner.result
    for x in (400.0, 410.0, 420.0):
        document.apply(moved(document.plan, x), "Move", "move")
        assert not planner.is_stale
    qtbot.waitUntil(lambda: bool(told.results))
    qtbot.wait(600)  # twice the rest after which decisions would be proven anew
    assert told.states == []
    assert told.proofs == []
    assert planner.result.plan is document.plan
    assert planner.result.integers == "proven"
    assert planner.result.solution is before.solution
    assert planner.result.kpis == before.kpis
    assert told.results[-1] is planner.result


def test_a_new_name_is_in_every_explanation_and_nothing_is_solved(opened, qtbot: QtBot) -> None:
    document, planner = opened(plan_of())
    told, before = Told(planner), planner.result
    document.apply(with_fields(document.plan, "offers", "rent", name="Renamed", source="https://example.org"), "Rename")
    document.apply(with_settings(document.plan, notes="A note"), "Note")
    assert not planner.is_stale
    qtbot.waitUntil(lambda: bool(told.results))
    assert told.states == []
    said = " ".join(s.text for s in ABOUT["offers"](planner.result, "rent"))
    assert said == " ".join(s.text for s in ABOUT["offers"](solve_plan(document.plan), "rent"))
    assert find(planner.result.plan, "offers", "rent").name == "Renamed"
    assert planner.result.kpis == before.kpis
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert not planner.is_stale
    assert find(planner.result.plan, "offers", "rent").name == "Rent"


def test_a_rename_while_an_edit_is_solved_waits_for_that_answer(opened, qtbot: QtBot) -> None:
    document, planner = opened(plan_of())
    before = planner.result.kpis["tco_usd"]
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=3.0), "Price")
    document.apply(with_fields(document.plan, "offers", "rent", name="Renamed"), "Rename")
    assert planner.is_stale
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert planner.result.kpis["tco_usd"] == pytest.approx(solve_plan(document.plan).kpis["tco_usd"])
    assert planner.result.kpis["tco_usd"] > before


def test_an_undo_comes_back_to_what_is_known_and_a_late_answer_does_not_take_its_place(opened, qtbot: QtBot) -> None:
    document, planner = opened(plan_of())
    known, told = planner.result, Told(planner)
    for k in range(5):
        document.apply(with_fields(document.plan, "offers", "rent", price_usd=3.0 + k), "Price")
        assert planner.is_stale
        document.undo_stack.undo()
        assert not planner.is_stale
        assert planner.state == "solved"
        qtbot.wait(5 * k)  # the solve of the dearer plan may have begun, or be done
    qtbot.wait(200)
    assert planner.result.kpis == known.kpis
    assert planner.result.plan is document.plan
    assert {r.kpis["tco_usd"] for r in told.results} == {known.kpis["tco_usd"]}


def test_an_answer_that_was_under_way_when_its_edit_was_undone_is_not_shown(opened, qtbot: QtBot) -> None:
    document, planner = opened(plan_of())
    known, told, found = planner.result, Told(planner), threading.Event()
    planner._solver._said.connect(lambda *_: found.set(), Qt.ConnectionType.DirectConnection)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=3.0), "Price")
    QCoreApplication.sendPostedEvents(planner, QEvent.Type.MetaCall)  # the thread wakes
    assert found.wait(30)
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: bool(told.results))
    qtbot.wait(50)
    assert {r.kpis["tco_usd"] for r in told.results} == {known.kpis["tco_usd"]}
    assert not planner.is_stale


def test_a_proof_that_an_edit_broke_off_is_taken_up_when_the_edit_is_undone(opened, qtbot: QtBot) -> None:
    document, planner = opened(read_json(CASES / "synthetic-2.json"))
    document.apply(with_settings(document.plan, discount_rate=0.15), "Rate")
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert planner.result.integers == "held"
    document.apply(with_settings(document.plan, discount_rate=0.2), "Rate")
    document.undo_stack.undo()
    qtbot.waitUntil(lambda: planner.result.integers == "proven")
    assert planner.result.plan is document.plan


def test_what_is_not_proven_says_how_far_it_may_be_off(opened, qtbot: QtBot) -> None:
    document, planner = opened(read_json(CASES / "synthetic-2.json"))
    line = StatusLine(document, planner, Lateness(planner))
    qtbot.addWidget(line)
    document.apply(with_settings(document.plan, discount_rate=0.15), "Rate")
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert planner.result.integers == "held"
    assert "others may cost less" in line._state.toolTip()
    told = Told(planner)
    planner._prove()
    planner._tell_gap(document.plan, ProofProgress(best=100.0, bound=97.62))
    planner.cancel()
    assert [text.replace("\N{THIN SPACE}", " ") for text in told.proofs] == [
        "proving signatures and ports …", "proving signatures and ports: within 2.4 % of the bound", "",
        "signatures and ports are not proven: within 2.4 % of the bound",
    ]  # fmt: skip


def test_a_new_plan_with_the_same_figures_is_shown_and_proven(opened, qtbot: QtBot) -> None:
    document, planner = opened(read_json(CASES / "synthetic-2.json"))
    qtbot.waitUntil(lambda: planner.result.integers == "proven")
    told = Told(planner)
    document.start(with_settings(document.plan, name="A copy"))
    qtbot.waitUntil(lambda: bool(told.results))
    assert planner.result.plan is document.plan
    assert not planner.is_stale


def test_a_planner_that_waits_solves_what_was_asked_once_it_may_begin(qtbot: QtBot, no_thread_left: None) -> None:
    document = Document(plan_of())
    planner = Planner(document, waits=True)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=3.0), "Price")
    qtbot.wait(100)
    assert planner.result is None
    planner.begin()
    qtbot.waitUntil(lambda: not planner.is_stale)
    planner.stop()


def test_no_figure_of_a_plan_stands_for_one_of_the_next(opened, qtbot: QtBot) -> None:
    """Opened while the first plan is being solved, and again when it is: the same rows, at another price."""
    document, planner = opened(plan_of())
    qtbot.waitUntil(lambda: not planner.is_stale)
    told = Told(planner)
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=3.0), "Price")  # under way
    other = with_fields(plan_of(), "offers", "rent", price_usd=9.0)
    document.start(other)
    assert planner.result is None
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert [result.plan for result in told.results] == [other]


class Held:
    """Holds what a solver does next, when it asks whether it is still wanted, until `go_on`."""

    def __init__(self, solver) -> None:  # type: ignore[no-untyped-def]
        self._before, self._reached, self._go_on = solver.interrupt, threading.Event(), threading.Event()
        solver.interrupt = self._asked

    def _asked(self) -> bool:
        self._reached.set()
        assert self._go_on.wait(30)
        return self._before()

    def when_reached(self, act) -> None:  # type: ignore[no-untyped-def]
        assert self._reached.wait(30)
        act()
        self._go_on.set()


def test_what_was_stopped_does_not_stop_what_comes_after(opened, qtbot: QtBot) -> None:
    document, planner = opened(load_template("startup"))
    qtbot.waitUntil(lambda: not planner.is_stale)
    held, work = Held(planner._kept.solver), document.plan.workloads[0]
    document.apply(with_fields(document.plan, "workloads", work.id, demand=1.0), "Demand")
    QCoreApplication.sendPostedEvents(planner, QEvent.Type.MetaCall)  # the thread wakes
    held.when_reached(planner.cancel)
    assert planner.state == "cancelled"
    document.apply(with_fields(document.plan, "workloads", work.id, demand=2.0), "Demand")
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert planner.result.status == "optimal"


def test_a_scenario_that_was_dropped_does_not_stop_the_next(qtbot: QtBot, no_thread_left: None) -> None:
    plan = structs.replace(read_json(CASES / "synthetic-2.json"), scenarios=(Scenario(id="same", name="Same"),))
    worker, found = ScenarioWorker(), []
    worker.found.connect(lambda *told: found.append(told[2].status))
    worker.solve(plan)
    qtbot.waitUntil(lambda: len(found) == 1)
    held = Held(worker._solver.solver)
    worker.solve(with_settings(plan, discount_rate=0.3))
    held.when_reached(lambda: worker.solve(with_settings(plan, discount_rate=0.2)))
    qtbot.waitUntil(lambda: len(found) == 2)
    assert found == ["optimal", "optimal"]
    worker.stop()


def test_no_figures_are_called_those_of_an_earlier_plan_where_there_are_none(opened, qtbot: QtBot) -> None:
    """Where the first plan takes long, and where another was opened while it did."""
    document, planner = opened(plan_of())
    line = StatusLine(document, planner, Lateness(planner))
    qtbot.addWidget(line)
    planner._set_state("solving")
    qtbot.waitUntil(lambda: line._state.text() == "◌ solving … figures are from an earlier plan")
    planner.stop()
    document.start(with_fields(plan_of(), "offers", "rent", price_usd=9.0))
    qtbot.waitUntil(lambda: line._state.text() == "◌ solving …")


def test_what_a_hand_does_is_heard_between_the_views_that_take_a_result_up(opened, qtbot: QtBot) -> None:
    document, planner = opened(plan_of())
    said: list[str] = []
    hand = QTimer(planner, interval=0)
    hand.timeout.connect(lambda: said.append("hand"))
    for name in ("result_found", "result_painted", "result_changed"):
        getattr(planner, name).connect(lambda result, name=name: said.append(name))
    planner.result_found.connect(lambda _: hand.start())
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=9.0), "Price")
    qtbot.waitUntil(lambda: not planner.is_stale)
    steps = [word for k, word in enumerate(said) if k == 0 or word != said[k - 1]]
    assert steps[:5] == ["result_found", "hand", "result_painted", "hand", "result_changed"]


def test_a_newer_result_takes_the_place_of_one_that_only_the_charts_have(opened, qtbot: QtBot) -> None:
    document, planner = opened(plan_of())
    first = planner.result
    told = Told(planner)
    planner._publish(first, {})
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=9.0), "Price")
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert told.results[-1] is planner.result
    assert planner.result.plan is document.plan


def test_a_solve_waits_while_the_window_takes_up_an_edit(opened, qtbot: QtBot) -> None:
    """Beside each other, both would take twice as long."""
    document, planner = opened(plan_of())
    kept = planner._kept
    qtbot.waitUntil(kept.window_rests.is_set)
    seen: list[bool] = []
    document.changed.connect(lambda *_: seen.append(kept.window_rests.is_set()))
    planner.result_found.connect(lambda _: seen.append(kept.window_rests.is_set()))
    document.apply(with_fields(document.plan, "offers", "rent", price_usd=9.0), "Price")
    qtbot.waitUntil(lambda: not planner.is_stale)
    assert seen == [False, False]
    qtbot.waitUntil(kept.window_rests.is_set)
