"""A small picture of a plan: its workloads, offers and sites as they lie on the plan map."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import TIERS, Offer, Workload
from gigaplan.gui.style.colours import vendor_colour
from gigaplan.gui.style.theme import colour, tokens

MOST = 24
"""How many bars fit in a column."""
BAR = 44.0


class PlanPreview(QWidget):
    """Bars for the rows of a plan, with lines to the offers on which work may run and to the sites where they may
    stand. Empty until `show_plan`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan: Plan | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_plan(self, plan: Plan) -> None:
        """Takes up the plan."""
        self._plan = plan
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 110)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(t.window))
        painter.drawRoundedRect(area, 6, 6)
        if self._plan is None:
            return
        plan = self._plan
        offers, sites = plan.offers[:MOST], plan.sites[:MOST]
        vendors = {p.id: p.vendor for p in plan.platforms}
        inner = area.adjusted(14, 10, -14, -10)
        lefts = (inner.left(), inner.center().x() - BAR / 2, inner.right() - BAR)
        left, middle, right = (
            _column(x, inner, rows) for x, rows in zip(lefts, (plan.workloads[:MOST], offers, sites), strict=True)
        )
        for offer, bar in zip(offers, middle, strict=True):
            tint = vendor_colour(vendors.get(offer.platform, ""))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colour(tint, 0.22), 1.0))
            for work, start in zip(plan.workloads[:MOST], left, strict=True):
                if _may_run(plan, work, offer):
                    painter.drawPath(_line(start, bar))
            painter.setPen(QPen(colour(tint, 0.45), 1.2))
            for site, end in zip(sites, right, strict=True):
                if offer.sites == "*" or site.id in offer.sites:
                    painter.drawPath(_line(bar, end))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(tint))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        painter.setBrush(colour(t.muted, 0.55))
        for bar in (*left, *right):
            painter.drawRoundedRect(bar, 1.5, 1.5)


def _may_run(plan: Plan, work: Workload, offer: Offer) -> bool:
    """Whether the rules of placement let a workload run on an offer; speed is not looked at."""
    where = {s.jurisdiction for s in plan.sites if offer.sites == "*" or s.id in offer.sites}
    return (
        offer.id not in work.forbidden_offers
        and TIERS.index(work.sensitivity) <= TIERS.index(offer.sensitivity)
        and (work.accepts_interruptible or not offer.interruptible)
        and (not work.jurisdictions or bool(where.intersection(work.jurisdictions)))
    )


def _column(x: float, area: QRectF, rows: Sequence[object]) -> list[QRectF]:
    step = min(12.0, area.height() / max(1, len(rows)))
    top = area.center().y() - step * len(rows) / 2
    return [QRectF(x, top + k * step + step * 0.2, BAR, step * 0.6) for k in range(len(rows))]


def _line(start: QRectF, end: QRectF) -> QPainterPath:
    a, b = QPointF(start.right(), start.center().y()), QPointF(end.left(), end.center().y())
    half = (b.x() - a.x()) / 2
    path = QPainterPath(a)
    path.cubicTo(a + QPointF(half, 0), b - QPointF(half, 0), b)
    return path
