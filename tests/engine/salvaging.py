"""Damaged files for tests, and what must hold of all that is saved of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Port, Settings, Site
from gigaplan.engine.storage.load import FileStamp, open_plan, read_plan
from gigaplan.engine.storage.salvage.repair_file import Salvage, salvage
from gigaplan.engine.storage.save import database_of

UUID = "6f2b1d6e-9a51-4c0e-8f0e-0d6b3c1f7a11"


NOWHERE = FileStamp(0, 0, 0, 0)


PAGE = 4096


DOUBT = "figures may have been changed"


def texts(found: Salvage) -> list[str]:
    return [f"{p.severity} {p}" for p in found.found]


def from_file(path: Path) -> Salvage:
    """What is saved of a file that does not open; the file stays as it was, and what is saved opens."""
    before = path.read_bytes()
    with pytest.raises(PlanError):
        open_plan(path)
    found = salvage(before)
    assert_opens(found)
    assert path.read_bytes() == before
    return found


def assert_opens(found: Salvage) -> None:
    data = database_of(found.plan, found.uuid or UUID, found.revision, found.history)
    stored = read_plan(data, NOWHERE)
    assert (stored.plan, stored.history, stored.warnings) == (found.plan, found.history, ())


def wide_plan(rows: int) -> Plan:
    """A plan whose tables take several pages, with inner pages above them and rows that overflow to others."""
    series = tuple(k / 7 for k in range(300))
    sites = tuple(
        Site(id=f"s{k}", name="n" * 200, jurisdiction="US", power_mw=series if k % 10 == 0 else 5.0, pue=1.5,
             electricity_usd_per_mwh=float(k))
        for k in range(rows)
    )  # fmt: skip
    ports = tuple(Port(workload=f"w{k}", stack="x" * 200, cost_usd=float(k)) for k in range(rows))
    return Plan(settings=Settings(name="wide", start="2026-01", periods=300), sites=sites, ports=ports)
