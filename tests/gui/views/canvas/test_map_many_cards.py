"""Thousands of cards: they are drawn a few at a time, say how far that is, and can be stopped."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.views.canvas import folding
from gigaplan.gui.views.canvas.folding import MARK, Columns, Folding, columns_of
from gigaplan.gui.views.canvas.scene import AT_ONCE
from gigaplan.gui.window.large_plans import CARDS
from gigaplan.gui.window.main_window import MainWindow
from tests.engine.plans import plan_of

MANY = 1200


def scattered(count: int = MANY) -> Plan:
    """A plan whose sites are each in a jurisdiction of their own: none folds with others."""
    return plan_of(sites=[{"id": f"s{k}", "name": f"Site {k}", "jurisdiction": f"J{k}"} for k in range(count)])


@pytest.fixture
def window(qtbot: QtBot, no_thread_left: None) -> Any:
    window = MainWindow()
    qtbot.addWidget(window)
    return window


def test_many_cards_are_drawn_between_what_a_person_does(window: MainWindow, qtbot: QtBot) -> None:
    scene = window.plan_map.view.map_scene
    window.document.start(scattered())
    assert len(scene.boxes) > MANY
    assert len(scene.cards) <= AT_ONCE  # and no more, before the window goes on
    assert scene.is_growing
    assert not window.is_settled()
    with qtbot.waitSignal(scene.growing):
        pass
    bar = window.bars.get(CARDS)
    assert bar is not None
    assert "cards" in bar.label.text()
    qtbot.waitUntil(lambda: not scene.is_growing)
    assert set(scene.cards) == set(scene.boxes)
    assert scene.cards["sites", f"s{MANY - 1}"].text.name == f"Site {MANY - 1}"
    assert window.bars.get(CARDS) is None
    assert window.plan_map.card_list.model().rowCount() == len(scene.boxes)


def test_drawing_can_be_stopped_and_taken_up_and_an_edit_is_shown_meanwhile(window: MainWindow, qtbot: QtBot) -> None:
    scene = window.plan_map.view.map_scene
    window.document.start(scattered())
    with qtbot.waitSignal(scene.growing):
        pass
    bar = window.bars.get(CARDS)
    assert bar is not None
    bar.buttons["Stop"].click()
    assert not scene.is_growing
    drawn = len(scene.cards)
    assert drawn < MANY
    plan = window.document.plan
    renamed = structs.replace(plan.workloads[0], name="Renamed")
    window.document.apply(structs.replace(plan, workloads=(renamed,)), "Rename")
    assert scene.cards["workloads", plan.workloads[0].id].text.name == "Renamed"
    assert not scene.is_growing
    bar = window.bars.get(CARDS)
    assert bar is not None
    bar.buttons["Draw the rest"].click()
    qtbot.waitUntil(lambda: not scene.is_growing)
    assert len(scene.cards) == len(scene.boxes)
    window.document.undo_stack.setClean()


def test_another_plan_takes_the_place_of_cards_that_are_being_drawn(window: MainWindow, qtbot: QtBot) -> None:
    scene = window.plan_map.view.map_scene
    window.document.start(scattered())
    window.document.start(plan_of())
    qtbot.waitUntil(lambda: not scene.is_growing)
    assert set(scene.cards) == set(scene.boxes)
    assert len(scene.cards) == 3
    assert window.bars.get(CARDS) is None


class Counted(str):
    """A group that counts how often it is compared."""

    compared = 0

    def __eq__(self, other: object) -> bool:
        Counted.compared += 1
        return str.__eq__(self, other)  # type: ignore[arg-type]

    __hash__ = str.__hash__


def test_the_work_of_folding_grows_as_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of as many groups, each with a place of its own: no row is held against every other."""

    def compared(count: int) -> int:
        groups = {("sites", f"s{k}"): Counted(f"J{k // 2}") for k in range(count)}
        monkeypatch.setattr(folding, "group_of", lambda plan, by: groups)
        plan = structs.replace(scattered(count), offers=(), workloads=())
        Counted.compared = 0
        found: Columns = columns_of(plan, {}, 10, Folding())
        assert any(id.startswith(MARK) for id in found.shown["sites"])
        return Counted.compared

    assert compared(800) <= 2.5 * compared(400)
