"""The reference optimum: HiGHS for linear programs, and branch and bound over the decisions of 0 or 1.

What the model says with a number that bounds no plan (no chips of an agreement unless it is signed, no delivery unless
it is ordered) is no row here: a branch in which the decision is 0 fixes those variables at 0, and a branch in which it
is open leaves them free. Of the plans of least objective the one of least energy is taken, by a second search.
"""

import math
from dataclasses import dataclass, field

import highspy
import numpy as np
from reference.model import ONE, WHOLE, Expr, Model, value
from reference.rows import all_rows, links, signed

SAME = 1e-9
"""Objectives that differ by less than this part are the same."""
ALIKE = 1e-7
"""And energies."""


@dataclass
class Optimum:
    """The status, and with `optimal` the objective, the energy and the value of every variable."""

    status: str
    objective: float = math.nan
    energy: float = math.nan
    decision: dict = field(default_factory=dict)


def solve(model: Model) -> Optimum:
    """The plan of least objective, and of those the one of least energy."""
    program = Program(model)
    first = program.search(program.costs)
    if first.status != "optimal":
        return Optimum(first.status)
    whole = program.whole_of(first.x)
    if program.free_wholes:
        second = program.search(program.energy, first.objective)
        if second.status == "optimal" and program.is_no_dearer(program.whole_of(second.x), first):
            whole = program.whole_of(second.x)
    return program.optimum(program.least_energy(whole, first))


@dataclass
class Answer:
    """Of one linear program: its objective without the constant, and its variables in the program's units."""

    status: str
    objective: float = math.inf
    x: np.ndarray | None = None


