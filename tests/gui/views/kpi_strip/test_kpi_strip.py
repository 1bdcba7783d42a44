"""The key figures: what they say, against what, and how the strip behaves."""

import dataclasses

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QTextLayout, QTextOption

from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.schema import Offer, Platform, Settings, Site, Throughput, Workload
from gigaplan.engine.results.result import Result, failure
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.kpi_cells import NO_FIGURES, TITLES, ComparedWith, figures, unit_cost, vendor_shares
from gigaplan.gui.style import theme
from gigaplan.gui.text.kpi_text import energy
from gigaplan.gui.text.number_format import DASH, MINUS, THIN, percent
from gigaplan.gui.views.kpi_strip.strip import KpiStrip, fitting


def a_plan(price: float = 2.0) -> Plan:
    """Four quarters of a year; 1,000 rented chips of 1 kW serve 100,000 tokens/s and half of it again."""
    return Plan(
        settings=Settings(name="small", start="2026-01", periods=4, months_per_period=3),
        platforms=(
            Platform(id="tpu", name="TPU", vendor="Google", stack="xla", bf16_tflops=1000, memory_gb=200,
                     memory_bandwidth_gb_s=4000, power_w=1000, idle_fraction=1.0),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=4.0, pue=1.25, electricity_usd_per_mwh=50,
                 carbon_g_per_kwh=400),
        ),
        offers=(
            Offer(id="rent", name="Rented", platform="tpu", provider="Google", kind="rental", price_usd=price,
                  sites="*"),
        ),
        workloads=(
            Workload(id="chat", name="Chat", kind="inference", unit="tokens/s", demand=100_000.0, unmet_usd=1,
                     throughput=(Throughput(platform="tpu", value=100.0, basis="measured"),)),
            Workload(id="batch", name="Batch", kind="inference", unit="tokens/s", demand=300_000.0, unmet_usd=1,
                     throughput=(Throughput(platform="tpu", value=600.0, basis="measured"),)),
        ),
    )  # fmt: skip


def cells(result: Result, reference: ComparedWith | None = None) -> dict:
    return {figure.kpi: figure for figure in figures(result, reference)}


@pytest.fixture(scope="module")
def result() -> Result:
    found = solve_plan(a_plan())
    assert found.status == "optimal"
    return found


def test_cost_power_and_carbon_by_hand(result) -> None:
    # 1,000 chips for chat and 500 for batch, 8,766 h at 2 USD; 1,500 kW * 1.25; 400 g/kWh
    found = cells(result)
    assert found["tco_usd"].value == f"$26.3{THIN}M"
    assert found["tco_usd"].second == "over 12 months from 2026-01"
    assert found["peak_facility_mw"].value == f"1.88{THIN}MW"
    assert found["peak_facility_mw"].second == f"of 4{THIN}MW"
    assert found["emissions_t"].value == f"6.57{THIN}kt"
    assert found["emissions_t"].second == f"16.4{THIN}GWh"
    assert found["vendor_hhi"].value == "HHI 1.00"
    assert found["vendor_hhi"].second == f"Google 100{THIN}% of power"


def test_serving_is_all_cost_over_all_tokens(result) -> None:
    # 1,500 chips * 2 USD an hour over 400,000 tokens/s
    assert unit_cost(result, "usd_per_million_tokens", "inference") == pytest.approx(1500 * 2 / (400_000 * 3600 / 1e6))
    each = result.kpis["usd_per_million_tokens"]
    assert each == pytest.approx({"chat": 2000 / 360, "batch": 1000 / 1080})
    assert cells(result)["serving_cost"].value == "$2.08"
    assert cells(result)["serving_cost"].unit == "/ M tok"


def test_what_a_plan_does_not_have_is_a_dash(result) -> None:
    training = cells(result)["pretraining_cost"]
    assert (training.value, training.second) == (DASH, "none in this plan")
    empty = solve_plan(Plan(settings=Settings(name="empty", start="2026-01", periods=4)))
    for figure in figures(empty):
        assert figure.title in TITLES.values()
        assert "nan" not in figure.value.lower()
    assert figures(failure(a_plan(), "infeasible", ())) == NO_FIGURES


