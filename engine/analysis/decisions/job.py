"""An analysis of decisions in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from gigaplan.engine.analysis.cluster import NoCluster, sentence, within
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.solve.subprocess_job import Answer, Job


class Answered(Struct, frozen=True):
    """The last word of the process."""

    found: Any = None
    refusal: str = ""
    """Why nothing was found, in words."""


class DecisionJob(Job):
    """Runs `work(plan, *given, progress)` in a process of its own, which `cancel` ends at once; its cases on a cluster
    where that has an address.

    `wait` gives (how far it is, 0 to 1, and at what), and at last an Answered.
    """

    def __init__(self, work: Callable[..., Any], plan: Plan, *given: Any, cluster: str = "") -> None:
        super().__init__(_run, work, plan, given, cluster)

    def wait(self, seconds: float) -> Answered | tuple[float, str] | None:
        """The next word; None where there is none in time. Raises EOFError where the process died."""
        word: Answered | tuple[float, str] | None = self.hear(seconds)
        return word


def _run(answer: Answer, work: Callable[..., Any], plan: Plan, given: tuple[Any, ...], cluster: str) -> None:
    try:
        with within(cluster):
            found = Answered(work(plan, *given, progress=lambda part, what: answer.send((part, what))))
    except NoCluster as error:
        found = Answered(refusal=sentence(error))
    except PlanError as error:
        found = Answered(refusal=str(error.problems[0]))
    answer.send(found)
