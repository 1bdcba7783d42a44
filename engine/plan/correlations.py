"""How uncertain inputs go together: rank correlations by pairs, and the nearest that can hold at once."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Correlation

Floats = NDArray[np.float64]


def correlations_of(plan: Plan) -> Floats:
    """[k, k] the rank correlations of a plan's uncertain inputs; a pair that no row names is independent."""
    at = {row.id: k for k, row in enumerate(plan.uncertainties)}
    found = np.eye(len(at))
    for row in plan.uncertainties:
        for each in row.correlations:
            if each.other in at and each.other != row.id:
                a, b = at[row.id], at[each.other]
                found[a, b] = found[b, a] = each.rank
    return found


def with_nearest_correlations(plan: Plan) -> Plan:
    """The plan with the nearest rank correlations that can hold at once; itself where its own can.

    Correlations are rounded to three digits, and drawn towards 0 as far as they must be to hold as rounded.
    """
    wanted = correlations_of(plan)
    if is_correlation(wanted):
        return plan
    nearest = nearest_correlation(wanted)
    parts = (1 - k / 1000 for k in range(1000))
    found = next(m for part in parts if is_correlation(m := _rounded(part * nearest)))
    rows = []
    for a, row in enumerate(plan.uncertainties):
        pairs = [(other.id, found[a, b]) for b, other in enumerate(plan.uncertainties[:a])]
        named = tuple(Correlation(other=id, rank=float(rank)) for id, rank in pairs if rank)
        rows.append(msgspec.structs.replace(row, correlations=named))
    return msgspec.structs.replace(plan, uncertainties=tuple(rows))


def _rounded(matrix: Floats) -> Floats:
    found = np.round(matrix, 3)
    np.fill_diagonal(found, 1.0)
    return found


def going_together(plan: Plan, ids: Sequence[str], rank: float) -> Plan:
    """The plan where each two of these uncertain inputs have this rank correlation."""
    chosen = [id for id in ids if any(row.id == id for row in plan.uncertainties)]
    rows = []
    for row in plan.uncertainties:
        if row.id in chosen:
            others = chosen[: chosen.index(row.id)]
            kept = [c for c in row.correlations if c.other not in chosen]
            pairs = [*kept, *(Correlation(other=id, rank=rank) for id in others)]
            row = msgspec.structs.replace(row, correlations=tuple(pairs))
        rows.append(row)
    return msgspec.structs.replace(plan, uncertainties=tuple(rows))


def is_correlation(matrix: Floats) -> bool:
    """Whether a matrix is symmetric with ones on its diagonal and no negative eigenvalue."""
    if not np.allclose(matrix, matrix.T, atol=1e-9) or not np.allclose(np.diag(matrix), 1.0, atol=1e-9):
        return False
    return bool(np.linalg.eigvalsh(matrix).min(initial=0.0) >= -1e-9)  # of no inputs, too


def nearest_correlation(matrix: Floats) -> Floats:
    """The nearest positive-definite correlation matrix, by alternating projections with Dykstra's correction
    (Higham, 2002)."""
    found = (matrix + matrix.T) / 2
    correction = np.zeros_like(found)
    for _ in range(200):
        shifted = found - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, 1e-7)) @ vectors.T
        correction = positive - shifted
        before, found = found, positive.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - before).max() < 1e-10:
            break
    size = np.sqrt(np.diag(positive))
    return np.asarray(positive / np.outer(size, size))
