"""The engine's sentences have their figures as the window has its own: with the decimal sign of the person's locale."""

import re

from gigaplan.engine.analysis import messages
from gigaplan.engine.analysis.shadow_prices import worths
from gigaplan.engine.analysis.worth_words import what_binds
from gigaplan.engine.plan import text as words
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.views.explain.panel import ExplainPanel


def sayings() -> list[str]:
    """Everything that is said of a plan."""
    result = solve_plan(load_template("startup"))
    said = what_binds(result, worths(result))
    for table, tell in messages.ABOUT.items():
        for row in getattr(result.plan, table):
            said += tell(result, row.id)
    return [s.text for s in said]


def test_every_sentence_is_the_same_but_for_its_figures(german: None, qtbot) -> None:
    plain = sayings()
    document = Document(load_template("startup"))
    planner = Planner(document, waits=True)
    qtbot.addWidget(ExplainPanel(document, planner))
    here = sayings()
    assert len(here) == len(plain)
    assert any(one != other for one, other in zip(plain, here, strict=True))
    # Names keep their points; figures have none.
    names = [
        row.name for table in ("offers", "sites", "workloads", "platforms") for row in getattr(document.plan, table)
    ]
    for text in here:
        for name in sorted(names, key=len, reverse=True):
            text = text.replace(name, "")
        assert not re.search(r"\.(?! [A-Z]|$)", text), text  # a point ends a sentence, and is nothing else


def test_a_figure_in_each_form() -> None:
    assert (words.rounded(1234567.8), words.rounded(0.12345, 3), words.percent(0.98765)) == (
        "1,235,000", "0.123", "98.7 %"
    )  # fmt: skip
    words.write_figures(words.Form(",", "\u202f", "\u202f"))
    assert (words.rounded(1234567.8), words.rounded(0.12345, 3), words.percent(0.98765)) == (
        "1\u202f235\u202f000", "0,123", "98,7\u202f%"
    )  # fmt: skip


def test_what_falls_short_is_never_said_to_be_all() -> None:
    assert words.percent(0.99999, 4) == "99.9 %"
    assert words.percent(1.0, 4) == "100 %"
    assert words.percent(1 - 1e-12, 4) == "100 %"
