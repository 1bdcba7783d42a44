"""A series in the inspector: its three forms, its points on the plot, and its values in a table."""

import math

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from gigaplan.engine.plan.fields import Growth, Steps
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.views.inspector.series_table import SeriesTable, StepsTable
from tests.gui.inspector_forms import choose_form, enter, line_of, move, said, site


def test_the_forms_of_a_series_keep_its_values(qtbot, document, panel) -> None:
    document.select("sites", ("iowa",))
    choose_form(panel, "power_mw", "growing")
    assert site(document).power_mw == Growth(start=420.0, annual_growth=0.0)
    enter(qtbot, panel.rows["power_mw"].editor.growth, "21 %")
    assert site(document).power_mw == Growth(start=420.0, annual_growth=0.21)
    assert "2027 Q1, +21 % a year" in said(panel, "power_mw")
    choose_form(panel, "power_mw", "one value per period")
    values = site(document).power_mw
    mean = (1.21**0.25 - 1) / math.log(1.21**0.25)  # of a quarter, over the value with which it opens
    assert values == pytest.approx([420 * mean * 1.21 ** (k / 4) for k in range(4)], rel=1e-9)
    choose_form(panel, "power_mw", "growing")
    assert site(document).power_mw.annual_growth == pytest.approx(0.21, abs=1e-6)
    assert site(document).power_mw.start == pytest.approx(420, rel=1e-6)
    choose_form(panel, "power_mw", "constant")
    assert site(document).power_mw == pytest.approx(420, rel=1e-6)
    assert document.undo_stack.count() == 6 - 1


def test_dated_steps_and_the_month_of_a_growth_are_typed(qtbot, document, panel) -> None:
    document.select("sites", ("tokyo",))
    editor = panel.rows["power_mw"].editor
    choose_form(panel, "power_mw", "dated steps")
    assert site(document, "tokyo").power_mw == Steps(
        (("2027-01", 10), ("2027-04", 20), ("2027-07", 30), ("2027-10", 40))
    )
    assert line_of(panel, "power_mw").text() == "10"
    editor.steps.item(1, 0).setText("Feb 2027")
    editor.steps.item(1, 1).setText("12.5")
    assert site(document, "tokyo").power_mw.steps[1] == ("2027-02", 12.5)
    left = document.plan
    for row, column, text, why in (
        (2, 0, "2027-01", "not after 2027-02 above it: put the steps in the order"),
        (2, 0, "2027-02", "not after 2027-02"),
        (2, 0, "soon", "2027-07: soon is not understood; a month is expected"),
        (2, 1, "-4", "must be 0 or more"),
        (2, 1, "4 hours", "hours is a time"),
    ):  # fmt: skip
        editor.steps.item(row, column).setText(text)
        assert document.plan is left
        assert why in said(panel, "power_mw")
        assert editor.steps.item(2, 0).text() == "2027-07"
    price = panel.rows["electricity_usd_per_mwh"].editor
    price.unfold.setChecked(True)
    enter(qtbot, price.anchor, "2026-07")
    assert site(document, "tokyo").electricity_usd_per_mwh == Growth(100, 0.1, "2026-07")
    enter(qtbot, price.anchor, "")
    assert site(document, "tokyo").electricity_usd_per_mwh == Growth(100, 0.1)


@pytest.fixture
def steps(document, panel) -> StepsTable:
    """The steps of the power at Tokyo: 10 MW, 20 from April, 30 from July, 40 from October."""
    document.select("sites", ("tokyo",))
    choose_form(panel, "power_mw", "dated steps")
    return panel.rows["power_mw"].editor.steps


def dates(document) -> list[tuple[str, float | None]]:
    return list(site(document, "tokyo").power_mw.steps)


def test_steps_are_added_and_removed_with_keys_and_buttons(qtbot, document, panel, steps) -> None:
    editor = panel.rows["power_mw"].editor
    steps.setFocus()
    qtbot.keyClick(steps, Qt.Key.Key_Insert)
    assert dates(document)[-1] == ("2028-01", 40)
    (line,) = [line for line in steps.findChildren(QLineEdit) if line.isVisible()]
    qtbot.keyClicks(line, "2028-06")
    assert document.draft.sites[2].power_mw.steps[-1] == ("2028-06", 40)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dates(document)[-1] == ("2028-06", 40) and document.draft is None)
    steps.setCurrentCell(1, 1)
    qtbot.keyClick(steps, Qt.Key.Key_Delete)
    assert [month for month, _ in dates(document)] == ["2027-01", "2027-07", "2027-10", "2028-06"]
    editor.add.click()
    assert dates(document)[-1][0] == "2028-09"
    steps.selectAll()
    assert not editor.remove.isEnabled()
    qtbot.keyClick(steps, Qt.Key.Key_Delete)
    assert "one step at least is needed" in said(panel, "power_mw")
    steps.clearSelection()
    steps.setCurrentCell(4, 0)
    editor.remove.click()
    assert dates(document)[-1][0] == "2028-06"
    for _ in range(5):
        document.undo_stack.undo()
    assert len(dates(document)) == 4


