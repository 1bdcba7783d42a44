"""Which KPIs the objective and the tie rule fix: those that other plans of the same objective and energy share."""

import numpy as np
from reference.kpis import kpis
from reference.model import Model
from reference.solving import Optimum, Program

DRAWS = 6


def fixed_kpis(model: Model, best: Optimum, relative: float = 1e-7) -> dict:
    """The KPIs of an optimum, flat (`coverage w0`), that all optimal plans share.

    The plans are corners of the set of optima, each least or largest in the variables of one kind or in a direction
    drawn at random, with the decisions of 0 or 1 of the optimum and with others that are as good.
    """
    program = Program(model)
    choice = program.fixed | {j: round(best.decision[program.variables[j]]) for j in program.free_wholes}
    found = flat(kpis(model, best.decision))
    size = abs(best.objective)
    draw = np.random.default_rng(0)
    kinds = np.array([v[0] for v in program.variables])
    drawn = [1.0 * (kinds == kind) for kind in dict.fromkeys(kinds.tolist())]
    drawn += [draw.normal(size=len(program.variables)) for _ in range(DRAWS)]
    directions = [sign * direction for direction in drawn for sign in (1, -1)]
    for wholes in [choice, *program.other_choices(choice)]:
        for decision in program.corners(wholes, directions):
            other = flat(kpis(model, decision))
            keep = {n for n, v in found.items() if n in other and near(v, other[n], relative, size if money(n) else 0)}
            found = {n: v for n, v in found.items() if n in keep}
    return found


def flat(figures: dict) -> dict:
    """Figures by one name each; what is None is left out."""
    found = {}
    for name, figure in figures.items():
        if isinstance(figure, dict):
            found |= {f"{name} {key}": v for key, v in figure.items()}
        elif figure is not None:
            found[name] = figure
    return found


def money(name: str) -> bool:
    """Whether a figure is a sum of USD, which may be a difference of larger ones."""
    return name.endswith("_usd")


def near(a: float, b: float, relative: float, size: float = 0.0) -> bool:
    return abs(a - b) <= relative * max(abs(a), abs(b), size) + 1e-12
