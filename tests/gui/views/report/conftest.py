"""Material of reports, and the fonts of paper."""

import pytest

from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.style import theme
from tests.gui.reports import material


@pytest.fixture(scope="module", autouse=True)
def _fonts(qapp):
    theme.load_paper_fonts()


@pytest.fixture(scope="module")
def startup():
    return material(load_template("startup"))


@pytest.fixture(scope="module")
def frontier():
    return material(load_template("frontier-1gw"))


@pytest.fixture(scope="module")
def rainier():
    return material(load_template("rainier"))
