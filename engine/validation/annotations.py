"""Whether formulas, locks and comments are of fields that there are, and formulas give what their fields hold."""

from __future__ import annotations

from collections.abc import Iterator

from gigaplan.engine.plan.annotations import Figures, Place, place_of
from gigaplan.engine.plan.formulas import unsound
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.problems import Problem
from gigaplan.engine.plan.schema import ROW_TYPES


def annotation_problems(plan: Plan) -> Iterator[Problem]:
    """Annotations of nothing, two of one field, and formulas that give no value or another than the field holds."""
    if not plan.annotations:
        return
    figures, seen = Figures(plan), set[Place]()
    for k, annotation in enumerate(plan.annotations):
        place = place_of(annotation)
        try:
            figures.value(place)
        except LookupError as error:
            text = str(error.args[0])
            yield _problem(f"annotations[{k}]", "annotations", "", text, "Remove it, or name another field.")
        if place in seen:
            what = f"{place[2]} of {place[1] or 'the plan'}"
            text = f"is a second annotation of {what}"
            yield _problem(f"annotations[{k}]", "annotations", "", text, "Keep one of them.")
        seen.add(place)
    where = {t: {row.id: k for k, row in enumerate(getattr(plan, t))} for t in ROW_TYPES if t in {p[0] for p in seen}
             and "id" in ROW_TYPES[t].__struct_fields__}  # fmt: skip
    for (table, row, field), text in unsound(plan):
        path = "plan" if table == "plan" else f"{table}[{where[table][row or '']}]"
        yield _problem(f"{path}.{field}", table, field, text, "Type a formula or a value again.", row or "")


def _problem(path: str, table: str, field: str, text: str, remedy: str, row: str = "") -> Problem:
    return Problem(severity="error", path=path, text=text, remedy=remedy, table=table, row=row, field=field)
