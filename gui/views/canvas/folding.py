"""Which cards of a long column are in sight: those that matter most. The rest folds into one line for each group."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gigaplan.engine.plan.plan import Plan
from gigaplan.gui.views.canvas.picture import Key, MapPicture, Wire
from gigaplan.gui.views.canvas.placing import COLUMNS

MARK = "\x1f"
"""Begins the key of a line that stands for several rows: no id has it."""
SHORT = 8
"""A column of so many cards is never folded by itself: the smallest window has room for them."""
LEAST = 3
"""Of tables that share a column, each has so many lines."""
KINDS = {
    "pretraining": "Pretraining", "post_training": "Post-training", "inference": "Inference", "research": "Research"
}  # fmt: skip
WAYS = {"vendor": "&Vendor and kind of work", "tier": "Data &tier", "region": "&Region"}
"""By what rows are grouped, and its words."""
ANYWHERE = "Any region"
_BOTH = re.compile(r"(\d+)( more)?, (\d+) unused$")


@dataclass(frozen=True)
class Fold:
    """A line of a column that stands for the rows of one group that are not in sight."""

    table: str
    group: str
    """What its rows have in common, as `group_of` says."""
    rows: tuple[str, ...]
    unused: int
    """How many of them the optimal plan does not use."""
    is_whole: bool
    """Whether no row of the group is in sight."""

    @property
    def key(self) -> Key:
        """By which the map knows it, as if it were a row."""
        return (self.table, MARK + self.group)

    @property
    def name(self) -> str:
        """What it says: NVIDIA: 98 not chosen: why?"""
        is_asked = self.table == "offers" and self.unused == len(self.rows)
        return f"{self.heading}: why?" if is_asked and self.unused else self.heading

    @property
    def heading(self) -> str:
        """Whose rows they are, and how many: NVIDIA: 98 not chosen."""
        who, used = KINDS.get(self.group, self.group) or "Others", len(self.rows) - self.unused
        more = "" if self.is_whole else " more"
        if not self.unused:
            return f"{who}: {used}{more}"
        if self.table == "workloads":
            return f"{who}: {len(self.rows)}{more}"
        if used:
            return f"{who}: {used}{more}, {self.unused} unused"
        return f"{who}: {self.unused} {'not chosen' if self.table == 'offers' else 'unused'}"


def shorter(name: str) -> tuple[str, ...]:
    """The name of a line in fewer and fewer words, for cards with less and less room."""
    plain = name.removesuffix(": why?")
    together = _BOTH.sub(lambda found: f"{int(found[1]) + int(found[3])}{found[2] or ''}", plain)
    brief = together.replace("not chosen", "unused")
    return name, plain, brief, brief.removesuffix(" more").removesuffix(" unused")


@dataclass(frozen=True)
class Folding:
    """What a person wants of the groups of one plan; state of the view, not of the plan."""

    opened: frozenset[tuple[str, str]] = frozenset()
    """(table, group) of groups of which every row is in sight."""
    closed: frozenset[tuple[str, str]] = frozenset()
    """Those of which none is."""
    by: str = "vendor"
    """Of WAYS."""


def is_line(key: Key | None) -> bool:
    """Whether a key is of a line that stands for several rows."""
    return key is not None and key[1].startswith(MARK)


@dataclass(frozen=True)
class Columns:
    """What stands in each column: ids of rows, and the ids of lines that stand for several."""

    shown: Mapping[str, tuple[str, ...]]
    folds: Mapping[Key, Fold]
    lines: Mapping[Key, Key]
    """The line that stands for each row that is not in sight itself."""

    def place(self, key: Key) -> Key:
        """The card of a row: its own, or the line that stands for it."""
        return self.lines.get(key, key)

    def flows(self, flows: Mapping[Wire, float]) -> dict[Wire, float]:
        """What flows between the cards in sight, chips or MW."""
        if not self.lines:
            return dict(flows)
        found: dict[Wire, float] = {}
        for wire, value in flows.items():
            start, end = self.place(wire.start_key), self.place(wire.end_key)
            there = Wire(wire.kind, start[1], end[1])
            found[there] = found.get(there, 0.0) + value
        return found

    def peaks(self, peaks: Mapping[tuple[str, Key], float]) -> dict[tuple[str, Key], float]:
        """What the edge of each card in sight must have room for, at most."""
        found: dict[tuple[str, Key], float] = {}
        for (kind, key), value in peaks.items():
            there = (kind, self.place(key))
            found[there] = found.get(there, 0.0) + value
        return found


def group_of(plan: Plan, by: str = "vendor") -> dict[Key, str]:
    """The group of each row.

    By vendor: vendors of offers, providers of services, kinds of work. By tier: the most sensitive data that offers and
    services may see, and that of work. By region: where offers stand, services run and work may go. Sites are by
    jurisdiction in each.
    """
    found: dict[Key, str] = {("sites", s.id): s.jurisdiction for s in plan.sites}
    if by == "tier":
        found |= {("offers", o.id): o.sensitivity.capitalize() for o in plan.offers}
        found |= {("services", s.id): s.sensitivity.capitalize() for s in plan.services}
        return found | {("workloads", w.id): w.sensitivity.capitalize() for w in plan.workloads}
    if by == "region":
        where = {s.id: s.jurisdiction for s in plan.sites}
        found |= {("offers", o.id): _regions(where.get(s, "") for s in o.sites if s != "*") for o in plan.offers}
        found |= {("services", s.id): _regions([s.jurisdiction]) for s in plan.services}
        return found | {("workloads", w.id): _regions(w.jurisdictions) for w in plan.workloads}
    vendors = {p.id: p.vendor for p in plan.platforms}
    found |= {("offers", o.id): vendors.get(o.platform, "") for o in plan.offers}
    found |= {("services", s.id): s.provider for s in plan.services}
    return found | {("workloads", w.id): w.kind for w in plan.workloads}


def _regions(names: Iterable[str | None]) -> str:
    return ", ".join(sorted({name for name in names if name})) or ANYWHERE


def weights_of(picture: MapPicture | None) -> dict[Key, float]:
    """What runs on or for a row at its peak, chips or MW; rows of which the optimal plan uses nothing are left out."""
    if picture is None:
        return {}
    found: dict[Key, float] = {}
    for (kind, key), peak in picture.peaks.items():
        if kind != "stand" or key[0] == "sites":
            found[key] = found.get(key, 0.0) + peak
    for offer, chips in picture.chips.items():
        if chips.max(initial=0.0) > 0:
            found.setdefault(("offers", offer), float(chips.max()))
    return found


def columns_of(
    plan: Plan, weights: Mapping[Key, float], room: int, folding: Folding, kept: Collection[Key] = (),
    before: Columns | None = None,
) -> Columns:  # fmt: skip
    """What of a plan is in sight where a column has room for so many lines.

    A column that is longer shows the rows that weigh most; offers and sites of which nothing is used fold first. Rows
    in `kept` and those with a place of their own are in sight in any case. What was in sight `before` stays, while
    there is room: nothing jumps while a value is dragged.
    """
    groups, stay = group_of(plan, folding.by), {(p.table, p.row) for p in plan.layout} | set(kept)
    shown, folds = dict[str, tuple[str, ...]](), dict[Key, Fold]()
    for table, part in _shares(plan, room):
        keys = [(table, row.id) for row in getattr(plan, table)]
        was = {(table, row) for row in before.shown[table]} if before is not None and before.lines else set()
        seen = _in_sight(keys, groups, weights, part, folding, stay, was)
        if len(seen) == len(keys):
            shown[table] = tuple(row for _, row in keys)
            continue
        column: list[str] = []
        members: dict[str, list[Key]] = {}
        for key in keys:
            members.setdefault(groups[key], []).append(key)
        for group, mine in members.items():
            hidden = tuple(row for (_, row) in mine if (table, row) not in seen)
            column += [row for (_, row) in mine if (table, row) in seen]
            if hidden:
                unused = sum((table, row) not in weights for row in hidden) if weights else 0
                fold = Fold(table, group, hidden, unused, len(hidden) == len(mine))
                folds[fold.key] = fold
                column.append(fold.key[1])
        shown[table] = tuple(column)
    return Columns(shown, folds, {(f.table, row): key for key, f in folds.items() for row in f.rows})


def _shares(plan: Plan, room: int) -> Iterator[tuple[str, int | None]]:
    """Each table, and the lines that it has in its column; None where all of the column has room."""
    for tables in COLUMNS:
        counts = [len(getattr(plan, table)) for table in tables]
        fits = sum(counts) <= max(room, SHORT)
        for table, count in zip(tables, counts, strict=True):
            yield table, None if fits else max(room * count // sum(counts), LEAST)


def _in_sight(
    keys: Sequence[Key], groups: Mapping[Key, str], weights: Mapping[Key, float], room: int | None, folding: Folding,
    stay: Collection[Key], was: Collection[Key],
) -> set[Key]:  # fmt: skip
    """The rows of one column that are in sight."""
    closed = {key for key in keys if (key[0], groups[key]) in folding.closed and key not in stay}
    if room is None:
        return set(keys) - closed
    seen = {key for key in keys if key in stay or (key[0], groups[key]) in folding.opened} - closed
    hidden = dict.fromkeys((groups[key] for key in keys), 0)
    for key in keys:
        hidden[groups[key]] += key not in seen
    lines = len(seen) + sum(count > 0 for count in hidden.values())
    # Work that is not served is not left out: it is what a person must see. Chips that nobody uses are.
    left = [key for key in keys if key not in seen and key not in closed]
    able = [key for key in left if key in weights or key in was or key[0] == "workloads"]
    for key in sorted(able, key=lambda key: -weights.get(key, 0.0) * (2 if key in was else 1)):
        last = hidden[groups[key]] == 1
        if lines + (not last) > room:
            continue
        seen.add(key)
        hidden[groups[key]] -= 1
        lines += not last
    # A line that stands for one row takes as much room as the row itself.
    return seen | {key for key in left if key not in seen and hidden[groups[key]] == 1}
