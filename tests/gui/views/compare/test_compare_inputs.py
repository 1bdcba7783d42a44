"""The inputs that differ between scenarios, in words."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics

from gigaplan.gui.present.differing_inputs import AS_BASE, NOT_APPLIED, differing
from gigaplan.gui.style import theme
from gigaplan.gui.views.compare.inputs import in_two_lines
from tests.gui.compare_pages import DEAR, move, plan_of


def test_inputs_that_differ_from_what_to_what() -> None:
    overrides = [
        move("sites", "here", "electricity_usd_per_mwh", "scale", 1.4),
        move("sites", "there", "electricity_usd_per_mwh", "scale", 1.4),
        move("sites", "there", "power_mw", "add", -1, "2027-01"),
        move("plan", None, "residual_fraction", "set", 0.5),
        move("workloads", "work", "flexible", "set", True),
        move("offers", "rent", "supply_chips_per_month", "set", 70),
    ]
    plan = plan_of([{"id": "s", "name": "S", "overrides": overrides}, {"id": "o", "name": "O", "overrides": [DEAR]}])
    found = {(i.label, i.where): i.cells for i in differing(plan, ["", "s", "o"])}
    assert found == {
        ("Electricity price", "all sites"): ("50 – 100 USD/MWh", "70 – 140 USD/MWh  × 1.4", AS_BASE),
        ("Facility power", "There"): ("1 to 2 MW", "1 MW  × 0.5, in 2027", AS_BASE),
        ("Residual value", "the plan"): ("100\u2009%", "50\u2009%  × 0.5", AS_BASE),
        ("Flexible", "Work"): ("no", "yes", AS_BASE),
        ("Supply", "Rent"): ("no limit", "70 chips/month", AS_BASE),
        ("Price", "Rent"): ("2 USD/chip-h", AS_BASE, "3 USD/chip-h  × 1.5"),
    }


def test_a_scenario_that_cannot_be_applied_says_so() -> None:
    gone = move("offers", "gone", "price_usd", "set", 1)
    plan = plan_of([{"id": "s", "name": "S", "overrides": [DEAR, gone]}])
    cells = {i.where: i.cells for i in differing(plan, ["", "s"])}
    assert cells["Rent"] == ("2 USD/chip-h", NOT_APPLIED)


def test_a_unit_without_room_beside_its_value_stands_below_it(qapp) -> None:
    metrics = QFontMetrics(theme.font(13))
    room = metrics.horizontalAdvance("7.2 M to 117.5 M tok")
    assert in_two_lines(metrics, "7.2 M to 117.5 M tokens/s", "× 2", room) == ("7.2 M to 117.5 M", "tokens/s  × 2")
    assert in_two_lines(metrics, "1 MW", "× 0.5", room) == ("1 MW", "× 0.5")
    assert in_two_lines(metrics, "Overwhelminglylongword", "", 20) == ("Overwhelminglylongword", "")
