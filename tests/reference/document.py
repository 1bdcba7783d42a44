"""Edition 2 of the model, sections 1 and 2, J and K: a document with its defaults, its series, dates and lives.

This package shares nothing with the program but the written model: plain dicts and loops over the interchange form.
"""

import copy
import functools
import itertools
import math

TIERS = ["public", "internal", "confidential", "restricted"]

DEFAULTS = {
    "plan": {
        "months_per_period": 3,
        "discount_rate": 0.08,
        "carbon_price_usd_per_t": 0,
        "residual_fraction": 1.0,
        "overhead_fraction": 0,
        "contract_worth_fraction": 0.75,
        "blocks": [],
    },
    "platforms": {
        "vendor": "",
        "stack": "",
        "fp8_tflops": None,
        "fp4_tflops": None,
        "memory_gb": None,
        "memory_bandwidth_gb_s": None,
        "scale_up_chips": 8,
        "serving_efficiency": None,
        "idle_fraction": 0.3,
        "lifetime_months": 60,
        "embodied_kgco2e": 0,
        "token_latency_ms": None,
        "mtbf_hours": None,
        "power_caps": [],
        "resale": None,
    },
    "sites": {
        "power_mw": None,
        "pue": 1.2,
        "carbon_g_per_kwh": 0,
        "water_l_per_kwh": 0,
        "hosting_usd_per_kw_month": 0,
        "electricity_profile": None,
    },
    "offers": {
        "term_months": None,
        "lead_months": 0,
        "available_from": None,
        "available_until": None,
        "supply_chips_per_month": None,
        "min_order_chips": None,
        "availability": 1.0,
        "maintenance_per_year": 0,
        "energy_included": None,
        "hosting_included": None,
        "sensitivity": "restricted",
        "interruptible": False,
        "can_switch_off": True,
        "upfront_fraction": 0,
        "agreement": None,
        "installed": [],
    },
    "workloads": {
        "peak_factor": 1.0,
        "flexible": False,
        "day_flexible": False,
        "max_delay_months": None,
        "profile": None,
        "placement": "anywhere",
        "precision": "bf16",
        "utilisation": 0.4,
        "inference": None,
        "throughput": [],
        "software_gain_per_year": 0,
        "checkpoint_minutes": 0,
        "restart_minutes": 0,
        "sensitivity": "public",
        "jurisdictions": [],
        "max_token_latency_ms": None,
        "accepts_interruptible": False,
        "forbidden_offers": [],
    },
    "agreements": {"discount": 0, "group": None},
    "ports": {"months": 0},
    "policies": {"enabled": True, "dimension": None, "scope": "*", "metric": None},
    "power_contracts": {
        "months": None,
        "usd_per_mw_month": 0,
        "capex_usd_per_mw": 0,
        "capex_lifetime_months": 180,
        "group": None,
    },
    "services": {
        "unit": "tokens/s",
        "limit": None,
        "jurisdiction": None,
        "sensitivity": "restricted",
        "available_from": None,
        "available_until": None,
        "agreement": None,
    },
}
ONE_BLOCK = [{"name": "", "share": 1.0}]


def edition_2(data: dict) -> dict:
    """The document as `gigaplan/2`; of a `gigaplan/1` two fields change their names."""
    if data["format"] == "gigaplan/2":
        return data
    data = copy.deepcopy(data)
    data["format"] = "gigaplan/2"
    m = data["plan"].get("months_per_period", 3)
    for offer in data.get("offers") or []:
        if "supply_chips" in offer:
            offer["supply_chips_per_month"] = per_month(offer.pop("supply_chips"), m)
    for scenario in data.get("scenarios") or []:
        scenario["overrides"] = [new for old in scenario.get("overrides") or [] for new in dated(old, data["plan"])]
    return data


def per_month(series: object, m: int) -> object:
    if isinstance(series, dict):
        return series | {"start": series["start"] / m}
    if isinstance(series, list):
        return [v / m for v in series]
    return None if series is None else series / m


