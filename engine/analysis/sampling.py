"""Samples of several uncertain quantities at once: how they are spread over their ranges, how they go together, and
how much of a figure's variance each explains. Plain arrays in and out; nothing here knows a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from gigaplan.engine.plan.correlations import is_correlation, nearest_correlation

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

    It is even where `count` is a power of two; of another number, the first points of the next such one are given.
    """
    from scipy.stats import qmc  # type: ignore[import-untyped]  # takes seconds to import

    drawn = qmc.Sobol(size, scramble=True, seed=seed).random_base2(max(count - 1, 0).bit_length())[:count]
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
    shaped = drawn
    if count > 2 * size:  # of fewer samples the correlations that they have by chance cannot be taken out
        shaped = drawn @ np.linalg.inv(np.linalg.cholesky(np.corrcoef(drawn, rowvar=False))).T
    shaped = shaped @ np.linalg.cholesky(wanted).T
    order = np.argsort(np.argsort(shaped, axis=0), axis=0)
    return np.asarray(np.take_along_axis(np.sort(samples, axis=0), order, axis=0))


class Indices(Struct, frozen=True):
    """What part of a figure's variance an input explains."""

    first: float
    """By itself: what would go if it were known."""
    total: float
    """With all that it does together with others: what would stay if all others were known."""


def crossed(count: int, groups: Sequence[Sequence[int]], sample: Callable[[int, int], Floats]) -> Floats:
    """[count * (inputs + 2), columns] the probabilities at which the indices of inputs are found: two samples A and B,
    then A once for each input with the columns of that input (its group) from B. `sample(n, k)` draws [n, k]."""
    size = sum(map(len, groups))
    both = sample(count, 2 * size)
    a, b = both[:, :size], both[:, size:]
    found = [a, b]
    for group in groups:
        mixed = a.copy()
        mixed[:, list(group)] = b[:, list(group)]
        found.append(mixed)
    return np.concatenate(found)


def indices(figures: Floats, inputs: int) -> list[Indices]:
    """First-order and total indices of each input, from a figure at the points of `crossed`, in their order.

    First order as in Saltelli et al. (2010), total as in Jansen (1999). A figure that does not vary gives zeros.
    """
    at_a, at_b, *moved = figures.reshape(inputs + 2, -1)
    both = np.concatenate([at_a, at_b])
    variance, mean = float(np.var(both)), float(np.mean(both))
    if variance <= 1e-18 * mean**2:
        return [Indices(0.0, 0.0)] * inputs
    return [
        Indices(
            float(np.mean((at_b - mean) * (at_mixed - at_a))) / variance,
            float(np.mean((at_a - at_mixed) ** 2)) / (2 * variance),
        )
        for at_mixed in moved
    ]


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
