"""Writes the templates beside this file: `python -m gigaplan.projects.build`, and `--golden` for their key figures."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.format import VERSION
from gigaplan.engine.storage.load import open_plan
from gigaplan.engine.storage.save import save_plan
from gigaplan.projects import (
    commitment_200b,
    cost_history,
    frontier_1gw,
    rainier,
    startup,
    tiered_portfolio,
    trainium_rl,
)

FOLDER = Path(__file__).parent
GOLDEN = FOLDER / "golden.json"
TEMPLATES: dict[str, ModuleType] = {
    "frontier-1gw": frontier_1gw,
    "startup": startup,
    "commitment-200b": commitment_200b,
    "tiered-portfolio": tiered_portfolio,
    "trainium-rl": trainium_rl,
    "rainier": rainier,
    "cost-history": cost_history,
}
"""The module that builds each template, by the name of its file."""
FIXED = (
    "objective_usd",
    "npv_usd",
    "tco_usd",
    "unmet_usd",
    "peak_it_mw",
    "peak_facility_mw",
    "liability_beyond_horizon_usd",
    "energy_mwh",
    "emissions_t",
    "vendor_hhi",
    "coverage",
)
"""The key figures that every optimum of these plans shares. Which chips do which work may differ between two optima
of equal cost, and with it idle cost, water and the unit costs."""


def write(name: str, folder: Path = FOLDER) -> bool:
    """Writes one template unless the file holds exactly that plan already; gives whether it wrote."""
    module, path = TEMPLATES[name], folder / f"{name}.gigaplan"
    plan = module.build()
    if path.exists():
        stored = open_plan(path)
        if stored.plan == plan and (stored.uuid, stored.version) == (module.UUID, VERSION):
            return False
    path.unlink(missing_ok=True)  # nothing is kept of the old one: it can be built again
    save_plan(plan, path, expected=None, uuid=module.UUID, revision=1)
    return True


def golden_kpis(plan: Plan) -> dict[str, Any]:
    """The key figures in `FIXED` of the optimum. Raises ValueError where there is none."""
    result = solve_plan(plan)
    if result.status != "optimal":
        raise ValueError(f"{plan.settings.name} is {result.status}: " + "; ".join(map(str, result.problems)))
    return {kpi: result.kpis[kpi] for kpi in FIXED}


def main(arguments: list[str]) -> None:
    """Writes every template and, with `--golden`, the file of their key figures."""
    for name in TEMPLATES:
        print(name, "written" if write(name) else "unchanged")
    if "--golden" in arguments:
        figures = {name: golden_kpis(module.build()) for name, module in TEMPLATES.items()}
        GOLDEN.write_text(json.dumps(figures, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(GOLDEN.name, "written")


if __name__ == "__main__":
    main(sys.argv[1:])
