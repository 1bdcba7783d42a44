"""The files that were open last: any name that a disk can hold comes back as it was."""

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from gigaplan.gui.files import recent


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names of files that are no text")
def test_names_that_are_no_text_come_back_as_they_were(tmp_path: Path) -> None:
    bytes_alone = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\xfe %41.gigaplan"))
    usual = [tmp_path / name for name in ("file%20.gigaplan", "ä, ö.gigaplan", "😀.gigaplan")]
    for path in (bytes_alone, *usual):
        path.touch()
        recent.add(path)
    settings = QSettings()
    settings.sync()
    assert recent.paths() == [*usual[::-1], bytes_alone]
    assert all(path.exists() for path in recent.paths())
    recent.add(bytes_alone)
    assert recent.paths() == [bytes_alone, *usual[::-1]]
    # As a later start reads it, from the file and not from memory.
    settings.sync()
    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    assert again.value(recent.KEY)[0] == bytes_alone.as_uri()
