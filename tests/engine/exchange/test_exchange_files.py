"""CSV files and workbooks as they come: what is read of them, and that a process that reads one harms nobody."""

import io
import os
import sys
import time
import zipfile
from pathlib import Path

import openpyxl
import pytest

from gigaplan.engine.exchange import sandboxed_reader
from gigaplan.engine.exchange.csv import guarded, read_csv, to_csv, unguarded
from gigaplan.engine.exchange.sandboxed_reader import ReadJob, ReadRefused, read_book
from gigaplan.engine.exchange.sheets import Mark, UnknownEncoding, letters, numbers_of, place
from gigaplan.engine.exchange.xlsx_in import read_xlsx
from gigaplan.engine.exchange.xlsx_out import BookPage, ShownFigure, to_xlsx
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.solve.subprocess_job import Answer, Job
from tests.processes import begun


def rows_of(text: str | bytes, encoding: str = "") -> list:
    return read_csv(text if isinstance(text, bytes) else text.encode(), "t.csv", encoding).rows


@pytest.mark.parametrize(("row", "column", "name"), [(0, 0, "A1"), (6, 2, "C7"), (9, 26, "AA10"), (0, 16383, "XFD1")])
def test_cells_have_the_names_that_spreadsheets_give_them(row, column, name):
    assert place(row, column) == name
    assert numbers_of(name) == (row, column)
    assert letters(701) == "ZZ"
    assert numbers_of("7C") is None


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r", "'=1", "''-", "a", "'a", "", "1-1", " =1"])
def test_what_is_guarded_looks_like_no_formula_and_comes_back(text):
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert rows_of(to_csv([["x", text, "y"]])) == [["x", text or None, "y"]]


def test_csv_is_read_with_any_separator_mark_and_line_end():
    cells = [["a", "b,c"], [None, "1;2"]]
    assert rows_of('a,"b,c"\n,1;2\n') == cells
    assert rows_of('\ufeffa;b,c\r\n;"1;2"\r\n\r\n\r\n') == cells
    assert rows_of("a\tb,c\n\t1;2\n") == cells
    assert rows_of("sep=;\na;b,c\n;'1;2") == [["a", "b,c"], [None, "'1", "2"]]
    assert rows_of('a,"b,c"\n,1;2\n'.encode("utf-16")) == cells
    assert rows_of('a,"two\r\nlines"\n') == [["a", "two\r\nlines"]]
    assert rows_of("") == []


def test_numbers_in_csv_keep_every_digit():
    assert to_csv([[0.1 + 0.2, 5e-324, 1e15, True, None, "x", 2.0]]) == (
        b"\xef\xbb\xbf0.30000000000000004,5e-324,1000000000000000,TRUE,,x,2\r\n"
    )


def test_text_that_is_not_utf8_waits_for_its_encoding_to_be_named():
    data = "Name,Ort\nWerk,Zürich\n".encode("cp1252")
    with pytest.raises(UnknownEncoding, match=r"^t.csv, line 2: it is not text in UTF-8. Name its encoding"):
        rows_of(data)
    assert rows_of(data, "cp1252")[1] == ["Werk", "Zürich"]
    with pytest.raises(UnknownEncoding, match="not text in ascii"):
        rows_of(data, "ascii")
    for name in ("no-such", "hex", "zip"):
        with pytest.raises(PlanError, match="there is no encoding called"):
            rows_of(data, name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a,b\nc,"d\ne\n', "t.csv, line 3: a quotation mark is opened and never closed"),
        ('a,b\nc,"d"e\n', "t.csv, line 2: it is not CSV"),
        ("a,b\nc,\0\n", "t.csv, line 2: it holds a NUL character"),
        ("a," * 1001 + "b", "t.csv!ALN1: lies past column ALL"),
        ("a,b\n" + "\n" * 1_000_001, "t.csv: there are more than 1,000,000 lines, nearly all of them blank"),
        ("a\n" * 10_102, "t.csv!A10101: lies below line 10,100"),
        (f'a,"{"x" * 1_000_001}"', "t.csv, line 1: a cell has more than 1,000,000 characters"),
    ],
)
def test_csv_that_is_none_is_refused_by_line(text, said):
    with pytest.raises(PlanError) as caught:
        rows_of(text)
    assert str(caught.value).startswith(said)


def workbook(fill, name: str = "sites") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = name
    fill(book.active)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(data: bytes, *wanted: str):
    return read_xlsx(data, "t.xlsx", wanted or ("sites",), lambda cells: None).sheets[0]


def test_cells_of_a_workbook_are_read_as_they_are_stored():
    def fill(sheet):
        sheet.append(["text", 1.5, True, None, "=A1", "#N/A"])
        sheet["A3"].value, sheet["A3"].number_format = 0.125, "0.0%"
        sheet["B3"].value, sheet["B3"].number_format = 46113, "mmm-yy"
        sheet["C3"].value, sheet["C3"].number_format = 46113.5, "yyyy-mm-dd hh:mm"
        sheet["D3"].value = 0.1 + 0.2
        sheet.merge_cells("A5:B6")
        sheet.row_dimensions[3].hidden = True

    sheet = sheet_of(workbook(fill))
    assert sheet.rows[0] == ["text", 1.5, True, None, Mark("formula"), Mark("error", "#N/A")]
    assert sheet.rows[1] == []
    day, noon = Mark("date", "2026-04-01"), Mark("date", "2026-04-01 12:00:00")
    assert sheet.rows[2][:3] == [Mark("percent", number=0.125), day, noon]
    assert sheet.rows[2][3] == pytest.approx(0.3)
    assert (sheet.merged, sheet.hidden_rows) == (("A5:B6",), 1)


