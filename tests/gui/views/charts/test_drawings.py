"""Drawings: money from components to workloads, what changed, the merit order, the load duration, and sites."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gigaplan.engine.plan.plan import Plan, with_fields
from gigaplan.engine.plan.schema import Block, Offer, Platform, Settings, Site, Workload
from gigaplan.engine.results.money_flows import cost_flows
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.present.chart_data import sites_side_by_side
from gigaplan.gui.present.chart_tabs import TABS, DrawingChart
from gigaplan.gui.present.load_duration import load_by_block, load_duration
from gigaplan.gui.present.merit_order import merit_order
from gigaplan.gui.present.money_drawings import change, sankey
from gigaplan.gui.present.picture import value_range
from tests.gui.chart_decks import a_plan, show_tab

LEFT = Qt.MouseButton.LeftButton
HOURS = 730.5
"""Of a month."""


def tiny_plan(**settings: object) -> Plan:
    """Two months; 100 and 300 chips' worth of work on rented chips of 1 USD/h and 1 PFLOP/s; nothing else costs."""
    chip = {"stack": "cuda", "memory_gb": 100.0, "memory_bandwidth_gb_s": 1e3, "power_w": 1e3}
    work = {"kind": "research", "unit": "PFLOP/s", "unmet_usd": 100.0, "utilisation": 0.5}
    return Plan(
        settings=Settings(**({"name": "tiny", "start": "2027-01", "periods": 2, "months_per_period": 1,
                              "discount_rate": 0.0, "overhead_fraction": 0.0} | settings)),
        platforms=(Platform(id="gpu", name="GPU", vendor="NVIDIA", bf16_tflops=2000.0, **chip),),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=1.0, pue=1.25, electricity_usd_per_mwh=0.0),
            Site(id="open", name="Open", jurisdiction="US", power_mw=None, pue=1.0, electricity_usd_per_mwh=0.0),
        ),
        offers=(
            Offer(id="cheap", name="Cheap", platform="gpu", provider="A", kind="rental", price_usd=1.0,
                  sites=("open",), supply_chips_per_month=150.0),
            Offer(id="dear", name="Dear", platform="gpu", provider="B", kind="rental", price_usd=2.0, sites=("iowa",)),
        ),
        workloads=(
            Workload(id="a", name="A", demand=100.0, **work),
            Workload(id="b", name="B", demand=300.0, **work),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def tiny() -> Result:
    found = solve_plan(tiny_plan())
    assert found.status == "optimal"
    return found


@pytest.fixture(scope="module")
def usual() -> Result:
    return solve_plan(a_plan())


def test_money_flows_add_up_to_the_cost_by_component_and_by_workload(usual: Result) -> None:
    flows = cost_flows(usual.allocation)
    components, works = usual.series("cost", "component"), usual.series("cost", "workload")
    for at, series in ((0, components), (1, works)):
        for key, values in series.items():
            there = sum(usd for pair, usd in flows.items() if pair[at] == key)
            assert there == pytest.approx(float(values.sum()), abs=1e-6 * sum(flows.values()))


def test_the_money_of_a_plan_reckoned_by_hand(tiny: Result) -> None:
    """400 chips in each of two months: 150 cheap ones, and 250 at 2 USD/h."""
    drawing = sankey(tiny, None, {})
    total = 2 * (150 + 2 * 250) * HOURS
    assert sum(row[2] for row in drawing.table[1:]) == pytest.approx(total)
    assert tiny.kpis["tco_usd"] == pytest.approx(total)
    left = [block for block in drawing.blocks if block.named == "right"]
    right = [block for block in drawing.blocks if block.named == "left"]
    assert [block.label for block in left] == ["Rentals"]
    assert {block.row for block in right} == {("workloads", "a"), ("workloads", "b")}
    for blocks in (left, right):
        assert sum(block.high - block.low for block in blocks) == pytest.approx(0.988), "one gap of 1.2 % at the right"
    thick = sum(band.end[2] - band.end[1] for band in drawing.bands)
    assert thick == pytest.approx(0.988), "what leaves arrives"


def test_many_workloads_are_drawn_together(tiny: Result) -> None:
    works = tuple(msgspec.structs.replace(tiny.plan.workloads[0], id=f"w{k}", demand=5.0 + k) for k in range(20))
    drawing = sankey(solve_plan(msgspec.structs.replace(tiny.plan, workloads=works)), None, {})
    named = [block.label for block in drawing.blocks if block.named == "left"]
    assert len(named) == 14
    assert "7 more workloads" in named


def test_what_changed_goes_from_the_first_total_to_the_last(tiny: Result) -> None:
    """Cheap chips at 1.5 USD/h add 0.5 x 300 chip-months."""
    now = solve_plan(with_fields(tiny.plan, "offers", "cheap", price_usd=1.5))
    drawing = change(now, tiny, {})
    steps = [row[1] for row in drawing.table[1:]]
    assert steps[1:-1] == pytest.approx([0.5 * 300 * HOURS])
    assert steps[0] + sum(steps[1:-1]) == pytest.approx(steps[-1])
    assert steps[-1] == pytest.approx(now.kpis["tco_usd"])
    assert change(tiny, tiny, {}).blocks == ()
    assert change(tiny, None, {}).empty


def test_the_merit_order_is_by_cost_as_wide_as_supply_and_power(tiny: Result) -> None:
    """A chip does 1 PFLOP/s. Of the cheap there are 150 in the first month, and 300 in the second where they stand for
    two; Iowa carries 1 MW / (1 kW x 1.25) = 800 dear ones, drawn as wide as the demand, 300."""
    first = merit_order(tiny, None, {"workload": "b", "period": "0"})
    assert [(block.label, block.left, block.right) for block in first.blocks] == [
        ("Cheap", 0.0, pytest.approx(150.0)), ("Dear", pytest.approx(150.0), pytest.approx(450.0))
    ]  # fmt: skip
    assert [block.high for block in first.blocks] == pytest.approx([1.0, 2.0]), "USD per PFLOP-hour"
    assert first.rules[0].at == pytest.approx(300.0)
    assert first.table[2][2] == pytest.approx(800.0)
    longer = solve_plan(with_fields(tiny.plan, "offers", "cheap", term_months=2.0))
    second = merit_order(longer, None, {"workload": "b", "period": "1"})
    assert second.blocks[0].right == pytest.approx(300.0)
    assert not merit_order(tiny, None, {"workload": "gone"}).blocks


def test_the_load_duration_is_the_energy_in_order() -> None:
    plan = tiny_plan(blocks=(Block(name="day", share=0.75), Block(name="night", share=0.25)))
    plan = with_fields(plan, "workloads", "b", profile=(1.2, 0.4))
    result = solve_plan(plan)
    load = load_by_block(result.allocation)
    shares = result.allocation.inputs.shares
    energy = (load * shares[:, None]).sum(axis=0) * HOURS
    assert energy == pytest.approx(result.series("facility_energy", "total")["total"])
    drawing = load_duration(result, None, {})
    heights = [block.high for block in drawing.blocks]
    assert heights == sorted(heights, reverse=True)
    assert drawing.blocks[-1].right == pytest.approx(1.0)
    area = sum((block.right - block.left) * block.high for block in drawing.blocks)
    assert area == pytest.approx(drawing.rules[0].at), "the mean"
    assert load[0].max() > load[1].max(), "more is asked for by day"
    assert "hours of the day" in load_duration(solve_plan(tiny_plan()), None, {}).empty


def test_sites_stand_beside_each_other_on_one_axis(tiny: Result) -> None:
    picture = sites_side_by_side(tiny, {})
    assert picture.groups == (("Iowa", 2), ("Open", 2))
    drawn = {line.key: line.values for line in picture.lines}
    assert drawn["open"].tolist() == pytest.approx([0, 0, 0.15, 0.15])
    assert drawn["iowa"].tolist() == pytest.approx([250 * 1.25e-3, 250 * 1.25e-3, 0, 0])
    assert drawn["available"][:2].tolist() == [1.0, 1.0]
    assert np.isnan(drawn["available"][2:]).all(), "no line where there is no limit"
    assert np.isfinite(value_range(picture, set())).all()


def test_every_drawing_is_hovered_clicked_explained_and_exported(deck, document, qtbot, tmp_path) -> None:
    asked: list[tuple] = []
    deck.explain_requested.connect(lambda *what: asked.append(what))
    for name in ("Money", "Merit and load"):
        show_tab(deck, name)
        QApplication.processEvents()
        for card in deck.cards:
            if not card.drawing.parts:
                assert card.veil.words
                continue
            place = len(card.drawing.bands)
            qtbot.mouseMove(card.plot.viewport(), card.plot.spot(place).toPoint())
            QApplication.processEvents()
            for suffix in ("png", "svg", "csv"):
                card.save(tmp_path / f"{card.chart.name}.{suffix}")
            assert not QImage(str(tmp_path / f"{card.chart.name}.png")).isNull()
            assert (tmp_path / f"{card.chart.name}.csv").read_text("utf-8-sig").count("\n") >= 2
            assert "<text" in (tmp_path / f"{card.chart.name}.svg").read_text()
            assert card.plot.accessibleDescription()
    money = TABS["Money"][0]
    assert isinstance(money, DrawingChart)
    show_tab(deck, "Money")
    card = deck.cards[0]
    sink = next(k for k, part in enumerate(card.drawing.parts) if part.row == ("workloads", "eu"))
    sink = len(card.drawing.parts) - 1 if sink < len(card.drawing.bands) else sink
    qtbot.mouseClick(card.plot.viewport(), LEFT, pos=card.plot.spot(sink).toPoint())
    assert document.selection.rows == (card.drawing.parts[sink].row,)
    assert asked[-1][:2] == ("cost", "workload")
    card.plot.setFocus()
    qtbot.keyClick(card.plot, Qt.Key.Key_Right)
    assert card.plot.chosen == len(card.drawing.bands), "the first block"
    qtbot.keyClick(card.plot, Qt.Key.Key_Return)
    assert asked[-1][:2] == ("cost", "component")


def test_charts_are_kept_for_each_plan(deck, document, qtbot, tmp_path) -> None:
    QSettings().clear()
    document.save(tmp_path / "a.gigaplan")
    deck.cards[0].choose("by", "vendor")
    deck.cards[1].toggle("rental")
    page = deck._sets["Overview"][0]
    page.setSizes([500, 280, 265])
    page.splitterMoved.emit(500, 1)
    sizes = page.sizes()
    show_tab(deck, "Sites")
    document.start(a_plan())
    assert deck.cards[0].chart.name == "sites", "another plan leaves the tab"
    assert deck._sets["Overview"][1][0].chosen == {}
    document.open(tmp_path / "a.gigaplan")
    show_tab(deck, "Overview")
    assert deck.cards[0].chosen == {"by": "vendor"}
    assert deck.cards[1].hidden == {"rental"}
    assert page.sizes() == sizes
    assert QPoint(0, 0) == deck.cards[0].pos()


def test_charts_and_tabs_are_put_in_an_order_that_is_kept(deck, document, qtbot, tmp_path) -> None:
    """By the menu of a card, by dragging its title, and by dragging a tab; another plan begins with the usual one."""
    QSettings().clear()

    def order() -> list[str]:
        cards = deck.cards
        assert [card.x() for card in cards] == sorted(card.x() for card in cards)
        return [card.called for card in cards]

    document.save(tmp_path / "a.gigaplan")
    usual, titles = order(), [deck.tabs.tabText(k) for k in range(deck.tabs.count())]
    first, second, third = usual
    card = deck.cards[0]
    card.menu.aboutToShow.emit()
    actions = {a.text(): a for a in card.menu.actions()}
    assert not actions["Move left"].isEnabled()
    actions["Move right"].trigger()
    QApplication.processEvents()
    assert order() == [second, first, third]
    last, begin = deck.cards[2], QPoint(30, 12)
    handle = deck.window().windowHandle()
    place = last.mapTo(deck.window(), begin)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    QTest.mouseMove(handle, place - QPoint(100, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(20, place.y()))
    QApplication.processEvents()
    assert order() == [third, second, first]
    deck.tabs.moveTab(titles.index("Sites"), 1)
    document.start(a_plan())
    QApplication.processEvents()
    assert (order(), deck.tabs.tabText(1)) == (usual, titles[1])
    document.open(tmp_path / "a.gigaplan")
    QApplication.processEvents()
    assert (order(), deck.tabs.tabText(1)) == ([third, second, first], "Sites")


def test_what_changed_joins_the_overview_where_there_is_room(deck, document, qtbot) -> None:
    deck.resize(1200, 300)
    show_tab(deck, "Overview")
    assert len(deck.cards) == 3, "nothing has changed yet"
    dearer = with_fields(document.plan, "offers", "rent", price_usd=3.0)
    deck.refresh(solve_plan(dearer))
    assert [card.called for card in deck.cards][-1] == "Change of cost"
    assert deck.cards[-1].drawing.blocks[0].label == "As opened"
    deck.resize(700, 300)
    assert len(deck.cards) == 3, "no room"
    deck.resize(1200, 300)
    deck.refresh(solve_plan(document.plan))
    assert len(deck.cards) == 4, "what is there stays there"
