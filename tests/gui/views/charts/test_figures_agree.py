"""The same figure everywhere: charts, their tables and CSV, comparisons, key figures and explanations, of each example.

A figure is followed from the engine's result to each place where a person meets it, in every example
plan but the largest, which takes as long as all others.
"""

from __future__ import annotations

import csv
import io
from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gigaplan.engine.analysis.provenance import explain_kpi, recompute
from gigaplan.engine.analysis.waterfall import by_component
from gigaplan.engine.plan.plan import with_settings
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.results.commitments import year_uses
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.money import end_components
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import TEMPLATES, load_template
from gigaplan.gui.charting.axes import tick_texts
from gigaplan.gui.present.bar_comparison import (
    COMPUTE_COLUMN,
    COVERAGE_COLUMN,
    TOKEN_COLUMN,
    comparison_text,
    per_workload,
)
from gigaplan.gui.present.chart_data import TO_DATE, Chart, source_of
from gigaplan.gui.present.chart_tabs import TABS
from gigaplan.gui.present.commitment_charts import COMMITMENTS
from gigaplan.gui.present.compare_figures import Compared, kpi_rows, table_text
from gigaplan.gui.present.explain_nodes import explain_drawn, explain_figure
from gigaplan.gui.present.kpi_cells import figures
from gigaplan.gui.present.picture import SUM, Line, Picture, csv_text
from gigaplan.gui.present.scenario_words import OutcomeWords
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import mass, money, percent, power
from gigaplan.gui.views.charts.figures import FiguresModel
from gigaplan.gui.views.history.differences import _figure_lines

CLOSE = {"rel": 1e-9, "abs": 1e-6}


@pytest.fixture(scope="module", params=[t.name for t in TEMPLATES if t.name != "frontier-1gw"])
def result(request) -> Result:
    found = solve_plan(load_template(request.param))
    assert found.status == "optimal"
    return found


def every_picture(result: Result):
    """Each chart with each of its choices: (chart, what is chosen, picture)."""
    for chart in (card for tab in TABS.values() for card in tab if isinstance(card, Chart)):
        values = [[key for key, _ in choice.values(result.plan)] for choice in chart.choices]
        for picked in product(*values):
            chosen = dict(zip((choice.name for choice in chart.choices), picked, strict=True))
            yield chart, chosen, chart.make(result, chosen)


def test_a_chart_its_table_and_its_csv_hold_the_same_figures(result, qtbot) -> None:
    for chart, chosen, picture in every_picture(result):
        model = FiguresModel(None)
        model.show_picture(picture)
        rows = list(csv.reader(io.StringIO(csv_text(picture))))
        assert len(rows) == 1 + len(picture.columns)
        for c, line in enumerate(picture.lines):
            assert rows[0][1 + c].endswith(f"[{picture.unit_text}]"), (chart.name, chosen)
            head = model.headerData(c, Qt.Orientation.Horizontal)
            assert head == f"{line.label}\n{picture.unit_text}"
            for k, value in enumerate(line.values.tolist()):
                assert float(rows[1 + k][1 + c] or "nan") == pytest.approx(value, rel=0, abs=0, nan_ok=True)
                shown = model.data(model.index(k, c), Qt.ItemDataRole.EditRole)
                assert shown == pytest.approx(value, rel=0, abs=0, nan_ok=True)


def test_charts_add_up_to_the_key_figures(result) -> None:
    kpis, at_end = result.kpis, sum(end_components(result.allocation, discounted=False).values())
    sums = {"cost": kpis["tco_usd"] - at_end, "emissions": kpis["emissions_t"], "energy": kpis["energy_mwh"],
            "water": kpis["water_m3"]}  # fmt: skip
    for chart, chosen, picture in every_picture(result):
        if chart.name in sums:
            within = sum(not column.startswith("after ") for column in picture.columns)
            total = sum(float(line.values[:within].sum()) for line in picture.lines if line.style != SUM)
            assert total == pytest.approx(sums[chart.name], **CLOSE), (chart.name, chosen)
        if chart.name == "cost":
            to_date = next(line for line in picture.lines if line.key == TO_DATE)
            whole = kpis["tco_usd"] if within < len(picture.columns) else sums["cost"]
            assert to_date.values[-1] == pytest.approx(whole, **CLOSE)
        if chart.name == "allocation":
            chips = result.series("chips")["total"]
            assert sum(line.values for line in picture.lines) == pytest.approx(chips, **CLOSE)
        if chart.name == "power" and chosen["site"] == "":
            lines = {line.key: line.values for line in picture.lines}
            assert lines["drawn"].max() == pytest.approx(kpis["peak_facility_mw"], **CLOSE)
            assert lines["it"].max() == pytest.approx(kpis["peak_it_mw"], **CLOSE)


