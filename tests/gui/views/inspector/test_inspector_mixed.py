"""Several rows in the inspector: what they do not share is mixed, and a value or a change goes to all."""

from PySide6.QtCore import Qt

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import with_fields
from tests.gui.inspector_forms import enter, line_of, plan_to_edit, said, site


def test_several_rows_show_mixed_and_take_one_value(qtbot, document, panel) -> None:
    document.select("sites", ("iowa", "dublin"))
    assert panel.title.text() == "2 sites"
    line = line_of(panel, "pue")
    assert (line.text(), line.placeholderText()) == ("", "Mixed")
    assert line_of(panel, "water_l_per_kwh").text() == "0"
    enter(qtbot, line, "1.15")
    assert [site(document, i).pue for i in ("iowa", "dublin", "tokyo")] == [1.15, 1.15, 1.2]
    assert line.text() == "1.15"
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Change PUE of 2 sites"


def test_several_rows_take_a_relative_change(qtbot, document, panel) -> None:
    document.select("sites", ("iowa", "dublin", "tokyo"))
    enter(qtbot, line_of(panel, "power_mw"), "+10%")
    assert [site(document, i).power_mw for i in ("iowa", "dublin", "tokyo")] == [462, 66, (11, 22, 33, 44)]
    enter(qtbot, line_of(panel, "electricity_usd_per_mwh"), "*2")
    assert [site(document, i).electricity_usd_per_mwh for i in ("iowa", "dublin", "tokyo")] == [
        108, 296, Growth(start=200.0, annual_growth=0.1)
    ]  # fmt: skip
    assert document.undo_stack.count() == 2
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert document.plan == plan_to_edit()


def test_a_mixed_field_left_empty_changes_nothing(qtbot, document, panel) -> None:
    before = document.plan
    document.select("sites", ("iowa", "dublin"))
    for name in ("pue", "source", "jurisdiction"):
        line = line_of(panel, name)
        line.setFocus()
        qtbot.keyClicks(line, "1")
        qtbot.keyClick(line, Qt.Key.Key_Backspace)
        qtbot.keyClick(line, Qt.Key.Key_Return)
    assert document.plan is before


def test_prices_of_bought_and_rented_chips_take_no_common_amount(qtbot, document, panel) -> None:
    document.apply(with_fields(document.plan, "offers", "mi355x_od", kind="purchase", price_usd=20_000.0), "Buy")
    document.select("offers", ("b200_1y", "mi355x_od"))
    enter(qtbot, line_of(panel, "price_usd"), "5")
    assert [o.price_usd for o in document.plan.offers] == [3, 20_000]
    assert "different units" in said(panel, "price_usd")
    enter(qtbot, line_of(panel, "price_usd"), "-50%")
    assert [o.price_usd for o in document.plan.offers] == [1.5, 10_000]