def test_two_columns_are_pasted_as_steps_and_copied_back(document, panel, steps) -> None:
    steps.paste("Month\tPower [GW]\nFeb 2027\t0.01\nQ3 2027\t0.02\n2028-03\tnone\n")
    assert dates(document) == [("2027-02", 10), ("2027-07", 20), ("2028-03", None)]
    assert steps.copied().splitlines() == ["Month\tFacility power [MW]", "2027-02\t10", "2027-07\t20", "2028-03\tnone"]
    before = document.plan
    steps.paste(steps.copied())
    assert document.plan is before
    steps.paste("2027-02\t2027-07\n11\t12")
    assert dates(document) == [("2027-02", 11), ("2027-07", 12)]
    steps.setCurrentCell(1, 1)
    steps.paste("15")
    assert dates(document) == [("2027-02", 11), ("2027-07", 15)]
    left = document.plan
    for text, why in (
        ("2027-07\t1\n2027-02\t2", "is 2027-02, not after 2027-07 above it"),
        ("2027-07\t1\nsoon\t2\n2027-09\t", "Soon is not understood"),
        ("1\n2\n3", "3 values were pasted, and from here on there is room for 1"),
        ("a\tb\tc\nd\te\tf\ng\th\ti", "3 columns"),
        ("Month\tMW", "a header alone"),
    ):
        steps.paste(text)
        assert document.plan is left, text
        assert why in said(panel, "power_mw")


def test_a_step_without_a_limit_is_drawn_as_a_gap_and_the_chosen_step_is_that_of_the_field(
    document, panel, steps
) -> None:
    editor = panel.rows["power_mw"].editor
    steps.setCurrentCell(2, 0)
    assert line_of(panel, "power_mw").text() == "30"
    assert "from 2027-07, step 3 of 4" in said(panel, "power_mw")
    steps.item(3, 1).setText("none")
    assert dates(document)[-1] == ("2027-10", None)
    assert editor.plot.isVisible()
    assert editor.plot._handles == (0, 1, 2)
    document.select("offers", ("b200_1y",))
    choose_form(panel, "price_usd", "dated steps")
    price = panel.rows["price_usd"].editor.steps
    price.item(0, 1).setText("none")
    assert isinstance(document.plan.offers[0].price_usd.steps[0][1], float)


def test_a_list_is_typed_pasted_and_refused_as_a_whole(qtbot, document, panel) -> None:
    document.select("sites", ("tokyo",))
    editor = panel.rows["power_mw"].editor
    editor.unfold.setChecked(True)
    editor.table.paste("MW\n15\n25\n0.035 GW\n45\n")
    assert site(document, "tokyo").power_mw == (15, 25, 35, 45)
    assert document.undo_stack.count() == 1
    editor.table.paste("2027 Q1\t1\n2027 Q2\t2 hours\n2027 Q3\t3\n2027 Q4\t4")
    assert site(document, "tokyo").power_mw == (15, 25, 35, 45)
    assert "2027 Q2: hours is a time" in said(panel, "power_mw")
    editor.table.paste("1\n2\n3\n4\n5")
    assert "room for 4" in said(panel, "power_mw")
    editor.table.item(1, 1).setText("30")
    assert site(document, "tokyo").power_mw == (15, 30, 35, 45)
    assert editor.table.copied().splitlines()[:2] == ["Period\tFacility power [MW]", "2027 Q1\t15"]
    # the field shows, and changes, the value of the period that the map shows
    document.show_period(2)
    assert line_of(panel, "power_mw").text() == "35"
    assert "in 2027 Q3" in said(panel, "power_mw")
    enter(qtbot, line_of(panel, "power_mw"), "36")
    assert site(document, "tokyo").power_mw == (15, 30, 36, 45)


def test_points_of_the_line_are_dragged_within_the_bounds(qtbot, document, panel) -> None:
    document.select("sites", ("tokyo",))
    plot = panel.rows["power_mw"].editor.plot
    at = plot.handle_at(3).toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=at)
    for y in (at.y() + 10, at.y() + 200, at.y() + 400):
        move(plot, QPoint(at.x(), y))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at)
    assert site(document, "tokyo").power_mw == (10, 20, 30, 0)
    assert document.undo_stack.count() == 1
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    qtbot.keyClick(plot, Qt.Key.Key_Up)
    assert site(document, "tokyo").power_mw == (10, 20, 30.2, 0)


def test_the_last_point_of_growth_changes_the_rate(qtbot, document, panel) -> None:
    document.select("sites", ("tokyo",))
    plot = panel.rows["electricity_usd_per_mwh"].editor.plot
    at = plot.handle_at(3).toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=at)
    move(plot, QPoint(at.x(), plot.handle_at(0).toPoint().y()))
    qtbot.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=at)
    series = site(document, "tokyo").electricity_usd_per_mwh
    assert series.start == 100
    wanted = 100 * (1.1**0.25 - 1) / math.log(1.1**0.25)  # the mean of the first quarter, where it was dragged to
    assert Timeline.of(document.plan.settings).values(series)[3] == pytest.approx(wanted, abs=0.6)


