"""What to sign now: candidate plans, each with its here-and-now decisions held in every world, and the hedged plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, structs

from gigaplan.engine.analysis.decisions.exits import Exit, check_exits
from gigaplan.engine.analysis.decisions.joint_program import Risk
from gigaplan.engine.analysis.decisions.losses import Loss, losses
from gigaplan.engine.analysis.decisions.two_stage import (
    Decision,
    Hedge,
    InWorld,
    Known,
    decision_of,
    hedge,
    held_in,
    own_optima,
    waiting,
)
from gigaplan.engine.analysis.decisions.worlds import World, worlds_of
from gigaplan.engine.plan.plan import Plan

HEDGE = "hedge"
MOST_CANDIDATES = 8
"""Plans that are held in every world: those of the likeliest worlds, and the hedged one."""


class Candidate(Struct, frozen=True):
    """A plan that could be signed now, and what it comes to in each world."""

    id: str
    """The world whose own optimum it is, or `hedge`."""
    decision: Decision
    worlds: tuple[InWorld, ...]

    @property
    def expected_usd(self) -> float | None:
        """The weighted mean of its cost; None where some world cannot hold it."""
        known = [(w.weight, w.cost_usd) for w in self.worlds if w.cost_usd is not None]
        return sum(weight * cost for weight, cost in known) if len(known) == len(self.worlds) else None

    @property
    def worst_regret_usd(self) -> float | None:
        """Its largest regret; None where some world cannot hold it."""
        known = [w.regret_usd for w in self.worlds if w.regret_usd is not None]
        return max(known) if len(known) == len(self.worlds) else None


class Choice(Struct, frozen=True):
    """Candidates by worlds; the hedged plan comes first. Without candidates unless `status` is optimal."""

    status: str
    text: str = ""
    """The world that has no plan, where it is one; else why there is nothing to choose, where that can be said."""
    candidates: tuple[Candidate, ...] = ()
    evpi_usd: float | None = None
    losses: tuple[Loss, ...] = ()
    """What the loss of each member comes to, for the plan of the first world."""


def choose(
    worlds: Sequence[World],
    months: float,
    *,
    risk: Risk | None = None,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Choice:
    """The hedged plan and the plans of the likeliest worlds, each held in all worlds, decided `months` after the start.

    `progress` hears how far it is (0 to 1), and at what. Raises PlanError where a world's plan has errors.
    """
    known = own_optima(worlds, jobs, lambda part, what: progress(0.3 * part, what))
    if (none := known.without_plan) is not None:
        return Choice(none.status, none.worlds[0].id)
    progress(0.3, "all worlds together")
    both = hedge(known, months, risk=risk)
    if both.status != "optimal" or both.decision is None:
        return Choice(both.status, "no decision of now fits every world")
    found = candidates(
        known, both, months, jobs, lambda part, what: progress(0.5 + 0.3 * part, f"{what} in every world")
    )
    first = known.programs[0]
    gone = losses(
        first.inputs,
        first.program,
        known.owns[0],
        jobs=jobs,
        progress=lambda part, what: progress(0.8 + 0.2 * part, f"without {what}"),
    )
    return Choice("optimal", "", found, both.evpi_usd, tuple(gone))


def candidates(
    known: Known,
    both: Hedge,
    months: float,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> tuple[Candidate, ...]:
    """The hedged plan, then the own plans of the likeliest worlds, each held in all worlds."""
    programs, owns = known.programs, known.owns
    found = [Candidate(HEDGE, both.decision or {}, both.worlds)]
    likeliest = sorted(range(len(programs)), key=lambda k: -programs[k].world.weight)[:MOST_CANDIDATES]
    costs = [own.objective for own in owns]
    for done, k in enumerate(sorted(likeliest)):
        progress(done / len(likeliest), f"the plan of {programs[k].world.id}")
        decision = decision_of(programs[k], owns[k], months)
        found.append(Candidate(programs[k].world.id, decision, held_in(programs, decision, months, costs, jobs)))
    return tuple(found)


def least_regret(found: Sequence[Candidate]) -> Candidate | None:
    """The candidate whose largest regret is least; None where none can be held in every world."""
    known = [(c.worst_regret_usd, k) for k, c in enumerate(found) if c.worst_regret_usd is not None]
    return found[min(known)[1]] if known else None


class Now(Struct, frozen=True):
    """Something that is decided now, in one plan and in another."""

    kind: str
    """`deliveries`, in chips of an offer; else a block of decisions by 0 and 1: signed, contracted, ported, placed."""
    id: str
    one: float
    other: float


def differences_now(one: Decision, other: Decision) -> list[Now]:
    """What two plans decide differently now: chips by offer where they differ by a thousandth, and what is signed."""
    amounts: dict[tuple[str, str], list[float]] = {}
    for k, decision in enumerate((one, other)):
        for name, value in decision.items():
            what = name[1].partition("|")[0] if name[0] == "deliveries" else "|".join(name[1:])
            if name[0] in ("deliveries", "signed", "contracted", "ported", "placed"):
                amounts.setdefault((name[0], what), [0.0, 0.0])[k] += value
    found = [Now(kind, id, a, b) for (kind, id), (a, b) in amounts.items()]
    apart = [n for n in found if abs(n.one - n.other) > (max(1e-3 * max(n.one, n.other), 0.5))]
    return sorted(apart, key=lambda n: (n.kind == "deliveries", -abs(n.one - n.other)))


class Waiting(Struct, frozen=True):
    """What the two-stage plan is expected to cost as it is known later which world comes: (months later, USD)."""

    status: str
    costs: tuple[tuple[float, float | None], ...] = ()


def waiting_of(plan: Plan, months: float, progress: Callable[[float, str], None]) -> Waiting:
    """The value of waiting in all worlds of a plan: decided by the date, and 3, 6 and 12 months later."""
    known = own_optima(worlds_of(plan), progress=lambda part, what: progress(0.3 * part, what))
    first = hedge(known, months)
    if first.status != "optimal":
        return Waiting(first.status)
    later = waiting(known, months, progress=lambda part, what: progress(0.4 + 0.6 * part, what))
    return Waiting("optimal", ((0.0, first.expected_usd), *((m, h.expected_usd) for m, h in later)))


class Leaving(Struct, frozen=True):
    """What the two-stage plan is expected to cost without an exit clause, with it, and with it for nothing."""

    status: str
    exit: Exit
    without_usd: float | None = None
    with_usd: float | None = None
    free_usd: float | None = None
    left_in: tuple[str, ...] = ()
    """The worlds in which the agreement is left, with the clause at its fee."""

    @property
    def worth_usd(self) -> float | None:
        """What the clause is worth at its fee: what may at most be paid for having it."""
        return None if self.without_usd is None or self.with_usd is None else self.without_usd - self.with_usd


def leaving(
    known: Known,
    exit: Exit,
    months: float,
    *,
    risk: Risk | None = None,
    jobs: int = 1,
    progress: Callable[[float, str], None] = lambda part, what: None,
) -> Leaving:
    """The worth of an exit clause in worlds whose own optima, without it, are known. Raises PlanError."""
    without = hedge(known, months, risk=risk)
    worlds = [program.world for program in known.programs]
    found: list[Hedge] = []
    for k, each in enumerate((exit, structs.replace(exit, fee_usd=0.0))):
        progress(0.1 + 0.45 * k, f"{exit.agreement} may be left" + (" for nothing" if k else ""))
        found.append(hedge(own_optima(worlds, jobs, exits=(each,)), months, risk=risk))
    status = next((h.status for h in (without, *found) if h.status != "optimal"), "optimal")
    if status != "optimal":
        return Leaving(status, exit)
    left = tuple(w.id for w in found[0].worlds if exit.agreement in w.left)
    return Leaving(status, exit, without.expected_usd, found[0].expected_usd, found[1].expected_usd, left)


def leaving_of(plan: Plan, exit: Exit, months: float, progress: Callable[[float, str], None]) -> Leaving:
    """The worth of an exit clause in all worlds of a plan; see `leaving`."""
    check_exits(plan, (exit,))
    known = own_optima(worlds_of(plan), progress=lambda part, what: progress(0.1 * part, what))
    return leaving(known, exit, months, progress=progress)


def choice_of(plan: Plan, months: float, progress: Callable[[float, str], None]) -> Choice:
    """What to sign now in all worlds of a plan; see `choose`."""
    return choose(worlds_of(plan), months, progress=progress)
