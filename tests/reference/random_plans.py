"""Random plans in the interchange form, of every feature of the model; the same seed gives the same plan.

Sizes are of one order (about a thousand chips), so that limits bind now and then and most plans can be met.
"""

from random import Random

STACKS = {"acme": "cuda", "bolt": "rocm", "coil": "xla", "dyn": "cuda"}
JURISDICTIONS = ["US", "EU", "JP"]
PROVIDERS = ["own", "cloud", "spotco"]


def random_plan(seed: int) -> dict:
    """A valid plan."""
    return Maker(seed).plan()


class Maker:
    """The choices of one plan."""

    def __init__(self, seed: int) -> None:
        self.r = Random(seed)
        r = self.r
        self.periods = r.choice([1, 2, 2, 3, 3, 4, 5, 6, 8, r.randint(1, 14), r.randint(1, 14)])
        self.m = r.choice([1, 3, 3, 12, 12, r.choice([2, 4, 6])])
        self.start = 2026 * 12 + r.randrange(12)
        self.platform_ids = [f"p{k}" for k in range(r.randint(1, 4))]
        self.site_ids = [f"s{k}" for k in range(r.choice([1, 1, 2, 2, 3, 4]))]
        self.offer_ids = [f"o{k}" for k in range(r.randint(1, 6))]
        self.workload_ids = [f"w{k}" for k in range(r.choice([1, 1, 2, 2, 3, 4, 5]))]
        self.agreement_ids = [f"g{k}" for k in range(r.choice([0, 0, 1, 1, 2]))]

    def plan(self) -> dict:
        r = self.r
        settings = {
            "name": "random",
            "start": self.date(0),
            "periods": self.periods,
            "months_per_period": self.m,
            "discount_rate": r.choice([0, 0.05, 0.08, 0.12, r.uniform(0, 0.3), r.uniform(0, 1)]),
        }
        if self.chance(0.4):
            settings["carbon_price_usd_per_t"] = r.choice([0, 50, r.uniform(0, 300)])
        if self.chance(0.4):
            settings["residual_fraction"] = r.choice([0, 0.5, 1, r.random()])
        if self.chance(0.4):
            settings["overhead_fraction"] = r.choice([0, 0.1, r.uniform(0, 0.6)])
        platforms = [self.platform(p) for p in self.platform_ids]
        sites = [self.site(s) for s in self.site_ids]
        offers = [self.offer(o) for o in self.offer_ids]
        plan = {
            "format": "gigaplan/1",
            "plan": settings,
            "platforms": platforms,
            "sites": sites,
            "offers": offers,
            "workloads": [self.workload(w) for w in self.workload_ids],
            "agreements": [self.agreement(g) for g in self.agreement_ids],
            "ports": self.ports(),
        }
        count = r.choice([0, 0, 1, 1, 2, 2, 3])
        plan["policies"] = [self.policy(f"r{k}", plan) for k in range(count)]
        return plan

    def chance(self, p: float) -> bool:
        return self.r.random() < p

    def maybe(self, row: dict, p: float, name: str, value: object) -> None:
        """Gives the field with chance p; otherwise it is left to its default."""
        if self.chance(p):
            row[name] = value

    def date(self, month: int) -> str:
        month += self.start
        return f"{month // 12:04d}-{month % 12 + 1:02d}"

    def around(self) -> int:
        """A month from before the plan to after it."""
        return self.r.randint(-14, self.periods * self.m + 6)

    def series(self, low: float, high: float) -> object:
        r = self.r
        kind = r.choice(["number", "list", "growth"])
        if kind == "number":
            return r.uniform(low, high)
        if kind == "list":
            return [r.uniform(low, high) for _ in range(self.periods)]
        return {"start": r.uniform(low, high), "annual_growth": r.uniform(-0.3, 0.5)}

    def platform(self, p: str) -> dict:
        r = self.r
        vendor = r.choice(list(STACKS))
        row = {
            "id": p,
            "name": p,
            "vendor": vendor,
            "stack": STACKS[vendor],
            "bf16_tflops": 0 if self.chance(0.02) else r.uniform(400, 2500),
            "memory_gb": r.choice([24, 80, 96, 141, 192, 288]),
            "memory_bandwidth_gb_s": r.uniform(1500, 8000),
            "power_w": 0 if self.chance(0.02) else r.choice([700, 1000, r.uniform(300, 2000)]),
        }
        self.maybe(row, 0.6, "fp8_tflops", r.choice([None, r.uniform(1000, 5000), r.uniform(1000, 5000), 0]))
        self.maybe(row, 0.4, "fp4_tflops", r.choice([None, r.uniform(2000, 10000), r.uniform(2000, 10000), 0]))
        self.maybe(row, 0.5, "idle_fraction", r.choice([0, 1, r.random()]))
        self.maybe(row, 0.6, "lifetime_months", r.choice([1, 12, 24, 36, 60, 7.5, r.uniform(0.1, 70)]))
        self.maybe(row, 0.5, "embodied_kgco2e", r.choice([0, 150, r.uniform(0, 2000)]))
        self.maybe(row, 0.4, "token_latency_ms", r.choice([None, 1, 2, 4]))
        return row

    def site(self, s: str) -> dict:
        r = self.r
        row = {
            "id": s,
            "name": s,
            "jurisdiction": r.choice(JURISDICTIONS),
            "power_mw": None if self.chance(0.2) else self.series(1, 14),
            "electricity_usd_per_mwh": self.series(20, 150),
        }
        if row["power_mw"] is not None and self.chance(0.2):  # without a limit, chips could burn power for money
            row["electricity_usd_per_mwh"] = self.series(-20, 60)
        self.maybe(row, 0.7, "pue", r.choice([1, 1.1, r.uniform(1, 2)]))
        self.maybe(row, 0.6, "carbon_g_per_kwh", self.series(0, 700))
        self.maybe(row, 0.4, "water_l_per_kwh", r.uniform(0, 3))
        self.maybe(row, 0.6, "hosting_usd_per_kw_month", self.series(0, 200))
        return row

    def offer(self, o: str) -> dict:
        r = self.r
        kind = r.choice(["purchase", "rental"])
        cheap = 1e-3 if self.chance(0.05) else 1.0  # cheap enough to be had for a commitment's or a share's sake
        low, high = (5_000, 40_000) if kind == "purchase" else (0.5, 6)
        row = {
            "id": o,
            "name": o,
            "platform": r.choice(self.platform_ids),
            "provider": r.choice(PROVIDERS),
            "kind": kind,
            "price_usd": self.series(low * cheap, high * cheap),
            "sites": "*" if self.chance(0.5) else r.sample(self.site_ids, r.randint(1, len(self.site_ids))),
        }
        if kind == "rental":
            self.maybe(row, 0.7, "term_months", r.choice([None, 1, 3, 12, 36, 4.5, r.uniform(0.2, 50)]))
        self.maybe(row, 0.3, "lead_months", r.choice([0, 1, 3, 2.5, 12]))
        self.maybe(row, 0.25, "available_from", r.choice([None, self.date(self.around())]))
        self.maybe(row, 0.25, "available_until", r.choice([None, self.date(self.around())]))
        self.maybe(row, 0.4, "supply_chips", r.choice([None, self.series(0, 2000)]))
        self.maybe(row, 0.4, "availability", r.choice([1, 0.95, r.uniform(0.3, 1), r.uniform(0.3, 1), 0]))
        self.maybe(row, 0.4, "maintenance_per_year", r.choice([0, 0.05, r.uniform(0, 0.2)]))
        self.maybe(row, 0.4, "energy_included", r.choice([None, True, False]))
        self.maybe(row, 0.4, "hosting_included", r.choice([None, True, False]))
        self.maybe(row, 0.4, "sensitivity", r.choice(["public", "internal", "confidential", "restricted"]))
        self.maybe(row, 0.25, "interruptible", r.choice([True, False]))
        if self.agreement_ids:
            self.maybe(row, 0.6, "agreement", r.choice([None, *self.agreement_ids]))
        if self.chance(0.3):
            row["installed"] = [self.lot() for _ in range(r.randint(1, 2))]
        return row

    def lot(self) -> dict:
        r, horizon = self.r, self.periods * self.m
        return {
            "site": r.choice(self.site_ids),
            "chips": r.choice([0, r.randint(1, 900), r.uniform(1, 500)]),
            "months_left": r.choice([0, 1, horizon / 2, horizon, horizon + 7, r.uniform(0, 2 * horizon)]),
        }

    def workload(self, w: str) -> dict:
        r = self.r
        tokens = self.chance(0.5)
        low, high, loss = (3e4, 8e5, (0.0005, 0.02)) if tokens else (50, 900, (3, 60))
        row = {
            "id": w,
            "name": w,
            "kind": r.choice(["pretraining", "post_training", "inference", "research"]),
            "unit": "tokens/s" if tokens else "PFLOP/s",
            "demand": self.demand(low, high),
            "unmet_usd": r.choice([0, *(r.uniform(*loss) for _ in range(3)), 10 * loss[1], 10 * loss[1]]),
        }
        if tokens and self.chance(0.9):
            row["inference"] = self.inference()
        self.maybe(row, 0.5, "peak_factor", r.choice([1, 2, r.uniform(1, 4)]))
        self.maybe(row, 0.35, "flexible", r.choice([True, True, False]))
        self.maybe(row, 0.7, "precision", r.choice(["bf16", "fp8", "fp4"]))
        self.maybe(row, 0.5, "utilisation", r.uniform(0.1, 1))
        self.maybe(row, 0.3, "sensitivity", r.choice(["public", "internal", "confidential", "restricted"]))
        self.maybe(row, 0.2, "jurisdictions", r.sample([*JURISDICTIONS, "BR"], r.randint(0, 3)))
        self.maybe(row, 0.3, "max_token_latency_ms", r.choice([None, 1, 2, 3]))
        self.maybe(row, 0.5, "accepts_interruptible", r.choice([True, False]))
        self.maybe(row, 0.2, "forbidden_offers", r.sample(self.offer_ids, r.randint(0, min(2, len(self.offer_ids)))))
        if self.chance(0.3):
            chosen = r.sample(self.platform_ids, r.randint(1, len(self.platform_ids)))
            top = 2000 if tokens else 2
            row["throughput"] = [
                {"platform": p, "value": r.choice([0, r.uniform(0.1, 1) * top, r.uniform(0.1, 1) * top]),
                 "basis": r.choice(["measured", "vendor", "modelled"]), "source": "drawn"}
                for p in chosen
            ]  # fmt: skip
        return row

    def demand(self, low: float, high: float) -> object:
        r = self.r
        demand = self.series(low, high)
        if isinstance(demand, list) and self.chance(0.3):
            return [0 if r.random() < 0.4 else v for v in demand]
        return 0 if self.chance(0.03) else demand

    def inference(self) -> dict:
        r = self.r
        total = r.choice([8, 70, 405, 671, r.uniform(1, 1000)])
        model = {
            "total_params_b": total,
            "active_params_b": min(total, r.choice([8, 37, 70, 1000])),
            "context_tokens": r.choice([0, 1000, 8000, 128_000, r.uniform(100, 50_000)]),
            "prompt_tokens_per_output": r.choice([0, 1, 10, r.uniform(0, 30)]),
            "kv_bytes_per_token": r.choice([40_000, 160_000, 327_680, r.uniform(1e4, 1e6)]),
        }
        self.maybe(model, 0.7, "max_token_latency_ms", r.choice([None, 5, 20, 50, 100, r.uniform(1, 200)]))
        self.maybe(model, 0.4, "compute_efficiency", r.uniform(0.2, 1))
        self.maybe(model, 0.4, "bandwidth_efficiency", r.uniform(0.2, 1))
        return model

    def agreement(self, g: str) -> dict:
        r = self.r
        row = {
            "id": g,
            "name": g,
            "provider": r.choice(PROVIDERS),
            "start": self.date(self.around()),
            "months": r.choice([1, 6, 12, 18, 24, 36, 7.5, r.uniform(1, 40)]),
            "commit_usd_per_year": r.choice([0, r.uniform(1e5, 1e7), r.uniform(1e6, 4e7)]),
            "status": r.choice(["signed", "optional"]),
        }
        self.maybe(row, 0.8, "discount", r.choice([0, 0.1, r.uniform(0, 0.6)]))
        return row

    def ports(self) -> list:
        r = self.r
        pairs = [(w, stack) for w in self.workload_ids for stack in ("cuda", "rocm", "xla", "neuron")]
        rows = []
        for w, stack in r.sample(pairs, min(len(pairs), r.choice([0, 0, 0, 1, 2, 3]))):
            row = {"workload": w, "stack": stack, "cost_usd": r.choice([0, r.uniform(1e4, 5e7)])}
            self.maybe(row, 0.5, "months", r.choice([0, 1, 3, 6, 2.5, r.uniform(0, 20)]))
            rows.append(row)
        return rows

    def policy(self, id: str, plan: dict) -> dict:
        r = self.r
        kind = r.choice(["share", "budget", "carbon", "coverage", "resilience"])
        members = {
            "vendor": [p["vendor"] for p in plan["platforms"]],
            "stack": [p["stack"] for p in plan["platforms"]],
            "provider": [o["provider"] for o in plan["offers"]],
            "site": self.site_ids,
            "jurisdiction": [s["jurisdiction"] for s in plan["sites"]],
        }
        row: dict = {"id": id, "kind": kind}
        self.maybe(row, 0.2, "enabled", r.choice([True, False]))
        plural = [name for name, found in members.items() if len(set(found)) > 1]
        dimension = r.choice(plural if plural and self.chance(0.8) else list(members))
        scope = ["*", None]
        if kind == "share":
            row |= {"dimension": dimension, "metric": r.choice(["power", "compute"])}
            row["limit"] = self.series(0.3, 1.0)
            scope += 2 * [r.choice(members[dimension])]
        elif kind == "resilience":
            row |= {"dimension": dimension, "limit": self.series(0, 0.3)}
            scope += 2 * [r.choice(self.workload_ids)]
        elif kind == "coverage":
            row["limit"] = self.series(0, 0.6)
            scope += 2 * [r.choice(self.workload_ids)]
        else:
            row["limit"] = self.series(5e6, 1e8) if kind == "budget" else self.series(100, 8000)
        self.maybe(row, 0.8, "scope", r.choice(scope) if kind not in ("budget", "carbon") else "*")
        return row
