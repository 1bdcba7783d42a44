"""The installed copy: a wheel owns one name, and works in an environment where others have the names of its folders."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("engine", "gui", "projects", "resources")
WINDOW = """
import sys
from pathlib import Path
from gigaplan.gui.app.app import make_application
from gigaplan.gui.files.crash_reports import CrashReports
from gigaplan.gui.window.main_window import MainWindow

app = make_application()
window = MainWindow(Path("data"), CrashReports(Path("data")))
assert window.files.open_path(Path(sys.argv[1]))
window.show()
app.processEvents()
print(window.windowTitle())
window.close()
"""


def run(*command: object, cwd: Path, **env: str) -> str:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept | env, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree, built from a copy of what git tracks, so that nothing is left in the tree."""
    copy, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    tracked = run("git", "ls-files", "-z", *FOLDERS, "pyproject.toml", "README.md", "LICENSE", cwd=ROOT).split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            (copy / name).write_bytes((ROOT / name).read_bytes())
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(*pip, "--wheel-dir", out, copy, cwd=out)
    (found,) = out.glob("*.whl")
    return found


def test_a_wheel_owns_one_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"gigaplan"}
    for needed in ("resources/catalogue/offers.csv", "resources/fonts/Inter-Regular.otf", "projects/startup.gigaplan"):
        assert f"gigaplan/{needed}" in names


def test_it_works_beside_packages_called_as_its_folders_are(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", place, cwd=tmp_path)
    (site,) = place.glob("lib/python*/site-packages") if os.name != "nt" else [place / "Lib" / "site-packages"]
    zipfile.ZipFile(wheel).extractall(site)
    own = Path(pytest.__file__).parent.parent
    (site / "dependencies.pth").write_text(f"{own}\n")  # what it needs; the editable copy there is found by none
    for name in FOLDERS:
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(f"raise ImportError('this is {name} of somebody else')\n")
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    start = (python, "-c", "import sys; from gigaplan.gui.__main__ import main; sys.exit(main())")
    home = {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"), "QT_QPA_PLATFORM": "offscreen"}
    where = run(python, "-c", "import gigaplan.engine; print(gigaplan.engine.__file__)", cwd=tmp_path, **home)
    assert Path(where.strip()).is_relative_to(site)
    run(*start, "new", "--template", "startup", "-o", "plan.gigaplan", cwd=tmp_path, **home)
    assert "optimal" in run(*start, "solve", "plan.gigaplan", cwd=tmp_path, **home)
    run(*start, "export", "plan.gigaplan", "-o", "book.xlsx", cwd=tmp_path, **home)
    run(*start, "import", "book.xlsx", "-o", "again.gigaplan", cwd=tmp_path, **home)
    assert "again" in run(python, "-c", WINDOW, "again.gigaplan", cwd=tmp_path, **home)
