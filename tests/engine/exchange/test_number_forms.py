"""Numbers that are text: settled by their column, and asked about where they can be read in two ways."""

import io
import zipfile
from pathlib import Path

import pytest

from gigaplan.engine.exchange.number_forms import decimal_sign, plain, readings
from gigaplan.engine.exchange.plan_from_sheets import read_sheets
from gigaplan.engine.plan.problems import PlanError

CASES = Path(__file__).parents[2] / "cases" / "reported"


@pytest.mark.parametrize(
    ("texts", "separator", "sign"),
    [
        (["1.25", "1.125", "2.5", "2.350"], "", "."),
        (["1,25", "1.125"], ";", ","),
        (["1.125", "2.350"], ";", ""),
        (["1.125", "2.350"], ",", "."),
        (["1,500"], ",", "."),
        (["1.234.567"], ";", ","),
        (["0.125"], ";", "."),
        (["1.5", "2,5"], ";", ""),
        (["1500", "text"], ";", ""),
    ],
)
def test_a_column_tells_its_decimal_sign(texts: list[str], separator: str, sign: str) -> None:
    assert decimal_sign(texts, separator) == sign


@pytest.mark.parametrize(
    ("text", "sign", "number"),
    [("1,500", ".", "1500"), ("1.500", ",", "1500"), ("1.234,5", ",", "1234.5"), ("40%", ".", "0.4"),
     ("12,5 %", ",", "0.125"),
     ("abc", ".", None), ("1,50", ".", None)],
)  # fmt: skip
def test_numbers_in_their_plain_form(text: str, sign: str, number: str | None) -> None:
    assert plain(text, sign) == number


def test_both_readings_are_said() -> None:
    assert readings("1.200") == "1.2 or 1200"


def test_what_a_spreadsheet_saves_is_read() -> None:
    found = read_sheets(CASES / "08-excel-saved.zip")
    plan = found.plan
    assert plan.settings.start == "2026-01"
    assert (plan.offers[0].available_from, plan.offers[0].interruptible) == ("2026-04", False)
    assert (plan.workloads[0].demand, plan.workloads[0].utilisation) == (1500, 0.4)
    assert any("offers: " in note and "maintenance_per_year" in note for note in found.notes)


def test_thousands_that_may_be_decimals_are_asked_about_cell_by_cell() -> None:
    with pytest.raises(PlanError) as refused:
        read_sheets(CASES / "10-german-thousands.zip")
    said = [str(problem) for problem in refused.value.problems]
    assert [line.split(":")[0] for line in said] == [
        "sites!D2 (power_mw)",
        "offers!G2 (supply_chips)",
        "workloads!E2 (demand)",
    ]
    assert 'is "1.200", which can be read as 1.2 or 1200' in said[0]


def test_one_number_that_is_plain_settles_its_column(tmp_path: Path) -> None:
    path = tmp_path / "plan.zip"
    with zipfile.ZipFile(CASES / "10-german-thousands.zip") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name).decode("utf-8-sig")
            if name == "sites.csv":
                data += "b;B;DE;1.234,5;50\n"
            data = data.replace(";1.000;", ";1000;").replace(";1.500;", ";1500;")
            new.writestr(name, io.StringIO(data).getvalue())
    assert [site.power_mw for site in read_sheets(path).plan.sites] == [1200, 1234.5]