def dated(override: dict, plan: dict) -> list:
    """One override with `from` and `until` for each run of its periods without a gap."""
    override = dict(override)
    periods = override.pop("periods", None)
    if override.get("field") == "supply_chips":
        override["field"] = "supply_chips_per_month"
        if override.get("op", "set") != "scale":
            override["value"] = per_month(override["value"], plan.get("months_per_period", 3))
    if periods is None:
        return [override]
    runs: list = []
    for t in sorted(set(periods)):
        if runs and runs[-1][1] == t:
            runs[-1][1] = t + 1
        else:
            runs.append([t, t + 1])
    m = plan.get("months_per_period", 3)
    year, month = map(int, plan["start"].split("-"))

    def date(t: int) -> str:
        number = year * 12 + month - 1 + t * m
        return f"{number // 12:04d}-{number % 12 + 1:02d}"

    return [override | {"from": date(first), "until": date(end)} for first, end in runs]


class Document:
    """A plan in the interchange form with its defaults filled in, and its values per period."""

    def __init__(self, data: dict, scenario: str | None = None) -> None:
        data = edition_2(data)
        self.plan = DEFAULTS["plan"] | data["plan"]
        tables = {name: [DEFAULTS[name] | row for row in data.get(name) or []] for name in DEFAULTS if name != "plan"}
        self.changes = self.changes_of(data, scenario, tables)
        for name in ("platforms", "sites", "offers", "workloads", "agreements", "power_contracts", "services"):
            setattr(self, name, {row["id"]: row for row in tables[name]})
        self.ports = tables["ports"]
        self.policies = [row for row in tables["policies"] if row["enabled"]]
        self.known: dict = {}
        self.prices: dict = {}
        self.curves = data.get("serving_curves") or []
        self.m = self.plan["months_per_period"]
        self.h = 730.5 * self.m
        self.last = self.plan["periods"]
        self.periods = range(self.last)
        self.rate = 1 + self.plan["discount_rate"]
        self.d_end = self.d0(self.last)
        blocks = self.plan["blocks"] or ONE_BLOCK
        self.shares = [block["share"] for block in blocks]
        self.blocks = range(len(blocks))
        self.start_month = month_number(self.plan["start"])

    # Section 1.

    def d(self, t: int) -> float:
        """What a dollar in the middle of period t is worth at the plan's start."""
        return self.rate ** -((t + 0.5) * self.m / 12)

    def d0(self, t: int) -> float:
        """What a dollar at the start of period t is worth at the plan's start."""
        return self.rate ** -(t * self.m / 12)

    def month(self, date: str) -> int:
        """Months from the plan's start to a date; negative before it."""
        return month_number(date) - self.start_month

    def period(self, date: str) -> int:
        """The period of a date; 0 before the start, which for an end date leaves no period."""
        return max(0, math.floor(self.month(date) / self.m))

    def in_window(self, row: dict, t: int) -> bool:
        """From `available_from` on, before `available_until`."""
        return (row["available_from"] is None or t >= self.period(row["available_from"])) and (
            row["available_until"] is None or t < self.period(row["available_until"])
        )

    # Section J: series.

    def at(self, table: str, row: dict, field: str, t: int) -> float | None:
        """The value of a series in period t: its mean over the period."""
        key = table, row["id"], field, t
        if key not in self.known:
            self.known[key] = self.changed(table, row, field, t, self.mean(row[field], t))
        return self.known[key]

    def opening(self, table: str, row: dict, field: str, t: int) -> float:
        """The value of a series with which period t opens; of a list, that of the period."""
        series, value = row[field], self.mean(row[field], t)
        if isinstance(series, dict) and "steps" in series:
            value = self.step(series["steps"], t * self.m)
        elif isinstance(series, dict):
            value = series["start"] * (1 + series.get("annual_growth", 0)) ** (self.since(series, t * self.m) / 12)
        return self.changed(table, row, field, t, value)

    def since(self, series: dict, month: int) -> int:
        """Months from the anchor of a growth."""
        return month - (self.month(series["from"]) if series.get("from") else 0)

    def mean(self, series: object, t: int) -> float | None:
        if isinstance(series, list):
            return series[t]
        if not isinstance(series, dict):
            return series
        if "steps" in series:
            months = [self.step(series["steps"], t * self.m + j) for j in range(self.m)]
            return None if None in months else math.fsum(months) / self.m
        a, b = self.since(series, t * self.m) / 12, self.since(series, (t + 1) * self.m) / 12
        return series["start"] * mean_growth(series.get("annual_growth", 0), a, b)

    def step(self, steps: list, month: int) -> float | None:
        """The value in a month: of the last step that is not after it, before all of them the first."""
        value = steps[0][1]
        for date, new in steps:
            if self.month(date) <= month:
                value = new
        return value

    # Scenarios.

    def changes_of(self, data: dict, scenario: str | None, tables: dict) -> dict:
        """The overrides of series by (table, row, field); fields that are no series are changed at once."""
        changes: dict = {}
        for row in data.get("scenarios") or []:
            for override in row.get("overrides") or [] if row["id"] == scenario else []:
                table, field = override["table"], override["field"]
                if (table, field) in SERIES:
                    changes.setdefault((table, override["row"], field), []).append(override)
                    continue
                rows = [self.plan] if table == "plan" else [r for r in tables[table] if r["id"] == override["row"]]
                for target in rows:
                    target[field] = operate(override, target[field])
        return changes

    def changed(self, table: str, row: dict, field: str, t: int, value: float | None) -> float | None:
        for override in self.changes.get((table, row.get("id"), field), []):
            first = self.month(override["from"]) if override.get("from") else -math.inf
            until = self.month(override["until"]) if override.get("until") else math.inf
            if first <= t * self.m < until:
                value = operate(override, value, self.mean(override["value"], t))
        return value

    # Small readings that several sections need.

    def platform_of(self, o: str) -> dict:
        return self.platforms[self.offers[o]["platform"]]

    def stands_at(self, o: str, s: str) -> bool:
        sites = self.offers[o]["sites"]
        return sites == "*" or s in sites

    def demand(self, w: str, t: int) -> float:
        return self.at("workloads", self.workloads[w], "demand", t)

    def peak_demand(self, w: str, t: int) -> float:
        return self.demand(w, t) * self.workloads[w]["peak_factor"]

    def gain(self, w: str, t: int) -> float:
        """Section I: what better software makes of the throughput in period t."""
        return mean_growth(self.workloads[w]["software_gain_per_year"], t * self.m / 12, (t + 1) * self.m / 12)

    def deferrable(self, w: str) -> bool:
        return self.workloads[w]["max_delay_months"] is not None

    def by_block(self, w: str) -> bool:
        """Whether the workload asks for its work in each block of the day."""
        work = self.workloads[w]
        return not (work["flexible"] or work["day_flexible"] or self.deferrable(w))

    def profile(self, w: str, b: int) -> float:
        profile = self.workloads[w]["profile"]
        return profile[b] if profile else 1.0

    def life_months(self, o: str) -> float:
        offer = self.offers[o]
        if offer["kind"] == "purchase":
            return self.platform_of(o)["lifetime_months"]
        return self.m if offer["term_months"] is None else offer["term_months"]

    def life(self, o: str) -> float:
        """Of a cohort, in periods."""
        return max(1.0, self.life_months(o) / self.m)

    def weight(self, o: str, k: int) -> float:
        """The part of the k-th period of its life in which a cohort is active."""
        return min(max(self.life(o) - k, 0.0), 1.0)

    def beyond(self, o: str, tau: int) -> float:
        """Periods of a cohort's life that lie after the horizon."""
        return max(0.0, tau + self.life(o) - self.last)

    def can_deliver(self, o: str, s: str, t: int) -> bool:
        offer = self.offers[o]
        lead = t >= math.ceil(offer["lead_months"] / self.m)
        return self.stands_at(o, s) and lead and self.in_window(offer, t)

    def installed(self, o: str, s: str, t: int) -> float:
        """The mean number of installed chips that are still there in period t, which may lie after the horizon."""
        lots = [lot for lot in self.offers[o]["installed"] if lot["site"] == s]
        return sum(lot["chips"] * min(max((lot["months_left"] - t * self.m) / self.m, 0.0), 1.0) for lot in lots)

    def resale(self, o: str, tau: int) -> float:
        """Section K: what a purchase of period tau is worth at the horizon, as a part of the price paid."""
        chip, age = self.platform_of(o), (self.last - tau) * self.m
        if chip["resale"] is None:
            return max(0.0, self.life(o) - (self.last - tau)) / self.life(o)
        if age >= chip["lifetime_months"]:
            return 0.0
        points = [(0.0, 1.0)] + [(point["age_months"], point["fraction"]) for point in chip["resale"]]
        for (age_0, part_0), (age_1, part_1) in itertools.pairwise(points):
            if age <= age_1:
                return part_0 + (part_1 - part_0) * (age - age_0) / (age_1 - age_0)
        return points[-1][1]

    # Section A.

    def overlap(self, t: int, first: float, end: float) -> float:
        """Months that period t has in common with [first, end)."""
        return max(0.0, min((t + 1) * self.m, end) - max(t * self.m, first))

    def in_term(self, g: str | None, t: int) -> bool:
        """Whether period t, which may lie after the horizon, has a month in common with the agreement's term."""
        if g is None:
            return False
        first = self.month(self.agreements[g]["start"])
        return self.overlap(t, first, first + self.agreements[g]["months"]) > 0

    def discount(self, g: str | None, t: int) -> float:
        return self.agreements[g]["discount"] if self.in_term(g, t) else 0.0

    def price(self, o: str, tau: int) -> float:
        """The price that a cohort of period tau is charged for its whole life."""
        if (o, tau) not in self.prices:
            offer = self.offers[o]
            list_price = self.opening("offers", offer, "price_usd", tau)
            self.prices[o, tau] = list_price * (1 - self.discount(offer["agreement"], tau))
        return self.prices[o, tau]

    def included(self, o: str) -> tuple:
        """Whether the price holds energy, and whether it holds hosting."""
        offer = self.offers[o]
        energy = offer["kind"] == "rental" if offer["energy_included"] is None else offer["energy_included"]
        return energy, energy if offer["hosting_included"] is None else offer["hosting_included"]


SERIES = {
    ("sites", "power_mw"),
    ("sites", "electricity_usd_per_mwh"),
    ("sites", "carbon_g_per_kwh"),
    ("sites", "hosting_usd_per_kw_month"),
    ("offers", "price_usd"),
    ("offers", "supply_chips_per_month"),
    ("workloads", "demand"),
    ("policies", "limit"),
    ("power_contracts", "usd_per_mw_month"),
    ("services", "price_usd"),
    ("services", "limit"),
}


@functools.cache
def month_number(date: str) -> int:
    year, month = date.split("-")
    return int(year) * 12 + int(month)


def mean_growth(g: float, a: float, b: float) -> float:
    """The mean of (1 + g) ** years over the years from a to b."""
    log = math.log1p(g)
    if log == 0:
        return 1.0
    return math.exp(a * log) * math.expm1((b - a) * log) / ((b - a) * log)


def operate(override: dict, old: object, value: object = None) -> object:
    value = override["value"] if value is None else value
    op = override.get("op", "set")
    if op == "set":
        return value
    if old is None:
        return None
    return old * value if op == "scale" else old + value
