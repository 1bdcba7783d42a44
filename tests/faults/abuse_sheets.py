"""Workbooks and CSV files that are made to confuse, to fill the memory or to take for ever, read as any other is."""

from __future__ import annotations

import io
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from gigaplan.engine.exchange.plan_from_sheets import SHEETS, plan_of
from gigaplan.engine.exchange.plan_to_sheets import to_csv_folder, to_workbook
from gigaplan.engine.exchange.sandboxed_reader import SECONDS, read_book
from gigaplan.engine.exchange.sheets import LONGEST, MAX_CELLS, MAX_COLUMNS, MAX_LINES, Book
from gigaplan.engine.plan.problems import PlanError
from tests.engine.plans import plan_of as small_plan
from tests.faults.fault import Tally, check
from tests.faults.mutants import mutated
from tests.processes import begun

LATE = SECONDS + 5
"""Seconds after which the caller hangs."""
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
GOOD = to_workbook(small_plan())

Abuse = Callable[[random.Random], bytes]


def package(sheet: bytes, name: str = "sites", more: dict[str, bytes] | None = None) -> bytes:
    """A workbook of one sheet, whose XML is given, with more parts or others in their place."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    types = "http://schemas.openxmlformats.org/package/2006/content-types"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{types}"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/{STRINGS}" ContentType="{kind}.sharedStrings+xml"/>'
        f'<Override PartName="/{SHEET}" ContentType="{kind}.worksheet+xml"/></Types>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{office}"><sheets>'
        f'<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="rId1" Type="{office}/worksheet"'
        ' Target="/xl/worksheets/sheet1.xml"/></Relationships>',
        STRINGS: f'<sst xmlns="{MAIN}"><si><t>id</t></si></sst>',
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in ({k: v.encode() for k, v in parts.items()} | {SHEET: sheet} | (more or {})).items():
            archive.writestr(part, content)
    return out.getvalue()


def rows(content: str, before: str = "", after: str = "") -> bytes:
    """The XML of a sheet."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{content}</sheetData>{after}</worksheet>'.encode()


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def _bomb(chance: random.Random) -> bytes:
    return package(b" " * chance.choice((150, 250)) * 2**20)


def _quiet_bomb(chance: random.Random) -> bytes:
    """Says that it unpacks to little."""
    data = bytearray(package(rows(" " * 30 * 2**20)))
    at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"xl/worksheets/sheet1.xml"))
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def _nested(chance: random.Random) -> bytes:
    return package(rows("<row>" * 200_000))


def _laughs(encoding: str) -> Abuse:
    def made(chance: random.Random) -> bytes:
        names = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 12))
        body = rows("<row>" + text("A1", "&a11;") + "</row>").decode()
        xml = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a0 "ha">{names}]>{body}'
        return package(xml.encode(encoding))

    return made


def _fetch(chance: random.Random) -> bytes:
    xml = f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>{rows(text("A1", "&a;")).decode()}'
    return package(b"", more={chance.choice((SHEET, STRINGS, "xl/workbook.xml", "xl/styles.xml")): xml.encode()})


def _far(chance: random.Random) -> bytes:
    place = chance.choice(("XFD1048576", "XFD1", "A1048576", "ZZZZZZZ1", "A999999999", "ZZZZZZZZZZ1", "A0", "1A", ""))
    return package(rows(f'<row r="1">{text("A1", "id")}</row><row><c r="{place}"><v>1</v></c></row>'))


def _false_size(chance: random.Random) -> bytes:
    size = chance.choice(("A1:XFD1048576", "A1:A1", "ZZZZZZZZ9:A99999999999", "x"))
    return package(rows(f"<row>{text('A1', 'id')}{text('B1', 'name')}</row>", f'<dimension ref="{size}"/>'))


def _many_strings(chance: random.Random) -> bytes:
    count = 10**6
    strings = f'<sst xmlns="{MAIN}">{"".join(f"<si><t>{k:x}</t></si>" for k in range(count))}</sst>'.encode()
    return package(rows(f'<row><c r="A1" t="s"><v>{count - 1}</v></c></row>'), more={STRINGS: strings})


