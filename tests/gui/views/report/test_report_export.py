"""File > Export a report as PDF: made of the plan as it stands, in slices, whole or not at all."""

import errno
import os
import time

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog

import gigaplan.gui.views.report.document
from gigaplan.engine.plan.plan import with_fields, with_row, with_settings
from gigaplan.engine.plan.schema import Policy
from gigaplan.gui.style.cooperative import Slices


@pytest.fixture
def materials(monkeypatch):
    """What every report of a test is made from."""
    found = []
    steps = gigaplan.gui.views.report.document.pdf_steps

    def noting(material, size):
        found.append(material)
        return steps(material, size)

    monkeypatch.setattr(gigaplan.gui.views.report.document, "pdf_steps", noting)
    return found


def said(qtbot, window) -> str:
    """What the bar says when the work is over."""
    qtbot.waitUntil(lambda: not window.report.is_running, timeout=60_000)
    return window.bars.get("report").label.text()


def test_the_menu_writes_a_report_of_the_plan_as_it_is(qtbot, window, monkeypatch, tmp_path, materials):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "board"), ""))
    window.actions_list["file.export_report"].trigger()
    assert said(qtbot, window) == "The report was written to board.pdf."
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")
    assert os.listdir(tmp_path) == ["board.pdf"]
    (material,) = materials
    assert material.result is window.planner.result
    assert set(material.scenarios) == {s.id for s in window.document.plan.scenarios}
    assert (material.file, material.is_edited) == ("", False)
    qtbot.mouseClick(window.bars.get("report").buttons["Close"], Qt.MouseButton.LeftButton)
    assert window.bars.get("report") is None


def test_an_edit_that_is_not_solved_yet_is_solved_for_the_report(qtbot, window, tmp_path, materials):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    window.document.save(tmp_path / "plan.gigaplan")
    before = window.planner.result.kpis["tco_usd"]
    plan = window.document.plan
    window.document.apply(with_fields(plan, "workloads", plan.workloads[0].id, demand=1e6), "more")
    window.report.write(tmp_path / "report.pdf")
    said(qtbot, window)
    (material,) = materials
    assert material.plan is window.document.plan
    assert material.result.plan is material.plan
    assert material.result.kpis["tco_usd"] != before
    assert material.scenarios == {}
    assert material.is_edited
    assert material.file == "plan.gigaplan, revision 1"


def test_a_plan_that_cannot_be_met_has_its_remedies(qtbot, window, tmp_path, materials):
    window.files.new_from_template("startup")
    plan = window.document.plan
    floor = Policy(id="all", name="Serve the product", kind="coverage", scope=plan.workloads[0].id, limit=1.0)
    sites = [site.id for site in plan.sites]
    plan = with_fields(with_row(plan, "policies", floor), "sites", sites, power_mw=0.001)
    window.document.apply(plan, "no power")
    window.report.write(tmp_path / "report.pdf")
    assert said(qtbot, window) == "The report was written to report.pdf."
    (material,) = materials
    assert material.result.status == "infeasible"
    assert material.diagnosis.remedies


@pytest.mark.parametrize("at", ["solve", "paint"])
def test_cancelled_it_leaves_no_file(at, qtbot, window, tmp_path, materials):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    (tmp_path / "report.pdf").write_bytes(b"the old one")
    if at == "solve":
        window.document.apply(with_settings(window.document.plan, discount_rate=0.1), "rate")
    window.report.write(tmp_path / "report.pdf")
    if at == "paint":
        qtbot.waitUntil(lambda: bool(materials))
    qtbot.mouseClick(window.bars.get("report").buttons["Cancel"], Qt.MouseButton.LeftButton)
    assert not window.report.is_running
    assert window.bars.get("report") is None
    assert window.wait_until_solved(300)
    assert window.bars.get("report") is None
    assert (tmp_path / "report.pdf").read_bytes() == b"the old one"
    assert os.listdir(tmp_path) == ["report.pdf"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_fails_leaves_the_old_file(step, qtbot, window, monkeypatch, tmp_path):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    (tmp_path / "report.pdf").write_bytes(b"the old one")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"gigaplan.engine.storage.atomic_replace.os.{step}", full)
    window.report.write(tmp_path / "report.pdf")
    assert "The disk is full (ENOSPC). “report.pdf” was not saved" in said(qtbot, window)
    assert (tmp_path / "report.pdf").read_bytes() == b"the old one"
    assert os.listdir(tmp_path) == ["report.pdf"]


def test_the_window_lives_on_while_a_report_is_made(qtbot, window, tmp_path):
    window.files.new_from_template("startup")
    assert window.wait_until_solved(300)
    turns = []
    timer = QTimer(window, interval=0)
    timer.timeout.connect(lambda: turns.append(time.monotonic()))
    timer.start()
    window.report.write(tmp_path / "report.pdf")
    said(qtbot, window)
    timer.stop()
    assert len(turns) > 20, "the event loop stood still"


def test_slices_say_how_far_they_are_what_they_gave_and_what_went_wrong(qtbot):
    def work(fails: bool):
        yield ""
        yield "half"
        if fails:
            raise ValueError
        return 42

    slices, heard = Slices(), []
    slices.progressed.connect(heard.append)
    slices.done.connect(heard.append)
    slices.failed.connect(heard.append)
    slices.run(work(False))
    qtbot.waitUntil(lambda: not slices.is_running)
    assert heard == ["half", 42]
    slices.run(work(True))
    qtbot.waitUntil(lambda: not slices.is_running)
    assert heard[-1].startswith("Internal error")
    slices.run(work(False))
    slices.cancel()
    qtbot.wait(20)
    assert len(heard) == 4
