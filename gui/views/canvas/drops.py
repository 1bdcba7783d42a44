"""What may be dropped on the plan map: an entry of the catalogue, named by kind and id."""

from __future__ import annotations

import json

from PySide6.QtCore import QMimeData

MIME = "application/x-gigaplan-catalogue"
KINDS = ("platform", "offer", "site", "workload", "model")


def read(data: QMimeData) -> tuple[str, str] | None:
    """The kind and id of a dragged entry; None for anything else."""
    if not data.hasFormat(MIME):
        return None
    try:
        entry = json.loads(bytes(data.data(MIME).data()))
    except (ValueError, RecursionError):  # another program may offer anything
        return None
    if not isinstance(entry, dict) or entry.get("kind") not in KINDS or not isinstance(entry.get("id"), str):
        return None
    return entry["kind"], entry["id"]