def test_coverage_names_the_workload_that_is_served_least() -> None:
    plan = a_plan()
    iowa = msgspec.structs.replace(plan.sites[0], power_mw=1.0)  # 800 chips: batch is worth more a chip
    short = solve_plan(msgspec.structs.replace(plan, sites=(iowa,)))
    cell = cells(short)["coverage_by_value"]
    assert short.kpis["coverage"] == pytest.approx({"chat": 0.3, "batch": 1.0})
    assert cell.value == percent(short.kpis["coverage_by_value"])
    assert (cell.second, cell.tone) == (f"Chat 30{THIN}%", "warning")
    assert cells(short)["peak_facility_mw"].tone == "warning"


def test_full_coverage_is_good(result) -> None:
    cell = cells(result)["coverage_by_value"]
    assert (cell.value, cell.second, cell.tone) == (f"100{THIN}%", "all demand served", "good")


def test_changes_are_told_against_a_reference(result) -> None:
    cheaper = solve_plan(a_plan(price=1.5))
    found = cells(cheaper, ComparedWith(result, "opened"))
    assert (found["tco_usd"].second, found["tco_usd"].tone) == (f"{MINUS}$6.57{THIN}M vs opened", "good")
    assert found["serving_cost"].second == f"{MINUS}25{THIN}% vs opened"
    dearer = cells(result, ComparedWith(cheaper, "saved"))
    assert (dearer["tco_usd"].second, dearer["tco_usd"].tone) == (f"+$6.57{THIN}M vs saved", "warning")
    assert dearer["serving_cost"].second == f"+33{THIN}% vs saved"


def test_amounts_in_other_money_are_not_compared(result) -> None:
    euro = solve_plan(with_settings(a_plan(1.5), currency="EUR"))
    found = cells(euro, ComparedWith(result, "opened"))
    assert found["tco_usd"].value.startswith("€")
    assert "opened" not in found["tco_usd"].second + found["serving_cost"].second


def test_vendor_shares_add_up(result) -> None:
    assert vendor_shares(result) == pytest.approx({"Google": 1.0})


def test_energy_has_the_unit_that_reads_best() -> None:
    assert [energy(x) for x in (24.5e6, 310_000, 12)] == [f"24.5{THIN}TWh", f"310{THIN}GWh", f"12{THIN}MWh"]


@pytest.fixture
def document(qtbot):
    return Document(a_plan())


@pytest.fixture
def planner(document):
    made = Planner(document)
    yield made
    made.stop()


@pytest.fixture
def strip(document, planner, qtbot):
    made = KpiStrip(document, planner, Lateness(planner))
    qtbot.addWidget(made)
    made.resize(1600, 74)
    made.show()
    return made


def test_an_edit_shows_what_it_changed_and_a_save_starts_anew(strip, document, planner, qtbot, tmp_path) -> None:
    with qtbot.waitSignal(planner.result_changed):
        planner.submit(document.plan)
    assert "opened" not in strip.cells[0].figure.second
    with qtbot.waitSignal(planner.result_changed, check_params_cb=lambda r: r.plan is document.plan):
        document.apply(a_plan(price=1.5), "Price")
    assert strip.cells[0].figure.second == f"{MINUS}$6.57{THIN}M vs opened"
    document.save(tmp_path / "small.gigaplan")
    assert strip.cells[0].figure.second == "over 12 months from 2026-01"
    with qtbot.waitSignal(planner.result_changed, check_params_cb=lambda r: r.plan is document.plan):
        document.apply(a_plan(price=2.0), "Price")
    assert strip.cells[0].figure.second == f"+$6.57{THIN}M vs saved"


def test_a_click_or_the_space_bar_asks_for_the_explanation(strip, result, qtbot) -> None:
    strip.refresh(result)
    with qtbot.waitSignal(strip.explain_requested) as asked:
        qtbot.mouseClick(strip.cells[1], Qt.MouseButton.LeftButton)
    assert asked.args == ["coverage_by_value"], "not that of one workload"
    with qtbot.waitSignal(strip.explain_requested) as asked:
        qtbot.keyClick(strip.cells[6], Qt.Key.Key_Space)
    assert asked.args == ["emissions_t"]


