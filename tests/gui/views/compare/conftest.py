"""The comparison over a plan with scenarios."""

import pytest
from pytestqt.qtbot import QtBot

from gigaplan.gui.document.document import Document
from tests.gui.compare_pages import a_page, plan_of


@pytest.fixture
def document() -> Document:
    return Document(plan_of())


@pytest.fixture
def page(document: Document, qtbot: QtBot):
    with a_page(document, qtbot) as view:
        yield view
