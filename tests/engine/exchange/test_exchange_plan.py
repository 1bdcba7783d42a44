"""A plan to a workbook or CSV files and back: equal, whatever it holds; and what is wrong is told by its cell."""

import datetime
import io
import zipfile

import msgspec
import pytest
from hypothesis import given, settings
from openpyxl import load_workbook

from gigaplan.engine.exchange.csv import read_csv
from gigaplan.engine.exchange.plan_from_sheets import SHEETS, Imported, plan_of
from gigaplan.engine.exchange.plan_to_sheets import to_csv_folder, to_workbook
from gigaplan.engine.exchange.sheets import Book
from gigaplan.engine.exchange.summary import summary_pages
from gigaplan.engine.exchange.xlsx_in import read_xlsx
from gigaplan.engine.plan.decode import decode_plan, encode_plan
from gigaplan.engine.plan.fields import Growth
from gigaplan.engine.plan.plan import Plan, with_fields, with_settings
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.plan.schema import Override, Scenario
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.engine.storage.templates import load_template
from tests.engine import plans
from tests.engine.plan_shapes import plans as any_plans
from tests.engine.storage_samples import EXACT, full_plan

EVIL = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "''@x", "\uff1d1", "#REF!", "_x000D_", "a\r\nb",
        " x ", "1e5", "007", "TRUE", '"', '""', '"a"', "a;b", "[x", "_x005F_x0041_", "\x01\x1f\ufffe", "null", "",
        '=HYPERLINK("http://example.org";"x")', "=cmd|' /C calc'!A0")  # fmt: skip


def every_field() -> Plan:
    """A plan with two rows in every table and no field at its default; its series fit its periods."""
    plan = full_plan()
    return with_fields(plan, "offers", "row-1", price_usd=EXACT[: plan.settings.periods])


def read(data: bytes) -> Imported:
    """The plan in a workbook."""
    return plan_of(read_xlsx(data, "plan.xlsx", ("plan", *SHEETS), lambda cells: None))


def through_workbook(plan: Plan) -> Plan:
    return read(to_workbook(plan)).plan


def through_csv(plan: Plan) -> Plan:
    archive = zipfile.ZipFile(io.BytesIO(to_csv_folder(plan)))
    sheets = tuple(read_csv(archive.read(name), name) for name in archive.namelist())
    return plan_of(Book(names=tuple(sheet.name for sheet in sheets), sheets=sheets)).plan


def is_fit(plan: Plan) -> bool:
    """Whether it is read from its own interchange form: no other can be asked to come back."""
    try:
        return decode_plan(encode_plan(plan)) == plan
    except PlanError:
        return False


@settings(max_examples=5)
@given(any_plans().filter(is_fit))
def test_any_plan_comes_back(plan):
    assert through_workbook(plan) == plan
    assert through_csv(plan) == plan


@pytest.mark.parametrize("through", [through_workbook, through_csv])
@pytest.mark.parametrize("text", EVIL)
def test_no_text_is_a_formula_nor_damaged(through, text):
    plan = with_settings(every_field(), notes=text)
    plan = with_fields(plan, "platforms", "row-1", name=" ".join(text.splitlines()), source=text, vendor=text)
    plan = with_fields(plan, "workloads", "row-1", jurisdictions=(text, "US", text))
    plan = with_fields(plan, "workloads", "row-2", jurisdictions=(text,))
    plan = with_fields(plan, "policies", "row-1", scope=text)
    moves = tuple(
        Override(table="offers", row=text, field="name", op="set", value=v) for v in (text, [text], {text: 1.0})
    )
    plan = msgspec.structs.replace(plan, scenarios=(Scenario(id="s", name="S", overrides=moves),))
    plan = decode_plan(encode_plan(plan))
    assert through(plan) == plan


@pytest.mark.parametrize("through", [through_workbook, through_csv])
def test_every_digit_and_every_form_of_a_series_comes_back(through):
    plan = every_field()
    assert through(plan) == plan
    for number in EXACT:
        for series in (number, Growth(start=number, annual_growth=-1 / 3), Growth(start=number, annual_growth=1e-100)):
            moved = with_fields(plan, "offers", "row-2", price_usd=series)
            assert through(moved) == moved
    single = decode_plan(encode_plan(plans.plan_of(plan={"periods": 1}, sites=[{"power_mw": [5.0]}])))
    assert through(single) == single
    assert single.sites[0].power_mw == (5.0,)


