"""Formulas of fields: what they give, what is refused, and what an edit leaves of them."""

from __future__ import annotations

import msgspec
import pytest

from gigaplan.engine.plan.annotations import Figures, annotated, field_at, named, with_members_followed, without_member
from gigaplan.engine.plan.fields import Growth, Steps
from gigaplan.engine.plan.formulas import FormulaError, after_edit, amount, computed, formula_of, recomputed, unsound
from gigaplan.engine.plan.plan import Plan, with_fields, without
from gigaplan.engine.plan.scenarios import apply_scenario
from gigaplan.engine.plan.schema import Installed, Offer, Override, Parameter, Scenario, Settings, Site, Workload

DEMAND = ("workloads", "code", "demand")


def plan_of(**changes: object) -> Plan:
    work = [
        Workload(id=id, name=id.title(), kind="inference", unit="tokens/s", demand=demand, unmet_usd=1.0)
        for id, demand in (("chat", 1000.0), ("code", 300.0), ("agents", (1.0, 2.0, 3.0, 4.0)))
    ]
    site = Site(id="chat", name="Iowa", jurisdiction="US", power_mw=None, electricity_usd_per_mwh=Growth(50.0, 0.1))
    growth = Parameter(id="growth", name="Growth", value=1.5)
    settings = Settings(name="p", start="2027-01", periods=4)
    return Plan(settings=settings, workloads=tuple(work), sites=(site,), parameters=(growth,), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("=1.2*200000", 240000.0),
        ("=-2^2 + 7", 3.0),
        ("=2^3^2", 512.0),
        ("=(1+2)*3/4", 2.25),
        ("=10-4-3", 3.0),
        ("=min(3; 2, 5) + max(1; 4)", 6.0),
        ("=1.5e3*growth", 2250.0),
        ("=demand(chat)*0.3", 300.0),
        ("=workloads.demand(chat)", 1000.0),
        ("=plan.discount_rate*100", 8.0),
        ("=demand(agents)*2", (2.0, 4.0, 6.0, 8.0)),
        ("=demand(agents)+demand(chat)", (1001.0, 1002.0, 1003.0, 1004.0)),
        ("=max(demand(agents); 2.5)", (2.5, 2.5, 3.0, 4.0)),
        ("=electricity_usd_per_mwh(chat)*2", Growth(100.0, 0.1)),
    ],
)
def test_what_a_formula_gives(formula: str, value: object) -> None:
    assert amount(plan_of(), formula) == value


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("=1/0", "divides by 0"),
        ("=growth/(growth-1.5)", "divides by 0"),
        ("=(-8)^0.5", "gives no number"),
        ("=9^9^9", "gives no number"),
        ("=2*", "is not complete"),
        ("=(2", "is not complete"),
        ("=2)", "has ) in the wrong place"),
        ("=2 3", "has 3 in the wrong place"),
        ("=2 $ 3", "not understood"),
        ("=__import__(os)", "names __import__, which is no number of a row"),
        ("=grwth", 'Did you mean "growth"?'),
        ("=demand(chta)", 'Did you mean "chat"?'),
        ("=name(chat)", "is no number of a row"),
        ("=power_mw(chat)", "names Facility power of Iowa, which is empty"),
        ("=plan.name", "no number of the plan"),
        ("=" + "(" * 200 + "1" + ")" * 200, "brackets"),
        ("=1" + "+1" * 300, "longer than 500"),
    ],
)
def test_what_is_refused(formula: str, why: str) -> None:
    with pytest.raises(FormulaError) as error:
        amount(plan_of(), formula)
    assert why in str(error.value)


def test_a_figure_of_several_tables_is_asked_about() -> None:
    plan = plan_of()
    twin = Site(id="iowa", name="I", jurisdiction="US", power_mw=1.0, electricity_usd_per_mwh=1.0, source="s")
    plan = Plan(settings=plan.settings, sites=(twin,), parameters=(Parameter(id="iowa", name="x", value=2.0),))
    assert amount(plan, "=pue(iowa)") == 1.2
    assert amount(plan, "=value(iowa) + iowa") == 4.0


