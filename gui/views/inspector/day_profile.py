"""The day of a demand or of a price: one number for each block, typed, drawn as bars, or taken from a usual day."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from PySide6.QtCore import QLocale, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLineEdit, QMenu, QSizePolicy, QVBoxLayout, QWidget

from gigaplan.engine.catalogue.day_profiles import SHAPES, THREE, day_profile, drawn
from gigaplan.engine.plan.fields import Field
from gigaplan.engine.plan.plan import with_fields, with_settings
from gigaplan.engine.plan.schema import Block
from gigaplan.engine.plan.text import counted
from gigaplan.gui.style import theme
from gigaplan.gui.text.quantities import NotRead, read, show
from gigaplan.gui.views.inspector.editors import same
from gigaplan.gui.views.inspector.target import Editable
from gigaplan.gui.views.inspector.text_editors import TextEditor
from gigaplan.gui.widgets.texts import literal

SHAPE_TIP = "An assumption, no measurement. The blocks of the day are taken to follow each other from midnight."
DRAW_TIP = "Draw the day: drag a bar, or choose one with ← → and move it with ↑ ↓."
STEP = 0.05
"""How far an arrow key moves a bar."""
HEIGHT, NAMES, EDGE, GAP = 78, 18, 4.0, 2.0


class DayBars(QWidget):
    """A bar for each block of the day, as wide as its hours; dragged up and down, or moved with the arrow keys."""

    moved = Signal(int, float, object)
    """(block, value, run): a bar was moved; the run is the same throughout one drag, or one series of key presses."""
    told = Signal(int)
    """The block to tell of: the one under the mouse or chosen; -1 for none."""

    def __init__(self) -> None:
        super().__init__()
        self._blocks: tuple[Block, ...] = ()
        self._values: tuple[float, ...] = ()
        self._is_given = True
        self._top = 2.0
        self._chosen = self._dragging = self._hover = -1
        self._run = 0
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(literal(DRAW_TIP))

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def show_values(self, blocks: Sequence[Block], values: Sequence[float], is_given: bool) -> None:
        """Draws one value per block, paler where nobody gave them."""
        self._blocks, self._values, self._is_given = tuple(blocks), tuple(values), is_given
        self._chosen = min(self._chosen, len(blocks) - 1)
        if self._dragging < 0:
            self._top = max(2.0, 1.15 * max(values, default=1.0))
        self.update()

    def bar(self, block: int) -> QRectF:
        """Where the bar of a block stands in the widget."""
        shares = [b.share for b in self._blocks]
        room = (self.width() - 2 * EDGE) / sum(shares)
        left, width = EDGE + room * sum(shares[:block]), room * shares[block]
        gap = min(GAP, width / 4)
        y = self.y_of(self._values[block])
        return QRectF(left + gap / 2, y, width - gap, self._floor() - y)

    def y_of(self, value: float) -> float:
        """How far down a value is drawn."""
        return EDGE + (self._floor() - EDGE) * (1 - min(value, self._top) / self._top)

    def _floor(self) -> float:
        return self.height() - NAMES

    def _block_at(self, x: float) -> int:
        inside = [k for k in range(len(self._blocks)) if self.bar(k).left() - GAP <= x]
        return inside[-1] if inside else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(12))
        boxes = [self.bar(block) for block in range(len(self._blocks))]
        for block, box in enumerate(boxes):
            self._paint_bar(painter, box, block)
        y = self.y_of(1.0)
        painter.setPen(QPen(QColor(t.muted), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(EDGE, y), QPointF(self.width() - EDGE, y))
        for block, (box, value) in enumerate(zip(boxes, self._values, strict=True)):
            texts = QRectF(box.left(), self._floor() + 1, box.width(), NAMES - 1)
            if box.width() >= 36:
                painter.setPen(QColor(t.text if block == self._chosen else t.muted))
                name = painter.fontMetrics().elidedText(
                    self._blocks[block].name, Qt.TextElideMode.ElideRight, int(texts.width())
                )
                painter.drawText(texts, Qt.AlignmentFlag.AlignCenter, name)
                self._paint_figure(painter, box, value)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.accent), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.end()

    def _paint_bar(self, painter: QPainter, box: QRectF, block: int) -> None:
        t = theme.tokens()
        is_marked = block in (self._hover, self._dragging) or (block == self._chosen and self.hasFocus())
        fill = QColor(t.accent if self.isEnabled() else t.muted)
        if not self._is_given:
            fill.setAlphaF(0.35 if is_marked else 0.2)
        elif not is_marked:
            fill.setAlphaF(0.65)
        painter.fillRect(box, fill)
        painter.fillRect(QRectF(box.left(), box.top() - 1, box.width(), 2), QColor(t.accent))

    def _paint_figure(self, painter: QPainter, box: QRectF, value: float) -> None:
        """The figure inside a high bar, and above a low one, where no line goes through it."""
        text, metrics = show(round(value, 2), "", QLocale()), painter.fontMetrics()
        is_high = box.height() >= metrics.height() + 3
        y = box.top() + 2 if is_high else box.top() - metrics.height() - 1
        place = QRectF(box.left(), y, box.width(), metrics.height())
        if not is_high:
            width = metrics.horizontalAdvance(text) + 4.0
            ground = QRectF(place.center().x() - width / 2, y, width, place.height())
            painter.fillRect(ground, QColor(theme.tokens().panel))
        painter.setPen(QColor(theme.tokens().text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._blocks:
            self._run += 1
            self._dragging = self._block_at(event.position().x())
            self.setFocus()
            self._choose(self._dragging)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging >= 0:
            height = (self._floor() - event.position().y()) / (self._floor() - EDGE)
            value = max(0.0, round(height * self._top, 2))
            if value != self._values[self._dragging]:
                self.moved.emit(self._dragging, value, ("bars", self._run))
            return
        hover = self._block_at(event.position().x()) if self._blocks else -1
        if hover != self._hover:
            self._hover = hover
            self.told.emit(hover)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging >= 0:
            self._dragging = -1
            self.show_values(self._blocks, self._values, self._is_given)

    def leaveEvent(self, event: object) -> None:
        self._hover = -1
        self.told.emit(self._chosen if self.hasFocus() else -1)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._blocks and self._dragging < 0:
            self._choose(max(0, self._chosen))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.told.emit(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, last = event.key(), len(self._blocks) - 1
        to = {
            Qt.Key.Key_Left: self._chosen - 1, Qt.Key.Key_Right: self._chosen + 1,
            Qt.Key.Key_Home: 0, Qt.Key.Key_End: last,
        }.get(Qt.Key(key))  # fmt: skip
        if to is not None and last >= 0:
            self._run += 1
            self._choose(min(max(0, to), last))
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and 0 <= self._chosen <= last:
            size = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
            size = 0.1 if event.modifiers() & Qt.KeyboardModifier.ControlModifier else size
            size = STEP * (size if key == Qt.Key.Key_Up else -size)
            value = max(0.0, round(self._values[self._chosen] + size, 6))
            self.moved.emit(self._chosen, value, ("bars", self._run))
        else:
            super().keyPressEvent(event)

    def _choose(self, block: int) -> None:
        self._chosen = block
        self.told.emit(block)
        self.update()


class ProfileEditor(TextEditor):
    """One number for each block of the day, with semicolons between them, and a bar for each beneath.

    Of a demand the mean stays 1 while a bar is moved, and a usual day can be taken; a plan without hours of the day
    gets three blocks with the first.
    """

    def __init__(self, target: Editable, field: Field) -> None:
        super().__init__(target, field)
        self._is_demand = field.name == "profile"
        self.bars = DayBars()
        self.bars.setAccessibleName(f"{field.label}, drawn")
        self.bars.setAccessibleDescription(DRAW_TIP)
        self.bars.moved.connect(self._move)
        self.bars.told.connect(self._tell)
        self.below = QWidget()
        lines = QVBoxLayout(self.below)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.addWidget(self.bars)
        self._is_open = False
        self._run: Hashable = None
        self._before: tuple[float, ...] = ()
        """What stood there when the bar began to be moved: the others keep their proportions all the while."""
        self.shapes = QMenu(self)
        self.draw = self.line.addAction(theme.icon("chart-column"), QLineEdit.ActionPosition.TrailingPosition)
        self.draw.setToolTip(literal(DRAW_TIP))
        self.draw.triggered.connect(self._open)
        if self._is_demand:
            self.shapes.setToolTipsVisible(True)
            for shape in SHAPES:
                action = self.shapes.addAction(shape)
                action.setToolTip(literal(SHAPE_TIP))
                action.triggered.connect(lambda _=False, shape=shape: self.take_shape(shape))
            button = self.line.addAction(theme.icon("clock"), QLineEdit.ActionPosition.TrailingPosition)
            button.setToolTip("Take a usual day")
            button.triggered.connect(lambda: self.shapes.popup(self.line.mapToGlobal(self.line.rect().bottomLeft())))
        self._arrange()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The hours of the plan's day, or those that it would get."""
        return self.target.document.plan.settings.blocks or (THREE if self._is_demand else ())

    def take_shape(self, shape: str) -> None:
        """Gives the chosen rows the profile of a usual day, and the plan hours of the day where it has none."""
        self._put(day_profile(shape, self.blocks), f"{self.field.label}: {shape.lower()}")
        self.said.emit(f"{shape}: assumed. The blocks follow each other from midnight.", "muted")

    def context(self) -> object:
        return self.target.document.plan.settings.blocks

    def show_values(self, values: tuple[Any, ...]) -> None:
        super().show_values(values)
        names = [block.name for block in self.target.document.plan.settings.blocks]
        self.line.setToolTip(literal("; ".join(names) if names else "The plan has no hours of the day yet."))
        self._arrange()

    def focus_moved(self) -> None:
        self.line.render_value()

    def _arrange(self) -> None:
        values = self._drawable()
        self.draw.setEnabled(values is not None)
        is_given = self._given() is not None
        self.below.setVisible(values is not None and (self._is_open or is_given))
        if values is not None:
            self.bars.show_values(self.blocks, values, is_given)

    def _given(self) -> tuple[float, ...] | None:
        """The profile that all chosen rows have."""
        values = self.target.values(self.field)
        return values[0] if values and same(values) else None

    def _drawable(self) -> tuple[float, ...] | None:
        """A number for each block; None where the chosen rows differ, or the numbers are not those of the blocks."""
        rows, blocks, given = self.target.values(self.field), self.blocks, self._given()
        if not rows or not same(rows) or len(blocks) < 2 or any(block.share <= 0 for block in blocks):
            return None
        if given is None:
            return (1.0,) * len(blocks)
        return given if len(given) == len(blocks) else None

    def _open(self) -> None:
        self._is_open = self.below.isHidden()
        self._arrange()
        if self._is_open:
            self.bars.setFocus()

    def _move(self, block: int, value: float, run: Hashable) -> None:
        values = self._drawable()
        if values is None:
            return
        if (run, block) != self._run:
            self._run, self._before = (run, block), values
        if self._is_demand:
            shares = [b.share for b in self.blocks]
            total = sum(shares)
            after = drawn(self._before, [share / total for share in shares], block, value)
        else:
            most = self.field.le if self.field.le is not None else value
            after = (*values[:block], min(value, most), *values[block + 1 :])
        self._put(after, f"Draw {self.field.label.lower()}", run)
        self._tell(block)

    def _put(self, values: tuple[float, ...], text: str, run: Hashable = None) -> None:
        document, table = self.target.document, self.target.table  # type: ignore[attr-defined]
        ids = tuple(row.id for row in self.target.rows)
        settled = bool(document.plan.settings.blocks)
        plan = document.plan if settled else with_settings(document.plan, blocks=self.blocks)
        key = None if run is None else (self.field.name, table, ids, run)
        document.apply(with_fields(plan, table, ids, **{self.field.name: values}), text, key)

    def _tell(self, block: int) -> None:
        """Says what the bar of a block stands for; nothing without one."""
        values = self._drawable()
        if block < 0 or values is None or block >= len(values):
            self.said.emit("", "muted")
            return
        figure = show(round(values[block], 3), "", QLocale())
        self.said.emit(f"{self.blocks[block].name}: {figure} × the {'mean' if self._is_demand else 'price'}", "muted")

    def _text(self, value: Any) -> str:
        at_it = self.line.hasFocus()
        return "; ".join(show(number if at_it else float(f"{number:.3g}"), "", QLocale()) for number in value or ())

    def _read(self, text: str) -> tuple[Any, str, str]:
        if not text:
            return None, "", ""
        found = [read(part.strip(), "ratio", locale=QLocale()) for part in text.rstrip("; ").split(";")]
        wrong = next((part.text for part in found if isinstance(part, NotRead)), "")
        numbers = tuple(part.value for part in found if not isinstance(part, NotRead))
        names = [block.name for block in self.target.document.plan.settings.blocks]
        if not wrong and len(numbers) != len(names):
            wrong = f"has {counted(len(numbers), 'number')}, and the day has {counted(len(names), 'block')}"
        said = ", ".join(f"{name} {show(n, '', QLocale())}" for name, n in zip(names, numbers, strict=False))
        return numbers, said, wrong
