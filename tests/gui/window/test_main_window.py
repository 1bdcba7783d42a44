"""Whole tasks in the window, done as a person does them, with mouse and keys."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.views.inspector import quantity_edit
from tests.gui.map_window import small_plan

PROJECTS = Path(__file__).parents[3] / "projects"


@pytest.fixture
def opened(window, tmp_path):
    """The window on the file of a small plan, solved."""
    path = tmp_path / "mine.gigaplan"
    save_plan(small_plan(), path, expected=None, uuid=None, revision=1)
    assert window.files.open_path(path)
    settle(window)
    return window


def settle(window):
    assert window.wait_until_solved(300)


def field(window, label):
    """The input field with that label in the inspector."""
    found = [w for w in window.inspector.findChildren(QLineEdit) if w.accessibleName() == label and w.isVisible()]
    assert len(found) == 1, [w.accessibleName() for w in window.inspector.findChildren(QLineEdit)]
    return found[0]


def type_in(qtbot, widget, text):
    widget.setFocus()
    widget.selectAll()
    qtbot.keyClicks(widget, text)
    qtbot.keyClick(widget, Qt.Key.Key_Return)


def answer(button):
    """Presses a button of the next message box, and tells what it said."""
    said = []

    def press():
        box = QApplication.activeModalWidget()
        if box is None:
            QTimer.singleShot(20, press)
            return
        said.append(box.text())
        if isinstance(button, str):
            next(b for b in box.buttons() if b.text().replace("&", "") == button).click()
        else:
            box.button(button).click()

    QTimer.singleShot(0, press)
    return said


def test_the_main_job(qtbot, opened):
    """Open the plan, change a price and a power limit, see the optimum move, save, close, reopen: the same figures."""
    before = opened.planner.result.kpis
    opened.document.select("offers", ["gpu_rent"])
    type_in(qtbot, field(opened, "Price"), "$1.2/h")
    settle(opened)
    assert find(opened.document.plan, "offers", "gpu_rent").price_usd == 1.2
    opened.document.select("sites", ["iowa"])
    type_in(qtbot, field(opened, "Facility power"), "4 MW")
    settle(opened)
    after = opened.planner.result.kpis
    assert after["tco_usd"] > before["tco_usd"]
    assert opened.isWindowModified()
    opened.files.save()
    assert not opened.isWindowModified()
    stored = open_plan(opened.document.path).plan
    assert stored == opened.document.plan
    assert solve_plan(stored).kpis["tco_usd"] == pytest.approx(after["tco_usd"], rel=1e-9)
    assert opened.document.path.with_name("mine.gigaplan.bak").exists()


def test_undo_goes_back_to_the_start_and_redo_to_the_end(qtbot, opened):
    start = opened.document.plan
    for label, text in (("PUE", "1.3"), ("Electricity price", "77"), ("Water use", "0.5")):
        opened.document.select("sites", ["dublin"])
        type_in(qtbot, field(opened, label), text)
    end = opened.document.plan
    assert end != start
    for _ in range(3):
        qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.document.plan == start
    assert not opened.isWindowModified()
    for _ in range(3):
        qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert opened.document.plan == end


def test_scrubbing_follows_the_hand_and_is_one_step(qtbot, opened, monkeypatch):
    monkeypatch.setattr(quantity_edit, "PAUSE", 1000)  # seconds: each press waits here for its answer
    opened.document.select("workloads", ["chat"])
    edit = field(opened, "Peak factor")
    before_edit = find(opened.document.plan, "workloads", "chat").peak_factor
    seen = []
    opened.planner.result_changed.connect(lambda r: seen.append(r.kpis.get("tco_usd")))
    steps = opened.document.undo_stack.count()
    edit.setFocus()
    for _ in range(5):
        before = len(seen)
        qtbot.keyClick(edit, Qt.Key.Key_Up)
        qtbot.waitUntil(lambda before=before: len(seen) > before, timeout=60_000)
    settle(opened)
    assert opened.document.undo_stack.count() == steps + 1
    assert len(set(seen)) >= 4
    assert find(opened.document.plan, "workloads", "chat").peak_factor > before_edit


def test_the_window_answers_while_a_plan_is_solved(qtbot, window):
    """Ticks of the event loop go on during a cold solve of the whole plan."""
    window.document.start(replace(load_template("startup"), scenarios=()))
    settle(window)
    ticks = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(1)
    window.planner._kept.solver._solved = None
    row = find(window.document.plan, "workloads", "product")
    with qtbot.waitSignal(window.planner.result_changed, timeout=60_000):
        plan = with_fields(window.document.plan, "workloads", row.id, peak_factor=row.peak_factor * 1.1)
        window.document.apply(plan, "Cold")
        ticks.clear()
    timer.stop()
    assert len(ticks) >= 3


def test_close_asks_and_cancel_keeps_everything(qtbot, opened):
    opened.document.select("sites", ["iowa"])
    type_in(qtbot, field(opened, "PUE"), "1.4")
    edited = opened.document.plan
    said = answer(QMessageBox.StandardButton.Cancel)
    opened.close()
    assert "Save the changes" in said[0]
    assert opened.isVisible()
    assert opened.document.plan is edited
    answer(QMessageBox.StandardButton.Save)
    opened.close()
    assert not opened.isVisible()
    assert open_plan(opened.document.path).plan == edited


def test_a_file_that_is_no_plan_is_refused_in_words(window, tmp_path):
    bad = tmp_path / "bad.gigaplan"
    bad.write_bytes(b"not a plan at all" * 100)
    plan = window.document.plan
    said = answer(QMessageBox.StandardButton.Ok)
    assert not window.files.open_path(bad)
    assert said == ["bad.gigaplan could not be opened."]
    assert window.document.plan is plan


def test_save_as_takes_a_new_file_and_a_copy_does_not(opened, tmp_path, monkeypatch):
    first = opened.document.path
    copy, other = tmp_path / "copy", tmp_path / "other"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(copy), ""))
    assert opened.files.save_copy()
    assert opened.document.path == first
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(other), ""))
    assert opened.files.save_as()
    assert opened.document.path == other.with_suffix(".gigaplan")
    assert open_plan(copy.with_suffix(".gigaplan")).plan == open_plan(other.with_suffix(".gigaplan")).plan
    assert open_plan(copy.with_suffix(".gigaplan")).uuid != open_plan(first).uuid


def test_an_infeasible_plan_is_remedied_by_one_click(qtbot, window):
    from PySide6.QtWidgets import QPushButton

    from gigaplan.engine.plan.plan import with_row
    from gigaplan.engine.plan.schema import Policy
    from tests.engine.plans import plan_of

    window.document.start(plan_of(sites=[{"power_mw": 0.01}]))
    window.files.opened.emit()
    settle(window)
    start = window.document.plan
    policy = Policy(id="full", name="Work in full", kind="coverage", scope="work", limit=1.0)
    window.document.apply(with_row(start, "policies", policy), "Add a policy")
    qtbot.waitUntil(lambda: not window.planner.is_stale and window.planner.result.status == "infeasible")

    def remedies():
        return [b for b in window.explain.findChildren(QPushButton) if "MW at Here" in b.text() and b.isVisible()]

    qtbot.waitUntil(lambda: bool(remedies()))
    qtbot.mouseClick(remedies()[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.planner.is_stale and window.planner.result.status == "optimal")
    assert window.document.undo_stack.undoText().startswith("Apply remedy: +")
    window.document.undo_stack.undo()
    window.document.undo_stack.undo()
    assert window.document.plan == start


def test_a_key_figure_explains_itself_down_to_a_field(qtbot, opened):
    cell = next(
        w for w in opened.kpis.findChildren(object) if getattr(w, "accessibleName", str)().startswith("Total cost")
    )
    qtbot.mouseClick(cell, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    view = opened.explain._tree.view
    qtbot.waitUntil(view.isVisible, timeout=60_000)
    model = view.model()
    root = model.index(0, 0)
    assert "Total cost of ownership" in root.data()
    index = root
    while model.hasChildren(index) and model.rowCount(index):
        index = model.index(0, 0, index)
    assert model.item(index).node.operation in ("input", "decision", "constant")


def test_the_palette_finds_rows_and_commands(qtbot, opened):
    qtbot.keyClick(opened, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    palette = opened.palette_list
    assert palette.isVisible()
    qtbot.keyClicks(palette.search, "dublin")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert opened.document.selection.ids == ("dublin",)


def test_a_new_plan_is_built_solved_and_saved(qtbot, window, tmp_path, monkeypatch):
    """From nothing: a chip, a site and work from the catalogue; the plan is solved and saved."""
    from gigaplan.gui.views.catalogue.adding import add_from_catalogue

    assert window.files.new()
    for kind, entry in (("platform", "nvidia_b200"), ("site", "us_oh_columbus"), ("workload", "research")):
        add_from_catalogue(window.document, kind, entry)
    settle(window)
    result = window.planner.result
    assert result.status == "optimal"
    assert result.kpis["tco_usd"] > 0
    assert all(v > 0.99 for v in result.kpis["coverage"].values())
    target = tmp_path / "new.gigaplan"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(target), ""))
    assert window.files.save()
    assert open_plan(target).plan == window.document.plan


def test_a_bar_that_is_clicked_explains_itself_and_chooses_what_it_shows(qtbot, opened):
    card = next(c for c in opened.charts.cards if c.chart.name == "allocation")
    card.choose("by", "offer")
    plot = card.plot
    column = 2
    values = opened.planner.result.series("chips", "offer")
    # The lowest band of the stack, at the middle of its height.
    lowest = next(line for line in plot.picture.lines if line.values[column] > 0)
    pixel = plot.pixel_of(column, float(lowest.values[column]) / 2).toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel)
    assert opened.document.period == column
    assert opened.document.selection.ids == (lowest.key,)
    view = opened.explain._tree.view
    qtbot.waitUntil(view.isVisible, timeout=60_000)
    node = view.model().item(view.model().index(0, 0)).node
    assert node.value == pytest.approx(float(values[lowest.key][column]))
