"""The commands in clumsy hands: whatever they are given, a sentence, the right status, and every file as it was."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gigaplan.engine.cli import main
from gigaplan.engine.cli.commands.common import naming
from gigaplan.engine.cli.main import guarded
from gigaplan.engine.storage.load import open_plan

ROOT = Path(__file__).parents[3]
PLAN = ROOT / "projects" / "startup.gigaplan"
READERS = (
    ["check"],
    ["solve"],
    ["explain"],
    ["history"],
    ["history", "--restore", "1", "-o", "out.gigaplan"],
    ["repair", "-o", "out.gigaplan"],
    ["export", "-o", "out.xlsx"],
    ["import", "-o", "out.gigaplan"],
)
"""Every command that reads a plan; the file comes after its first word."""


def newer(path):
    data = bytearray(PLAN.read_bytes())
    data[60:64] = (7).to_bytes(4, "big")
    path.write_bytes(data.replace(b'"plan"', b'"plam"'))


def linked(path):
    shutil.copy(PLAN, path.with_name("real.gigaplan"))
    path.symlink_to(path.with_name("real.gigaplan"))


STRANGE = {
    "missing": (lambda path: None, "It is not there: it was moved, renamed or deleted."),
    "folder": (lambda path: path.mkdir(), "This is not a file but a folder. Choose a plan file."),
    "empty": (lambda path: path.write_bytes(b""), "The file is empty."),
    "picture": (lambda path: path.write_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF" * 200), "This is not a Gigaplan file."),
    "text": (lambda path: path.write_text("hello"), "This is not a Gigaplan file."),
    "newer": (newer, "The file was made by a newer Gigaplan (format 7)"),
    "link": (linked, "This is a link to another file. Open the file itself:"),
    "link to nothing": (lambda path: path.symlink_to("nowhere"), "This is a link to a file that is not there."),
    "pipe": (lambda path: os.mkfifo(path), "This is not a file but a device."),
}
if sys.platform == "win32":
    del STRANGE["pipe"], STRANGE["link"], STRANGE["link to nothing"]


@pytest.fixture
def at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *arguments):
    """The exit status, and what was said on stderr."""
    try:
        status = main.main([str(a) for a in arguments])
    except SystemExit as end:
        status = end.code
    return status, capsys.readouterr().err


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("command", READERS, ids=" ".join)
def test_a_file_that_is_no_plan_is_refused_in_a_sentence_that_names_it(at, capsys, kind, command):
    make, says = STRANGE[kind]
    make(at / "it.gigaplan")
    before = sorted(os.listdir(at))
    status, said = run(capsys, command[0], "it.gigaplan", *command[1:])
    assert status == 2
    assert says in said
    assert "it.gigaplan: " in said
    assert "Errno" not in said
    assert len(said.strip().splitlines()) <= 2  # `check` counts the errors
    assert sorted(os.listdir(at)) == before


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("folder.json", "it is not a file but a folder. Choose a JSON file."),
        ("empty.json", "it is empty. Choose a plan that was exported as JSON."),
        ("text.json", "line 1, column 1: it is not JSON (expecting value). Fix it there"),
        ("picture.json", "line 1, byte 1: it is not text in UTF-8. Save it as UTF-8."),
        ("folder.xlsx", "it is not a file but a folder. Choose a file."),
        ("empty.xlsx", "it is damaged, or not a workbook. Open it in a spreadsheet"),
        ("text.zip", "it is damaged, or not a .zip. Pack its CSV files into a .zip again."),
    ],
)
def test_what_cannot_be_imported_is_refused_by_name(at, capsys, name, says):
    kind = name.partition(".")[0]
    STRANGE[kind][0](at / name)
    status, said = run(capsys, "import", name, "-o", "out.gigaplan")
    assert status == 2
    assert f"{name}: {says}" in said
    assert not (at / "out.gigaplan").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["solve"], "required: file"),
        (["solve", ""], "names no file"),
        (["repair", "it.gigaplan"], "required: -o/--output"),
        (["new", "--template", "startup", "-o", ""], "names no file"),
        (["new", "--template", "nope", "-o", "o.gigaplan"], "there are frontier-1gw"),
        (["solve", "it.gigaplan", "--time-limit", "soon"], "a number of seconds, more than 0"),
        (["solve", "it.gigaplan", "--time-limit", "nan"], "a number of seconds, more than 0"),
        (["solve", "it.gigaplan", "--scenario", "nowhere"], 'there is no scenario "nowhere"'),
        (["explain", "it.gigaplan", "--depth", "-3"], "a number of levels"),
        (["explain", "it.gigaplan", "nonsense"], "is not a key figure, offer, service, workload or site"),
        (["history", "it.gigaplan", "--restore", "x", "-o", "o.gigaplan"], "the number of a revision"),
        (["history", "it.gigaplan", "--restore", "9" * 40, "-o", "o.gigaplan"], "the number of a revision"),
        (["history", "it.gigaplan", "--restore", "99", "-o", "o.gigaplan"], "holds no revision 99; it holds 1"),
        (["history", "it.gigaplan", "--restore", "1"], "give both --restore REV and -o NEW"),
        (["compare", "it.gigaplan", "it.gigaplan@9"], "holds no revision 9"),
        (["repair", "it.gigaplan", "-o", "o.json"], "the name of a plan file ends in .gigaplan; that of o.json"),
        (["export", "it.gigaplan", "-o", "o.pdf"], "not as .pdf"),
        (["export", "it.gigaplan", "-o", "o"], "not as a file without an ending"),
        (["export", "it.gigaplan", "-o", "nofolder/o.json"], "The folder does not exist"),
    ],
)
def test_wrong_arguments_are_refused_and_nothing_is_written(at, capsys, arguments, says):
    shutil.copy(PLAN, at / "it.gigaplan")
    status, said = run(capsys, *arguments)
    assert status == 2
    assert says in said
    assert os.listdir(at) == ["it.gigaplan"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["solve", "it.gigaplan", "-o", "it.gigaplan"],
        ["solve", "it.gigaplan", "-o", "other.gigaplan"],
        ["export", "it.gigaplan", "-o", "it.gigaplan"],
        ["export", "it.gigaplan", "-o", "other.gigaplan"],
        ["repair", "it.gigaplan", "-o", "it.gigaplan"],
        ["repair", "it.gigaplan", "-o", "link.gigaplan"],
        ["import", "it.gigaplan", "-o", "it.gigaplan"],
        ["export", "it.gigaplan", "-o", "folder.json"],
    ],
    ids=" ".join,
)
def test_force_never_costs_a_plan(at, capsys, arguments):
    for name in ("it.gigaplan", "other.gigaplan"):
        shutil.copy(PLAN, at / name)
    (at / "link.gigaplan").symlink_to("it.gigaplan")
    (at / "folder.json").mkdir()
    status, said = run(capsys, *arguments, "--force")
    assert status == 2, said
    for name in ("it.gigaplan", "other.gigaplan"):
        assert (at / name).read_bytes() == PLAN.read_bytes()


def test_a_name_that_would_write_to_the_terminal_is_shown_without_doing_so(at, capsys):
    for name in ("red\x1b[31m.gigaplan", "two\nlines.gigaplan", "no\udcffutf8.gigaplan"):
        status, said = run(capsys, "check", name)
        assert status == 2
        assert len(said.splitlines()) == 1
        assert "\x1b" not in said
        assert "�" in said


def gigaplan(arguments, cwd, **more):
    env = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-m", "gigaplan.gui", *arguments], cwd=cwd, env=env, **pipes, **more)


posix = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals of POSIX")


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        ["repair", "it.gigaplan", "-o", "out.gigaplan"],
        ["history", "it.gigaplan", "--restore", "1", "-o", "it.gigaplan"],
        ["export", "it.gigaplan", "-o", "out.json"],
        ["export", "it.gigaplan", "-o", "out.xlsx"],
        ["solve", "it.gigaplan", "-o", "out.txt"],
    ],
    ids=" ".join,
)
def test_without_room_for_the_new_file_the_old_one_stays(at, arguments):
    import resource

    shutil.copy(PLAN, at / "it.gigaplan")
    out = at / arguments[-1]
    if out.name != "it.gigaplan":
        out.write_bytes(b"what was there")
    before = out.read_bytes()
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))  # noqa: E731
    done = gigaplan([*arguments, "--force"], at, preexec_fn=limit)
    said = done.communicate(timeout=60)[1].decode()
    assert done.returncode == 2
    assert "The file would be larger than this disk or this account allows" in said
    assert len(said.splitlines()) == 1
    assert out.read_bytes() == before
    assert {*os.listdir(at)} == {"it.gigaplan", out.name}


@posix
@pytest.mark.parametrize("output", ["gone", "full", "closed"])
def test_an_output_that_takes_nothing_is_no_traceback(at, output):
    shutil.copy(PLAN, at / "it.gigaplan")
    for command in (["solve"], ["solve", "--format", "json"], ["history"], ["check"]):
        words = " ".join([sys.executable, "-m", "gigaplan.gui", command[0], "it.gigaplan", *command[1:]])
        line = {"gone": f"set -o pipefail; {words} | true", "full": f"{words} > /dev/full", "closed": f"{words} >&-"}
        env = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            ["bash", "-c", line[output]], cwd=at, env=env, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == (2 if output == "full" else 0), done.stderr
        assert done.stderr == (
            "gigaplan: the output could not be written (The disk is full)\n" if output == "full" else ""
        )


@posix
def test_without_a_display_too_an_output_that_has_gone_is_no_traceback(at):
    shutil.copy(PLAN, at / "it.gigaplan")
    env = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    line = f"set -o pipefail; {sys.executable} -m gui it.gigaplan | true"
    done = subprocess.run(
        ["bash", "-c", line], cwd=at, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == 0


STARTED = """
import sys
import gigaplan.engine.cli.commands.exchanging
import gigaplan.engine.cli.commands.files
import gigaplan.engine.cli.commands.solving
import gigaplan.engine.exchange.plan_from_sheets
import gigaplan.engine.exchange.plan_to_sheets
import gigaplan.engine.exchange.summary
import gigaplan.engine.solve.solve
import gigaplan.engine.storage.save
import gigaplan.gui.__main__
print("ready", flush=True)
sys.exit(gigaplan.gui.__main__.main(sys.argv[1:]))
"""


@posix
def test_ctrl_c_is_no_traceback(at):
    shutil.copy(PLAN, at / "it.gigaplan")
    assert main.main(["export", "it.gigaplan", "-o", "book.xlsx"]) == 0
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731  (a shell has jobs behind it ignore it)
    stopped = 0
    for arguments in (["export", "it.gigaplan", "-o", "it.xlsx"], ["import", "book.xlsx", "-o", "new.gigaplan"]):
        for part in (0, 1, 4):
            running = subprocess.Popen(
                [sys.executable, "-c", STARTED, *arguments, "--force"],
                cwd=at, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                preexec_fn=heard,
            )  # fmt: skip
            assert running.stdout.readline() == b"ready\n"
            time.sleep(0.08 * part + 0.01)
            if running.poll() is None:
                os.killpg(running.pid, signal.SIGINT)
            said = running.communicate(timeout=60)[1].decode()
            # Once main has ended, Python dies of the signal in silence.
            assert (running.returncode, said) in ((130, "gigaplan: stopped.\n"), (0, ""), (-signal.SIGINT, "")), said
            stopped += running.returncode == 130
    assert stopped
    assert open_plan(at / "it.gigaplan").revision == 1


NOISY = """
import os, sys
from gigaplan.engine.cli.commands.common import tell
from gigaplan.engine.cli.main import guarded

