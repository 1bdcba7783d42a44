"""The map takes up only what an edit changed; after any edits it is as one that was made anew."""

import random

import pytest
from msgspec import structs
from pytestqt.qtbot import QtBot

from gigaplan.engine.plan.plan import Plan, fresh_id, with_fields, with_row, with_settings, without
from gigaplan.engine.plan.schema import Place
from gigaplan.gui.charting.hatches import set_patterns
from gigaplan.gui.views.canvas.picture import Wire
from gigaplan.gui.views.canvas.scene import MapScene
from tests.gui.map_window import Window, shown, small_plan


def as_shown(scene: MapScene) -> dict:
    """What every card shows and where, and what every ribbon does."""
    cards = {k: (c.text, c.box, c.hatch, c.chosen, c.zValue()) for k, c in scene.cards.items()}
    ribbons = {
        w: (i._pen.color().name(), i.hatch, *(round(v, 1) for v in i.band))
        for w, i in scene.ribbons.items()
        if i.band.width > 0.1
    }
    return {"cards": cards, "ribbons": ribbons, "dashes": set(scene.dashes), "vendors": scene.vendors}


def made_anew(window: Window) -> MapScene:
    """A scene of the same plan, with the same picture, made now."""
    scene = MapScene(window.document)
    scene.arrange(window.scene.frame)
    scene.picture, scene.problems = window.scene.picture, window.scene.problems
    scene.show_period()
    scene.set_hatched(window.scene.is_hatched)
    scene.mark_selection()
    return scene


def edits(r: random.Random, window: Window) -> str:
    """One thing that a person does; gives its name."""
    d = window.document
    plan: Plan = d.plan
    does = r.choice(("price", "name", "vendor", "delete", "add", "undo", "redo", "select", "period", "solve", "move",
                     "currency", "periods", "patterns", "platform", "swap"))  # fmt: skip
    offers = [o.id for o in plan.offers]
    if does == "price" and offers:
        d.apply(with_fields(plan, "offers", r.choice(offers), price_usd=r.uniform(1, 9)), does)
    elif does == "name" and plan.sites:
        d.apply(with_fields(plan, "sites", r.choice(plan.sites).id, name=f"Site {r.random():.4f}"), does)
    elif does == "vendor":
        d.apply(with_fields(plan, "platforms", "gpu", vendor=r.choice(("NVIDIA", "AMD", "Groq"))), does)
    elif does == "platform" and offers:
        d.apply(with_fields(plan, "offers", r.choice(offers), platform=r.choice(("gpu", "tpu", "gone"))), does)
    elif does == "delete":
        table = r.choice(("offers", "workloads", "sites"))
        if len(getattr(plan, table)) > 1:
            d.apply(without(plan, table, [r.choice(getattr(plan, table)).id]), does)
    elif does == "add" and offers:
        row = r.choice(plan.offers)
        row = structs.replace(row, id=fresh_id(plan, "offers", "new"), name="New", installed=())
        d.apply(with_row(plan, "offers", row, r.randint(0, len(offers))), does)
    elif does == "swap":
        d.apply(structs.replace(plan, offers=plan.offers[::-1]), does)
    elif does == "undo":
        d.undo_stack.undo()
    elif does == "redo":
        d.undo_stack.redo()
    elif does == "select":
        d.select("offers", r.sample(offers, min(len(offers), r.randint(0, 2))))
    elif does == "period":
        d.show_period(r.randint(0, 5))
    elif does == "move" and offers:
        d.apply(structs.replace(plan, layout=(Place(table="offers", row=r.choice(offers), x=r.random(), y=9.0),)), does)
    elif does == "currency":
        d.apply(with_settings(plan, currency=r.choice(("USD", "EUR"))), does)
    elif does == "periods":
        d.apply(with_settings(plan, periods=r.choice((3, 4, 6))), does)
    elif does == "patterns":
        set_patterns(r.random() < 0.5)
        window.view.viewport().repaint()
    elif does == "solve":
        window.solve()
    return does


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edits_the_map_is_as_one_made_anew(qtbot: QtBot, seed: int) -> None:
    r = random.Random(seed)
    with shown(qtbot, small_plan()) as window:
        done = []
        for _ in range(40):
            done.append(edits(r, window))
            window.scene.finish_motion()
            fresh = made_anew(window)
            assert as_shown(window.scene) == as_shown(fresh), done
            listed = window.map.card_list.cards
            assert listed.keys == list(window.scene.boxes)
            lines = [listed.data(listed.index(k)) for k in range(len(listed.keys))]
            assert lines == [f"{window.scene.cards[key].text.name}, {key[0][:-1]}" for key in listed.keys], done


def test_dashes_are_what_the_rules_allow_the_chosen_card(qtbot: QtBot) -> None:
    with shown(qtbot, small_plan()) as window:
        uses, stands = window.scene.flows.keys() & {Wire("use", "chat", "gpu_rent")}, set(window.scene.flows)
        assert uses
        window.document.select("workloads", ["chat"])
        offers = {"gpu_rent", "tpu_rent", "gpu_buy"}
        assert set(window.scene.dashes) == {Wire("use", "chat", o) for o in offers} - stands
        window.document.select("sites", ["dublin"])
        assert set(window.scene.dashes) == {Wire("stand", "tpu_rent", "dublin")} - stands
        window.document.select("offers", ["tpu_rent"])
        allowed = {Wire("use", w, "tpu_rent") for w in ("chat", "eu")}
        allowed |= {Wire("stand", "tpu_rent", s) for s in ("iowa", "dublin")}
        assert set(window.scene.dashes) == allowed - stands
