"""The address of a cluster: asked for once, kept with the person, and a sentence where nothing answers there."""

import pytest
from pytestqt.qtbot import QtBot

from gigaplan.engine.analysis.decisions.alternatives import near
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.cluster_address import address, set_address
from gigaplan.gui.jobs.decision_job import Decisions
from gigaplan.gui.window.cluster_dialog import ClusterDialog
from tests.gui.small_plans import PLAN

NOBODY = "tcp://127.0.0.1:9"


@pytest.fixture
def no_address():
    set_address("")
    yield
    set_address("")


def test_an_address_at_which_nothing_answers_is_said_and_not_kept(qtbot: QtBot, no_thread_left, no_address) -> None:
    dialog = ClusterDialog(PLAN, None)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.line.setText(NOBODY)
    dialog.use_button.click()
    qtbot.waitUntil(lambda: dialog.use_button.isEnabled(), timeout=30_000)
    # Without the extra it is Dask that is missing, with it the scheduler.
    assert dialog.said.text().startswith(("A cluster needs Dask: ", f"There is no scheduler at {NOBODY}"))
    assert dialog.said.text().endswith(".")
    assert address() == ""
    set_address(NOBODY)
    dialog.alone_button.click()
    assert address() == ""


def test_an_analysis_says_that_its_cluster_is_not_there(qtbot: QtBot, no_thread_left, no_address) -> None:
    document = Document(PLAN)
    work = Decisions(document)
    set_address(NOBODY)
    work.ask(near, 0.03)
    qtbot.waitUntil(lambda: bool(work.failure), timeout=30_000)
    assert work.failure.startswith(("A cluster needs Dask: ", f"There is no scheduler at {NOBODY}"))
    assert work.found is None
    set_address("")
    work.ask(near, 0.03)
    qtbot.waitUntil(lambda: work.is_fresh, timeout=30_000)
    assert work.failure == ""
    work.stop()
