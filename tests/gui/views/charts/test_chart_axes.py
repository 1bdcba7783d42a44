"""The axes of charts: round ticks at one scale, and columns named by whole years first."""

from gigaplan.gui.charting.axes import column_ticks, names_that_fit, nice_step, tick_texts, value_ticks


def test_ticks_are_round_and_share_one_scale() -> None:
    assert nice_step(13e9, 4) == 4e9
    assert value_ticks(0, 1210, 160) == [0, 400, 800, 1200]
    assert tick_texts([0, 5e9, 10e9], "USD", "USD") == ["$0", "$5B", "$10B"]
    assert tick_texts([0, 500_000, 1_000_000], "chips", "USD") == ["0", "0.5M", "1.0M"]
    assert tick_texts([0, 400, 1200], "MW", "USD") == ["0", "400", "1\u2009200"]
    assert tick_texts([0, 2e6, 4e6], "MWh", "USD") == ["0", "2\u2009TWh", "4\u2009TWh"]
    assert tick_texts([0, 500, 1000], "tCO2e", "USD") == ["0", "0.5\u2009kt", "1.0\u2009kt"]
    assert tick_texts([0, 0.5], "MWh", "USD") == ["0", "0.5\u2009MWh"]
    assert tick_texts([-2.5e6, 0], "USD", "CHF") == ["\u22122.5M", "0"]
    assert tick_texts([0, 0.5, 1], "fraction", "USD") == ["0\u2009%", "50\u2009%", "100\u2009%"]


def test_columns_are_named_by_whole_years_first() -> None:
    quarters = tuple(f"{2026 + k // 4} Q{k % 4 + 1}" for k in range(20))
    assert column_ticks(quarters, -0.5, 19.5, 5) == [0, 4, 8, 12, 16]
    assert column_ticks(quarters, -0.5, 19.5, 4) == [0, 8, 16]
    assert names_that_fit(quarters, -0.5, 19.5, 260, lambda s: 7.0 * len(s)) == [
        (0, "2026"), (4, "2027"), (8, "2028"), (12, "2029"), (16, "2030"),
    ]  # fmt: skip
