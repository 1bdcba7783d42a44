"""Somebody who has never seen the program builds a plan of two vendors for a thousand chips, with keys alone."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog

from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.views.welcome.first_plan_dialog import FirstPlan

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Keys:
    """A person at the keyboard: what is pressed goes where the cursor is."""

    def __init__(self, qtbot, window):
        self.bot, self.window = qtbot, window

    def press(self, key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        self.bot.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def type(self, text: str) -> None:
        self.bot.keyClicks(QApplication.focusWidget(), text)

    def command(self, words: str) -> None:
        """Finds a command and runs it."""
        self.bot.keyClick(self.window, Qt.Key.Key_P, CONTROL | SHIFT)
        self.type(words)
        self.press(Qt.Key.Key_Return)

    def add(self, section: str, words: str) -> None:
        """Finds an entry of the catalogue and adds it, as the explanation of an empty plan says."""
        self.window.explain.catalogue_requested.emit(section)
        self.bot.waitUntil(lambda: self.window.catalogue.model.rowCount() > 0)
        self.type(words)
        self.press(Qt.Key.Key_Down)
        self.press(Qt.Key.Key_Return)

    def field(self, name: str, text: str) -> None:
        """Goes to a field of the inspector, types over it, and enters it."""
        self.window.inspector.focus_field(name)
        self.press(Qt.Key.Key_A, CONTROL)
        self.type(text)
        self.press(Qt.Key.Key_Return)


def test_a_thousand_chips_of_two_vendors_from_nothing(qtbot, window, tmp_path, monkeypatch):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    keys, document = Keys(qtbot, window), window.document
    # From the first template, one step back is the button of a new plan.
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.welcome.cards[0])
    keys.press(Qt.Key.Key_Backtab, SHIFT)
    assert QApplication.focusWidget() is window.welcome.new_button
    keys.press(Qt.Key.Key_Space)
    (questions,) = window.findChildren(FirstPlan)
    keys.bot.keyClick(questions.empty_button, Qt.Key.Key_Space)
    assert window.pages.currentIndex() == 1
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    keys.add("workload", "research")
    keys.add("platform", "B300")
    keys.add("platform", "MI355X")
    keys.add("site", "iowa")
    # What is rented comes with its region.
    counts = [len(getattr(document.plan, t)) for t in ("workloads", "offers", "sites")]
    assert counts == [1, 2, 2]
    document.select("workloads", [document.plan.workloads[0].id])
    keys.field("demand", "830")

    keys.command("add policy")  # it begins as the largest share of a vendor
    keys.type("No vendor above 60 %")
    keys.press(Qt.Key.Key_Return)
    keys.field("limit", "60%")
    assert window.wait_until_settled(300)
    result = window.planner.result
    assert result.status == "optimal"
    chips = result.series("chips", "vendor")
    assert {v for v, line in chips.items() if line[0] > 100} == {"NVIDIA", "AMD"}
    assert 900 < sum(line[0] for line in chips.values()) < 1_600
    power = result.series("it_power", "vendor")
    shares = power["AMD"] / (power["AMD"] + power["NVIDIA"])
    assert np.all(shares <= 0.6 + 1e-6)

    target = tmp_path / "mine.gigaplan"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    keys.press(Qt.Key.Key_S, CONTROL)
    assert open_plan(target).plan == document.plan
    assert document.plan.policies[0].name == "No vendor above 60 %"
