"""A quiet line below the key figures, where the choice between two platforms lies within what is known of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from gigaplan.engine.results.result import Result
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.present.throughput_words import BANDS_TIP, open_choice_words, open_choices_words
from gigaplan.gui.widgets.texts import ElidedLabel, literal, wrapped

HEIGHT = 26


class OpenChoices(QFrame):
    """Says the first of what `analysis.throughput_bands` found of a result, the rest in the tip; hidden while there is
    nothing to say. It waits for what is found of a newer plan, disabled, and so does not come and go with each edit."""

    risk_requested = Signal()
    """The throughputs were made uncertain: what that does is seen on the page Risk."""

    def __init__(self, document: Document, planner: Planner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document, self._planner = document, planner
        self.setAccessibleName("Open choices")
        self.said = ElidedLabel("", "muted")
        self.take = QToolButton()
        self.take.setText("Make throughputs uncertain")
        self.take.setStyleSheet("QToolButton { font-size: 12px; padding: 1px 6px; }")
        self.take.setToolTip(literal(BANDS_TIP))
        self.take.clicked.connect(self._add)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 1, 8, 1)
        row.addWidget(self.said, 1)
        row.addWidget(self.take)
        self.setFixedHeight(HEIGHT)
        self.hide()
        document.changed.connect(lambda *_: self.said.setEnabled(False))
        document.replaced.connect(self.hide)
        planner.result_changed.connect(self.refresh)

    def refresh(self, result: Result) -> None:
        """Shows what is known of a result; where that is nothing yet, what was known of the last one stays, dimmed."""
        known = result.open_choices
        if result.plan is not self._document.plan or not (known.is_complete or result.allocation is None):
            self.said.setEnabled(False)
            return
        self.said.setEnabled(True)
        found = list(known.found.values())
        self.setVisible(bool(found))
        if found:
            words = open_choice_words(result.plan, found[0])
            more = f" – and {len(found) - 1} more" if len(found) > 1 else ""
            self.said.set_words(f"{words}{more}")
            self.said.setToolTip(wrapped(open_choices_words(result.plan, found)))
            from gigaplan.engine.analysis.throughput_bands import not_uncertain_yet

            self.take.setVisible(bool(not_uncertain_yet(result.plan)))

    def _add(self) -> None:
        from gigaplan.gui.views.risk.adding import add_bands

        add_bands(self._document)
        self.risk_requested.emit()
