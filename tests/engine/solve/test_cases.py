"""Every case of tests/cases/2 gives what its .expected file says: random plans, hand arithmetic, published figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.solve.solve import solve_plan

CASES = sorted((Path(__file__).parents[2] / "cases" / "2").rglob("*.expected"))


def test_there_are_cases() -> None:
    assert len(CASES) >= 82


def assert_near(name: str, found: Any, wanted: Any, relative: float, size: float = 0.0) -> None:
    """Figures agree; money that is a difference of larger sums is measured by the objective."""
    if isinstance(wanted, dict):
        for key, each in wanted.items():
            assert_near(f"{name} {key}", found.get(key), each, relative, size)
    elif wanted is None:
        assert found is None, name
    else:
        assert found == pytest.approx(wanted, rel=relative, abs=1e-9 * size + 1e-12), name


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(path: Path) -> None:
    expected = json.loads(path.read_text(encoding="utf-8"))
    result = solve_plan(read_json(path.with_suffix(".json")))
    assert result.status == expected["status"]
    if result.status != "optimal":
        return
    relative, size = expected.get("tolerance", 1e-6), abs(result.kpis["objective_usd"])
    for name, value in expected.get("kpis", {}).items():
        assert_near(name, result.kpis[name], value, relative, size)
    assert_near("theta", result.theta, expected.get("theta", {}), 1e-6)
    for kind, choices in expected.get("decisions", {}).items():
        assert {name: result.decisions[kind].get(name) for name in choices} == choices, kind
