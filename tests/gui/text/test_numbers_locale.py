"""Figures are shown with the decimal sign of the person's locale, wherever they stand."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, Qt

from gigaplan.engine.catalogue import load_catalogue
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import with_fields
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.text import number_format as nf
from gigaplan.gui.views.catalogue.entries import OFFERS, entries_of
from gigaplan.gui.views.inspector.effects import effects
from gigaplan.gui.views.outline.model import ASIDE, OutlineModel
from tests.gui.inspector_forms import an_inspector, plan_to_edit

GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(GERMAN)
    yield
    QLocale.setDefault(before)


def test_every_form_of_a_figure() -> None:
    shown = [
        nf.plain(1234.5, 5), nf.plain(0.25), nf.plain(1e6, 7), nf.short(1.07e6),
        nf.money(-0.2145, "EUR"), nf.percent(0.986), nf.power(85.5), nf.mass(2.9e6),
        nf.with_unit(54.5, "USD/MWh"),
    ]  # fmt: skip
    assert [text.replace("\u2009", " ") for text in shown] == [
        "1 234,5", "0,25", "1 000 000", "1,07 M", "−€0,214", "98,6 %", "85,5 MW", "2,9 Mt", "$54,5 /MWh",
    ]  # fmt: skip


def test_the_decimal_sign_is_no_thousands_sign_elsewhere() -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    assert nf.plain(1234.5, 5) == "1\u2009234.5"


def test_catalogue_outline_and_inspector_agree_with_the_fields(qtbot) -> None:
    offers = entries_of(load_catalogue())[OFFERS]
    prices = [entry.aside for entry in offers if "/h" in entry.aside]
    assert prices
    assert not any("." in price for price in prices)
    plan = with_fields(plan_to_edit(), "sites", "iowa", power_mw=42.5)
    model = OutlineModel(plan, lambda *_: False)
    index = model.index(0, 0, model.group_index("sites"))
    assert index.data(ASIDE).replace("\u2009", " ") == "42,5 MW"
    _, lines = effects(solve_plan(plan), "sites", ["iowa"], 0)
    assert dict(lines)["Drawn"].replace("\u2009", " ").endswith("42,5 MW")
    document = Document(plan)
    with an_inspector(document, qtbot) as panel:
        document.select("workloads", ("chat",))
        line = panel.rows["throughput"].editor.lines[0]
        assert "." not in line.model.text() + line.value.text()
        document.select("sites", ("iowa",))
        assert panel.rows["power_mw"].editor.edit.text() == "42,5"


def test_a_growing_series_is_shown_and_typed_with_a_comma(qtbot) -> None:
    document = Document(with_fields(plan_to_edit(), "sites", "iowa", power_mw=Growth(start=1.5, annual_growth=0.125)))
    with an_inspector(document, qtbot) as panel:
        document.select("sites", ("iowa",))
        editor = panel.rows["power_mw"].editor
        assert "12,5\u2009%" in panel.rows["power_mw"].hint.text()
        editor.unfold.setChecked(True)
        editor.growth.setFocus()
        editor.growth.selectAll()
        qtbot.keyClicks(editor.growth, "7,5%")
        qtbot.keyClick(editor.growth, Qt.Key.Key_Return)
        assert document.plan.sites[0].power_mw == Growth(start=1.5, annual_growth=0.075)