class Program:
    """The rows as matrices, each variable and row brought to a size near 1, and the search."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.rows = all_rows(model)
        self.goal, self.heat = model.objective(), model.energy_mwh()
        names: dict = {}
        for expr in [self.goal, self.heat, *(row.expr for row in self.rows)]:
            names.update(dict.fromkeys(expr))
        names.pop(ONE, None)
        self.variables = list(names)
        self.index = {v: j for j, v in enumerate(self.variables)}
        self.links = [(self.index[k.whole], [self.index[v] for v in k.others]) for k in self.all_links(names)]
        taken = signed(model)
        self.fixed = {self.index[v]: amount for v, amount in taken.items() if v in self.index}
        self.fixed |= {j: 0.0 for v, j in self.index.items() if v[0] == "q" and self.hopeless(v)}
        wholes = [j for v, j in self.index.items() if v[0] in WHOLE and j not in self.fixed]
        self.free_wholes = sorted(wholes, key=lambda j: (ORDER.index(self.variables[j][0]), j))
        self.build()

    def all_links(self, names: dict) -> list:
        """The links; a decision that stands in no row (an agreement without a commitment) gets its variable here."""
        found = links(self.model)
        for link in found:
            names.setdefault(link.whole)
        self.variables = list(names)
        self.index = {v: j for j, v in enumerate(self.variables)}
        return found

    def hopeless(self, q: tuple) -> bool:
        """An order of more than can be had."""
        offer = self.model.doc.offers[q[1]]
        limit = self.model.doc.at("offers", offer, "supply_chips_per_month", q[2])
        return limit is not None and limit * self.model.doc.m < offer["min_order_chips"]

    # Matrices.

    def build(self) -> None:
        terms = [(i, v, c) for i, row in enumerate(self.rows) for v, c in row.expr.items()]
        entries = [(i, self.index[v], c) for i, v, c in terms if v != ONE and c]
        at = np.array([(i, j) for i, j, _ in entries], dtype=int).reshape(-1, 2)
        numbers = np.array([c for _, _, c in entries], dtype=float)
        right = np.array([-row.expr.get(ONE, 0.0) for row in self.rows], dtype=float)
        self.scale(at, numbers, right)
        numbers = numbers * self.row_scale[at[:, 0]] * self.unit[at[:, 1]]
        order = np.lexsort((at[:, 0], at[:, 1]))
        at, numbers = at[order], numbers[order]
        self.lower = right * self.row_scale
        self.upper = np.where([row.equal for row in self.rows], self.lower, highspy.kHighsInf)
        self.costs, self.energy = self.column(self.goal), self.column(self.heat)
        self.constant, self.cost_size = self.goal.get(ONE, 0.0), size(self.costs)
        self.energy_constant = self.heat.get(ONE, 0.0)
        self.low = np.zeros(len(self.variables))
        self.high = np.full(len(self.variables), highspy.kHighsInf)
        for v, j in self.index.items():
            if v[0] in WHOLE:
                self.high[j] = 1.0
        self.solver = self.new_solver(at, numbers)
        self.held: set = set()

    def scale(self, at: np.ndarray, numbers: np.ndarray, right: np.ndarray) -> None:
        """Geometric scaling of rows and columns by powers of 2; decisions of 0 or 1 stay as they are."""
        rows, columns = len(self.rows), len(self.variables)
        logs = np.log2(np.abs(numbers)) if len(numbers) else numbers
        r, c = np.zeros(rows), np.zeros(columns)
        held = np.array([v[0] in WHOLE for v in self.variables], dtype=bool)
        # The constants of rows count as one column more: chips are as many as demand and supply make them.
        lonely = np.flatnonzero(right)
        at = np.vstack([at, np.column_stack([lonely, np.full(len(lonely), columns)])]).astype(int)
        logs = np.concatenate([logs, np.log2(np.abs(right[lonely]))])
        c, held = np.append(c, 0.0), np.append(held, True)
        for _ in range(8):
            r = -middle(logs + c[at[:, 1]], at[:, 0], rows)
            c = np.where(held, 0.0, -middle(logs + r[at[:, 0]], at[:, 1], columns + 1))
        self.row_scale, self.unit = 2.0 ** np.round(r), 2.0 ** np.round(c[:-1])

    def column(self, expr: Expr) -> np.ndarray:
        numbers = np.zeros(len(self.variables))
        for v, c in expr.items():
            if v != ONE:
                numbers[self.index[v]] = c
        return numbers * self.unit

    def new_solver(self, at: np.ndarray, numbers: np.ndarray) -> highspy.Highs:
        """The program in HiGHS."""
        h = highspy.Highs()
        h.setOptionValue("output_flag", False)
        h.setOptionValue("threads", 1)
        h.setOptionValue("primal_feasibility_tolerance", 1e-9)
        h.setOptionValue("dual_feasibility_tolerance", 1e-9)
        lp = highspy.HighsLp()
        columns = len(self.variables)
        lp.num_col_, lp.num_row_ = columns, len(self.rows)
        lp.col_cost_ = np.zeros(columns)
        lp.col_lower_, lp.col_upper_ = self.low, self.high
        lp.row_lower_, lp.row_upper_ = self.lower, self.upper
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        counts = np.bincount(at[:, 1], minlength=columns)
        lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        lp.a_matrix_.index_ = at[:, 0].astype(np.int32)
        lp.a_matrix_.value_ = numbers
        assert h.passModel(lp) != highspy.HighsStatus.kError
        return h

    # One linear program.

    def set_costs(self, costs: np.ndarray) -> None:
        self.unit_cost = size(costs)
        n = len(costs)
        self.solver.changeColsCost(n, np.arange(n, dtype=np.int32), costs / self.unit_cost)

    def set_bounds(self, choice: dict) -> None:
        """Bounds of a branch: `choice` fixes columns of 0 or 1."""
        low, high = self.low.copy(), self.high.copy()
        for j, amount in choice.items():
            low[j] = high[j] = amount
        for whole, others in self.links:
            if choice.get(whole) == 0.0:
                high[others] = 0.0
        n = len(low)
        self.solver.changeColsBounds(n, np.arange(n, dtype=np.int32), low, high)
        self.bounds = low, high

    def low_now(self, variable: tuple) -> float:
        """The value at which a decision of 0 or 1 is held."""
        return float(self.bounds[0][self.index[variable]])

    def cap(self, objective: float) -> None:
        """Lets the objective be no more than this, by one row more; infinite for no such row."""
        if self.solver.getNumRow() > len(self.rows):
            self.solver.deleteRows(1, np.array([len(self.rows)], dtype=np.int32))
        if math.isfinite(objective):
            at = np.flatnonzero(self.costs).astype(np.int32)
            numbers = self.costs[at] / self.cost_size
            self.solver.addRow(-highspy.kHighsInf, objective / self.cost_size, len(at), at, numbers)

    def run(self) -> Answer:
        """The program as it stands; a solver that gives up is asked again in another way."""
        h = self.solver
        for strategy, presolve in ((1, "choose"), (1, "off"), (4, "off"), (4, "on")):
            h.setOptionValue("simplex_strategy", strategy)
            h.setOptionValue("presolve", presolve)
            h.run()
            status = h.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                return Answer("optimal", h.getInfo().objective_function_value * self.unit_cost, self.values())
            # Of a program without a bottom HiGHS's presolve may say that it is infeasible: its word alone is not taken.
            if status == highspy.HighsModelStatus.kInfeasible and presolve == "off":
                return Answer("infeasible")
            if status == highspy.HighsModelStatus.kUnbounded:
                return Answer("unbounded", -math.inf)
            h.clearSolver()
        return Answer("unknown")

    def values(self) -> np.ndarray:
        return np.array(self.solver.getSolution().col_value)

    # The search.

    def search(self, costs: np.ndarray, at_most: float | None = None) -> Answer:
        """The least of `costs` over all choices of 0 and 1, where the objective is no more than `at_most`."""
        self.set_costs(costs)
        self.cap(highspy.kHighsInf if at_most is None else at_most + slack(at_most))
        best, open_nodes = Answer("infeasible"), [(-math.inf, dict(self.fixed))]
        while open_nodes:
            bound, choice = open_nodes.pop()
            if self.no_better(bound, best.objective):
                continue
            self.set_bounds(choice)
            found = self.run()
            if found.status == "unknown" and at_most is not None:
                continue  # at the edge of what plans there are
            assert found.status != "unknown", "HiGHS gives no answer"
            if found.status == "unbounded":
                rest = [j for j in self.free_wholes if j not in choice]
                if not rest:
                    return found
                open_nodes += [(-math.inf, choice | {rest[0]: 0.0}), (-math.inf, choice | {rest[0]: 1.0})]
                continue
            if found.status == "infeasible" or self.no_better(found.objective, best.objective):
                continue
            branch, whole = self.undecided(found.x, choice)
            if branch is None:
                self.set_bounds(whole)
                exact = self.run()
                if exact.status == "optimal" and exact.objective < best.objective:
                    best = exact
                near = exact.status == "optimal" and exact.objective <= found.objective + slack(found.objective)
                rest = [j for j in self.free_wholes if j not in choice]
                if near or not rest:
                    continue
                branch = rest[0], whole[rest[0]]
            j, first = branch
            open_nodes.append((found.objective, choice | {j: 1.0 - first}))
            open_nodes.append((found.objective, choice | {j: first}))
        return best

    def no_better(self, bound: float, best: float) -> bool:
        """Whether a branch is left alone."""
        return bound >= best - slack(best)

    def undecided(self, x: np.ndarray, choice: dict) -> tuple:
        """((column, value to try first), None) of a decision to branch on; or (None, all decisions) if none is open."""
        needs = {whole: max(x[others]) > 1e-7 for whole, others in self.links}
        whole = dict(choice)
        for j in self.free_wholes:
            if j in choice:
                continue
            kind, now = self.variables[j][0], x[j]
            if kind == "q":
                whole[j] = float(needs[j])
                most = sum(x[k] * self.unit[k] for k in self.others_of(j))
                if needs[j] and most < self.model.doc.offers[self.variables[j][1]]["min_order_chips"] * (1 - 1e-9):
                    return (j, float(most > 0.5 * self.model.doc.offers[self.variables[j][1]]["min_order_chips"])), None
            elif kind == "a":
                whole[j] = float(needs.get(j, False))
                if needs.get(j) and now < 1 - 1e-7:
                    return (j, 1.0), None
            else:
                whole[j] = float(round(now))
                if abs(now - round(now)) > 1e-7:
                    return (j, float(now > 0.3)), None
        return None, whole

    def others_of(self, whole: int) -> list:
        return next(others for j, others in self.links if j == whole)

    def whole_of(self, x: np.ndarray) -> dict:
        """The decisions of 0 or 1 of an answer."""
        return self.fixed | {j: float(round(x[j])) for j in self.free_wholes}

    # The tie rule.

    def least_energy(self, whole: dict, first: Answer) -> Answer:
        """With the decisions of 0 or 1 held, the plan of least objective, and of those the one of least energy."""
        best = self.exact(whole)
        if best.status != "optimal" or best.objective > first.objective + 3 * slack(first.objective):
            whole = self.whole_of(first.x)
            best = self.exact(whole)
        self.choice = whole
        self.on_face(self.energy)
        found = self.run()
        self.off_face()
        if found.status == "optimal":
            objective = float(self.costs @ found.x) + 0.0
            if objective <= best.objective + 3 * slack(best.objective):
                return Answer("optimal", objective, found.x)
        return best

    def is_no_dearer(self, whole: dict, first: Answer) -> bool:
        """Whether decisions of 0 or 1 reach the least objective to what adding it up in double precision may lose; the
        search for the least energy lets it be SAME more, which is not nothing where it is USD 1e13."""
        found = self.exact(whole)
        gross = abs(self.constant) + float(np.abs(self.costs * first.x).sum())
        return found.status == "optimal" and found.objective <= first.objective + len(first.x) * 2.0**-52 * gross

    def exact(self, whole: dict) -> Answer:
        """The least objective with the decisions of 0 or 1 held."""
        self.cap(highspy.kHighsInf)
        self.set_costs(self.costs)
        self.set_bounds(whole)
        found = self.run()
        assert found.status != "unknown", "HiGHS gives no answer"
        return found

    def other_choices(self, choice: dict) -> list:
        """Other decisions of 0 or 1 with the objective and the energy of `choice`: of each decision, those in which it
        is the other way."""
        best = self.exact(choice)
        cool = float(self.energy @ self.least_energy(choice, best).x)
        fixed, found = self.fixed, []
        for j in self.free_wholes:
            self.fixed = fixed | {j: 1.0 - choice[j]}
            other = self.search(self.energy, best.objective)
            if other.status == "optimal" and other.objective <= cool + ALIKE * abs(cool):
                found.append(self.whole_of(other.x) | {j: 1.0 - choice[j]})
        self.fixed = fixed
        return found

    def corners(self, choice: dict, directions: list) -> list:
        """The decisions of plans of least objective and energy that are each least in a direction."""
        best, found = self.exact(choice), []
        if best.status != "optimal":
            return found
        self.on_face(self.energy)
        cool = self.run()
        if cool.status == "optimal":
            self.on_face(directions[0])
        self.choice = choice
        for direction in directions if cool.status == "optimal" else []:
            self.set_costs(direction)
            corner = self.run()
            if corner.status == "optimal" and abs(self.costs @ corner.x - best.objective) <= 3 * slack(best.objective):
                found.append(self.optimum(corner).decision)
        self.off_face()
        return found

    def on_face(self, costs: np.ndarray) -> None:
        """Leaves only plans that are as good as the last answer, by its duals, and sets another goal."""
        solution = self.solver.getSolution()
        duals, x = np.array(solution.col_dual), np.array(solution.col_value)
        low, high = self.bounds
        low, high = low.copy(), high.copy()
        paid = np.abs(duals) > 1e-8
        low[paid] = high[paid] = x[paid]
        n = len(low)
        self.solver.changeColsBounds(n, np.arange(n, dtype=np.int32), low, high)
        self.bounds = low, high
        held = [i for i, dual in enumerate(solution.row_dual) if abs(dual) > 1e-8 and i < len(self.rows)]
        for i in held:
            self.solver.changeRowBounds(i, self.lower[i], self.lower[i])
        self.held |= set(held)
        self.set_costs(costs)

    def off_face(self) -> None:
        for i in self.held:
            self.solver.changeRowBounds(i, self.lower[i], self.upper[i])
        self.held.clear()

    def optimum(self, best: Answer) -> Optimum:
        decision = dict(zip(self.variables, (best.x * self.unit).tolist(), strict=True))
        decision |= {self.variables[j]: amount for j, amount in self.choice.items()}
        decision |= signed(self.model)
        return Optimum("optimal", value(self.goal, decision), value(self.heat, decision), decision)


ORDER = ["a", "e", "c", "y", "q"]


def slack(objective: float) -> float:
    return SAME * abs(objective) if math.isfinite(objective) else 0.0


def size(costs: np.ndarray) -> float:
    """A number to divide costs by: the geometric mean of those that are not 0."""
    found = np.abs(costs[costs != 0])
    return float(2.0 ** np.round(np.mean(np.log2(found)))) if len(found) else 1.0


def middle(logs: np.ndarray, at: np.ndarray, count: int) -> np.ndarray:
    """Half way between the least and the largest of each group; 0 of an empty one."""
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, at, logs)
    np.maximum.at(high, at, logs)
    empty = ~np.isfinite(low)
    low[empty] = high[empty] = 0.0
    return (low + high) / 2