def test_a_workbook_holds_no_formula_and_is_fit_to_be_shown():
    plan = with_fields(load_template("frontier-1gw"), "sites", "iowa", name="=1+1")
    result = solve_plan(plan)
    data = to_workbook(plan, summary_pages(result, "frontier-1gw.gigaplan, revision 3"))
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames[:5] == ["Summary", "Results", "Throughput", "Sources", "plan"]
    assert book.sheetnames[5:9] == ["plan.blocks", "platforms", "platforms.power_caps", "platforms.resale"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    summary = [[cell.value for cell in row] for row in book["Summary"].iter_rows()]
    assert summary[0][0] == plan.settings.name
    assert ["File", "frontier-1gw.gigaplan, revision 3", None, None, None] in summary
    total = next(row for row in summary if row[0] and row[0].startswith("Total cost"))
    assert total[2] == pytest.approx(result.kpis["tco_usd"])
    assert total[3] == "USD"
    results = book["Results"]
    assert [cell.value for cell in results[1]][:6] == ["series", "by", "key", "unit", "2026 Q1", "2026 Q2"]
    assert results.freeze_panes == "E2"
    sites = book["sites"]
    assert sites.freeze_panes == "B3"
    heads = {cell.value: sites.cell(2, cell.column).value for cell in sites[1]}
    assert heads["power_mw"] == "MW"
    assert heads["electricity_usd_per_mwh"] == "USD/MWh"
    assert heads["name"] is None
    name = next(cell for row in sites.iter_rows() for cell in row if cell.value == "=1+1")
    assert (name.data_type, name.quotePrefix) == ("s", True)
    assert all(sites.column_dimensions[letter].width >= 9 for letter in "ABCDEFGHI")
    assert read(data).plan == plan


def test_a_plan_without_an_optimum_has_a_workbook_that_says_so():
    plan = plans.plan_of(policies=[{"id": "p", "kind": "coverage", "limit": 1.0}], sites=[{"power_mw": 0.0001}])
    result = solve_plan(plan)
    assert result.status == "infeasible"
    book = load_workbook(io.BytesIO(to_workbook(plan, summary_pages(result))))
    assert "Results" not in book.sheetnames
    assert "no plan meets every limit" in str([cell.value for row in book["Summary"] for cell in row])


def test_what_is_too_long_for_a_cell_is_refused_by_its_cell():
    plan = with_settings(load_template("startup"), notes="x" * 40_000)
    with pytest.raises(PlanError, match=r"plan!B4: has 40,000 characters; a cell of a workbook holds 32,767"):
        to_workbook(plan)
    assert through_csv(plan) == plan


def edited(edit, plan: Plan | None = None) -> bytes:
    """The workbook of a plan after a person has edited it."""
    book = load_workbook(io.BytesIO(to_workbook(plan or plans.plan_of())))
    edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell_of(book, sheet: str, field: str, row: int = 3):
    head = next(cell for cell in book[sheet][1] if cell.value == field)
    return book[sheet].cell(row, head.column)


def put(sheet: str, field: str, value, row: int = 3):
    def edit(book):
        cell_of(book, sheet, field, row).value = value

    return edit


def refusals(edit) -> list[str]:
    with pytest.raises(PlanError) as caught:
        read(edited(edit))
    return [str(problem) for problem in caught.value.problems]


WRONG = [
    (put("offers", "price_usd", "1.5.0"),
     'offers!F3 (price_usd): must be a number as 1234.5, one per period as 1; 2; 3, '
     'a growing one as 100 +5%/year or dated steps as 2026-01: 1; 2027-07: 2, not the text "1.5.0".'),
    (put("sites", "pue", "1.2.0"), 'sites!E3 (pue): must be a number, not the text "1.2.0". Write it as 1234.5'),
    (put("sites", "pue", 0.5), "sites!E3 (pue): must be 1 or more"),
    (put("sites", "pue", True), "sites!E3 (pue): must be a number, not TRUE"),
    (put("sites", "pue", datetime.date(2027, 1, 2)), "sites!E3 (pue): must be a number, not a date (2027-01-02)"),
    (put("sites", "pue", "=1+1"), "sites!E3 (pue): holds a formula whose value was not saved. Open the workbook"),
    (put("sites", "pue", "#REF!"), "sites!E3 (pue): is an error of the spreadsheet (#REF!)"),
    (put("sites", "power_mw", "1; 2"), "sites!D3 (power_mw): has 2 values, the plan has 4 periods"),
    (put("sites", "power_mw", "1; x; 3; 4"), 'sites!D3 (power_mw): "x" in it is not a number'),
    (put("sites", "power_mw", "kW", 2), 'sites!D2 (power_mw): is in "kW"; its values must be in MW. Convert them'),
    (put("sites", "pue", "PUE of the site", 1), 'sites!E1: "PUE of the site" is not a field here. Remove the column.'),
    (put("sites", "pue", "peu", 1), 'sites!E1: "peu" is not a field here. Did you mean "pue"?'),
    (put("sites", "pue", "power_mw", 1), "sites!E1 (power_mw): is given twice, here and in column D"),
    (put("sites", "name", None, 1), "sites!B3: is under no field's name"),
    (put("sites", "id", None), "sites!A3 (id): is missing. Give Id."),
    (put("sites", "id", "New Site"), 'sites!A3 (id): is "New Site"; an id is made of a-z'),
    (put("offers", "available_from", datetime.date(2027, 4, 15)), "offers!J3 (available_from): is the date 2027"),
    (put("offers", "energy_included", "perhaps"), 'offers!P3 (energy_included): must be TRUE or FALSE, not the text'),
    (put("offers", "kind", "gift"), 'offers!E3 (kind): is "gift"; it must be purchase or rental'),
    (put("offers.installed", "id", "nobody"), 'offers.installed!A3 (id): there is no offer called "nobody"'),
    (put("offers.installed", "site", "here"), "offers.installed!A3 (id): names no offer"),
    (lambda book: book["sites"].merge_cells("D3:D4"), "sites!D3:D4: these cells are merged"),
    (lambda book: setattr(book["offers"], "title", "ofers"), 'ofers: is not a table of a plan. Did you mean "offers"?'),
    (lambda book: book.remove(book["plan"]), "plan: is missing. Give the plan's name, start and periods."),
    (lambda book: setattr(book["plan"]["B2"], "value", "gigaplan/99"), "plan!B2: was written by a newer"),
    (lambda book: setattr(book["plan"]["A3"], "value", "nmae"), 'plan!A3: "nmae" is not a field here'),
    (lambda book: setattr(book["plan"]["B7"], "value", 2.5), "plan!B7 (periods): must be a whole number"),
    (lambda book: setattr(book["plan"]["A1"], "value", None), 'plan!A1: the sheet must begin with "field"'),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "said"), WRONG)
