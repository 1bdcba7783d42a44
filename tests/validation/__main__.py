"""Writes the page, its pictures and the figures that the tests hold: `python -m tests.validation`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.validation.page import Page
from tests.validation.pictures import throughput_picture, training_picture

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "resources" / "docs"
FIGURES = Path(__file__).parent / "figures.json"


def files(page: Page) -> dict[Path, str]:
    """What the page is made of, by the file that holds it."""
    return {
        DOCS / "validation.md": page.text(),
        DOCS / "validation-throughput.svg": throughput_picture(page.measurements),
        DOCS / "validation-training.svg": training_picture(page.runs),
    }


def main() -> None:
    """Writes every file, and says what changed."""
    page = Page()
    for path, text in files(page).items():
        changed = not path.exists() or path.read_text(encoding="utf-8") != text
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT), "written" if changed else "unchanged")
    FIGURES.write_text(json.dumps(page.figures(), indent=1) + "\n", encoding="utf-8")
    for name, value in page.figures().items():
        print(f"{value:6.1f} %  {name}")


if __name__ == "__main__":
    main()
