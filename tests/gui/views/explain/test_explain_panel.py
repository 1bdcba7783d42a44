"""The explanation as a person reads it: figures, labels, sources, how to begin, what a scenario moves."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from gigaplan.engine.analysis.provenance import Node, explain_kpi
from gigaplan.engine.analysis.provenance.node import parted
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.present.explain_nodes import explain_drawn, limits_that_bind
from gigaplan.gui.present.explain_words import details, details_html, exact_value, in_order, short_label, short_value
from gigaplan.gui.present.picture import stacks
from gigaplan.gui.text.number_format import money, percent
from gigaplan.gui.views.explain.panel import _Sentences
from gigaplan.gui.views.explain.sentences import Sentence, WrappedButton


@pytest.fixture(scope="module")
def result():
    return solve_plan(load_template("frontier-1gw"))


def node(value: float | None, unit: str, operation: str = "constant", **more: object) -> Node:
    return Node("It", value, unit, operation, **more)


@pytest.mark.parametrize(
    ("value", "unit", "short", "exact"),
    [
        (38_931_663_688.4, "USD", "$38.93\u2009B", "38\u2009931\u2009663\u2009688 USD"),
        (110_514.3, "MWh", "110.5\u2009GWh", "110\u2009514 MWh"),
        (24.4e6, "MWh", "24.4\u2009TWh", "24\u2009400\u2009000 MWh"),
        (50_070.02, "tCO2e", "50.1\u2009kt CO₂e", "50\u2009070 t CO₂e"),
        (22_902.9, "chips", "22\u2009903\u2009chips", "22\u2009903 chips"),
        (1085.0, "W", "1\u2009085\u2009W", "1\u2009085 W"),
        (0.3, "fraction", "30\u2009%", "30\u2009%"),
        (1.15, "ratio", "1.15", "1.15"),
        (35_467.0, "m3", "35\u2009467\u2009m³", "35\u2009467 m³"),
        (3.154e9, "million tokens", "3\u2009154\u2009T\u2009tok", "3\u2009154\u2009000\u2009000 million tokens"),
        (None, "USD", "–", "–"),
    ],
)
def test_figures_have_units_as_people_write_them(value, unit, short, exact):
    assert short_value(node(value, unit), "USD") == short
    assert exact_value(node(value, unit), "USD") == exact


def test_labels_leave_out_what_the_lines_above_said():
    above = ["Total cost", "Rentals", "Ironwood · 3 y", "Iowa"]
    pair = "Ironwood · 3 y at Iowa"
    rent = parted("Rentals", pair, "2030 Q4")
    assert rent == "Rentals, Ironwood · 3 y at Iowa, 2030 Q4"
    assert short_label(rent, above) == "2030 Q4"
    assert short_label(parted("Chips delivered", pair, "2027 Q2"), [*above, rent]) == "Chips delivered, 2027 Q2"
    assert short_label(parted(rent, "discounted"), [*above, rent]) == "Discounted"
    assert short_label("Iowa", ["Iowa"]) == "Iowa"
    # A comma in a name parts nothing.
    cost = parted("Cost", "Chat serving, EU")
    assert short_label("Chat serving, EU served in 2026 Q1", [cost]) == "Chat serving, EU served in 2026 Q1"
    assert short_label(cost, ["Cost"]) == "Chat serving, EU"


def test_no_two_lines_below_one_another_read_alike(result):
    """In the tree of the total cost, as deep as a person goes, the parts of a figure can be told apart."""

    def walk(at: Node, above: list[str]) -> None:
        if len(above) > 6 or at.operation in ("input", "decision", "constant"):
            return
        inside = [*above, at.label]
        labels = [short_label(part.label, inside) for part in at.children]
        assert len(set(labels)) == len(labels), (at.label, labels)
        assert all(labels)
        for part in at.children[:3]:
            walk(part, inside)

    walk(explain_kpi(result, "tco_usd"), [])
    walk(explain_kpi(result, "usd_per_million_tokens", "chat_eu"), [])


def test_periods_stand_in_the_order_of_time(result):
    at = explain_kpi(result, "tco_usd")
    while at.formula != "sum over periods":
        at = at.children[0]
    periods = [part.period for part in in_order(at.children)]
    assert len(periods) > 3
    assert periods == sorted(periods)


def test_an_input_tells_its_source_date_and_confidence_once():
    given = node(
        1.6, "USD/chip-h", "input", table="offers", row="o", field="price_usd", path="offers[0].price_usd",
        source="A study <2025> (derived)", as_of="2025-11", confidence="derived",
    )  # fmt: skip
    assert details(given, "USD") == [
        ("Source", "A study <2025> (derived)"),
        ("As of", "2025-11"),
        ("Confidence", "derived"),
    ]
    assert "&lt;2025&gt;" in details_html(given, "USD")
    assert details(node(1.2, "ratio", "input"), "USD") == [("Source", "none stated")]
    assert details(node(8.0, "chips", "decision"), "USD") == [("Formula", "chosen by the optimiser")]


# In the window


def said(window) -> list[str]:
    return [s.text() for s in window.explain.findChildren(Sentence) if s.isVisible()]


def buttons(window) -> dict[str, QPushButton]:
    return {b.text(): b for b in window.explain.findChildren(QPushButton) if b.isVisible()}


def test_an_empty_plan_says_what_it_needs_and_leads_there(qtbot, window):
    window.files.new()
    window.activateWindow()
    qtbot.waitUntil(lambda: len(buttons(window)) == 3)
    steps = (
        ("Add work to be done", "workload", "research", "✓ Work"),
        ("Add chips: two vendors compete", "platform", "B200", "✓ Work, Chips"),
        ("Add a site with power", "site", "Iowa", ""),
    )
    for text, section, entry, done in steps:
        qtbot.waitUntil(lambda text=text: text in buttons(window))
        qtbot.mouseClick(buttons(window)[text], Qt.MouseButton.LeftButton)
        assert window.catalogue.section == section
        assert window.catalogue.search.text() == ""
        qtbot.waitUntil(window.catalogue.search.hasFocus)
        qtbot.keyClicks(window.catalogue.search, entry)
        qtbot.keyClick(window.catalogue.search, Qt.Key.Key_Return)
        qtbot.keyClick(window.catalogue.list, Qt.Key.Key_Return)
        if done:
            qtbot.waitUntil(
                lambda text=text, done=done: text not in buttons(window) and done in said(window), timeout=30000
            )
    assert window.wait_until_settled(20)
    qtbot.waitUntil(lambda: not buttons(window))
    assert window.planner.result.status == "optimal"
    assert min(window.planner.result.kpis["coverage"].values()) > 0.99


def test_a_scenario_that_is_chosen_says_what_it_moves(qtbot, window):
    plan = load_template("startup")
    moves = (Override(table="sites", row=plan.sites[0].id, field="pue", op="set", value=1.5),)
    window.document.start(
        msgspec.structs.replace(
            plan, scenarios=(Scenario(id="warm", name="Warm", overrides=moves), Scenario(id="still", name="Still"))
        )
    )
    window.pages.setCurrentIndex(1)
    assert window.wait_until_settled(20)
    window.document.select("scenarios", ["still"])
    qtbot.waitUntil(lambda: said(window) == ["Nothing: the plan is the same under it."])
    window.document.select("scenarios", ["warm"])
    qtbot.waitUntil(lambda: said(window) == [f"PUE of {plan.sites[0].name} = 1.5"])
    window.document.apply(with_fields(window.document.plan, "scenarios", "warm", overrides=()), "Clear")
    qtbot.waitUntil(lambda: said(window) == ["Nothing: the plan is the same under it."])
    qtbot.mouseClick(buttons(window)["Edit and compare"], Qt.MouseButton.LeftButton)
    assert window.views.page("compare").chosen == ["", "warm"]


def test_the_tree_leads_to_the_field_and_shows_the_current_line(qtbot, window):
    window.files.new_from_template("startup")
    assert window.wait_until_settled(20)
    window.kpis.explain_requested.emit("tco_usd")
    view = window.explain._tree.view
    qtbot.waitUntil(view.isVisible)
    view.setFocus()
    model = view.model()
    for _ in range(40):
        qtbot.keyClick(view, Qt.Key.Key_Right)
        qtbot.keyClick(view, Qt.Key.Key_Down)
        if model.item(view.currentIndex()).node.operation == "input":
            break
    node = model.item(view.currentIndex()).node
    assert node.operation == "input"
    qtbot.waitUntil(lambda: view.viewport().rect().contains(view.visualRect(view.currentIndex()).center()))
    assert "Source: " in window.explain._tree._details.text()
    window.explain._tree._details.linkActivated.emit("go")
    assert window.document.selection.table == node.table or node.table == "plan"
    assert window.inspector.field_in_focus() == (node.table, node.field)


def root(window) -> tuple[str, str]:
    """What the explanation begins with: its label and its value."""
    model = window.explain._tree.view.model()
    return model.index(0, 0).data(), model.index(0, 1).data()


def test_the_strip_is_explained_by_the_figure_that_it_shows_whatever_is_chosen(qtbot, window):
    window.files.new_from_template("frontier-1gw")
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    worst = min(window.planner.result.kpis["coverage"].items(), key=lambda pair: pair[1])[0]
    window.document.select("workloads", [worst])
    for cell, label in ((1, "Coverage by value"), (3, "Cost of serving"), (4, "Cost of pre-training")):
        qtbot.mouseClick(window.kpis.cells[cell], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda label=label: root(window)[0] == label)
        shown = window.kpis.cells[cell].figure.value
        exact = window.explain._tree.view.model().item(window.explain._tree.view.model().index(0, 0)).node.value
        assert shown == (percent(exact) if cell == 1 else money(exact))


def test_a_bar_of_a_year_is_explained_by_the_sum_of_its_periods(qtbot, window):
    window.files.new_from_template("frontier-1gw")
    qtbot.waitUntil(lambda: not window.planner.is_stale)
    plot = window.charts.cards[1].plot
    base, top = stacks(plot.picture.lines, set(), len(plot.picture.columns))["rental"]
    place = plot.pixel_of(3, (base[3] + top[3]) / 2).toPoint()
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    year = window.planner.result.series("cost", "component")["rental"][12:16]
    qtbot.waitUntil(lambda: root(window) == ("Cost, Rentals, 2029 Q1 – 2029 Q4", money(year.sum(), digits=4)))
    model = window.explain._tree.view.model()
    first = model.index(0, 0, model.index(0, 0))
    assert (first.data(), first.siblingAtColumn(1).data()) == ("2029 Q1", money(year[0], digits=4))


def test_a_figure_of_a_period_that_the_plan_no_longer_has_says_so(result):
    for series, by, key in (
        ("cost", "component", "rental"), ("available_power", "total", "total"), ("part_of_power", "site", "iowa"),
        ("commitment", "used", ""),
    ):  # fmt: skip
        with pytest.raises(LookupError, match="no longer has this period"):
            explain_drawn(result, series, by, key, 16, 20)


def test_the_limits_that_bind_stand_below_a_figure_and_lead_to_their_fields(qtbot, window):
    window.files.new_from_template("startup")
    assert window.wait_until_settled(30)
    result = window.planner.result
    found = worths(result, only_binding=True)
    full = {worth.id for worth in found if worth.kind == "power" and worth.one_less != 0 and worth.size > 0}
    assert full, "power is scarce in this example"
    qtbot.mouseClick(window.kpis.cells[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: root(window)[0] == "Total cost of ownership")
    view = window.explain._tree.view
    model = view.model()
    limits = model.index(1, 0)
    names = [model.index(k, 0, limits).data() for k in range(model.rowCount(limits))]
    assert limits.data() == "Limits that bind"
    assert limits.siblingAtColumn(1).data() == f"{len(names)}\u2009limits"
    sites = {s.name for s in result.plan.sites if s.id in full}
    assert {f"Power at {name}" for name in sites} <= set(names)
    view.expand(limits)
    dearest = model.index(0, 0, limits)
    view.setCurrentIndex(dearest)
    assert "Each further" in window.explain._tree._details.text()
    node = model.item(dearest).node
    mine = [x.one_more for x in found if (x.table, x.id) == (node.table, node.row) and not x.is_whole]
    assert node.value == max(mine)
    window.explain._tree._details.linkActivated.emit("go")
    assert window.inspector.field_in_focus() == (node.table, node.field)


def test_of_one_site_in_one_period_the_limits_are_those_of_it_then(result):
    found = worths(result, only_binding=True)
    limit = next(w for w in found if w.kind == "power" and w.one_more > 0)
    t = limit.period
    node = limits_that_bind(result, (t, t), ("sites", limit.id))
    assert [child.row for child in node.children] == [limit.id]
    assert node.children[0].value == limit.one_more
    assert "are in use in " in node.children[0].formula
    binding = {w.period for w in found if w.kind in ("power", "supply", "share") and not w.is_whole}
    always = len({w.id for w in found if w.period == "*" and not w.is_whole and (w.one_more or w.one_less)})
    quiet = sorted(set(range(result.time.periods)) - binding)
    assert [limits_that_bind(result, (t, t)).value for t in quiet] == [always] * len(quiet)


def test_a_row_that_is_gone_is_not_explained(qtbot, window):
    window.document.start(load_template("startup"))
    window.show_workspace()
    assert window.wait_until_settled(30)
    qtbot.waitUntil(lambda: bool(said(window)))
    of_the_plan = said(window)
    window.document.select("offers", [window.document.plan.offers[0].id])
    qtbot.waitUntil(lambda: bool(said(window)) and said(window) != of_the_plan)
    window.document.select("offers", ["gone"])
    qtbot.waitUntil(lambda: said(window) == of_the_plan)


def test_a_long_remedy_runs_over_several_lines_and_widens_nothing(qtbot, window):
    """A button that is wider than the panel would push the sentences beyond its edge, too."""
    window.files.new_from_template("startup")
    assert window.wait_until_settled(20)
    pane = window.explain.findChild(_Sentences)
    long = "Allow at most 91.7 % of chat in the European Union, as the framework agreement of 2027 & its annex have it"
    pressed: list[int] = []
    pane.show_sentences([("Too long " * 20, "", "", "")], [(long, lambda: pressed.append(1)), ("+1 MW", print)])
    tall, short = pane.widget().findChildren(WrappedButton)[-2:]
    qtbot.waitUntil(lambda: tall.height() > short.height() + tall.fontMetrics().height())
    assert pane.widget().width() <= pane.viewport().width()
    assert tall.height() >= tall.heightForWidth(tall.width())
    assert tall.accessibleName() == long
    qtbot.mouseClick(tall, Qt.MouseButton.LeftButton)
    assert pressed == [1]


def test_no_line_ends_within_a_figure_or_before_its_unit():
    words = details_html(node(38_931_663_688.0, "USD"), "USD").split("<br>")[0]
    assert words == "<b>It: 38&nbsp;931&nbsp;663&nbsp;688&nbsp;USD</b>"


def test_what_is_scrolled_with_the_keys_shows_that_they_go_there(qtbot, window):
    window.files.new_from_template("startup")
    assert window.wait_until_settled(20)
    pane = window.explain.findChild(_Sentences)
    qtbot.waitUntil(pane.isVisible)
    window.activateWindow()
    before = pane.grab().toImage()
    pane.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(pane.hasFocus)
    assert pane.grab().toImage().pixelColor(pane.width() // 2, 0) != before.pixelColor(pane.width() // 2, 0)
