"""Documents of edition 1 of the model are read as the same plans that edition 2 says in its own words."""

from pathlib import Path

import pytest
from msgspec import structs

from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.plan.plan import Plan

CASES = Path(__file__).parents[2] / "cases"
OLD = sorted((CASES / "1").glob("*.json"))
BY_EDITION_1 = "edition 1, section 3"


def without_modelled_throughput(plan: Plan) -> Plan:
    """The plan without what edition 1 modelled: the cases of edition 2 state those figures as rows."""
    workloads = tuple(
        structs.replace(
            work, inference=None, throughput=tuple(row for row in work.throughput if row.source != BY_EDITION_1)
        )
        for work in plan.workloads
    )
    return structs.replace(plan, workloads=workloads)


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_a_document_of_edition_1_is_the_plan_that_edition_2_says(path: Path) -> None:
    folder = CASES / "2" if path.stem.startswith("published") else CASES / "2" / "older"
    old, new = read_json(path), read_json(folder / path.name)
    assert without_modelled_throughput(old) == without_modelled_throughput(new)


def test_there_are_documents() -> None:
    assert len(OLD) == 12