def _wrong_string(chance: random.Random) -> bytes:
    return package(rows(f'<row><c r="A1" t="s"><v>{chance.choice(("-1", "7", "x", "1e9", "9" * 9999))}</v></c></row>'))


def _wide(chance: random.Random) -> bytes:
    return package(rows("<row>" + "<c><v>1</v></c>" * chance.choice((2000, 10**6)) + "</row>"))


def _many_cells(chance: random.Random) -> bytes:
    line = "".join(f"<c><v>{k}</v></c>" for k in range(900))
    return package(rows(f"<row>{line}</row>" * 4000))


def _empty_cells(chance: random.Random) -> bytes:
    return package(rows("<row>" + "".join(f'<c s="{k}"/>' for k in range(4 * 10**6)) + "</row>"))


def _long_text(chance: random.Random) -> bytes:
    words = "".join(f"{k:x}" for k in range(400_000))
    return package(rows("<row>" + text("A1", words) + "</row>"))


def _odd_value(chance: random.Random) -> bytes:
    value = chance.choice(("nan", "1e999", "0x10", "", "  ", "9" * 400, "1,5"))
    kind = chance.choice(("n", "b", "d", "e", "s", "?"))
    return package(rows(f'<row><c r="A1" t="{kind}" s="{chance.choice((0, 99999, -1))}"><v>{value}</v></c></row>'))


def _no_text(chance: random.Random) -> bytes:
    return package(rows(f"<row>{text('A1', 'id')}</row>").replace(b">id<", chance.choice((b">\0<", b">\xed\xa0\x80<"))))


def _twice(chance: random.Random) -> bytes:
    return package(rows(f"<row>{text('A1', 'id')}</row><row r='1'>{text('A1', 'name')}</row>"))


def _truncated(chance: random.Random) -> bytes:
    return GOOD[: chance.randrange(len(GOOD))]


def _mutated(chance: random.Random) -> bytes:
    return mutated(GOOD, chance)


def _mutated_part(chance: random.Random) -> bytes:
    """A good workbook with the bytes of one part mutated, and packed again as it should be."""
    archive = zipfile.ZipFile(io.BytesIO(GOOD))
    broken = chance.choice(archive.namelist())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in archive.namelist():
            data = archive.read(name)
            again.writestr(name, mutated(data, chance) if name == broken else data)
    return out.getvalue()


def _macros_and_links(chance: random.Random) -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(GOOD))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as again:
        for name in archive.namelist():
            kinds = (b"openxmlformats-officedocument.spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")
            again.writestr(name, archive.read(name).replace(*kinds))
        again.writestr("xl/vbaProject.bin", chance.randbytes(5000))
        again.writestr("xl/externalLinks/externalLink1.xml", b"<externalLink/>")
        again.writestr("../../evil.xml", b"<evil/>")
    return out.getvalue()


def _many_parts(chance: random.Random) -> bytes:
    return package(rows(""), more={f"xl/{k}.xml": b"" for k in range(6000)})


def _same_part(chance: random.Random) -> bytes:
    out = io.BytesIO(package(rows("")))
    with zipfile.ZipFile(out, "a") as archive:
        archive.filelist.extend(archive.filelist * 50)
        archive._didModify = True
    return out.getvalue()


WORKBOOKS: tuple[Abuse, ...] = (
    _bomb, _quiet_bomb, _laughs("utf-8"), _laughs("utf-16"), _laughs("cp037"), _fetch, _far, _false_size,
    _many_strings, _wrong_string, _wide, _long_text, _odd_value, _no_text, _twice, _truncated, _mutated, _mutated_part,
    _macros_and_links, _many_parts, _same_part,
    lambda chance: bytes.fromhex("d0cf11e0a1b11ae1") + chance.randbytes(5000),
    lambda chance: chance.randbytes(5000),
    lambda chance: b"",
    lambda chance: package(rows("<row>" + "".join(text(f"A{k}", "x") for k in range(1, 12_000)) + "</row>")),
    _nested, _many_cells, _empty_cells,
)  # fmt: skip

