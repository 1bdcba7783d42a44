"""The registry of policy kinds is complete, and says the same as the schema and the program's rows."""

import typing

import numpy as np
import pytest
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import Family, LinearProgram
from gigaplan.engine.optimization.policies import POLICY_KINDS
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import Policy
from tests.engine.plans import plan_of

LIMITS = {"share": 0.5, "budget": 100.0, "carbon": 100.0, "coverage": 0.5, "resilience": 0.0}


def test_every_kind_of_the_schema_has_its_record() -> None:
    kinds = typing.get_args(typing.get_type_hints(Policy)["kind"])
    assert list(POLICY_KINDS) == list(kinds) == list(LIMITS)
    units = field_of(Policy, "limit").unit
    assert isinstance(units, dict)
    assert list(units) == list(POLICY_KINDS)
    for name, kind in POLICY_KINDS.items():
        assert kind.name == name
        assert kind.label
        assert kind.subject
        assert kind.requires <= kind.uses <= {"dimension", "scope", "metric", "reassign"}
        assert kind.is_fraction == (units[name] == "fraction")
        assert kind.is_fraction or units[name] == f"{kind.worth_unit}/year"


def bounds(program: LinearProgram, family: Family) -> NDArray[np.float64]:
    """The bound of each row of a family, on its one side."""
    low, high = program.row_lower[family.rows], program.row_upper[family.rows]
    return np.where(np.isfinite(high), high, low)


@pytest.mark.parametrize("name", LIMITS)
def test_rows_move_as_the_record_says(name: str) -> None:
    """A limit moved by a hundredth moves the bound of each row by a hundredth of what the record tells."""
    kind = POLICY_KINDS[name]
    row = {"id": "rule", "kind": name, "dimension": "vendor", "metric": "power"}
    inputs = [inputs_of(plan_of(policies=[row | {"limit": LIMITS[name] + by}])) for by in (0.0, 0.01)]
    before, after = (build(i) for i in inputs)
    policy = inputs[0].plan.policies[0]
    families = [f for f in before.families if f.label == "rule"]
    assert families
    for family in families:
        assert family.name == name
        if kind.per_limit is None:
            continue
        moved = bounds(after, family) - bounds(before, family)
        assert moved == pytest.approx(0.01 * kind.per_limit(inputs[0], policy, family), rel=1e-6)
        if kind.is_yearly:
            years = inputs[0].time.months / 12
            assert kind.bound_per_unit(inputs[0]) * years == pytest.approx(kind.per_limit(inputs[0], policy, family)[0])
