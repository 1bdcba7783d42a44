"""The tables, worked as a person does: keys, mouse and clipboard. Every edit is one undo step or a reason."""

import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QEvent, QLocale, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QTableView

from engine.fields import Growth
from engine.plan import Plan, find, with_fields, with_settings, without
from engine.schema import ROW_TYPES, Agreement, Offer, Platform, Policy, Port, Settings, Site, Workload
from engine.templates import load_template
from gui.document import Document
from gui.planner import Planner
from gui.tables.panel import TABS, TablesPanel

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def plan_of_tables() -> Plan:
    chip = {"vendor": "NVIDIA", "stack": "cuda", "memory_gb": 192.0, "memory_bandwidth_gb_s": 8000.0, "power_w": 1400.0}
    offer = {"provider": "Cloud", "sites": "*"}
    return Plan(
        settings=Settings(name="small", start="2027-01", periods=4),
        platforms=(
            Platform(id="b200", name="B200", bf16_tflops=2250.0, **chip),
            Platform(id="mi355x", name="MI355X", bf16_tflops=2500.0, **chip),
        ),
        sites=(
            Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=420.0, electricity_usd_per_mwh=54.5),
            Site(id="dublin", name="Dublin", jurisdiction="IE", power_mw=None, electricity_usd_per_mwh=148.0, pue=1.1),
            Site(id="tokyo", name="Tokyo", jurisdiction="JP", power_mw=(10.0, 20.0, 30.0, 40.0), pue=1.3,
                 electricity_usd_per_mwh=Growth(start=100.0, annual_growth=0.1)),
        ),
        offers=(
            Offer(id="b200_1y", name="B200, 1 year", platform="b200", kind="rental", price_usd=3.0, **offer),
            Offer(id="b200_buy", name="B200, bought", platform="b200", kind="purchase", price_usd=40e3, **offer),
            Offer(id="mi355x_od", name="MI355X", platform="mi355x", kind="rental", price_usd=2.0, **offer),
        ),
        workloads=(
            Workload(id="chat", name="Chat", kind="inference", unit="tokens/s", unmet_usd=0.04,
                     demand=Growth(start=1e6, annual_growth=0.7)),
            Workload(id="batch", name="Batch", kind="inference", unit="tokens/s", demand=2e6, unmet_usd=0.01),
        ),
        agreements=(Agreement(id="deal", name="Deal", provider="Cloud", start="2027-01", months=24.0,
                              commit_usd_per_year=1e6, status="optional"),),
        ports=(Port(workload="chat", stack="xla", cost_usd=5e6),),
        policies=(Policy(id="cover", name="Coverage", kind="coverage", limit=0.9),),
    )  # fmt: skip


@pytest.fixture
def document() -> Document:
    return Document(plan_of_tables())


@pytest.fixture
def shown(qtbot) -> Iterator[Callable[[Document], TablesPanel]]:
    """Shows the tables of a document."""
    planners: list[Planner] = []
    panels: list[TablesPanel] = []

    def show(document: Document) -> TablesPanel:
        planners.append(Planner(document))
        panels.append(TablesPanel(document, planners[-1]))
        panels[-1].resize(1060, 540)
        with qtbot.waitExposed(panels[-1]):
            panels[-1].show()
        return panels[-1]

    yield show
    for planner in planners:
        planner.stop()
    for panel in panels:
        panel.deleteLater()
    # Here, and not whenever memory is next tidied up: that may be in the thread of another planner.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def panel(shown, document: Document) -> TablesPanel:
    return shown(document)


@pytest.fixture
def locale() -> Iterator[None]:
    yield None
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


@pytest.fixture(autouse=True)
def english(locale) -> None:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))


def column(panel: TablesPanel, label: str) -> int:
    return [c.label for c in panel.grid.sheet_model.sheet.columns].index(label)


