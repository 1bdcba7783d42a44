"""After an undo or a redo: what it changed is chosen everywhere, its field marked, and said at the foot."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from gigaplan.engine.analysis.plan_diff import Difference, differences
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES
from gigaplan.gui.document.document import Document, Row
from gigaplan.gui.text.number_format import DASH

MOST = 20
"""Where more rows changed, their fields are not compared: nobody reads that many at the foot of a window."""


class Stepped(QObject):
    """Follows a document: `point_out` marks a field, and `say` says what the step was."""

    def __init__(self, document: Document, point_out: Callable[[str], None], say: Callable[[str], None]) -> None:
        super().__init__(document)
        self._document, self._point_out, self._say = document, point_out, say
        document.changed.connect(lambda *_: say(""))
        document.stepped.connect(self._show)

    def _show(self, step: str, before: Plan, after: Plan) -> None:
        document = self._document
        rows = rows_changed(before, after)
        moved = differences(before, after) if len(rows) <= MOST else ()
        if not rows and moved:
            document.select("plan")
        elif not set(rows) <= set(document.selection.rows):
            document.select_rows(rows)
        fields = [d for d in moved if d.kind == "changed"]
        if len(fields) == 1:
            self._point_out(fields[0].field.partition("[")[0].partition(".")[0])
            step = f"{step} · {_in_words(fields[0])}"
        self._say(step)


def rows_changed(before: Plan, after: Plan) -> list[Row]:
    """The rows of `after` that are new or other than in `before`, moved cards among them; those without id are not."""
    found: dict[Row, None] = {}
    for table, row_type in ROW_TYPES.items():
        old, new = getattr(before, table), getattr(after, table)
        if old is not new and "id" in row_type.__struct_fields__:
            known = {row.id: row for row in old}
            found |= {(table, row.id): None for row in new if known.get(row.id) != row}
    if before.layout is not after.layout:
        found |= {(p.table, p.row): None for p in set(before.layout) ^ set(after.layout)}
    return list(found)


def _in_words(d: Difference) -> str:
    unit = "" if d.unit == "ratio" else d.unit
    words = f"{d.before or DASH} → {d.after or DASH} {unit}".rstrip()
    return f"{words} in {d.when}" if d.when else words
