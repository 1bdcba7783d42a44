"""A field that is added is a column, and nothing else: older files take its default, and newer ones are told apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

from gigaplan.engine.exchange.json import parse_json, to_json
from gigaplan.engine.plan.fields import about
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import ROW_TYPES, Site
from gigaplan.engine.storage.format import TABLES
from gigaplan.engine.storage.load import FileStamp, open_plan, read_plan
from gigaplan.engine.storage.salvage.repair_file import salvage
from gigaplan.engine.storage.save import database_of
from tests.engine.plans import plan_of
from tests.engine.storage_samples import full_plan, saved, tamper

UUID = "6f2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a11"
NOWHERE = FileStamp(0, 0, 0, 0)
WITH_ROOF: Any = msgspec.defstruct(
    "Site",
    [("roof_m2", Annotated[float, about("Roof", "m2", "For solar panels.", ge=0)], 0.0)],
    bases=(Site,),
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
)
"""A site with one more line in the schema."""


@pytest.fixture
def with_a_roof(monkeypatch: pytest.MonkeyPatch) -> None:
    for tables in (ROW_TYPES, TABLES):
        monkeypatch.setitem(tables, "sites", WITH_ROOF)


def roofed(plan: Plan, roof: float) -> Plan:
    sites = tuple(WITH_ROOF(**msgspec.structs.asdict(site) | {"roof_m2": roof}) for site in plan.sites)
    return msgspec.structs.replace(plan, sites=sites)


def test_one_line_in_the_schema_is_all_that_a_new_field_takes(with_a_roof: None) -> None:
    plan = roofed(plan_of(), 250.0)
    assert read_plan(database_of(plan, UUID, 1), NOWHERE).plan == plan
    assert parse_json(to_json(plan)) == plan
    with pytest.raises(PlanError, match=r"sites\[0\].roof_m2: must be 0 or more"):
        parse_json(to_json(roofed(plan_of(), -1.0)))


def test_a_file_from_before_a_field_takes_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    older = database_of(plan_of(), UUID, 1)
    with monkeypatch.context() as patch:
        for tables in (ROW_TYPES, TABLES):
            patch.setitem(tables, "sites", WITH_ROOF)
        assert read_plan(older, NOWHERE).plan == roofed(plan_of(), 0.0)


def test_a_file_with_a_field_that_is_not_known_is_newer_and_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        for tables in (ROW_TYPES, TABLES):
            patch.setitem(tables, "sites", WITH_ROOF)
        newer = database_of(roofed(plan_of(), 250.0), UUID, 1)
    with pytest.raises(PlanError) as caught:
        read_plan(newer, NOWHERE)
    (problem,) = caught.value.problems
    assert (problem.path, problem.table, problem.field) == ("sites.roof_m2", "sites", "roof_m2")
    assert "newer Gigaplan" in problem.text
    assert "Update Gigaplan" in problem.remedy
    found = salvage(newer)
    assert found.plan == plan_of()
    assert any("sites.roof_m2: is a column that this Gigaplan does not know" in str(p) for p in found.found)


GONE = {
    "plan": ("overhead_fraction", "contract_worth_fraction"),
    "platforms": ("power_caps", "resale", "mtbf_hours"),
    "offers": ("upfront_fraction", "can_switch_off", "min_order_chips"),
    "workloads": ("placement", "profile", "day_flexible", "max_delay_months", "software_gain_per_year"),
    "agreements": ("discount",),
}


def test_a_file_may_lack_columns_and_tables(tmp_path: Path) -> None:
    path = saved(tmp_path)
    columns = [f'ALTER TABLE {table} DROP COLUMN "{name}"' for table, names in GONE.items() for name in names]
    tamper(path, *columns, "DROP TABLE services", "DROP TABLE power_contracts", "DROP TABLE layout")
    found, whole = open_plan(path).plan, full_plan()
    assert found.settings.overhead_fraction == 0.0
    assert found.settings.contract_worth_fraction == 0.75
    assert (found.services, found.power_contracts, found.layout) == ((), (), ())
    assert [offer.upfront_fraction for offer in found.offers] == [0.0, 0.0]
    assert [work.placement for work in found.workloads] == ["anywhere", "anywhere"]
    assert found.sites == whole.sites
    assert [offer.price_usd for offer in found.offers] == [offer.price_usd for offer in whole.offers]


@pytest.mark.parametrize(("sign", "is_told"), [(True, False), (False, True)])
def test_a_repair_tells_a_table_that_is_lost_from_one_that_never_was(
    tmp_path: Path, sign: bool, is_told: bool
) -> None:
    """The check sum knows: a file from before the table was signed without it."""
    path = saved(tmp_path)
    tamper(path, "DROP TABLE annotations", "VACUUM", sign=sign)
    told = [problem for problem in salvage(path.read_bytes()).found if "has lost its table" in problem.text]
    assert bool(told) == is_told


@pytest.mark.parametrize(
    "statement",
    ["ALTER TABLE platforms DROP COLUMN resale", "DROP TABLE ports", "ALTER TABLE sites RENAME COLUMN pue TO water"],
)
def test_what_is_taken_out_of_a_file_does_not_go_unseen(tmp_path: Path, statement: str) -> None:
    path = saved(tmp_path)
    tamper(path, statement, sign=False)
    with pytest.raises(PlanError):
        open_plan(path)