@pytest.fixture
def table(document, panel) -> SeriesTable:
    """The values of the power at Tokyo: 10, 20, 30, 40 MW."""
    document.select("sites", ("tokyo",))
    editor = panel.rows["power_mw"].editor
    editor.unfold.setChecked(True)
    return editor.table


def test_what_is_copied_has_the_decimal_sign_of_the_person_and_comes_back(qtbot, german, document, table) -> None:
    table.item(1, 1).setText("20,5")
    assert site(document, "tokyo").power_mw == (10, 20.5, 30, 40)
    before = document.plan
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert copied.splitlines() == [
        "Period\tFacility power [MW]", "2027 Q1\t10", "2027 Q2\t20,5", "2027 Q3\t30", "2027 Q4\t40",
    ]  # fmt: skip
    qtbot.keyClick(table, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert document.plan is before
    table.paste("11,5\r\n1.200,25\r\n13\r\n14\r\n")
    assert site(document, "tokyo").power_mw == (11.5, 1200.25, 13, 14)


def test_shares_are_copied_and_pasted_without_being_taken_for_percents(qtbot, document, panel) -> None:
    document.select("policies", ("cover",))
    choose_form(panel, "limit", "one value per period")
    values = panel.rows["limit"].editor.table
    values.item(0, 1).setText("100 %")
    before = document.plan.policies[0].limit
    assert before == (1.0, 0.9, 0.9, 0.9)
    values.paste(values.copied())
    assert document.plan.policies[0].limit == before
    assert said(panel, "limit").count("percent") == 0
    values.paste("Limit [%]\n50\n60\n70\n1")
    assert document.plan.policies[0].limit == (0.5, 0.6, 0.7, 0.01)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1\t2\t3\t4", (1, 2, 3, 4)),
        ("Demand of Tokyo\t1\t2\t3\t4", (1, 2, 3, 4)),
        ("2027 Q1\t2027 Q2\t2027 Q3\t2027 Q4\n1\t2\t3\t4", (1, 2, 3, 4)),
        ("\t2027 Q3\t2027 Q4\nTokyo\t7\t8", (10, 20, 7, 8)),
        ("Facility power [GW]\n1\n2\n3\n4", (1000, 2000, 3000, 4000)),
        ("kW\n1000\n2000\n3000\n4000", (1, 2, 3, 4)),
        ("Oct 2027\t4\nQ2 2027\t2", (10, 2, 30, 4)),
        ("2027 Q2\t5", (10, 5, 30, 40)),
        ("Forecast 2027\n1\n2\n3\n4", (1, 2, 3, 4)),
    ],
)
def test_a_paste_is_taken_as_it_lies_in_the_spreadsheet(document, panel, table, text, values) -> None:
    table.paste(text)
    assert site(document, "tokyo").power_mw == values, said(panel, "power_mw")
    assert document.undo_stack.count() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("n/a\n2\n3", "2027 Q1: n/a is not a number"),
        ("1\n#REF!\n3\n-4", "2027 Q2: #REF! is an error of the spreadsheet; 2027 Q4: must be 0 or more"),
        ("a\t1\t2\nb\t3\t4\nc\t5\t6", "3 columns were pasted"),
        ("Iowa\t1\nTokyo\t2\nDublin\t3", "names no period of the plan"),
        ("2027 Q1\t1\n2027-01\t2", "named twice"),
        ("2027 Q1\t1\n2099 Q1\t2", "2099 Q1 names no period of the plan"),
        ("Facility power [MW]", "a header alone"),
        ("1\n\n3\n4", "2027 Q2: is empty"),
        (
            "pp\nqq\nrr\nss",
            "2027 Q1: pp is not a number; 2027 Q2: qq is not a number; 2027 Q3: rr is not a number; and 1 more",
        ),
    ],
)
def test_a_bad_paste_changes_nothing_and_names_each_bad_cell(document, panel, table, text, words) -> None:
    before = document.plan
    table.paste(text)
    assert document.plan is before
    assert words in said(panel, "power_mw")
    assert table.item(0, 1).text() == "10"


def test_a_change_is_typed_into_one_value(document, table) -> None:
    table.item(1, 1).setText("+10%")
    assert site(document, "tokyo").power_mw == (10, 22, 30, 40)


def test_figures_of_a_list_stand_beneath_each_other_without_scale_letters(document, panel) -> None:
    document.select("workloads", ("chat",))
    choose_form(panel, "demand", "one value per period")
    values = panel.rows["demand"].editor.table
    assert values.item(0, 1).text().replace("\u2009", " ") == "1 000 000"


def test_why_a_paste_was_refused_is_brought_into_view(qtbot, panel, table) -> None:
    panel.resize(274, 330)
    QApplication.processEvents()
    table.paste("n/a\n1\nx")
    trouble, port = panel.rows["power_mw"].trouble, panel.area.viewport()
    at = lambda: port.rect().contains(trouble.rect().translated(trouble.mapTo(port, QPoint(0, 0))))  # noqa: E731
    qtbot.waitUntil(at)
    assert trouble.isVisible()
