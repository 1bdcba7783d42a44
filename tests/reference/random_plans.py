"""Random plans in the interchange form, over all features of edition 2; the same seed gives the same plan.

Each plan has a size, its number of chips: from one to a hundred million. Demand, supply, power, money and what is there
already are drawn around it, so that limits bind now and then and most plans can be met. Now and then a row is of a size
or a price of its own. Programs stay small: many periods come with few rows.
"""

from random import Random

STACKS = {"acme": "cuda", "bolt": "rocm", "coil": "xla", "dyn": "cuda", "etc": "other"}
JURISDICTIONS = ["US", "EU", "JP"]
PROVIDERS = ["own", "cloud", "spotco"]
TIERS = ["public", "internal", "confidential", "restricted"]
TOKENS = 800.0
"""Tokens/s of a chip, about; and PFLOP/s of a chip, about, are 0.5."""
HOUR = 3.0
"""USD per chip-hour, about."""
MOST = 1e15
"""The largest number that a plan may hold, or grow to."""
FAR = 1e9
"""Nor may a price of electricity grow to more."""


def random_plan(seed: int) -> dict:
    """A valid plan."""
    return Maker(seed).plan()


class Maker:
    """The choices of one plan."""

    def __init__(self, seed: int) -> None:
        self.r, self.seed = Random(seed), seed
        r = self.r
        self.periods = r.choice([1, 1, 2, 2, 3, 3, 4, 5, 6, r.randint(1, 9), r.randint(1, 14), r.randint(15, 40)])
        if self.chance(0.02):
            self.periods = r.randint(40, 120)
        self.m = r.choice([1, 3, 3, 12, 12, r.randint(1, 12)])
        self.start = 2026 * 12 + r.randrange(12)
        long = self.periods > 14
        most = 1 if long else 3 if self.periods > 6 else 4
        self.blocks = self.draw_blocks() if self.chance(0.35) and not long else []
        self.platform_ids = self.ids("p", 1, most)
        self.site_ids = self.ids("s", 1, min(most, 3))
        self.offer_ids = self.ids("o", 0 if self.chance(0.05) else 1, 2 if long else 5)
        self.workload_ids = self.ids("w", 1, most)
        self.agreement_ids = self.ids("g", 0, 2) if self.chance(0.5) else []
        self.service_ids = self.ids("k", 1, 2) if self.chance(0.35) else []
        self.contract_ids = self.ids("c", 1, 2 if self.chance(0.8) else 4) if self.chance(0.35) else []
        self.size = r.choice([1000.0, 1000.0, 1000.0, 10 ** r.uniform(0, 3), 10 ** r.uniform(3, 8), 1.0, 1e8])
        self.orders = 0

    def ids(self, letter: str, low: int, high: int) -> list:
        return [f"{letter}{k}" for k in range(self.r.randint(low, max(low, high)))]

    def plan(self) -> dict:
        r = self.r
        settings = {
            "name": "random",
            "start": self.date(0),
            "periods": self.periods,
            "months_per_period": self.m,
            "discount_rate": r.choice([0, 0.05, 0.08, 0.12, r.uniform(0, 0.3), r.uniform(0, 1)]),
        }
        self.maybe(settings, 0.4, "carbon_price_usd_per_t", r.choice([0, 50, r.uniform(0, 300)]))
        self.maybe(settings, 0.5, "residual_fraction", r.choice([0, 0.5, 1, r.random()]))
        self.maybe(settings, 0.4, "overhead_fraction", r.choice([0, 0.1, r.uniform(0, 0.6)]))
        self.maybe(settings, 0.6, "contract_worth_fraction", r.choice([0, 0.5, 1, r.random()]))
        if self.blocks:
            settings["blocks"] = self.blocks
        plan = {
            "format": "gigaplan/2",
            "plan": settings,
            "platforms": [self.platform(p) for p in self.platform_ids],
            "sites": [self.site(s) for s in self.site_ids],
            "offers": [self.offer(o) for o in self.offer_ids],
            "workloads": [self.workload(w) for w in self.workload_ids],
            "agreements": [self.agreement(g) for g in self.agreement_ids],
            "services": [self.service(k) for k in self.service_ids],
            "power_contracts": [self.contract(c) for c in self.contract_ids],
            "ports": self.ports(),
        }
        count = r.choice([0, 0, 1, 1, 2, 2, 3])
        plan["policies"] = [self.policy(f"r{k}", plan) for k in range(count)]
        return plan

    # Draws.

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    def maybe(self, row: dict, p: float, name: str, value: object) -> None:
        if self.chance(p):
            row[name] = value

    def window(self, row: dict) -> None:
        """When it may be had: an end that does not come after the beginning is refused, so none is drawn."""
        r = self.r
        self.maybe(row, 0.25, "available_from", r.choice([None, self.date(self.around())]))
        self.maybe(row, 0.25, "available_until", r.choice([None, self.date(self.around())]))
        first, until = row.get("available_from"), row.get("available_until")
        if first and until and until <= first:
            row["available_until"] = None

    def date(self, month: int) -> str:
        month += self.start
        return f"{month // 12:04d}-{month % 12 + 1:02d}"

    def around(self) -> int:
        """A month from before the plan to after it."""
        return self.r.randint(-14, self.periods * self.m + 6)

    def series(self, low: float, high: float, unlimited: float = 0.0) -> object:
        """A series of any kind; a step may be null with a chance of `unlimited`."""
        r = self.r
        kind = r.choice(["number", "number", "list", "growth", "steps"])
        if kind == "number":
            return r.uniform(low, high)
        if kind == "list":
            return [r.uniform(low, high) for _ in range(self.periods)]
        if kind == "steps":
            months = sorted({self.around() for _ in range(r.randint(1, 4))})
            return {"steps": [[self.date(k), None if self.chance(unlimited) else r.uniform(low, high)] for k in months]}
        growth = {"start": r.uniform(low, high), "annual_growth": r.choice([0, r.uniform(-0.3, 0.5)])}
        if self.periods * self.m < 60:
            self.maybe(growth, 0.4, "from", self.date(self.around()))
        self.maybe(growth, 0.1, "annual_growth", r.uniform(-0.9, 2.0 if self.periods * self.m < 60 else 0.5))
        year, month = map(int, growth.get("from", self.date(0)).split("-"))
        years = (self.start + self.periods * self.m - (12 * year + month - 1)) / 12
        if growth["start"] * (1 + growth["annual_growth"]) ** years > min(MOST, max(FAR, 10 * high)):
            growth["annual_growth"] = 0
        return growth

    def chips(self, low: float, high: float) -> tuple:
        """Limits around the plan's size; now and then of another size altogether."""
        size = self.size if not self.chance(0.04) else 10 ** self.r.uniform(0, 8)
        return low * size, high * size

    def price(self, low: float, high: float) -> tuple:
        """Usual prices, and now and then from next to nothing to very much."""
        if self.chance(0.06):
            middle = 10 ** self.r.uniform(-4, 7)
            return middle / 2, middle
        return low, high

    def draw_blocks(self) -> list:
        parts = [self.r.randint(1, 8) for _ in range(self.r.choice([2, 2, 3, 4]))]
        return [{"name": f"b{k}", "share": part / sum(parts)} for k, part in enumerate(parts)]

    def draw_profile(self, mean_one: bool) -> list:
        r = self.r
        values = [r.choice([0, r.random(), r.uniform(0.2, 2)]) for _ in self.blocks]
        mean = sum(v * block["share"] for v, block in zip(values, self.blocks, strict=True))
        if not mean_one:
            return values
        return [v / mean for v in values] if mean > 0.05 else [1.0 for _ in values]

    # Rows.

    def platform(self, p: str) -> dict:
        r = self.r
        vendor = r.choice(list(STACKS))
        bf16 = 0 if self.chance(0.02) else r.uniform(400, 2500)
        row = {
            "id": p,
            "name": p,
            "vendor": vendor,
            "stack": STACKS[vendor],
            "bf16_tflops": bf16,
            "memory_gb": r.choice([24, 80, 96, 141, 192, 288]),
            "memory_bandwidth_gb_s": r.uniform(1500, 8000),
            "power_w": 0 if self.chance(0.02) else r.choice([700, 1000, r.uniform(300, 2000)]),
        }
        self.maybe(row, 0.6, "fp8_tflops", r.choice([None, 2 * bf16, 2 * bf16, r.uniform(300, 5000), 0]))
        self.maybe(row, 0.4, "fp4_tflops", r.choice([None, 4 * bf16, r.uniform(2000, 10000), 0]))
        self.maybe(row, 0.4, "scale_up_chips", r.choice([1, 4, 8, 64, 72]))
        self.maybe(row, 0.1, "serving_efficiency", r.uniform(0.2, 2))
        self.maybe(row, 0.5, "idle_fraction", r.choice([0, 1, r.random()]))
        self.maybe(row, 0.6, "lifetime_months", r.choice([1, 12, 24, 36, 60, 7.5, r.uniform(0.1, 70)]))
        self.maybe(row, 0.5, "embodied_kgco2e", r.choice([0, 150, r.uniform(0, 2000)]))
        self.maybe(row, 0.3, "token_latency_ms", r.choice([None, 1, 2, 4]))
        self.maybe(row, 0.4, "mtbf_hours", r.choice([None, 50_000, 10 ** r.uniform(3, 6)]))
        if self.chance(0.35) and self.periods <= 14:
            caps = [
                {"power": r.uniform(0.4, 0.95), "throughput": r.uniform(0.5, 0.99)} for _ in range(r.choice([1, 1, 2]))
            ]
            row["power_caps"] = caps
        if self.chance(0.3):
            ages = sorted({r.randint(1, 70) for _ in range(r.randint(1, 3))})
            parts = sorted((r.random() for _ in ages), reverse=True)
            row["resale"] = [{"age_months": a, "fraction": f} for a, f in zip(ages, parts, strict=True)]
            if self.chance(0.04):
                row["resale"][0]["fraction"] = r.uniform(1, 1.5)
        return row

    def site(self, s: str) -> dict:
        r = self.r
        mw = 1e-3 * 1.2 / len(self.site_ids)  # of a chip of a kilowatt
        row = {
            "id": s,
            "name": s,
            "jurisdiction": r.choice(JURISDICTIONS),
            "power_mw": None if self.chance(0.2) else self.series(*self.chips(0.4 * mw, 4 * mw), unlimited=0.15),
            "electricity_usd_per_mwh": self.series(*self.price(20, 150)),
        }
        if isinstance(row["power_mw"], (float, list)) and self.chance(0.1):  # unlimited chips would burn it for money
            row["electricity_usd_per_mwh"] = self.series(-20, 60)
        self.maybe(row, 0.7, "pue", r.choice([1, 1.1, r.uniform(1, 2)]))
        self.maybe(row, 0.6, "carbon_g_per_kwh", self.series(0, 700))
        self.maybe(row, 0.4, "water_l_per_kwh", r.uniform(0, 3))
        self.maybe(row, 0.6, "hosting_usd_per_kw_month", self.series(0, 200))
        if self.blocks:
            self.maybe(row, 0.5, "electricity_profile", self.draw_profile(mean_one=False))
        return row

    def offer(self, o: str) -> dict:
        r = self.r
        kind = r.choice(["purchase", "rental"])
        low, high = self.price(5_000, 40_000) if kind == "purchase" else self.price(0.5, 6)
        row = {
            "id": o,
            "name": o,
            "platform": r.choice(self.platform_ids),
            "provider": r.choice(PROVIDERS),
            "kind": kind,
            "price_usd": self.series(low, high),
            "sites": "*" if self.chance(0.5) else r.sample(self.site_ids, r.randint(1, len(self.site_ids))),
        }
        if kind == "rental":
            self.maybe(row, 0.7, "term_months", r.choice([None, 1, 3, 12, 36, 4.5, 16, r.uniform(0.2, 50)]))
            self.maybe(row, 0.4, "upfront_fraction", r.choice([0, 0.25, 1, r.random()]))
        self.maybe(row, 0.3, "lead_months", r.choice([0, 1, 3, 2.5, 12]))
        self.window(row)
        supply = self.chips(0.05 / self.m, 2 / self.m)
        self.maybe(row, 0.4, "supply_chips_per_month", r.choice([None, self.gaps(self.series(*supply, unlimited=0.1))]))
        self.order(row)
        self.maybe(row, 0.4, "availability", r.choice([1, 0.95, r.uniform(0.3, 1), r.uniform(0.3, 1), 0]))
        self.maybe(row, 0.4, "maintenance_per_year", r.choice([0, 0.05, r.uniform(0, 0.2)]))
        self.maybe(row, 0.4, "energy_included", r.choice([None, True, False]))
        self.maybe(row, 0.4, "hosting_included", r.choice([None, True, False]))
        self.maybe(row, 0.4, "can_switch_off", r.choice([True, False, False]))
        self.maybe(row, 0.4, "sensitivity", r.choice(TIERS))
        self.maybe(row, 0.25, "interruptible", r.choice([True, False]))
        if self.agreement_ids:
            self.maybe(row, 0.6, "agreement", r.choice([None, *self.agreement_ids]))
        if self.chance(0.35):
            row["installed"] = [self.lot() for _ in range(r.randint(1, 2))]
        return row

    def order(self, row: dict) -> None:
        """A least order, where the program stays small and the supply is not always below it."""
        supply = row.get("supply_chips_per_month")
        if self.orders >= 2 or self.periods > 6 or not (supply is None or isinstance(supply, float)):
            return
        if self.chance(0.25):
            self.orders += 1
            most = self.size if supply is None else supply * self.m
            row["min_order_chips"] = self.r.choice([0.02, 0.3, self.r.uniform(0.1, 0.9)]) * most

    def lot(self) -> dict:
        r, horizon = self.r, self.periods * self.m
        return {
            "site": r.choice(self.site_ids),
            "chips": r.choice([0, round(r.random() * self.size), r.uniform(0.001, 0.5) * self.size]),
            "months_left": r.choice([0, 1, horizon / 2, horizon, horizon + 7, r.uniform(0, 2 * horizon)]),
        }

    def workload(self, w: str) -> dict:
        r = self.r
        tokens = self.chance(0.5)
        each = TOKENS if tokens else 0.5
        low, high = self.chips(0.05 * each / len(self.workload_ids), 1.5 * each / len(self.workload_ids))
        worth = HOUR / each
        row = {
            "id": w,
            "name": w,
            "kind": r.choice(["pretraining", "post_training", "inference", "research"]),
            "unit": "tokens/s" if tokens else "PFLOP/s",
            "demand": self.demand(low, high),
            "unmet_usd": worth * r.choice([r.uniform(0.2, 4), r.uniform(0.5, 15), r.uniform(0.5, 15), 40, 40]),
        }
        self.maybe(row, 0.08, "unmet_usd", 0)
        if tokens and self.chance(0.95):
            row["inference"] = self.inference()
        self.maybe(row, 0.5, "peak_factor", r.choice([1, 2, r.uniform(1, 4)]))
        waits = r.choice(["", "", "", "flexible", "day_flexible", "max_delay_months"])
        if waits == "max_delay_months":
            row[waits] = r.choice([0, 1, self.m, 2 * self.m, r.uniform(0, min(12, self.periods * self.m))])
        elif waits:
            row[waits] = True
        if self.blocks:
            self.maybe(row, 0.7, "profile", self.draw_profile(mean_one=True))
        self.maybe(row, 0.3, "placement", r.choice(["anywhere", "one_platform", "one_platform", "one_cluster"]))
        self.maybe(row, 0.7, "precision", r.choice(["bf16", "fp8", "fp4"]))
        table = {p: r.uniform(0.1, 1) for p in r.sample(self.platform_ids, 1)}
        self.maybe(row, 0.5, "utilisation", r.choice([r.uniform(0.1, 1), table, table | {"*": r.uniform(0.1, 1)}]))
        self.maybe(row, 0.3, "software_gain_per_year", r.choice([0, 0.3, r.uniform(-0.3, 1)]))
        self.maybe(row, 0.4, "checkpoint_minutes", r.choice([0, 3, r.uniform(0, 20)]))
        self.maybe(row, 0.4, "restart_minutes", r.choice([0, 15, r.uniform(0, 60)]))
        self.maybe(row, 0.3, "sensitivity", r.choice(TIERS))
        self.maybe(row, 0.2, "jurisdictions", r.sample([*JURISDICTIONS, "BR"], r.randint(0, 4)))
        self.maybe(row, 0.3, "max_token_latency_ms", r.choice([None, 2, 20, 50, 100]))
        self.maybe(row, 0.5, "accepts_interruptible", r.choice([True, False]))
        if self.offer_ids:
            self.maybe(
                row, 0.2, "forbidden_offers", r.sample(self.offer_ids, r.randint(0, min(2, len(self.offer_ids))))
            )
        if self.chance(0.5):
            chosen = r.sample(self.platform_ids, r.randint(1, len(self.platform_ids)))
            row["throughput"] = [
                {"platform": p, "value": 0 if self.chance(0.1) else r.uniform(0.3, 3) * each,
                 "basis": r.choice(["measured", "vendor", "modelled"]), "source": "drawn"}
                for p in chosen
            ]  # fmt: skip
        return row

    def demand(self, low: float, high: float) -> object:
        r = self.r
        demand = self.gaps(self.series(low, high))
        return 0 if r.random() < 0.03 else demand

    def gaps(self, series: object) -> object:
        """Now and then nothing in some periods of a list."""
        if isinstance(series, list) and self.chance(0.3):
            return [0 if self.chance(0.4) else v for v in series]
        return series

    def inference(self) -> dict:
        r = self.r
        total = r.choice([8, 70, 405, 671, r.uniform(1, 1000)])
        model = {
            "total_params_b": total,
            "active_params_b": min(total, r.choice([8, 37, 70, 1000])),
            "context_tokens": r.choice([1000, 8000, 128_000, r.uniform(100, 50_000)]),
            "prompt_tokens_per_output": r.choice([0, 1, 10, r.uniform(0, 30)]),
            "kv_bytes_per_token": r.choice([40_000, 160_000, 327_680, r.uniform(1e4, 1e6)]),
        }
        self.maybe(model, 0.6, "max_token_latency_ms", r.choice([None, 30, 50, 100, r.uniform(5, 200)]))
        self.maybe(model, 0.2, "compute_efficiency", r.uniform(0.2, 1))
        self.maybe(model, 0.2, "bandwidth_efficiency", r.uniform(0.2, 1))
        self.maybe(model, 0.2, "weight_bytes", r.choice([None, 0.5625, r.uniform(0.4, 2)]))
        self.maybe(model, 0.2, "prefix_cache_fraction", r.choice([0, 1, r.random()]))
        self.maybe(model, 0.2, "speculative_gain", r.choice([1, r.uniform(1, 3)]))
        self.maybe(model, 0.2, "time_to_first_token_ms", r.choice([None, 10 ** r.uniform(1.5, 4)]))
        return model

    def agreement(self, g: str) -> dict:
        r = self.r
        year = self.size * HOUR * 8766
        row = {
            "id": g,
            "name": g,
            "provider": r.choice(PROVIDERS),
            "start": self.date(self.around()),
            "months": r.choice([1, 6, 12, 18, 24, 36, r.randint(1, 60)]),
            "commit_usd_per_year": r.choice([0, r.uniform(0.001, 0.2) * year, r.uniform(0.1, 1) * year]),
            "status": r.choice(["signed", "optional", "optional"]),
        }
        self.maybe(row, 0.8, "discount", r.choice([0, 0.1, r.uniform(0, 0.6)]))
        self.maybe(row, 0.3, "group", r.choice([None, "tier"]))
        return row

    def service(self, k: str) -> dict:
        r = self.r
        tokens = self.chance(0.5)
        each = TOKENS if tokens else 0.5
        usual = HOUR / TOKENS / 3600 * 1e6 if tokens else HOUR / 0.5 * 24
        row = {
            "id": k,
            "name": k,
            "provider": r.choice(PROVIDERS),
            "unit": "tokens/s" if tokens else "PFLOP/s",
            "workloads": "*" if self.chance(0.7) else r.sample(self.workload_ids, r.randint(1, len(self.workload_ids))),
            "price_usd": self.series(*self.price(0.3 * usual, 4 * usual)),
        }
        self.maybe(row, 0.5, "limit", r.choice([None, self.series(*self.chips(0.05 * each, each), unlimited=0.1)]))
        self.maybe(row, 0.5, "jurisdiction", r.choice([None, *JURISDICTIONS]))
        self.maybe(row, 0.3, "sensitivity", r.choice(TIERS))
        self.window(row)
        if self.agreement_ids:
            self.maybe(row, 0.4, "agreement", r.choice([None, *self.agreement_ids]))
        return row

    def contract(self, c: str) -> dict:
        r = self.r
        low, high = self.chips(1e-4, 1.5e-3)
        row = {
            "id": c,
            "name": c,
            "site": r.choice(self.site_ids),
            "provider": "grid",
            "mw": r.uniform(low, high),
            "start": self.date(self.around() if self.chance(0.7) else r.randint(-3, 3)),
            "status": r.choice(["signed", "optional", "optional", "optional"]),
        }
        self.maybe(row, 0.5, "months", r.choice([None, 12, 24, r.randint(1, 60)]))
        self.maybe(row, 0.7, "usd_per_mw_month", self.series(0, 60_000))
        self.maybe(row, 0.6, "capex_usd_per_mw", r.choice([0, r.uniform(1e5, 3e6)]))
        self.maybe(row, 0.4, "capex_lifetime_months", r.choice([180, 24, r.uniform(1, 200)]))
        self.maybe(row, 0.3, "group", r.choice([None, "grid", "grid"]))
        return row

    def ports(self) -> list:
        r = self.r
        pairs = [(w, stack) for w in self.workload_ids for stack in ("cuda", "rocm", "xla", "other")]
        rows = []
        for w, stack in r.sample(pairs, min(len(pairs), r.choice([0, 0, 0, 1, 2, 3]))):
            cost = self.size * HOUR * 730 * r.uniform(0.01, 5)
            row = {"workload": w, "stack": stack, "cost_usd": r.choice([0, cost, cost])}
            self.maybe(row, 0.5, "months", r.choice([0, 1, 3, 6, 2.5, r.uniform(0, 20)]))
            rows.append(row)
        return rows

    def policy(self, id: str, plan: dict) -> dict:
        r = self.r
        kind = r.choice(["share", "budget", "carbon", "coverage", "resilience"])
        members = {
            "vendor": [p["vendor"] for p in plan["platforms"]],
            "stack": [p["stack"] for p in plan["platforms"]],
            "provider": [o["provider"] for o in plan["offers"] + plan["services"]] or PROVIDERS,
            "site": self.site_ids,
            "jurisdiction": [s["jurisdiction"] for s in plan["sites"]],
        }
        row: dict = {"id": id, "name": id, "kind": kind}
        self.maybe(row, 0.2, "enabled", r.choice([True, False]))
        plural = [name for name, found in members.items() if len(set(found)) > 1]
        dimension = r.choice(plural if plural and self.chance(0.8) else list(members))
        scope = ["*", None]
        if kind == "share":
            row |= {"dimension": dimension, "metric": r.choice(["power", "compute"])}
            row["limit"] = self.fraction(0.3, 1.0)
            scope += 2 * [r.choice(members[dimension])]
        elif kind == "resilience":
            alone = len(set(members[dimension])) < 2 and self.chance(0.8)
            row |= {"dimension": dimension, "limit": 0 if alone else self.fraction(0, 0.15)}
            scope += 4 * [r.choice(self.workload_ids)]
        elif kind == "coverage":
            row["limit"] = self.fraction(0, 0.4)
            scope += 2 * [r.choice(self.workload_ids)]
        elif kind == "budget":
            year = self.size * HOUR * 8766
            row["limit"] = self.series(0.4 * year, 8 * year, unlimited=0.1)
        else:
            row["limit"] = self.series(0.4 * 3 * self.size, 10 * 3 * self.size, unlimited=0.1)
        self.maybe(row, 0.8, "scope", r.choice(scope) if kind not in ("budget", "carbon") else "*")
        if dimension == "provider" and kind == "share" and not plan["offers"] + plan["services"]:
            row.pop("scope", None)  # it would name a provider that the plan does not have
        own = Random(f"{self.seed} {id}")  # so that all else of a plan stays as its seed has always made it
        if kind in ("budget", "carbon") and own.random() < 0.5:
            members["kind"] = sorted({o["kind"] for o in plan["offers"]})
            row["dimension"] = own.choice(list(members))
            row["scope"] = own.choice(["*", *members[row["dimension"]]])
        return row

    def fraction(self, low: float, high: float) -> object:
        """A series of fractions, which no growth may carry above 1."""
        series = self.series(low, high, unlimited=0.1)
        return self.r.uniform(low, high) if isinstance(series, dict) and "start" in series else series
