"""Resilience: at least a part of a workload's demand is served by what is left without any one member.

What is left does the work that it does anyway; or, with `reassign`, the work of the policy's workloads is shared out
anew over the chips and services that are left: a second set of assignments in the same program for each member.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.optimization import capacity
from gigaplan.engine.optimization.agreements import add_gates_of_services
from gigaplan.engine.optimization.choices import add_gates_of_work
from gigaplan.engine.optimization.linear_program import About, ColumnBlock, Entries
from gigaplan.engine.optimization.lp_builder import Draft
from gigaplan.engine.optimization.policies import floors
from gigaplan.engine.optimization.policies.kind import PolicyKind
from gigaplan.engine.optimization.policies.members import member_of_pairs, member_of_services, members_that_serve
from gigaplan.engine.plan.schema import Policy

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

COPIED = ("running", "uses", "bought")
"""Blocks of which each loss has its own: what runs, and what does which work."""
OWN_NAMES = frozenset({"power", "signature"})
"""Families of rows that are of the same limits as those of the plan itself, and keep their names."""


def _add_rows(d: Draft, policy: Policy) -> None:
    i = d.inputs
    dimension = policy.dimension or "vendor"
    owner, sold_by = np.array(member_of_pairs(i, dimension)), member_of_services(i, dimension)
    works = floors.workloads_of(i, policy)
    # Where nothing is offered at all, a floor still holds.
    for member in members_that_serve(i, dimension) or [""]:
        left = owner != member if len(owner) else np.ones(0, dtype=bool)
        sold = np.array([other != member for other in sold_by], dtype=bool)[i.buy_service]
        after = _after_loss(d, policy, member, works, left, sold) if policy.reassign else d
        for w in works:
            floors.serve_at_least(after, policy, w, left[i.use_pair], sold, member)


@dataclass(frozen=True)
class _Loss(Draft):
    """The program with the assignments after the loss of a member in the place of the plan's own."""

    name: str = ""
    left: Bools = dataclasses.field(default_factory=lambda: np.zeros(0, dtype=bool))

    def block(self, name: str) -> ColumnBlock:
        """The block called `name`, or the loss's own."""
        return self.program.blocks[f"{name} {self.name}" if name in COPIED else name]

    @property
    def is_left(self) -> Bools:
        return self.left

    def add_family(
        self, name: str, axes: tuple[str, ...], index: tuple[Ints, ...], entries: Sequence[Entries],
        **about: Unpack[About],
    ) -> None:  # fmt: skip
        """Adds rows under a name of their own, but for floors and for limits that are the plan's."""
        if not about.get("label"):
            name, about["member"] = name if name in OWN_NAMES else f"{name} after a loss", self.name
        super().add_family(name, axes, index, entries, **about)


def _after_loss(d: Draft, policy: Policy, member: str, works: list[int], left: Bools, sold: Bools) -> _Loss:
    """The columns and rows of the work that is done without a member: its chips do none, nothing is sold by it."""
    i, name = d.inputs, f"{policy.id}|{member}"
    mine = np.zeros(len(i.plan.workloads), dtype=bool)
    mine[works] = True
    modes = (d.run_columns >= 0) & left[i.mode_pair][:, None]
    uses = (d.use_columns >= 0) & (left[i.use_pair] & mine[i.use_workload])[:, None]
    buys = (d.buy_columns >= 0) & (sold & mine[i.buy_workload])[:, None]
    of_buys = d.work_unit[i.buy_workload[np.nonzero(buys)[0]]] * d.chip_unit
    for block, axis, there in (("running", "mode", modes), ("uses", "use", uses), ("bought", "buy", buys)):
        index = np.nonzero(there)
        unit = of_buys if block == "bought" else d.chip_unit
        d.program.add_block(f"{block} {name}", (axis, "period"), index, np.zeros(len(index[0])), unit=unit)
    own = {f.name: getattr(d, f.name) for f in dataclasses.fields(d)}
    after = _Loss(**own, name=name, left=left)
    capacity.add_work(after)
    capacity.add_modes(after)
    capacity.add_power(after)
    capacity.add_services(after)
    add_gates_of_work(after)
    add_gates_of_services(after)
    return after


KIND = PolicyKind(
    name="resilience",
    label="Resilience",
    subject="The service-level floor",
    limits="part of the demand",
    is_floor=True,
    worth_unit="percentage point",
    uses=frozenset({"dimension", "scope", "reassign"}),
    requires=frozenset({"dimension"}),
    add_rows=_add_rows,
    per_limit=floors.asked,
    rule=lambda about, member, metric: f"Least served of {about} without any one {member}",
    reached=floors.REACHED,
    called=lambda policy, about: f"Without any one {policy.dimension or 'vendor'}",
)
