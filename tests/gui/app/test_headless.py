"""Without a display: what is said to be written is written, and what could not be is said."""

import shutil
import sys
from pathlib import Path

import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.cli.commands.common import BAD_INPUT, DONE
from gigaplan.gui.app import app, headless
from tests.gui.x_server import x_server

PLAN = Path(__file__).parents[3] / "projects" / "startup.gigaplan"
PICTURE = b"\x89PNG"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plan and no other file, and a window that is drawn at once."""
    shutil.copy(PLAN, tmp_path / "it.gigaplan")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(headless, "picture_of", lambda file: (PICTURE, file.name != "slow.gigaplan"))
    return tmp_path / headless.FOLDER


def run(file: str = "it.gigaplan") -> int:
    return main.guarded(lambda: headless.run(file))


def test_both_files_are_named_and_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == DONE
    said = capsys.readouterr().out
    assert f"Every figure:                {here / 'it.json'}\n" in said
    assert f"The window as it would look: {here / 'it.png'}\n" in said
    assert '"kpis"' in (here / "it.json").read_text()
    assert (here / "it.png").read_bytes() == PICTURE


def test_figures_that_could_not_be_written_are_not_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "it.json").mkdir(parents=True)
    assert run() == BAD_INPUT
    said = capsys.readouterr()
    assert "Every figure" not in said.out
    assert "The window as it would look" not in said.out
    assert "it.json" in said.err


def test_a_picture_that_could_not_be_written_is_not_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "it.png").mkdir(parents=True)
    assert run() == BAD_INPUT
    said = capsys.readouterr()
    assert "Every figure" in said.out
    assert "The window as it would look" not in said.out
    assert "it.png" in said.err


def test_a_picture_that_was_drawn_too_early_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(PLAN, "slow.gigaplan")
    assert run("slow.gigaplan") == DONE
    assert "before every scenario was solved" in capsys.readouterr().out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="there only may a display be named that is not there")
@pytest.mark.parametrize("display", [":63999", "no-such-host.invalid:0", "nonsense"])
def test_a_display_that_cannot_be_reached_is_named_and_the_window_is_not_opened(
    display: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    assert not app.has_display()
    assert capsys.readouterr().err == f"The display {display} cannot be reached.\n"


@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is missing")
def test_a_display_that_lets_us_in_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    with x_server() as (_, display):
        monkeypatch.setenv("DISPLAY", display)
        assert app.has_display()
