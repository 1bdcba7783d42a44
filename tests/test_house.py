"""The rules of the house that tools can check: direction of imports, pins, addresses, docstrings."""

import ast
import functools
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import audit
from tests.sources import nodes

ROOT = Path(__file__).resolve().parent.parent
SET_UP = ["pyproject.toml", "constraints.txt", "Makefile", "README.md", ".ci/run", "resources/setup/setup.sh"]


def sources(*folders: str) -> list[Path]:
    """The Python files under `folders` of the repository."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(("gigaplan", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """The modules that a file imports, anywhere in it, by full name."""
    names = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)}:{node.lineno}: write imports in full"
            names.add(node.module or "")
    return frozenset(names)


def test_the_engine_brings_in_no_qt() -> None:
    modules = [module_name(path) for path in sources("engine")]
    assert "gigaplan.engine.plan.plan" in modules
    code = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
print(sorted({{name.split(".")[0] for name in sys.modules}} & {{"PySide6", "shiboken6", "pyqtgraph"}}))
print([name for name in sys.modules if name.startswith("gigaplan.gui")])
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.split()) == (0, ["[]", "[]"]), run.stderr


def test_the_engine_imports_nothing_of_the_window_even_inside_functions() -> None:
    above = ("PySide6", "shiboken6", "pyqtgraph", "gigaplan.gui")
    found = {str(path.relative_to(ROOT)): imported(path) for path in sources("engine")}
    assert {path: names for path, names in found.items() if any(name.startswith(above) for name in names)} == {}


def imports_between(sources: list[Path]) -> dict[str, set[str]]:
    """Which modules of the product each of its modules imports, for types only too."""
    modules = {module_name(path) for path in sources}
    between = {}
    for path in sources:
        names = set()
        for node in nodes(path):
            if isinstance(node, ast.ImportFrom):
                full = {f"{node.module}.{alias.name}" for alias in node.names}
                names |= {name if name in modules else str(node.module) for name in full}
        between[module_name(path)] = (names & modules) - {module_name(path)}
    return between


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The names that are left when all that import nothing left have been taken away: those in or above a circle."""
    left = {name: set(others) - {name} for name, others in graph.items()}
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    while top := [name for name in left if not any(name in others for others in left.values())]:
        for name in top:
            del left[name]
    return sorted(left)


def room(path: Path) -> str:
    """The folder that a file belongs to, of the engine without what is inside its rooms."""
    folder = path.parent.relative_to(ROOT).parts
    return "/".join(folder[:2] if folder[0] == "engine" else folder)


def test_no_folders_import_each_other_in_a_circle() -> None:
    """Imports for types included. A folder inside one of the engine's rooms belongs to that room."""
    paths = sources("engine", "gui", "projects")
    home = {module_name(path): room(path) for path in paths}
    folders: dict[str, set[str]] = {}
    for name, others in imports_between(paths).items():
        folders.setdefault(home[name], set()).update(home[other] for other in others)
    assert circle(folders) == []


def test_no_files_import_each_other_in_a_circle() -> None:
    assert circle(imports_between(sources("engine", "gui", "projects"))) == []


def test_a_class_that_others_may_use_has_a_name_of_its_own() -> None:
    places: dict[str, list[str]] = {}
    for path in sources("engine", "gui", "projects", "resources"):
        for node in nodes(path):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_every_folder_is_packed() -> None:
    packed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    folders = {path.parent for path in sources("engine", "gui", "projects", "resources")}
    assert sorted(packed) == sorted(".".join(("gigaplan", *path.relative_to(ROOT).parts)) for path in folders)


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("highspy", {"engine/optimization/highs.py"}),
        ("sqlite3", {"engine/storage/", "engine/exchange/sweep_file.py"}),
        ("sqlite_utils", {"engine/exchange/sqlite.py"}),
        ("pyqtgraph", {"gui/charting/chart.py", "gui/views/charts/"}),
    ],
)
def test_one_place_knows_a_dependency(package: str, allowed: set[str]) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in sources("engine", "gui")
        if package in {name.split(".")[0] for name in imported(path)}
    }
    assert {user for user in users if not any(user.startswith(place) for place in allowed)} == set()


def pins() -> dict[str, str]:
    """The pins of constraints.txt: name to version. Fails on a line that is no plain pin."""
    found = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        match = re.fullmatch(r"([a-z0-9]+(?:-[a-z0-9]+)*)==(\d+(?:\.\d+)*)(?:; [a-z_]+ [<>=!]+ '[\w.]+')?", line)
        assert match, f"constraints.txt: {line!r} is not name==version"
        assert match[1] not in found, f"constraints.txt pins {match[1]} twice"
        found[match[1]] = match[2]
    return found


def test_constraints_pin_all_that_is_asked_for_and_all_that_it_needs() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned, seen = pins(), set()
    to_see = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    while to_see:
        requirement = Requirement(to_see.pop())
        name = canonicalize_name(requirement.name)
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        if name != "pip":  # it does the installing
            assert name in pinned, f"constraints.txt does not pin {name}"
            assert pinned[name] in requirement.specifier, f"{name}=={pinned[name]} is not {requirement}"
        seen.add(name)
        to_see += metadata.requires(name) or []
    assert len(seen) > 20


