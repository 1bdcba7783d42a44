"""What a kind of policy is: its rows in the program, and everything that checks, explanations and views say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class PolicyKind:
    """One kind of policy. Functions that tell of a row take its family and its place there."""

    name: str
    """As in the field `kind`; the families of its rows have the same name."""
    label: str
    """As a heading."""
    subject: str
    """As the subject of a sentence, before the policy's own name: `The budget`."""
    limits: Literal["share of each member", "sum of each plan year", "sum of each period", "part of the demand"]
    """What its limit is a limit of."""
    is_floor: bool = False
    """Whether it asks for at least so much, so that less of it saves and more costs."""
    worth_unit: str
    """The unit of the limit of which one more is worth something: USD, tCO2e, percentage point."""
    uses: frozenset[str] = frozenset()
    """Those of `dimension`, `scope`, `metric` and `reassign` that have a meaning in it."""
    requires: frozenset[str] = frozenset()
    """Those of them that may not be empty."""
    add_rows: Callable[[Draft, Policy], None]
    """Adds the rows of one policy to a program."""
    per_limit: Callable[[Inputs, Policy, Family], Floats] | None
    """[rows] by how much the bound of each row moves for 1 of the limit; None where rows do not move in proportion."""
    rule: Callable[[str, str, str], str]
    """The rule in words, from what it is about (a workload, `each workload`), the member and the metric."""
    reached: str
    """What is said where it binds: {name} is its own, {size} that of a fraction, {about} the member or workload."""
    called: Callable[[Policy, str], str]
    """What one is called until a person renames it, from the row and what it is about, which may be empty."""

    bound_per_unit: Callable[[Inputs], float] = lambda i: 1.0
    """By how much the bound of a row moves for one more of `worth_unit`, where limits are sums of each plan year."""

    @property
    def is_yearly(self) -> bool:
        """Whether its limit is one of each plan year, and of the plan as a whole."""
        return self.limits == "sum of each plan year"

    @property
    def is_fraction(self) -> bool:
        """Whether its limit is a fraction, 0 to 1."""
        return self.worth_unit == "percentage point"
