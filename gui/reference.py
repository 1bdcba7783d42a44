"""The planning model and the list of inputs, as pages to read inside the program."""

from __future__ import annotations

from importlib.resources import files

from PySide6.QtWidgets import QDialog, QTabWidget, QTextBrowser, QVBoxLayout, QWidget

from engine.schema import ROW_TYPES, Field, Settings, fields


def show_reference(parent: QWidget) -> None:
    """Opens the reference over the window, until it is closed."""
    dialog = QDialog(parent)
    dialog.setWindowTitle("How figures are computed")
    dialog.resize(860, 700)
    tabs = QTabWidget()
    tabs.setDocumentMode(True)
    tabs.addTab(_page(inputs_text()), "Inputs")
    model = files("resources").joinpath("docs").joinpath("model.md").read_text(encoding="utf-8")
    tabs.addTab(_page(model), "Planning model")
    layout = QVBoxLayout(dialog)
    layout.addWidget(tabs)
    dialog.exec()


def _page(markdown: str) -> QTextBrowser:
    page = QTextBrowser()
    page.setMarkdown(markdown)
    page.setOpenLinks(False)
    return page


def inputs_text() -> str:
    """Every input of a plan, from its declaration: table, field, unit, bounds, help; in Markdown."""
    parts = []
    for table, row_type in {"plan": Settings, **ROW_TYPES}.items():
        parts.append(f"## {table}\n\n{(row_type.__doc__ or '').strip()}\n")
        parts.append("| input | field | unit | bounds | meaning |\n|---|---|---|---|---|")
        parts += [f"| {f.label} | `{f.name}` | {_unit(f)} | {_bounds(f)} | {f.help or ''} |" for f in fields(row_type)]
        parts.append("")
    return "\n".join(parts)


def _unit(field: Field) -> str:
    return field.unit if isinstance(field.unit, str) else " or ".join(dict.fromkeys(field.unit.values()))


def _bounds(field: Field) -> str:
    if field.choices:
        return ", ".join(map(str, field.choices))
    signs = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
    bounds = [f"{sign} {getattr(field, name):g}" for name, sign in signs if getattr(field, name) is not None]
    return ", ".join(bounds + (["may be empty"] if field.optional else []))
