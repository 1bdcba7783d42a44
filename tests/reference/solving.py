"""The reference optimum: one linear program for each choice of ports and optional agreements, and the best of them.

With those choices made, the rows that tie deliveries to a signature and work to a port are bounds of 0 or nothing.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from reference.model import ONE, Model
from reference.rows import all_rows
from scipy.optimize import linprog
from scipy.sparse import csr_array

MOST_CHOICES = 8


@dataclass
class Optimum:
    """The status, and with `optimal` the objective and the value of every variable."""

    status: str
    objective: float = math.nan
    decision: dict = field(default_factory=dict)


def solve(model: Model) -> Optimum:
    """The optimal decisions of a plan."""
    case = model.case
    ports = [("y", p["workload"], p["stack"]) for p in case.ports]
    signed = [("a", g) for g, row in case.agreements.items() if row["status"] == "signed"]
    free = ports + [("a", g) for g, row in case.agreements.items() if row["status"] == "optional"]
    assert len(free) <= MOST_CHOICES, "too many choices to go through one by one"
    program = Program(model)
    best = Optimum("infeasible")
    for choice in itertools.product((0.0, 1.0), repeat=len(free)):
        found = program.solve(dict(zip(free, choice, strict=True)) | dict.fromkeys(signed, 1.0))
        if found.status == "unbounded":
            return found
        if found.status == "optimal" and not found.objective >= best.objective:
            best = found
    return best


class Program:
    """The rows as matrices, each variable and row brought to a size near 1."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.objective = model.objective()
        rows = [row for row in all_rows(model) if not row.name.startswith(("signing", "port"))]
        names = {v for row in rows for v in row.expr} | set(self.objective)
        self.variables = sorted(names - {ONE}, key=repr)
        self.index = {v: j for j, v in enumerate(self.variables)}
        self.units = np.array([self.unit(v) for v in self.variables])
        self.equal = self.matrix([row for row in rows if row.equal])
        self.above = self.matrix([row for row in rows if not row.equal])
        self.costs = np.array([self.objective.get(v, 0.0) for v in self.variables]) * self.units
        self.size = float(np.median(np.abs(self.costs[self.costs != 0]))) if self.costs.any() else 1.0

    def unit(self, variable: tuple) -> float:
        if variable[0] == "z":
            return 1e6
        if variable[0] == "u":
            return max([1.0, *(self.model.case.demand(variable[1], t) for t in self.model.case.periods)])
        return 1.0 if variable[0] in "ya" else 1000.0

    def matrix(self, rows: list) -> tuple:
        """(A, b) of A v >= b or A v = b, each row divided by its largest coefficient."""
        entries, at, right = [], [], []
        for i, row in enumerate(rows):
            terms = {self.index[v]: c * self.units[self.index[v]] for v, c in row.expr.items() if v != ONE and c}
            size = max(map(abs, terms.values()), default=abs(row.expr.get(ONE, 0.0))) or 1.0
            entries += [c / size for c in terms.values()]
            at += [(i, j) for j in terms]
            right.append(-row.expr.get(ONE, 0.0) / size)
        where = np.array(at, dtype=int).reshape(-1, 2).T
        return csr_array((entries, where), shape=(len(rows), len(self.variables))), np.array(right)

    def solve(self, choice: dict) -> Optimum:
        """The best decisions under a choice of ports and agreements."""
        bounds = [self.bounds(v, choice) for v in self.variables]
        options = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
        (above, least), (equal, right) = self.above, self.equal
        found = linprog(
            self.costs / self.size, -above, -least, equal, right, bounds, method="highs-ds", options=options
        )
        if found.status in (2, 3):
            return Optimum({2: "infeasible", 3: "unbounded"}[found.status])
        assert found.status == 0, found.message
        decision = choice | dict(zip(self.variables, (found.x * self.units).tolist(), strict=True))
        objective = found.fun * self.size + self.objective.get(ONE, 0.0)
        return Optimum("optimal", objective, decision)

    def bounds(self, variable: tuple, choice: dict) -> tuple:
        case = self.model.case
        if variable in choice:
            return choice[variable], choice[variable]
        if variable[0] == "n":
            agreement = case.offers[variable[1]]["agreement"]
            return (0, None) if agreement is None or choice[("a", agreement)] else (0, 0)
        if variable[0] == "x":
            port = self.model.port(variable[1], variable[2])
            return (0, None) if port is None or choice[("y", port["workload"], port["stack"])] else (0, 0)
        return 0, None
