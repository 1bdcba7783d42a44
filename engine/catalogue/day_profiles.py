"""The day of a demand: usual shapes to begin with, assumed, and one that is drawn block by block."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gigaplan.engine.plan.schema import Block

_FLAT = [1.0] * 24
_OFFICE = [0.3] * 7 + [0.8, 1.6] + [2.2] * 3 + [1.8] + [2.2] * 4 + [1.4, 0.8] + [0.4] * 5
_EVENING = [0.8, 0.5, 0.4, 0.3, 0.3, 0.4, 0.5, 0.7] + [0.9] * 4 + [1.0] * 4 + [1.1, 1.3, 1.5, 1.8, 2.0, 2.0, 1.7, 1.2]
SHAPES: dict[str, list[float]] = {"Flat": _FLAT, "Office hours": _OFFICE, "Consumer evening": _EVENING}
"""Demand of each hour from midnight, in any unit: assumed, no measurement."""
THREE = (
    Block(name="Night, 0 to 8", share=1 / 3),
    Block(name="Day, 8 to 18", share=10 / 24),
    Block(name="Evening, 18 to 24", share=0.25),
)
"""The hours that a plan gets which has none."""


def day_profile(shape: str, blocks: Sequence[Block]) -> tuple[float, ...]:
    """The demand of each block over the daily mean, for one of SHAPES; the blocks follow each other from midnight."""
    hourly = np.array(SHAPES[shape])
    ends = 24 * np.cumsum([0.0, *(block.share for block in blocks)])
    done = np.interp(ends, np.arange(25), np.append(0.0, np.cumsum(hourly)))
    means = np.diff(done) / np.diff(ends)
    return tuple((means / float(means @ (np.diff(ends) / 24))).tolist())


def drawn(values: Sequence[float], shares: Sequence[float], block: int, value: float) -> tuple[float, ...]:
    """The profile with another value in one block, the others scaled so that its mean stays 1.

    The value is held between 0 and 1 / share, with which all demand is in that block. Where the others are 0 they share
    what is left evenly; the only block of a day keeps 1.
    """
    if len(values) == 1:
        return (1.0,)
    value = min(max(0.0, value), 1 / shares[block])
    rest = sum(s * v for k, (s, v) in enumerate(zip(shares, values, strict=True)) if k != block)
    left = 1 - shares[block] * value
    scale, even = (left / rest, 0.0) if rest > 0 else (0.0, left / (1 - shares[block]))
    return tuple(value if k == block else v * scale + even for k, v in enumerate(values))
