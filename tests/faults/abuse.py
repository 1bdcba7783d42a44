"""Text from elsewhere that is made to confuse, to fill the memory or to take for ever: JSON, the interchange form."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from typing import Any

from gigaplan.engine.exchange.json import parse_json, to_json
from gigaplan.engine.plan.decode import encode_plan
from gigaplan.engine.plan.problems import PlanError
from gigaplan.engine.storage.templates import load_template
from tests.engine.plans import plan_of
from tests.faults.fault import Tally, check
from tests.faults.mutants import LONGEST, mutated

MAX_PROBLEM_BYTES = 2_000_000
"""What the list of problems of one file may come to."""


def _at_some_place(text: str, chance: random.Random, value: str) -> str:
    """A JSON text with another value in the place of some number of it."""
    plan = json.loads(text)
    places: list[tuple[Any, Any]] = []
    todo = [plan]
    while todo:
        part = todo.pop()
        for key, member in part.items() if isinstance(part, dict) else enumerate(part):
            if isinstance(member, dict | list):
                todo.append(member)
            elif type(member) in (int, float):
                places.append((part, key))
    part, key = chance.choice(places)
    part[key] = "some place"
    return json.dumps(plan).replace('"some place"', value, 1)


def _repeated_key(text: str, chance: random.Random) -> str:
    place = chance.choice([k for k in range(len(text)) if text[k] == "{"])
    key = text[place + 1 :].split(":")[0].strip()
    return text[: place + 1] + f"{key}: 1, " + text[place + 1 :] if key.startswith('"') else text[: place + 1] + "1"


def _many(text: str, chance: random.Random) -> str:
    count = chance.choice((20_000, 200_000))
    return text.rstrip().removesuffix("}") + ', "sites": [' + ",".join(["{}"] * count) + "]}"


def _wide(text: str, chance: random.Random) -> str:
    keys = ",".join(f'"k{k}": {k}' for k in range(chance.choice((1000, 100_000))))
    return text.rstrip().removesuffix("}") + f', "more": {{{keys}}}}}'


Abuse = Callable[[str, random.Random], str | bytes]
REFUSED: tuple[Abuse, ...] = (
    lambda text, chance: _at_some_place(text, chance, "NaN"),
    lambda text, chance: _at_some_place(text, chance, "-Infinity"),
    lambda text, chance: _at_some_place(text, chance, "1e999"),
    lambda text, chance: _at_some_place(text, chance, "9" * chance.choice((40, 5000, 500_000))),
    lambda text, chance: _at_some_place(text, chance, "[" * chance.choice((25, 1000, 200_000)) + "]"),
    lambda text, chance: _at_some_place(text, chance, '{"a":' * 100_000),
    lambda text, chance: _at_some_place(text, chance, '"\\ud800"'),
    lambda text, chance: _at_some_place(text, chance, '"\\u0000"'),
    lambda text, chance: _at_some_place(text, chance, json.dumps("x" * 2_000_000)),
    lambda text, chance: text[: chance.randrange(len(text) - 2)],
    lambda text, chance: text + chance.choice((text, "{}", "\0", "x")),
    lambda text, chance: text.encode("utf-16"),
    lambda text, chance: text.encode().replace(b"e", b"\xff", 1),
    lambda text, chance: "\ufeff\ufeff" + text,
    lambda text, chance: b"\x1f\x8b" + chance.randbytes(2000),
    _repeated_key,
    _many,
    _wide,
)  # fmt: skip
"""No plan, whatever else a text holds."""
ABUSES: tuple[Abuse, ...] = (
    *REFUSED,
    lambda text, chance: _at_some_place(text, chance, "1e-400" + "0" * 10_000),
    lambda text, chance: _at_some_place(text, chance, chance.choice(("true", "null", '"1"', "[]", "{}"))),
)  # fmt: skip


def json_text(tally: Tally, count: int) -> None:
    """Refused with paths within the time what must be; what is taken can be written and read again and is the same."""
    texts = [json.dumps(encode_plan(plan)) for plan in (load_template("frontier-1gw"), plan_of())]
    for text in texts:
        parse_json(text)  # or else each abuse of it would be refused for another reason
    for k in range(count):
        text = tally.chance.choice(texts)
        which = k % (len(ABUSES) + 10)
        made: Any = ABUSES[which](text, tally.chance) if which < len(ABUSES) else mutated(text.encode(), tally.chance)
        with tally.trial(f"abuse {which}, try {k}"):
            began = time.perf_counter()
            try:
                plan = parse_json(made)
            except PlanError as error:
                check(error.problems, "refused without a reason")
                check(len(str(error)) < MAX_PROBLEM_BYTES, f"{len(str(error))} bytes of problems")
            else:
                check(which >= len(REFUSED), "it was taken for a plan")
                check(parse_json(to_json(plan)) == plan, "it is another when it comes back")
            tally.took(time.perf_counter() - began, LONGEST)
