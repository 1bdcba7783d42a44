"""The strip of key figures above the plan map."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import STATUS
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.kpi_cells import NO_FIGURES, ComparedWith, KpiFigure, figures
from gigaplan.gui.style import theme
from gigaplan.gui.widgets.texts import composed, escape

HEIGHT = 74
EDGE = 14
NARROWEST = 112
"""Below this width of a cell, the last cells give way to the others."""

WIDE = 9
"""How wide the first cell is beside the others, which are 4: it says what the total is the sum of."""

Elide = Qt.TextElideMode


VALUE_PX = (18, 16, 14, 12)
"""The sizes of a figure, the first that has room."""


class KpiCell(QAbstractButton):
    """One figure: title, value with its unit muted, and a second line. A click asks for its explanation."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.figure = NO_FIGURES[0]
        self.stale = False
        self.last = False
        self._ring = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def show_figure(self, figure: KpiFigure, stale: bool) -> None:
        """Takes another figure."""
        if (figure, stale) != (self.figure, self.stale) or not self.accessibleName():
            self.figure, self.stale = figure, stale
            self.setAccessibleName(figure.spoken + (", out of date" if stale else ""))
            self.setAccessibleDescription(figure.meaning)
            meaning = escape(figure.meaning).replace("\n", "<br>")
            self.setToolTip(composed(f"<p><b>{escape(figure.spoken)}</b></p><p>{meaning}</p>"))
            self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        # The first cell has the focus when the window opens; a ring is for who walks with the keyboard.
        self._ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(180, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, HEIGHT - 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        t, figure = theme.tokens(), self.figure
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            painter.fillRect(self.rect(), theme.colour(t.accent_soft, 0.6))
        if not self.last:
            painter.fillRect(QRect(self.width() - 1, 0, 1, self.height()), theme.colour(t.line))
        if self._ring and self.hasFocus():
            painter.setPen(QPen(theme.colour(t.accent), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(3, 3, -4, -3), 6, 6)
        room = self.width() - EDGE - 8
        top = (self.height() - 58) // 2
        titles, seconds = (figure.title, figure.short_title), (figure.second, figure.short_second)
        self._line(painter, QRect(EDGE, top, room, 17), titles, theme.font(12), t.muted)
        # A figure is never cut: in a narrow cell it is smaller, and its unit is there where all of it has room.
        fonts = [theme.font(pixels, QFont.Weight.DemiBold) for pixels in VALUE_PX]
        wides = [QFontMetrics(each).horizontalAdvance(figure.value) for each in fonts]
        at = next((k for k, wide in enumerate(wides) if wide <= room), len(fonts) - 1)
        value_font, wide = fonts[at], wides[at]
        value = QRect(EDGE, top + 17, room, 24)
        self._line(painter, value, (figure.value,), value_font, t.muted if self.stale else t.text)
        units = QFontMetrics(theme.font(13))
        least = units.horizontalAdvance(figure.short_unit or figure.unit)
        if figure.unit and least <= room - wide - 5:
            unit = QRect(EDGE + wide + 5, top + 20, room - wide - 5, 21)
            self._line(painter, unit, (figure.unit, figure.short_unit), theme.font(13), t.muted)
        tone = t.muted if self.stale and figure.tone == "good" else getattr(t, figure.tone)
        self._bar(painter)
        # It ends with a figure, whatever is named before it.
        self._line(painter, QRect(EDGE, top + 41, room, 17), seconds, theme.font(12), tone, Elide.ElideMiddle)

    def _bar(self, painter: QPainter) -> None:
        """The parts of the figure, side by side along the lower edge."""
        whole, at, room = sum(value for _, value in self.figure.stack), float(EDGE), self.width() - 2 * EDGE
        for name, value in self.figure.stack:
            wide = room * value / whole
            part = QRectF(at, self.height() - 6, max(wide - 1, 1.0), 3)
            painter.fillRect(part, theme.colour(getattr(theme.tokens(), name)))
            at += wide

    def _line(
        self, painter: QPainter, rect: QRect, texts: tuple[str, ...], font: QFont, colour: str,
        elide: Elide = Elide.ElideRight,
    ) -> None:  # fmt: skip
        painter.setFont(font)
        painter.setPen(theme.colour(colour))
        shown = fitting(painter.fontMetrics(), rect.width(), *texts, elide=elide)
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip, shown)


def fitting(metrics: QFontMetrics, room: int, *texts: str, elide: Elide = Elide.ElideRight) -> str:
    """The first of several texts that has room, or else the last with an ellipsis."""
    there = [text for text in texts if text] or [""]
    whole = next((text for text in there if metrics.horizontalAdvance(text) <= room), "")
    return whole or metrics.elidedText(there[-1], elide, room)


class KpiStrip(QWidget):
    """Seven figures of the newest result, with what changed since the plan was opened or last saved."""

    explain_requested = Signal(str)
    """The name of the KPI behind the cell that was clicked."""
    menu_requested = Signal(str, str, QPoint)
    """The same of a right click, with the figure in words, and where on the screen."""

    def __init__(self, document: Document, planner: Planner, lateness: Lateness, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self._figures = NO_FIGURES
        self._failure = ""
        self._reference: ComparedWith | None = None
        self._wanted: tuple[Plan, str] | None = (document.plan, "opened")
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Key figures")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.cells = [KpiCell(self) for _ in NO_FIGURES]
        for k, cell in enumerate(self.cells):
            cell.clicked.connect(self._explain)
            row.addWidget(cell, WIDE if not k else 4)
        document.replaced.connect(self._start)
        document.file_changed.connect(self._saved)
        planner.result_changed.connect(self.refresh)
        lateness.changed.connect(self._show)
        if planner.result is not None:
            self.refresh(planner.result)
        self._show(lateness.is_late)

    def refresh(self, result: Result) -> None:
        """Shows a result; one without an optimum leaves the last figures, muted, and says why."""
        if result.status == "optimal":
            if self._wanted is not None and result.plan is self._wanted[0]:
                self._reference, self._wanted = ComparedWith(result, self._wanted[1]), None
            elif self._reference is not None and result.plan is self._reference.result.plan:
                self._reference = ComparedWith(result, self._reference.word)  # its integer decisions were proven since
            self._figures, self._failure = figures(result, self._reference), ""
        else:
            self._failure = STATUS[result.status].clause
        self._show(False)

    def _show(self, late: bool) -> None:
        stale = late or bool(self._failure)
        for k, (cell, figure) in enumerate(zip(self.cells, self._figures, strict=True)):
            if k == 0 and self._failure:
                figure = replace(figure, second=self._failure, tone="warning", short_second="")
            cell.show_figure(figure, stale)

    def _start(self) -> None:
        self._figures, self._failure, self._reference = NO_FIGURES, "", None
        self._wanted = (self._document.plan, "opened")
        self._show(False)

    def _saved(self) -> None:
        """From a save on, changes are told against what was saved."""
        if self._document.is_dirty or self._document.path is None or not self._document.undo_stack.count():
            return
        plan, result = self._document.plan, self._planner.result
        if self._reference is not None and self._reference.result.plan is plan:
            return
        self._wanted = (plan, "saved")
        if result is not None and result.plan is plan:
            self.refresh(result)

    def _explain(self) -> None:
        cell = self.sender()
        if isinstance(cell, KpiCell):
            self.explain_requested.emit(cell.figure.kpi)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        at = self.focusWidget() if event.reason() == event.Reason.Keyboard else self.childAt(event.pos())
        if isinstance(at, KpiCell):
            self.menu_requested.emit(at.figure.kpi, at.figure.spoken, event.globalPos())

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        fit = max(1, min(len(self.cells), event.size().width() // NARROWEST))
        for k, cell in enumerate(self.cells):
            cell.setVisible(k < fit)
            cell.last = k == fit - 1
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(t.panel))
        painter.fillRect(QRect(0, 0, self.width(), 1), theme.colour(t.line))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme.colour(t.line))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()
