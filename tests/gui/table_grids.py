"""The tables of a small plan, and hands that work them: for tests of the grids."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit

from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Agreement, Offer, Platform, Policy, Port, Settings, Site, Workload
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.tables.panel import TablesPanel

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
AMERICAN = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)


def plan_of_tables() -> Plan:
    chip = {"vendor": "NVIDIA", "stack": "cuda", "memory_gb": 192.0, "memory_bandwidth_gb_s": 8000.0, "power_w": 1400.0}
    offer = {"provider": "Cloud", "sites": "*"}
    return Plan(
        settings=Settings(name="small", start="2027-01", periods=4),
        platforms=(
            Platform(id="b200", name="B200", bf16_tflops=2250.0, **chip),
            Platform(id="mi355x", name="MI355X", bf16_tflops=2500.0, **chip),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=420.0, electricity_usd_per_mwh=54.5),
            Site(id="dublin", name="Dublin", jurisdiction="IE", power_mw=None, electricity_usd_per_mwh=148.0, pue=1.1),
            Site(id="tokyo", name="Tokyo", jurisdiction="JP", power_mw=(10.0, 20.0, 30.0, 40.0), pue=1.3,
                 electricity_usd_per_mwh=Growth(start=100.0, annual_growth=0.1)),
        ),
        offers=(
            Offer(id="b200_1y", name="B200, 1 year", platform="b200", kind="rental", price_usd=3.0, **offer),
            Offer(id="b200_buy", name="B200, bought", platform="b200", kind="purchase", price_usd=40e3, **offer),
            Offer(id="mi355x_od", name="MI355X", platform="mi355x", kind="rental", price_usd=2.0, **offer),
        ),
        workloads=(
            Workload(id="chat", name="Chat", kind="inference", unit="tokens/s", unmet_usd=0.04,
                     demand=Growth(start=1e6, annual_growth=0.7)),
            Workload(id="batch", name="Batch", kind="inference", unit="tokens/s", demand=2e6, unmet_usd=0.01),
        ),
        agreements=(Agreement(id="deal", name="Deal", provider="Cloud", start="2027-01", months=24.0,
                              commit_usd_per_year=1e6, status="optional"),),
        ports=(Port(workload="chat", stack="xla", cost_usd=5e6),),
        policies=(Policy(id="cover", name="Coverage", kind="coverage", limit=0.9),),
    )  # fmt: skip


def many_offers(count: int) -> Plan:
    base = plan_of_tables()
    rows = tuple(
        msgspec.structs.replace(base.offers[0], id=f"offer_{k}", name=f"Offer {k}", price_usd=1 + k * 0.0137)
        for k in range(count)
    )
    return msgspec.structs.replace(base, offers=rows)


@contextmanager
def tables_of(qtbot) -> Iterator[Callable[[Document], TablesPanel]]:
    """Shows the tables of documents, with the numbers of an American, and puts them away at the end."""
    QLocale.setDefault(AMERICAN)
    planners: list[Planner] = []
    panels: list[TablesPanel] = []

    def show(document: Document) -> TablesPanel:
        planners.append(Planner(document, waits=True))  # tables show no results: nothing is solved beside them
        panels.append(TablesPanel(document, planners[-1]))
        panels[-1].resize(1060, 540)
        with qtbot.waitExposed(panels[-1]):
            panels[-1].show()
        return panels[-1]

    yield show
    for planner in planners:
        planner.stop()
    for panel in panels:
        panel.stop()
        panel.deleteLater()
    # Here, and not whenever memory is next tidied up: that may be in the thread of another planner.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QLocale.setDefault(AMERICAN)


def column(panel: TablesPanel, label: str) -> int:
    return [c.label for c in panel.grid.sheet_model.sheet.columns].index(label)


def click_cell(qtbot, panel: TablesPanel, row: int, label: str, modifiers=Qt.KeyboardModifier.NoModifier) -> QPoint:
    grid = panel.grid
    index = grid.sheet_model.index(row, column(panel, label))
    grid.scrollTo(index)
    place = grid.visualRect(index).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifiers, place)
    return place


def text_at(panel: TablesPanel, row: int, label: str) -> str:
    return str(panel.grid.sheet_model.index(row, column(panel, label)).data())


def type_here(qtbot, panel: TablesPanel, text: str, key=Qt.Key.Key_Return, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    editor = next(line for line in panel.grid.viewport().findChildren(QLineEdit) if line.isVisible())
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, key, modifiers)


def paste(qtbot, panel: TablesPanel, text: str, modifiers=CONTROL) -> None:
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, modifiers)


def preview_is_open(panel: TablesPanel) -> bool:
    return panel.pages.currentWidget() is panel.preview