HEAD = b"id,name,jurisdiction,power_mw,electricity_usd_per_mwh\r\n"
TEXTS: tuple[Abuse, ...] = (
    lambda chance: HEAD + b'a,"A,US,1,1\r\n' + b"b,B,US,1,1\r\n" * chance.choice((1, 10_000)),
    lambda chance: HEAD + b'a,"A"B,US,1,1\r\n',
    lambda chance: HEAD + b"a,\0,US,1,1\r\n",
    lambda chance: HEAD + b"a,\xed\xa0\x80,US,1,1\r\n",
    lambda chance: HEAD + b"a,\xc4rzte,US,1,1\r\n",
    lambda chance: ("\ufeff" + HEAD.decode() + "a,A,US,1,1\r\n").encode(chance.choice(("utf-8", "utf-16", "utf-32"))),
    lambda chance: b"\xff\xfe" + b"a\0,\0\x00\xd8",
    lambda chance: b"," * 10**5 + b"x",
    lambda chance: HEAD + b"a" + b"," * 10**5,
    lambda chance: HEAD + b"a,A,US,1,1\r\n" * 20_000,
    lambda chance: b"a;b\n" + b"x" * 2_000_000 + b";1\n",
    lambda chance: b'"' * 1_000_001,
    lambda chance: b"x" * (51 * 2**20),
    lambda chance: HEAD + b"a,A,US,\"1,5\",1.234.567\r\n",
    lambda chance: HEAD + b"a,=1+1,@US,+1,-1\r\n",
    lambda chance: HEAD.replace(b"name", b"id") + b"a,A,US,1,1\r\n",
    lambda chance: HEAD.replace(b"name", b"mood") + b"a,A,US,1,1\r\n",
    lambda chance: b"",
    lambda chance: b"sep=;\r\n" + HEAD.replace(b",", b";"),
    lambda chance: chance.randbytes(10_000),
    lambda chance: mutated(HEAD + b"a,A,US,1,1\r\n", chance),
    lambda chance: b"\n" * 30_000_000,
)  # fmt: skip


def _tried(tally: Tally, path: Path, data: bytes) -> None:
    """Reads a file as the command line does: within the limits, or one sentence; and no process is left."""
    path.write_bytes(data)
    before = begun()
    began = time.perf_counter()
    try:
        book = read_book(path, ("plan", *SHEETS))
        _check_book(book)
        plan_of(book)
    except PlanError as error:
        check(error.problems, "refused without a reason")
        for problem in error.problems:
            said = str(problem)
            check(len(said) < 500 and said.isprintable() and "Error" not in said and "object at" not in said, said)
    finally:
        path.unlink()
    tally.took(time.perf_counter() - began, LATE)
    check(begun() <= before, "a process is left")


def _check_book(book: Book) -> None:
    cells = 0
    for sheet in book.sheets:
        check(len(sheet.rows) <= MAX_LINES, f"{len(sheet.rows)} lines")
        check(max(map(len, sheet.rows), default=0) <= MAX_COLUMNS, "too many columns")
        cells += sum(cell is not None for row in sheet.rows for cell in row)
        longest = max((len(cell) for row in sheet.rows for cell in row if isinstance(cell, str)), default=0)
        check(longest <= LONGEST, f"{longest} characters")
    check(cells <= MAX_CELLS, f"{cells} cells")


def workbooks(tally: Tally, count: int) -> None:
    """Refused in one sentence within the time, or read within the limits."""
    for k in range(count):
        which = k % len(WORKBOOKS)
        with tally.trial(f"workbook {which}, try {k}"):
            _tried(tally, tally.new_folder() / "sites.xlsx", WORKBOOKS[which](tally.chance))


def texts(tally: Tally, count: int) -> None:
    """The same for CSV, alone and in a zip archive."""
    for k in range(count):
        which = k % (len(TEXTS) + 1)
        with tally.trial(f"CSV {which}, try {k}"):
            if which < len(TEXTS):
                _tried(tally, tally.new_folder() / "sites.csv", TEXTS[which](tally.chance))
            else:
                _tried(tally, tally.new_folder() / "p.zip", mutated(to_csv_folder(small_plan()), tally.chance))
