"""CSV: text into cells and back, in a form that no spreadsheet takes for formulas."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from gigaplan.engine.exchange.sheets import (
    LONGEST,
    MAX_BYTES,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_LINES,
    Cell,
    RawSheet,
    UnknownEncoding,
    check_fits,
    refuse,
)
from gigaplan.engine.plan.problems import Problem, say

SEPARATORS = (",", ";", "\t")
MOST_BLANK = 1_000_000
SAMPLE = 20
"""Lines by which the separator is found."""
_PARTS, _SIGNS, _SURE = ",;\t\r\n", "=+\\-@\uff1d\uff0b\uff0d\uff20", "=@\uff1d\uff20"
"""What begins a formula: also the wide signs of East Asian keyboards, which some spreadsheets take for the narrow ones;
behind spaces those only that begin no number."""
_FORMULA = re.compile(f"'*(?:[{_SIGNS}\t\r\n]| +[{_SURE}])")
_INSIDE = re.compile(f"[{_PARTS}]\"*'*(?=[{_SIGNS}])|[{_PARTS}][ \"]*'*(?=[{_SURE}])")
"""Where a formula would begin, were the cell parted where it has a separator or a line's end: so does a spreadsheet
that expects another separator than the file's, and quotes do not help there."""
_BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")


def guarded(text: str) -> str:
    """Text as it can stand where a spreadsheet looks for formulas: an apostrophe is before all that looks like one."""
    text = _INSIDE.sub(lambda at: f"{at[0]}'", text)
    return "'" + text if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    text = _INSIDE.sub(lambda at: at[0].removesuffix("'"), text)
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet would work a text out, were it typed there."""
    return _FORMULA.match(text) is not None


def to_csv(rows: Iterable[Sequence[object]], *, decimal_comma: bool = False) -> bytes:
    """Lines of cells as CSV in UTF-8, with the mark that spreadsheets know it by. Numbers keep every digit.

    With `decimal_comma` it is as spreadsheets write it where 1,5 is one and a half: semicolons part the cells.
    """
    separator, sign = (";", ",") if decimal_comma else (",", ".")
    return lines_of(rows, separator, sign, "\r\n").encode("utf-8-sig")


class Written(str):
    """The text of a cell that is written as it stands: a number as a person writes it, or text that is guarded."""


def lines_of(rows: Iterable[Sequence[object]], separator: str, sign: str, end: str = "\n") -> str:
    """Lines of cells as text for a spreadsheet. All that leaves for one goes through here.

    Numbers keep every digit, with `sign` as their decimal sign; text is guarded unless it is `Written`.
    """
    # A lone \r too, which csv.writer leaves bare. Where tabs part cells, a quote within one is no quote.
    needs_quotes = re.compile('^"|[\r\n\t]' if separator == "\t" else f'["\r\n{separator}]')

    def quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if needs_quotes.search(text) else text

    return "".join(separator.join(quoted(_written(cell, sign)) for cell in row) + end for row in rows)


def _written(cell: object, sign: str) -> str:
    if isinstance(cell, Written):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return repr(float(cell)).removesuffix(".0").replace(".", sign)
    return guarded(cell) if isinstance(cell, str) else ""


def read_csv(data: bytes, name: str, encoding: str = "") -> RawSheet:
    """The cells of a CSV file, all of them text. Without `encoding` it must be UTF-8, or begin with its mark.

    Raises UnknownEncoding where it is not, and PlanError with one problem for anything else.
    """
    if len(data) > MAX_BYTES:
        refuse(say("too_many_bytes", max_bytes=MAX_BYTES // 2**20), path=name)
    text = _decoded(data, name, encoding)
    if found := _NOT_TEXT.search(text):
        line = text.count("\n", 0, found.start()) + 1
        refuse(say("csv_nul"), path=f"{name}, line {line}")
    separator, text = _separator(text)
    rows = _rows(text, name, separator)
    while rows and not any(rows[-1]):
        rows.pop()
    return RawSheet(name=PurePath(name).stem, rows=rows, separator=separator)


def _decoded(data: bytes, name: str, encoding: str) -> str:
    marked = next((e for mark, e in _BOMS.items() if data.startswith(mark)), "")
    try:
        return data.decode(marked or encoding or "utf-8")
    except LookupError:
        refuse(say("encoding_unknown", encoding=encoding))
    except UnicodeError as error:
        at = error.start if isinstance(error, UnicodeDecodeError) else 0
        path = f"{name}, line {data.count(bytes([10]), 0, at) + 1}"
        text = say("csv_not_in_encoding", encoding=marked.removesuffix("-sig").upper() or encoding or "UTF-8")
        problem = Problem(severity="error", path=path, message=text)
        raise UnknownEncoding((problem,)) from None


def _separator(text: str) -> tuple[str, str]:
    """What parts the cells, by the first line; and the text without the line that some spreadsheets say it in."""
    if match := re.match(r'"?sep=([,;\t])"?\r?\n', text, re.IGNORECASE):
        return match[1], text[match.end() :]
    return max(SEPARATORS, key=lambda sign: _parts_well(text, sign)), text


def _parts_well(text: str, sign: str) -> tuple[bool, float, int]:
    """How well a sign parts the first lines: into cells at all, into as many in each line, into many."""
    counts: list[int] = []
    with contextlib.suppress(csv.Error):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
            counts += [len(row)] if any(row) else []
            if len(counts) == SAMPLE:
                break
    if not counts:
        return False, 0.0, 0
    return counts[0] > 1, counts.count(counts[0]) / len(counts), counts[0]


def _rows(text: str, name: str, separator: str) -> list[list[Cell]]:
    before = csv.field_size_limit(LONGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[list[Cell]] = []
    cells = characters = 0
    try:
        for row in reader:
            while row and not row[-1]:
                row.pop()
            if row:
                check_fits(name, len(rows), len(row) - 1)
            cells += len(row)
            characters += sum(map(len, row))
            if cells > MAX_CELLS or characters > MAX_CHARACTERS:
                refuse(say("too_many_cells", max_cells=MAX_CELLS, max_characters=MAX_CHARACTERS), path=name)
            if reader.line_num > MOST_BLANK:
                refuse(say("too_many_blank", most_blank=MOST_BLANK), path=name)
            if row or len(rows) < MAX_LINES:
                rows.append([unguarded(cell) if cell else None for cell in row])
    except csv.Error as error:
        path = f"{name}, line {reader.line_num}"
        if "unexpected end" in str(error):
            refuse(say("csv_quote_open"), path=path)
        if "field limit" in str(error):
            refuse(say("csv_cell_too_long", longest=LONGEST), path=path)
        refuse(say("csv_after_quote", separator=separator), path=path)  # fmt: skip
    finally:
        csv.field_size_limit(before)
    return rows
