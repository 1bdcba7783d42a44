"""The reference model, sections 1 to 3: a plan with its defaults, its series and dates, and throughput per chip.

It shares nothing with the engine but the written model: plain dicts and loops over the interchange form.
"""

import math

TIERS = ["public", "internal", "confidential", "restricted"]

DEFAULTS = {
    "plan": {
        "months_per_period": 3,
        "discount_rate": 0.08,
        "carbon_price_usd_per_t": 0,
        "residual_fraction": 1.0,
        "overhead_fraction": 0,
    },
    "platforms": {
        "fp8_tflops": None,
        "fp4_tflops": None,
        "idle_fraction": 0.3,
        "lifetime_months": 60,
        "embodied_kgco2e": 0,
        "token_latency_ms": None,
    },
    "sites": {"pue": 1.2, "carbon_g_per_kwh": 0, "water_l_per_kwh": 0, "hosting_usd_per_kw_month": 0},
    "offers": {
        "term_months": None,
        "lead_months": 0,
        "available_from": None,
        "available_until": None,
        "supply_chips": None,
        "availability": 1.0,
        "maintenance_per_year": 0,
        "energy_included": None,
        "hosting_included": None,
        "sensitivity": "restricted",
        "interruptible": False,
        "agreement": None,
        "installed": [],
    },
    "workloads": {
        "peak_factor": 1.0,
        "flexible": False,
        "precision": "bf16",
        "utilisation": 0.4,
        "inference": None,
        "throughput": [],
        "sensitivity": "public",
        "jurisdictions": [],
        "max_token_latency_ms": None,
        "accepts_interruptible": False,
        "forbidden_offers": [],
    },
    "agreements": {"discount": 0},
    "ports": {"months": 0},
    "policies": {"enabled": True, "dimension": None, "scope": "*", "metric": None},
}
INFERENCE = {"max_token_latency_ms": None, "compute_efficiency": 0.5, "bandwidth_efficiency": 0.7}


class Case:
    """A plan in the interchange form with its defaults filled in, and its values per period."""

    def __init__(self, data: dict) -> None:
        self.plan = DEFAULTS["plan"] | data["plan"]
        tables = {name: [DEFAULTS[name] | row for row in data.get(name) or []] for name in DEFAULTS if name != "plan"}
        self.platforms = {row["id"]: row for row in tables["platforms"]}
        self.sites = {row["id"]: row for row in tables["sites"]}
        self.offers = {row["id"]: row for row in tables["offers"]}
        self.workloads = {row["id"]: row for row in tables["workloads"]}
        self.agreements = {row["id"]: row for row in tables["agreements"]}
        self.ports = tables["ports"]
        self.policies = [row for row in tables["policies"] if row["enabled"]]
        # Section 1.
        self.m = self.plan["months_per_period"]
        self.h = 730.5 * self.m
        self.last = self.plan["periods"]
        self.periods = range(self.last)
        rate = 1 + self.plan["discount_rate"]
        self.d = [rate ** -((t + 0.5) * self.m / 12) for t in self.periods]
        self.d_end = rate ** -(self.last * self.m / 12)

    def at(self, series: object, t: int) -> float:
        """The value of a series in period t."""
        if isinstance(series, dict):
            return series["start"] * (1 + series.get("annual_growth", 0)) ** (t * self.m / 12)
        if isinstance(series, list):
            return series[t]
        return series

    def month(self, date: str) -> int:
        """Months from the plan's start to a date; negative before it."""
        year, month = date.split("-")
        year_0, month_0 = self.plan["start"].split("-")
        return (int(year) - int(year_0)) * 12 + int(month) - int(month_0)

    def period(self, date: str) -> int:
        """The period of a date; 0 before the start, which for an end date leaves no period."""
        return max(0, math.floor(self.month(date) / self.m))

    def platform_of(self, o: str) -> dict:
        return self.platforms[self.offers[o]["platform"]]

    def stands_at(self, o: str, s: str) -> bool:
        sites = self.offers[o]["sites"]
        return sites == "*" or s in sites

    def demand(self, w: str, t: int) -> float:
        return self.at(self.workloads[w]["demand"], t)

    # Section 3.

    def theta(self, w: str, p: str) -> float:
        """Work per chip; 0 where the platform cannot serve the workload."""
        work, chip = self.workloads[w], self.platforms[p]
        for row in work["throughput"]:
            if row["platform"] == p:
                return row["value"]
        precision, tflops = executed(work["precision"], chip)
        if work["unit"] == "PFLOP/s":
            return tflops / 1000 * work["utilisation"]
        if work["inference"] is None:
            return 0.0
        return roofline(INFERENCE | work["inference"], chip, precision, tflops)

    def eligible(self, w: str, o: str, s: str) -> bool:
        work, offer, site, chip = self.workloads[w], self.offers[o], self.sites[s], self.platform_of(o)
        slow = (
            chip["token_latency_ms"] is not None
            and work["max_token_latency_ms"] is not None
            and chip["token_latency_ms"] > work["max_token_latency_ms"]
        )
        return (
            self.theta(w, offer["platform"]) > 0
            and self.stands_at(o, s)
            and (not work["jurisdictions"] or site["jurisdiction"] in work["jurisdictions"])
            and TIERS.index(offer["sensitivity"]) >= TIERS.index(work["sensitivity"])
            and (not offer["interruptible"] or work["accepts_interruptible"])
            and not slow
            and o not in work["forbidden_offers"]
        )


def executed(precision: str, chip: dict) -> tuple[str, float]:
    """The precision that a chip really works in, and its peak in TFLOP/s: fp4 falls back to fp8, fp8 to bf16."""
    if precision == "fp4" and chip["fp4_tflops"] is not None:
        return "fp4", chip["fp4_tflops"]
    if precision in ("fp4", "fp8") and chip["fp8_tflops"] is not None:
        return "fp8", chip["fp8_tflops"]
    return "bf16", chip["bf16_tflops"]


def roofline(model: dict, chip: dict, precision: str, tflops: float) -> float:
    """Output tokens per second and chip (section 3.3); 0 where the chip cannot serve the model."""
    b = {"bf16": 2, "fp8": 1, "fp4": 0.5}[precision]
    flops = tflops * 1e12 * model["compute_efficiency"]
    bandwidth = chip["memory_bandwidth_gb_s"] * 1e9 * model["bandwidth_efficiency"]
    memory = chip["memory_gb"] * 1e9
    active = model["active_params_b"] * 1e9
    weights = model["total_params_b"] * 1e9 * b
    cache = model["context_tokens"] * model["kv_bytes_per_token"]
    if flops == 0:
        return 0.0
    group = math.ceil(1.2 * weights / memory)
    limits = []
    if cache > 0:
        limits.append((group * memory * 0.9 - weights) / cache)
    if model["max_token_latency_ms"] is not None:
        latency = model["max_token_latency_ms"] / 1000
        if weights / (group * bandwidth) > latency:
            return 0.0
        limits.append(latency * group * flops / (2 * active))
        if cache > 0:
            limits.append((latency * group * bandwidth - weights) / cache)
    prefill = 2 * active * model["prompt_tokens_per_output"] / flops
    if not limits:  # nothing bounds the batch: the compute branch alone is left
        return 1 / (2 * active / flops + prefill)
    n = math.floor(min(limits))
    if n < 1:
        return 0.0
    step = max(2 * active * n / (group * flops), (weights + n * cache) / (group * bandwidth))
    return 1 / (group * step / n + prefill)