def test_a_formula_counts_as_the_value_that_was_saved_with_it():
    def with_value(data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                new.writestr(name, old.read(name).replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
                             .replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>"))  # fmt: skip
        return out.getvalue()

    data = workbook(lambda sheet: sheet.append(["=1+1"]))
    assert sheet_of(data).rows == [[Mark("formula")]]
    assert sheet_of(with_value(data)).rows == [[2.0]]


def test_the_sheet_of_the_name_is_read_or_the_only_one():
    book = openpyxl.Workbook()
    book.active.title = "Prices"
    book.active.append([1])
    only = io.BytesIO()
    book.save(only)
    assert sheet_of(only.getvalue(), "offers").name == "Prices"
    book.create_sheet(" Offers ").append([2])
    two = io.BytesIO()
    book.save(two)
    assert sheet_of(two.getvalue(), "offers").rows == [[2.0]]
    found = read_xlsx(two.getvalue(), "t.xlsx", ("sites",), lambda cells: None)
    assert (found.names, found.sheets) == (("Prices", " Offers "), ())


def test_texts_that_a_spreadsheet_shares_and_escapes_are_read_as_they_were():
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>a_x000D_b</t></si>'
        b"<si><r><t>two </t></r><r><t>parts</t></r><rPh><t>spoken</t></rPh></si>"
        b"<si><t>_x005F_x0041_ x005F_</t></si></sst>"
    )
    cells = "".join(f'<c r="{"ABC"[k]}1" t="s"><v>{k}</v></c>' for k in range(3))

    from tests.faults.abuse_sheets import STRINGS, package, rows

    data = package(rows(f"<row>{cells}</row>"), more={STRINGS: strings})
    assert sheet_of(data).rows == [["a\rb", "two parts", "_x0041_ x005F_"]]


def test_what_is_written_is_no_formula_and_keeps_its_digits():
    page = BookPage(
        "t", [["head"]], [["=1+1", 0.1 + 0.2, True, None, ShownFigure("=x", style="title"), -5.0]], units=["", "MW"]
    )
    data = to_xlsx([page])
    assert sheet_of(data, "t").rows == [["head"], ["=1+1", 0.1 + 0.2, True, None, "=x", -5.0]]
    cell = openpyxl.load_workbook(io.BytesIO(data))["t"]["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


def test_writing_that_is_stopped_leaves_nothing_behind(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def stop(cells: int) -> None:
        raise KeyboardInterrupt

    for page, error in (
        (BookPage("t", [["a"]], [["b"]]), KeyboardInterrupt),
        (BookPage("t", [], [["x" * 40_000]]), PlanError),
    ):
        with pytest.raises(error):
            to_xlsx([BookPage("first", [["a"]], []), page], stop)
    assert list(tmp_path.iterdir()) == []


def test_files_are_read_in_another_process(tmp_path: Path):
    before = begun()
    csv = tmp_path / "t.csv"
    csv.write_bytes(b"a,b\n1,'=2\n")
    assert read_book(csv, ()).sheets[0].rows == [["a", "b"], ["1", "=2"]]
    xlsx = tmp_path / "t.xlsx"
    xlsx.write_bytes(workbook(lambda sheet: sheet.append(["a", 1])))
    assert read_book(xlsx, ("sites",)).sheets[0].rows == [["a", 1.0]]
    with pytest.raises(FileNotFoundError):
        read_book(tmp_path / "none.csv", ())
    with pytest.raises(PlanError, match="it is not a file but a folder"):
        read_book(tmp_path, ())
    assert begun() <= before


def test_a_process_that_dies_or_takes_too_long_is_an_error(tmp_path: Path, monkeypatch):
    before = begun()
    file = tmp_path / "t.csv"
    file.write_bytes(b"a,b\n")
    job = ReadJob(file, ())
    os.kill(job._process.pid, 9)
    word = job.wait(20)
    assert isinstance(word, ReadRefused)
    assert "reading it failed" in word.problem.text
    monkeypatch.setattr(sandboxed_reader, "SECONDS", 0.01)
    with pytest.raises(PlanError, match=r"^t.csv: it takes more than 0.01 s to read"):
        read_book(file, ())
    assert begun() <= before


def test_it_can_be_cancelled_at_once(tmp_path: Path):
    before = begun()
    file = tmp_path / "t.xlsx"
    file.write_bytes(workbook(lambda sheet: [sheet.append([k] * 50) for k in range(1000)]))
    began = time.perf_counter()
    job = ReadJob(file, ("sites",))
    while job.wait(5) is None:
        pass
    until_it_spoke, began = time.perf_counter() - began, time.perf_counter()
    job.cancel()
    assert time.perf_counter() - began < until_it_spoke
    assert begun() <= before


def _greedy(there: Answer, folder: Path) -> None:
    sandboxed_reader._modest()
    try:
        there.send(len(bytearray(2**30)))
    except MemoryError:
        there.send("no more memory")
    try:
        (folder / "written-by-the-reader").write_text("x")
    except OSError:
        there.send("no file")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no limit of memory for a process")
def test_the_process_has_no_more_memory_than_it_may_and_writes_no_file(tmp_path: Path):
    job = Job(_greedy, tmp_path)
    assert job.hear(30) == "no more memory"
    assert job.hear(30) == "no file"
    job.cancel()
