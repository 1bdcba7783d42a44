"""The charts: they draw what the engine found, follow the hand, and leave the program as files."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from engine.offer_prices import chip_hour_usd
from engine.plan import Plan, with_settings
from engine.results import Result, failure
from engine.schema import Offer, Platform, Settings, Site, Workload
from engine.solve import solve_plan
from gui import theme
from gui.charts.deck import ChartDeck
from gui.charts.offers import offers_compared
from gui.document import Document
from gui.numbers import short
from gui.planner import Planner
from gui.plots.axes import column_ticks, names_that_fit, nice_step, tick_texts, value_ticks
from gui.plots.picture import Line, Picture, by_year, csv_text, reach, stacks


def a_plan(periods: int = 8, months: int = 3, start: str = "2026-01") -> Plan:
    """Two vendors, two sites and two workloads; demand grows, so that every series has a shape."""
    return Plan(
        settings=Settings(name="small", start=start, periods=periods, months_per_period=months),
        platforms=(
            Platform(id="tpu", name="TPU", vendor="Google", stack="xla", bf16_tflops=1000, memory_gb=200,
                     memory_bandwidth_gb_s=4000, power_w=1000),
            Platform(id="gpu", name="GPU", vendor="NVIDIA", stack="cuda", bf16_tflops=2000, fp8_tflops=4000,
                     memory_gb=100, memory_bandwidth_gb_s=8000, power_w=2000, embodied_kgco2e=1000),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=3.0, pue=1.25, electricity_usd_per_mwh=50,
                 carbon_g_per_kwh=400),
            Site(id="dublin", name="Dublin", jurisdiction="EU", power_mw=tuple(1.0 + t for t in range(periods)),
                 pue=1.5, electricity_usd_per_mwh=150, carbon_g_per_kwh=300),
        ),
        offers=(
            Offer(id="rent", name="TPU rented", platform="tpu", provider="Google", kind="rental", price_usd=2.0,
                  sites=("iowa",)),
            Offer(id="buy", name="GPU bought", platform="gpu", provider="Dealer", kind="purchase", price_usd=150_000,
                  sites="*", availability=0.5),
        ),
        workloads=(
            Workload(id="train", name="Training", kind="pretraining", unit="PFLOP/s",
                     demand=tuple(100.0 + 60 * t for t in range(periods)), unmet_usd=100),
            Workload(id="eu", name="EU research", kind="research", unit="PFLOP/s", demand=40.0, unmet_usd=100,
                     jurisdictions=("EU",)),
        ),
    )  # fmt: skip


@pytest.fixture
def document(qtbot):
    return Document(a_plan())


@pytest.fixture
def planner(document):
    made = Planner(document)
    yield made
    made.stop()


@pytest.fixture
def result(document) -> Result:
    found = solve_plan(document.plan)
    assert found.status == "optimal"
    return found


@pytest.fixture
def deck(document, planner, result, qtbot):
    made = ChartDeck(document, planner)
    qtbot.addWidget(made)
    made.resize(1065, 320)
    made.show()
    planner.result = result
    made.refresh(result)
    QApplication.processEvents()
    return made


def pixel(plot, column: float) -> QPoint:
    """A pixel in the middle of the plot at a column."""
    return QPoint(round(plot.pixel_of(column).x()), plot.height() // 2)


def turned(place: QPointF, on_screen: QPointF, keys: Qt.KeyboardModifier) -> QWheelEvent:
    """One notch of the wheel, away from the hand."""
    no_button, no_phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    return QWheelEvent(place, on_screen, QPoint(), QPoint(0, 120), no_button, keys, no_phase, False)


def test_allocation_draws_the_cumulative_sums_of_the_engines_series(deck, result) -> None:
    plot = deck.cards[0].plot
    chips = result.series("chips", "platform")
    assert chips["tpu"].max() > 0
    assert chips["gpu"].max() > 0
    x, y = plot.items_shown.by_key["tpu"].getData()
    assert np.array_equal(x[1:-1], np.arange(8))
    assert np.allclose(y[1:-1], chips["tpu"], rtol=1e-12)
    _, top = plot.items_shown.by_key["gpu"].getData()
    assert np.allclose(top[1:-1], chips["tpu"] + chips["gpu"], rtol=1e-12)
    assert plot.items_shown.by_key["gpu"].zValue() < plot.items_shown.by_key["tpu"].zValue()


@pytest.mark.parametrize("by", ["platform", "vendor", "offer", "workload", "site"])
def test_every_split_of_the_allocation_adds_up_to_all_chips(deck, result, by: str) -> None:
    card = deck.cards[0]
    card.choose("by", by)
    drawn = sum(line.values for line in card.picture.lines)
    assert np.allclose(drawn, result.series("chips", "total")["total"], rtol=1e-9)


def test_cost_bars_of_a_year_are_the_sum_of_its_quarters(deck, result) -> None:
    card = deck.cards[1]
    assert card.picture.columns == ("2026", "2027")
    rental = result.series("cost", "component")["rental"]
    line = next(ln for ln in card.picture.lines if ln.key == "rental")
    assert np.allclose(line.values, [rental[:4].sum(), rental[4:].sum()], rtol=1e-12)
    bars = card.plot.items_shown.by_key["rental"].opts
    assert np.allclose(bars["height"], line.values, rtol=1e-12)
    purchase = next(ln for ln in card.picture.lines if ln.key == "purchase")
    assert np.allclose(bars["y0"], purchase.values, rtol=1e-12)
    card.choose("span", "period")
    assert card.picture.columns == result.time.labels
    bars = sum(ln.values for ln in card.picture.lines if ln.style == "bar")
    assert bars == pytest.approx(result.series("cost")["total"])


def test_power_of_a_site_stands_against_what_that_site_has(deck, result, document) -> None:
    card = deck.cards[2]
    lines = {ln.key: ln.values for ln in card.picture.lines}
    assert np.allclose(lines["available"], 3.0 + np.array([1.0 + t for t in range(8)]))
    document.select("sites", ["dublin"])
    lines = {ln.key: ln.values for ln in card.picture.lines}
    assert np.allclose(lines["available"], [1.0 + t for t in range(8)])
    assert np.allclose(lines["drawn"], result.series("facility_power", "site")["dublin"])
    assert np.allclose(lines["it"], result.series("it_power", "site")["dublin"])
    assert card._title.text() == "Power · Dublin"
    x, y = card.plot.items_shown.by_key["available"].getData()
    assert y[x == 0.5].tolist() == [1.0, 2.0], "what is available changes between two periods"
    card.choose("site", "")
    assert card._title.text() == "Power"


def test_each_site_stands_against_its_own_capacity(deck, result) -> None:
    card = deck.cards[2]
    card.choose("site", "*")
    drawn = result.series("facility_power", "site")
    shares = {ln.key: ln.values for ln in card.picture.lines}
    assert np.allclose(shares["iowa"], drawn["iowa"] / 3.0)
    assert np.allclose(shares["dublin"], drawn["dublin"] / [1.0 + t for t in range(8)])
    assert 0 < max(values.max() for values in shares.values()) <= 1 + 1e-9


def test_a_site_without_a_limit_leaves_the_limit_out_and_says_so(document, planner, qtbot) -> None:
    iowa, dublin = document.plan.sites
    open_ended = msgspec.structs.replace(document.plan, sites=(iowa, msgspec.structs.replace(dublin, power_mw=None)))
    deck = ChartDeck(document, planner)
    qtbot.addWidget(deck)
    deck.refresh(solve_plan(open_ended))
    assert [ln.key for ln in deck.cards[2].picture.lines] == ["drawn", "it"]
    assert "No limit is set at Dublin" in deck.cards[2].picture.note


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
    assert not card.plot.items_shown.by_key["tpu"].isVisible()
    _, top = card.plot.items_shown.by_key["gpu"].getData()
    assert np.allclose(top[1:-1], result.series("chips", "platform")["gpu"]), "what lay on it comes down"
    qtbot.mouseClick(card.legend, Qt.MouseButton.LeftButton, pos=card.legend.place_of("tpu").center())
    assert card.plot.items_shown.by_key["tpu"].isVisible()


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


def test_csv_holds_the_figures_with_units_in_full_precision(deck, result, tmp_path: Path) -> None:
    path = tmp_path / "power.csv"
    deck.cards[2].save(path)
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["Period", "drawn [MW]", "IT [MW]", "available [MW]"]
    assert [row[0] for row in rows[1:]] == list(result.time.labels)
    drawn = sum(result.series("facility_power", "site").values())
    assert [float(row[1]) for row in rows[1:]] == drawn.tolist()


def test_money_is_exported_in_the_plans_currency() -> None:
    picture = Picture(
        "USD", "a year", ("2026",), (Line("a", 'Rent, "spot"', "#000000", "bar", np.array([1.5])),), False, "EUR"
    )
    assert csv_text(picture) == 'Year,"Rent, ""spot"" [EUR]"\n2026,1.5\n'


def test_a_name_that_looks_like_a_formula_is_exported_as_text() -> None:
    picture = Picture(
        "USD", "a year", ("2026",), (Line("a", "=cmd|x", "#000000", "bar", np.array([-1.5])),), False, "EUR"
    )
    assert csv_text(picture) == "Year,'=cmd|x [EUR]\n2026,-1.5\n"


def test_png_and_svg_are_written_whole(deck, tmp_path: Path) -> None:
    card = deck.cards[0]
    card.save(tmp_path / "a.png")
    image = QImage(str(tmp_path / "a.png"))
    assert image.width() == 2 * card.plot.width()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(colours) > 3, "something is drawn"
    card.save(tmp_path / "a.svg")
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag.endswith("svg")
    words = " ".join(text for text in root.itertext() if text.strip())
    assert "Allocation" in words
    assert "2026" in words
    assert "small" in words, "the plan's name stands at the foot"
    assert sum(element.tag.endswith(("path", "polygon")) for element in root.iter()) >= 2


def test_saving_where_one_may_not_raises(deck, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        deck.cards[0].save(tmp_path / "missing" / "a.svg")


def test_the_figures_can_stand_in_the_place_of_the_plot(deck, result, qtbot) -> None:
    card = deck.cards[0]
    card.show_table(True)
    model = card.table.model()
    assert (model.rowCount(), model.columnCount()) == (8, 2)
    assert model.data(model.index(7, 0), Qt.ItemDataRole.EditRole) == result.series("chips", "platform")["tpu"][7]
    card.table.selectAll()
    qtbot.keyClick(card.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert lines[0] == "\tTPU [chips]\tGPU [chips]"
    assert len(lines) == 9
    card.show_table(False)
    assert not card.is_table


def test_nothing_grows_over_200_refreshes(deck, document) -> None:
    one = solve_plan(document.plan)
    iowa, dublin = document.plan.sites
    other = solve_plan(
        msgspec.structs.replace(document.plan, sites=(msgspec.structs.replace(iowa, power_mw=2.0), dublin))
    )
    counts = [len(card.plot.scene().items()) for card in deck.cards]
    items = [dict(card.plot.items_shown.by_key) for card in deck.cards]
    for k in range(200):
        deck.refresh(other if k % 2 else one)
    assert [len(card.plot.scene().items()) for card in deck.cards] == counts
    assert [card.plot.items_shown.by_key for card in deck.cards] == items


def test_a_plan_without_an_optimum_keeps_the_last_picture_and_says_why(deck, document) -> None:
    before = deck.cards[0].picture
    deck.refresh(failure(document.plan, "infeasible", ()))
    card = deck.cards[0]
    assert card.picture is before
    assert card.plot.veil.isVisible()
    assert (card.plot.veil.dims, card.plot.veil.words) == (True, "No plan meets every limit")
    deck.refresh(solve_plan(document.plan))
    assert not card.plot.veil.isVisible()


def test_a_result_that_is_late_leaves_the_picture_dimmed(deck, planner, result, qtbot) -> None:
    planner.state = "solving"
    planner.state_changed.emit("solving")
    veil = deck.cards[0].plot.veil
    assert not veil.isVisible(), "a quick answer does not flicker"
    qtbot.waitUntil(veil.isVisible, timeout=2000)
    planner.state = "solved"
    planner.result_changed.emit(result)
    planner.state_changed.emit("solved")
    assert not veil.isVisible()


@pytest.mark.parametrize(("periods", "months"), [(1, 12), (120, 1), (7, 1), (5, 12)])
def test_any_length_of_plan_is_drawn(qtbot, periods: int, months: int) -> None:
    document = Document(a_plan(periods, months, "2026-04"))
    planner = Planner(document)
    deck = ChartDeck(document, planner)
    qtbot.addWidget(deck)
    deck.resize(700, 240)
    deck.show()
    found = solve_plan(document.plan)
    assert found.status == "optimal"
    planner.result = found
    for index in range(deck.tabs.count()):
        deck.tabs.setCurrentIndex(index)
        deck.refresh(found)
        deck.grab()
    planner.stop()


def test_an_empty_plan_says_what_is_missing(qtbot) -> None:
    document = Document(Plan(settings=Settings(name="empty", start="2026-01", periods=4)))
    planner = Planner(document)
    deck = ChartDeck(document, planner)
    qtbot.addWidget(deck)
    deck.show()
    found = solve_plan(document.plan)
    for index in range(deck.tabs.count()):
        deck.tabs.setCurrentIndex(index)
        deck.refresh(found)
    deck.tabs.setCurrentIndex(0)
    assert deck.cards[0].plot.veil.words == "No chips in this plan yet."
    planner.stop()


def test_another_plan_starts_afresh(deck, document) -> None:
    deck.cards[0].toggle("tpu")
    document.start(with_settings(a_plan(3), name="other"))
    assert deck.cards[0].hidden == set()
    assert deck.cards[0].picture is None
    assert deck.cards[0].plot.items_shown.by_key == {}


def test_a_result_of_the_plan_before_is_not_drawn_on_a_new_one(deck, document, planner, result) -> None:
    document.start(with_settings(a_plan(3), name="other"))
    planner.result_changed.emit(result)
    assert deck.cards[0].picture is None


def test_light_and_dark_colour_the_lines_anew(deck, qapp) -> None:
    sheet, palette = qapp.styleSheet(), qapp.palette()
    found = []
    for name in ("light", "dark"):
        theme.apply(qapp, name)
        QApplication.processEvents()
        item = deck.cards[0].plot.items_shown.by_key["tpu"]
        found.append((item.opts["brush"].color().name(), deck.cards[0].grab().toImage().pixelColor(8, 60).name()))
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)
    assert found[0][0] != found[1][0]
    assert found[0][1] == theme.LIGHT.panel.lower()
    assert found[1][1] == theme.DARK.panel.lower()


def test_what_is_negative_hangs_below_zero() -> None:
    lines = (
        Line("a", "a", "#000000", "bar", np.array([2.0, -1.0])),
        Line("b", "b", "#000000", "bar", np.array([3.0, 4.0])),
        Line("c", "c", "#000000", "bar", np.array([-5.0, -2.0])),
    )
    ends = stacks(lines, set(), 2)
    assert [end.tolist() for end in ends["b"]] == [[2.0, 0.0], [5.0, 4.0]]
    assert [end.tolist() for end in ends["c"]] == [[0.0, -1.0], [-5.0, -3.0]]
    assert reach(Picture("USD", "", ("x", "y"), lines, True), set()) == (-5.0, 5.0)


def test_years_that_are_cut_short_say_so() -> None:
    result = failure(a_plan(7, 3, "2026-01"), "error", ())
    columns, sums = by_year(result, {"a": np.arange(7.0)})
    assert columns == ("2026", "2027 (9 mo)")
    assert sums["a"].tolist() == [6.0, 15.0]
    assert by_year(failure(a_plan(8, 3, "2026-07"), "error", ()), {})[0] == ("2026-07 +", "2027-07 +")


def test_ticks_are_round_and_share_one_scale() -> None:
    assert nice_step(13e9, 4) == 4e9
    assert value_ticks(0, 1210, 160) == [0, 400, 800, 1200]
    assert tick_texts([0, 5e9, 10e9], "USD", "USD") == ["$0", "$5B", "$10B"]
    assert tick_texts([0, 500_000, 1_000_000], "chips", "USD") == ["0", "0.5M", "1.0M"]
    assert tick_texts([0, 400, 1200], "MW", "USD") == ["0", "400", "1\u2009200"]
    assert tick_texts([-2.5e6, 0], "USD", "CHF") == ["\u22122.5M", "0"]
    assert tick_texts([0, 0.5, 1], "fraction", "USD") == ["0\u2009%", "50\u2009%", "100\u2009%"]


def test_columns_are_named_by_whole_years_first() -> None:
    quarters = tuple(f"{2026 + k // 4} Q{k % 4 + 1}" for k in range(20))
    assert column_ticks(quarters, -0.5, 19.5, 5) == [0, 4, 8, 12, 16]
    assert column_ticks(quarters, -0.5, 19.5, 4) == [0, 8, 16]
    assert names_that_fit(quarters, -0.5, 19.5, 260, lambda s: 7.0 * len(s)) == [
        (0, "2026"), (4, "2027"), (8, "2028"), (12, "2029"), (16, "2030"),
    ]  # fmt: skip


def test_a_chip_hour_costs_price_upkeep_and_energy(result) -> None:
    # rented: price alone; bought: 150,000 USD over 20 quarters, and 2 kW at the mean of 50 * 1.25 and 150 * 1.5 USD/MWh
    rent, buy = chip_hour_usd(result.allocation, 0)
    assert rent == pytest.approx(2.0)
    assert buy == pytest.approx(150_000 / (20 * 3 * 730.5) + 0.002 * (50 * 1.25 + 150 * 1.5) / 2)
    table = offers_compared(result, 0)
    assert table.rows[0].values == pytest.approx((2.0, 2.0, 2.0, 0.5, 1.0, 2.0))
    assert table.rows[1].values[2] == pytest.approx(buy / 2), "4 PFLOP/s of fp8, half of the time available"


def test_offers_are_compared_in_the_period_shown(deck, document) -> None:
    deck.tabs.setCurrentIndex(3)
    card = deck.cards[0]
    document.show_period(6)
    assert "2027 Q3" in card.caption.text()
    card.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    model = card.table.model()
    first = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    assert first == ["TPU rented", "GPU bought"]


def test_unit_costs_are_those_of_the_engine(deck, result) -> None:
    deck.tabs.setCurrentIndex(2)
    comparison = deck.cards[1].table.figures.comparison
    assert {row.key: row.values[0] for row in comparison.rows} == result.kpis["usd_per_pflop_day"]
    assert deck.cards[0].veil.words == "No workload is counted in tokens."
