"""The inspector over a plan to edit."""

from collections.abc import Iterator

import pytest

from gigaplan.gui.document.document import Document
from gigaplan.gui.views.inspector.panel import Inspector
from tests.gui.inspector_forms import an_inspector, plan_to_edit


@pytest.fixture
def document() -> Document:
    return Document(plan_to_edit())


@pytest.fixture
def panel(qtbot, document: Document) -> Iterator[Inspector]:
    with an_inspector(document, qtbot) as made:
        yield made
