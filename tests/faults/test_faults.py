"""The short run: every fault some times. `make faults` tries each as often as it takes to be sure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.__main__ import is_kept, row
from tests.faults.fault import Fault, Tally, check
from tests.faults.table import FAULTS

PATIENCE = 10.0


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.short], ids=lambda f: f"{f.name}, {f.way}")
def test_it_is_survived(fault: Fault, tmp_path_factory: pytest.TempPathFactory) -> None:
    if lack := fault.lack():
        pytest.skip(f"{lack}: this fault cannot be brought about here")
    tally = Tally(open_folder(tmp_path_factory), PATIENCE)
    fault.run(tally, fault.short)
    assert tally.tried > 0
    assert is_kept(tally, ""), "\n".join(tally.failures[:10])
    assert tally.survived == tally.tried


def test_a_row_with_failures_says_what_failed(tmp_path: Path) -> None:
    tally = Tally(tmp_path)
    tally.note("of a note")
    for text in ("torn | here", "torn | here", "lost"):
        with tally.trial("try"):
            check(False, text)
    with tally.trial("try"):
        pass
    line = row(FAULTS[0], tally, "")
    assert "| 4 | 1 |" in line
    assert line.endswith("| of a note; 2 × failed: torn / here; failed: lost |")
    assert not is_kept(tally, "")


def open_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that a child without the rights of root can reach."""
    folder = factory.mktemp("fault")
    for each in (folder, *folder.parents):
        if each.stat().st_mode & 0o777 == 0o700:
            each.chmod(0o711)
    return folder
