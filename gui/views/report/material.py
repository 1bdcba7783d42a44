"""What a report is made from: a plan as it stood at one moment, its answer, and where both are from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from PySide6.QtCore import QDate, QLocale

from gigaplan.engine.analysis.infeasibility.remedies import Diagnosis
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.results.result import Result
from gigaplan.gui.jobs.risk_job import Tried


def day_words(day: datetime) -> str:
    """A day as a report says it: 22 November 2026."""
    return QLocale.c().toString(QDate(day.year, day.month, day.day), "d MMMM yyyy")


@dataclass(frozen=True)
class Material:
    """One plan, solved, with what is known of its file and of its scenarios."""

    plan: Plan
    result: Result
    """Of this plan, never of an older one."""
    made: datetime
    file: str = ""
    """The name of its file and its revision; empty where it has none."""
    is_edited: bool = False
    """Whether it holds edits that its file does not."""
    scenarios: dict[str, Result] = field(default_factory=dict)
    """The answers of those scenarios that are solved for this plan."""
    warnings: tuple[Problem, ...] = ()
    """What was found wrong with its file."""
    diagnosis: Diagnosis | None = None
    """Why no plan meets every limit, where that is so."""
    tried: Tried | None = None
    """What was found of its uncertain inputs; None where nobody looked."""

    @property
    def is_solved(self) -> bool:
        """Whether there are figures."""
        return self.result.status == "optimal"

    @property
    def currency(self) -> str:
        """The currency of the plan."""
        return self.plan.settings.currency

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the plan as JSON, which the workbook gives too."""
        return hashlib.sha256(to_json(self.plan)).hexdigest()

    def names(self, table: str) -> dict[str, str]:
        """Ids and names of the rows of a table."""
        return {row.id: row.name or row.id for row in getattr(self.plan, table)}
