"""A plan map on a screen of its own, for tests of it: with a small plan, or with one of 300 cards."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Platform, Settings, Site, Workload
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.views.canvas.picture import Wire
from gigaplan.gui.views.canvas.plan_map import PlanMap

THIN = "\u2009"
CHAT_ON_GPU = Wire("use", "chat", "gpu_rent")


def small_plan(**settings: object) -> Plan:
    """Two workloads, three offers, two sites, four quarters; one GPU does 0.4 PFLOP/s and draws 1 kW."""
    chip = {"stack": "cuda", "bf16_tflops": 1000.0, "memory_gb": 100.0, "memory_bandwidth_gb_s": 1e3, "power_w": 1e3}
    return Plan(
        settings=Settings(**({"name": "small", "start": "2027-01", "periods": 4, "discount_rate": 0.0} | settings)),
        platforms=(
            Platform(id="gpu", name="GPU", vendor="NVIDIA", **chip),
            Platform(id="tpu", name="TPU", vendor="Google", **chip),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=5.0, pue=1.25, electricity_usd_per_mwh=54.0),
            Site(id="dublin", name="Dublin", jurisdiction="EU", power_mw=20.0, pue=1.0, electricity_usd_per_mwh=148.0),
        ),
        offers=(
            Offer(id="gpu_rent", name="GPU · reserved", platform="gpu", provider="AWS", kind="rental", price_usd=0.95,
                  sites=("iowa",)),
            Offer(id="tpu_rent", name="TPU · 3-year", platform="tpu", provider="Google Cloud", kind="rental",
                  price_usd=2.0, sites="*"),
            Offer(id="gpu_buy", name="GPU · buy", platform="gpu", provider="NVIDIA", kind="purchase",
                  price_usd=56_000.0, sites=("iowa",)),
        ),
        workloads=(
            Workload(id="chat", name="Chat", kind="research", unit="PFLOP/s", demand=2000.0, unmet_usd=100.0),
            Workload(id="eu", name="Research, EU", kind="research", unit="PFLOP/s", demand=400.0, unmet_usd=100.0,
                     jurisdictions=("EU",)),
        ),
    )  # fmt: skip


def big_plan(workloads: int = 100, offers: int = 150, sites: int = 50) -> Plan:
    """A plan of so many cards, 300 of them with some 340 ribbons between: what a large map has to carry."""
    vendors = ("NVIDIA", "Google", "AWS", "AMD", "Groq")
    chip = {"stack": "cuda", "memory_gb": 100.0, "memory_bandwidth_gb_s": 1e3, "power_w": 1e3}
    return Plan(
        settings=Settings(name="big", start="2027-01", periods=2, discount_rate=0.0),
        platforms=tuple(
            Platform(id=f"p{k}", name=f"Chip {k}", vendor=vendor, bf16_tflops=1000.0 + k, **chip)
            for k, vendor in enumerate(vendors)
        ),
        sites=tuple(
            Site(id=f"s{k}", name=f"Site {k}", jurisdiction=("US", "EU", "JP")[k % 3], power_mw=40.0,
                 pue=1.1 + k % 5 / 50, electricity_usd_per_mwh=40.0 + k)
            for k in range(sites)
        ),
        offers=tuple(
            Offer(id=f"o{k}", name=f"{vendors[k % 5]} · offer {k}", platform=f"p{k % 5}", provider=f"provider {k % 7}",
                  kind="rental", price_usd=1.0 + k % 11 / 10, supply_chips_per_month=5000.0 / 3,
                  sites=tuple(dict.fromkeys(f"s{(k * 3 + n) % sites}" for n in range(6))))
            for k in range(offers)
        ),
        workloads=tuple(
            Workload(id=f"w{k}", name=f"Research {k}", kind="research", unit="PFLOP/s", demand=1500.0 + 10 * k,
                     unmet_usd=100.0, forbidden_offers=tuple(f"o{n}" for n in range(offers) if (n * 7 + k) % 20))
            for k in range(workloads)
        ),
    )  # fmt: skip


class Window:
    """A plan map on a screen of its own, with a planner that solves when asked to."""

    def __init__(self, plan: Plan, width: int = 1060, height: int = 531) -> None:
        self.document = Document(plan)
        self.planner = Planner(self.document)
        self.map = PlanMap(self.document, self.planner, Lateness(self.planner))
        self.map.resize(width, height)
        self.map.show()
        self.view = self.map.view
        self.scene = self.view.map_scene

    def solve(self, with_worths: bool = True) -> None:
        """Publishes the optimum of the plan as it stands, and what its limits are worth."""
        self.planner.result = solve_plan(self.document.plan)
        self.planner.result_changed.emit(self.planner.result)
        if with_worths:
            worths(self.planner.result, only_binding=True)
            self.map.show_worths(self.planner.result)
        self.scene.finish_motion()

    def close(self) -> None:
        """Ends it as it stands."""
        self.planner.stop()
        self.document.undo_stack.clear()
        self.map.close()

    def spot(self, table: str, id: str, right: float = 0.5) -> QPoint:
        """A point of a card, in the viewport."""
        box = self.scene.boxes[(table, id)]
        return self.view.mapFromScene(QPointF(box.x + box.width * right, box.middle))

    def middle_of(self, wire: Wire) -> QPoint:
        """A point on a ribbon, in the viewport."""
        band = self.scene.ribbons[wire].band
        return self.view.mapFromScene(QPointF((band.x0 + band.x1) / 2, (band.y0 + band.y1) / 2))

    def move(self, at: QPoint) -> None:
        """Moves the pointer with the left button down."""
        self.view.mouseMoveEvent(_move(self.view, at))

    def drag(self, qtbot, start: QPoint, end: QPoint) -> None:
        """Presses at a point, moves to another in steps, lets go there."""
        port = self.view.viewport()
        qtbot.mouseMove(port, start)
        qtbot.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
        for part in (0.1, 0.4, 0.8, 1.0):
            self.move(start + (end - start) * part)
        qtbot.mouseRelease(port, Qt.MouseButton.LeftButton, pos=end)


def _move(view, at, buttons=Qt.MouseButton.LeftButton):
    nothing, none = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    there = QPointF(view.viewport().mapToGlobal(at))
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(at), there, nothing, buttons, none)


@contextmanager
def shown(qtbot, plan: Plan, with_worths: bool = True, **size: int) -> Iterator[Window]:
    """A map of the solved plan."""
    made = Window(plan, **size)
    qtbot.addWidget(made.map)
    qtbot.waitExposed(made.map)
    made.solve(with_worths)
    yield made
    made.close()


def take_hold(window: Window, pans: bool) -> tuple[QPoint, Qt.MouseButton]:
    """Presses on the card in sight that has the most ribbons, to move it or, with the middle button, the whole map."""
    button = Qt.MouseButton.MiddleButton if pans else Qt.MouseButton.LeftButton
    offers = [key for key in window.scene.cards if key[0] == "offers"]
    here = [key for key in offers if window.view.card_at(window.spot(*key)) == key]
    card = max(here, key=lambda key: sum(key in (w.start_key, w.end_key) for w in window.scene.flows))
    at = window.spot(*card)
    QTest.mousePress(window.view.viewport(), button, pos=at)
    window.move(at + QPoint(15, 15))
    assert bool(window.scene.held) != pans
    return at, button


def on_screen(window: Window) -> QImage:
    """The map as it stands on the screen, not painted for the purpose."""
    QApplication.processEvents()
    port = window.view.viewport()
    at = port.mapTo(window.map.window(), QPoint())
    screen = QApplication.primaryScreen()
    picture = screen.grabWindow(window.map.window().winId(), at.x(), at.y(), port.width(), port.height())
    return picture.toImage().convertToFormat(QImage.Format.Format_RGB32)


def differing(a: QImage, b: QImage) -> float:
    """Which part of the bytes of two pictures differs by more than the eye sees."""
    assert a.size() == b.size()
    one, other = (np.frombuffer(image.constBits(), np.uint8).astype(int) for image in (a, b))
    return float((np.abs(one - other) > 24).mean())
