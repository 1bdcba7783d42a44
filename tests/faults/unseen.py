"""Workbooks that hold other than a spreadsheet shows: what is not seen counts for nothing, or is named."""

from __future__ import annotations

import random
from collections.abc import Callable

from gigaplan.engine.exchange.sheets import Book
from gigaplan.engine.exchange.xlsx_in import read_xlsx
from gigaplan.engine.plan.problems import PlanError
from tests.faults.abuse_sheets import MAIN, package, rows
from tests.faults.fault import Tally, check

SEEN = '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1"><v>7</v></c></row>'
FOREIGN = 'xmlns:z="urn:x"'
NO_NUMBERS = ("3_99", "\u0663.\u0669", "\uff13", "3.99e-400", "1e999", "nan", "inf", "0x10", "1,5", "1 2", "--1")


def read(data: bytes) -> Book:
    """The book, read in this process."""
    return read_xlsx(data, "t.xlsx", ("sites",), lambda cells: None)


def _foreign(chance: random.Random) -> None:
    """Elements of another language, or in another place, are no cells."""
    cell = f'<c r="C{chance.randint(1, 9)}"><v>0.001</v></c>'
    odd = chance.choice((
        f'<z:c {FOREIGN} r="C1"><z:v>0.001</z:v></z:c>',
        f"<z:x {FOREIGN}>{cell}</z:x>",
        f'<c r="C1"><z:v {FOREIGN}>0.001</z:v></c>',
        '<c r="C1"><extLst><ext><c r="D1"><v>1</v></c></ext></extLst></c>',
        '<c xmlns="" r="C1"><v>0.001</v></c>',
    ))  # fmt: skip
    inside = SEEN.replace("</row>", f"{odd}</row>")
    after = chance.choice(("", f"<extLst><ext><sheetData><row r='3'>{cell}</row></sheetData></ext></extLst>"))
    (sheet,) = read(package(rows(inside, after=after))).sheets
    check([cell for row in sheet.rows for cell in row if cell is not None] == ["id", 7.0], f"read {sheet.rows}")


def _no_number(chance: random.Random) -> None:
    """What no spreadsheet takes for a number is refused, with its cell."""
    text = chance.choice(NO_NUMBERS)
    try:
        book = read(package(rows(SEEN.replace(">7<", f">{text}<"))))
    except PlanError as error:
        check(str(error).startswith("sites!B1: "), str(error))
    else:
        check(False, f"{text} was read as {book.sheets[0].rows[0][1]}")


def _hidden(chance: random.Random) -> None:
    """A hidden sheet, column or row is read, and named."""
    way = chance.choice(("hidden", "veryHidden", "column", "thin", "row"))
    column = {"column": 'hidden="1"', "thin": 'width="0" customWidth="1"'}.get(way)
    cols = f'<cols><col min="2" max="{chance.choice((2, 16384))}" {column}/></cols>' if column else ""
    data = rows(SEEN.replace('<row r="1">', '<row r="1" hidden="1">') if way == "row" else SEEN, before=cols)
    state = f' state="{way}"' if way in ("hidden", "veryHidden") else ""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    book = f'<workbook xmlns="{MAIN}" xmlns:r="{office}"><sheets><sheet name="sites" sheetId="1"{state} r:id="rId1"/>'
    (sheet,) = read(package(data, more={"xl/workbook.xml": f"{book}</sheets></workbook>".encode()})).sheets
    check(sheet.rows == [["id", 7.0]], f"read {sheet.rows}")
    named = " ".join(sheet.remarks) + (" hidden row" if sheet.hidden_rows else "")
    wanted = {"column": "column B is hidden", "thin": "column B is hidden", "row": "hidden row"}
    check(wanted.get(way, "this sheet is hidden") in named, f"{way} is not named: {named}")


def _contradicting(chance: random.Random) -> None:
    """A saved value is read; where its formula gives another, both are named."""
    a, b = chance.randint(1, 99), chance.randint(1, 9)
    formula, gives = chance.choice((
        (f"{a}", a), (f"{a}+{b}", a + b), (f"{a}*(B1-{b})", a * (7 - b)), (f"-{b}^2", b * b), (f"$B$1/{b}%", 700 / b),
    ))  # fmt: skip
    is_right = chance.random() < 0.5
    cell = f'<c r="C1"><f>{formula}</f><v>{gives if is_right else gives + 0.5}</v></c>'
    (sheet,) = read(package(rows(SEEN.replace("</row>", f"{cell}</row>")))).sheets
    check((sheet.remarks == ()) == is_right, f"={formula}: {sheet.remarks}")
    unknown = SEEN.replace("</row>", '<c r="C1"><f>NOW()</f><v>5</v></c></row>')
    (sheet,) = read(package(rows(unknown))).sheets
    check("1 formula was not worked out again" in sheet.remarks[0], "a value of an unknown formula is not named")


KINDS: tuple[Callable[[random.Random], None], ...] = (_foreign, _no_number, _hidden, _contradicting)


def cells(tally: Tally, count: int) -> None:
    """Each kind in turn."""
    for k in range(count):
        with tally.trial(f"{KINDS[k % len(KINDS)].__name__}, try {k}"):
            KINDS[k % len(KINDS)](tally.chance)
