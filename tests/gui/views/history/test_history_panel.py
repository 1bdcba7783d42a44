"""The list of earlier saves: what it shows, what it says changed, and going back as one step."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan, with_fields, with_row, with_settings
from gigaplan.engine.plan.schema import Offer, Platform, Settings, Site, Workload
from gigaplan.engine.storage.load import open_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.history.differences import CHANGE, DifferencesView
from gigaplan.gui.views.history.panel import NARROW, HistoryPanel, moment

PLAN = Plan(
    settings=Settings(name="p", start="2026-01", periods=1, months_per_period=12, discount_rate=0.0),
    platforms=(
        Platform(id="chip", name="Chip", vendor="V", stack="cuda", bf16_tflops=1000, memory_gb=80,
                 memory_bandwidth_gb_s=3000, power_w=1000),
    ),
    sites=(Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=10.0, pue=1.0, electricity_usd_per_mwh=50.0),),
    offers=(Offer(id="rent", name="Rent", platform="chip", provider="Cloud", kind="rental", price_usd=2.0, sites="*"),),
    workloads=(Workload(id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, utilisation=0.5,
                        unmet_usd=20.0),),
)  # fmt: skip
"""It rents 20 chips at 2 USD for 8,766 h: 350,640 USD."""


def priced(price: float) -> Plan:
    return with_fields(PLAN, "offers", "rent", price_usd=price)


@pytest.fixture
def document(qtbot: QtBot) -> Document:
    return Document(PLAN)


@pytest.fixture
def panel(document: Document, qtbot: QtBot):
    planner = Planner(document)
    planner.submit(document.plan)
    panel = HistoryPanel(document, planner)
    qtbot.addWidget(panel)
    panel.resize(800, 400)
    panel.show()
    yield panel
    panel.stop()
    planner.stop()


def save_each(document: Document, path: Path, *prices: float) -> None:
    document.save(path)
    for price in prices:
        document.apply(priced(price), "price")
        document.save()


def listed(panel: HistoryPanel) -> list[str]:
    return [panel.list.item(k).text().split("\n")[0] for k in range(panel.list.count())]


def lines(panel: HistoryPanel) -> dict[str, list[tuple[str, str, str]]]:
    """What the tree shows, by the title of its group."""
    tree, found = panel.differences, {}
    for k in range(tree.topLevelItemCount()):
        group = tree.topLevelItem(k)
        children = [group.child(j) for j in range(group.childCount())]
        found[group.text(0)] = [(c.text(0), c.text(1), c.text(2)) for c in children]
    return found


def changes(panel: HistoryPanel) -> dict[str, str]:
    """How far each key figure moved."""
    tree = panel.differences
    group = tree.topLevelItem(tree.topLevelItemCount() - 1)
    return {group.child(k).text(0): group.child(k).text(CHANGE) for k in range(group.childCount())}


def test_a_plan_that_was_never_saved_has_no_list(panel: HistoryPanel) -> None:
    assert panel.state.text() == "Save the plan to keep its earlier states here."
    assert not panel.splitter.isVisible()
    assert not panel.button.isEnabled()


def test_each_save_is_listed_and_the_newest_is_compared(
    panel: HistoryPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    save_each(document, tmp_path / "p.gigaplan", 3.0, 4.0)
    qtbot.waitUntil(lambda: listed(panel) == ["Revision 2", "Revision 1"])
    qtbot.waitUntil(lambda: panel.heading.text() == "1 input changed since revision 2")
    assert lines(panel)["1 input"] == [("Rent: Price", "3 USD/chip-h", "4 USD/chip-h")]
    qtbot.waitUntil(lambda: len(lines(panel)["Key figures"]) > 1, timeout=20_000)
    figures = {name: (then, now) for name, then, now in lines(panel)["Key figures"]}
    # 20 chips for 8,766 h at 3 and at 4 USD.
    assert figures["Total cost of ownership"] == ("$526\u2009k", "$701\u2009k")
    assert figures["Cost per PFLOP-day, Train"] == ("$144", "$192"), "as in a comparison of scenarios"
    assert "Coverage, Train" not in figures  # it did not move
    assert changes(panel)["Total cost of ownership"] == "+33\u2009%"


def test_an_older_save_is_chosen_with_the_keys_and_restored_as_one_step(
    panel: HistoryPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "p.gigaplan"
    save_each(document, path, 3.0, 4.0)
    qtbot.waitUntil(lambda: panel.button.isEnabled())
    panel.list.setFocus()
    qtbot.keyClick(panel.list, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: panel.heading.text() == "1 input changed since revision 1" and panel.button.isEnabled())
    steps = document.undo_stack.count()
    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)
    assert document.plan == PLAN
    assert document.undo_stack.count() == steps + 1
    assert document.undo_stack.undoText() == "Restore revision 1"
    qtbot.waitUntil(lambda: panel.heading.text() == "No input changed since revision 1")
    assert not panel.button.isEnabled()
    document.undo_stack.undo()
    assert document.plan == priced(4.0)
    document.undo_stack.redo()
    document.save()
    assert open_plan(path).plan == PLAN
    qtbot.waitUntil(lambda: listed(panel) == ["Revision 3", "Revision 2", "Revision 1"])


def test_it_follows_edits_and_what_is_opened(
    panel: HistoryPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    save_each(document, tmp_path / "p.gigaplan", 3.0)
    qtbot.waitUntil(lambda: panel.button.isEnabled())
    site = Site(id="ohio", name="Ohio", jurisdiction="US", power_mw=None, pue=1.0, electricity_usd_per_mwh=40.0)
    document.apply(with_row(document.plan, "sites", site), "site")
    qtbot.waitUntil(lambda: panel.heading.text() == "2 inputs changed since revision 1")
    assert ("Ohio (sites)", "", "added") in lines(panel)["2 inputs"]
    other = tmp_path / "other.gigaplan"
    Document(with_settings(PLAN, name="other")).save(other)
    document.open(other)
    assert listed(panel) == []
    qtbot.waitUntil(lambda: panel.state.text().startswith("There is no earlier save yet"))
    assert not panel.button.isEnabled()
    document.start(PLAN)
    assert panel.state.text() == "Save the plan to keep its earlier states here."


def test_a_damaged_save_is_named_and_the_others_work(
    panel: HistoryPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "p.gigaplan"
    save_each(document, path, 3.0, 4.0)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("UPDATE history SET plan = zeroblob(60) WHERE revision = 2")
    document.open(path)
    qtbot.waitUntil(lambda: listed(panel) == ["Revision 1"])
    assert panel.warning.isVisible()
    assert panel.warning.text().startswith("history[2]: does not match its checksum.")
    qtbot.waitUntil(lambda: panel.button.isEnabled())


def test_a_plan_without_an_optimum_has_no_figures_to_compare(
    panel: HistoryPanel, document: Document, tmp_path: Path, qtbot: QtBot
) -> None:
    save_each(document, tmp_path / "p.gigaplan", 3.0)
    document.apply(with_fields(document.plan, "offers", "rent", platform="gone"), "break")
    qtbot.waitUntil(
        lambda: ("No key figures to compare", "optimal", "error") in lines(panel).get("Key figures", []), timeout=20_000
    )
    assert panel.heading.text() == "2 inputs changed since revision 1"


@pytest.mark.parametrize("width", [300, NARROW - 1, NARROW + 1, 1200])
def test_it_stands_upright_where_it_is_narrow(panel: HistoryPanel, width: int) -> None:
    panel.resize(width, 500)
    upright = panel.splitter.orientation() == Qt.Orientation.Vertical
    assert upright == (width < NARROW)


def test_names_have_the_room_of_the_changes_where_there_is_little(qtbot: QtBot) -> None:
    tree = DifferencesView()
    qtbot.addWidget(tree)
    tree.show()
    for width, hidden in ((300, True), (700, False)):
        tree.resize(width, 300)
        assert tree.isColumnHidden(CHANGE) == hidden
        shown = [c for c in range(tree.columnCount()) if not tree.isColumnHidden(c)]
        assert sum(tree.columnWidth(c) for c in shown) <= width, "nothing lies beyond the edge"
        assert tree.columnWidth(0) >= 0.28 * width


def test_a_moment_that_is_none_is_shown_as_it_is() -> None:
    assert moment("soon") == "soon"
    assert moment("2026-11-22T12:00:00+00:00").startswith(("21 Nov 2026", "22 Nov 2026", "23 Nov 2026"))