def click_cell(qtbot, panel: TablesPanel, row: int, label: str, modifiers=Qt.KeyboardModifier.NoModifier) -> QPoint:
    grid = panel.grid
    index = grid.sheet_model.index(row, column(panel, label))
    grid.scrollTo(index)
    place = grid.visualRect(index).center()
    qtbot.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, modifiers, place)
    return place


def text_at(panel: TablesPanel, row: int, label: str) -> str:
    return str(panel.grid.sheet_model.index(row, column(panel, label)).data())


def type_here(qtbot, panel: TablesPanel, text: str, key=Qt.Key.Key_Return, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    editor = next(line for line in panel.grid.viewport().findChildren(QLineEdit) if line.isVisible())
    editor.selectAll()
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, key, modifiers)


def paste(qtbot, panel: TablesPanel, text: str, modifiers=CONTROL) -> None:
    QGuiApplication.clipboard().setText(text)
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, modifiers)


def preview_is_open(panel: TablesPanel) -> bool:
    return panel.pages.currentWidget() is panel.preview


def test_demand_is_pasted_from_a_spreadsheet_as_one_undo_step(qtbot, panel, document):
    before = document.plan
    panel.show_table("series")
    paste(qtbot, panel, "Workload\t2027 Q1\t2027 Q2\t2027 Q3\t2027 Q4\r\n"
                        "Batch\t1,000,000\t1200000\t1.4 M\t=1500000+100000\r\nChat\t5\t6\t7\t8\r\n")  # fmt: skip
    assert find(document.plan, "workloads", "batch").demand == (1e6, 1.2e6, 1.4e6, 1.6e6)
    assert find(document.plan, "workloads", "chat").demand == (5.0, 6.0, 7.0, 8.0)
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Paste 8 cells"
    document.undo_stack.undo()
    assert document.plan == before


def test_values_without_headers_go_from_the_current_cell_on(qtbot, panel, document):
    panel.show_table("series")
    click_cell(qtbot, panel, 1, "2027 Q2")
    paste(qtbot, panel, "7\t8\r\n")
    assert find(document.plan, "workloads", "batch").demand == (2e6, 7.0, 8.0, 2e6)


def test_periods_that_run_down_are_turned(qtbot, panel, document):
    panel.show_table("series")
    paste(qtbot, panel, "Quarter\tBatch\tChat\n2027 Q1\t1\t5\nQ2 2027\t2\t6\n2027-07\t3\t7\nOct 2027\t4\t8\n")
    assert find(document.plan, "workloads", "batch").demand == (1.0, 2.0, 3.0, 4.0)
    assert find(document.plan, "workloads", "chat").demand == (5.0, 6.0, 7.0, 8.0)


def test_a_column_is_pasted_as_a_row_with_shift(qtbot, panel, document):
    panel.show_table("series")
    click_cell(qtbot, panel, 0, "2027 Q1")
    paste(qtbot, panel, "1\n2\n3\n4\n", CONTROL | SHIFT)
    assert find(document.plan, "workloads", "chat").demand == (1.0, 2.0, 3.0, 4.0)


def test_bad_cells_are_shown_with_their_reasons_before_anything_is_pasted(qtbot, panel, document):
    before = document.plan
    panel.show_table("series")
    click_cell(qtbot, panel, 0, "2027 Q1")
    paste(qtbot, panel, "1\tabc\t3\t-4\n5\t\t7\t#REF!\n")
    assert preview_is_open(panel)
    assert document.plan is before
    model = panel.preview.model
    reasons = {place: model.cell(model.index(*place)).problem for place in model.bad_cells()}
    assert set(reasons) == {(0, 1), (0, 3), (1, 1), (1, 3)}
    assert "abc is no number" in reasons[0, 1]
    assert "0 or more" in reasons[0, 3]
    assert "empty" in reasons[1, 1]
    assert "error of the spreadsheet" in reasons[1, 3]
    assert "4 cells of 8" in panel.preview.title.text()
    assert "Chat" in panel.preview.reason.text()
    qtbot.keyClick(panel.preview.table, Qt.Key.Key_Escape)
    assert document.plan is before
    assert not preview_is_open(panel)
    assert document.undo_stack.count() == 0


