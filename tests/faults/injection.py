"""Texts that a spreadsheet would work out, in all that leaves for one: read back as a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from gigaplan.engine.exchange.csv import lines_of, read_csv, to_csv, unguarded
from tests.faults.fault import Tally, check

FORMULA = re.compile(r"\s*[=@\uff1d\uff20]|[+\-\uff0b\uff0d]")
NUMBER = re.compile(r"-?\d+([.,]\d+)?(e[+-]?\d+)?", re.IGNORECASE)
SIGNS = (*"=+-@\t\r\n;,'\" |\uff1d\uff0b\uff0d\uff20a1", "\r\n", "cmd|' /C calc'!A0", 'HYPERLINK("http://x")', "1+1")
LINES = 20
CONTROL = "control"
USUAL = [["id", "name", "figure", "note"]] * 9
"""Lines by which the separator is known."""


def texts_of(chance: random.Random, count: int) -> Iterator[str]:
    """Texts made of what begins and parts formulas, the well-known ones first."""
    yield from ["=1+1", "x\n=1+1", "x;=1+1", "x,=1+1", "x\t=1+1", 'x;"=1+1"', "x\r\n@SUM(1)", '";=1+1', "x; =1+1"][
        :count
    ]
    for _ in range(count - 9):
        yield "".join(chance.choices(SIGNS, k=chance.randint(1, 9)))


def cells_seen(text: str) -> Iterator[str]:
    """The cells of a text with every separator that a spreadsheet may expect, with quotes and without."""
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield from row
        for line in re.split("\r\n|\r|\n", text):
            yield from (cell.removeprefix('"') for cell in line.split(separator))


def is_worked_out(cell: str) -> bool:
    """Whether a spreadsheet works out what is typed or read so: begins with = + - @, and is no plain number."""
    return FORMULA.match(cell) is not None and not NUMBER.fullmatch(cell.strip())


def leaving(tally: Tally, count: int) -> None:
    """Each text as a name, in CSV of both kinds and on the clipboard: no cell is a formula, and all come back."""
    made = list(texts_of(tally.chance, count))
    for text in made:
        with tally.trial(repr(text)):
            row = ["a", text, -1.5, "z"]
            files = [to_csv([*USUAL, row], decimal_comma=comma) for comma in (False, True)]
            for data in files:
                check(read_csv(data, "x.csv").rows[len(USUAL)][1] == text, "another text came back")
            pasted = lines_of([row], "\t", ",")
            (back,) = csv.reader(io.StringIO(pasted, newline=""), delimiter="\t")
            check(unguarded(back[1]) == text, "another text was pasted")
            for out in (
                to_csv([row]).decode("utf-8-sig"),
                to_csv([row], decimal_comma=True).decode("utf-8-sig"),
                pasted,
            ):
                found = [cell for cell in cells_seen(out) if is_worked_out(cell)]
                check(not found, f"worked out: {found}")
    tally.note("read with Python's csv and the rule that what begins with = + - @ is worked out")


def office(tally: Tally, count: int) -> None:
    """The same texts in files that LibreOffice opens, with each separator: it finds no formula."""
    made = list(texts_of(tally.chance, count))
    folder = tally.new_folder()
    for k in range(0, count, LINES):
        some = made[k : k + LINES]
        (folder / f"{k}.csv").write_bytes(to_csv([["a", text, -1.5, "z"] for text in some]))
    (folder / f"{CONTROL}.csv").write_text("=1+1\n")
    for name, sign in (("comma", 44), ("semicolon", 59), ("tab", 9)):
        out = folder / name
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "ods"]
        command += [f"--infilter=CSV:{sign},34,76,1,,0,false,true,false,false,false,0", "--outdir", str(out)]
        command += [str(path) for path in sorted(folder.glob("*.csv"))]
        subprocess.run(command, capture_output=True, timeout=600, check=True)
        control = out / f"{CONTROL}.ods"
        check(formulas_in(control) != [], "a formula was not noticed")
        control.unlink()
        for path in sorted(out.glob("*.ods")):
            with tally.trial(f"{path.name}, {name}"):
                check(formulas_in(path) == [], f"worked out: {formulas_in(path)[:3]}")
    tally.note(f"{count} texts, {LINES} in a file; each file is read with three separators")


def formulas_in(path: Path) -> list[str]:
    """The formulas of a spreadsheet in OpenDocument form."""
    with zipfile.ZipFile(path) as archive:
        return re.findall(r'table:formula="([^"]*)"', archive.read("content.xml").decode())


def lack_of_office() -> str:
    """Why no spreadsheet can be asked here; empty where one can."""
    return (
        "" if shutil.which("soffice") else "LibreOffice is not installed (on Debian: apt-get install libreoffice-calc)"
    )
