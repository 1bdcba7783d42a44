"""Shares: a vendor, provider, site, jurisdiction or stack has at most a part of what stands, in each period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.linear_program import Family
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.optimization.policies.members import member_of_pairs, members
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


def _metric(i: Inputs, policy: Policy) -> Floats:
    """[N] what one chip counts: W of power, or TFLOP/s of compute."""
    bf16 = np.array([i.plan.platforms[p].bf16_tflops for p in i.offer_platform])
    return np.asarray((bf16 if policy.metric == "compute" else i.power_w)[i.pair_offer])


def _add_rows(d: Draft, policy: Policy) -> None:
    """A member has at most a part of the power or compute of all active chips, in each period."""
    i = d.inputs
    weight = _metric(i, policy)
    owner = np.array(member_of_pairs(i, policy.dimension or "vendor"))
    limit = i.time.values(policy.limit, missing=1.0)
    periods = np.arange(i.time.periods)
    for member in members(i, policy.dimension or "vendor") if policy.scope in (None, "*") else [policy.scope]:
        each = weight[:, None] * ((owner == member)[:, None] - limit[None, :])
        rows = np.broadcast_to(periods, each.shape)
        upper = -(each * i.installed).sum(axis=0)
        d.program.add_family(
            "share",
            ("period",),
            (periods,),
            [d.active(rows, each)],
            upper=upper,
            unit=1000 * d.chip_unit,
            label=policy.id,
            member=member,
        )


def _one_more(i: Inputs, active: Floats, policy: Policy, family: Family, k: int) -> float:
    """A hundredth of all that stands in the period."""
    return float((active[:, int(family.index[0][k])] * _metric(i, policy)).sum()) / 100


def _now(i: Inputs, policy: Policy, family: Family, k: int) -> float:
    return float(i.time.values(policy.limit, missing=1.0)[int(family.index[0][k])] * 100)


SHARE = PolicyKind(
    name="share",
    label="Share",
    subject="The share",
    limits="share of each member",
    is_floor=False,
    worth_unit="percentage point",
    in_limit=0.01,
    uses=frozenset({"dimension", "scope", "metric"}),
    requires=frozenset({"dimension", "metric"}),
    add_rows=_add_rows,
    per_limit=None,
    one_more=_one_more,
    now=_now,
    rule=lambda about, member, metric: f"Most {metric} of {member}",
)
