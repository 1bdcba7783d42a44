"""Published figures against ours: training runs, their electricity, prices, and what a gigawatt holds and costs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.exchange.json import read_json
from gigaplan.engine.plan.fields import field_of
from gigaplan.engine.plan.schema import Workload
from gigaplan.engine.solve.solve import solve_plan

CASES = Path(__file__).parent.parent / "cases" / "2"
CHIP_NAMES = {
    "A100 SXM4 40": "nvidia_a100_40",
    "A100 SXM4 80": "nvidia_a100_80",
    "NVIDIA A100": "nvidia_a100_80",
    "H100": "nvidia_h100_sxm",
    "H800": "nvidia_h800",
    "TPU v4": "google_tpu_v4",
}
"""What the hardware of a training run is called, and the chip of the catalogue."""
UTILISATION = float(field_of(Workload, "utilisation").default)
"""The share of peak that a workload has where nobody gives one."""
PUE = 1.1


@dataclass(frozen=True)
class Compared:
    """A published figure and ours."""

    what: str
    unit: str
    published: float
    ours: float
    why: str = ""
    """Where the difference comes from."""

    @property
    def ratio(self) -> float:
        """Ours over published."""
        return self.ours / self.published


def chip_of(hardware: str) -> str | None:
    """The chip that a training run names; None where the catalogue has it not."""
    return next((chip for name, chip in CHIP_NAMES.items() if name in hardware), None)


def training_runs() -> list[Compared]:
    """Chip-hours of every published run with known FLOP, chips and hours: FLOP / (bf16 peak x default utilisation)."""
    found = []
    for model in load_catalogue().models.values():
        chip = chip_of(model.hardware)
        if not (model.training_flop and model.gpu_hours and chip):
            continue
        peak = load_catalogue().platforms[chip].peak_bf16_dense_tflops or 0.0
        hours = model.training_flop / (peak * 1e12 * UTILISATION * 3600)
        reached = model.training_flop / (model.gpu_hours * 3600 * peak * 1e12)
        short = load_catalogue().platforms[chip].short_name
        found.append(Compared(model.model, f"{short}-hours", model.gpu_hours, hours, f"reached {reached:.0%} of peak"))
    return found


def electricity() -> list[Compared]:
    """MWh of published runs: chip-hours at the power that the catalogue provisions, and a PUE of 1.1."""
    found = []
    for model in load_catalogue().models.values():
        chip = chip_of(model.hardware)
        if not (model.energy_mwh and model.gpu_hours and chip) or model.confidence != "measured":
            continue
        entry = load_catalogue().platforms[chip]
        ours = model.gpu_hours * (entry.server_power_w_per_chip or 0.0) * PUE / 1e6
        watts = model.energy_mwh * 1e6 / model.gpu_hours
        found.append(Compared(model.model, "MWh", model.energy_mwh, ours, f"published: {watts:,.0f} W a chip"))
    return found


def solved_cases() -> list[Compared]:
    """The published cases as plans: what the solver says of each key figure."""
    found = []
    for path in sorted(CASES.glob("published-*.json")):
        expected = json.loads(path.with_suffix(".expected").read_text(encoding="utf-8"))
        kpis = solve_plan(read_json(path)).kpis
        for name, value in expected["kpis"].items():
            members = value.items() if isinstance(value, dict) else [("", value)]
            for member, published in members:
                ours = kpis[name][member] if member else kpis[name]
                found.append(Compared(expected["source"], name, float(published), float(ours)))
    return found


def _cost(id: str) -> tuple[float, float]:
    entry = load_catalogue().demand_and_costs[id]
    low = entry.value_min if entry.value_min is not None else entry.value_max
    high = entry.value_max if entry.value_max is not None else entry.value_min
    return float(low or 0.0), float(high or 0.0)


def gigawatts() -> list[Compared]:
    """Chips and USD of a gigawatt: one GW over the power of a chip, its server and a PUE of 1.1, times its price."""
    chips = load_catalogue().platforms

    def watts(id: str) -> float:
        return (chips[id].server_power_w_per_chip or 0.0) * PUE

    gb200, price = watts("nvidia_gb200_nvl72"), chips["nvidia_gb200_nvl72"].unit_price_usd or 0.0
    hardware = sum(_cost("dem_090")) / 2
    year = (hardware / (chips["nvidia_gb200_nvl72"].lifetime_years or 1)) + sum(_cost("dem_091")) / 2
    return [
        Compared("GB200 chips in a gigawatt (dem_095)", "chips", _cost("dem_095")[1], 1e9 / gb200,
                 "ours: 1,833 W of the rack x 1.1; theirs is 2,500 W a chip, all in"),
        Compared("Hardware of a gigawatt of GB200 (dem_090)", "USD", hardware, 1e9 / gb200 * price,
                 "ours: compute racks alone, 47,222 USD a chip; theirs has network and storage"),
        Compared("A year of a gigawatt (dem_092)", "USD/year", sum(_cost("dem_092")) / 2,
                 year + sum(_cost("dem_089")) / 2 / (sum(_cost("dem_093")) / 2),
                 "ours: their hardware over 4 years, buildings over 12.5, their operating cost"),
        Compared("400,000 Trainium2, Project Rainier (dem_081)", "MW", _cost("dem_081")[1],
                 400_000 * watts("aws_trainium2") / 1e6),
        Compared("1,000,000 Trainium2 (dem_085)", "MW", _cost("dem_085")[1], 1e6 * watts("aws_trainium2") / 1e6,
                 "the report says roughly a gigawatt"),
        Compared("200,000 H100-class chips, Colossus (dem_086)", "MW", _cost("dem_086")[1],
                 200_000 * watts("nvidia_h100_sxm") / 1e6, "ours: 1,384 W x 1.1"),
        Compared("1,000,000 TPU v7 (dem_054)", "MW", _cost("dem_054")[0] * 1000, 1e6 * watts("google_tpu_v7") / 1e6,
                 "the report says over 1 GW"),
    ]  # fmt: skip


def load_against_provisioned() -> list[Compared]:
    """Measured power under load against what the catalogue provisions, W a chip."""
    return [
        Compared(
            chip.short_name, "W", chip.load_power_w_per_chip, chip.server_power_w_per_chip or 0.0, chip.power_basis
        )
        for chip in load_catalogue().platforms.values()
        if chip.load_power_w_per_chip
    ]
