"""The window on a small map."""

from collections.abc import Iterator

import pytest

from tests.gui.map_window import Window, shown, small_plan


@pytest.fixture
def window(qtbot) -> Iterator[Window]:
    with shown(qtbot, small_plan()) as made:
        yield made
