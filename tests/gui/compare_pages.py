"""The page of scenarios side by side on a small plan, for tests of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.compare.view import CompareView

HOURS = 2 * 8766


def move(table: str, row: str | None, field: str, op: str, value: object, first: str | None = None) -> dict:
    return {"table": table, "row": row, "field": field, "op": op, "value": value, "from": first}


DEAR = move("offers", "rent", "price_usd", "scale", 1.5)
MORE = move("workloads", "work", "demand", "scale", 2)
ALL = move("policies", "all", "enabled", "set", True)
NONE = move("offers", "rent", "supply_chips_per_month", "set", 0)
SCENARIOS = [
    {"id": "dear", "name": "Dear", "overrides": [DEAR]},
    {"id": "grown", "name": "Grown", "notes": "Twice the work.", "overrides": [DEAR, MORE]},
    {"id": "cut", "name": "Cut off", "overrides": [ALL, NONE]},
]


def plan_of(scenarios: list[dict] = SCENARIOS, power: object = None, **settings: object) -> Plan:
    """100 PFLOP/s at 0.5 PFLOP/s a chip: 200 chips, rented for 2 USD an hour over two years."""
    return decode_plan({
        "format": "gigaplan/2",
        "plan": {"name": "T", "start": "2026-01", "periods": 2, "months_per_period": 12, "discount_rate": 0} | settings,
        "platforms": [{
            "id": "chip", "name": "Chip", "vendor": "acme", "stack": "s", "bf16_tflops": 1000, "memory_gb": 100,
            "memory_bandwidth_gb_s": 4000, "power_w": 1000,
        }],
        "sites": [
            {"id": "here", "name": "Here", "jurisdiction": "US", "power_mw": 10, "electricity_usd_per_mwh": 100},
            {"id": "there", "name": "There", "jurisdiction": "US", "power_mw": power or [1, 2],
             "electricity_usd_per_mwh": 50},
        ],
        "offers": [{
            "id": "rent", "name": "Rent", "platform": "chip", "provider": "cloud", "kind": "rental", "price_usd": 2,
            "sites": "*",
        }],
        "workloads": [{
            "id": "work", "name": "Work", "kind": "research", "unit": "PFLOP/s", "demand": 100, "utilisation": 0.5,
            "unmet_usd": 100,
        }],
        "policies": [{"id": "all", "name": "All", "kind": "coverage", "scope": "*", "limit": 1.0, "enabled": False}],
        "scenarios": scenarios,
    })  # fmt: skip


@contextmanager
def a_page(document: Document, qtbot: QtBot) -> Iterator[CompareView]:
    """The page on a document with the plan of `plan_of`."""
    planner = Planner(document)
    provider = ScenarioResults(document, planner)
    view = CompareView(document, planner, provider)
    qtbot.addWidget(view)
    view.resize(1060, 600)
    view.show()
    document.start(plan_of())
    yield view
    provider.stop()
    planner.stop()


def solved(page: CompareView, qtbot: QtBot) -> CompareView:
    def done() -> bool:
        wanted = {s.id for s in page._document.plan.scenarios}
        return set(page._provider.results) == wanted and not page._soon.isActive()

    qtbot.waitUntil(done, timeout=20_000)
    page.refresh()
    return page


def choose(box: QComboBox, data: object) -> None:
    at = box.findData(data)
    assert at >= 0
    box.setCurrentIndex(at)
