"""The card that says what a difference of cost is made of: by part of the cost, or move by move."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gigaplan.engine.analysis.waterfall import WaterfallStep, by_component
from gigaplan.engine.plan.plan import Plan, find
from gigaplan.engine.plan.scenarios import whole
from gigaplan.engine.plan.schema import Override
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.results.result import Result
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.save_button import SaveButton
from gigaplan.gui.charting.waterfall import Bar, Waterfall, WaterfallPlot, component_bar
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.present.compare_figures import Compared
from gigaplan.gui.present.picture import GREY
from gigaplan.gui.present.scenario_words import moves_words
from gigaplan.gui.style import theme
from gigaplan.gui.style.colours import SPARE_COLOURS
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.text.explain_request import Asked, CauseOfMove, Key, Part
from gigaplan.gui.text.number_format import SYMBOLS, money
from gigaplan.gui.widgets.cards import CopiedCard, note, title
from gigaplan.gui.widgets.combo import Combo
from gigaplan.gui.widgets.texts import literal

CHOICES = ("tco_usd", "npv_usd", "objective_usd")
ORDER_WORDS = "Overrides are applied in order; their joint effect counts with the later one."
TINY = 5e-7
"""Steps smaller than this part of the totals are left out."""


@dataclass(frozen=True)
class _Answer:
    """The steps between two results, or why there are none."""

    base: Result
    other: Result
    overrides: tuple[Override, ...]
    steps: tuple[WaterfallStep, ...] | str

    def holds(self, base: Result, other: Result, overrides: tuple[Override, ...]) -> bool:
        """Whether it is the answer for these, too: for the same optima, perhaps told of other names."""
        same = overrides == self.overrides
        return same and self.base.solution is base.solution and self.other.solution is other.solution


def overrides_of(plan: Plan, scenario: str) -> tuple[Override, ...]:
    """The overrides of a scenario, with those that it inherits; none where it is not there."""
    row = find(plan, "scenarios", scenario)
    return () if row is None else whole(plan, row).overrides


class WaterfallCard(CopiedCard):
    """From the base to one scenario."""

    asked = Signal(object)
    """The figures (tuple of Asked) that a person wants explained."""
    menu_requested = Signal(object, str, QPoint)
    """Those that were right clicked, in words, and where on the screen."""

    def __init__(self, document: Document, provider: ScenarioResults, parent: QWidget | None = None) -> None:
        super().__init__("What makes the difference", parent)
        self._document = document
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._provider = provider
        provider.explained.connect(self._take)
        self._plan: Plan | None = None
        self._base: Compared | None = None
        self._entries: list[Compared] = []
        self._steps: dict[tuple[str, str], _Answer] = {}
        self._asked: tuple[object, ...] = ()
        self._dressed = ""
        self.plot = WaterfallPlot()
        self.plot.setAccessibleName("Waterfall; up and down choose a step, Enter explains it")
        self.plot.chosen.connect(self._explain)
        self.save = SaveButton("Waterfall", self.figure, lambda: f"{document.name}-difference")
        self.save.failed.connect(self._say)
        self.said, self.words = note("error", visible=False), note("muted")
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
        self.scenario = Combo("Scenario that is compared with the base", 8)
        self.scenario.activated.connect(self._redraw)
        self.measure = Combo("Figure to break down", 8)
        for kpi in CHOICES:
            self.measure.addItem(KPIS[kpi].label, kpi)
            self.measure.setItemData(self.measure.count() - 1, literal(KPIS[kpi].help), Qt.ItemDataRole.ToolTipRole)
        self.measure.activated.connect(self._redraw)
        self.by_part, self.by_move = QPushButton("By cost"), QPushButton("By override")
        self._ways = QButtonGroup(self)
        row.addWidget(title("What makes the difference"))
        row.addStretch(1)
        choices.addWidget(self.scenario, 3)
        choices.addWidget(self.measure, 3)
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

    def show_entries(self, plan: Plan, base: Compared, entries: list[Compared]) -> None:
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
    def _entry(self) -> Compared | None:
        id = self.scenario.currentData()
        return next((e for e in self._entries if e.id == id), None)

    def _redraw(self, *_: object) -> None:
        entry, base = self._entry, self._base
        self.plot.setVisible(False)
        self.words.setVisible(True)
        if entry is None or base is None or self._plan is None:
            self.words.setText("Choose a scenario to see what makes it differ from the base.")
        elif base.result is None or entry.result is None:
            self.words.setText("Solving …")
        elif not base.solved or not entry.solved:
            failed = entry if base.solved else base
            self.words.setText(f"{failed.name[:80]}: {failed.outcome.sentence} There is no difference to break down.")
        else:
            self._draw(self._plan, base, entry, self.measure.currentData())

    def _draw(self, plan: Plan, base: Compared, entry: Compared, measure: str) -> None:
        assert base.result is not None
        assert entry.result is not None
        fresh = base.fresh and entry.fresh
        note = KPIS[measure].help
        if self.by_part.isChecked():
            bars = [component_bar(s.key, s.value) for s in by_component(base.result, entry.result, measure)]
        else:
            kept = self._steps.get((entry.id, measure))
            if kept is None or not kept.holds(base.result, entry.result, overrides_of(plan, entry.id)):
                if fresh:
                    self._ask(base.result, entry, measure)
                self.words.setText("Solving, override by override …")
                return
            if isinstance(kept.steps, str):
                self.words.setText(kept.steps)
                return
            bars, note = self._move_bars(plan, entry.id, kept.steps), ORDER_WORDS
        start, end = float(base.result.kpis[measure]), float(entry.result.kpis[measure])
        bars = [b for b in bars if abs(b.value) > TINY * max(abs(start), abs(end))]
        currency = plan.settings.currency
        self.plot.show_picture(Waterfall("Base", start, entry.name, end, tuple(bars), currency), not fresh)
        self.plot.setVisible(True)
        if not bars:
            note = f"It does not change {KPIS[measure].label.lower()}."
        elif self.plot.is_cut:
            note = f"{note} The bars do not begin at zero."
        self.words.setText(note)

    def _move_bars(self, plan: Plan, id: str, steps: tuple[WaterfallStep, ...]) -> list[Bar]:
        there, bars = overrides_of(plan, id), []
        for step in steps:
            words = moves_words(plan, [there[k] for k in step.overrides if k < len(there)])
            colour = SPARE_COLOURS[0] if words else GREY
            bars.append(Bar(words, step.value, colour, overrides=step.overrides))
        return bars

    def _explain(self, row: int) -> None:
        """Asks where a total or a step comes from."""
        if asked := self._asked_of(row)[0]:
            self.asked.emit(asked)

    def _asked_of(self, row: int) -> tuple[tuple[Asked, ...], str]:
        """What a row stands for, and in words with its figure."""
        entry, picture = self._entry, self.plot.picture
        if entry is None or picture is None:
            return (), ""
        measure = self.measure.currentData()

        def said(words: str, value: float) -> str:
            return f"{words}: {money(value, picture.currency)}"

        if row == 0:
            return (Asked("", "Base", Key(measure)),), said(picture.first, picture.start)
        if row > len(picture.bars):
            return (Asked(entry.id, entry.name, Key(measure)),), said(picture.last, picture.end)
        bar = picture.bars[row - 1]
        made = CauseOfMove(measure, bar.label, bar.overrides, bar.value)
        figure = Part(measure, bar.key) if bar.key else made
        return (Asked(entry.id, entry.name, figure, is_step=True),), said(bar.label, bar.value)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row = self.plot.row_at(QPointF(self.plot.mapFrom(self, event.pos())))
        asked, words = self._asked_of(row) if row >= 0 else ((), "")
        if asked:
            self.menu_requested.emit(asked, words, event.globalPos())

    def _ask(self, base: Result, entry: Compared, measure: str) -> None:
        question = (base, entry.result, measure)
        if len(self._asked) != 3 or any(a is not b for a, b in zip(self._asked, question, strict=True)):
            self._asked = question
            self._provider.explain(entry.id, measure)

    def _take(self, id: str, measure: str, answer: tuple[WaterfallStep, ...] | str) -> None:
        entry = next((e for e in self._entries if e.id == id), None)
        if entry is None or self._base is None or entry.result is None or self._base.result is None:
            return
        assert self._plan is not None
        self._steps[id, measure] = _Answer(self._base.result, entry.result, overrides_of(self._plan, id), answer)
        self._asked = ()
        self._redraw()

    def text(self, separator: str = "\t") -> str:
        p = self.plot.picture
        if p is None:
            return ""
        steps = ((p.first, p.start), *((b.label, b.value) for b in p.bars), (p.last, p.end))
        return sheet_text([("Step", p.currency), *steps], separator)

    def figure(self) -> Figure | None:
        """The waterfall as it stands, to be copied or saved; None while there is none."""
        p = self.plot.picture
        if p is None or self.plot.isHidden():
            return None
        unit = "" if p.currency in SYMBOLS else f" {p.currency},"
        stale = "; out of date" if self.plot.dimmed else ""
        return Figure(
            title=f"{self.measure.currentText()}: from {p.first} to {p.last}",
            caption=f"{unit} {'by part of the cost' if self.by_part.isChecked() else 'by assumption'}".strip(),
            body=self.plot.size(),
            paint=self.plot.paint,
            keys=(),
            foot=f"{self._document.name}{stale}. {self.words.text()}",
            csv=self.text(","),
        )

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

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
