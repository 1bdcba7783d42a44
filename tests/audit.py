"""Says what is installed in versions that are known to have problems, as far as that can be told without a network.

Compared are Python, SQLite and expat with the first versions that correct what an opened file can reach; the packages
with the ranges of pyproject.toml, the pins of constraints.txt, and what they say of themselves and ask of each other.
New advisories are not known here: for these, ask your package index.
"""

from __future__ import annotations

import platform
import pyexpat
import re
import sqlite3
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = {"3.11": "3.11.14", "3.12": "3.12.12", "3.13": "3.13.10", "3.14": "3.14.1"}
"""The first patch of each line that checks the end of a zip archive, as workbooks are: CVE-2025-8291, by its record
(https://www.cve.org/CVERecord?id=CVE-2025-8291) and https://github.com/python/cpython/issues/139700."""
SQLITE = "3.50.2"
"""It corrects memory that is overwritten by too many aggregate terms: CVE-2025-6965
(https://www.cve.org/CVERecord?id=CVE-2025-6965)."""
EXPAT = "2.7.4"
"""It checks the size of a buffer for long tags: CVE-2026-25210 (https://www.cve.org/CVERecord?id=CVE-2026-25210). 2.7.2
bounds the memory that small documents can take: CVE-2025-59375 (https://github.com/libexpat/libexpat/issues/1018)."""


def of_system() -> Iterator[str]:
    """What is said of Python and of the libraries in it."""
    python = platform.python_version()
    least = PYTHONS.get(".".join(python.split(".")[:2]))
    if least and Version(python) < Version(least):
        yield f"Python {python}: {least} or later is better"
    if Version(sqlite3.sqlite_version) < Version(SQLITE):
        yield f"SQLite {sqlite3.sqlite_version}: {SQLITE} or later is better (it comes with Python or the system)"
    expat = pyexpat.EXPAT_VERSION.removeprefix("expat_")
    if Version(expat) < Version(EXPAT):
        yield f"expat {expat}: {EXPAT} or later is better (it comes with Python or the system)"


def of_packages() -> Iterator[str]:
    """What is said of the packages that Gigaplan needs, and of all that these need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = dict(re.findall(r"^([a-z0-9-]+)==([\d.]+)", (ROOT / "constraints.txt").read_text(encoding="utf-8"), re.M))
    waiting, seen = [("Gigaplan", Requirement(text)) for text in project["dependencies"]], set()
    while waiting:
        who, asked = waiting.pop()
        if asked.marker is not None and not asked.marker.evaluate({"extra": ""}):
            continue
        name = canonicalize_name(asked.name)
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            yield f"{name}: missing, and {who} needs it"
            continue
        if not asked.specifier.contains(found.version, prereleases=True):
            yield f"{name} {found.version}: {who} needs {asked.specifier}"
        if name in seen:
            continue
        seen.add(name)
        yield from _of_itself(name, found, pins)
        waiting += [(name, Requirement(text)) for text in found.requires or ()]


def _of_itself(name: str, found: metadata.Distribution, pins: dict[str, str]) -> Iterator[str]:
    if name in pins and found.version != pins[name]:
        yield f"{name} {found.version}: not the tested {pins[name]}"
    if Version(found.version).is_prerelease:
        yield f"{name} {found.version}: not a release"
    if any("7 - Inactive" in text for text in found.metadata.get_all("Classifier") or ()):
        yield f"{name} {found.version}: nobody maintains it any more"
    needs = found.metadata.get("Requires-Python")
    if needs and not Requirement(f"python{needs}").specifier.contains(platform.python_version()):
        yield f"{name} {found.version}: not for Python {platform.python_version()}"


if __name__ == "__main__":
    lines = [*of_system(), *of_packages()]
    print("\n".join(lines) if lines else "Nothing known is wrong with what is installed.")
    print("What was found since these versions were written down is not known here; ask your package index.")
    sys.exit(bool(lines))
