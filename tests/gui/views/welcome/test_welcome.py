"""The first page and the files that were open last."""

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.storage.templates import template_names
from gigaplan.gui.files import recent
from gigaplan.gui.views.welcome.page import WelcomePage


@pytest.fixture(autouse=True)
def settings_of_their_own(tmp_path: Path):
    """Settings in a folder of the test: a person's are never touched."""
    before = (QSettings.defaultFormat(), QCoreApplication.organizationName(), QCoreApplication.applicationName())
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    QCoreApplication.setOrganizationName("gigaplan-tests")
    QCoreApplication.setApplicationName(tmp_path.name)
    assert Path(QSettings().fileName()).is_relative_to(tmp_path)
    yield
    QSettings.setDefaultFormat(before[0])
    QCoreApplication.setOrganizationName(before[1])
    QCoreApplication.setApplicationName(before[2])


@pytest.fixture
def page(qtbot: QtBot) -> WelcomePage:
    page = WelcomePage()
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    return page


def test_recent_files_are_newest_first_once_and_ten_at_most(tmp_path: Path) -> None:
    assert recent.paths() == []
    files = [tmp_path / f"{k}.gigaplan" for k in range(12)]
    for path in files:
        recent.add(path)
    assert recent.paths() == files[:1:-1]
    recent.add(files[5])
    assert recent.paths()[:2] == [files[5], files[11]]
    assert len(recent.paths()) == 10


def test_a_list_of_one_survives_a_new_start(tmp_path: Path) -> None:
    recent.add(tmp_path / "a b, c.gigaplan")
    QSettings().sync()
    stored = QSettings(QSettings().fileName(), QSettings.Format.IniFormat).value(recent.KEY)
    assert stored in ([str(tmp_path / "a b, c.gigaplan")], str(tmp_path / "a b, c.gigaplan"))
    assert recent.paths() == [tmp_path / "a b, c.gigaplan"]


def test_every_template_has_a_card_that_says_how_large_it_is(page: WelcomePage, qtbot: QtBot) -> None:
    assert [card.name for card in page.cards] == [template.name for template in template_names()]
    qtbot.waitUntil(lambda: all("workload" in card._size.text() for card in page.cards), timeout=10_000)
    assert all(card.isEnabled() for card in page.cards)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space, None])
def test_a_template_is_chosen_by_mouse_and_keys(page: WelcomePage, qtbot: QtBot, key: Qt.Key | None) -> None:
    card = page.cards[1]
    with qtbot.waitSignal(page.template_chosen) as chosen:
        if key is None:
            qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(card, key)
    assert chosen.args == [template_names()[1].name]


def test_new_and_open(page: WelcomePage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.new_requested):
        qtbot.mouseClick(page.new_button, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.open_requested) as asked:
        qtbot.mouseClick(page.open_button, Qt.MouseButton.LeftButton)
    assert asked.args == [""]


def test_a_missing_file_is_greyed_and_one_that_is_there_opens(page: WelcomePage, qtbot: QtBot, tmp_path: Path) -> None:
    here, gone = tmp_path / "here.gigaplan", tmp_path / "gone.gigaplan"
    here.write_bytes(b"x")
    recent.add(gone)
    recent.add(here)
    page.hide()
    page.show()
    assert [(line.text(), line.isEnabled()) for line in page.lines] == [("here", True), ("gone", False)]
    with qtbot.waitSignal(page.open_requested) as asked:
        qtbot.mouseClick(page.lines[0], Qt.MouseButton.LeftButton)
    assert asked.args == [str(here)]


def test_the_keyboard_starts_at_the_first_template(page: WelcomePage, qtbot: QtBot) -> None:
    page.activateWindow()
    qtbot.waitUntil(lambda: page.cards[0].hasFocus())
