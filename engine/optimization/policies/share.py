"""Shares: a vendor, provider, site, jurisdiction or stack has at most a part of what runs, in each period."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization.amounts import Amounts
from gigaplan.engine.optimization.arrays import Inputs
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.optimization.policies.members import member_of_pairs, members
from gigaplan.engine.plan.schema import Policy

Floats = NDArray[np.float64]


def _metric(i: Inputs, policy: Policy) -> Floats:
    """[M] what one chip counts in a mode: W of power, or TFLOP/s of compute."""
    offer = i.pair_offer[i.mode_pair]
    if policy.metric == "compute":
        bf16 = np.array([i.plan.platforms[p].bf16_tflops for p in i.offer_platform])
        return np.asarray(bf16[offer] * i.mode_speed)
    return np.asarray(i.power_w[offer] * i.mode_power)


def _add_rows(d: Draft, policy: Policy) -> None:
    """A member has at most a part of the power or compute of all chips that run, in each period with a limit."""
    i = d.inputs
    weight = _metric(i, policy)
    owner = np.array(member_of_pairs(i, policy.dimension or "vendor"))[i.mode_pair]
    limit = i.time.values(policy.limit)
    periods = np.flatnonzero(np.isfinite(limit))
    rows = np.full(i.time.periods, -1, dtype=np.int64)
    rows[periods] = np.arange(len(periods))
    part = np.where(rows >= 0, limit, 0.0)
    every = members(i, policy.dimension or "vendor")
    for member in every if policy.scope in (None, "*") else [m for m in every if m == policy.scope]:
        each = weight[:, None] * ((owner == member)[:, None] - part[None, :])
        entries, standing = d.sums(Amounts(running=each), rows)
        upper = np.zeros(len(periods))
        upper[: len(standing)] = -standing
        d.program.add_family(
            "share",
            ("period",),
            (periods,),
            entries,
            upper=upper,
            unit=1000 * d.chip_unit,
            label=policy.id,
            member=member,
        )


KIND = PolicyKind(
    name="share",
    label="Share",
    subject="The share",
    limits="share of each member",
    worth_unit="percentage point",
    uses=frozenset({"dimension", "scope", "metric"}),
    requires=frozenset({"dimension", "metric"}),
    add_rows=_add_rows,
    per_limit=None,
    rule=lambda about, member, metric: f"Most {metric} of {member}",
    reached="You hit the {size}cap{about} ({name})",
    called=lambda policy, about: (
        f"Largest share of {about}" if about else f"Largest {policy.dimension or 'vendor'} share"
    ),
)
