"""The power of contracts, and limits that some periods lack, wherever a person sees them."""

import io
import zipfile
from pathlib import Path

import msgspec
import pytest

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.exchange.plan_to_sheets import to_workbook
from gigaplan.engine.exchange.summary import summary_pages
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.present.chart_data import POWER, power, source_of
from gigaplan.gui.present.explain_nodes import available_power, explain_drawn
from gigaplan.gui.views.canvas.card_text import site_text
from gigaplan.gui.views.canvas.picture import picture_of
from tests.engine.plans import plan_of

CASE = Path(__file__).parents[3] / "cases" / "2" / "plans" / "003.json"
"""S0 has 1.628 MW, and takes up a contract of 1.71 MW that counts for the whole of 2027 alone; of O0, whose supply
has steps, any number can be had from 2029-04 on."""


@pytest.fixture(scope="module")
def result():
    return solve_plan(decode_plan(msgspec.json.decode(CASE.read_bytes())))


def test_power_of_a_contract_is_power_there_is(result):
    assert result.available_mw(result.plan.sites[:1]) == pytest.approx([1.628, 3.338, 1.628, 1.628, 1.628])
    assert available_power(result, "s0", 1).value == pytest.approx(3.338)
    assert available_power(result, "", 1).value == pytest.approx(3.338 + 0.528)


def test_the_power_chart_has_a_line_of_what_is_contracted(result):
    lines = {line.key: line.values for line in power(result, {"site": "s0"}).lines}
    assert lines["contracted"] == pytest.approx([0, 1.71, 0, 0, 0])
    assert (lines["drawn"] <= lines["available"] * (1 + 1e-9)).all()
    series, by, key = source_of(POWER, {"site": "s0"}, "contracted")
    node = explain_drawn(result, series, by, key, 1, 1)
    assert (node.value, len(node.children)) == (pytest.approx(1.71), 1)
    assert "contracted" not in {line.key for line in power(result, {"site": result.plan.sites[1].id}).lines}


def test_what_binds_counts_contracted_power():
    grid = {"id": "grid", "name": "Grid", "site": "here", "provider": "utility", "mw": 0.2, "start": "2026-01",
            "status": "signed"}  # fmt: skip
    plan = plan_of(plan={"periods": 1}, sites=[{"power_mw": 0.07}], power_contracts=[grid])
    result = solve_plan(plan)
    said = what_binds(result, worths(result, only_binding=True))
    # 200 chips of 1 kW x PUE 1.5 would draw 0.3 MW; 0.27 are there, of which 0.2 are not in the field.
    assert said[0].text.startswith("All 0.27 MW at Here are in use in 2026. Each further MW saves")
    assert "(true from 0.2 to 0.3 MW)" in said[0].text
    assert said[0].tries is not None
    assert said[0].tries.text == "Try 0.1 MW of its own"


def test_the_card_of_a_site_counts_contracted_power(result):
    text = site_text(result.plan.sites[0], result.time, 1, picture_of(result), "USD")
    assert text.used == pytest.approx(1)


def test_a_workbook_says_where_there_is_no_limit(result):
    book = to_workbook(result.plan, summary_pages(result))
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert any(b"no limit" in archive.read(name) for name in archive.namelist())