def test_a_circle_is_refused_by_name() -> None:
    plan = annotated(plan_of(), [("workloads", "chat", "demand")], formula="=demand(code)/0.3")
    with pytest.raises(FormulaError) as error:
        computed(plan, DEMAND, "=demand(chat)*0.3")
    assert str(error.value) == "leads back to itself: Demand of Code needs Demand of Chat needs Demand of Code"


def test_a_value_must_fit_its_field() -> None:
    with pytest.raises(FormulaError, match=r"gives -1, but Demand must be 0 or more"):
        computed(plan_of(), DEMAND, "=-1")
    with pytest.raises(FormulaError, match=r"Number of periods is a whole number"):
        computed(plan_of(), ("plan", None, "periods"), "=2.5")
    with pytest.raises(FormulaError, match=r"PUE is one number"):
        computed(plan_of(), ("sites", "chat", "pue"), "=demand(agents)")


def held(plan: Plan, place: tuple[str, str | None, str] = DEMAND) -> object:
    return Figures(plan).value(place)


def test_formulas_follow_what_they_name_and_a_typed_value_takes_their_place() -> None:
    plan = recomputed(annotated(plan_of(), [DEMAND], formula="=demand(chat)*0.3*growth"))
    assert held(plan) == 450.0
    more = after_edit(plan, with_fields(plan, "workloads", "chat", demand=2000.0))
    assert held(more) == 900.0
    assert formula_of(more, DEMAND)
    steeper = after_edit(more, with_fields(more, "parameters", "growth", value=1.0))
    assert held(steeper) == 600.0
    typed = after_edit(steeper, with_fields(steeper, "workloads", "code", demand=5.0))
    assert held(typed) == 5.0
    assert not typed.annotations


def test_a_formula_without_its_row_keeps_the_value_and_is_a_problem() -> None:
    plan = recomputed(annotated(plan_of(), [DEMAND], formula="=demand(chat)*0.3"))
    gone = after_edit(plan, without(plan, "workloads", ["chat"]))
    assert held(gone) == 300.0
    ((place, message),) = unsound(gone)
    why = message.text
    assert place == DEMAND
    assert "no such row" in why
    assert not without(plan, "workloads", ["code"]).annotations


def test_a_scenario_moves_what_formulas_name() -> None:
    more = Override(table="workloads", row="chat", field="demand", op="scale", value=2.0)
    wide = Scenario(id="wide", name="Wide", overrides=(more,))
    own = Scenario(
        id="own", name="Own",
        overrides=(
            Override(table="workloads", row="code", field="demand", op="set", value=7.0),
            Override(table="parameters", row="growth", field="value", op="set", value=9.0),
        ),
    )  # fmt: skip
    plan = recomputed(annotated(plan_of(scenarios=(wide, own)), [DEMAND], formula="=demand(chat)*0.3*growth"))
    assert held(apply_scenario(plan, "wide")) == 900.0
    assert held(apply_scenario(plan, "own")) == 7.0


def test_steps_keep_their_form_when_they_are_scaled() -> None:
    plan = with_fields(plan_of(), "workloads", "chat", demand=Steps((("2027-01", 1.0), ("2027-05", 3.0))))
    assert amount(plan, "=demand(chat)*2") == Steps((("2027-01", 2.0), ("2027-05", 6.0)))
    assert amount(plan, "=demand(chat)+1") == (2.0, pytest.approx(3 + 1 / 3), 4.0, 4.0)


def test_edits_that_become_a_scenario_leave_formulas_in_the_base() -> None:
    from gigaplan.engine.plan.scenario_from_edits import edited_under

    empty = Scenario(id="s", name="S")
    base = recomputed(annotated(plan_of(scenarios=(empty,)), [DEMAND], formula="=demand(chat)*0.3"))
    shown = apply_scenario(base, "s")
    made = edited_under(base, "s", shown, after_edit(shown, with_fields(shown, "workloads", "chat", demand=2000.0)))
    assert made.plan is not None
    assert [(o.row, o.value) for o in made.plan.scenarios[0].overrides] == [("chat", 2000.0)]
    shown = apply_scenario(made.plan, "s")
    assert held(shown) == 600.0
    made = edited_under(made.plan, "s", shown, after_edit(shown, with_fields(shown, "workloads", "code", demand=1.0)))
    assert made.plan is not None
    assert formula_of(made.plan, DEMAND)
    assert held(made.plan) == 300.0
    assert held(apply_scenario(made.plan, "s")) == 1.0


