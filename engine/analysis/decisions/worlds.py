"""Worlds: the plan with other numbers, each with a weight; and what must be decided before it is known which comes.

*Here and now* are deliveries whose order date (month of delivery less lead time, not before the plan's start) lies
before the decision date, and what is signed, contracted, ported and placed. They are equal in all worlds. All else,
later deliveries, assignment, switching off and work not served, is *recourse*, of its own in each world.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.analysis.decisions.exits import LEFT, Exit, with_exits
from gigaplan.engine.analysis.uncertainty import draws, under
from gigaplan.engine.optimization.arrays import Inputs, inputs_of
from gigaplan.engine.optimization.formulation import build
from gigaplan.engine.optimization.linear_program import ColumnBlock, LinearProgram
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import PlanError, refused, say
from gigaplan.engine.plan.scenarios import apply_scenario, target, with_target
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.validation.rules import check, errors

Bools = NDArray[np.bool_]
Name = tuple[str, ...]
"""What a column stands for in any world: its block, then the names of its places: deliveries, h200|iowa, 2027-01."""

OWN = "of its own"
"""The first part of the name of what one world alone decides by 0 or 1; the world's id follows, then what it is."""
BASE = "base"
"""The id of the world that is the plan as it stands."""
MOST_WORLDS = 32


class World(Struct, frozen=True):
    """The plan with the numbers of one world, and how likely that world is."""

    id: str
    weight: float
    """Weights are 0 or more; they are shared out to sum to 1."""
    plan: Plan


def worlds_of(plan: Plan, ids: Sequence[str] | None = None) -> list[World]:
    """The worlds with these ids, scenarios or `base`, each with its weight in the plan; all of them without `ids`.

    Raises PlanError for an unknown id, one named twice, weights that are all 0, no world or more than `MOST_WORLDS`.
    """
    weights = {BASE: plan.settings.base_weight} | {s.id: s.weight for s in plan.scenarios}
    chosen = list(weights) if ids is None else list(ids)
    for id in chosen:
        if id not in weights:
            raise refused("world_unknown", id=id, known=tuple(weights))
    if len(set(chosen)) < len(chosen):
        raise refused("world_twice")
    return shared_out(World(id, weights[id], bare(plan, None if id == BASE else id)) for id in chosen)


def drawn(plan: Plan, count: int, seed: int = 0) -> list[World]:
    """`count` equally likely worlds, drawn from the plan's uncertain inputs. Raises PlanError."""
    if not plan.uncertainties:
        raise refused("nothing_to_draw")
    if wrong := [p for p in errors(check(plan), what_if=True) if p.table == "uncertainties"]:
        raise PlanError(tuple(wrong))
    cases = draws(plan, count, seed)
    plain = msgspec.structs.replace(plan, scenarios=())
    return shared_out(World(f"draw{k + 1}", 1.0, under(plain, case)) for k, case in enumerate(cases))


def shared_out(worlds: Iterable[World]) -> list[World]:
    """The worlds with weights that sum to 1; those without weight are left out. Raises PlanError."""
    found = [world for world in worlds if world.weight > 0]
    if not found:
        raise refused("no_world_counts")
    if len(found) > MOST_WORLDS:
        raise refused("too_many_worlds", count=len(found), most_worlds=MOST_WORLDS)
    total = sum(world.weight for world in found)
    return [msgspec.structs.replace(world, weight=world.weight / total) for world in found]


def bare(plan: Plan, scenario: str | None) -> Plan:
    """The plan under a scenario, or as it stands, without scenarios and uncertain inputs of its own."""
    moved = plan if scenario is None else apply_scenario(plan, scenario)
    return msgspec.structs.replace(moved, scenarios=(), uncertainties=())


