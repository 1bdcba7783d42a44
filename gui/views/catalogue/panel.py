"""The catalogue beside the map: search it, and drag, double-click or press Enter to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMargins, QModelIndex, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gigaplan.engine.plan.problems import PlanError
from gigaplan.gui.document.document import Document
from gigaplan.gui.files.own_catalogues import catalogues
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.style.theme import font
from gigaplan.gui.views.catalogue.adding import add_from_catalogue
from gigaplan.gui.views.catalogue.delegate import CatalogueDelegate
from gigaplan.gui.views.catalogue.entries import CHIPS, OFFERS, SECTIONS, entries_of_all
from gigaplan.gui.views.catalogue.model import REFUSAL, CatalogueModel
from gigaplan.gui.widgets.cards import as_tab, dress_list
from gigaplan.gui.widgets.texts import Label, literal

if TYPE_CHECKING:
    from gigaplan.engine.catalogue import Catalogue
from PySide6.QtGui import QResizeEvent

from gigaplan.gui.views.catalogue.entries import Entry
from gigaplan.gui.widgets.texts import wrapped

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class CataloguePanel(QFrame):
    """A card with the published chips, prices and regions, and with usual kinds of work."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._loaded = False
        self._known: list[Catalogue] = []
        self._problems: list[str] = []
        self.setProperty("card", True)
        self.setAccessibleName("Catalogue")
        self.model = CatalogueModel()
        self.model.set_currency(document.plan.settings.currency)
        self.header = self._make_header()
        self.search = QLineEdit(placeholderText="Search chips, offers, sites", clearButtonEnabled=True)
        self.search.setAccessibleName("Search the catalogue")
        self.list = self._make_list()
        self.about = AboutEntry()
        self.message = Label(wordWrap=True, visible=False, role="muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 10, 3, 8)
        layout.setSpacing(6)
        layout.addWidget(self.header)
        layout.addLayout(self._make_search())
        layout.addLayout(self._make_sections())
        layout.addWidget(self.message)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.about)
        self.search.textChanged.connect(self._narrow)
        self.search.installEventFilter(self)
        self.list.installEventFilter(self)
        document.changed.connect(self._plan_changed)
        document.file_changed.connect(self.reload)

    def as_tab(self) -> None:
        """Drops its frame and title, for a card that has tabs of its own."""
        as_tab(self, self.header, QMargins(4, 8, 0, 2))

    def load(self) -> None:
        """Reads the catalogue; the panel does so itself after it was first painted."""
        if not self._loaded:
            self._loaded = True
            self.reload()

    def reload(self) -> None:
        """Reads those of the person anew, where they changed."""
        if not self._loaded:
            return
        known, problems = catalogues(self._document.path)
        if known == self._known and problems == self._problems:
            return
        self._known, self._problems = known, problems
        sections = entries_of_all(known)
        self.model.set_sections(sections)
        for section, button in self._buttons.items():
            button.setToolTip(literal(f"{len(sections[section])} entries"))
        self.counts.setText(f"{len(sections[CHIPS])} chips, {len(sections[OFFERS])} offers")
        self._narrow()
        if problems:
            self._say(" ".join(f"{problem}." for problem in problems), "warning")

    def show_section(self, section: str) -> None:
        """Shows one of SECTIONS."""
        self._buttons[section].setChecked(True)
        self._narrow()

    def begin(self, section: str = "") -> None:
        """Puts the cursor into the search; with one of SECTIONS, shows all of it."""
        if section:
            self.search.clear()
            self.show_section(section)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    @property
    def section(self) -> str:
        """Which of SECTIONS is shown."""
        return next(section for section, button in self._buttons.items() if button.isChecked())

    def add_current(self) -> None:
        """Adds the chosen entry, or says why it cannot be."""
        index = self.list.currentIndex()
        entry = self.model.entry(index)
        if entry is None:
            return
        refusal = index.data(REFUSAL)
        if refusal:
            self._say(f"{entry.name} cannot be added: {refusal}.", "warning")
            return
        try:
            add_from_catalogue(self._document, entry.kind, entry.id)
        except PlanError as error:
            said = (f"{p.text[0].upper()}{p.text[1:]}. {p.remedy}".strip() for p in error.problems)
            self._say(" ".join(said), "warning")

    def _make_header(self) -> QWidget:
        header = QWidget()
        row = QHBoxLayout(header)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(8)
        title = Label("Catalogue", role="title")
        self.counts = Label(role="muted")
        self.counts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # the column may be narrow
        row.addWidget(title)
        row.addWidget(self.counts, 1)
        return header

    def _make_search(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 5, 0)  # the list alone reaches into the margin, with its scroll bar
        row.addWidget(self.search)
        return row

    def _make_sections(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 5, 0)
        row.setSpacing(2)
        group = QButtonGroup(self)
        self._buttons: dict[str, QToolButton] = {}
        for section, label in SECTIONS.items():
            button = QToolButton()
            button.setText(label)
            button.setCheckable(True)
            button.setChecked(section == CHIPS)
            button.setAccessibleName(f"Catalogue: {label.lower()}")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setStyleSheet("padding: 4px 1px;")
            button.setMinimumWidth(QFontMetrics(font()).horizontalAdvance(label) + 4)  # the style asks for more
            group.addButton(button)
            row.addWidget(button)
            self._buttons[section] = button
        group.buttonClicked.connect(self._narrow)
        return row

    def _make_list(self) -> QListView:
        view = QListView()
        view.setUniformItemSizes(True)
        dress_list(view, "Catalogue entries")
        view.setModel(self.model)
        self._delegate = CatalogueDelegate(view)
        self._delegate.add_requested.connect(self.add_current)
        view.setItemDelegate(self._delegate)
        view.setDragEnabled(True)
        view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        view.setDefaultDropAction(Qt.DropAction.CopyAction)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.doubleClicked.connect(self.add_current)
        view.selectionModel().currentChanged.connect(self._current_changed)
        return view

    def _narrow(self) -> None:
        self.model.show(self.section, self.search.text())
        self.about.show_entry(self.model.entry(self.list.currentIndex()))
        matches = self.model.matches()
        if not self._loaded or matches[self.section]:
            self.message.hide()
            return
        others = [f"{count} in {SECTIONS[s]}" for s, count in matches.items() if count]
        found = f" There are {', '.join(others)}." if others else ""
        self._say(f"Nothing in {SECTIONS[self.section]} matches.{found}")

    def _say(self, text: str, role: str = "muted") -> None:
        self.message.setProperty("role", role)
        self.message.style().polish(self.message)
        self.message.setText(text)
        self.message.show()

    def _current_changed(self, current: QModelIndex) -> None:
        if current.isValid():
            self.message.hide()
        self.about.show_entry(self.model.entry(current))

    def _plan_changed(self, _: object, plan: object) -> None:
        self.model.set_currency(self._document.plan.settings.currency)

    def _show_menu(self, place: QPoint) -> None:
        if not self.list.indexAt(place).isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        action = menu.addAction("Add to the plan")
        action.setEnabled(not self.list.currentIndex().data(REFUSAL))
        action.triggered.connect(self.add_current)
        menu.popup(self.list.viewport().mapToGlobal(place))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._loaded:  # the window is seen first
            QTimer.singleShot(0, self, self.load)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if watched is self.list and event.key() in ENTER:
                self.add_current()
                return True
            if watched is self.search and event.key() in (*ENTER, Qt.Key.Key_Down) and self.model.rowCount():
                self.list.setCurrentIndex(self.model.index(0))
                self.list.setFocus()
                return True
        return super().eventFilter(watched, event)


class AboutEntry(QWidget):
    """Two lines: date and trust, and as much of the source as fits; the tooltip has all that is known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ""
        self.standing, self.source = Label(), Label()
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 2, 6, 2)
        column.setSpacing(0)
        for label in (self.standing, self.source):
            label.setProperty("role", "muted")
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            column.addWidget(label)
        self.hide()

    def show_entry(self, entry: Entry | None) -> None:
        """Tells of an entry; hides where none is chosen, or nothing is known of where it is from."""
        known = entry is not None and bool(entry.origin.source)
        self.setVisible(known)
        if known and entry is not None:
            self._source = entry.origin.source
            self.standing.setText(entry.origin.standing)
            self.standing.setVisible(bool(entry.origin.standing))
            self.setToolTip(wrapped(entry.tooltip))
            self._fit()

    def _fit(self) -> None:
        room = self.source.width()
        self.source.setText(self.source.fontMetrics().elidedText(self._source, Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