def test_the_good_cells_can_be_pasted_without_the_bad(qtbot, panel, document):
    panel.show_table("series")
    click_cell(qtbot, panel, 1, "2027 Q1")
    paste(qtbot, panel, "1\tabc\t3\t4\n")
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    assert find(document.plan, "workloads", "batch").demand == (1.0, 2e6, 3.0, 4.0)
    assert document.undo_stack.undoText() == "Paste 3 cells"


def test_an_edit_from_elsewhere_ends_a_preview(qtbot, panel, document):
    panel.show_table("series")
    click_cell(qtbot, panel, 1, "2027 Q1")
    paste(qtbot, panel, "1\tabc")
    changed = with_fields(document.plan, "workloads", "chat", demand=9.0)
    document.apply(changed, "elsewhere")
    assert not preview_is_open(panel)
    assert document.plan is changed


def test_columns_are_found_by_header_in_any_order_with_units(qtbot, panel, document):
    panel.show_table("sites")
    paste(qtbot, panel, "Facility power [kW]\tPUE\tName\n500000\t1.05\tTokyo\n2 GW\t1.5\tIowa\n")
    assert find(document.plan, "sites", "tokyo").power_mw == 500.0
    assert find(document.plan, "sites", "iowa").power_mw == 2000.0
    assert [site.pue for site in document.plan.sites] == [1.5, 1.1, 1.05]
    assert [site.name for site in document.plan.sites] == ["Iowa", "Dublin", "Tokyo"]


