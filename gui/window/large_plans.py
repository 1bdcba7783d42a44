"""The bar over a plan that is too large to be solved beside every edit."""

from __future__ import annotations

from PySide6.QtCore import QObject

from gigaplan.engine.results.result import Result
from gigaplan.engine.solve.size import LIVE, too_large
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.window.notices import Bars

LARGE = "large"
UNWEIGHED = "For a plan of this size, what one more of each limit is worth is not worked out."


class LargePlans(QObject):
    """Says how large such a plan is, and solves it when a person chooses so."""

    def __init__(self, bars: Bars, planner: Planner) -> None:
        super().__init__(bars)
        self._bars, self._planner = bars, planner
        planner.result_changed.connect(self._show)
        planner.state_changed.connect(self._follow)

    def _show(self, result: Result) -> None:
        if result.status == "too_large":
            self._bars.tell(LARGE, f"{result.problems[-1].text}.", (("Solve anyway", self._planner.solve_anyway),))
        elif result.allocation is not None and too_large(result.plan, LIVE):
            self._bars.tell(LARGE, UNWEIGHED, (("Close", lambda: self._bars.drop(LARGE)),))
        else:
            self._bars.drop(LARGE)

    def _follow(self, state: str) -> None:
        if state == "solving" or self._planner.result is None:
            self._bars.drop(LARGE)
