"""The tables over a small plan."""

from collections.abc import Callable, Iterator

import pytest

from gigaplan.gui.document.document import Document
from gigaplan.gui.views.tables.panel import TablesPanel
from tests.gui.table_grids import plan_of_tables, tables_of


@pytest.fixture
def document() -> Document:
    return Document(plan_of_tables())


@pytest.fixture
def shown(qtbot) -> Iterator[Callable[[Document], TablesPanel]]:
    with tables_of(qtbot) as show:
        yield show


@pytest.fixture
def panel(shown, document: Document) -> TablesPanel:
    return shown(document)