def test_unknown_headers_are_named(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    paste(qtbot, panel, "Name\tPUE\tMood\nIowa\t1.5\tgood\n")
    assert preview_is_open(panel)
    assert "Mood" in panel.preview.unknown.text()
    assert document.plan is before
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    assert find(document.plan, "sites", "iowa").pue == 1.5


def test_a_paste_into_a_sorted_table_finds_rows_by_name(qtbot, panel, document):
    panel.show_table("sites")
    panel.grid.sortByColumn(column(panel, "PUE"), Qt.SortOrder.DescendingOrder)
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Tokyo", "Iowa", "Dublin"]
    paste(qtbot, panel, "Name\tWater use\nDublin\t1\nTokyo\t2\n")
    assert [site.water_l_per_kwh for site in document.plan.sites] == [0.0, 1.0, 2.0]


def test_new_names_under_headers_become_rows(qtbot, panel, document):
    panel.show_table("sites")
    paste(qtbot, panel, 'Name,Jurisdiction,Facility power,Electricity price\nParis,FR,50,"1,100"\nIowa,US,1,2\n')
    paris = document.plan.sites[-1]
    assert (paris.id, paris.name, paris.jurisdiction, paris.power_mw) == ("paris", "Paris", "FR", 50.0)
    assert paris.electricity_usd_per_mwh == 1100.0
    assert find(document.plan, "sites", "iowa").power_mw == 1.0
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan == plan_of_tables()


def test_rows_past_the_end_are_refused_where_they_lack_figures(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    click_cell(qtbot, panel, 2, "PUE")
    paste(qtbot, panel, "1.2\n1.3\n")
    assert document.plan is before
    assert "Name, Jurisdiction, Facility power, Electricity price" in panel.message.text()


@pytest.mark.parametrize("table", TABS[:-1])
def test_what_is_copied_and_pasted_again_changes_nothing(qtbot, shown, table):
    document = Document(load_template("frontier-1gw"))
    made = shown(document)
    before = document.plan
    made.show_table(table)
    qtbot.keyClick(made.grid, Qt.Key.Key_A, CONTROL)
    qtbot.keyClick(made.grid, Qt.Key.Key_C, CONTROL)
    qtbot.keyClick(made.grid, Qt.Key.Key_V, CONTROL)
    assert not preview_is_open(made)
    assert document.plan is before
    if table in ("ports",) or not getattr(before, table):
        return
    gone = msgspec.structs.replace(before, **{table: ()})
    document.apply(gone, "all away")
    qtbot.keyClick(made.grid, Qt.Key.Key_V, CONTROL)
    assert not preview_is_open(made)
    assert getattr(document.plan, table) == getattr(before, table)


def test_series_that_are_copied_and_pasted_keep_their_form(qtbot, panel, document):
    before = document.plan
    for of in range(panel.of.count()):
        panel.show_table("series")
        panel.of.setCurrentIndex(of)
        qtbot.keyClick(panel.grid, Qt.Key.Key_A, CONTROL)
        qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
        qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
        assert not preview_is_open(panel)
        assert document.plan is before


def test_cells_are_copied_with_headers_units_and_every_digit(qtbot, panel, document):
    document.apply(with_fields(document.plan, "sites", "iowa", pue=1.0123456789), "more digits")
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    click_cell(qtbot, panel, 1, "Electricity price", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == (
        "Facility power [MW]\tPUE\tElectricity price [USD/MWh]\n420\t1.0123456789\t54.5\n\t1.1\t148"
    )


def test_cells_copied_here_go_where_the_person_points(qtbot, panel, document):
    panel.show_table("platforms")
    click_cell(qtbot, panel, 0, "Peak bf16")
    click_cell(qtbot, panel, 1, "Peak bf16", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    click_cell(qtbot, panel, 0, "Peak fp8")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert [p.fp8_tflops for p in document.plan.platforms] == [2250.0, 2500.0]
    assert [p.bf16_tflops for p in document.plan.platforms] == [2250.0, 2500.0]


def test_one_copied_cell_fills_all_that_are_selected(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 2, "PUE")
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    click_cell(qtbot, panel, 0, "PUE")
    click_cell(qtbot, panel, 2, "PUE", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert [site.pue for site in document.plan.sites] == [1.3, 1.3, 1.3]


def test_a_comma_is_the_decimal_sign_where_the_person_writes_so(qtbot, shown):
    QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
    document = Document(plan_of_tables())
    made = shown(document)
    made.show_table("sites")
    click_cell(qtbot, made, 0, "Electricity price")
    qtbot.keyClick(made.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == "Electricity price [USD/MWh]\n54,5"
    paste(qtbot, made, "1.234,5\r\n61,25\r\n70\r\n")
    assert [site.electricity_usd_per_mwh for site in document.plan.sites] == [1234.5, 61.25, 70.0]


def test_a_number_with_two_readings_is_not_guessed(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    paste(qtbot, panel, "1,5")
    assert preview_is_open(panel)
    assert "two ways" in panel.preview.reason.text()
    assert document.plan == plan_of_tables()


@pytest.mark.parametrize(
    ("text", "price"),
    [("$60", 60.0), ("$1,060.50", 1060.5), ("(12)", -12.0), ("=250*4", 1000.0), ("60 USD/MWh", 60.0), ("6c", None)],
)
def test_amounts_as_spreadsheets_write_them(qtbot, panel, document, text, price):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Electricity price")
    paste(qtbot, panel, text)
    assert preview_is_open(panel) == (price is None)
    assert document.plan.sites[0].electricity_usd_per_mwh == (54.5 if price is None else price)


def test_fractions_read_as_percent_and_under_their_unit(qtbot, panel, document):
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Availability")
    paste(qtbot, panel, "99%\n0.5\n")
    assert [offer.availability for offer in document.plan.offers] == [0.99, 0.5, 1.0]
    paste(qtbot, panel, "1\n")
    assert preview_is_open(panel)  # 1 could be 1 % or all of it
    qtbot.keyClick(panel.preview.table, Qt.Key.Key_Escape)
    paste(qtbot, panel, "Availability [fraction]\n1\n")
    assert document.plan.offers[0].availability == 1.0


def test_text_that_looks_like_a_formula_is_text(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Name")
    evil = '=HYPERLINK("http://example.org","x")'
    paste(qtbot, panel, f"{evil}\n@SUM(A1)\n+1+1\n")
    assert [site.name for site in document.plan.sites] == [evil, "@SUM(A1)", "+1+1"]
    click_cell(qtbot, panel, 0, "Name")
    click_cell(qtbot, panel, 2, "Name", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text() == f"Name\n'{evil}\n'@SUM(A1)\n'+1+1"
    click_cell(qtbot, panel, 0, "Jurisdiction")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert [site.jurisdiction for site in document.plan.sites] == [evil, "@SUM(A1)", "+1+1"]


@pytest.mark.parametrize("text", ["=1", "-1", "\t=1", "\n@x", "\r=1", "'=1", "\uff1d1"])
def test_no_text_is_copied_as_a_formula_nor_damaged(qtbot, panel, document, text):
    document.apply(with_fields(document.plan, "sites", "iowa", jurisdiction=text), "odd")
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Jurisdiction")
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    copied = QGuiApplication.clipboard().text().split("\n", 1)[1].lstrip('"')
    assert copied[0] == "'"
    click_cell(qtbot, panel, 1, "Jurisdiction")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert document.plan.sites[1].jurisdiction == text


def test_a_series_that_begins_with_a_minus_is_copied_as_text_and_comes_back(qtbot, panel, document):
    falling = Growth(start=-100.0, annual_growth=0.1)
    document.apply(with_fields(document.plan, "sites", "tokyo", electricity_usd_per_mwh=falling), "below zero")
    panel.show_table("sites")
    click_cell(qtbot, panel, 2, "Electricity price")
    qtbot.keyClick(panel.grid, Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().endswith("\n'-100 +10%/year")
    click_cell(qtbot, panel, 0, "Electricity price")
    qtbot.keyClick(panel.grid, Qt.Key.Key_V, CONTROL)
    assert document.plan.sites[0].electricity_usd_per_mwh == falling


def test_the_unit_of_a_price_follows_the_kind_that_is_pasted_beside_it(qtbot, panel, document):
    panel.show_table("offers")
    paste(qtbot, panel, "Name\tPrice\tKind\nMI355X\t30000 USD/chip\tpurchase\n")
    offer = find(document.plan, "offers", "mi355x_od")
    assert (offer.kind, offer.price_usd) == ("purchase", 30000.0)


def test_typing_into_a_cell(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    type_here(qtbot, panel, "1.2 GW")
    assert document.plan.sites[0].power_mw == 1200.0
    assert document.undo_stack.undoText() == "Change facility power of Iowa"
    assert panel.grid.currentIndex().row() == 1
    type_here(qtbot, panel, "10 MW", Qt.Key.Key_Tab)
    assert document.plan.sites[1].power_mw == 10.0
    assert panel.grid.currentIndex().column() == column(panel, "PUE")


def test_a_refused_text_leaves_the_plan_alone_and_says_why(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "12 MW")
    assert document.plan is before
    assert panel.message.property("role") == "error"
    assert "PUE of Iowa" in panel.message.text()
    assert text_at(panel, 0, "PUE") == "12 MW"
    index = panel.grid.sheet_model.index(0, column(panel, "PUE"))
    assert "Not taken" in index.data(Qt.ItemDataRole.ToolTipRole)
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "1.4")
    assert document.plan.sites[0].pue == 1.4
    assert text_at(panel, 0, "PUE") == "1.4"


def test_escape_forgets_a_refused_text(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "none")
    qtbot.keyClick(panel.grid, Qt.Key.Key_Escape)
    assert text_at(panel, 0, "PUE") == "1.2"
    assert panel.message.text() == ""


def test_control_enter_sets_all_selected_cells_of_the_column(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "PUE")
    click_cell(qtbot, panel, 2, "PUE", SHIFT)
    type_here(qtbot, panel, "+10%", Qt.Key.Key_Return, CONTROL)
    assert [site.pue for site in document.plan.sites] == [1.32, 1.21, 1.43]
    assert document.undo_stack.count() == 1
    assert document.undo_stack.undoText() == "Change PUE of 3 sites"


def test_choices_are_chosen_from_a_list_and_boxes_are_ticked(qtbot, panel, document):
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Platform")
    qtbot.keyClick(panel.grid, Qt.Key.Key_F2)
    combo = panel.grid.viewport().findChild(QComboBox)
    assert [combo.itemText(k) for k in range(combo.count())] == ["B200", "MI355X"]
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert document.plan.offers[0].platform == "mi355x"
    index = panel.grid.sheet_model.index(0, column(panel, "Interruptible"))
    panel.grid.scrollTo(index)
    area = panel.grid.visualRect(index)
    qtbot.mouseClick(panel.grid.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(area.x() + 12, area.center().y()))
    assert document.plan.offers[0].interruptible is True
    qtbot.keyClick(panel.grid, Qt.Key.Key_Space)
    assert document.plan.offers[0].interruptible is False


def test_fill_down_is_one_step_and_never_mixes_units(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Electricity price")
    click_cell(qtbot, panel, 2, "Electricity price", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_D, CONTROL | SHIFT)
    assert [site.electricity_usd_per_mwh for site in document.plan.sites] == [54.5] * 3
    assert document.undo_stack.count() == 1
    before = document.plan
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Price")
    click_cell(qtbot, panel, 1, "Price", SHIFT)
    qtbot.keyClick(panel.grid, Qt.Key.Key_D, CONTROL | SHIFT)
    assert document.plan is before
    assert "USD/chip-h" in panel.message.text()


def test_sorting_by_a_click_moves_no_row_of_the_plan(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    header = panel.grid.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column(panel, "PUE")) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Dublin", "Iowa", "Tokyo"]
    assert document.plan is before
    click_cell(qtbot, panel, 0, "PUE")
    type_here(qtbot, panel, "1.15")
    assert [site.pue for site in document.plan.sites] == [1.2, 1.15, 1.3]
    for _ in range(2):
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Iowa", "Dublin", "Tokyo"]


def test_the_filter_hides_rows_and_edits_reach_the_right_one(qtbot, panel, document):
    panel.show_table("offers")
    qtbot.keyClicks(panel.filter, "mi355x")
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 1)
    assert "1 of 3" in panel.count.text()
    click_cell(qtbot, panel, 0, "Price")
    type_here(qtbot, panel, "2.5")
    assert find(document.plan, "offers", "mi355x_od").price_usd == 2.5
    panel.filter.clear()
    qtbot.waitUntil(lambda: panel.grid.sheet_model.rowCount() == 3)


def test_find_goes_from_cell_to_cell(qtbot, panel):
    panel.show_table("offers")
    qtbot.keyClick(panel.grid, Qt.Key.Key_F, CONTROL)
    line = panel.find_bar.line
    qtbot.keyClicks(line, "b200")
    found = [(panel.grid.currentIndex().row(), panel.grid.currentIndex().column())]
    for _ in range(3):
        qtbot.keyClick(line, Qt.Key.Key_Return)
        found.append((panel.grid.currentIndex().row(), panel.grid.currentIndex().column()))
    assert found == [(0, 0), (0, 1), (0, 2), (1, 0)]
    qtbot.keyClick(line, Qt.Key.Key_Return, SHIFT)
    assert panel.grid.currentIndex().row() == 0
    qtbot.keyClicks(line, "zzz")
    assert "No cell" in panel.find_bar.message.text()
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert not panel.find_bar.isVisible()


def test_rows_are_added_and_deleted(qtbot, panel, document):
    panel.show_table("sites")
    qtbot.mouseClick(panel.tools.buttons["Add"], Qt.MouseButton.LeftButton)
    assert document.plan.sites[-1].name == "New site"
    assert document.selection.ids == ("new_site",)
    qtbot.mouseClick(panel.tools.buttons["Delete"], Qt.MouseButton.LeftButton)
    assert len(document.plan.sites) == 3
    header = panel.grid.verticalHeader()
    place = QPoint(5, header.sectionViewportPosition(1) + 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert [site.id for site in document.plan.sites] == ["iowa", "tokyo"]
    document.undo_stack.undo()
    assert [text_at(panel, row, "Name") for row in range(3)] == ["Iowa", "Dublin", "Tokyo"]


def test_rows_are_duplicated(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 1, "PUE")
    qtbot.keyClick(panel.grid, Qt.Key.Key_D, CONTROL)
    assert [site.name for site in document.plan.sites] == ["Iowa", "Dublin", "Dublin copy", "Tokyo"]
    assert [text_at(panel, row, "Name") for row in range(4)] == ["Iowa", "Dublin", "Dublin copy", "Tokyo"]
    assert panel.grid.chosen_rows() == [2]


def test_delete_empties_cells_that_may_be_empty(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 0, "Facility power")
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert document.plan.sites[0].power_mw is None
    assert text_at(panel, 0, "Facility power") == "no limit"
    before = document.plan
    click_cell(qtbot, panel, 0, "PUE")
    qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    assert document.plan is before
    assert "empty" in panel.message.text()


def test_a_series_without_a_limit_takes_all_periods_or_none(qtbot, panel, document):
    panel.show_table("series")
    panel.of.setCurrentIndex(panel.of.findData("sites"))
    assert text_at(panel, 4, "Series") == "Facility power"
    click_cell(qtbot, panel, 4, "2027 Q1")
    type_here(qtbot, panel, "60")
    assert find(document.plan, "sites", "dublin").power_mw is None
    assert "all 4 periods" in panel.message.text()
    click_cell(qtbot, panel, 4, "2027 Q1")
    click_cell(qtbot, panel, 4, "2027 Q4", SHIFT)
    type_here(qtbot, panel, "60", Qt.Key.Key_Return, CONTROL)
    assert find(document.plan, "sites", "dublin").power_mw == 60.0


def test_growth_and_lists_are_typed_in_one_cell(qtbot, panel, document):
    panel.show_table("workloads")
    for text, value in (
        ("2M +35%/year", Growth(start=2e6, annual_growth=0.35)),
        ("1; 2; 3; 4", (1.0, 2.0, 3.0, 4.0)),
        ("*2", (2.0, 4.0, 6.0, 8.0)),
        ("12k tokens/s", 12e3),
    ):
        click_cell(qtbot, panel, 0, "Demand")
        type_here(qtbot, panel, text)
        assert document.plan.workloads[0].demand == value
    before = document.plan
    click_cell(qtbot, panel, 0, "Demand")
    type_here(qtbot, panel, "1; 2; 3")
    assert document.plan is before
    assert "3 values" in panel.message.text()


def test_selection_goes_both_ways(qtbot, panel, document):
    panel.show_table("sites")
    click_cell(qtbot, panel, 1, "PUE")
    click_cell(qtbot, panel, 2, "PUE", SHIFT)
    assert document.selection.table == "sites"
    assert set(document.selection.ids) == {"dublin", "tokyo"}
    document.select("sites", ["iowa"])
    assert panel.grid.chosen_rows() == [0]
    document.select("offers", ["mi355x_od"])
    assert panel.tab == "offers"
    assert panel.grid.chosen_rows() == [2]
    panel.show_table("workloads")
    assert document.selection.table == "offers"


def test_an_edit_elsewhere_touches_its_row_alone_and_keeps_the_place(qtbot, shown):
    document = Document(many_offers(400))
    made = shown(document)
    made.show_table("offers")
    grid, model = made.grid, made.grid.sheet_model
    click_cell(qtbot, made, 200, "Price")
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().value() + 50)
    place, changed = grid.verticalScrollBar().value(), []
    model.dataChanged.connect(lambda a, b: changed.append((a.row(), b.row())))
    document.apply(with_fields(document.plan, "offers", "offer_7", price_usd=9.0), "elsewhere")
    assert changed == [(7, 7)]
    document.apply(without(document.plan, "offers", ["offer_3"]), "one goes")
    assert model.rowCount() == 399
    assert grid.chosen_rows() == [199]
    assert abs(grid.verticalScrollBar().value() - place) <= 28
    document.undo_stack.undo()
    assert text_at(made, 3, "Name") == "Offer 3"
    assert grid.chosen_rows() == [200]


def test_a_new_name_is_seen_in_the_tables_that_refer_to_it(panel, document):
    panel.show_table("offers")
    document.apply(with_fields(document.plan, "platforms", "b200", name="Blackwell"), "rename")
    assert text_at(panel, 0, "Platform") == "Blackwell"


def test_it_catches_up_when_it_is_shown_again(panel, document):
    panel.show_table("sites")
    panel.hide()
    document.apply(with_fields(document.plan, "sites", "iowa", name="Nevada"), "rename")
    panel.show()
    assert text_at(panel, 0, "Name") == "Nevada"


@pytest.mark.parametrize("periods", [1, 120])
def test_it_stands_other_plans(qtbot, panel, document, periods):
    for table in TABS:
        panel.show_table(table)
    document.start(Plan(settings=Settings(name="", start="2027-01", periods=periods)))
    for table in TABS:
        panel.show_table(table)
        assert panel.grid.sheet_model.rowCount() == 0
        for key in (Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_A):
            qtbot.keyClick(panel.grid, key, CONTROL)
        qtbot.keyClick(panel.grid, Qt.Key.Key_Delete)
    document.start(with_settings(load_template("startup"), name="x" * 300))
    for table in TABS:
        panel.show_table(table)
    panel.show_table("series")
    assert panel.grid.sheet_model.columnCount() == 3 + document.plan.settings.periods


def many_offers(count: int) -> Plan:
    base = plan_of_tables()
    rows = tuple(
        msgspec.structs.replace(base.offers[0], id=f"offer_{k}", name=f"Offer {k}", price_usd=1 + k * 0.0137)
        for k in range(count)
    )
    return msgspec.structs.replace(base, offers=rows)


class _Plain(QAbstractTableModel):
    """The least model there is, of the same size."""

    def rowCount(self, parent=None) -> int:
        return 10_000

    def columnCount(self, parent=None) -> int:
        return len(ROW_TYPES["offers"].__struct_fields__)

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        return f"cell {index.row()}" if role == Qt.ItemDataRole.DisplayRole else None


def _seconds(act) -> float:
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        act()
        QApplication.processEvents()
        best = min(best, time.perf_counter() - start)
    return best


def test_ten_thousand_rows_scroll_as_a_bare_table_does(qtbot, shown):
    bare, model = QTableView(), _Plain()
    bare.setModel(model)
    bare.verticalHeader().setDefaultSectionSize(28)
    qtbot.addWidget(bare)
    bare.resize(1060, 430)
    bare.show()
    document = Document(many_offers(10_000))
    made = shown(document)
    made.show_table("offers")
    grid = made.grid

    def scroll(view: QTableView) -> None:
        for k in range(40):
            view.verticalScrollBar().setValue(k * (view.verticalScrollBar().maximum() // 40))
            view.viewport().repaint()

    frame = _seconds(lambda: scroll(bare))
    assert _seconds(lambda: scroll(grid)) < 3 * frame
    # `frame` is 40 screens of a bare table: sorting costs less than 20 of them, an edit of one row less than 10.
    assert _seconds(lambda: grid.sortByColumn(column(made, "Price"), Qt.SortOrder.DescendingOrder)) < frame / 2
    prices = iter(range(1, 10))
    edit = _seconds(
        lambda: document.apply(with_fields(document.plan, "offers", "offer_5000", price_usd=next(prices)), "edit")
    )
    assert edit < frame / 4
    made.filter.setText("offer 77")
    made._filter()
    assert _seconds(lambda: [grid.sheet_model.set_filter(text) for text in ("offer 7", "offer 77")]) < frame
