"""The short run: every fault some times. `make faults` tries each as often as it takes to be sure."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fault import Fault, Tally
from tests.faults.table import FAULTS


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.short], ids=lambda f: f"{f.name}, {f.way}")
def test_it_is_survived(fault: Fault, tmp_path_factory: pytest.TempPathFactory) -> None:
    if lack := fault.lack():
        pytest.skip(f"{lack}: this fault cannot be brought about here")
    tally = Tally(open_folder(tmp_path_factory))
    fault.run(tally, fault.short)
    assert tally.tried > 0
    assert tally.survived >= fault.least * tally.tried, "\n".join(tally.failures[:10])


def open_folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that a child without the rights of root can reach."""
    folder = factory.mktemp("fault")
    for each in (folder, *folder.parents):
        if each.stat().st_mode & 0o777 == 0o700:
            each.chmod(0o711)
    return folder
