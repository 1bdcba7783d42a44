"""Samples: their spread, their correlations, and the indices of a function whose indices are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from gigaplan.engine.analysis.sampling import crossed, go_together, indices, latin_hypercube, random_walk, sobol
from gigaplan.engine.plan.correlations import is_correlation, nearest_correlation

Floats = NDArray[np.float64]


def test_a_latin_hypercube_falls_once_into_each_part() -> None:
    drawn = latin_hypercube(50, 3, np.random.default_rng(1))
    for column in drawn.T:
        assert sorted((column * 50).astype(int).tolist()) == list(range(50))


def test_a_sobol_sequence_fills_each_half_of_each_axis_evenly() -> None:
    drawn = sobol(64, 4, seed=3)
    assert (drawn < 0.5).sum(axis=0).tolist() == [32] * 4
    assert np.array_equal(drawn, sobol(64, 4, seed=3))
    assert not np.array_equal(drawn, sobol(64, 4, seed=4))


def test_samples_go_together_as_asked_and_keep_their_values() -> None:
    """Iman and Conover: rank correlations within 0.02 at 10,000."""
    random = np.random.default_rng(7)
    samples = np.column_stack(
        [random.lognormal(0, 1, 10_000), random.uniform(0, 1, 10_000), random.exponential(1, 10_000)]
    )
    wanted = np.array([[1.0, 0.7, -0.4], [0.7, 1.0, 0.1], [-0.4, 0.1, 1.0]])
    found = go_together(samples, wanted, random)
    assert np.abs(spearmanr(found).statistic - wanted).max() < 0.02
    assert np.array_equal(np.sort(found, axis=0), np.sort(samples, axis=0))


def test_correlations_that_cannot_hold_are_refused_and_the_nearest_can() -> None:
    """A goes with B, B with C, and A against C: no three quantities do."""
    wanted = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    assert not is_correlation(wanted)
    with pytest.raises(ValueError, match="cannot hold at once"):
        go_together(np.random.default_rng(0).uniform(size=(10, 3)), wanted, np.random.default_rng(0))
    found = nearest_correlation(wanted)
    assert is_correlation(found)
    # By symmetry the nearest has a, a, -a; its smallest eigenvalue, 1 - 2a, is 0 at a = 1/2.
    assert np.abs(found - np.array([[1, 0.5, -0.5], [0.5, 1, 0.5], [-0.5, 0.5, 1]])).max() < 1e-3


def ishigami(probabilities: Floats) -> Floats:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, x in (-pi, pi)."""
    x = np.pi * (2 * probabilities - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def test_the_indices_of_the_ishigami_function() -> None:
    """Known (Ishigami and Homma, 1990): first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437."""
    points = crossed(8192, [[0], [1], [2]], lambda n, k: sobol(n, k, seed=1))
    found = indices(ishigami(points), 3)
    assert [i.first for i in found] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert [i.total for i in found] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)


def test_a_figure_that_does_not_vary_has_no_indices() -> None:
    found = indices(np.full(16 * 4, 7.0), 2)
    assert [(i.first, i.total) for i in found] == [(0.0, 0.0)] * 2


def test_columns_of_one_input_have_one_index() -> None:
    """Of x + y + 3 z, with x and y of one input: variances 2 and 9 of 11."""
    points = crossed(4096, [[0, 1], [2]], lambda n, k: sobol(n, k, seed=1))
    found = indices(points @ np.array([1.0, 1.0, 3.0]), 2)
    assert [i.first for i in found] == pytest.approx([2 / 11, 9 / 11], abs=0.01)
    assert [i.total for i in found] == pytest.approx([2 / 11, 9 / 11], abs=0.01)


@pytest.mark.parametrize("reversion", [0.0, 2.0])
def test_paths_are_as_planned_on_average_and_as_wide_as_they_should_be(reversion: float) -> None:
    """After t years the logarithm's variance is v^2 t, or v^2 (1 - exp(-2 r t)) / 2r where it is drawn back."""
    normal = np.random.default_rng(2).standard_normal((200_000, 8))
    found = random_walk(8, 0.25, 0.3, reversion, normal)
    assert found.mean(axis=0) == pytest.approx(np.ones(8), abs=0.005)
    years = 0.125 + 0.25 * np.arange(8)
    variance = 0.09 * ((1 - np.exp(-2 * reversion * years)) / (2 * reversion) if reversion else years)
    assert np.log(found).var(axis=0) == pytest.approx(variance, rel=0.02)
