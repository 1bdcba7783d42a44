"""Charts as they are drawn: patterns beside colours, sums on an axis of their own, names where there is room."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication

from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.charting.axes import TEXT_PX, per_right, tick_texts, value_ticks
from gigaplan.gui.charting.hatches import patterns_on, set_patterns
from gigaplan.gui.present.picture import SUM, Line, Picture
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import FAMILIES, WEIGHTS, category, looks, shown
from gigaplan.gui.views.charts.plot import Plot
from tests.gui.chart_decks import a_plan

PERIODS = tuple((k, k) for k in range(8))


def test_the_sum_to_date_has_an_axis_of_its_own_and_is_read_out(deck, document) -> None:
    card = deck.cards[1]
    card.choose("end", "")
    line = card.picture.lines[-1]
    assert line.label == "Total to date, undiscounted"
    total = solve_plan(document.plan).series("cost")["total"]
    assert line.values == pytest.approx([total[:4].sum(), total.sum()])
    drawn = card.plot.item_shown.shapes[line.key].y
    top = card.plot.box.viewRange()[1][1]
    assert 0.4 * top < drawn[1] <= top, "it fills its axis"
    assert drawn[0] / drawn[1] == pytest.approx(line.values[0] / line.values[1])
    assert "Total to date, undiscounted" in [name for _, name, _ in card.plot.rows_at(0)]
    card.show_table(True)
    assert (
        card.table.model()
        .headerData(card.table.model().columnCount() - 1, Qt.Orientation.Horizontal)
        .startswith("Total to date, undiscounted")
    )
    card.show_table(False)
    card.toggle(line.key)
    card.choose("by", "vendor")
    assert line.key in card.hidden, "it stays off where another split is chosen"


def test_both_axes_share_round_ticks() -> None:
    part = per_right(0.0, 13.25e9, 170.0, 46e9)
    right = [v / part for v in value_ticks(0.0, 13.25e9, 170.0)]
    assert right == pytest.approx([0, 15e9, 30e9, 45e9])


def one_area(hatch: int) -> Picture:
    look = Line("a", "A", "#1B9E77", "area", np.full(8, 10.0), hatch)
    return Picture("chips", "chips", tuple(f"P{k}" for k in range(8)), (look,), True, spans=PERIODS)


def block(plot: Plot) -> np.ndarray:
    """Grey values of a block of pixels in the middle of a plot."""
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    grey = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return grey[80:160, 150:230].astype(int)


@pytest.fixture
def plot(qtbot):
    made = Plot()
    qtbot.addWidget(made)
    made.resize(400, 260)
    made.show()
    return made


def test_patterns_are_seen_in_the_pixels_and_differ_in_grey(plot) -> None:
    plot.show_picture(one_area(0), set())
    QApplication.processEvents()
    assert len(np.unique(block(plot))) == 1, "without them an area is of one colour"
    set_patterns(True)
    seen = []
    for hatch in range(FAMILIES * WEIGHTS):
        plot.show_picture(one_area(hatch), set())
        plot.restyle()
        QApplication.processEvents()
        grey = block(plot)
        assert 0.03 < np.mean(grey > 200) < 0.6, f"hatch {hatch} is drawn, and leaves the colour to be seen"
        seen.append(grey)
    for k, one in enumerate(seen):
        for other in seen[:k]:
            assert np.mean(np.abs(one - other) > 40) > 0.03


def test_a_hatch_stands_still_when_what_it_fills_grows(plot) -> None:
    set_patterns(True)
    plot.show_picture(one_area(0), set())
    QApplication.processEvents()
    before = block(plot)
    wide = Line("a", "A", "#1B9E77", "area", np.full(4, 1e6), 0)
    plot.show_picture(Picture("chips", "chips", ("A", "B", "C", "D"), (wide,), True, spans=PERIODS[:4]), set())
    QApplication.processEvents()
    assert np.array_equal(before, block(plot)), "it is as wide as pixels are, however the data is stretched"


def test_patterns_are_chosen_in_a_charts_menu_for_all_of_them_and_remembered(deck, qtbot) -> None:
    assert not patterns_on()
    qtbot.mouseClick(deck.cards[0].button, Qt.MouseButton.LeftButton)
    option = next(a for a in deck.cards[0].menu.actions() if a.text() == "Patterns beside colours")
    assert option.isCheckable()
    option.trigger()
    deck.cards[0].menu.close()
    assert patterns_on()
    assert [card.plot.item_shown.patterns for card in deck.cards] == [True] * 3
    swatch = deck.cards[1].legend.place_of("rental")
    image = deck.cards[1].legend.grab(swatch.adjusted(2, 4, -swatch.width() + 12, -4)).toImage()
    assert len({image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}) > 3
    deck.use_patterns(False)
    assert not patterns_on()


def test_a_drawing_carries_hatches_as_shapes_and_no_clip_cuts_off_what_follows(deck, tmp_path: Path) -> None:
    deck.cards[0].save(tmp_path / "plain.svg")
    deck.use_patterns(True)
    deck.cards[0].save(tmp_path / "hatched.svg")
    plain, hatched = ((tmp_path / f"{n}.svg").read_text(encoding="utf-8") for n in ("plain", "hatched"))
    assert hatched.count("<path") > plain.count("<path") + 2
    assert hatched.count("<clipPath") == plain.count("<clipPath")
    assert "<image" not in hatched


def test_a_chart_without_data_has_no_numbers_on_its_axes(plot) -> None:
    nothing = one_area(0)
    plot.show_picture(Picture(**{**vars(nothing), "lines": (Line("a", "A", "#1B9E77", "area", np.zeros(8)),)}), set())
    QApplication.processEvents()
    assert plot.is_empty
    image = plot.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 400, 2) for y in range(0, 260, 2)}
    assert len(colours) == 1, "nothing at all is drawn; the sentence lies over it"


def test_a_chart_whose_lines_are_all_hidden_says_so(deck) -> None:
    card = deck.cards[0]
    for line in card.picture.lines:
        card.toggle(line.key)
    assert card.plot.is_empty
    assert card.plot.veil.words == "Every line is hidden. Click a name to show it."
    card.toggle("tpu")
    assert not card.plot.veil.isVisible()


@pytest.mark.parametrize("name", list(theme.APPEARANCES))
def test_every_colour_of_a_line_or_of_its_rim_stands_out_from_the_panel(qapp, name: str) -> None:
    sheet, palette = qapp.styleSheet(), qapp.palette()
    theme.apply(qapp, name)
    try:
        plan, panel = a_plan(), theme.tokens().panel
        found = [
            look for by in ("component", "vendor", "platform", "offer", "site") for look in looks(plan, by).values()
        ]
        found += [category(k) for k in range(40)]
        for look in found:
            seen = shown(look.rim) if look.rim else shown(look.colour)
            assert theme.contrast(seen, panel) >= theme.LEAST_CONTRAST, look
    finally:
        qapp.setStyleSheet(sheet)
        qapp.setPalette(palette)


def test_names_have_rows_of_their_own_where_a_card_is_tall_enough(deck, qtbot) -> None:
    card = deck.cards[1]
    assert card._below.indexOf(card.legend) >= 0
    for line in card.picture.lines:
        if line.values.any():
            assert not card.legend.place_of(line.key).isEmpty(), f"{line.label} is named in full"
    deck.resize(735, 160)
    QApplication.processEvents()
    assert card._below.indexOf(card.legend) < 0, "a low card keeps its room for the plot"


def test_no_word_of_an_axis_is_cut_off(qtbot) -> None:
    """`100 GWh` that shows as `00 GWh` is another figure."""
    metrics = QFontMetricsF(theme.font(TEXT_PX))
    for unit, most, beside in (("MWh", 111e3, 0.0), ("USD", 23.0, 0.0), ("USD", 2.2e8, 1.24e11), ("tCO2e", 1.3e6, 0)):
        plot = Plot()
        qtbot.addWidget(plot)
        plot.resize(240, 150)
        plot.show()
        lines = [Line("a", "A", "accent", "bar", np.full(8, most))]
        if beside:
            lines.append(Line("b", "B", "accent", SUM, np.full(8, beside)))
        plot.show_picture(Picture(unit, "", tuple("abcdefgh"), tuple(lines), True, spans=PERIODS), set())
        box = plot.box.sceneBoundingRect()
        ticks = value_ticks(*plot.box.viewRange()[1], box.height())
        texts = tick_texts(ticks, unit, "USD")
        assert max(map(metrics.horizontalAdvance, texts)) <= box.left() - 6, texts
        if beside:
            texts = tick_texts([v / plot._per_right for v in ticks], unit, "USD")
            assert max(map(metrics.horizontalAdvance, texts)) <= plot.width() - box.right() - 6, texts