@dataclass(frozen=True)
class WorldProgram:
    """The linear program of one world, with names for its columns that hold in every world of the plan."""

    world: World
    inputs: Inputs
    program: LinearProgram
    exits: tuple[Exit, ...] = ()
    """Agreements that may be left, each at its date."""

    @classmethod
    def of(cls, world: World, exits: Sequence[Exit] = ()) -> WorldProgram:
        """The program of a world. Raises PlanError with the errors of its plan, or for an exit that cannot be."""
        if found := errors(check(world.plan)):
            told = [say("in_world", world=world.id, problem=p.message) for p in found]
            raise PlanError(tuple(msgspec.structs.replace(p, message=m) for p, m in zip(found, told, strict=True)))
        inputs = inputs_of(world.plan)
        return cls(world, inputs, with_exits(inputs, build(inputs), exits), tuple(exits))

    @cached_property
    def names(self) -> list[Name]:
        """[C] what each column stands for."""
        found: list[Name] = [()] * len(self.program.cost)
        for block in self.program.blocks.values():
            found[block.columns] = named_places(self.program, block)
        return found

    def here_and_now(self, months: float) -> Bools:
        """[C] which columns are decided before it is known which world comes, `months` after the plan's start."""
        found = np.zeros(len(self.program.cost), dtype=bool)
        early = ordered_before(self.inputs, months)
        for block in self.program.blocks.values():
            if not block.size:
                continue
            if block.name == "deliveries":
                pair, period = block.index
                found[block.columns] = early[self.inputs.pair_offer[pair], period]
            elif block.axes == ("offer", "period"):  # least orders, decided for deliveries of that period
                offer, period = block.index
                found[block.columns] = early[offer, period]
            elif block.name == LEFT:  # whoever leaves after the date knows the world by then
                found[block.columns] = [each.months(self.inputs.plan) < months for each in self.exits]
            elif self.program.integer[block.columns].any():
                found[block.columns] = True
        return found

    def decided_together(self, months: float) -> tuple[NDArray[np.int64], list[Name]]:
        """The columns that a search over all worlds decides, and what each is called there: those of here and now, and
        those by 0 and 1 that are recourse, such as leaving an agreement later, which are of this world alone."""
        now = self.here_and_now(months)
        columns = np.flatnonzero(now | self.program.integer)
        own = (OWN, self.world.id)
        return columns, [self.names[k] if now[k] else (*own, *self.names[k]) for k in columns.tolist()]


def ordered_before(inputs: Inputs, months: float) -> Bools:
    """[O, T] whether what an offer delivers in a period is ordered less than `months` after the plan's start."""
    starts = np.arange(inputs.time.periods) * inputs.time.months
    leads = np.array([offer.lead_months for offer in inputs.plan.offers], dtype=float)
    return np.asarray(np.maximum(starts[None, :] - leads[:, None], 0.0) < months)


def named_places(program: LinearProgram, block: ColumnBlock) -> list[Name]:
    """What each column of a block stands for."""
    axes = [program.names[axis] for axis in block.axes]
    places = zip(*(index.tolist() for index in block.index), strict=True)
    return [(block.name, *(names[k] for names, k in zip(axes, place, strict=True))) for place in places]


def mean_plan(plan: Plan, worlds: Sequence[World], moved: Iterable[tuple[str, str | None, str]]) -> Plan:
    """The plan with the weighted mean of the worlds' values in each of these numeric (table, row, field).

    What is no number, or is empty in a world, stays as the plan has it.
    """
    time = Timeline.of(plan.settings)
    found = plan
    for table, row, name in moved:
        _, field = target(plan, table, row, name)
        values = [getattr(target(world.plan, table, row, name)[0], name) for world in worlds]
        if field.kind not in ("number", "series") or any(value is None for value in values):
            continue
        mean: Any
        if field.kind == "number":
            mean = sum(world.weight * value for world, value in zip(worlds, values, strict=True))
        else:
            each = [time.values(value) for value in values]
            mean = tuple(np.sum([w.weight * v for w, v in zip(worlds, each, strict=True)], axis=0).tolist())
        found = with_target(found, table, row, name, mean)
    return found
