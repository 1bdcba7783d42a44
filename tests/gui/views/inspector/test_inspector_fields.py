"""The other fields of the inspector: lists to tick, months, throughput, rows within rows, names, the plan itself."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor

from gigaplan.engine.plan.fields import Steps
from gigaplan.engine.plan.plan import with_fields, with_settings, without
from gigaplan.engine.plan.schema import Installed, Throughput
from gigaplan.engine.plan.timeline import month_number, month_text
from tests.gui.inspector_forms import SERVED, enter, line_of, said, shown, site


def test_references_choices_flags_and_texts(qtbot, document, panel) -> None:
    document.select("offers", ("b200_1y",))
    combo = panel.rows["platform"].editor.combo
    assert [combo.itemText(k) for k in range(combo.count())] == ["B200", "MI355X"]
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert document.plan.offers[0].platform == "mi355x"
    agreement = panel.rows["agreement"].editor.combo
    assert [agreement.itemText(k) for k in range(agreement.count())] == ["none", "Deal"]
    qtbot.keyClick(agreement, Qt.Key.Key_Down)
    assert document.plan.offers[0].agreement == "deal"
    qtbot.mouseClick(panel.rows["interruptible"].editor.box, Qt.MouseButton.LeftButton, pos=QPoint(8, 14))
    assert document.plan.offers[0].interruptible is True
    energy = panel.rows["energy_included"].editor.combo
    assert energy.currentText() == "default: yes"
    qtbot.keyClick(energy, Qt.Key.Key_End)
    assert document.plan.offers[0].energy_included is False


def test_a_list_of_references_is_ticked(document, panel) -> None:
    document.select("offers", ("b200_1y",))
    editor = panel.rows["sites"].editor
    assert editor.button.text() == "everywhere"
    editor.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert document.plan.offers[0].sites == ("dublin", "tokyo")
    editor.list.item(1).setCheckState(Qt.CheckState.Checked)
    assert document.plan.offers[0].sites == ("iowa", "dublin", "tokyo")
    editor.list.item(0).setCheckState(Qt.CheckState.Checked)
    assert document.plan.offers[0].sites == "*"
    document.select("workloads", ("chat",))
    forbidden = panel.rows["forbidden_offers"].editor
    assert forbidden.button.text() == "none"
    forbidden.list.item(1).setCheckState(Qt.CheckState.Checked)
    assert document.plan.workloads[0].forbidden_offers == ("mi355x_od",)
    assert forbidden.button.text() == "MI355X"


def test_a_list_of_references_is_ticked_by_mouse_and_keys(qtbot, document, panel) -> None:
    document.select("offers", ("b200_1y",))
    editor = panel.rows["sites"].editor
    qtbot.mouseClick(editor.button, Qt.MouseButton.LeftButton)
    assert editor.list.isVisibleTo(panel)
    iowa = editor.list.visualItemRect(editor.list.item(1))
    qtbot.mouseClick(editor.list.viewport(), Qt.MouseButton.LeftButton, pos=iowa.center())
    assert document.plan.offers[0].sites == ("dublin", "tokyo")
    qtbot.keyClick(editor.list, Qt.Key.Key_Down)
    qtbot.keyClick(editor.list, Qt.Key.Key_Space)
    assert document.plan.offers[0].sites == ("tokyo",)
    assert document.undo_stack.count() == 2


def test_months_are_read(qtbot, document, panel) -> None:
    document.select("offers", ("b200_1y",))
    line = line_of(panel, "available_from")
    enter(qtbot, line, "Q3 2027")
    assert document.plan.offers[0].available_from == "2027-07"
    assert line.text() == "2027-07"
    assert "Q3 2027 = July 2027" in said(panel, "available_from")
    enter(qtbot, line, "soon")
    assert document.plan.offers[0].available_from == "2027-07"
    assert "a month is expected" in said(panel, "available_from")
    enter(qtbot, line, "")
    assert document.plan.offers[0].available_from is None
    enter(qtbot, line_of(panel, "term_months"), "3 y")
    assert document.plan.offers[0].term_months == 36


def test_throughput_shows_what_counts_and_a_typed_figure_wins(qtbot, document, panel) -> None:
    document.select("workloads", ("chat",))
    editor = panel.rows["throughput"].editor
    measured, by_model = editor.lines
    assert (shown(measured.value), measured.basis.text()) == ("2 310", "measured")
    assert measured.source.text() == "a test bench"
    assert measured.model.text().startswith("model ")
    assert (by_model.value.text(), by_model.basis.text()) == ("", "modelled")
    # The model's figure of the other platform, by the formula for the best group: 5 PFLOP/s, 8 TB/s, 192 GB.
    rate = 0.0
    for chips in (1, 2, 4, 8):
        cache, used = 4000 * 160_000, chips * chips**-0.22
        flops, traffic = 5000e12 * 0.67 * used, 8000e9 * 0.6 * used
        sequences = (192e9 * 0.9 * chips - 70e9) / cache
        step = 2.9e-3 * (70 / 37) ** (1 / 3) + sequences * (cache / traffic + 2 * 70e9 / flops) + 70e9 / traffic
        rate = max(rate, 1 / (chips * (step / sequences + 2 * 70e9 * 4 / flops)))
    assert float(by_model.value.placeholderText().replace("\u2009", "")) == pytest.approx(rate, rel=1e-3)
    assert by_model.model.text() == "0.73–1.2×", "of fp8 work on a dense model, no limit: 1 / 1.37 to 1 / 0.8"
    assert "fitted to 1,381 public measurements" in by_model.basis.toolTip()
    enter(qtbot, by_model.value, "1.72k")
    assert document.plan.workloads[0].throughput[1] == Throughput(platform="mi355x", value=1720.0, basis="modelled")
    by_model.choose_basis("vendor")
    enter(qtbot, by_model.source, "data sheet")
    row = document.plan.workloads[0].throughput[1]
    assert (row.value, row.basis, row.source) == (1720.0, "vendor", "data sheet")
    assert by_model.basis.text() == "vendor"
    enter(qtbot, measured.value, "")
    assert [row.platform for row in document.plan.workloads[0].throughput] == ["mi355x"]
    assert measured.basis.text() == "modelled"
    enter(qtbot, by_model.value, "5 hours")
    assert document.plan.workloads[0].throughput[0].value == 1720
    assert "a rate of tokens is expected" in said(panel, "throughput")


def test_the_model_served_is_edited_and_taken_away(qtbot, document, panel) -> None:
    document.select("workloads", ("chat",))
    editor = panel.rows["inference"].editor
    rows = {row.field.name: row for row in editor.rows}
    enter(qtbot, rows["total_params_b"].editor.edit, "671B")
    assert document.plan.workloads[0].inference == msgspec.structs.replace(SERVED, total_params_b=671.0)
    enter(qtbot, rows["compute_efficiency"].editor.edit, "120%")
    assert document.plan.workloads[0].inference.compute_efficiency == 0.67
    assert "must be 1 or less" in rows["compute_efficiency"].trouble.text()
    editor.box.click()
    assert document.plan.workloads[0].inference is None
    editor.box.click()
    assert document.plan.workloads[0].inference.total_params_b == 671


def test_installed_lots(qtbot, document, panel) -> None:
    document.select("offers", ("b200_1y",))
    editor = panel.rows["installed"].editor
    enter(qtbot, editor.lines[0][0][1].edit, "42k")
    assert document.plan.offers[0].installed == (Installed(site="iowa", chips=42_000.0, months_left=12.0),)
    editor.add.click()
    assert len(document.plan.offers[0].installed) == 2
    enter(qtbot, editor.lines[1][0][2].edit, "2 y")
    assert document.plan.offers[0].installed[1].months_left == 24
    editor.lines[0][1].click()
    assert [lot.months_left for lot in document.plan.offers[0].installed] == [24]
    document.undo_stack.undo()
    assert len(document.plan.offers[0].installed) == 2


@pytest.mark.parametrize("gone", ["lot", "offer"])
def test_what_is_half_typed_for_a_lot_goes_with_it(qtbot, document, panel, gone) -> None:
    document.select("offers", ("b200_1y",))
    edit = panel.rows["installed"].editor.lines[0][0][2].edit
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "45")
    if gone == "lot":
        document.apply(with_fields(document.plan, "offers", "b200_1y", installed=()), "elsewhere")
    else:
        document.apply(without(document.plan, "offers", ["b200_1y"]), "elsewhere")
    left = document.plan
    panel.settle()
    assert document.plan is left
    document.select("workloads", (left.workloads[0].id,))
    assert document.plan is left


def test_other_periods_keep_every_value_at_its_date_and_say_what_was_converted(qtbot, document, panel) -> None:
    before = document.plan
    enter(qtbot, line_of(panel, "months_per_period"), "1")
    (tokyo,) = [site for site in document.plan.sites if site.id == "tokyo"]
    (was,) = [site for site in before.sites if site.id == "tokyo"]
    assert isinstance(was.power_mw, tuple)
    assert isinstance(tokyo.power_mw, Steps)
    qtbot.waitUntil(lambda: "by period became dated steps" in said(panel, "months_per_period"))
    document.undo_stack.undo()
    assert document.plan is before
    first = month_number(before.settings.start)
    enter(qtbot, line_of(panel, "start"), month_text(first + 5))
    qtbot.waitUntil(lambda: "1 installed lot ends as before" in said(panel, "start"))
    assert [lot.months_left for offer in document.plan.offers for lot in offer.installed] == [12 - 5]
    document.undo_stack.undo()
    assert document.plan is before


def test_the_plan_itself_and_its_number_of_periods(qtbot, document, panel) -> None:
    assert (panel.title.text(), panel.pill.text()) == ("small", "plan")
    enter(qtbot, line_of(panel, "discount_rate"), "9 %")
    assert document.plan.settings.discount_rate == 0.09
    enter(qtbot, line_of(panel, "discount_rate"), "8")
    assert document.plan.settings.discount_rate == 0.08
    enter(qtbot, line_of(panel, "periods"), "4.5")
    assert document.plan.settings.periods == 4
    assert "whole number" in said(panel, "periods")
    enter(qtbot, line_of(panel, "periods"), "6")
    assert document.plan.settings.periods == 6
    assert site(document, "tokyo").power_mw == (10, 20, 30, 40, 40, 40)
    enter(qtbot, line_of(panel, "periods"), "2")
    assert site(document, "tokyo").power_mw == (10, 20)
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert site(document, "tokyo").power_mw == (10, 20, 30, 40)


def test_the_name_is_changed_in_place(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    assert (panel.title.text(), panel.pill.text()) == ("Iowa", "site")
    enter(qtbot, panel.title, "Council Bluffs")
    assert site(document).name == "Council Bluffs"
    enter(qtbot, panel.title, "")
    assert panel.title.text() == "Council Bluffs"


def test_no_editor_changes_what_it_does_not_show(qtbot, document, panel) -> None:
    long = "From a paper, page 7. " * 1000
    document.apply(with_fields(document.plan, "offers", "b200_1y", source=long), "edit")
    document.select("offers", ("b200_1y",))
    line = line_of(panel, "source")
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_End)
    qtbot.keyClicks(line, "x")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert document.plan.offers[0].source == f"{long}x"
    notes = "1\u00a0MW\r\nand more"
    document.apply(with_settings(document.plan, notes=notes), "edit")
    document.select("plan", ())
    editor = panel.rows["notes"].editor
    editor.box.moveCursor(QTextCursor.MoveOperation.End)
    editor.box.insertPlainText("!")
    editor.settle()
    assert document.plan.settings.notes == f"{notes}!"


def test_the_hours_of_the_day_and_a_profile_over_them(qtbot, document, panel) -> None:
    blocks = panel.rows["blocks"].editor
    blocks.add.click()
    blocks.add.click()
    enter(qtbot, blocks.lines[0][0][0].line, "day")
    enter(qtbot, blocks.lines[0][0][1].edit, "75")
    enter(qtbot, blocks.lines[1][0][1].edit, "25")
    assert [(b.name, b.share) for b in document.plan.settings.blocks] == [("day", 0.75), ("Block 2", 0.25)]
    work = document.plan.workloads[0].id
    document.select("workloads", (work,))
    profile = panel.rows["profile"].editor
    enter(qtbot, profile.line, "1.2")
    assert "the day has 2 blocks" in said(panel, "profile")
    enter(qtbot, profile.line, "1.2; 0.4")
    assert document.plan.workloads[0].profile == (1.2, 0.4)
    enter(qtbot, profile.line, "")
    assert document.plan.workloads[0].profile is None


def test_a_resale_curve_is_edited_by_its_points(qtbot, document, panel) -> None:
    document.select("platforms", (document.plan.platforms[0].id,))
    curve = panel.rows["resale"].editor
    curve.add.click()
    curve.add.click()
    assert [p.age_months for p in document.plan.platforms[0].resale] == [12, 24]
    curve.lines[0][1].click()
    curve.lines[0][1].click()
    assert document.plan.platforms[0].resale is None