def telling(line: Line) -> set[int]:
    """The columns of a line that are looked at: the ends of what can be clicked, and its largest figure."""
    there = np.flatnonzero(line.values)
    return {int(there[0]), int(there[-1]), int(np.argmax(np.abs(line.values)))} if there.size else set()


def asked(chart: Chart, chosen: dict[str, str], picture: Picture, line: Line, column: int, result: Result):
    """The explanation that a click on a line opens; None where it opens none."""
    if line.style == SUM or chart.selects:
        return None
    series, by, key = source_of(chart, chosen, line.key)
    span = picture.spans[column]
    if picture.sources:
        key, settled = picture.sources[column]
        span = settled, settled
    return explain_drawn(result, series, by, key, *span)


def test_a_click_on_a_chart_explains_the_figure_that_it_draws(result) -> None:
    looked = 0
    for chart, chosen, picture in every_picture(result):
        if chart.name == "commitments-over-time":
            continue  # a part of a contract year is explained by the whole of it
        for line in picture.lines:
            for column in telling(line):
                node = asked(chart, chosen, picture, line, column, result)
                if node is None:
                    continue
                looked += 1
                where = (chart.name, chosen, line.label, picture.columns[column], node.label)
                assert node.value == pytest.approx(line.values[column], **CLOSE), where
                assert node.unit == picture.unit, where
                parts = sum(child.value or 0.0 for child in node.children)
                if node.operation == "sum":
                    assert parts == pytest.approx(line.values[column], rel=1e-6, abs=1e-3), where
    assert looked > 50


def test_the_strip_shows_and_explains_one_figure(result) -> None:
    kpis, currency = result.kpis, result.plan.settings.currency
    shown = {f.kpi: f for f in figures(result)}
    words = {
        "tco_usd": lambda v: money(v, currency),
        "coverage_by_value": percent,
        "peak_facility_mw": power,
        "serving_cost": lambda v: money(v, currency),
        "pretraining_cost": lambda v: money(v, currency),
        "vendor_hhi": lambda v: f"HHI {v:.2f}",
        "emissions_t": mass,
    }
    assert set(shown) == set(words)
    for name, said in words.items():
        if shown[name].value == "\u2013":
            with pytest.raises(LookupError):
                explain_figure(result, name, None)
            continue
        node = explain_figure(result, name, None)
        assert said(node.value) == shown[name].value, name
    assert explain_figure(result, "emissions_t", None).value == kpis["emissions_t"]


def test_a_key_figure_reads_alike_in_the_strip_the_comparison_and_the_history(result) -> None:
    currency = result.plan.settings.currency
    shown = {f.kpi: f for f in figures(result)}
    said = {kpi: kpi_text(result.kpis[kpi], kpi, currency) for kpi in ("tco_usd", "peak_facility_mw", "emissions_t")}
    assert {kpi: shown[kpi].value for kpi in said} == said
    assert shown["emissions_t"].second == kpi_text(result.kpis["energy_mwh"], "energy_mwh", currency)
    other = solve_plan(with_settings(result.plan, discount_rate=0.3, carbon_price_usd_per_t=500.0))
    lines = {what: (then, now) for what, then, now, _ in _figure_lines(result, other, other.plan)}
    rows = kpi_rows(other.plan, [Compared("", "", r, True, OutcomeWords("", "")) for r in (result, other)])
    told = {row.label: tuple(kpi_text(v, row.kpi, currency) for v in row.values) for row in rows if not row.children}
    assert lines["Net present cost"] == told["Net present cost"]
    assert all(lines[label] == told[label] for label in set(lines) & set(told))


