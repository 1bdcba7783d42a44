"""A problem with a plan, in a person's words, with the path to what is wrong."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Problem(Struct, frozen=True, kw_only=True):
    """Something in a plan that cannot be computed with (error) or that deserves a look (warning)."""

    severity: Literal["error", "warning"]
    path: str
    """Where it is, as in `offers[2].price_usd`."""
    text: str
    remedy: str = ""
    """What would put it right."""
    table: str = ""
    row: str = ""
    """The id of the row, where it has one."""
    field: str = ""

    def __str__(self) -> str:
        remedy = f" {self.remedy}" if self.remedy else ""
        return f"{self.path}: {self.text}.{remedy}" if self.path else f"{self.text}.{remedy}"


class PlanError(ValueError):
    """Input that is no plan: every problem found in it, one line each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
