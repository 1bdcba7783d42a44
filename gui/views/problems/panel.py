"""The list of problems: what is wrong, where, and the remedy; a double-click goes there."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QMargins,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QStackedLayout,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.text import counted
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.problem_list import findings, gathered, sentence, where
from gigaplan.gui.style.theme import colour, font, icon, tokens
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.widgets.cards import as_tab, dress_list, title
from gigaplan.gui.widgets.rename_delegate import paint_ground
from gigaplan.gui.widgets.texts import Label, wrapped

CHECK_MS = 80
"""How long after an edit the plan is checked at the latest; edits in between are checked together."""
PROBLEM = Qt.ItemDataRole.UserRole
WHERE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class ProblemsPanel(QFrame):
    """A card with every problem of the plan and of its result, errors first."""

    count_changed = Signal(int, int)
    """(errors, warnings)"""
    field_requested = Signal(str, str, str)
    """(table, row, field): where a person wants to correct something; row and field may be empty."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self._checked: Plan | None = None
        self._checks: tuple[Problem, ...] = ()
        self._count = (0, 0)
        self.setProperty("card", True)
        self.setAccessibleName("Problems")
        self.model = _Model()
        self._wait = QTimer(self, singleShot=True, interval=CHECK_MS)
        self._wait.timeout.connect(self.refresh)
        self.list = self._make_list()
        self.list.installEventFilter(self)
        self.header = self._make_header()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 4, 6)
        layout.setSpacing(4)
        layout.addWidget(self.header)
        layout.addLayout(self._make_stack(), 1)
        document.changed.connect(self._plan_changed)
        planner.result_changed.connect(self.refresh)

    def as_tab(self) -> None:
        """Drops its frame and title, for a card that has tabs of its own."""
        as_tab(self, self.header, QMargins(4, 4, 2, 2))

    @property
    def counts(self) -> tuple[int, int]:
        """How many errors and warnings there are."""
        return self._count

    def refresh(self) -> None:
        """Gathers the problems anew; the panel does so itself after every edit and every result."""
        self._wait.stop()
        plan = self._document.plan
        result = self._planner.result
        if self._checked is not plan:
            found = findings(plan, result)
            self._checks, self._checked = found or (), None if found is None else plan
        problems = gathered(plan, self._checks, result)
        self.model.show(problems, [where(plan, p) for p in problems])
        errors = sum(p.severity == "error" for p in problems)
        self._stack.setCurrentIndex(0 if problems else 1)
        self._tell(errors, len(problems) - errors)

    def go_to(self, index: QModelIndex) -> None:
        """Chooses the row of a problem, and asks for its field to be shown."""
        problem: Problem | None = index.data(PROBLEM)
        if problem is None:
            return
        table, row = problem.table or "plan", problem.row
        there = table not in ("plan", "ports") and row and find(self._document.plan, table, row) is not None
        self._document.select(table if there else "plan", (row,) if there else ())
        self.field_requested.emit(table, row, problem.field)

    def _make_header(self) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(8)
        self._counts = Label(role="muted")
        row.addWidget(title("Problems"))
        row.addWidget(self._counts, 1)
        return header

    def _make_list(self) -> QListView:
        view = QListView()
        dress_list(view, "Problems")
        view.setModel(self.model)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._delegate = _Delegate(view)
        view.setItemDelegate(self._delegate)
        view.doubleClicked.connect(self.go_to)
        return view

    def _make_stack(self) -> QStackedLayout:
        empty = Label("No problems.", alignment=Qt.AlignmentFlag.AlignTop, role="muted")
        empty.setContentsMargins(4, 4, 4, 4)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.list)
        self._stack.addWidget(empty)
        self._stack.setCurrentIndex(1)
        return self._stack

    def _plan_changed(self) -> None:
        # Not started anew by the next edit: while a value is dragged, the list still follows.
        if not self._wait.isActive():
            self._wait.start()

    def _tell(self, errors: int, warnings: int) -> None:
        parts = [counted(errors, "error")] if errors else []
        parts += [counted(warnings, "warning")] if warnings else []
        self._counts.setText(", ".join(parts))
        if (errors, warnings) != self._count:
            self._count = (errors, warnings)
            self.count_changed.emit(errors, warnings)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._wait.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and watched is self.list and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.go_to(self.list.currentIndex())
                return True
            if event.matches(QKeySequence.StandardKey.Copy):
                QGuiApplication.clipboard().setText(self.text())
                return True
        return super().eventFilter(watched, event)

    def text(self) -> str:
        """Every problem, with a header, for a sheet or a mail."""
        lines = [("Severity", "Where", "Problem", "What to do", "Path")]
        for k in range(self.model.rowCount()):
            index = self.model.index(k)
            problem: Problem = index.data(PROBLEM)
            lines.append((problem.severity, index.data(WHERE), index.data(), problem.remedy, problem.path))
        return sheet_text([[" ".join(cell.split()) for cell in line] for line in lines])


class _Model(QAbstractListModel):
    """Problems, with the words for where each is."""

    def __init__(self) -> None:
        super().__init__()
        self._problems: list[Problem] = []
        self._places: list[str] = []

    def show(self, problems: list[Problem], places: list[str]) -> None:
        if (problems, places) == (self._problems, self._places):
            return
        if [p.path for p in problems] == [p.path for p in self._problems]:
            # The same places with other figures, as while a value is dragged: the chosen line stays chosen.
            self._problems, self._places = problems, places
            self.dataChanged.emit(self.index(0), self.index(len(problems) - 1))
            return
        self.beginResetModel()
        self._problems, self._places = problems, places
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._problems)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        problem, place = self._problems[index.row()], self._places[index.row()]
        if role == PROBLEM:
            return problem
        if role == WHERE:
            return place
        if role == Qt.ItemDataRole.DisplayRole:
            return sentence(problem.text)
        if role == Qt.ItemDataRole.ToolTipRole:
            return wrapped("\n".join(filter(None, [place, sentence(problem.text), problem.remedy, problem.path])))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{problem.severity.capitalize()}, {place}: {sentence(problem.text)} {problem.remedy}".strip()
        return None


class _Delegate(QStyledItemDelegate):
    """An icon; where and what on one line; the remedy below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, 44 if index.data(PROBLEM).remedy else 28)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        problem: Problem = index.data(PROBLEM)
        t = tokens()
        area = QRectF(option.rect).adjusted(0, 1, -2, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, area, option)
        bad = problem.severity == "error"
        sign = icon("circle-x", t.error) if bad else icon("triangle-alert", t.warning)
        sign.paint(painter, QRect(int(area.left()) + 6, int(area.top()) + 5, 16, 16))
        line = QRectF(area.left() + 30, area.top() + 2, area.width() - 38, 22)
        # A long name leaves room for what is wrong.
        needed = QFontMetrics(font(13)).horizontalAdvance(index.data())
        where = line.adjusted(0, 0, -min(needed + 10.0, line.width() * 0.55), 0)
        used = _draw(painter, index.data(WHERE), font(13, QFont.Weight.DemiBold), t.text, where)
        _draw(painter, index.data(), font(13), t.text, line.adjusted(used + 10, 0, 0, 0))
        if problem.remedy:
            _draw(painter, problem.remedy, font(12), t.muted, line.translated(0, 19))
        painter.restore()


def _draw(painter: QPainter, text: str, face: QFont, tint: str, area: QRectF) -> float:
    """Draws text cut to the area; gives the width it took."""
    metrics = QFontMetrics(face)
    short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(area.width())))
    painter.setFont(face)
    painter.setPen(colour(tint))
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
    return float(metrics.horizontalAdvance(short))
