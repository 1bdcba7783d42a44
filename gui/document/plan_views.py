"""How a person looks at each plan: state of views, kept in the settings of the person and not in the plan."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QSettings

from gigaplan.gui.document.document import Document

KEY = "plan_views"
MOST = 100
"""Of so many plans it is known; of those looked at longest ago it is forgotten."""


def view_of(document: Document, name: str) -> dict[str, Any]:
    """What is kept of a view of the document's plan; empty where nothing is, or no file holds the plan yet."""
    found = _stored().get(document.uuid or "", {}).get(name, {})
    return found if isinstance(found, dict) else {}


def keep_view(document: Document, name: str, state: dict[str, Any]) -> None:
    """Keeps how a view of the document's plan stands; of a plan that no file holds, nothing can be kept."""
    if document.uuid is None:
        return
    stored = _stored()
    its = stored.pop(document.uuid, {})
    stored[document.uuid] = its | {name: state}
    QSettings().setValue(KEY, json.dumps(dict(list(stored.items())[-MOST:])))


def _stored() -> dict[str, dict[str, Any]]:
    """By plan, the one looked at last at the end; settings that others have spoiled count as none."""
    try:
        found = json.loads(str(QSettings().value(KEY, "{}")))
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, dict)}
