"""The reference model against every case: random plans, hand arithmetic, published figures, throughput."""

import json
from pathlib import Path

import pytest
from reference.kpis import decisions, kpis, theta, violations
from reference.model import Model
from reference.solving import solve
from reference.throughput import throughput

CASES = Path(__file__).parent.parent / "cases"
PLANS = sorted((CASES / "2").rglob("*.expected"))
THETA = json.loads((CASES / "theta" / "cases.json").read_text(encoding="utf-8"))


def assert_near(name: str, found: object, wanted: object, relative: float, size: float = 0.0) -> None:
    """Numbers agree; `size` is what a difference of large sums is measured against."""
    if isinstance(wanted, dict):
        for key, amount in wanted.items():
            assert_near(f"{name} {key}", found.get(key), amount, relative, size)
    elif wanted is None or isinstance(wanted, str):
        assert found == wanted, name
    else:
        assert found == pytest.approx(wanted, rel=relative, abs=1e-9 * size + 1e-12), name


def test_there_are_cases() -> None:
    assert len(PLANS) >= 82
    assert len(THETA["cases"]) >= 40


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_case_agrees(path: Path) -> None:
    wanted = json.loads(path.read_text(encoding="utf-8"))
    model = Model(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    best = solve(model)
    assert best.status == wanted["status"]
    if best.status != "optimal":
        return
    relative = wanted.get("tolerance", 1e-6)
    assert_near("theta", {pair: row["value"] for pair, row in theta(model).items()}, wanted.get("theta", {}), 1e-9)
    found = kpis(model, best.decision)
    for name, amount in wanted.get("kpis", {}).items():
        assert_near(name, found[name], amount, relative, abs(found["objective_usd"]))
    for name, choices in wanted.get("decisions", {}).items():
        assert {key: decisions(model, best.decision)[name].get(key) for key in choices} == choices
    assert [row for row in violations(model, best.decision) if row[0] > 1e-7] == []


@pytest.mark.parametrize("case", THETA["cases"], ids=lambda case: f"{case['id']} {case['name']}")
def test_throughput_agrees(case: dict) -> None:
    found = throughput(case["workload"], case["platform"], case["curves"])
    assert found.value == pytest.approx(case["value"], rel=1e-9, abs=0)
    assert found.basis == case["basis"]
    assert (found.band and list(found.band)) == (case["band"] and pytest.approx(case["band"], rel=1e-9))
