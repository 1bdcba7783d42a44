"""Workbooks and CSV files on the command line."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.exchange.json import to_json
from gigaplan.engine.storage.load import open_plan

ROOT = Path(__file__).parents[3]
PLAN = ROOT / "projects" / "startup.gigaplan"


@pytest.mark.parametrize("ending", [".xlsx", ".zip", ".json"])
def test_a_plan_goes_out_and_comes_back_equal(tmp_path, capsys, ending):
    out, back = tmp_path / f"out{ending}", tmp_path / "back.gigaplan"
    assert main.main(["export", str(PLAN), "-o", str(out)]) == 0
    assert main.main(["export", str(PLAN), "-o", str(out)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main.main(["export", str(PLAN), "-o", str(out), "--force"]) == 0
    assert main.main(["import", str(out), "-o", str(back)]) == 0
    assert open_plan(back).plan == open_plan(PLAN).plan


def test_the_workbook_of_a_json_plan_has_its_figures(tmp_path):
    plan, out = tmp_path / "plan.json", tmp_path / "out.xlsx"
    plan.write_bytes(to_json(open_plan(PLAN).plan))
    assert main.main(["export", str(plan), "-o", str(out)]) == 0
    cells = [cell.value for row in openpyxl.load_workbook(out)["Summary"] for cell in row]
    assert "plan.json" in cells
    assert "Total cost of ownership" in cells


def test_problems_name_the_cell(tmp_path, capsys):
    out, back = tmp_path / "out.xlsx", tmp_path / "back.gigaplan"
    assert main.main(["export", str(PLAN), "-o", str(out)]) == 0
    book = openpyxl.load_workbook(out)
    head = [cell.value for cell in book["offers"][1]]
    price, platform = head.index("price_usd") + 1, head.index("platform") + 1
    book["offers"].cell(4, price).value = "1.5.0"
    book.save(out)
    assert main.main(["import", str(out), "-o", str(back)]) == 2
    where = book["offers"].cell(4, price).coordinate
    assert f"offers!{where} (price_usd): must be a number" in capsys.readouterr().err
    book["offers"].cell(4, price).value = 1.5
    book["offers"].cell(4, platform).value = "nothing"
    book.save(out)
    assert main.main(["import", str(out), "-o", str(back)]) == 2
    where = book["offers"].cell(4, platform).coordinate
    assert f"offers!{where} (platform): " in capsys.readouterr().err
    assert not back.exists()


def test_an_encoding_is_asked_for_and_taken(tmp_path, capsys):
    out, odd, back = tmp_path / "out.zip", tmp_path / "odd.zip", tmp_path / "back.gigaplan"
    assert main.main(["export", str(PLAN), "-o", str(out)]) == 0
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(odd, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8-sig").replace('\r\nnotes,"', '\r\nnotes,"Zürich ')
            new.writestr(name, text.encode("cp1252"))
    capsys.readouterr()
    assert main.main(["import", str(odd), "-o", str(back)]) == 2
    assert "; name its encoding, as --encoding cp1252" in capsys.readouterr().err
    assert main.main(["import", str(odd), "--encoding", "cp1252", "-o", str(back)]) == 0
    assert open_plan(back).plan.sites == open_plan(PLAN).plan.sites
    assert open_plan(back).plan.settings.notes.startswith("Zürich")


@pytest.mark.parametrize("ending", [".csv", ".xls", ".ods"])
def test_forms_that_are_not_written_are_refused_by_name(tmp_path, capsys, ending):
    assert main.main(["export", str(PLAN), "-o", str(tmp_path / f"out{ending}")]) == 2
    forms = ".xlsx, as an SQLite database (.db), as CSV files in a .zip, or as .json"
    assert f"a plan is written as {forms}" in capsys.readouterr().err
    assert main.main(["import", str(tmp_path / f"in{ending}"), "-o", str(tmp_path / "out.gigaplan")]) == 2
    assert "a plan is read from .xlsx, from CSV files of all its tables in a .zip" in capsys.readouterr().err


def test_a_file_that_is_none_is_refused(tmp_path, capsys):
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(io.BytesIO(b"PK\x03\x04rest").getvalue())
    assert main.main(["import", str(bad), "-o", str(tmp_path / "new.gigaplan")]) == 2
    assert "bad.xlsx: it is damaged, or not a workbook." in capsys.readouterr().err
    assert main.main(["import", str(tmp_path / "none.xlsx"), "-o", str(tmp_path / "new.gigaplan")]) == 2
    assert "none.xlsx: It is not there" in capsys.readouterr().err
