"""What Gigaplan is, its version, and by whose work and under which licences it runs."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from gigaplan.gui.widgets.texts import message

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
    from gigaplan.engine import __version__

    rows = "".join(f"<tr><td>{what}</td><td style='padding-left: 18px'>{name}</td></tr>" for what, name in LICENCES)
    about = (
        "Plans AI compute: which chips, from whom, under which contract, at which site, in which quarter; what they "
        "cost and what power they draw. Every figure of the catalogue carries its source."
        f"<p>Python {platform.python_version()}, Qt {qVersion()}</p><table>{rows}</table>"
    )
    icon = QMessageBox.Icon.NoIcon
    box = message(window, icon, f"Gigaplan {__version__}", markup=about, title="About Gigaplan")
    box.setIconPixmap(window.windowIcon().pixmap(48, 48))
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
    box.exec()
