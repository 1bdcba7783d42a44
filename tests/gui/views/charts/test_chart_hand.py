"""Charts under the hand: clicks, drags, keys, the wheel, the legend and the menu."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from gigaplan.gui.present.picture import Line, Picture
from gigaplan.gui.text.number_format import short
from tests.gui.chart_decks import pixel


def turned(place: QPointF, on_screen: QPointF, keys: Qt.KeyboardModifier) -> QWheelEvent:
    """One notch of the wheel, away from the hand."""
    no_button, no_phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(place, on_screen, QPoint(), QPoint(0, 120), no_button, keys, no_phase, False)


def test_a_click_and_a_drag_in_a_chart_choose_the_period(deck, document, qtbot) -> None:
    plot = deck.cards[0].plot
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 5))
    assert document.period == 5
    assert deck.cards[2].plot._marker.value() == 5
    qtbot.mousePress(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 5))
    qtbot.mouseMove(plot.viewport(), pixel(plot, 2))
    qtbot.mouseRelease(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 2))
    assert document.period == 2
    yearly = deck.cards[1].plot
    qtbot.mouseClick(yearly.viewport(), Qt.MouseButton.LeftButton, pos=pixel(yearly, 1))
    assert document.period == 2, "a column of a whole year is no period"


def test_arrow_keys_move_the_period_and_read_out_its_values(deck, document, result, qtbot) -> None:
    plot = deck.cards[0].plot
    document.show_period(3)
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert document.period == 4
    assert plot.readout.heading == "2027 Q1 · chips"
    total = result.series("chips")["total"][4]
    assert plot.readout.rows[0][1:] == ("Total", short(total))
    assert [row[1] for row in plot.readout.rows[1:]] == ["GPU", "TPU"], "topmost first"


def test_a_chart_that_is_taken_apart_loses_the_focus_without_a_word(deck, qtbot) -> None:
    """Python takes the parts of an object first, and what Qt holds of it hears of the focus after that."""
    plot = deck.cards[0].plot
    parts = dict(vars(plot))
    vars(plot).clear()
    try:
        plot.hover(None)
    finally:
        vars(plot).update(parts)


def test_the_pointer_reads_out_values_with_units(deck, result, qtbot) -> None:
    plot = deck.cards[2].plot
    qtbot.mouseMove(plot.viewport(), pixel(plot, 6))
    assert plot.readout.isVisible()
    assert plot.readout.heading == result.time.labels[6]
    assert all(value.endswith(("MW", "kW")) for _, _, value in plot.readout.rows)


def test_a_readout_without_room_adds_up_the_smallest(deck) -> None:
    plot = deck.cards[0].plot
    lines = tuple(Line(str(k), f"L{k}", "#3B76E0", "area", np.array([float(k + 1)])) for k in range(10))
    plot.show_picture(Picture("chips", "chips", ("2026",), lines, True), set())
    rows = plot.rows_at(0, most=5)
    assert [row[1] for row in rows] == ["Total", "L9", "L8", "L7", "7 others"]
    assert rows[-1][2].startswith("28")


def test_the_legend_hides_and_shows_a_line(deck, result, qtbot) -> None:
    card = deck.cards[0]
    place = card.legend.place_of("tpu")
    assert not place.isEmpty()
    qtbot.mouseClick(card.legend, Qt.MouseButton.LeftButton, pos=place.center())
    assert list(card.plot.item_shown.shapes) == ["gpu"]
    top = card.plot.item_shown.shapes["gpu"].y
    assert np.allclose(top[::2], result.series("chips", "platform")["gpu"]), "what lay on it comes down"
    qtbot.mouseClick(card.legend, Qt.MouseButton.LeftButton, pos=card.legend.place_of("tpu").center())
    assert "tpu" in card.plot.item_shown.shapes


def test_the_menu_chooses_the_split_and_hides_lines(deck, qtbot) -> None:
    card = deck.cards[0]
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    actions = {action.text(): action for action in card.menu.actions()}
    assert actions["By platform"].isChecked()
    actions["By site"].trigger()
    card.menu.close()
    assert [line.label for line in card.picture.lines] == ["Iowa", "Dublin"]
    card._open_lines()
    assert [action.text() for action in card.menu.lines.actions()] == ["Iowa", "Dublin"]
    card.menu.lines.actions()[1].trigger()
    card.menu.lines.close()
    assert card.hidden == {"dublin"}
    card._open_lines()
    assert card.menu.lines.actions()[0].text() == "Show all"
    iowa, dublin = (action.icon().pixmap(16, 12).toImage() for action in card.menu.lines.actions()[2:])
    filled = [image.pixelColor(image.rect().center()).alpha() for image in (iowa, dublin)]
    assert filled == [255, 0], "what is hidden has a hollow mark"
    card.menu.lines.actions()[0].trigger()
    card.menu.lines.close()
    assert card.hidden == set()
    assert "dublin" in card.plot.item_shown.shapes


def test_zoom_keeps_within_the_plan_and_a_double_click_resets_it(deck, qtbot) -> None:
    plot = deck.cards[0].plot
    centre = QPointF(pixel(plot, 4))
    for _ in range(3):
        wheel = turned(centre, plot.viewport().mapToGlobal(centre), Qt.KeyboardModifier.ControlModifier)
        QApplication.sendEvent(plot.viewport(), wheel)
    low, high = plot.box.viewRange()[0]
    assert high - low == pytest.approx(8 * 0.8**3)
    assert low >= -0.5
    assert high <= 7.5
    qtbot.mouseDClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=pixel(plot, 4))
    assert plot.box.viewRange()[0] == pytest.approx([-0.5, 7.5])


def test_the_wheel_alone_is_left_to_whatever_holds_the_chart(deck) -> None:
    plot = deck.cards[0].plot
    wheel = turned(QPointF(90, 90), QPointF(90, 90), Qt.KeyboardModifier.NoModifier)
    plot.wheelEvent(wheel)
    assert not wheel.isAccepted()