def test_in_another_locale_figures_are_shown_and_copied_with_its_sign_and_filed_with_a_point(result, german) -> None:
    for shown in figures(result):
        assert "." not in shown.value, shown.title
    assert tick_texts([0.0, 0.5, 1.0], "MW", "USD") == ["0", "0,5", "1,0"]
    value = float(result.series("cost")["total"][-1]) + 0.5
    odd = Picture("MW", "", ("2026",), (Line("a", "A", "accent", "step", np.array([value])),), True)
    assert csv_text(odd).splitlines()[1] == f"2026,{value!r}"
    copied = csv_text(odd, "\t").splitlines()[1]
    assert copied == f"2026\t{value!r}".replace(".", ",")
    rows = kpi_rows(result.plan, [Compared("", "Base", result, True, OutcomeWords("", ""))])
    entry = [Compared("", "Base", result, True, OutcomeWords("", ""))]
    total = next(line for line in table_text(rows, entry, "USD", "\t").splitlines() if "Total cost" in line)
    assert float(total.split("\t")[-1].replace(",", ".")) == result.kpis["tco_usd"]
    assert "." not in total


def test_what_is_put_together_can_be_worked_out_anew(result) -> None:
    for name in ("coverage_by_value", "serving_cost", "pretraining_cost"):
        try:
            node = explain_figure(result, name, None)
        except LookupError:
            continue
        assert recompute(node) == pytest.approx(node.value, rel=1e-6), name


def test_comparisons_hold_the_key_figures(result) -> None:
    for kpi, column in (
        ("usd_per_million_tokens", TOKEN_COLUMN), ("usd_per_pflop_day", COMPUTE_COLUMN), ("coverage", COVERAGE_COLUMN),
    ):  # fmt: skip
        table = per_workload(result, kpi, column)
        assert {row.key: row.values[0] for row in table.rows} == result.kpis[kpi]
        rows = list(csv.reader(io.StringIO(comparison_text(table))))[1:]
        assert [float(cell) if cell else None for _, cell in rows] == [row.values[0] for row in table.rows]
        for row in table.rows:
            assert explain_kpi(result, kpi, row.key).value == row.values[0]


def test_the_table_of_scenarios_holds_the_key_figures(result) -> None:
    entry = Compared("", "Base", result, True, OutcomeWords("", ""))
    rows = kpi_rows(result.plan, [entry])
    lines = list(csv.reader(io.StringIO(table_text(rows, [entry], "USD", ","))))[1:]
    written = {(label, workload): float(value) if value else None for label, workload, _, value in lines}
    for row in rows:
        if row.children:
            assert {c.workload: c.values[0] for c in row.children} == result.kpis[row.kpi]
            for child in row.children:
                assert written[KPIS[row.kpi].label, child.label] == child.values[0]
        else:
            assert row.values == (result.kpis[row.kpi],)
            assert written[row.label, ""] == row.values[0]
    coverage = next(row for row in rows if row.kpi == "coverage")
    assert coverage.values[0] == min(v for v in result.kpis["coverage"].values() if v is not None)


@pytest.mark.parametrize("measure", ["tco_usd", "npv_usd", "objective_usd"])
def test_the_steps_of_a_waterfall_are_the_whole_difference(result, measure: str) -> None:
    other = solve_plan(apply_scenario(result.plan, result.plan.scenarios[0].id))
    steps = by_component(result, other, measure)
    assert sum(s.value for s in steps) == pytest.approx(
        other.kpis[measure] - result.kpis[measure], rel=1e-6, abs=1e-6 * abs(result.kpis[measure])
    )


def test_commitments_are_spent_or_stranded(result) -> None:
    picture = COMMITMENTS[0].make(result, {"agreement": ""})
    lines = {line.key: line.values for line in picture.lines}
    assert lines["used"] + lines["stranded"] == pytest.approx(lines["owed"], **CLOSE)
    paid = float(result.series("cost", "component").get("commitment", np.zeros(1)).sum())
    assert float(lines["stranded"].sum()) == pytest.approx(paid, **CLOSE)
    assert len(picture.columns) == sum(u.owed > 0 for u in year_uses(result.allocation))


def test_every_key_figure_is_met_somewhere(result) -> None:
    rows = {row.kpi for row in kpi_rows(result.plan, [Compared("", "Base", result, True, OutcomeWords("", ""))])}
    empty = {k for k in KPIS if result.kpis[k] == {}}
    assert rows | empty == set(KPIS)
