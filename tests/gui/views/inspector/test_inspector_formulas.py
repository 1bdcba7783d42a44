"""Formulas and locks in the inspector: typed, shown, followed, refused, undone."""

from __future__ import annotations

import pytest

from gigaplan.engine.plan.formulas import formula_of
from gigaplan.engine.plan.plan import Plan, find, with_row
from gigaplan.engine.plan.schema import Parameter
from gigaplan.gui.document.row_edits import comment, lock
from tests.gui.inspector_forms import drag, enter, line_of, said, shown, site

POWER = ("sites", "iowa", "power_mw")


def hint(panel, name: str) -> str:
    return str(panel.rows[name].hint.text())


def test_a_formula_is_kept_shown_and_undone(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "power_mw")
    enter(qtbot, line, "=1.2*250")
    assert site(document).power_mw == 300
    assert formula_of(document.plan, POWER) == "=1.2*250"
    assert "=1.2*250" in hint(panel, "power_mw")
    assert "= 300 MW" in said(panel, "power_mw")
    panel.title.setFocus()
    assert shown(line) == "300"
    line.setFocus()
    assert line.text() == "=1.2*250"
    document.undo_stack.undo()
    assert not document.plan.annotations
    assert site(document).power_mw == 420


@pytest.mark.parametrize(
    ("typed", "formula", "value"),
    [("=250*4 kW", "=(250*4)*0.001", 1.0), ("=0.5 GW", "=(0.5)*1000", 500.0), ("=1,200/4", "=1200/4", 300.0)],
)
def test_a_unit_behind_a_sum_becomes_a_factor(qtbot, document, panel, typed: str, formula: str, value: float) -> None:
    document.select("sites", ("iowa",))
    enter(qtbot, line_of(panel, "power_mw"), typed)
    assert (formula_of(document.plan, POWER), site(document).power_mw) == (formula, value)


def with_growth(plan: Plan) -> Plan:
    return with_row(plan, "parameters", Parameter(id="growth", name="Growth", value=2.0))


def test_a_formula_follows_a_parameter_and_a_typed_value_takes_its_place(qtbot, document, panel) -> None:
    document.apply(with_growth(document.plan), "")
    document.select("sites", ("iowa",))
    enter(qtbot, line_of(panel, "power_mw"), "=100*growth + 3")
    assert site(document).power_mw == 203
    document.select("parameters", ("growth",))
    enter(qtbot, line_of(panel, "value"), "3")
    assert site(document).power_mw == 303
    document.select("sites", ("iowa",))
    enter(qtbot, line_of(panel, "power_mw"), "7")
    assert site(document).power_mw == 7
    assert not document.plan.annotations


def test_in_a_german_window_a_formula_reads_and_shows_commas(qtbot, document, panel, german) -> None:
    document.select("sites", ("iowa",))
    line = line_of(panel, "power_mw")
    enter(qtbot, line, "=1,5*min(200; 300,5)")
    assert formula_of(document.plan, POWER) == "=1.5*min(200; 300.5)"
    assert "=1,5*min(200; 300,5)" in hint(panel, "power_mw")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("=power_mw(iowa)*2", "leads back to itself: Facility power of Iowa needs Facility power of Iowa"),
        ("=grwth*2", "no such parameter"),
        ("=2*", "is not complete"),
        ("=3 hours", "hours is a time"),
        ("=-5", "must be 0 or more"),
    ],
)
def test_what_a_formula_cannot_be_is_said(qtbot, document, panel, typed: str, why: str) -> None:
    before = document.plan
    document.select("sites", ("iowa",))
    enter(qtbot, line_of(panel, "power_mw"), typed)
    assert document.plan is before
    assert why in said(panel, "power_mw")


def test_a_locked_field_has_a_padlock_and_cannot_be_edited(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    lock(document, [POWER])
    row = panel.rows["power_mw"]
    assert row.padlock.isVisibleTo(panel)
    assert not row.editor.isEnabled()
    drag(row.label, 40)
    assert site(document).power_mw == 420
    row.padlock.click()
    assert row.editor.isEnabled()
    assert not document.plan.annotations
    document.undo_stack.undo()
    assert document.plan.annotations[0].locked


def test_an_edit_of_several_rows_leaves_a_locked_figure_out_and_says_so(qtbot, document, panel) -> None:
    told: list[str] = []
    document.refused.connect(told.append)
    ids = tuple(s.id for s in document.plan.sites)
    lock(document, [("sites", ids[0], "pue")])
    was = find(document.plan, "sites", ids[0]).pue
    document.select("sites", ids)
    panel.rows["pue"].editor.put_all(1.9)
    assert [find(document.plan, "sites", id).pue for id in ids] == [was, *[1.9] * (len(ids) - 1)]
    assert told == [f"PUE of {document.plan.sites[0].name} is locked, and kept as before."]


def test_a_row_with_a_locked_figure_is_not_removed(document) -> None:
    from gigaplan.gui.document.row_edits import delete_rows

    lock(document, [POWER])
    before = document.plan
    told: list[str] = []
    document.refused.connect(told.append)
    delete_rows(document, [("sites", "iowa")])
    assert document.plan is before
    assert told == ["Nothing was changed: Facility power of Iowa is locked. Unlock it first."]


def test_a_comment_stands_beneath_its_field(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    comment(document, POWER, "As in the lease of May.")
    assert "As in the lease of May." in hint(panel, "power_mw")
    comment(document, POWER, " ")
    assert not document.plan.annotations


def test_formulas_within_rows_are_kept_shown_and_go_with_their_row(qtbot, document, panel) -> None:
    """A lot of a fleet, a figure of the model that is served, and work per chip on a platform."""
    document.select("offers", ("b200_1y",))
    editor = panel.rows["installed"].editor
    chips = editor.lines[0][0][1].edit
    enter(qtbot, chips, "=power_mw(iowa)*2")
    place = ("offers", "b200_1y", "installed.0.chips")
    assert document.plan.offers[0].installed[0].chips == 840
    assert formula_of(document.plan, place) == "=power_mw(iowa)*2"
    panel.title.setFocus()
    assert (shown(chips), chips._tail()) == ("840", "=")
    editor.add.click()
    enter(qtbot, editor.lines[1][0][1].edit, "=2*21")
    editor.lines[0][1].click()
    assert [lot.chips for lot in document.plan.offers[0].installed] == [42.0]
    assert [(a.field, a.formula) for a in document.plan.annotations] == [("installed.0.chips", "=2*21")]
    document.undo_stack.undo()
    assert formula_of(document.plan, place) == "=power_mw(iowa)*2"

    document.select("workloads", ("chat",))
    throughput = panel.rows["throughput"].editor.lines[0].value
    enter(qtbot, throughput, "=peak_factor(chat)*1000")
    assert document.plan.workloads[0].throughput[0].value == 1500
    enter(qtbot, line_of(panel, "peak_factor"), "2")
    assert document.plan.workloads[0].throughput[0].value == 2000
    throughput.setFocus()
    assert throughput.text() == "=peak_factor(chat)*1000"
    inner = next(row for row in panel.rows["inference"].editor.rows if row.field.name == "context_tokens")
    enter(qtbot, inner.editor.edit, "=peak_factor(chat)*4000")
    assert document.plan.workloads[0].inference.context_tokens == 8000
    assert "=peak_factor(chat)*4000" in inner.hint.text()
