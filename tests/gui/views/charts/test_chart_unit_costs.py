"""What work and a chip-hour cost, side by side."""

import pytest
from PySide6.QtCore import Qt

from gigaplan.engine.results.chip_hour_prices import chip_hour_usd
from gigaplan.gui.present.offer_figures import offers_compared
from tests.gui.chart_decks import show_tab


def test_a_chip_hour_costs_price_upkeep_and_energy(result) -> None:
    # rented: price alone; bought: 150,000 USD over 20 quarters, and 2 kW at the mean of 50 * 1.25 and 150 * 1.5 USD/MWh
    rent, buy = chip_hour_usd(result.allocation, 0)
    assert rent == pytest.approx(2.0)
    assert buy == pytest.approx(150_000 / (20 * 3 * 730.5) + 0.002 * (50 * 1.25 + 150 * 1.5) / 2)
    table = offers_compared(result, 0)
    assert table.rows[0].values == pytest.approx((2.0, 2.0, 2.0, 0.5, 0.01, 2.0))
    assert table.rows[1].values[2] == pytest.approx(buy / 2), "4 PFLOP/s of fp8, half of the time available"


def test_offers_are_compared_in_the_period_shown(deck, document) -> None:
    show_tab(deck, "Platforms")
    card = deck.cards[0]
    document.show_period(6)
    assert "2027 Q3" in card.caption.text()
    card.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    model = card.table.model()
    first = [model.data(model.index(row, 0)) for row in range(model.rowCount())]
    assert first == ["TPU rented", "GPU bought"]


def test_unit_costs_are_those_of_the_engine(deck, result) -> None:
    show_tab(deck, "Unit cost")
    comparison = deck.cards[1].table.figures.comparison
    assert {row.key: row.values[0] for row in comparison.rows} == result.kpis["usd_per_pflop_day"]
    assert deck.cards[0].veil.words == "No workload is counted in tokens."
