"""The card of a drawing: title, choice, menu, and the drawing as one item of a pyqtgraph scene."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QSizePolicy,
    QStyleOptionGraphicsItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.drawing_figure import BlockPlace, drawing_figure, paint_drawing, part_at, plot_of, rect_of
from gigaplan.gui.charting.figure import EDGE as FIGURE_EDGE
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.document.document import Document, Selection
from gigaplan.gui.present.chart_tabs import DrawingChart
from gigaplan.gui.present.drawing import Drawing, DrawnBlock, drawing_text
from gigaplan.gui.style import theme
from gigaplan.gui.views.charts.card import EDGE, LEAST, NARROWEST, ResultCard, export_menu
from gigaplan.gui.views.charts.readout import Veil
from gigaplan.gui.widgets.cards import tool_button
from gigaplan.gui.widgets.combo import ArrowBox
from gigaplan.gui.widgets.texts import ElidedLabel, literal, show_tip, wrapped

PRESSES = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class _Item(pg.GraphicsObject):
    """The drawing as one item."""

    def __init__(self, plot: DrawingPlot) -> None:
        super().__init__()
        self._plot = plot

    def boundingRect(self) -> QRectF:
        return QRectF(self._plot.viewport().rect())

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._plot.drawing is not None:
            paint_drawing(painter, self._plot.viewport().size(), self._plot.drawing, self._plot.chosen)


class DrawingPlot(pg.GraphicsView):
    """Shows a drawing; what the pointer or an arrow key is on stands out and says what it is."""

    pressed = Signal(int)
    """The place of a part that was clicked, or entered by key."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, background=theme.colour(theme.tokens().panel))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.drawing: Drawing | None = None
        self.chosen: int | None = None
        self._item = _Item(self)
        self.scene().addItem(self._item)

    def show_drawing(self, drawing: Drawing | None) -> None:
        """Shows another drawing."""
        self.drawing = drawing
        if drawing is None or (self.chosen is not None and self.chosen >= len(drawing.parts)):
            self.chosen = None
        parts = () if drawing is None else drawing.blocks
        self.setAccessibleDescription("; ".join(f"{part.label} {part.figure}" for part in parts if part.label))
        self.viewport().update()

    def choose(self, part: int | None) -> None:
        """Lets a part stand out."""
        if part != self.chosen:
            self.chosen = part
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.drawing is None:
            return
        part = part_at(self.drawing, self.viewport().size(), event.position())
        self.choose(part)
        if part is None:
            QToolTip.hideText()
        else:
            show_tip(event.globalPosition().toPoint(), wrapped(self.drawing.parts[part].tip), self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.drawing is not None and event.button() == Qt.MouseButton.LeftButton:
            part = part_at(self.drawing, self.viewport().size(), event.position())
            if part is not None:
                self.pressed.emit(part)

    def leaveEvent(self, event: QEvent) -> None:
        self.choose(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.choose(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = 0 if self.drawing is None else len(self.drawing.parts)
        if count and event.key() in STEPS:
            step = STEPS[Qt.Key(event.key())]
            first = len(self.drawing.bands) if self.drawing is not None else 0
            self.choose(first if self.chosen is None else (self.chosen + step) % count)
            self._tell()
        elif self.chosen is not None and event.key() in PRESSES:
            self.pressed.emit(self.chosen)
        else:
            event.ignore()

    def _tell(self) -> None:
        """Says what the arrow keys came to."""
        if self.drawing is None or self.chosen is None:
            return
        part = self.drawing.parts[self.chosen]
        place = BlockPlace(self.drawing, plot_of(self.drawing, self.viewport().size()))
        at = rect_of(part, place).center() if isinstance(part, DrawnBlock) else place(*part.start[:2])
        show_tip(self.viewport().mapToGlobal(at.toPoint()), wrapped(part.tip), self)

    def wheelEvent(self, event: QEvent) -> None:
        event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_item"):
            self._item.prepareGeometryChange()
            self.viewport().update()

    def spot(self, part: int) -> QPointF:
        """The middle of a block, in the viewport."""
        assert self.drawing is not None
        block = self.drawing.parts[part]
        assert isinstance(block, DrawnBlock)
        return rect_of(block, BlockPlace(self.drawing, plot_of(self.drawing, self.viewport().size()))).center()


class DrawingCard(ResultCard):
    """Shows a drawing of the newest optimal result. A part that is clicked chooses its row, and is explained."""

    explain_requested = Signal(str, str, str, object)
    """(series, by, key, first and last period) of the part that was clicked."""
    looked_at = Signal()
    """A person chose another workload."""

    def __init__(self, document: Document, chart: DrawingChart, parent: QWidget | None = None) -> None:
        super().__init__(document, parent)
        self.chart, self.called = chart, chart.title
        self.first: Result | None = None
        """The first optimum since the plan was opened."""
        self.setAccessibleName(f"{chart.title} chart")
        self.setMinimumWidth(NARROWEST)
        self.plot = DrawingPlot(self)
        self.plot.setAccessibleName(f"{chart.title}; arrow keys go from part to part, Enter chooses one")
        self.plot.pressed.connect(self._press)
        self.caption = ElidedLabel("", "muted")
        self.caption.give_way()
        self.menu = export_menu(self, self.copy)
        self.button = tool_button("ellipsis", "Exports", self._open_menu, f"{chart.title}: exports")
        self.box = ArrowBox(self)
        self.box.setAccessibleName("Workload")
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(14)
        self.box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.box.setStyleSheet("QComboBox { padding: 0 7px; min-height: 20px; font-size: 12px; }")
        self.box.setVisible(chart.rows is not None)
        self.box.currentIndexChanged.connect(lambda _: self._redraw())
        self.box.activated.connect(lambda _: self.looked_at.emit())
        self._recalled = ""
        head = QHBoxLayout()
        head.setContentsMargins(EDGE - 3, 0, 3, 0)
        head.setSpacing(8)
        head.addWidget(ElidedLabel(chart.title, "title"))
        head.addWidget(self.box)
        head.addWidget(self.caption, 1)
        head.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3, 6, 3, 3)  # the plot is no wider at the round corners than the card
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.plot, 1)
        self.veil = Veil(self.plot)
        self._dressed = theme.tokens().name
        if chart.rows is not None:
            document.selection_changed.connect(self._follow)
            document.period_changed.connect(lambda _: self._redraw())

    @property
    def drawing(self) -> Drawing | None:
        """What is shown."""
        return self.plot.drawing

    @property
    def workload(self) -> str:
        """The workload that is drawn; empty where none is chosen."""
        return str(self.box.currentData() or "")

    def recall(self, workload: str) -> None:
        """Draws the workload that was drawn when the plan was looked at last."""
        self._recalled = workload
        at = self.box.findData(workload) if workload else -1
        if at >= 0:
            self.box.setCurrentIndex(at)

    def _open_menu(self) -> None:
        self.menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu.popup(event.globalPos())

    def start(self) -> None:
        """Forgets everything of the plan before."""
        self._result, self.first, self._failure = None, None, ""
        self.box.blockSignals(True)
        self.box.clear()
        self.box.blockSignals(False)
        self.plot.show_drawing(None)
        self._say()

    def copy(self) -> None:
        """Puts the figures on the clipboard."""
        if self.drawing is not None:
            QGuiApplication.clipboard().setText(drawing_text(self.drawing, "\t"))

    def figure(self) -> Figure | None:
        if self.drawing is None:
            return None
        size = self.plot.size().expandedTo(LEAST) - QSize(2 * FIGURE_EDGE, 0)
        stale = "; out of date" if self._late or self._failure else ""
        note = f". {self.drawing.note}" if self.drawing.note else ""
        return drawing_figure(self.drawing, size, self._title, f"{self._document.name}{stale}{note}", self._words)

    @property
    def _title(self) -> str:
        subject = "" if self.drawing is None else self.drawing.subject
        return f"{self.chart.title} · {subject}" if subject else self.chart.title

    @property
    def _words(self) -> str:
        return "" if self.drawing is None else self.drawing.empty or self.chart.empty

    @property
    def file_name(self) -> str:
        return f"{self._document.name}-{self.chart.name}"

    def tell(self, why: str) -> None:
        self.veil.set_state(False, why)

    def _press(self, part: int) -> None:
        if self.drawing is None:
            return
        found = self.drawing.parts[part]
        if found.row is not None and any(r.id == found.row[1] for r in getattr(self._document.plan, found.row[0])):
            self._document.select(found.row[0], [found.row[1]])
        if found.asks[0]:
            self.explain_requested.emit(*found.asks, found.span)

    def _follow(self, selection: Selection) -> None:
        """A workload that is chosen anywhere is the one that is drawn."""
        at = self.box.findData(selection.ids[0]) if selection.table == "workloads" and len(selection.ids) == 1 else -1
        if at >= 0:
            self.box.setCurrentIndex(at)

    def _list_rows(self) -> None:
        if self.chart.rows is None or self._result is None:
            return
        listed = list(self.chart.rows(self._result.plan))
        if listed == [(self.box.itemData(k), self.box.itemText(k)) for k in range(self.box.count())]:
            return
        kept = self.box.currentData() or self._recalled
        chosen = kept or next(iter(self._document.selection.ids_in("workloads")), "")
        self.box.blockSignals(True)
        self.box.clear()
        for key, name in listed:
            self.box.addItem(name, key)
        self.box.setCurrentIndex(max(0, self.box.findData(chosen)))
        self.box.blockSignals(False)

    def _redraw(self) -> None:
        if self._result is None:
            return
        self._list_rows()
        scenario = self._document.scenario
        now = "" if scenario is None else scenario.name or scenario.id
        chosen = {"workload": self.workload, "period": str(self._document.period), "scenario": now}
        drawing = self.chart.make(self._result, self.first, chosen)
        self.plot.show_drawing(drawing)
        self.caption.set_words(drawing.caption)
        self.caption.setToolTip(literal(drawing.note))
        self._say()

    def _say(self) -> None:
        words = self._failure
        if not words and self.drawing is None:
            words = "Solving…" if self._late else ""
        elif not words and self.drawing is not None and not self.drawing.parts:
            words = self._words
        self.veil.set_state(self.drawing is not None and (self._late or bool(self._failure)), words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.veil.setGeometry(self.plot.rect())

    def restyle(self) -> None:
        super().restyle()
        self.plot.setBackground(theme.colour(theme.tokens().panel))

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, 130)