def test_formulas_locks_and_parameters_survive_every_file(tmp_path) -> None:
    from gigaplan.engine.exchange.plan_from_sheets import read_sheets
    from gigaplan.engine.exchange.plan_to_sheets import to_csv_folder
    from gigaplan.engine.plan.decode import decode_plan, encode_plan
    from gigaplan.engine.storage.load import open_plan
    from gigaplan.engine.storage.save import save_plan
    from gigaplan.engine.validation.rules import check

    plan = recomputed(annotated(plan_of(), [DEMAND], formula="=demand(chat)*growth", comment="Half of chat, grown."))
    plan = annotated(plan, [("sites", "chat", "pue"), ("plan", None, "discount_rate")], locked=True)
    save_plan(plan, tmp_path / "p.gigaplan", expected=None, uuid=None, revision=1)
    assert open_plan(tmp_path / "p.gigaplan").plan == plan
    assert decode_plan(encode_plan(plan)) == plan
    (tmp_path / "p.zip").write_bytes(to_csv_folder(plan))
    assert read_sheets(tmp_path / "p.zip").onto(plan) == plan
    assert not [p for p in check(plan) if p.severity == "error" and p.table in ("annotations", "workloads")]


def test_a_file_in_which_formula_and_value_differ_is_refused_with_its_path() -> None:
    from gigaplan.engine.validation.rules import check

    plan = annotated(plan_of(), [DEMAND], formula="=1+1")
    plan = annotated(plan, [("offers", "gone", "price_usd")], locked=True)
    said = {p.path: p.text for p in check(plan) if p.severity == "error"}
    assert said["workloads[1].demand"] == "is 300, and its formula =1+1 gives 2"
    assert said["annotations[1]"] == 'names "gone", and offers has no such row'


def test_a_formula_of_one_period_takes_that_period_and_follows() -> None:
    plan, place = plan_of(), ("workloads", "agents", "demand.2027-07")
    assert computed(plan, place, "=demand(chat)/growth + demand(code)") == pytest.approx(1000 / 1.5 + 300)
    plan = recomputed(annotated(plan, [place], formula="=demand(chat)/4"))
    assert plan.workloads[2].demand == (1.0, 2.0, 250.0, 4.0)
    assert Figures(plan).value(place) == 250
    assert named(plan, place) == "Demand in 2027 Q3 of Agents"
    after = after_edit(plan, with_fields(plan, "workloads", "chat", demand=400.0))
    assert after.workloads[2].demand == (1.0, 2.0, 100.0, 4.0)
    assert list(unsound(after)) == []
    # What is typed over has no formula any more, nor has a series that has no periods.
    for demand in ((1.0, 2.0, 7.0, 4.0), 5.0):
        typed = after_edit(after, with_fields(after, "workloads", "agents", demand=demand))
        assert (typed.workloads[2].demand, typed.annotations) == (demand, ())
    # A scenario that sets the series sets all of it.
    move = Override(table="workloads", row="agents", field="demand", op="set", value=9.0)
    under = apply_scenario(
        msgspec.structs.replace(after, scenarios=(Scenario(id="s", name="S", overrides=(move,)),)), "s"
    )
    assert under.workloads[2].demand == 9.0


@pytest.mark.parametrize("formula", ["=demand(agents)*2", "=demand(code)"])
def test_a_period_that_needs_its_own_series_is_refused_by_name(formula: str) -> None:
    place = ("workloads", "agents", "demand.2027-07")
    plan = annotated(plan_of(), [DEMAND], formula="=demand(agents)")
    with pytest.raises(FormulaError, match="leads back to itself: Demand in 2027 Q3 of Agents needs"):
        computed(plan, place, formula)


