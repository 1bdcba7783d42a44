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
INFERENCE = {
    "max_token_latency_ms": None,
    "weight_bytes": None,
    "prefix_cache_fraction": 0.0,
    "speculative_gain": 1.0,
    "time_to_first_token_ms": None,
    "compute_efficiency": 0.67,
    "bandwidth_efficiency": 0.60,
}


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
        if work["unit"] == "PFLOP/s":
            share = work["utilisation"]
            if isinstance(share, dict):
                share = share.get(p, share.get("*", 0.4))
            return peak(work["precision"], chip, 1.0) / 1000 * share
        if work["inference"] is None:
            return 0.0
        model = INFERENCE | work["inference"]
        limits = [v for v in (model["max_token_latency_ms"], work["max_token_latency_ms"]) if v is not None]
        limit = min(limits) / 1000 if limits else math.inf
        return max(tokens(model, chip, work["precision"], limit, 2**k) for k in range(10))

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


def peak(precision: str, chip: dict, fp4_share: float) -> float:
    """The largest peak in TFLOP/s at which a chip may run work of a precision."""
    names = {"bf16": ["bf16"], "fp8": ["bf16", "fp8"], "fp4": ["bf16", "fp8", "fp4"]}[precision]
    shares = {"fp4": fp4_share}
    return max((chip[f"{name}_tflops"] or 0.0) * shares.get(name, 1.0) for name in names)


def tokens(model: dict, chip: dict, precision: str, limit: float, chips: int) -> float:
    """Output tokens per second and chip of groups of so many chips (section 3, rule 4); 0 where they cannot serve.

    The sequences are found by halving an interval: a step takes the longer the more of them there are.
    """
    sigma = chip.get("serving_efficiency") or {"cuda": 1.0, "rocm": 0.75, "xla": 0.33}.get(chip["stack"], 0.5)
    efficiency = sigma / chips**0.22 / max(1.0, chips / (chip.get("scale_up_chips") or 8)) ** 0.32
    active, total = model["active_params_b"] * 1e9, model["total_params_b"] * 1e9
    share = min(1.0, active / total)
    flops = chips * peak(precision, chip, 0.6) * 1e12 * model["compute_efficiency"] * math.sqrt(share) * efficiency
    traffic = chips * chip["memory_bandwidth_gb_s"] * 1e9 * model["bandwidth_efficiency"] * efficiency
    if not flops > 0:
        return 0.0
    weights = total * (model["weight_bytes"] or {"bf16": 2, "fp8": 1, "fp4": 0.5}[precision])
    cache = model["context_tokens"] * model["kv_bytes_per_token"]
    left = 0.9 * chips * chip["memory_gb"] * 1e9 - weights
    overhead = 0.0029 * math.cbrt(active / 37e9)
    uncached = 1 - model["prefix_cache_fraction"]
    prefill = 2 * active * model["prompt_tokens_per_output"] * uncached / flops
    prompt = model["prompt_tokens_per_output"] * model["context_tokens"] / (model["prompt_tokens_per_output"] + 0.5)
    first = model["time_to_first_token_ms"]
    if first is not None and 2 * active * prompt * uncached / flops + overhead > first / 1000:
        return 0.0
    gain = model["speculative_gain"]

    def step(n: float) -> float:
        touched = share * n / (1 - share + share * n)
        return overhead + n * (cache / traffic + 2 * active / flops) + weights / traffic * touched

    def fits(n: float) -> bool:
        return n * cache <= left and step(n) + n * prefill * gain <= limit * gain

    if left < 0 or not fits(1.0):
        return 0.0
    few, many = 1.0, 2.0
    while fits(many):
        few, many = many, many * 2
        if many > 1e18:  # nothing bounds them: what each adds to a step is left
            return 1 / (chips * ((cache / traffic + 2 * active / flops) / gain + prefill))
    for _ in range(200):
        middle = (few + many) / 2
        few, many = (middle, many) if fits(middle) else (few, middle)
    return 1 / (chips * (step(few) / few / gain + prefill))