@pytest.mark.parametrize("file", SET_UP)
def test_no_machine_path_and_no_registry_in_the_set_up(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    machine = r"(?<![\w.])/(?:home|root|Users|work|tmp|opt|mnt|private)/|[A-Z]:\\Users"
    registry = r"index-url|find-links|--hash|trusted-host|pypi\.|pythonhosted|registry\.|mirror"
    assert re.findall(f"{machine}|{registry}", text) == []


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout: what is tracked cannot be asked")
def test_nothing_that_is_made_is_tracked() -> None:
    """What .gitignore names (environments, results, caches) is in no commit, whoever made it before it was named."""
    command = ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ""


# Texts: Qt reads as markup whatever looks like it, and then loads what that names.

TEXTS = ROOT / "gui" / "widgets" / "texts.py"
READS_MARKUP = {
    "QLabel", "QMessageBox", "QErrorMessage", "QProgressDialog", "QInputDialog", "QSplashScreen", "QTextBrowser",
    "QTextEdit", "QTextDocument", "QStaticText", "QGraphicsTextItem", "QWhatsThis", "QToolTip", "TextItem", "LabelItem",
    "LegendItem",
}  # fmt: skip
"""Classes whose texts may be read as markup."""
SETS_TIP = {"setToolTip", "setWhatsThis", "show_tip"}
SETS_MARKUP = {"setHtml", "insertHtml", "setTextFormat", "addLegend", "setDefaultStyleSheet"}
MADE = {"literal", "wrapped", "composed"}
"""The functions of gui/widgets/texts.py that make a tooltip."""


def _called(node: ast.AST) -> str:
    func = node.func if isinstance(node, ast.Call) else node
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _is_made(node: ast.AST) -> bool:
    """Whether a text is a constant of the program, or made by the helper, in each branch."""
    if isinstance(node, ast.IfExp):
        return _is_made(node.body) and _is_made(node.orelse)
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Call) and _called(node) in MADE)


def _is_safe(node: ast.Call) -> bool:
    """Whether a call cannot have Qt read a text of a plan as markup."""
    name, method = _called(node), isinstance(node.func, ast.Attribute)
    holder = _called(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if name in READS_MARKUP | SETS_MARKUP or (holder in READS_MARKUP and name != "hideText"):
        return False
    if name in SETS_TIP and (method or name == "show_tip"):
        if name == "show_tip" and method:  # of an object of ours
            return True
        return _is_made(node.args[1 if name == "show_tip" else -1])  # the items of a tree have a column before it
    if name in ("setData", "setItemData") and any(_called(a) in ("ToolTipRole", "WhatsThisRole") for a in node.args):
        return name == "setItemData" and _is_made(node.args[1])
    return True


def unmade_texts(code: list[ast.AST]) -> list[str]:
    """What in a module's code could have Qt read a text as markup, each with its line."""
    classes = [(n, b) for n in code if isinstance(n, ast.ClassDef) for b in n.bases]
    calls = [n for n in code if isinstance(n, ast.Call)]
    found = [f"{n.lineno}: class {n.name}({_called(b)})" for n, b in classes if _called(b) in READS_MARKUP]
    return found + [f"{n.lineno}: {ast.unparse(n)[:80]}" for n in calls if not _is_safe(n)]


def test_no_text_is_given_to_qt_but_through_the_helper() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): unmade_texts(nodes(path))
        for path in sources("gui")
        if path != TEXTS
    }
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "code",
    [
        "QLabel(row.name)",
        "QtWidgets.QLabel(row.name)",
        "class Name(QLabel): pass",
        "QToolTip.showText(at, row.name)",
        "QMessageBox.warning(window, 'Gigaplan', row.name)",
        "box = QMessageBox()",
        "label.setToolTip(row.name)",
        "label.setToolTip(f'{row.name}')",
        "label.setToolTip(literal(row.name) if one else row.name)",
        "item.setToolTip(0, row.name)",
        "show_tip(at, row.name, self)",
        "box.setItemData(0, row.name, Qt.ItemDataRole.ToolTipRole)",
        "page.setHtml(row.name)",
        "label.setTextFormat(Qt.TextFormat.RichText)",
        "pg.TextItem(html=row.name)",
    ],
)
def test_the_rule_of_texts_sees(code: str) -> None:
    assert unmade_texts(list(ast.walk(ast.parse(code)))) != []


def test_one_writer_makes_all_that_leaves_for_a_spreadsheet() -> None:
    """What is joined by hand guards no formula."""
    by_hand = re.compile(r"csv\.(writer|DictWriter)\(|[\"']\\t[\"']\.join\(")
    files = sources("engine", "gui")
    assert [str(path) for path in files if by_hand.search(path.read_text(encoding="utf-8"))] == []


def test_the_readme_names_the_versions_that_the_audit_prefers() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [v for v in (*audit.PYTHONS.values(), audit.SQLITE, audit.EXPAT) if v not in text] == []


def test_the_audit_names_what_is_old_missing_or_not_as_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.platform, "python_version", lambda: "3.11.2")
    monkeypatch.setattr(audit.sqlite3, "sqlite_version", "3.9.0")
    assert [line.split(":")[0] for line in audit.of_system()][:2] == ["Python 3.11.2", "SQLite 3.9.0"]
    real = metadata.version("highspy")
    assert not [line for line in audit.of_packages() if line.startswith("highspy")], f"highspy {real} is as pinned"
    monkeypatch.setattr(audit, "re", type("", (), {"findall": lambda *_: [("highspy", "0.1")], "M": 0}))
    assert f"highspy {real}: not the tested 0.1" in list(audit.of_packages())
