"""The first page: plans to start from, the files that were open last, and an empty plan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.templates import load_template, template_names
from gigaplan.gui.files import recent
from gigaplan.gui.style.theme import icon
from gigaplan.gui.views.welcome.cards import RecentLine, TemplateCard
from gigaplan.gui.widgets.texts import Label, literal

WIDTH = 860
MOST = 5
"""Of the recent files; the File menu has all."""
ACROSS = 2
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -ACROSS, Qt.Key.Key_Down: ACROSS}


class WelcomePage(QWidget):
    """What the window shows when no plan was asked for."""

    template_chosen = Signal(str)
    """The name of the template to start from."""
    open_requested = Signal(str)
    """A file to open; empty: ask which."""
    new_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Welcome")
        self._filled = False
        self._to_preview: list[TemplateCard] = []
        self.cards: list[TemplateCard] = []
        self.lines: list[RecentLine] = []
        inside = QWidget()
        inside.setMaximumWidth(WIDTH)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(20, 44, 20, 32)
        self._column.setSpacing(10)
        self._add_title()
        self._recent_box = QVBoxLayout()
        self._recent_box.setSpacing(0)
        self._column.addLayout(self._recent_box)
        self._add_templates()
        self._column.addStretch(1)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inside, 1000)
        row.addStretch(1)
        self._scroll = scroll = QScrollArea(widgetResizable=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(middle)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        self.refresh()

    def refresh(self) -> None:
        """Reads the recent files anew; the page does so itself whenever it is shown."""
        while item := self._recent_box.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.lines = []
        files = recent.paths()[:MOST]
        if files:
            self._recent_box.addWidget(_group("RECENT"))
        for path in files:
            line = RecentLine(path)
            line.clicked.connect(self._open_recent)
            self._recent_box.addWidget(line)
            self.lines.append(line)
        if files:
            self._recent_box.addWidget(Label(""))

    def _add_title(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(14)
        sign = Label()
        sign.setPixmap(icon("gigaplan").pixmap(QSize(48, 48)))
        words = QVBoxLayout()
        words.setSpacing(2)
        title = Label("Gigaplan")
        title.setStyleSheet("font-size: 26px; font-weight: 600;")
        about = Label("Which chips, from whom, under which contract, at which site, in which quarter.", role="muted")
        about.setStyleSheet("font-size: 13px;")
        words.addWidget(title)
        words.addWidget(about)
        self.open_button = QPushButton("Open…")
        self.open_button.setToolTip(literal(f"Open a plan file ({_keys(QKeySequence.StandardKey.Open)})"))
        self.open_button.clicked.connect(self._open_any)
        self.new_button = QPushButton("New plan…")
        keys = _keys(QKeySequence.StandardKey.New)
        self.new_button.setToolTip(literal(f"Four questions, and a plan that is solved; or an empty plan ({keys})"))
        self.new_button.clicked.connect(self.new_requested)
        head.addWidget(sign)
        head.addLayout(words, 1)
        head.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.new_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self._sign = sign
        self._column.addLayout(head)
        self._column.addSpacing(22)

    def _add_templates(self) -> None:
        self._column.addWidget(_group("START FROM A PLAN THAT IS SOLVED"))
        grid = QGridLayout()
        grid.setSpacing(14)
        for k, template in enumerate(template_names()):
            card = TemplateCard(template)
            card.clicked.connect(self._choose)
            card.installEventFilter(self)
            self.cards.append(card)
            grid.addWidget(card, k // ACROSS, k % ACROSS)
        for column in range(ACROSS):
            grid.setColumnStretch(column, 1)
        self._column.addLayout(grid)
        self._column.addSpacing(18)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrow keys go from card to card as they lie."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched in self.cards:
            step = STEPS.get(Qt.Key(event.key()))
            if step is not None:
                to = self.cards.index(watched) + step
                if 0 <= to < len(self.cards):
                    self.cards[to].setFocus(Qt.FocusReason.TabFocusReason)
                    self._scroll.ensureWidgetVisible(self.cards[to])
                return True
        return super().eventFilter(watched, event)

    def _choose(self) -> None:
        card = self.sender()
        if isinstance(card, TemplateCard):
            self.template_chosen.emit(card.name)

    def _open_any(self) -> None:
        self.open_requested.emit("")

    def _open_recent(self) -> None:
        line = self.sender()
        if isinstance(line, RecentLine):
            self.open_requested.emit(str(line.path))

    def _draw_next_preview(self) -> None:
        if not self._to_preview:
            return
        card = self._to_preview.pop(0)
        try:
            card.show_plan(load_template(card.name))
        except (PlanError, OSError) as error:
            card.refuse(str(error))
        QTimer.singleShot(0, self, self._draw_next_preview)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
        if not self._filled:
            # One plan is read at a time, after the page is on the screen.
            self._filled = True
            if self.cards:
                self.cards[0].setFocus()
            self._to_preview = list(self.cards)
            QTimer.singleShot(0, self, self._draw_next_preview)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_sign"):
            self._sign.setPixmap(icon("gigaplan").pixmap(QSize(48, 48)))
        super().changeEvent(event)


def _group(text: str) -> QLabel:
    label = Label(text, role="group")
    label.setContentsMargins(0, 0, 0, 4)
    return label


def _keys(standard: QKeySequence.StandardKey) -> str:
    return QKeySequence(standard).toString(QKeySequence.SequenceFormat.NativeText)
