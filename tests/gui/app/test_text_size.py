"""The size of text that a person chose holds from the next start on, and for that process alone."""

import os

import pytest
from PySide6.QtCore import QSettings

from gigaplan.gui.app.app import SCALE, _scaled
from gigaplan.gui.style import theme


@pytest.mark.parametrize(("percent", "system", "factor"), [(80, None, "0.8"), (150, "2", "3.0"), (100, None, None)])
def test_a_size_multiplies_the_factor_of_the_system_and_leaves_it(monkeypatch, percent, system, factor) -> None:
    seen = []
    monkeypatch.delenv(SCALE, raising=False)
    if system is not None:
        monkeypatch.setenv(SCALE, system)
    _scaled(lambda _: seen.append(os.environ.get(SCALE)), percent)
    assert seen == [factor]
    assert os.environ.get(SCALE) == system, "what is started by the program is not scaled again"


def test_a_size_is_chosen_in_the_menu_and_kept(window, monkeypatch) -> None:
    restarted = []
    monkeypatch.setattr(type(window), "restart", lambda self: restarted.append(True))
    window.actions_list["text_size.150"].trigger()
    assert theme.text_size() == 150
    bar = window.bars.get("text-size")
    assert bar.label.text() == "Text is 150 % from the next start on."
    bar.buttons["Restart now"].click()
    assert restarted == [True]
    QSettings().setValue("text_size", "enormous")
    assert theme.text_size() == 100