def test_a_formula_within_a_row_within_a_row() -> None:
    lots = (Installed(site="chat", chips=10.0, months_left=12.0), Installed(site="chat", chips=20.0, months_left=24.0))
    offer = Offer(
        id="o", name="O", platform="p", provider="P", kind="purchase", price_usd=1.0, sites="*", installed=lots
    )
    plan = msgspec.structs.replace(plan_of(), offers=(offer,))
    first, second = (("offers", "o", f"installed.{k}.chips") for k in (0, 1))
    plan = recomputed(annotated(plan, [second], formula="=demand(code)/3"))
    assert [lot.chips for lot in plan.offers[0].installed] == [10.0, 100.0]
    assert named(plan, second) == "Chips of installed fleet 2 of O"
    assert computed(plan, first, "=growth*2") == 3
    left = with_fields(
        without_member(plan, ("offers", "o", "installed"), 0), "offers", "o", installed=plan.offers[0].installed[1:]
    )
    left = after_edit(plan, left)
    assert formula_of(left, first) == "=demand(code)/3"
    assert after_edit(plan, with_fields(plan, "offers", "o", installed=())).annotations == ()
    with pytest.raises(KeyError):
        field_at(("offers", "o", "price_usd.x"))


def lot(chips: float, months_left: float = 12.0, site: str = "chat") -> Installed:
    return Installed(site=site, chips=chips, months_left=months_left)


HELD = (lot(10), lot(100, 24), lot(30, 36))


@pytest.mark.parametrize(
    ("now", "at"),
    [
        ((lot(1), *HELD), 2),
        ((lot(1), lot(2), lot(3), *HELD), 4),
        (HELD[1:], 0),
        (HELD[::-1], 1),
        ((HELD[1], HELD[0], HELD[2]), 0),
        ((HELD[2], HELD[0], HELD[1]), 2),
        ((lot(1), HELD[0], lot(100, 48), HELD[2]), 2),
        (HELD[:1] + HELD[2:], None),
        ((lot(10), lot(7, 24), lot(30, 36)), None),  # typed over
        ((lot(10), lot(100, 24, "other"), lot(30, 36)), 1),
        ((lot(10), lot(100, 48, "other"), lot(30, 36)), 1),
        ((), None),
    ],
)
def test_a_formula_follows_its_row_within_a_row_wherever_it_goes(now: tuple[Installed, ...], at: int | None) -> None:
    offer = Offer(
        id="o", name="O", platform="p", provider="P", kind="purchase", price_usd=1.0, sites="*", installed=HELD
    )
    plan = msgspec.structs.replace(plan_of(), offers=(offer,))
    plan = recomputed(annotated(plan, [("offers", "o", "installed.1.chips")], formula="=demand(code)/3"))
    edited = with_fields(plan, "offers", "o", installed=now)
    after = after_edit(plan, with_members_followed(plan, edited))
    assert [a.field for a in after.annotations] == ([] if at is None else [f"installed.{at}.chips"])
    if at is not None:
        assert after.offers[0].installed[at].chips == 100
        more = after_edit(after, with_fields(after, "workloads", "code", demand=600.0))
        assert more.offers[0].installed[at].chips == 200
        assert after_edit(after, with_members_followed(after, plan)).annotations == plan.annotations, "and back"


def test_of_two_equal_rows_the_one_with_the_formula_keeps_it() -> None:
    twins = (lot(100), lot(100))
    offer = Offer(
        id="o", name="O", platform="p", provider="P", kind="purchase", price_usd=1.0, sites="*", installed=twins
    )
    place = ("offers", "o", "installed.1.chips")
    plan = msgspec.structs.replace(plan_of(), offers=(offer,))
    plan = recomputed(annotated(plan, [place], formula="=demand(code)/3"))
    edited = with_fields(plan, "offers", "o", installed=(lot(1), *twins))
    assert [a.field for a in with_members_followed(plan, edited).annotations] == ["installed.2.chips"]
    left = with_fields(without_member(plan, ("offers", "o", "installed"), 0), "offers", "o", installed=twins[1:])
    assert [a.field for a in with_members_followed(plan, left).annotations] == ["installed.0.chips"]
