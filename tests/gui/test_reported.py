"""What people were misled by, each as they would do it in the window."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QLocale, Qt
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Platform, Policy, Settings, Site, Workload
from gigaplan.gui.present.cell_text import Context
from gigaplan.gui.views.explain.sentences import Sentence, WrappedButton
from gigaplan.gui.views.problems.panel import PROBLEM, WHERE
from gigaplan.gui.views.tables.paste import _in_one_form
from gigaplan.gui.views.tables.sheets import TableSheet


def chip(id: str, vendor: str) -> Platform:
    return Platform(id=id, name=id.upper(), vendor=vendor, stack=vendor, bf16_tflops=1000, memory_gb=80,
                    memory_bandwidth_gb_s=3000, power_w=1000)  # fmt: skip


def rent(id: str) -> Offer:
    return Offer(id=f"rent_{id}", name=f"Rent {id.upper()}", platform=id, provider=id, kind="rental", price_usd=1.0,
                 sites="*", term_months=12)  # fmt: skip


TWO_VENDORS = Plan(
    settings=Settings(name="p", start="2027-01", periods=1, months_per_period=12, discount_rate=0.0),
    platforms=(chip("a", "A"), chip("b", "B")),
    sites=(Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=1.0, pue=1.0, electricity_usd_per_mwh=50.0),),
    offers=(rent("a"), rent("b")),
    workloads=(Workload(id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, utilisation=0.5,
                        unmet_usd=20.0),),
)  # fmt: skip


@pytest.fixture
def planner(window, qtbot: QtBot):
    """The window on two vendors, solved."""
    open_plan(window, TWO_VENDORS, qtbot)
    return window


def open_plan(window, plan: Plan, qtbot: QtBot) -> None:
    window.document.start(plan)
    solved(window, qtbot)


def solved(window, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.planner.result is not None and not window.planner.is_stale)


def problems(window) -> list[tuple[str, str]]:
    window.problems.refresh()
    model = window.problems.model
    return [(model.index(k).data(WHERE), model.index(k).data()) for k in range(model.rowCount())]


def said(window) -> list[str]:
    return [line.text() for line in window.explain.findChildren(Sentence) if line.isVisibleTo(window.explain)]


def offered(window) -> list[WrappedButton]:
    return [b for b in window.explain.findChildren(WrappedButton) if b.isVisibleTo(window.explain)]


def test_a_cap_that_empties_the_plan_is_the_first_problem_and_is_mended_with_one_click(planner, qtbot: QtBot) -> None:
    document = planner.document
    cap = Policy(id="cap", name="Cap", kind="share", dimension="vendor", metric="power", limit=0.4)
    document.apply(msgspec.structs.replace(document.plan, policies=(cap,)), "Cap")
    solved(planner, qtbot)
    first, second = problems(planner)
    assert first == ("Train", "Nothing of its work is served, worth $1.75\u2009M.")
    assert second[0] == "Cap · Limit"
    assert "no chip run" in second[1]
    cost = planner.kpis.cells[0].figure
    assert (cost.value, cost.tone) == ("$0", "warning")
    assert cost.second.endswith("serves less")

    index = planner.problems.model.index(0)
    assert index.data(PROBLEM).row == "train"
    planner.problems.list.setCurrentIndex(index)
    qtbot.keyClick(planner.problems.list, Qt.Key.Key_Return)
    remedy = "Accept 50\u202f% for Cap"
    qtbot.waitUntil(lambda: [b.accessibleName() for b in offered(planner)] == [remedy])
    assert not any("costs no less" in line for line in said(planner))
    qtbot.mouseClick(offered(planner)[0], Qt.MouseButton.LeftButton)
    solved(planner, qtbot)
    assert document.plan.policies[0].limit == pytest.approx(0.5)
    assert problems(planner) == []


def test_a_pasted_column_is_read_in_one_form(german) -> None:
    context = Context(TWO_VENDORS, QLocale())
    sheet = TableSheet(context, "sites")
    lines = [["Name", "PUE"], *([f"S{k}", text] for k, text in enumerate(("1.25", "1.125", "2.5", "2.350")))]
    made = _in_one_form(sheet, lines)
    assert [line[1] for line in made[1:]] == ["1,25", "1,125", "2,5", "2,350"]
