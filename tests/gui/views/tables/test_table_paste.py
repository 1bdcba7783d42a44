"""Cells of a spreadsheet pasted into the tables: by header or place, one undo step, each bad cell with its reason."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication

from gigaplan.engine.plan.plan import find, with_fields
from gigaplan.gui.document.document import Document
from gigaplan.gui.text.months import read_month
from gigaplan.gui.views.tables.import_preview import DOUBTED, TURNED
from gigaplan.gui.views.tables.reading import month_text
from tests.gui.table_grids import CONTROL, SHIFT, click_cell, column, paste, plan_of_tables, preview_is_open, text_at


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


def test_periods_that_run_down_are_turned_once_a_person_says_so(qtbot, panel, document):
    panel.show_table("series")
    before = document.plan
    paste(qtbot, panel, "Quarter\tBatch\tChat\n2027 Q1\t1\t5\nQ2 2027\t2\t6\n2027-07\t3\t7\nOct 2027\t4\t8\n")
    assert document.plan is before
    assert panel.preview.title.text() == TURNED
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    assert find(document.plan, "workloads", "batch").demand == (1.0, 2.0, 3.0, 4.0)
    assert find(document.plan, "workloads", "chat").demand == (5.0, 6.0, 7.0, 8.0)


def test_fields_that_run_down_are_turned_in_a_table_too(qtbot, panel, document):
    panel.show_table("sites")
    site = document.plan.sites[0]
    paste(qtbot, panel, f"Name\t{site.name}\tOslo\nJurisdiction\tUS\tNO\nPUE\t1.33\t1.1\n"
                        "Electricity price [USD/MWh]\t41\t30\nFacility power [MW]\t7\t9\n")  # fmt: skip
    assert panel.preview.title.text() == TURNED
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    assert document.plan.sites[0].pue == 1.33
    assert (document.plan.sites[-1].name, document.plan.sites[-1].power_mw) == ("Oslo", 9.0)


def test_the_price_of_a_whole_server_is_asked_about(qtbot, shown):
    from gigaplan.engine.plan.plan import Plan
    from gigaplan.engine.plan.schema import Settings
    from gigaplan.gui.document.document import Document
    from gigaplan.gui.views.catalogue.adding import OFFERS, add_from_catalogue

    document = Document(Plan(settings=Settings(name="p", start="2027-01", periods=2)))
    add_from_catalogue(document, OFFERS, "offer_006")
    offer = document.plan.offers[0]
    assert isinstance(offer.price_usd, float)
    panel = shown(document)
    panel.show_table("offers")
    paste(qtbot, panel, f"Name\tPrice\n{offer.name}\t{offer.price_usd * 8:g}\n")
    assert document.plan.offers[0] is offer
    assert panel.preview.title.text() == DOUBTED
    assert "8" in panel.preview.unknown.text()
    qtbot.mouseClick(panel.preview.good, Qt.MouseButton.LeftButton)
    assert document.plan.offers[0].price_usd == pytest.approx(offer.price_usd * 8)


@pytest.mark.parametrize(
    "heads",
    [
        ("Jan-27", "Apr-27", "Jul-27", "Oct-27"),
        ("1/1/2027", "4/1/2027", "7/1/2027", "10/1/2027"),
        ("2027-01-01 00:00:00", "2027-04-01 00:00:00", "2027-07-01 00:00:00", "2027-10-01 00:00:00"),
    ],
)
def test_periods_are_known_by_dates_as_spreadsheets_show_them(qtbot, panel, document, heads):
    panel.show_table("series")
    paste(qtbot, panel, "\t".join(("Workload", *heads)) + "\nBatch\t1\t2\t3\t4\n")
    assert find(document.plan, "workloads", "batch").demand == (1.0, 2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("text", "country", "month"),
    [
        ("7/1/2027", QLocale.Country.UnitedStates, "2027-07"),
        ("1/7/2027", QLocale.Country.UnitedKingdom, "2027-07"),
        ("1/7/2027", QLocale.Country.UnitedStates, None),  # the 7th of January: a day within a month
        ("7/1/2027", QLocale.Country.UnitedKingdom, None),
        ("7/15/2027", QLocale.Country.UnitedStates, None),
        ("Jul-27", QLocale.Country.UnitedStates, "2027-07"),
        ("27-Jul", QLocale.Country.UnitedStates, None),  # a day of July
        ("2027-07-15", QLocale.Country.UnitedStates, None),
    ],
)
def test_a_date_stands_for_a_month_where_it_is_its_first_day(text, country, month):
    found = read_month(month_text(text, QLocale(QLocale.Language.English, country)))
    assert getattr(found, "value", None) == month


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
    assert "abc is not a number" in reasons[0, 1]
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


def test_the_unit_of_a_price_follows_the_kind_that_is_pasted_beside_it(qtbot, panel, document):
    panel.show_table("offers")
    paste(qtbot, panel, "Name\tPrice\tKind\nMI355X\t30000 USD/chip\tpurchase\n")
    offer = find(document.plan, "offers", "mi355x_od")
    assert (offer.kind, offer.price_usd) == ("purchase", 30000.0)


HEAD = "Name\tJurisdiction\tFacility power\tElectricity price"


@pytest.mark.parametrize("above", ["Sites of 2027\t\t\t\n", "\t\t\t\n", "Sites of 2027\t\t\t\n\t\t\t\n"])
def test_titles_and_blank_lines_above_the_header_are_passed_over(qtbot, panel, document, above):
    panel.show_table("sites")
    paste(qtbot, panel, f"{above}{HEAD}\nParis\tFR\t100\t80\nIowa\tUS\t421\t54.5\n")
    assert [site.name for site in document.plan.sites] == ["Iowa", "Dublin", "Tokyo", "Paris"]
    assert find(document.plan, "sites", "iowa").power_mw == 421.0


def test_a_column_that_is_named_twice_is_refused_and_its_header_is_no_data(qtbot, panel, document):
    before = document.plan
    panel.show_table("sites")
    paste(qtbot, panel, "Name\tElectricity price\tElectricity price\nIowa\t80\t90\n")
    assert document.plan is before
    assert panel.message.text() == "Not pasted: two columns are called Electricity price: leave one of them out."


def test_a_name_of_several_lines_becomes_one_line(qtbot, panel, document):
    panel.show_table("sites")
    paste(qtbot, panel, f'{HEAD}\n"Paris\r\nNord"\tFR\t100\t80\n')
    assert document.plan.sites[-1].name == "Paris Nord"


def test_ones_beside_fractions_are_wholes(qtbot, panel, document):
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Availability")
    paste(qtbot, panel, "0.9\n0.95\n1\n")
    assert [offer.availability for offer in document.plan.offers] == [0.9, 0.95, 1.0]
    click_cell(qtbot, panel, 0, "Availability")
    paste(qtbot, panel, "1\n1\n1\n")  # 1 % or 100 %: nothing tells
    assert preview_is_open(panel)


def test_one_letter_says_yes_or_no(qtbot, panel, document):
    panel.show_table("offers")
    click_cell(qtbot, panel, 0, "Interruptible")
    paste(qtbot, panel, "Y\nN\ny\n")
    assert [offer.interruptible for offer in document.plan.offers] == [True, False, True]


def test_cells_past_the_last_column_are_not_called_unknown_columns(qtbot, panel, document):
    panel.show_table("series")
    click_cell(qtbot, panel, 0, "2027 Q4")
    paste(qtbot, panel, "1\t2\t3\n")
    assert preview_is_open(panel)
    assert panel.preview.unknown.isHidden()
    assert "past the last column" in panel.preview.model.cell(panel.preview.model.index(0, 1)).problem


def test_the_preview_counts_what_is_left_out_with_half_a_row(qtbot, panel, document):
    panel.show_table("sites")
    paste(qtbot, panel, f"{HEAD}\nParis\tFR\t100\t80,5\nIowa\tUS\tn/a\t54\n")
    assert panel.preview.title.text() == "2 cells of 8 cannot be pasted"
    assert panel.preview.good.text() == "Paste the 3 good cells"
    assert panel.preview.reason.text().endswith("write 80.5. So the whole row is left out")
    panel.preview.show_next()
    assert panel.preview.reason.text().endswith("n/a is not a number")
