"""Where analyses of many cases run: this computer, or the workers of a cluster, in a dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.text import counted
from gigaplan.gui.jobs.cluster_address import address, set_address
from gigaplan.gui.jobs.decision_job import DecisionQuestion, answered
from gigaplan.gui.jobs.worker import Worker
from gigaplan.gui.widgets.dialog_buttons import Foot
from gigaplan.gui.widgets.texts import Label

if TYPE_CHECKING:
    from gigaplan.engine.analysis.decisions.job import Answered

ABOUT = (
    "The address of a Dask scheduler, as tcp://127.0.0.1:8786 or tls://host:8786. Samples, losses, frontiers and plans "
    "held in worlds are then solved by its workers, with the same results. It is kept on this computer, in no plan."
)
LOOKING = "Looking for the scheduler \N{HORIZONTAL ELLIPSIS}"


class ClusterDialog(QDialog):
    """Takes the address of a scheduler that answers, or says in a sentence why it does not."""

    def __init__(self, plan: Plan, window: QWidget) -> None:
        super().__init__(window)
        self.setWindowTitle("Cluster")
        self.setMinimumWidth(460)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._plan = plan
        self.line = QLineEdit(address())
        self.line.setAccessibleName("Address of the scheduler")
        self.line.setPlaceholderText("this computer alone")
        self.said = Label(wordWrap=True)
        self.task = Worker("cluster", answered, self)
        self.task.answer.connect(lambda question, word: self._take(question.given[0], word))
        self.task.failed.connect(lambda _, why: self._end(why))
        foot = Foot(self, "Use it", self._use)
        self.use_button = foot.main
        self.alone_button = foot.add("Use this computer alone", self._use_none)
        layout = QVBoxLayout(self)
        for widget in (Label(ABOUT, role="muted", wordWrap=True), self.line, self.said, foot):
            layout.addWidget(widget)

    def _use(self) -> None:
        """Looks whether the scheduler is there before its address is taken."""
        text = self.line.text().strip()
        if not text:
            self._use_none()
            return
        from gigaplan.engine.analysis.cluster import reached

        self.use_button.setEnabled(False)
        self.said.setText(LOOKING)
        self.task.ask(DecisionQuestion(reached, self._plan, (text,)))

    def _use_none(self) -> None:
        set_address("")
        self.accept()

    def _take(self, text: str, word: Answered) -> None:
        if word.refusal:
            self._end(word.refusal)
            return
        set_address(text)
        self._end(f"{counted(word.found, 'thread')} of its workers solve cases from now on.")

    def _end(self, text: str) -> None:
        self.use_button.setEnabled(True)
        self.said.setText(text)

    def done(self, result: int) -> None:
        self.task.stop()
        super().done(result)
