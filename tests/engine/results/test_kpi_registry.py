"""The registry of key figures is complete: everything that shows one finds its unit, words and explanation there."""

from __future__ import annotations

from gigaplan.engine.analysis.provenance.kpi_trees import TREES
from gigaplan.engine.results.kpi_registry import KPIS
from gigaplan.engine.solve.solve import solve_plan
from tests.engine.plans import plan_of


def test_every_key_figure_is_explained_and_none_else() -> None:
    assert TREES.keys() == KPIS.keys()


def test_words_are_there_and_tell_figures_apart() -> None:
    labels = [kpi.label for kpi in KPIS.values()]
    assert len(set(labels)) == len(labels)
    assert len({kpi.short_label for kpi in KPIS.values()}) == len(labels)
    for kpi in KPIS.values():
        assert kpi.unit, kpi.name
        assert kpi.help.endswith("."), kpi.name
        assert len(kpi.short_label) <= len(kpi.label), kpi.name


def test_figures_per_workload_are_those_that_say_so() -> None:
    found = solve_plan(plan_of()).kpis
    assert list(found) == list(KPIS)
    assert {name for name, value in found.items() if isinstance(value, dict)} == {
        name for name, kpi in KPIS.items() if kpi.per_workload
    }


def test_units_are_in_the_currency_of_the_plan() -> None:
    assert KPIS["usd_per_pflop_day"].unit_in("EUR") == "EUR/PFLOP-day"
    assert KPIS["energy_mwh"].unit_in("EUR") == "MWh"
