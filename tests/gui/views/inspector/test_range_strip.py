"""The strip below a field that is scrubbed: where the plan flips, before the hand gets there."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import with_fields
from gigaplan.gui.document.document import Document
from tests.engine.plans import plan_of
from tests.gui.inspector_forms import an_inspector, drag, enter, line_of, move

PLAN = plan_of(
    plan={"periods": 1, "discount_rate": 0.0},
    platforms=[{}, {"id": "other", "name": "Other", "vendor": "bolt"}],
    offers=[
        {"kind": "purchase", "price_usd": 100_000.0, "id": "buy", "name": "Buy"},
        {"kind": "purchase", "price_usd": 120_000.0, "id": "b", "platform": "other"},
    ],
)
"""Above 120,000 USD the other vendor's chips are bought."""


def test_a_scrubbed_field_shows_where_the_plan_flips(qtbot: QtBot, no_thread_left) -> None:
    document = Document(PLAN)
    with an_inspector(document, qtbot) as panel:
        document.select("offers", ("buy",))
        row, ranges = panel.rows["price_usd"], panel.ranges
        QTest.mousePress(row.label, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(20, 5))
        move(row.label, QPoint(24, 5))  # two steps, and the hand rests with the button held
        qtbot.waitUntil(lambda: ranges.found is not None, timeout=20_000)
        strip = row._strip
        assert strip is not None
        assert strip.isVisible()
        assert strip.words.text().replace("\u2009", " ") == "The best plan changes at 120 000 USD/chip."
        picture, found = strip.plot.picture, ranges.found
        assert [s.start for s in picture.stretches] == pytest.approx([51_000.0, 120_000.0])
        assert picture.stretches[0].shares != picture.stretches[1].shares
        assert "120" in strip.plot.reading_at(strip.plot.x_of(130_000.0))

        move(row.label, QPoint(30, 5))
        assert document.plan.offers[0].price_usd == 105_000.0
        assert strip.plot._mark == pytest.approx(105_000.0)
        QTest.mouseRelease(row.label, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(30, 5))
        enter(qtbot, line_of(panel, "price_usd"), "80000")  # typed: the field still, and within the range
        assert ranges.found is found
        assert strip.isVisible()
        assert strip.plot._mark == pytest.approx(80_000.0)

        document.apply(with_fields(document.plan, "workloads", "work", demand=7.0), "Change the demand")
        assert ranges.found is None
        assert not strip.isVisible()


def test_what_holds_no_range_shows_none(qtbot: QtBot, no_thread_left) -> None:
    """A month's limit of a list is not the whole list; and of nothing there is no half and no double."""
    document = Document(with_fields(PLAN, "offers", "buy", price_usd=0.0))
    with an_inspector(document, qtbot) as panel:
        document.select("offers", ("buy",))
        drag(panel.rows["lead_months"].label, 2)
        panel.ranges._begin()
        assert panel.ranges.range is None or panel.ranges.range.value > 0
        document.select("offers", ("buy", "b"))
        drag(panel.rows["price_usd"].label, 3)
        assert not panel.ranges.is_busy  # two rows at once
