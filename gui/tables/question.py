"""A question about a file that only a person can answer: which sheet, which encoding. It stands for the grid."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QPushButton, QVBoxLayout, QWidget

from gui.tables.file_work import Question
from gui.tables.stand_in import StandIn
from gui.texts import Label


class QuestionPage(StandIn):
    """Shows a question with its answers; Enter or a double click takes one."""

    answered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.question: Question | None = None
        self.title = Label(wordWrap=True)
        self.title.setProperty("role", "title")
        self.list = QListWidget()
        self.list.setAccessibleName("Answers")
        self.list.itemActivated.connect(self._take)
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.cancelled)
        self.take = QPushButton("Read it", default=True)
        self.take.clicked.connect(self._take)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)

    def ask(self, question: Question) -> None:
        """Shows a question, its first answer chosen."""
        self.question = question
        self.title.setText(question.text)
        self.setAccessibleName(question.text)
        self.list.clear()
        self.list.addItems([text for _, text in question.choices])
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _take(self, *_: object) -> None:
        row = self.list.currentRow()
        if self.question is not None and row >= 0:
            self.answered.emit(self.question.choices[row][0])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)
