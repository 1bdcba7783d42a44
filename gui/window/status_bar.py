"""The line at the foot of the window: the state of the solve, its size, problems, and the plan's frame."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QEvent, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.results.result import Result
from gigaplan.engine.results.status import NO_WORK, STATUS
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.style.theme import tokens
from gigaplan.gui.text import number_format
from gigaplan.gui.widgets.texts import ElidedLabel, Label, literal

FLAT = (
    "QPushButton { color: SHADE; background: transparent; border: 1px solid transparent; padding: 1px 4px;"
    " font-size: 12px; } QPushButton:hover, QPushButton:focus { border-color: LINE; }"
)


class StatusLine(QWidget):
    """Follows the planner and the document."""

    problems_wanted = Signal()

    def __init__(self, document: Document, planner: Planner, lateness: Lateness, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._planner = planner
        self._state = Label()
        self._proof = Label()
        self._problems = QPushButton()
        self._problems.setFlat(True)
        self._problems.setAccessibleName("Problems of the plan")
        self._problems.clicked.connect(self.problems_wanted)
        self._cancel = QPushButton("Cancel")
        self._cancel.setFlat(True)
        self._cancel.clicked.connect(planner.cancel)
        self._cancel.hide()
        self._saved = Label()
        self._trouble = Label(role="warning")
        self.step = ElidedLabel("", "muted")
        """What the last undo or redo changed."""
        self._tip = ElidedLabel("", "muted")
        self._tip.hide()
        self._frame = ElidedLabel("", "muted")
        for label in (self._proof, self._saved):
            label.setProperty("role", "muted")
        self._tone = self._problems_tone = "muted"
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=1000)
        self._tick.timeout.connect(self._say_elapsed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(18)
        for widget in (self._state, self._cancel, self._proof, self._problems, self._saved, self._trouble):
            layout.addWidget(widget)
        layout.addWidget(self.step, 1)
        layout.addWidget(self._tip, 1)
        layout.addWidget(self._frame)
        self.setFixedHeight(28)
        planner.state_changed.connect(self._follow)
        planner.result_changed.connect(self._show)
        lateness.changed.connect(self._solving)
        planner.proof_changed.connect(self._proof.setText)
        document.changed.connect(self._show_frame)
        document.file_changed.connect(self._show_file)
        document.drafted.connect(self._show_file)
        self.show_problems(0, 0)
        self._show_frame()
        self._show_file()

    def show_trouble(self, text: str) -> None:
        """Says what is wrong with keeping the edits safe; an empty text is all well."""
        self._trouble.setText(text)

    def show_tip(self, text: str) -> None:
        """Says what the entry of a menu does that is pointed at; with an empty text, the last step again."""
        self._tip.set_words(text)
        self._tip.setVisible(bool(text))
        self.step.setHidden(bool(text))

    def show_problems(self, errors: int, warnings: int) -> None:
        """Shows how many problems there are."""
        counts = [f"{n} {noun}{'s' if n > 1 else ''}" for n, noun in ((errors, "error"), (warnings, "warning")) if n]
        self._problems.setText("▲ " + ", ".join(counts) if counts else "No problems")
        self._problems_tone = "error" if errors else "warning" if warnings else "muted"
        self._tint()

    def _follow(self, state: str) -> None:
        if state == "solving":
            return
        self._cancel.hide()
        if state == "cancelled":
            self._say(f"○ cancelled: {self._whose() or 'F5 solves the plan'}", "warning")

    def _solving(self, late: bool) -> None:
        if not late or self._planner.state != "solving":
            return
        self._cancel.show()
        self._since.start()
        self._tick.start()
        self._say_elapsed()

    def _say_elapsed(self) -> None:
        """Says for how long it has been solved, from a second on."""
        if self._planner.state != "solving":
            self._tick.stop()
            return
        seconds = self._since.elapsed() // 1000
        said = [f"{seconds}{number_format.THIN}s" if seconds else "", self._planner.stage, self._whose()]
        self._say(f"◌ solving … {', '.join(filter(None, said))}".rstrip(), "warning")

    def _whose(self) -> str:
        """Whose figures are shown meanwhile; empty where there are none."""
        return "" if self._planner.result is None else "figures are from an earlier plan"

    def _show(self, result: Result) -> None:
        if result.words is NO_WORK:
            self._say(f"○ {NO_WORK.clause}", NO_WORK.tone)
            self._state.setToolTip(literal(NO_WORK.remedy))
        elif result.status == "optimal" and result.solution is not None and result.program is not None:
            solve = max(1, round(result.solution.seconds * 1000))
            self._say(f"● optimal in {solve}{number_format.THIN}ms", "good")
            columns, rows = len(result.program.cost), len(result.program.row_upper)
            counted = number_format.counted_plain
            size = f"{counted(columns, 'decision')} and {counted(rows, 'limit')}"
            proven = f"The least cost over {size} was found, and proven to be the least."
            held = f"The least cost over {size}, with {result.decided} as before: others may cost less."
            self._state.setToolTip(literal(held if result.integers == "held" else proven))
        else:
            status = STATUS[result.status]
            self._say(f"{'○' if result.status == 'cancelled' else '●'} {status.clause}", status.tone)
            self._state.setToolTip("")

    def _say(self, text: str, tone: str) -> None:
        self._state.setText(text)
        if tone != self._tone:
            self._tone = tone
            self._tint_state()

    def _show_frame(self, *_: object) -> None:
        settings = self._document.plan.settings
        labels = Timeline.of(settings).labels
        rate = number_format.percent(settings.discount_rate)
        self._frame.set_words(f"{settings.currency}, nominal · discount {rate} · {labels[0]} to {labels[-1]}")

    def _show_file(self) -> None:
        if self._document.draft is not None:
            self._saved.setText("editing …")
        elif self._document.is_dirty:
            self._saved.setText("not saved")
        else:
            self._saved.setText("saved" if self._document.path else "")

    def _tint(self) -> None:
        """Takes the colours of the appearance in force."""
        t = tokens()
        self._tint_state()
        shade = getattr(t, self._problems_tone)
        self._problems.setStyleSheet(FLAT.replace("SHADE", shade).replace("LINE", t.accent))
        self._cancel.setStyleSheet(FLAT.replace("SHADE", t.accent).replace("LINE", t.accent))

    def _tint_state(self) -> None:
        """What every solve changes: style sheets are dear, and the others stay."""
        self._state.setStyleSheet(f"color: {getattr(tokens(), self._tone)}; font-size: 12px; font-weight: 600;")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_tone"):
            self._tint()
