"""The card that ranks scenarios, and the causes within them, by what they change: in one tornado."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gigaplan.engine.analysis.waterfall import WaterfallStep
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.gui.charting.figure import Figure
from gigaplan.gui.charting.ranking import Ranked, RankPlot
from gigaplan.gui.charting.save_button import SaveButton
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.scenario_job import ScenarioResults
from gigaplan.gui.present.compare_figures import Compared
from gigaplan.gui.present.scenario_words import moves_words, signed_money
from gigaplan.gui.text.clipboard import sheet_text
from gigaplan.gui.views.compare.waterfall import overrides_of
from gigaplan.gui.widgets.cards import CopiedCard, note, title
from gigaplan.gui.widgets.checkbox import CheckBox
from gigaplan.gui.widgets.combo import Combo

CHOICES = ("tco_usd", "npv_usd", "objective_usd")
MOST = 30
"""Rows that are drawn."""
ROOM = 210
"""Pixels that the longest name of a figure takes."""
ABOUT = "Against the base, the largest first. Causes are overrides, applied in order."


class RankCard(CopiedCard):
    """All scenarios of the plan; with causes, what each of their overrides changes, too."""

    chosen = Signal(str)
    """The scenario of a row that a person chose."""

    def __init__(self, document: Document, provider: ScenarioResults, parent: QWidget | None = None) -> None:
        super().__init__("What changes most", parent)
        self._document, self._provider = document, provider
        self._plan: Plan | None = None
        self._base: Compared | None = None
        self._entries: list[Compared] = []
        self._steps: dict[tuple[str, str], tuple[object, tuple[WaterfallStep, ...] | str]] = {}
        """With the optimum of the scenario that they are of."""
        self.measure = Combo("Figure to rank by", 14)
        for kpi in CHOICES:
            self.measure.addItem(KPIS[kpi].label, kpi)
        self.causes = CheckBox("With causes")
        self.plot = RankPlot()
        self.save = SaveButton("Ranking", self.figure, lambda: f"{document.name}-ranking")
        self.words, self.said = note("muted"), note("error", visible=False)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(title("What changes most"))
        row.addStretch(1)
        self.measure.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.measure.setMaximumWidth(ROOM)
        row.addWidget(self.measure, 2)
        for widget in (self.causes, self.save):
            row.addWidget(widget)
        lines = QVBoxLayout(self)
        lines.setContentsMargins(14, 10, 14, 10)
        lines.setSpacing(6)
        lines.addLayout(row)
        for part in (self.plot, self.words, self.said):
            lines.addWidget(part)
        self.measure.activated.connect(self._redraw)
        self.causes.toggled.connect(self._redraw)
        self.plot.chosen.connect(self.chosen)
        self.save.failed.connect(self._say)
        provider.explained.connect(self._take)

    def show_entries(self, plan: Plan, base: Compared, entries: list[Compared]) -> None:
        """Ranks these scenarios."""
        self._plan, self._base, self._entries = plan, base, entries
        self._redraw()

    def _redraw(self, *_: object) -> None:
        ranked, fresh = self._ranked(), all(e.fresh for e in (*self._entries, *([self._base] if self._base else [])))
        self.plot.show_ranked(ranked[:MOST], not fresh)
        self.plot.setVisible(bool(ranked))
        waiting = [e.name for e in self._entries if e.result is None]
        failed = [e.name for e in self._entries if e.result is not None and not e.solved]
        said = [ABOUT] if ranked else []
        said += [f"{len(ranked) - MOST} more are not drawn."] if len(ranked) > MOST else []
        said += [f"Without an optimum: {', '.join(failed[:3])}{' …' if failed[3:] else ''}."] if failed else []
        self.words.setText(" ".join([*said, *(["Solving …"] if waiting or self._lacking() else [])]))

    def _ranked(self) -> tuple[Ranked, ...]:
        base, plan, measure = self._base, self._plan, self.measure.currentData()
        if base is None or plan is None or base.result is None or not base.solved:
            return ()
        found = []
        for entry in self._entries:
            if entry.result is None or not entry.solved:
                continue
            step = float(entry.result.kpis[measure]) - float(base.result.kpis[measure])
            found.append(self._row(plan, entry, entry.name, "", step))
            if self.causes.isChecked():
                known, there = self._known(entry), overrides_of(plan, entry.id)
                for each in known if isinstance(known, tuple) else ():
                    words = moves_words(plan, [there[k] for k in each.overrides if k < len(there)])
                    found.append(self._row(plan, entry, words, entry.name, each.value))
                if known is None and base.fresh and entry.fresh:
                    self._provider.explain(entry.id, measure)
        return tuple(sorted(found, key=lambda each: -abs(each.value)))

    def _row(self, plan: Plan, entry: Compared, words: str, of: str, value: float) -> Ranked:
        return Ranked(entry.id, words[:200], of, value, signed_money(value, plan.settings.currency))

    def _known(self, entry: Compared) -> tuple[WaterfallStep, ...] | str | None:
        assert entry.result is not None
        solution, steps = self._steps.get((entry.id, self.measure.currentData()), (None, None))
        return steps if solution is not None and solution is entry.result.solution else None

    def _lacking(self) -> bool:
        return self.causes.isChecked() and any(e.solved and self._known(e) is None for e in self._entries)

    def _take(self, id: str, measure: str, answer: tuple[WaterfallStep, ...] | str) -> None:
        entry = next((e for e in self._entries if e.id == id and e.result is not None), None)
        if entry is not None and entry.result is not None:
            self._steps[id, measure] = entry.result.solution, answer
            if self.causes.isChecked():
                self._redraw()

    def text(self, separator: str = "\t") -> str:
        currency = self._document.base.settings.currency
        rows: list[list[object]] = [["What", "Scenario", f"Difference, {currency}"]]
        names = {e.id: e.name for e in self._entries}
        return sheet_text([*rows, *([r.words, names.get(r.id, ""), r.value] for r in self._ranked())], separator)

    def figure(self) -> Figure | None:
        """The ranking as it stands; None while there is none."""
        if not self.plot.ranked:
            return None
        stale = "; out of date" if self.plot.dimmed else ""
        return Figure(
            f"{self.measure.currentText()}: what changes most", "difference to the base", self.plot.size(),
            self.plot.paint, (), f"{self._document.name}{stale}. {ABOUT}", self.text(","),
        )  # fmt: skip

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
