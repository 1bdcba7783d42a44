"""The largest part of a plan that PyPSA expresses without rows of one's own: chips rented by the period.

Chips of an offer, and the power of a site, are generators; a workload is a load; an assignment is a link that takes
chips and power and gives work; work not done is a generator with its price. What PyPSA does not have is left out of
the plan on both sides: terms and lifetimes that share a site's power by nameplate, idle power, agreements, policies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from msgspec import structs

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.plan.plan import Plan, with_settings


def expressible(plan: Plan) -> Plan:
    """The plan with every offer rented by the period, from the first one on, and without what PyPSA lacks."""
    hours = 730.5 * plan.settings.months_per_period
    offers = []
    for offer in plan.offers:
        price = offer.price_usd
        if offer.kind == "purchase":
            price = structs.replace(price, start=price.start / (20 * hours))
        offers.append(
            structs.replace(
                offer, kind="rental", term_months=None, lead_months=0.0, price_usd=price, availability=1.0,
                maintenance_per_year=0.0, agreement=None, energy_included=False, hosting_included=True,
            )
        )  # fmt: skip
    workloads = [structs.replace(w, peak_factor=1.0) for w in plan.workloads]
    plan = structs.replace(plan, offers=tuple(offers), workloads=tuple(workloads), agreements=(), policies=())
    return with_settings(plan, carbon_price_usd_per_t=0.0, overhead_fraction=0.0)


def network_of(i: Inputs) -> Any:
    """The network of an expressible plan. Power is in kW and work in what a chip does, so that the coefficients lie
    near one."""
    import pypsa

    periods = i.time.periods
    offers, sites, workloads = ([row.id for row in rows] for rows in (i.plan.offers, i.plan.sites, i.plan.workloads))
    n = pypsa.Network()
    n.set_snapshots(pd.RangeIndex(periods, name="snapshot"))
    n.snapshot_weightings["objective"] = i.time.discount * i.time.hours
    n.add("Bus", [f"o {k}" for k in offers])
    n.add("Bus", [f"s {k}" for k in sites])
    n.add("Bus", [f"w {k}" for k in workloads])
    most = i.supply.max(axis=1)
    n.add(
        "Generator", [f"chips {k}" for k in offers], bus=[f"o {k}" for k in offers], p_nom=most,
        p_max_pu=(i.supply / most[:, None]).T, marginal_cost=i.paid_price.T,
    )  # fmt: skip
    watts = i.site_power_mw * 1e3
    most = watts.max(axis=1)
    n.add(
        "Generator", [f"power {k}" for k in sites], bus=[f"s {k}" for k in sites], p_nom=most,
        p_max_pu=(watts / most[:, None]).T, marginal_cost=(i.electricity / 1e3).T,
    )  # fmt: skip
    unit = np.array([max(i.theta[k].max(), 1e-9) for k in range(len(workloads))])
    demand = i.demand / unit[:, None]
    n.add("Load", workloads, bus=[f"w {k}" for k in workloads], p_set=demand.T)
    n.add(
        "Generator", [f"unmet {k}" for k in workloads], bus=[f"w {k}" for k in workloads],
        p_nom=demand.max(axis=1) + 1.0, marginal_cost=i.unmet_usd * unit,
    )  # fmt: skip
    work, offer, site = i.use_workload, i.use_offer, i.pair_site[i.use_pair]
    kilowatts = i.power_w[offer] / 1e3 * i.pue[site]
    n.add(
        "Link",
        [f"{workloads[w]} {offers[o]} {sites[s]}" for w, o, s in zip(work, offer, site, strict=True)],
        bus0=[f"o {offers[o]}" for o in offer], bus1=[f"w {workloads[w]}" for w in work],
        bus2=[f"s {sites[s]}" for s in site], efficiency=i.use_theta / unit[work], efficiency2=-kilowatts,
        p_nom=i.supply.max(axis=1)[offer],
    )  # fmt: skip
    return n
