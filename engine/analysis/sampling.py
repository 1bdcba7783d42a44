"""Samples of several uncertain quantities at once: how they are spread over their ranges, how they go together, and
how much of a figure's variance each explains. Plain arrays in and out; nothing here knows a plan.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGE = 1e-9
"""How near to 0 and 1 a probability may come: the ends of some distributions are infinite."""


def latin_hypercube(count: int, size: int, random: np.random.Generator) -> Floats:
    """[count, size] probabilities: each column falls once into each of `count` parts that are equally likely
    (McKay, Beckman and Conover, 1979)."""
    places = random.permuted(np.tile(np.arange(count)[:, None], (1, size)), axis=0)
    return np.asarray(np.clip((places + random.uniform(0.0, 1.0, (count, size))) / count, EDGE, 1 - EDGE))


def sobol(count: int, size: int, seed: int) -> Floats:
    """[count, size] probabilities of a scrambled Sobol sequence (Owen, 1998), which fills the space evenly.

    It is even where `count` is a power of two.
    """
    from scipy.stats import qmc  # type: ignore[import-untyped]  # takes seconds to import

    drawn = qmc.Sobol(size, scramble=True, seed=seed).random(count)
    return np.asarray(np.clip(drawn, EDGE, 1 - EDGE))


def go_together(samples: Floats, ranks: Floats, random: np.random.Generator) -> Floats:
    """The samples [n, k], each column in another order, so that their rank correlations are nearly `ranks` [k, k].

    Every column keeps its values (Iman and Conover, 1982). Raises ValueError where `ranks` is no correlation matrix;
    `nearest_correlation` gives one.
    """
    count, size = samples.shape
    if not is_correlation(ranks):
        raise ValueError("these correlations cannot hold at once")
    if count < 2 or size < 2:
        return samples
    # The correlation of normal scores with this rank correlation (Pearson): 2 sin(pi rho / 6).
    wanted = nearest_correlation(2 * np.sin(np.pi * ranks / 6))
    scores = np.array([NormalDist().inv_cdf(k / (count + 1)) for k in range(1, count + 1)])
    drawn = random.permuted(np.tile(scores[:, None], (1, size)), axis=0)
    by_chance = np.linalg.cholesky(np.corrcoef(drawn, rowvar=False))
    shaped = drawn @ np.linalg.inv(by_chance).T @ np.linalg.cholesky(wanted).T
    order = np.argsort(np.argsort(shaped, axis=0), axis=0)
    return np.asarray(np.take_along_axis(np.sort(samples, axis=0), order, axis=0))


def rank_correlations(samples: Floats) -> Floats:
    """[k, k] Spearman's rank correlations of the columns of samples [n, k]."""
    ranks = np.argsort(np.argsort(samples, axis=0), axis=0)
    return np.atleast_2d(np.corrcoef(ranks, rowvar=False))


def is_correlation(matrix: Floats) -> bool:
    """Whether a matrix is symmetric with ones on its diagonal and no negative eigenvalue."""
    if not np.allclose(matrix, matrix.T, atol=1e-9) or not np.allclose(np.diag(matrix), 1.0, atol=1e-9):
        return False
    return bool(np.linalg.eigvalsh(matrix)[0] >= -1e-9)


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


class Indices(Struct, frozen=True):
    """What part of a figure's variance an input explains."""

    first: float
    """By itself: what would go if it were known."""
    total: float
    """With all that it does together with others: what would stay if all others were known."""


def sobol_indices(
    function: Callable[[Floats], Floats], size: int, count: int, sample: Callable[[int, int], Floats]
) -> list[Indices]:
    """First-order and total indices of a function of `size` inputs, by `count * (size + 2)` evaluations.

    `function` takes probabilities [n, size] and gives [n]; `sample(n, k)` draws them. First order as in Saltelli et al.
    (2010), total as in Jansen (1999). A figure that does not vary gives zeros.
    """
    both = sample(count, 2 * size)
    a, b = both[:, :size], both[:, size:]
    at_a, at_b = function(a), function(b)
    variance = float(np.var(np.concatenate([at_a, at_b])))
    found = []
    for k in range(size):
        mixed = a.copy()
        mixed[:, k] = b[:, k]
        moved = function(mixed)
        if variance <= 0:
            found.append(Indices(0.0, 0.0))
            continue
        first = float(np.mean(at_b * (moved - at_a))) / variance
        total = float(np.mean((at_a - moved) ** 2)) / (2 * variance)
        found.append(Indices(first, total))
    return found


def random_walk(periods: int, years: float, volatility: float, reversion: float, normal: Floats) -> Floats:
    """[n, periods] factors of a price or a demand that wanders, 1 on average in every period.

    The logarithm of a factor is a random walk with `volatility` a year, or, with `reversion` above 0, one that is drawn
    back to where it was planned at that rate a year (Ornstein and Uhlenbeck). `years` is the length of a period;
    `normal` [n, periods] are independent standard normal draws. The first period has moved for half its length.
    """
    steps = np.full(periods, years)
    steps[:1] = years / 2
    found = np.zeros_like(normal)
    level, spread = np.zeros(len(normal)), 0.0
    for t, step in enumerate(steps.tolist()):
        decay = np.exp(-reversion * step)
        variance = volatility**2 * ((1 - decay**2) / (2 * reversion) if reversion > 0 else step)
        level = level * decay + np.sqrt(variance) * normal[:, t]
        spread = spread * decay**2 + variance
        found[:, t] = np.exp(level - spread / 2)
    return found
