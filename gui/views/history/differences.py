"""What differs between two plans as a tree: the inputs, and the key figures that moved with them."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from gigaplan.engine.analysis.plan_diff import Difference, Movement, differences, movements
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.text import counted
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.gui.text.kpi_text import kpi_text
from gigaplan.gui.text.number_format import DASH, MINUS, THIN, percent, plain
from gigaplan.gui.widgets.texts import literal

MOVED = 5e-4
"""A relative change of a key figure below this is not shown."""
VALUE_PART, VALUE_PART_ALONE = 0.23, 0.26
"""Of the width, what each column of values takes: beside that of the changes, and without it."""
CHANGE, CHANGE_PX, ROOMY_PX = 3, 70, 420
"""The column of changes, how wide it is, and from which width on there is room for it."""
MOST = 500
"""Nobody reads further than so many inputs."""
Line = tuple[str, ...]
"""What it is, then, now; of a key figure also the change."""


class _Names(QStyledItemDelegate):
    """A long name gives way in its middle: which field of the row it is stands at its end."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class DifferencesView(QTreeWidget):
    """Two groups, inputs and key figures, with what each was then and is now; of figures also how far they moved."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("What changed")
        self.setHeaderLabels(["What", "Then", "Now", "Change"])
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIndentation(10)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._names = _Names(self)
        self.setItemDelegateForColumn(0, self._names)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(50)
        header.setStyleSheet("QHeaderView::section { padding-left: 9px; }")  # above the words, not beside them
        self._shown: object = None

    def show_between(self, then: Plan, now: Plan, was: Result | None, is_now: Result | None) -> int:
        """Shows what differs, and gives how many inputs do. Without both results there are no key figures yet."""
        found = differences(then, now)
        inputs: list[Line] = [_input_line(d) for d in found[:MOST]]
        if len(found) > MOST:
            inputs.append((f"and {len(found) - MOST} more", "", ""))
        figures = _figure_lines(was, is_now, now)
        if self._shown != (inputs, figures):
            self._shown = inputs, figures
            super().clear()
            if inputs:
                self._add_group(counted(len(found), "input"), inputs)
            self._add_group("Key figures", figures)
        return len(found)

    def show_inputs(self, then: Plan, now: Plan) -> int:
        """Shows the inputs that differ alone, and gives how many do."""
        found = differences(then, now)
        lines: list[Line] = [_input_line(d) for d in found[:MOST]]
        if len(found) > MOST:
            lines.append((f"and {len(found) - MOST} more", "", ""))
        self.clear()
        if lines:
            self._add_group(counted(len(found), "input"), lines)
        return len(found)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = event.size().width()
        roomy = width >= ROOMY_PX
        self.setColumnHidden(CHANGE, not roomy)
        self.setColumnWidth(CHANGE, CHANGE_PX)
        for column in (1, 2):
            self.setColumnWidth(column, int(width * (VALUE_PART if roomy else VALUE_PART_ALONE)))

    def clear(self) -> None:
        """Shows nothing."""
        self._shown = None
        super().clear()

    def _add_group(self, title: str, lines: list[Line]) -> None:
        group = QTreeWidgetItem(self, [title])
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        group.setFirstColumnSpanned(True)
        bold = self.font()
        bold.setBold(True)
        group.setFont(0, bold)
        for line in lines:
            item = QTreeWidgetItem(group, list(line))
            for column, text in enumerate(line):
                item.setToolTip(column, literal(text))
        group.setExpanded(True)


def _input_line(d: Difference) -> Line:
    if not d.field:
        there = f"{d.name} ({d.table})"
        return (there, "", "added") if d.kind == "added" else (there, "removed", "")
    what = f"{d.name}: {d.label}" if d.row else d.label
    unit = "" if d.unit == "ratio" else d.unit
    values = [f"{value} {unit}".rstrip() if value and value != "empty" else value for value in (d.before, d.after)]
    return what, values[0] or DASH, values[1] or DASH


def _is_visible(m: Movement) -> bool:
    if m.before is None or m.after is None:
        return m.before is not m.after
    return abs(m.after - m.before) > MOVED * max(abs(m.before), abs(m.after))


def _figure_lines(was: Result | None, is_now: Result | None, now: Plan) -> list[Line]:
    if was is None or is_now is None:
        return [("being computed …", "", "")]
    if was.status != "optimal" or is_now.status != "optimal":
        return [("No key figures to compare", was.status, is_now.status)]
    moved = [m for m in movements(was, is_now) if _is_visible(m)]
    if not moved:
        return [("None moved", "", "")]
    money = now.settings.currency
    return [
        (_figure_name(m, now), kpi_text(m.before, m.name, money), kpi_text(m.after, m.name, money), _change(m))
        for m in moved
    ]


def _change(m: Movement) -> str:
    """How far a figure moved: +0.27 %, of fractions −0.4 pt; nothing of what was none or zero."""
    if not m.change or not m.before:
        return ""
    sign = "+" if m.change > 0 else MINUS
    if m.unit == "fraction":
        return f"{sign}{plain(abs(m.change) * 100, 2)}{THIN}pt"
    return sign + percent(abs(m.change / m.before), 2)


def _figure_name(m: Movement, now: Plan) -> str:
    workload = find(now, "workloads", m.key) if m.key else None
    key = f", {workload.name if workload is not None else m.key}" if m.key else ""
    return f"{KPIS[m.name].label}{key}"
