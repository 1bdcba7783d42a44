"""Services stand beneath the offers: with price, work, limit, and ribbons to the workloads that buy of them."""

from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QPointF, Qt

from gigaplan.engine.analysis.messages import about_service, about_workload
from gigaplan.engine.analysis.price_falls import price_falls
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.schema import Service
from gigaplan.gui.views.canvas.edits import allowed, forbidden, is_allowed
from gigaplan.gui.views.canvas.picture import Wire
from gigaplan.gui.views.inspector.effects import effects
from tests.gui.map_window import Window, shown, small_plan

BUY = Wire("buy", "chat", "api")
KEY = ("services", "api")


def with_service(**fields: object) -> Plan:
    """A PFLOP-day on a rented GPU costs 57 USD: a service at 40 does the work of Chat, 2000 PFLOP/s, to its limit."""
    row = {"id": "api", "name": "Compute API", "provider": "Vendor", "unit": "PFLOP/s", "price_usd": 40.0,
           "limit": 500.0, "workloads": ("chat",)}  # fmt: skip
    return msgspec.structs.replace(small_plan(), services=(Service(**(row | fields)),))  # type: ignore[arg-type]


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    with shown(qtbot, with_service(), with_worths=False) as made:
        yield made


def said(parts: object) -> str:
    return " | ".join(parts if isinstance(parts, tuple | list) else [str(parts)]).replace("\N{THIN SPACE}", " ")


def test_a_service_has_a_card_and_a_ribbon_as_wide_as_its_part(window: Window) -> None:
    card = window.scene.cards[KEY]
    offers = [box for key, box in window.scene.boxes.items() if key[0] == "offers"]
    assert card.box.x == offers[0].x
    assert card.box.y > max(box.y for box in offers)
    assert said(card.text.details[:2]) == "$40.00/PFLOP-day | for Chat"
    assert said(card.text.note + card.text.note_unit) == "500 PFLOP/s"
    assert card.text.warns, "its limit is taken"
    assert "Chat: 25 % of its work" in said(card.text.tip)
    assert window.scene.flows[BUY] == pytest.approx(0.25)
    assert "25 % of its work" in said(window.scene.wire_words(BUY))
    own = [item.band for wire, item in window.scene.ribbons.items() if wire.start == "chat" and wire != BUY]
    bought = window.scene.ribbons[BUY].band
    gaps = [abs(band.y0 - bought.y0) - (band.width + bought.width) / 2 for band in own]
    assert min(gaps) > -0.01, "ribbons lie side by side at the card of the work"


def test_it_is_selected_explained_and_walked_to(qtbot, window: Window) -> None:
    qtbot.mouseClick(window.view.viewport(), Qt.MouseButton.LeftButton, pos=window.spot(*KEY))
    assert window.document.selection.rows == (KEY,)
    result = window.planner.result
    assert result is not None
    told = said([s.text for s in about_service(result, "api")])
    assert "Compute API is in the plan, at 40 USD a PFLOP-day." in told
    assert "25 % of the work of Chat is bought of it." in told
    assert "Its limit is reached in 4 of 4 periods." in told
    assert "Not for Research, EU: Compute API does not do it." in told
    assert "25 % of its work is bought of Compute API." in said([s.text for s in about_workload(result, "chat")])
    assert said(effects(result, "services", ["api"], 0)[1][0]) == "· Chat | 500 PFLOP/s"
    window.document.select("offers", ["gpu_buy"])
    qtbot.keyClick(window.map.card_list, Qt.Key.Key_Down)
    assert window.document.selection.rows == (KEY,)
    lines = window.map.card_list.cards
    line = lines.index(lines.keys.index(KEY))
    assert said(line.data(Qt.ItemDataRole.DisplayRole)) == "Compute API, service"
    assert "100 % of the limit taken" in said(line.data(Qt.ItemDataRole.AccessibleDescriptionRole))


def test_one_that_is_dear_is_said_to_be(qtbot) -> None:
    with shown(qtbot, with_service(price_usd=500.0, limit=None), with_worths=False) as window:
        assert BUY not in window.scene.flows
        assert window.planner.result is not None
        told = said([s.text for s in about_service(window.planner.result, "api")])
        assert "Compute API is not in the plan. How far its price must fall is still being computed." in told
        price_falls(window.planner.result)
        told = said([s.text for s in about_service(window.planner.result, "api")])
        assert "Compute API is not in the plan: its price must fall by at least" in told
        assert "USD a PFLOP-day, to be chosen for Chat in" in told
        assert "Its price must fall by at least" in said(window.scene.card_tip(KEY))
        assert "Chat costs" in told
        window.document.select("services", ["api"])
        assert BUY in window.scene.dashes


def test_a_wire_to_it_is_drawn_and_deleted(qtbot, window: Window) -> None:
    research = Wire("buy", "eu", "api")
    assert not is_allowed(window.document.plan, research)
    box = window.scene.boxes[("workloads", "eu")]
    start = window.view.mapFromScene(QPointF(box.x + box.width, box.middle))
    window.drag(qtbot, start, window.spot(*KEY))
    row = find(window.document.plan, "services", "api")
    assert row is not None
    assert row.workloads == ("chat", "eu")
    assert window.document.undo_stack.undoText() == "Allow Compute API for Research, EU"
    everywhere = with_fields(window.document.plan, "services", "api", workloads="*")
    assert find(forbidden(everywhere, BUY), "services", "api").workloads == ("eu",)  # type: ignore[union-attr]
    assert allowed(everywhere, BUY) is everywhere
