"""The card that says what a difference of cost is made of: by part of the cost, or move by move."""

from __future__ import annotations

import csv
import io

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.plan import Plan, find
from engine.results import Result
from engine.waterfall import Step, by_component
from gui import theme
from gui.compare.combo import Combo
from gui.compare.figures import MEASURES, Entry
from gui.compare.saving import SaveButton
from gui.compare.waterfall_plot import Bar, Waterfall, WaterfallPlot, component_bar
from gui.document import Document
from gui.kpi_text import exact
from gui.numbers import SYMBOLS
from gui.plots.figure import Figure
from gui.plots.picture import GREY
from gui.scenario_results import ScenarioResults
from gui.scenario_words import move_words

CHOICES = ("tco_usd", "npv_usd", "objective_usd")
ORDER_WORDS = "Moves are made one after another, in their order; what two of them do together falls to the later one."
TINY = 5e-7
"""Steps smaller than this part of the totals are left out."""


class WaterfallCard(QFrame):
    """From the base to one scenario."""

    def __init__(self, document: Document, provider: ScenarioResults, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.setProperty("card", True)
        self.setAccessibleName("What makes the difference")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._provider = provider
        provider.explained.connect(self._take)
        self._plan: Plan | None = None
        self._base: Entry | None = None
        self._entries: list[Entry] = []
        self._steps: dict[tuple[str, str], tuple[Result, Result, tuple[Step, ...] | str]] = {}
        self._asked: tuple[object, ...] = ()
        self._dressed = ""
        self.plot = WaterfallPlot()
        self.plot.setAccessibleName("Waterfall")
        self.save = SaveButton("Waterfall", self.figure, lambda: f"{document.name}-difference")
        self.save.failed.connect(self._say)
        self.said = QLabel(wordWrap=True, visible=False)
        self.said.setProperty("role", "error")
        self.words = QLabel(wordWrap=True)
        self.words.setProperty("role", "muted")
        layout = QGridLayout(self)
        layout.setContentsMargins(14, 10, 14, 10)
        layout.setVerticalSpacing(6)
        layout.addLayout(self._head(), 0, 0)
        layout.addWidget(self.plot, 1, 0)
        layout.addWidget(self.words, 2, 0)
        layout.addWidget(self.said, 3, 0)
        self._style()

    def _head(self) -> QVBoxLayout:
        head, row, choices = QVBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.setSpacing(6)
        row.setSpacing(6)
        choices.setSpacing(6)
        title = QLabel("What makes the difference")
        title.setProperty("role", "title")
        self.scenario = Combo("Scenario that is compared with the base", 8)
        self.scenario.activated.connect(self._redraw)
        self.measure = Combo("Figure that is taken apart", 8)
        for kpi in CHOICES:
            self.measure.addItem(MEASURES[kpi].label, kpi)
            self.measure.setItemData(self.measure.count() - 1, MEASURES[kpi].help, Qt.ItemDataRole.ToolTipRole)
        self.measure.activated.connect(self._redraw)
        self.by_part, self.by_move = QPushButton("By cost"), QPushButton("By assumption")
        self._ways = QButtonGroup(self)
        row.addWidget(title)
        row.addStretch(1)
        choices.addWidget(self.scenario, 3)
        choices.addWidget(self.measure, 2)
        choices.addStretch(1)
        for button in (self.by_part, self.by_move):
            button.setCheckable(True)
            self._ways.addButton(button)
            row.addWidget(button)
        row.addWidget(self.save)
        self.by_part.setChecked(True)
        self._ways.buttonToggled.connect(self._redraw)
        head.addLayout(row)
        head.addLayout(choices)
        return head

    def show_entries(self, plan: Plan, base: Entry, entries: list[Entry]) -> None:
        """Offers these scenarios, and draws the one that was chosen, or the first."""
        self._plan, self._base = plan, base
        others = [e for e in entries if e.id]
        if [(e.id, e.name) for e in others] != [(e.id, e.name) for e in self._entries]:
            chosen = self.scenario.currentData()
            self.scenario.clear()
            for entry in others:
                self.scenario.addItem(entry.name[:60], entry.id)
            self.scenario.setCurrentIndex(max(0, self.scenario.findData(chosen)))
        self._entries = others
        self._redraw()

    def show_scenario(self, id: str) -> None:
        """Chooses the scenario that is taken apart, where it is among those offered."""
        if self.scenario.findData(id) >= 0:
            self.scenario.setCurrentIndex(self.scenario.findData(id))
            self._redraw()

    @property
    def _entry(self) -> Entry | None:
        id = self.scenario.currentData()
        return next((e for e in self._entries if e.id == id), None)

    def _redraw(self, *_: object) -> None:
        entry, base = self._entry, self._base
        self.plot.setVisible(False)
        self.words.setVisible(True)
        if entry is None or base is None or self._plan is None:
            self.words.setText("Choose a scenario to see what makes it differ from the base.")
        elif base.result is None or entry.result is None:
            self.words.setText("Being solved …")
        elif not base.solved or not entry.solved:
            failed = entry if base.solved else base
            self.words.setText(f"{failed.name[:80]}: {failed.outcome.sentence} There is nothing to take apart.")
        else:
            self._draw(self._plan, base, entry, self.measure.currentData())

    def _draw(self, plan: Plan, base: Entry, entry: Entry, measure: str) -> None:
        assert base.result is not None
        assert entry.result is not None
        fresh = base.fresh and entry.fresh
        note = MEASURES[measure].help
        if self.by_part.isChecked():
            bars = [component_bar(s.key, s.value) for s in by_component(base.result, entry.result, measure)]
        else:
            kept = self._steps.get((entry.id, measure))
            if kept is None or kept[0] is not base.result or kept[1] is not entry.result:
                if fresh:
                    self._ask(base.result, entry, measure)
                self.words.setText("Being solved, move by move …")
                return
            if isinstance(kept[2], str):
                self.words.setText(kept[2])
                return
            bars, note = self._move_bars(plan, entry.id, kept[2]), ORDER_WORDS
        start, end = float(base.result.kpis[measure]), float(entry.result.kpis[measure])
        bars = [b for b in bars if abs(b.value) > TINY * max(abs(start), abs(end))]
        currency = plan.settings.currency
        self.plot.show_picture(Waterfall("Base", start, entry.name, end, tuple(bars), currency), not fresh)
        self.plot.setVisible(True)
        if not bars:
            note = f"Nothing in it changes {MEASURES[measure].label.lower()}."
        elif self.plot.is_cut:
            note = f"{note} The bars do not begin at zero."
        self.words.setText(note)

    def _move_bars(self, plan: Plan, id: str, steps: tuple[Step, ...]) -> list[Bar]:
        scenario = find(plan, "scenarios", id)
        bars = []
        for step in steps:
            overrides = [scenario.overrides[k] for k in step.overrides if k < len(scenario.overrides)]
            moves: dict[object, list] = {}
            for o in overrides:
                moves.setdefault((o.table, o.field, o.op, repr(o.value), o.periods), []).append(o)
            words = " and ".join(move_words(plan, together) for together in moves.values())
            bars.append(Bar(words, step.value, theme.SPARE_COLOURS[0] if words else GREY))
        return bars

    def _ask(self, base: Result, entry: Entry, measure: str) -> None:
        question = (base, entry.result, measure)
        if len(self._asked) != 3 or any(a is not b for a, b in zip(self._asked, question, strict=True)):
            self._asked = question
            self._provider.explain(entry.id, measure)

    def _take(self, id: str, measure: str, answer: tuple[Step, ...] | str) -> None:
        entry = next((e for e in self._entries if e.id == id), None)
        if entry is None or self._base is None or entry.result is None or self._base.result is None:
            return
        self._steps[id, measure] = (self._base.result, entry.result, answer)
        self._asked = ()
        self._redraw()

    def text(self, separator: str = "\t") -> str:
        """The steps with headers, in full precision: for a sheet (tab) or a CSV file (comma)."""
        from engine.exchange.csv_text import guarded

        p = self.plot.picture
        if p is None:
            return ""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        writer.writerow(["Step", p.currency])
        for label, value in ((p.first, p.start), *((b.label, b.value) for b in p.bars), (p.last, p.end)):
            writer.writerow([guarded(label), exact(value, separator)])
        return out.getvalue()

    def figure(self) -> Figure | None:
        """The waterfall as it stands, to be copied or saved; None while there is none."""
        p = self.plot.picture
        if p is None or self.plot.isHidden():
            return None
        money = "" if p.currency in SYMBOLS else f" {p.currency},"
        stale = "; out of date" if self.plot.dimmed else ""
        return Figure(
            title=f"{self.measure.currentText()}: from {p.first} to {p.last}",
            caption=f"{money} {'by part of the cost' if self.by_part.isChecked() else 'by assumption'}".strip(),
            body=self.plot.size(),
            paint=self.plot.paint,
            keys=(),
            foot=f"{self._document.name}{stale}. {self.words.text()}",
            csv=self.text(","),
        )

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)

    def _style(self) -> None:
        t = theme.tokens()
        if self._dressed == t.name:
            return
        self._dressed = t.name
        sheet = (
            f"QPushButton {{ border: 1px solid transparent; padding: 4px 10px; color: {t.muted}; }}"
            f"QPushButton:checked {{ background: {t.accent_soft}; color: {t.accent}; font-weight: 600; }}"
            f"QPushButton:focus {{ border-color: {t.accent}; }}"
        )
        self.by_part.setStyleSheet(sheet)
        self.by_move.setStyleSheet(sheet)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "plot"):
            self._style()
            self.plot.update()
        super().changeEvent(event)
