"""Cards say how chips run, what power is contracted, and which machine a run has."""

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.timeline import Timeline
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.views.canvas.card_text import CardText, text_of
from gigaplan.gui.views.canvas.picture import picture_of
from tests.engine.plans import plan_of


def card(plan: Plan, table: str, period: int = 0) -> CardText:
    row = getattr(plan, table)[0]
    shared = (Timeline.of(plan.settings), period, "USD")
    return text_of(row, plan.platforms[0], picture_of(solve_plan(plan)), shared, (), {})


def plain(text: CardText) -> tuple[list[str], str]:
    return [part.replace("\N{THIN SPACE}", " ") for part in text.details], text.tip.replace("\N{THIN SPACE}", " ")


def test_an_offer_says_how_many_chips_are_switched_off() -> None:
    plan = plan_of(
        plan={"periods": 2}, workloads=[{"demand": [100, 50]}], offers=[{"term_months": 24, "energy_included": False}]
    )
    assert plain(card(plan, "offers"))[0][0] != "100 off"
    details, tip = plain(card(plan, "offers", 1))
    assert details[0] == "100 off"
    assert "100 of them are switched off: they draw nothing" in tip


def test_an_offer_says_how_many_chips_run_at_a_power_cap() -> None:
    plan = plan_of(
        platforms=[{"power_caps": [{"power": 0.7, "throughput": 0.9}]}], sites=[{"power_mw": 0.14, "pue": 1.0}],
        plan={"periods": 1},
    )  # fmt: skip
    details, tip = plain(card(plan, "offers"))
    assert details[0] == "200 capped"
    assert "200 of them run at a power cap (70 % of full power)" in tip


def test_a_site_says_what_it_has_by_contract() -> None:
    grid = {
        "id": "grid", "name": "Grid", "site": "here", "provider": "utility", "mw": 5, "start": "2026-01",
        "status": "signed",
    }  # fmt: skip
    plan = plan_of(sites=[{"power_mw": 1}], power_contracts=[grid])
    text = card(plan, "sites")
    assert plain(text)[0][:2] == ["US", "5 MW by contract"]
    assert text.note_unit.replace("\N{THIN SPACE}", " ") == " / 6 MW"


def test_a_run_says_its_machine_and_its_goodput() -> None:
    # 200 chips fail every 5 h: 1 / (1 + sqrt(2 x 0.05 / 5) + 0.25 / 5) = 0.84.
    plan = plan_of(
        platforms=[{"mtbf_hours": 1000}],
        workloads=[{"placement": "one_cluster", "checkpoint_minutes": 3, "restart_minutes": 15}],
    )
    details, tip = plain(card(plan, "workloads"))
    assert details[:2] == ["Chip, Here", "84 % goodput"]
    assert "Chip, Here · 84 % goodput" in tip
