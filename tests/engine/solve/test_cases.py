"""Every case of tests/cases gives what its .expected file says."""

import json
from pathlib import Path

import pytest

from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.solve.solve import solve_plan

CASES = sorted((Path(__file__).parents[2] / "cases").glob("*.json"))


def test_there_are_cases():
    assert len(CASES) >= 12


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(path):
    expected = json.loads(path.with_suffix(".expected").read_text())
    result = solve_plan(read_json(path))
    assert result.status == expected.get("status", "optimal")
    for name, value in expected.get("kpis", {}).items():
        found = result.kpis[name]
        if isinstance(value, dict):
            for key, each in value.items():
                assert found[key] == pytest.approx(each, rel=expected["tolerance"]), f"{name}[{key}]"
        else:
            assert found == pytest.approx(value, rel=expected["tolerance"]), name
    for key, value in expected.get("theta", {}).items():
        assert result.theta[key] == pytest.approx(value, rel=1e-6, abs=1e-12), key