def test_what_is_wrong_names_its_cell_and_what_to_do(edit, said):
    assert any(text.startswith(said) for text in refusals(edit)), refusals(edit)


def test_what_a_spreadsheet_makes_of_values_is_understood():
    def edit(book):
        for sheet, field, value, form in (
            ("sites", "pue", 1.25, "0.0%"),
            ("offers", "available_from", datetime.date(2027, 4, 1), "mmm-yy"),
            ("sites", "as_of", datetime.datetime(2026, 5, 1), "yyyy-mm-dd"),
            ("sites", "name", 7, "General"),
            ("workloads", "flexible", "yes", "General"),
            ("sites", "power_mw", "12.5", "@"),
            ("sites", "water_l_per_kwh", None, "General"),
        ):
            cell = cell_of(book, sheet, field)
            cell.value, cell.number_format = value, form

    found = read(edited(edit)).plan
    assert (found.sites[0].pue, found.sites[0].name, found.sites[0].as_of) == (1.25, "7", "2026-05")
    assert (found.sites[0].power_mw, found.sites[0].water_l_per_kwh) == (12.5, 0.0)
    assert found.offers[0].available_from == "2027-04"
    assert found.workloads[0].flexible is True


def test_columns_may_stand_in_any_order_and_be_left_out_and_the_units_too():
    def edit(book):
        sheet = book["sites"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        keep = [k for k, name in enumerate(rows[0]) if name not in ("water_l_per_kwh", "notes")]
        book.remove(sheet)
        again = book.create_sheet("Sites ")
        again.append([])
        for row in (rows[0], *rows[2:]):
            again.append([row[k] for k in reversed(keep)])
        again.append([None, " "])

    assert read(edited(edit)).plan == plans.plan_of()


def test_other_sheets_and_hidden_rows_are_told_of():
    def edit(book):
        book.create_sheet("Raw prices").append(["anything", "=1+1"])
        book["sites"].row_dimensions[3].hidden = True

    found = read(edited(edit))
    assert found.plan == plans.plan_of()
    assert found.notes == [
        "Raw prices: this sheet is not a table of a plan, and was not read",
        "sites: 1 hidden row of it were read too",
    ]


def test_figures_keep_the_plans_currency():
    plan = plans.plan_of(plan={"currency": "EUR"})
    book = load_workbook(io.BytesIO(to_workbook(plan)))
    assert cell_of(book, "sites", "electricity_usd_per_mwh", 2).value == "EUR/MWh"
    assert through_workbook(plan) == plan
