"""A deck of charts on a small plan, for tests of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Platform, Settings, Site, Workload
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.views.charts.deck import ChartDeck


def a_plan(periods: int = 8, months: int = 3, start: str = "2026-01") -> Plan:
    """Two vendors, two sites and two workloads; demand grows, so that every series has a shape."""
    return Plan(
        settings=Settings(name="small", start=start, periods=periods, months_per_period=months),
        platforms=(
            Platform(id="tpu", name="TPU", vendor="Google", stack="xla", bf16_tflops=1000, memory_gb=200,
                     memory_bandwidth_gb_s=4000, power_w=1000),
            Platform(id="gpu", name="GPU", vendor="NVIDIA", stack="cuda", bf16_tflops=2000, fp8_tflops=4000,
                     memory_gb=100, memory_bandwidth_gb_s=8000, power_w=2000, embodied_kgco2e=1000),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=3.0, pue=1.25, electricity_usd_per_mwh=50,
                 carbon_g_per_kwh=400),
            Site(id="dublin", name="Dublin", jurisdiction="EU", power_mw=tuple(1.0 + t for t in range(periods)),
                 pue=1.5, electricity_usd_per_mwh=150, carbon_g_per_kwh=300),
        ),
        offers=(
            Offer(id="rent", name="TPU rented", platform="tpu", provider="Google", kind="rental", price_usd=2.0,
                  sites=("iowa",)),
            Offer(id="buy", name="GPU bought", platform="gpu", provider="Dealer", kind="purchase", price_usd=150_000,
                  sites="*", availability=0.5),
        ),
        workloads=(
            Workload(id="train", name="Training", kind="pretraining", unit="PFLOP/s",
                     demand=tuple(100.0 + 60 * t for t in range(periods)), unmet_usd=100),
            Workload(id="eu", name="EU research", kind="research", unit="PFLOP/s", demand=40.0, unmet_usd=100,
                     jurisdictions=("EU",)),
        ),
    )  # fmt: skip


@contextmanager
def a_deck(document: Document, qtbot) -> Iterator[ChartDeck]:
    """A deck of charts that shows the optimum of a document's plan."""
    planner = Planner(document)
    made = ChartDeck(document, planner, Lateness(planner))
    qtbot.addWidget(made)
    made.resize(1065, 320)
    made.show()
    planner.result = solve_plan(document.plan)
    assert planner.result.status == "optimal"
    made.refresh(planner.result)
    QApplication.processEvents()
    yield made
    planner.stop()


def show_tab(deck: ChartDeck, name: str) -> None:
    """Shows a set of charts."""
    deck.tabs.setCurrentIndex(next(k for k in range(deck.tabs.count()) if deck.tabs.tabText(k) == name))


def pixel(plot, column: float) -> QPoint:
    """A pixel in the middle of the plot at a column."""
    return QPoint(round(plot.pixel_of(column).x()), plot.height() // 2)
