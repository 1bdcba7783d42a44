"""The sources that a plan names, each with a number, and the rows that rest on it."""

from __future__ import annotations

from gigaplan.engine.plan.plan import Plan

MOST_USERS = 12


class Sources:
    """Every source of a plan, numbered in the order in which its tables name them."""

    def __init__(self, plan: Plan) -> None:
        self._numbers: dict[tuple[str, str], int] = {}
        self._users: dict[int, list[str]] = {}
        self.missing: list[str] = []
        """The rows that could name a source and do not."""
        for table in ("platforms", "sites", "offers"):
            for row in getattr(plan, table):
                self._use(row.source, row.as_of, row.name or row.id)
        for workload in plan.workloads:
            names = {p.id: p.name or p.id for p in plan.platforms}
            for stated in workload.throughput:
                platform = names.get(stated.platform, stated.platform)
                self._use(stated.source, stated.as_of, f"throughput of {workload.name or workload.id} on {platform}")

    def cite(self, source: str, as_of: str, user: str) -> str:
        """Numbers one more source, that of figures which no table of the plan holds, and marks it; [3]."""
        self._use(source, as_of, user)
        return self.mark(source, as_of)

    def _use(self, source: str, as_of: str, user: str) -> None:
        if not source.strip():
            self.missing.append(user)
            return
        number = self._numbers.setdefault((source, as_of), len(self._numbers) + 1)
        self._users.setdefault(number, []).append(user)

    def mark(self, source: str, as_of: str = "") -> str:
        """How a table refers to a source: [3]; empty where there is none."""
        number = self._numbers.get((source, as_of))
        return f"[{number}]" if number else ""

    def lines(self) -> tuple[str, ...]:
        """Each source in full, with its date and what rests on it."""
        made = []
        for (source, as_of), number in self._numbers.items():
            users = self._users[number]
            more = f" and {len(users) - MOST_USERS} more" if len(users) > MOST_USERS else ""
            date = f" As of {as_of}." if as_of else ""
            made.append(f"{source.strip().removesuffix('.')}.{date} For: {', '.join(users[:MOST_USERS])}{more}.")
        return tuple(made)
