"""The plan as a tree model: one group per table, one line per row, kept in step edit by edit."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from gigaplan.engine.plan.fields import Growth, Series, Steps
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.text import number_format
from gigaplan.gui.widgets.texts import literal

NAMELESS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
NAMED = NAMELESS | Qt.ItemFlag.ItemIsEditable
Index = QModelIndex | QPersistentModelIndex
GROUPS = {
    "workloads": "Workloads",
    "offers": "Offers",
    "services": "Services",
    "sites": "Sites",
    "power_contracts": "Power contracts",
    "platforms": "Platforms",
    "agreements": "Agreements",
    "ports": "Ports",
    "policies": "Policies",
    "parameters": "Parameters",
}
"""The tables of the tree, and what a person calls them."""
TABLES = tuple(GROUPS)
ASIDE = Qt.ItemDataRole.UserRole
"""The figure at the right of a line; the count, for a group."""
VENDOR = Qt.ItemDataRole.UserRole + 1
"""The vendor whose colour a line has; None for none."""
_GROUP = 0
"""The internal id of a group; a row's is the number of its group, from 1."""


class OutlineModel(QAbstractItemModel):
    """The rows of a plan under their tables. `rename(table, id, name)` is called when a person has edited a name."""

    def __init__(self, plan: Plan, rename: Callable[[str, str, str], bool]) -> None:
        super().__init__()
        self._rename = rename
        self._period = 0
        self._rows: dict[str, tuple[Any, ...]] = {table: getattr(plan, table) for table in TABLES}
        self._read_plan(plan)

    def set_plan(self, plan: Plan) -> None:
        """Shows another plan; only the lines that differ are touched."""
        vendors, settings = self._vendors, self._settings
        self._read_plan(plan)
        for table in TABLES:
            after = getattr(plan, table)
            if after is not self._rows[table]:
                self._update(table, after)
        # The colour of an offer is its platform's, and the words of a port name rows of other tables.
        if vendors != self._vendors or settings != self._settings:
            for table in TABLES:
                self._repaint(table)
        else:
            self._repaint("ports")

    def set_period(self, period: int) -> None:
        """Shows the figures of another period."""
        if period != self._period:
            self._period = period
            for table in ("workloads", "offers", "sites"):
                self._repaint(table)

    def table_at(self, index: Index) -> str:
        """The table of a group or of a row; "" for none."""
        if not index.isValid():
            return ""
        return TABLES[index.row() if index.internalId() == _GROUP else index.internalId() - 1]

    def is_group(self, index: Index) -> bool:
        """Whether the line is a table's own."""
        return index.isValid() and index.internalId() == _GROUP

    def row_at(self, index: Index) -> Any | None:
        """The plan's row on a line; None for a group."""
        if not index.isValid() or index.internalId() == _GROUP:
            return None
        return self._rows[self.table_at(index)][index.row()]

    def group_index(self, table: str) -> QModelIndex:
        """The line of a table."""
        return self.createIndex(TABLES.index(table), 0, _GROUP)

    def index_of(self, table: str, ids: Sequence[str]) -> list[QModelIndex]:
        """The lines of the rows with these ids."""
        if table not in GROUPS or table == "ports":
            return []
        wanted = set(ids)
        number = TABLES.index(table) + 1
        return [self.createIndex(k, 0, number) for k, row in enumerate(self._rows[table]) if row.id in wanted]

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        if column != 0 or not 0 <= row < self.rowCount(parent):
            return QModelIndex()
        return self.createIndex(row, 0, parent.row() + 1 if parent.isValid() else _GROUP)

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        if not index.isValid() or index.internalId() == _GROUP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _GROUP)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(TABLES)
        return len(self._rows[TABLES[parent.row()]]) if parent.internalId() == _GROUP else 0

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        if self.is_group(index):
            return Qt.ItemFlag.ItemIsEnabled
        return NAMELESS if self.table_at(index) == "ports" else NAMED

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        table, row = self.table_at(index), self.row_at(index)
        if row is None:
            if role == Qt.ItemDataRole.DisplayRole:
                return GROUPS[table]
            if role == ASIDE:
                return number_format.plain(len(self._rows[table]), 6)
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"{GROUPS[table]}, {len(self._rows[table])}"
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self._name(table, row)
        if role == ASIDE:
            return _figure(table, row, self._settings, self._period)
        if role == VENDOR:
            return self._vendor(table, row)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            said = ", ".join(filter(None, [self._name(table, row), _figure(table, row, self._settings, self._period)]))
            return literal(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index)
        if row is None or role != Qt.ItemDataRole.EditRole or self.table_at(index) == "ports":
            return False
        return self._rename(self.table_at(index), row.id, str(value))

    def _read_plan(self, plan: Plan) -> None:
        self._settings = plan.settings
        self._vendors = {p.id: p.vendor for p in plan.platforms}
        self._work_names = {w.id: row_name(w) for w in plan.workloads}

    def _name(self, table: str, row: Any) -> str:
        if table == "ports":
            return f"{self._work_names.get(row.workload, row.workload)} → {row.stack}"
        return row_name(row)

    def _vendor(self, table: str, row: Any) -> str | None:
        if table == "platforms":
            return str(row.vendor)
        return self._vendors.get(row.platform) if table == "offers" else None

    def _update(self, table: str, after: tuple[Any, ...]) -> None:
        before = self._rows[table]
        head, tail = _same_ends(before, after)
        gone, come = len(before) - head - tail, len(after) - head - tail
        group = self.group_index(table)
        if gone == come and _ids(before[head : head + gone]) == _ids(after[head : head + come]):
            self._rows[table] = after
            if come:
                self.dataChanged.emit(self.index(head, 0, group), self.index(head + come - 1, 0, group))
            return
        if gone:
            self.beginRemoveRows(group, head, head + gone - 1)
            self._rows[table] = before[:head] + before[head + gone :]
            self.endRemoveRows()
        if come:
            self.beginInsertRows(group, head, head + come - 1)
            self._rows[table] = after
            self.endInsertRows()
        self.dataChanged.emit(group, group)

    def _repaint(self, table: str) -> None:
        if self._rows[table]:
            group = self.group_index(table)
            self.dataChanged.emit(self.index(0, 0, group), self.index(len(self._rows[table]) - 1, 0, group))