def work():
    os.write(1, b"a library, by itself\\n")
    print("a library, by Python")
    tell("the answer")
    return 0

sys.exit(guarded(work) or guarded(work))
"""


def test_the_answer_is_alone_on_stdout_whatever_a_library_prints() -> None:
    command = [sys.executable, "-c", NOISY]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "the answer\n" * 2
    assert done.stderr.count("by itself") == done.stderr.count("by Python") == 2


@pytest.mark.parametrize("closed", ["2>&-", "2>&- <&-"])
def test_warnings_go_nowhere_where_stderr_is_closed(tmp_path: Path, closed: str) -> None:
    path = tmp_path / "warned.json"
    plan = json.loads((ROOT / "tests" / "cases" / "1" / "hand-1.json").read_text(encoding="utf-8"))
    plan["sites"].append(plan["sites"][0] | {"id": "far", "name": "Far", "pue": 9.0})
    path.write_text(json.dumps(plan), encoding="utf-8")
    command = f"{sys.executable} -m gigaplan.gui solve {path} --format json"
    told = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "warning" in told.stderr, told
    done = subprocess.run(f"{command} {closed}", shell=True, cwd=ROOT, capture_output=True, timeout=60, check=False)
    assert json.loads(done.stdout)["status"] == json.loads(told.stdout)["status"]


def test_a_file_that_is_written_is_told_of_where_stdout_is_full(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    command = f"{sys.executable} -m gigaplan.gui export {ROOT / 'projects/startup.gigaplan'} -o {out} > /dev/full"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert out.exists()
    assert done.stderr == f"gigaplan: wrote {out} (standard output: The disk is full)\n"


def test_a_read_that_fails_names_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    def reading() -> int:
        with naming(Path("there.gigaplan")):
            raise OSError(errno.EIO, "Input/output error")

    assert guarded(reading) == 2
    assert "there.gigaplan" in capsys.readouterr().err
