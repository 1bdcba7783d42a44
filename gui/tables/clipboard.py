"""Text of the clipboard: from a spreadsheet into cells, and from cells for a spreadsheet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence

from engine.decode import MAX_ROWS
from gui.quantities import Refusal

LONGEST = 20_000_000
"""Characters; a table of the largest size with long texts has fewer."""
MOST_COLUMNS = 1000


def parsed(
    text: str, is_header: Callable[[list[str]], bool], one_cell_lists: bool = False
) -> list[list[str]] | Refusal:
    """The cells of a pasted text, by lines, all of one length.

    Tabs part cells; commas only where `is_header` knows the first line so parted, and semicolons also where
    every part is a number (unless the cell itself takes a list): 1,234 is one number, not two.
    """
    if len(text) > LONGEST:
        return Refusal(f"the clipboard holds {len(text):,} characters: paste it in parts")
    text = text.removeprefix("\ufeff")
    if not text.strip("\r\n\t "):
        return Refusal("the clipboard holds no cells")
    lines = _split(text, "\t")
    if "\t" not in text:
        for sign in (";", ","):
            if sign in text:
                other = _split(text, sign)
                numbers = sign == ";" and not one_cell_lists and _all_numbers(other)
                if numbers or (len(other[0]) > 1 and is_header(other[0])):
                    lines = other
                    break
    while lines and not any(cell.strip() for cell in lines[-1]):
        lines.pop()
    if len(lines) > MAX_ROWS + 1:
        return Refusal(f"the clipboard holds {len(lines):,} lines; a table has {MAX_ROWS:,} rows at most")
    width = max(map(len, lines))
    if width > MOST_COLUMNS:
        return Refusal(f"the clipboard holds {width:,} columns; {MOST_COLUMNS:,} at most can be pasted")
    return [[cell.strip() for cell in line] + [""] * (width - len(line)) for line in lines]


def _split(text: str, sign: str) -> list[list[str]]:
    before = csv.field_size_limit(LONGEST)
    try:
        return [line or [""] for line in csv.reader(io.StringIO(text, newline=""), delimiter=sign)]
    except csv.Error:
        return [line.split(sign) for line in re.split("\r\n|\r|\n", text)]
    finally:
        csv.field_size_limit(before)


def _all_numbers(lines: list[list[str]]) -> bool:
    cells = [cell.strip() for line in lines for cell in line if cell.strip()]
    return len({len(line) for line in lines if line != [""]}) == 1 and all(
        re.match(r"[-+(\u2212]?\s*[$€£¥]?\s*[-\u2212]?[\d.,]", cell) for cell in cells
    )


def transposed(lines: list[list[str]]) -> list[list[str]]:
    """Rows as columns."""
    return [list(column) for column in zip(*lines, strict=True)]


def joined(lines: Sequence[Sequence[str]]) -> str:
    """Lines of cells as text for a spreadsheet: tabs between cells, quotes where a cell needs them."""
    return "\n".join("\t".join(map(_quoted, line)) for line in lines)


def _quoted(cell: str) -> str:
    needs = any(c in cell for c in "\t\n\r") or cell.startswith('"')
    return '"' + cell.replace('"', '""') + '"' if needs else cell


def split_header(text: str) -> tuple[str, str]:
    """The label and the unit of a header: Facility power [MW], Facility power (MW), or no unit."""
    text = " ".join(text.split())
    if match := re.fullmatch(r"(.+?)\s*\[([^\[\]]*)\]", text) or re.fullmatch(r"(.+?)\s*\((.*)\)", text):
        return match[1], match[2].strip()
    return text, ""
