"""What Gigaplan is, its version, and by whose work and under which licences it runs."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

LICENCES = (
    ("Gigaplan", "Apache-2.0"),
    ("Qt and PySide6", "LGPL-3.0"),
    ("HiGHS, PyQtGraph, openpyxl", "MIT"),
    ("NumPy, msgspec, Pint", "BSD-3-Clause"),
    ("Inter, the typeface", "OFL-1.1"),
    ("Lucide, the icons", "ISC"),
    ("Epoch AI, data in the catalogue", "CC BY 4.0"),
)
"""What is part of the program, and the licence that each is under."""


def show_about(window: QWidget) -> None:
    """Shows it over a window; the text can be selected, to be quoted."""
    from engine import __version__

    box = QMessageBox(window)
    box.setWindowTitle("About Gigaplan")
    box.setIconPixmap(window.windowIcon().pixmap(48, 48))
    box.setTextFormat(Qt.TextFormat.RichText)
    box.setText(f"<b>Gigaplan {__version__}</b><br>Python {platform.python_version()}, Qt {qVersion()}")
    rows = "".join(f"<tr><td>{what}</td><td style='padding-left: 18px'>{name}</td></tr>" for what, name in LICENCES)
    box.setInformativeText(
        "Plans AI compute: which chips, from whom, under which contract, at which site, in which quarter; what they "
        "cost and what power they draw. Every figure of the catalogue carries its source."
        f"<p><table>{rows}</table></p>"
    )
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    box.exec()
