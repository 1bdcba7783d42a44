"""The deck of charts over a small plan."""

import pytest

from gigaplan.engine.results.result import Result
from gigaplan.gui.document.document import Document
from tests.gui.chart_decks import a_deck, a_plan


@pytest.fixture
def document(qtbot):
    return Document(a_plan())


@pytest.fixture
def deck(document, qtbot):
    with a_deck(document, qtbot) as made:
        yield made


@pytest.fixture
def result(deck) -> Result:
    return deck._planner.result


@pytest.fixture
def planner(deck):
    return deck._planner
