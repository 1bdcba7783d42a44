"""What every test needs: Qt without a screen, and a plain word where an X server is missing."""

import os
import shutil
from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt

import pytest
from hypothesis import settings

from gigaplan.engine.plan.text import PLAIN, write_figures

settings.register_profile("gigaplan", deadline=None)  # a slow machine is no failure
settings.load_profile("gigaplan")


@pytest.fixture(autouse=True)
def plain_figures() -> Iterator[None]:
    """Ends what a window that a test made has set: the form of figures in the engine's sentences."""
    yield
    write_figures(PLAIN)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skips the tests that start an X server, saying why, where there is none to start."""
    if shutil.which("Xvfb"):
        return
    lack = pytest.mark.skip(reason="Xvfb is not installed: this test opens the window on an X server of its own")
    for item in items:
        if item.get_closest_marker("xvfb"):
            item.add_marker(lack)
