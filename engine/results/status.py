"""What an answer can be: each status in a word, in a sentence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class StatusWords:
    """How a status is told."""

    short: str
    """In a word or two, as after "the plan is"; lower case."""
    sentence: str
    """What happened, without a full stop."""
    exit_code: int
    """What `gigaplan solve` ends with."""
    remedy: str = ""
    """What to do about it, as sentences; empty where nothing needs doing."""
    tone: Literal["good", "muted", "warning", "error"] = "error"

    @property
    def clause(self) -> str:
        """The sentence within a line: lower case."""
        return self.sentence[:1].lower() + self.sentence[1:]


STATUS: dict[str, StatusWords] = {
    "optimal": StatusWords("optimal", "Solved to optimality", 0, tone="good"),
    "not_proven": StatusWords(
        "not proven",
        "A plan was found, and a cheaper one may exist",
        4,
        "Give the solver more time, or ask for a smaller gap.",
        "warning",
    ),
    "infeasible": StatusWords(
        "infeasible", "No plan meets every limit", 3, "Loosen a policy, or allow more power, supply or sites."
    ),
    "unbounded": StatusWords(
        "unbounded",
        "The cost has no lower bound",
        3,
        "Look for an electricity price below zero, or a discount that outweighs a price.",
    ),
    "time_limit": StatusWords(
        "time limit reached",
        "The solver reached its time limit before it had a plan",
        4,
        "Give it more time. Use fewer periods, or fewer optional agreements and ports.",
        "warning",
    ),
    "cancelled": StatusWords("cancelled", "The solve was cancelled", 4, "Solve again with F5.", "warning"),
    "too_large": StatusWords(
        "too large",
        "The plan is too large to solve",
        4,
        "Solve it anyway, or use fewer or longer periods, or fewer sites, offers and workloads.",
        "warning",
    ),
    "error": StatusWords(
        "not solved",
        "The plan could not be solved",
        1,
        "Fix the errors under Problems. Where there are none, undo the last edit and see the log.",
    ),
    "refused": StatusWords("value not allowed", "An input gets a value that it cannot have", 2),
}
"""By `Status` of the solver, and `refused` for a case whose inputs are no plan."""

NO_WORK = StatusWords(
    "no work yet",
    "There is nothing to plan yet",
    0,
    "Add work to be done, chips and a site.",
    "muted",
)
"""How an optimum of a plan without workloads is told: it is no answer to anything."""
