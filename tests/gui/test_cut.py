"""At the smallest window nothing is cut by a pixel, and an ellipsis never stands within a figure."""

import pytest
from PySide6.QtGui import QColor, QFontMetrics, QFontMetricsF
from PySide6.QtWidgets import QApplication

from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import VENDOR_COLOURS, mixed, shown, veil
from gigaplan.gui.text.number_format import THIN
from gigaplan.gui.views.canvas.folding import shorter
from gigaplan.gui.widgets.texts import elided_middle, elided_words, where_twins_differ
from gigaplan.gui.widgets.whole_tabs import WholeTabs
from tests.gui.map_window import small_plan

LEAST = [("light", 1.3), ("dark", 1.6), ("contrast-light", 1.9), ("contrast-dark", 3.0)]
"""Contrast of a ribbon with the panel beneath it, in each look."""


def test_the_three_columns_have_the_room_that_they_need_in_the_smallest_window(window) -> None:
    window.document.start(small_plan())
    window.show_workspace()
    window.resize(window.minimumSize())
    QApplication.processEvents()
    body = window.splitters["body"]
    for k in range(body.count()):
        each = body.widget(k)
        assert each.width() >= max(each.minimumSizeHint().width(), each.minimumWidth()), each


def test_an_ellipsis_never_stands_within_a_figure(dressed) -> None:
    metrics = QFontMetrics(theme.font(12))
    for text in (f"$51.4{THIN}M within the horizon", f"0.67{THIN}PF bf16 · 155{THIN}GB · 1.1{THIN}kW"):
        words = text.split(" ")
        for room in range(metrics.horizontalAdvance(text)):
            found = elided_words(metrics, text, room)
            for part, whole in zip(found.removesuffix("…").split(" "), words, strict=False):
                assert part == whole or not any(c.isdigit() for c in whole) or part == "", found
        assert elided_words(metrics, text, metrics.horizontalAdvance(text) + 1) == text


@pytest.mark.parametrize(("name", "least"), LEAST)
def test_ribbons_are_seen_in_every_look(qapp, name: str, least: float) -> None:
    theme.apply(qapp, name)
    try:
        panel = theme.tokens().panel
        for vendor in VENDOR_COLOURS.values():
            ink = veil(vendor, 0.40)
            over = mixed(panel, QColor(ink).name(), ink.alphaF())
            assert theme.contrast(over, panel) >= least, (vendor, over)
            assert theme.contrast(shown(vendor), panel) >= theme.LEAST_CONTRAST
    finally:
        theme.apply(qapp, "light")


def test_the_number_of_a_sample_is_seen(qtbot) -> None:
    from gigaplan.gui.views.risk.cards import DrawnCard

    card = DrawnCard(lambda: "plan")
    qtbot.addWidget(card)
    card.opening.show()
    card.show()
    line = card.sample.lineEdit()
    assert line.width() >= line.fontMetrics().horizontalAdvance(line.text()) + 14
    assert line.height() >= line.fontMetrics().height()


def test_no_tab_is_cut_and_those_without_room_are_in_a_menu(qtbot) -> None:
    tabs = WholeTabs("Charts shown")
    qtbot.addWidget(tabs)
    names = ("Overview", "Money", "Carbon and energy", "Unit cost", "Merit and load", "Latency")
    for name in names:
        tabs.addTab(name)
    tabs.show()
    for width in range(tabs.minimumSizeHint().width(), tabs.sizeHint().width() + 40, 23):
        for current in (0, 2, 5):
            tabs.setCurrentIndex(current)
            tabs.resize(width, tabs.sizeHint().height())
            QApplication.processEvents()
            whole = [k for k in range(len(names)) if tabs.isTabVisible(k)]
            assert current in whole
            for k in whole:
                rect = tabs.tabRect(k)
                assert rect.width() >= tabs.tabSizeHint(k).width(), (width, names[k])
                assert rect.right() < (tabs.more.x() if tabs.more.isVisible() else width) + 1, (width, names[k])
            assert tabs.more.isVisible() == (len(whole) < len(names))
            assert not tabs.more.isVisible() or tabs.more.geometry().right() <= width
            tabs.more.menu().aboutToShow.emit()
            assert {a.text() for a in tabs.more.menu().actions()} == {names[k] for k in range(6) if k not in whole}
    tabs.resize(tabs.minimumSizeHint())
    tabs.more.menu().aboutToShow.emit()
    tabs.more.menu().actions()[-1].trigger()
    assert tabs.isTabVisible(tabs.currentIndex())


def test_the_charts_give_way_to_the_problems_where_the_middle_is_low(window) -> None:
    window.document.start(small_plan())
    window.show_workspace()
    window.resize(window.minimumSize())
    charts, problems = window.menus.parts["charts"], window.menus.problems_shown
    problems.setChecked(True)
    QApplication.processEvents()
    assert not charts.isChecked()
    map_page = window.plan_map
    assert map_page.height() >= map_page.minimumSizeHint().height(), "the map is not squeezed"
    problems.setChecked(False)
    assert charts.isChecked(), "and come back"
    problems.setChecked(True)
    charts.setChecked(True)
    window.resize(1000, 641)
    QApplication.processEvents()
    assert charts.isChecked(), "a person who wants both has both"


def test_names_are_cut_so_that_twins_differ(dressed) -> None:
    metrics = QFontMetricsF(theme.font(13))
    names = [f"Cloud of the north, reserved for {k} months" for k in range(12)] + ["B200 · on demand", "B200 · on call"]
    apart = where_twins_differ(names)
    assert apart["B200 · on demand"] == len("B200 · on ")
    for room in range(95, 320, 5):
        cut = [elided_middle(metrics, name, room, apart[name]) for name in names]
        assert len(set(cut)) == len(names), (room, cut)
        assert all(metrics.horizontalAdvance(each) <= room + 1 for each in cut)
    assert elided_middle(metrics, "Cloud region, Virginia", 105) == "Cloud…Virginia"


def test_what_a_folded_line_counts_is_never_cut() -> None:
    assert shorter("NVIDIA: 5 not chosen: why?")[1:] == ("NVIDIA: 5 not chosen", "NVIDIA: 5 unused", "NVIDIA: 5")
    assert shorter("NVIDIA: 1 more, 4 unused")[2:] == ("NVIDIA: 5 more", "NVIDIA: 5")
    assert shorter("AMD: 3, 2 unused")[-1] == "AMD: 5"
