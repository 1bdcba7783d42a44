"""Bars over a plan that is large: too large to be solved beside every edit, or of thousands of cards to be drawn."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject

from gigaplan.engine.plan.new_grid import on_grid
from gigaplan.engine.plan.schema import Settings
from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.size import LIVE, coarser, coarser_in_words, too_large
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.text.number_format import plain
from gigaplan.gui.views.canvas.scene import MapScene
from gigaplan.gui.window.notices import Bars

LARGE, CARDS = "large", "cards"
UNWEIGHED = "For a plan of this size, what one more of each limit is worth is not worked out."


class LargePlans(QObject):
    """Says how large such a plan is, and solves it when a person chooses so, or makes its periods longer."""

    def __init__(self, bars: Bars, document: Document, planner: Planner) -> None:
        super().__init__(bars)
        self._bars, self._document, self._planner = bars, document, planner
        planner.result_changed.connect(self._show)
        planner.state_changed.connect(self._follow)

    def _show(self, result: Result) -> None:
        if result.status == "too_large":
            why = result.problems[-1]
            longer = [(f"Plan in {name}", partial(self._plan_in, name, grid))
                      for name, (grid, _) in coarser(result.plan).items()]  # fmt: skip
            said = f"{why.text}. {coarser_in_words(result.plan)}".rstrip()
            self._bars.tell(LARGE, said, (*longer, ("Solve anyway", self._planner.solve_anyway)))
        elif result.allocation is not None and too_large(result.plan, LIVE):
            self._bars.tell(LARGE, UNWEIGHED, (("Close", lambda: self._bars.drop(LARGE)),))
        else:
            self._bars.drop(LARGE)

    def _plan_in(self, name: str, grid: Settings) -> None:
        """Gives the plan longer periods: one edit, which can be undone."""
        self._document.apply(on_grid(self._document.base, grid)[0], f"Plan in {name}", in_base=True)

    def _follow(self, state: str) -> None:
        if state == "solving" or self._planner.result is None:
            self._bars.drop(LARGE)


class ManyCards(QObject):
    """Says how far the map of a plan of thousands of cards is drawn; a person can stop that, and go on."""

    def __init__(self, bars: Bars, scene: MapScene) -> None:
        super().__init__(bars)
        self._bars, self._scene = bars, scene
        self._drawn = self._all = 0
        scene.growing.connect(self._tell)

    def _tell(self, drawn: int, count: int) -> None:
        self._drawn, self._all = drawn, count
        bar = self._bars.get(CARDS)
        if drawn >= count:
            self._bars.drop(CARDS)
        elif bar is not None and "Stop" in bar.buttons:
            bar.label.setText(self._words())
        else:  # over the foot of the page: a bar above it would have the map laid out anew
            self._bars.tell_done(CARDS, self._words(), (("Stop", self._stop),))

    def _words(self) -> str:
        return f"Drawing the map: {plain(self._drawn, 9)} of {plain(self._all, 9)} cards"

    def _stop(self) -> None:
        self._scene.stop_growing()
        text = f"The map shows {plain(self._drawn, 9)} of {plain(self._all, 9)} cards."
        self._bars.tell_done(CARDS, text, (("Draw the rest", self._go_on),))

    def _go_on(self) -> None:
        self._bars.drop(CARDS)
        self._scene.grow()