def _ids(rows: tuple[Any, ...]) -> list[str]:
    return [getattr(row, "id", "") for row in rows]


def _same_ends(before: tuple[Any, ...], after: tuple[Any, ...]) -> tuple[int, int]:
    """How many rows at the start and at the end are the very same."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and before[head] is after[head]:
        head += 1
    tail = 0
    while tail < shorter - head and before[-1 - tail] is after[-1 - tail]:
        tail += 1
    return head, tail


def _figure(table: str, row: Any, settings: Settings, period: int) -> str:
    """The one figure that tells a row from its neighbours, with its unit; a series' in a period."""
    currency, time = settings.currency, Timeline.of(settings)
    if table == "workloads":
        return _rate(_value(row.demand, period, time), row.unit)
    if table == "offers":
        unit = "chip" if row.kind == "purchase" else "h"
        price = _value(row.price_usd, period, time, opening=True)
        return "" if price is None else f"{number_format.money(price, currency)}/{unit}"
    if table == "sites":
        power = _value(row.power_mw, period, time)
        return "no limit" if row.power_mw is None else "" if power is None else number_format.power(power)
    if table == "services":
        price = _value(row.price_usd, period, time)
        unit = "Mtok" if row.unit == "tokens/s" else "PF-day"
        return "" if price is None else f"{number_format.money(price, currency)}/{unit}"
    if table == "power_contracts":
        return str(number_format.power(row.mw))
    if table == "platforms":
        return f"{number_format.plain(row.bf16_tflops / 1000, 3)}{number_format.THIN}PF"
    if table == "agreements":
        return f"{number_format.money(row.commit_usd_per_year, currency)}/y"
    if table == "ports":
        return str(number_format.money(row.cost_usd, currency))
    if table == "parameters":
        return f"{number_format.plain(row.value, 6)} {row.unit}".strip()
    return "" if row.enabled else "off"


def _rate(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    if unit == "PFLOP/s":
        large = value >= 1000
        figure, unit = (value / 1000, "EF/s") if large else (value, "PF/s")
        return f"{number_format.plain(figure, 3)}{number_format.THIN}{unit}"
    return f"{number_format.short(value)}{number_format.THIN}tok/s"


def _value(series: Series | None, period: int, time: Timeline, opening: bool = False) -> float | None:
    """A series in one period; None where it has no value there."""
    if isinstance(series, Growth | Steps):
        value = float((time.opening(series) if opening else time.values(series))[period])
        return value if math.isfinite(value) else None
    if isinstance(series, tuple):
        return series[period] if period < len(series) else None
    return series
