"""What another program may drop on the map: it adds nothing, and nothing is raised but a sentence."""

import pytest
from PySide6.QtCore import QMimeData

from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.templates import load_template
from gigaplan.gui.views.canvas.view import ENTRY_KINDS, ENTRY_MIME, dropped
from gigaplan.gui.views.catalogue.adding import added


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"[" * 200_000, b"7", b'{"kind": []}', b'{"kind": "site", "id": 7}', b'{"kind": "x", "id": ""}'],
)
def test_what_is_no_entry_is_not_taken(data: bytes) -> None:
    mime = QMimeData()
    mime.setData(ENTRY_MIME, data)
    assert dropped(mime) is None


@pytest.mark.parametrize("kind", ENTRY_KINDS)
@pytest.mark.parametrize("id", ["", "no-such", "x" * 100_000, "__class__"])
def test_an_entry_that_the_catalogue_has_not_is_named(kind: str, id: str) -> None:
    with pytest.raises(PlanError, match="has no entry"):
        added(load_template("startup"), kind, id)
