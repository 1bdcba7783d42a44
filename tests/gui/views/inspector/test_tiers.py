"""Tiers of an agreement stand as a ladder, with a mark at the one that is signed."""

from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.views.inspector.effects import TAKEN, effects
from tests.engine.plans import plan_of

TIER = {"provider": "cloud", "start": "2026-01", "months": 48, "status": "optional", "group": "volume"}


def ladder(*tiers: tuple[str, float, float]) -> list[tuple[str, str]]:
    """200 chips at 2 USD/h cost 3.5 million USD a year, which a discount makes less, and a commitment may make more."""
    rows = [
        TIER | {"id": id, "name": id.upper(), "commit_usd_per_year": commit, "discount": discount}
        for id, commit, discount in tiers
    ]
    plan = plan_of(agreements=rows, offers=[{"id": f"of_{id}", "agreement": id} for id, *_ in tiers])
    found = effects(solve_plan(plan), "agreements", (rows[0]["id"],), 0)[1]
    return [(name, value.replace("\N{THIN SPACE}", " ")) for name, value in found[2:]]


def test_the_chosen_tier_is_marked_the_smallest_first() -> None:
    assert ladder(("large", 30e6, 0.3), ("small", 1e6, 0.1)) == [
        ("Tiers of volume", ""),
        (f"{TAKEN} SMALL", "$1 M a year, −10 %"),
        ("· LARGE", "$30 M a year, −30 %"),
    ]


def test_none_signed_is_said() -> None:
    assert ladder(("large", 1e12, 0.01), ("larger", 2e12, 0.02))[0] == ("Tiers of volume", "none is signed")
