"""The scenarios as a list model: the base first, each with its outcome against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import NO_WORK
from gigaplan.gui.document.row_edits import row_name
from gigaplan.gui.present.scenario_words import OutcomeWords, description, outcome
from gigaplan.gui.widgets.texts import wrapped

ASIDE = Qt.ItemDataRole.UserRole
"""The outcome in few words."""
ROLE = Qt.ItemDataRole.UserRole + 1
"""How the outcome is coloured: muted, good, warning, error."""
BASE = "Base"
WAITING = OutcomeWords("…", "Solving.")
NOT_YET = OutcomeWords("…", "The plan is still being solved.")
Index = QModelIndex | QPersistentModelIndex


class ScenarioModel(QAbstractListModel):
    """Row 0 is the base; scenario k of the plan is row k + 1."""

    def __init__(self, plan: Plan, rename: Callable[[str, str], bool]) -> None:
        super().__init__()
        self._plan = plan
        self._rename = rename
        self._base: Result | None = None
        self._base_is_stale = True
        self._is_late = False
        self._results: dict[str, Result] = {}
        self._outcomes: dict[str, OutcomeWords] = {}
        self._fresh: set[str] = set()
        self._lines = _lines(plan)
        self._said: list[tuple[str, OutcomeWords]] = []
        """What the lines said when they were last painted."""

    def set_plan(self, plan: Plan) -> None:
        """Shows the scenarios of another plan; what was found for an older one waits to be found anew."""
        before, self._plan = self._plan, plan
        self._fresh.clear()
        ids = [s.id for s in plan.scenarios]
        if [s.id for s in before.scenarios] != ids:
            self._plan = before
            self.beginResetModel()
            self._plan, self._lines = plan, _lines(plan)
            self._results = {id: r for id, r in self._results.items() if id in ids}
            self.endResetModel()
            self._said = []
        self._base_is_stale = True
        self._repaint()

    def set_base(self, base: Result | None, stale: bool) -> None:
        """Takes up the base, which every scenario is compared with."""
        if base is self._base and stale == self._base_is_stale:
            return  # as with each scenario that is found
        if base is not self._base:
            self._outcomes.clear()
        self._base, self._base_is_stale = base, stale
        self._repaint()

    def set_late(self, late: bool) -> None:
        """Says of the base that it is awaited: it changes with every edit, and a quick answer is not to flicker."""
        self._is_late = late
        self._repaint()

    def set_result(self, id: str, result: Result) -> None:
        """Takes up what was found for a scenario of the plan that is shown."""
        self._results[id] = result
        self._outcomes.pop(id, None)
        self._fresh.add(id)
        if self._said and id in self._lines:
            self._repaint((self._lines[id],))

    def id_at(self, index: Index) -> str:
        """The scenario on a line; "" for the base."""
        return self._plan.scenarios[index.row() - 1].id if index.isValid() and index.row() > 0 else ""

    def row_of(self, id: str) -> int:
        """The line of a scenario; 0, the base's, for one that there is not."""
        return self._lines.get(id, 0)

    def outcome_at(self, row: int) -> OutcomeWords:
        """What stands at the right of a line."""
        if row == 0:
            return self._base_outcome()
        id = self._plan.scenarios[row - 1].id
        if id not in self._fresh or self._base_is_stale:
            return WAITING
        if id not in self._outcomes:
            self._outcomes[id] = outcome(self._results[id], self._base)
        return self._outcomes[id]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1 + len(self._plan.scenarios)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        base = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return base | Qt.ItemFlag.ItemIsEditable if index.row() > 0 else base

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        scenario = self._plan.scenarios[index.row() - 1] if index.row() else None
        name = self._name(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name
        if role == ASIDE:
            return self.outcome_at(index.row()).text
        if role == ROLE:
            return self.outcome_at(index.row()).role
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{name}: {self.outcome_at(index.row()).text}"
        if role == Qt.ItemDataRole.ToolTipRole:
            about = description(self._plan, scenario) if scenario else f"{BASE}\nThe plan itself."
            return wrapped(f"{about}\n{self.outcome_at(index.row()).sentence}")
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        return role == Qt.ItemDataRole.EditRole and index.row() > 0 and self._rename(self.id_at(index), str(value))

    def _base_outcome(self) -> OutcomeWords:
        if self._base is None or (self._base_is_stale and self._is_late):
            return NOT_YET
        words = self._base.words
        if words is NO_WORK:
            return OutcomeWords(words.short, f"{words.sentence}. {words.remedy}")
        if self._base.status != "optimal":
            return outcome(self._base, None)
        return OutcomeWords(words.short, "The best plan under the current inputs.")

    def _name(self, row: int) -> str:
        return row_name(self._plan.scenarios[row - 1]) if row else BASE

    def _repaint(self, rows: Iterable[int] | None = None) -> None:
        """Tells of the lines, of `rows` alone if given, that say something else by now."""
        before = self._said
        if rows is None:
            rows, self._said = range(self.rowCount()), [("", NOT_YET)] * self.rowCount()
        for row in rows:
            said = self._name(row), self.outcome_at(row)
            is_new = row >= len(before) or before[row] != said
            self._said[row] = said
            if is_new:
                self.dataChanged.emit(self.index(row), self.index(row))


def _lines(plan: Plan) -> dict[str, int]:
    return {scenario.id: row for row, scenario in enumerate(plan.scenarios, 1)}
