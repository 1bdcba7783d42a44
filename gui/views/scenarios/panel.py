"""The list of scenarios: what each costs or leaves unserved beside the base, solved in the background."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QStyle,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.result import Result
from gigaplan.gui.document.document import Document
from gigaplan.gui.document.row_edits import add_row, delete_rows, duplicate_rows, rename_row
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.style.theme import colour, font, tokens
from gigaplan.gui.views.scenarios.edits import EditsMenu
from gigaplan.gui.views.scenarios.model import ASIDE, ROLE, Index, ScenarioModel
from gigaplan.gui.views.scenarios.ready_made import ReadyMenu
from gigaplan.gui.widgets.actions import Command, fill, row_commands, take_key
from gigaplan.gui.widgets.cards import IconButton, dress_list, title, tool_button
from gigaplan.gui.widgets.rename_delegate import NamingDelegate, paint_ground

TABLE = "scenarios"


class ScenariosPanel(QFrame):
    """A card with the base and every scenario of the plan. `stop` ends its background work."""

    compare_requested = Signal(tuple)
    """The ids of scenarios that a person wants to see beside the base."""
    refused = Signal(str, object)
    """(why the edits are no scenario, what would do instead: (words, action) each)."""

    def __init__(
        self,
        document: Document,
        planner: Planner,
        lateness: Lateness,
        parent: QWidget | None = None,
        provider: ScenarioResults | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.setProperty("card", True)
        self.setAccessibleName("Scenarios")
        self.model = ScenarioModel(document.base, self._rename)
        self.provider = provider or ScenarioResults(document, planner, self)
        self.worker = self.provider.worker
        self.provider.found.connect(self.model.set_result)
        self.commands = self._declared()
        self.list = self._make_list()
        self.list.installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 8, 6, 8)
        layout.setSpacing(4)
        layout.addLayout(self._make_header())
        layout.addWidget(self.list, 1)
        document.base_changed.connect(self._plan_changed)
        document.scenario_changed.connect(self._follow_edited)
        self.provider.changed.connect(self._base_changed)
        planner.result_changed.connect(self._base_changed)
        lateness.changed.connect(self.model.set_late)
        self._base_changed()

    @property
    def results(self) -> dict[str, Result]:
        """What was found for the plan as it stands, by scenario; what is still being solved is not in it."""
        return self.provider.results

    def stop(self) -> None:
        """Ends the background work."""
        self.provider.stop()

    def compare(self) -> None:
        """Asks to see the chosen scenario beside the base, or all of them where none is chosen."""
        id = self.model.id_at(self.list.currentIndex())
        every = tuple(scenario.id for scenario in self._document.base.scenarios)
        self.compare_requested.emit((id,) if id else every)

    def duplicate(self) -> None:
        """Puts a copy after the chosen scenario."""
        if id := self.model.id_at(self.list.currentIndex()):
            duplicate_rows(self._document, [(TABLE, id)])
            self._enter()

    def delete(self) -> None:
        """Removes the chosen scenario."""
        if id := self.model.id_at(self.list.currentIndex()):
            delete_rows(self._document, [(TABLE, id)])

    def rename(self) -> None:
        """Opens the name of the chosen scenario for editing, in place."""
        index = self.list.currentIndex()
        if index.flags() & Qt.ItemFlag.ItemIsEditable:
            self.list.edit(index)

    def add(self) -> None:
        """Adds a scenario that moves nothing yet, to be edited."""
        add_row(self._document, TABLE)
        self._enter()

    def take_edits(self) -> None:
        """Makes the edits since the last save a scenario, and puts the plan back to what was saved."""
        self._edits.take()

    def _make_header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(6, 0, 3, 0)
        self._add_button = tool_button("plus", "Add a scenario; ready-made ones by the arrow", self.add, keys="Insert")
        self._ready = ReadyMenu(self._document, self)
        self._ready.added.connect(self._document.edit_scenario)
        self._add_button.setMenu(self._ready)
        self._add_button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._add_button.setFixedWidth(40)  # with room for the arrow
        tip = "Compare: side by side with the base (Enter, or double-click)"
        self._compare_button = tool_button("git-compare", tip, self.compare, "Compare scenarios")
        tip = "Make a scenario of the edits, and restore the saved plan"
        self._edits_button = IconButton("layers", tip, "Make a scenario of the edits")
        self._edits_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._edits_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self._edits = EditsMenu(self._document, self)
        self._edits.refused.connect(self.refused)
        self._edits.taken.connect(self._enter)
        self._edits.taken.connect(self.rename)
        self._edits_button.setMenu(self._edits)
        row.addWidget(title("Scenarios"), 1)
        row.addWidget(self._compare_button)
        row.addWidget(self._edits_button)
        row.addWidget(self._add_button)
        return row

    def _make_list(self) -> QListView:
        view = QListView()
        view.setUniformItemSizes(True)
        dress_list(view, "Scenarios")
        view.setModel(self.model)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.doubleClicked.connect(self.compare)
        self._delegate = ScenarioDelegate(view, self._document.type)
        view.setItemDelegate(self._delegate)
        view.setCurrentIndex(self.model.index(0))
        view.selectionModel().currentChanged.connect(self._current_changed)
        return view

    def _rename(self, id: str, name: str) -> bool:
        return rename_row(self._document, TABLE, id, name)

    def _plan_changed(self, _: Plan, plan: Plan) -> None:
        blocked = self.list.selectionModel().blockSignals(True)  # a reset moves the line, and chooses nothing
        self.model.set_plan(plan)
        self.list.selectionModel().blockSignals(blocked)
        self._follow_edited()

    def _base_changed(self, *_: object) -> None:
        self.model.set_base(self.provider.base, not self.provider.is_base_fresh)

    def _choose(self, id: str) -> None:
        index = self.model.index(self.model.row_of(id))
        if index != self.list.currentIndex():
            blocked = self.list.selectionModel().blockSignals(True)
            self.list.setCurrentIndex(index)
            self.list.selectionModel().blockSignals(blocked)
            self.list.viewport().update()

    def _enter(self) -> None:
        """Edits the scenario that was just made, which is chosen."""
        ids = self._document.selection.ids_in(TABLE)
        if ids:
            self._document.edit_scenario(ids[0])

    def _follow_edited(self) -> None:
        scenario = self._document.scenario
        self._choose(scenario.id if scenario is not None else "")

    def _current_changed(self, current: QModelIndex) -> None:
        id = self.model.id_at(current)
        if current.isValid():
            self._document.edit_scenario(id)
            self._document.select(TABLE if id else "plan", (id,) if id else ())

    def _declared(self) -> tuple[Command | None, ...]:
        return (
            Command("scenarios.compare", "&Compare", self.compare, local=("Return", "Enter")),
            None,
            *row_commands("scenarios", self.rename, self.duplicate, self.delete, self._has_one, self._has_one),
            None,
            Command("scenarios.add", "&Add scenario", self.add, local=("Ins",)),
        )

    def _has_one(self) -> bool:
        return bool(self.model.id_at(self.list.currentIndex()))

    def _show_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        fill(menu, self.commands)
        menu.addMenu(self._ready)
        menu.addMenu(self._edits)
        menu.popup(self.list.viewport().mapToGlobal(place))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        return (watched is self.list and take_key(event, self.commands)) or super().eventFilter(watched, event)


class ScenarioDelegate(NamingDelegate):
    """A name, and the outcome at the right; the name gives way."""

    editor_name = "Name of the scenario"

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, 29)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = tokens()
        area = QRectF(option.rect).adjusted(0, 1, 0, -1)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, area, option)
        text = area.adjusted(8, 0, -8, 0)
        small = font(12)
        aside = index.data(ASIDE)
        painter.setFont(small)
        painter.setPen(colour(getattr(t, index.data(ROLE))))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, aside)
        face = font(13, QFont.Weight.Medium)
        room = int(text.width()) - QFontMetrics(small).horizontalAdvance(aside) - 8
        painter.setFont(face)
        painter.setPen(colour(t.accent if chosen else t.text))
        name = QFontMetrics(face).elidedText(index.data(), Qt.TextElideMode.ElideRight, room)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()
