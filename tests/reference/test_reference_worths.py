"""What one more of a limit is worth (section N): the reference against hand arithmetic."""

import json
from pathlib import Path

import pytest
from reference.model import Model
from reference.solving import solve
from reference.worths import worths

CASES = sorted((Path(__file__).parent.parent / "cases" / "2" / "worth").glob("*.worth"))


def assert_same(found: object, wanted: object, where: str) -> None:
    if isinstance(wanted, dict):
        assert set(found) == set(wanted), where
        for key, amount in wanted.items():
            assert_same(found[key], amount, f"{where} {key}")
    elif isinstance(wanted, (list, type(None))):
        assert found == wanted, where
    else:
        assert found == pytest.approx(wanted, rel=1e-6, abs=1e-9), where


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_worths_agree(path: Path) -> None:
    model = Model(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    found = worths(model, solve(model))
    for name, report in json.loads(path.read_text(encoding="utf-8")).items():
        assert_same(found[name], report, name)


def test_there_are_cases() -> None:
    assert len(CASES) >= 7
