"""Programs put together family by family: every entry in its row, whatever the number of rows."""

import numpy as np
import pytest

from gigaplan.engine.optimization.linear_program import Assembler, merged, numbered

NAMES = {"thing": tuple(f"thing-{k}" for k in range(50)), "row": ()}


def program_of(families: list[tuple[int, list[tuple[np.ndarray, np.ndarray, np.ndarray]]]]):
    program = Assembler()
    program.add_block("deliveries", ("thing",), (np.arange(50),), np.ones(50))
    for size, entries in families:
        program.add_family("rows", ("row",), (np.arange(size),), entries, upper=1.0)
    return program.finish(constant=0.0, cost_unit=1.0, names=NAMES)


def entries_in(size: int, many: int, seed: int) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Entries in any order, no two at the same place, some of them nil, in two parts."""
    r = np.random.default_rng(seed)
    places = r.choice(size * 50, min(many, size * 50), replace=False)
    values = np.where(r.random(len(places)) < 0.1, 0.0, r.normal(size=len(places)))
    half = len(places) // 2
    return [(p // 50, p % 50, v) for p, v in ((places[:half], values[:half]), (places[half:], values[half:]))]


@pytest.mark.parametrize("sizes", [(1,), (256, 257), (65_536, 65_537), (3, 0, 70_000, 12)])
def test_entries_stand_in_their_rows(sizes: tuple[int, ...]) -> None:
    families = [(size, entries_in(size, 5_000, k)) for k, size in enumerate(sizes)]
    program = program_of(families)
    found = {
        (row, int(column)): float(value)
        for row in range(sum(sizes))
        for column, value in zip(
            program.columns[program.row_start[row] : program.row_start[row + 1]],
            program.values[program.row_start[row] : program.row_start[row + 1]],
            strict=True,
        )
    }
    expected, first = {}, 0
    for size, parts in families:
        for rows, columns, values in parts:
            for row, column, value in zip(rows.tolist(), columns.tolist(), values.tolist(), strict=True):
                if value:
                    expected[first + row, column] = value
        first += size
    assert found == expected
    assert len(program.values) == len(expected)
    x = np.random.default_rng(9).random(50)
    by_hand = np.zeros(sum(sizes))
    for (row, column), value in expected.items():
        by_hand[row] += value * x[column]
    assert program.activity(x) == pytest.approx(by_hand, abs=1e-9)


def test_a_family_without_entries_has_empty_rows() -> None:
    program = program_of([(3, []), (2, [(np.array([1]), np.array([4]), np.array([2.0]))])])
    assert program.row_start.tolist() == [0, 0, 0, 0, 0, 1]
    assert program.columns.tolist() == [4]


def test_entries_side_by_side_at_one_place_add_up() -> None:
    row, column = np.array([0, 0, 1, 1, 1, 0]), np.array([7, 7, 7, 8, 8, 7])
    rows, columns, values = merged((row, column, np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])))
    assert (rows.tolist(), columns.tolist(), values.tolist()) == ([0, 1, 1, 0], [7, 7, 8, 7], [3.0, 4.0, 24.0, 32.0])
    nothing = np.zeros(0, dtype=np.int64)
    assert [len(part) for part in merged((nothing, nothing, np.zeros(0)))] == [0, 0, 0]


def test_places_are_numbered_in_order() -> None:
    assert numbered(np.array([[True, False], [False, True]])).tolist() == [[0, -1], [-1, 1]]