def test_a_screen_reader_hears_the_whole_figure(strip, result) -> None:
    strip.refresh(result)
    assert strip.cells[3].accessibleName() == "Serving: $2.08 / M tok, 2 workloads"
    assert "per million output tokens" in strip.cells[3].accessibleDescription()


def test_a_plan_without_an_optimum_keeps_the_figures_muted_and_says_why(strip, result, document) -> None:
    strip.refresh(result)
    strip.refresh(failure(document.plan, "infeasible", ()))
    first = strip.cells[0]
    assert (first.figure.value, first.figure.second, first.stale) == (
        f"$26.3{THIN}M",
        "no plan meets every limit",
        True,
    )
    strip.refresh(result)
    assert not first.stale


def test_a_late_result_mutes_the_figures(strip, planner, result, qtbot) -> None:
    planner.result_changed.emit(result)
    planner.state = "solving"
    planner.state_changed.emit("solving")
    assert not strip.cells[0].stale
    qtbot.waitUntil(lambda: strip.cells[0].stale, timeout=10_000)
    planner.state = "solved"
    planner.state_changed.emit("solved")
    assert not strip.cells[0].stale


def test_another_plan_starts_with_no_figures(strip, document, result) -> None:
    strip.refresh(result)
    document.start(with_settings(a_plan(), name="other"))
    assert [cell.figure.value for cell in strip.cells] == [DASH] * 7


def test_a_narrow_cell_says_less_rather_than_a_part_of_it(result) -> None:
    metrics = QFontMetrics(theme.font(12))
    total = cells(result)["tco_usd"]
    texts = (total.title, total.short_title)
    assert fitting(metrics, 500, *texts) == "Total cost of ownership"
    assert fitting(metrics, metrics.horizontalAdvance("Total cost of owner"), *texts) == "Total cost"
    assert fitting(metrics, 30, *texts).endswith("\u2026")
    assert fitting(metrics, metrics.horizontalAdvance("over 12 months from"), total.second, total.short_second) == (
        "over 12 months"
    )
    assert cells(result)["vendor_hhi"].short_second == f"Google 100{THIN}%"


def test_a_long_name_never_costs_the_figure_after_it(qtbot) -> None:
    plan = a_plan()
    name = "A workload that a committee named, with every word that it could think of"
    plan = with_fields(with_fields(plan, "workloads", "chat", name=name), "sites", "iowa", power_mw=0.5)
    second = cells(solve_plan(plan))["coverage_by_value"].second
    assert second.startswith(name)
    shown = fitting(QFontMetrics(theme.font(12)), 120, second, elide=Qt.TextElideMode.ElideMiddle)
    assert shown.endswith(second.removeprefix(name).strip())


def test_a_name_from_right_to_left_leaves_the_figure_beside_it() -> None:
    plan = with_fields(a_plan(), "workloads", "chat", name="\u05e9\u05d9\u05d7\u05d4 8")
    second = cells(solve_plan(with_fields(plan, "sites", "iowa", power_mw=0.5)))["coverage_by_value"].second
    name, figure = second[:-1].split("\u2069")[0], second.split("\u2069")[1]
    assert name == "\u2068\u05e9\u05d9\u05d7\u05d4 8"
    # As it is drawn, the whole name stands before the figure: the 8 of the name is not beside its digits.
    layout = QTextLayout(second, theme.font(12))
    layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    places = [line.cursorToX(k)[0] if isinstance(line.cursorToX(k), tuple) else line.cursorToX(k)
              for k in range(len(second))]  # fmt: skip
    first = second.index(figure.strip())
    assert all(places[k] <= places[first] for k in range(first))


def test_a_narrow_strip_drops_the_last_cells_first(strip, result) -> None:
    strip.refresh(result)
    strip.resize(500, 74)
    assert [cell.isVisible() for cell in strip.cells] == [True] * 4 + [False] * 3
    strip.resize(1600, 74)
    assert all(cell.isVisible() for cell in strip.cells)


def test_warnings_are_painted_in_the_warning_colour(strip, result, qapp) -> None:
    theme.apply(qapp, "light")
    strip.refresh(dataclasses.replace(result, kpis=result.kpis | {"coverage": {"chat": 0.5, "batch": 1.0}}))
    image = strip.cells[1].grab().toImage()
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert theme.LIGHT.warning.lower() in seen
