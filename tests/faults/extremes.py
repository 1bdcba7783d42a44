"""Every number of a plan at the ends of what its field takes: the window draws all pages, and lives."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from gigaplan.engine.plan.bounds import NUMERIC, interval_of, refusals
from gigaplan.engine.plan.decode import decode_plan
from gigaplan.engine.plan.fields import SMALLEST, Field, Growth, fields, is_tiny
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import ROW_TYPES, Override, Settings
from tests.faults.children import PATIENCE, ROOT
from tests.faults.fault import Tally, check

SECONDS = 60
"""In which each case must be solved and drawn on all pages."""
WORTHS = 5
"""How long a look waits for what limits are worth: of a plan of 480 periods that is worked out for minutes."""
SIZES = (5e-324, 1e-310, 1e-299, 1e-200, 1e-12, 1.0, 1e12, 1e21, 1e299, math.inf, math.nan)
"""What a figure of a result may be, and more."""

PLATFORM = {"vendor": "NVIDIA", "stack": "cuda", "bf16_tflops": 1000, "fp8_tflops": 2000, "fp4_tflops": 4000,
            "memory_gb": 100, "memory_bandwidth_gb_s": 4000, "power_w": 1400, "embodied_kgco2e": 200,
            "token_latency_ms": 20}  # fmt: skip
POLICIES = ({"kind": "share", "dimension": "vendor", "metric": "power"}, {"kind": "budget"}, {"kind": "carbon"},
            {"kind": "coverage", "scope": "chat"}, {"kind": "resilience", "dimension": "provider"})  # fmt: skip
LIMITS = {"share": 1.0, "budget": 1e9, "carbon": 1e6, "coverage": 0.5, "resilience": 0.0}
SMALL: dict[str, Any] = {
    "format": "gigaplan/2",
    "plan": {"name": "Small", "start": "2027-01", "periods": 4, "carbon_price_usd_per_t": 50},
    "platforms": [{"id": "gpu", "name": "GPU", **PLATFORM}],
    "sites": [{"id": "iowa", "name": "Iowa", "jurisdiction": "US", "power_mw": 20, "electricity_usd_per_mwh": 45,
               "carbon_g_per_kwh": 300, "water_l_per_kwh": 1, "hosting_usd_per_kw_month": 100}],
    "offers": [
        {"id": "buy", "name": "Buy", "platform": "gpu", "provider": "NVIDIA", "kind": "purchase", "price_usd": 30000,
         "supply_chips_per_month": 5000 / 3, "maintenance_per_year": 0.02, "sites": "*",
         "installed": [{"site": "iowa", "chips": 100, "months_left": 6}]},
        {"id": "rent", "name": "Rent", "platform": "gpu", "provider": "AWS", "kind": "rental", "price_usd": 3,
         "term_months": 6, "agreement": "deal", "sites": "*"},
    ],
    "workloads": [
        {"id": "chat", "name": "Chat", "kind": "inference", "unit": "tokens/s", "demand": 1e6, "unmet_usd": 0.1,
         "max_token_latency_ms": 50,
         "inference": {"total_params_b": 70, "active_params_b": 70, "context_tokens": 4000,
                       "prompt_tokens_per_output": 3, "kv_bytes_per_token": 160000, "max_token_latency_ms": 40},
         "throughput": [{"platform": "gpu", "value": 900, "basis": "measured"}]},
        {"id": "train", "name": "Train", "kind": "pretraining", "unit": "PFLOP/s", "demand": 300, "unmet_usd": 50},
    ],
    "agreements": [{"id": "deal", "name": "Deal", "provider": "AWS", "start": "2027-01", "months": 12,
                    "commit_usd_per_year": 1e6, "discount": 0.1, "status": "signed"}],
    "ports": [{"workload": "train", "stack": "xla", "cost_usd": 5e5, "months": 3}],
    "policies": [{"id": p["kind"], "limit": LIMITS[p["kind"]], **p} for p in POLICIES],
    "scenarios": [{"id": "dear", "name": "Dear", "overrides": [
        {"table": "offers", "row": "buy", "field": "price_usd", "op": "scale", "value": 2}]}],
    "uncertainties": [{"id": "price", "table": "offers", "row": "buy", "field": "price_usd",
                       "distribution": "triangular", "low": 0.8, "mode": 1.0, "high": 1.2, "mean": 1.0, "sd": 0.1}],
    "layout": [{"table": "sites", "row": "iowa", "x": 10, "y": 20}],
}  # fmt: skip
EVERY = SMALL | {
    "plan": SMALL["plan"] | {"blocks": [{"name": "Night", "share": 0.25}, {"name": "Day", "share": 0.75}]},
    "platforms": [SMALL["platforms"][0] | {
        "power_caps": [{"power": 0.7, "throughput": 0.85}],
        "resale": [{"age_months": 24, "fraction": 0.4}, {"age_months": 48, "fraction": 0.1}],
        "measurements": [{"model": "Llama 3 70B", "precision": "fp8", "prompt_tokens": 3000, "output_tokens": 1000,
                          "token_latency_ms": 20, "tokens_s_chip": 900}]}],
    "workloads": [SMALL["workloads"][0] | {"profile": [0.7, 1.1]},
                  SMALL["workloads"][1] | {"mfu_by_platform": [{"platform": "gpu", "value": 0.4}]}],
    "services": [{"id": "api", "name": "API", "provider": "AWS", "unit": "tokens/s", "workloads": ["chat"],
                  "price_usd": 2, "limit": 1e5}],
    "power_contracts": [{"id": "phase", "name": "Phase", "site": "iowa", "provider": "Grid", "mw": 5,
                         "start": "2027-04", "months": 6, "usd_per_mw_month": 5000, "capex_usd_per_mw": 1e6,
                         "capex_lifetime_months": 120, "status": "optional"}],
    "parameters": [{"id": "growth", "name": "Growth", "value": 2}],
    "uncertainties": [*SMALL["uncertainties"], {
        "id": "rent", "table": "offers", "row": "rent", "field": "price_usd", "distribution": "normal", "mean": 1.0,
        "sd": 0.1, "correlations": [{"other": "price", "rank": 0.5}]}],
}  # fmt: skip
"""A plan with something in every table and every nested row that holds numbers."""


def ends(field: Field) -> list[float]:
    """The least and the largest number that a field takes, and the numbers nearest to 0."""
    low, high = interval_of(field)
    if field.kind == "integer":
        return sorted({math.ceil(low), math.floor(high)} - {0})
    found = [low if not is_tiny(low) else SMALLEST, -SMALLEST, 0.0, SMALLEST, high if not is_tiny(high) else -SMALLEST]
    return sorted({value for value in found if not any(refusals(field, value))})


def values(field: Field) -> Iterator[Any]:
    """Values of a field at its ends: numbers; of a series also lists between them, and growth."""
    found = ends(field)
    yield from found
    if field.kind == "series":
        yield (found[0], found[-1], 0.0 if 0.0 in found else found[0], found[-1])
        yield Growth(found[-1] / 1e3, 1.0)
        yield Growth(found[-1], -0.999)


def cases() -> list[tuple[str, Plan]]:
    """That plan with one number of it at an end, each with what it is."""
    plan = decode_plan(EVERY)
    found: list[tuple[str, Plan]] = []
    for name, row in _changed(Settings, plan.settings):
        found.append((f"plan.{name}", replace(plan, settings=row)))
    for table, row_type in ROW_TYPES.items():
        rows = getattr(plan, table)
        for k, old in enumerate(rows):
            for name, row in _changed(row_type, old):
                found.append((f"{table}[{k}].{name}", replace(plan, **{table: (*rows[:k], row, *rows[k + 1 :])})))
    return found


def _changed(row_type: type[Struct], row: Any) -> Iterator[tuple[str, Any]]:
    """The row with each of its numbers at each end, nested rows included."""
    for field in fields(row_type):
        now = getattr(row, field.name)
        if field.kind in NUMERIC:
            for value in values(field):
                yield f"{field.name} = {value}", replace(row, **{field.name: value})
        elif field.kind == "row" and now is not None:
            for name, inner in _changed(field.row_type, now):
                yield f"{field.name}.{name}", replace(row, **{field.name: inner})
        elif field.kind == "rows" and now:
            for name, inner in _changed(field.row_type, now[0]):
                yield f"{field.name}[0].{name}", replace(row, **{field.name: (inner, *now[1:])})
        elif field.kind == "any" and row_type is Override:
            for value in (-1e15, -SMALLEST, 0.0, SMALLEST, 1e15):
                for op in ("set", "scale", "add"):
                    yield f"{field.name} = {op} {value}", replace(row, op=op, **{field.name: value})


def every_field(tally: Tally, count: int) -> None:
    """Every number of a plan at the ends of its field, on every page of the window; so many of the cases."""
    every = range(len(cases()))
    chosen = list(every) if count >= len(every) else sorted(tally.chance.sample(every, count))
    labels = [label for label, _ in cases()]
    while chosen:
        told = _child(tally, "plans", ",".join(map(str, chosen)), SECONDS * len(chosen))
        _count(tally, chosen, told, labels)
        chosen = chosen[len(told) :]


def every_size(tally: Tally, count: int) -> None:
    """Figures of every size in every kind of chart: none ends the process."""
    pairs = [(a, b) for a in range(len(SIZES)) for b in range(len(SIZES))]
    chosen = list(range(len(pairs))) if count >= len(pairs) else sorted(tally.chance.sample(range(len(pairs)), count))
    labels = [f"{SIZES[a]} beside {SIZES[b]}" for a, b in pairs]
    while chosen:
        told = _child(tally, "sizes", ",".join(map(str, chosen)), SECONDS * len(chosen))
        _count(tally, chosen, told, labels)
        chosen = chosen[len(told) :]


def _count(tally: Tally, chosen: list[int], told: list[str], labels: list[str]) -> None:
    """Counts what a child told of its cases; `told` gets the case at which it died."""
    if len(told) < len(chosen) and (not told or told[-1] == "survived"):
        told.append("the process ended")
    for number, line in zip(chosen, told, strict=False):
        with tally.trial(labels[number]):
            check(line == "survived", line)


def _child(tally: Tally, script: str, chosen: str, seconds: float) -> list[str]:
    """What a child says of each case that it came to: survived, or what failed."""
    home = tally.folder / f"home{len(list(tally.folder.iterdir()))}"
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), "XDG_DATA_HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
    }  # fmt: skip
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.faults.extremes", script, str(home), chosen]
    run = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE + seconds, check=False
    )
    told = [line for line in run.stdout.splitlines() if line]
    if run.returncode and (not told or told[-1] == "survived"):
        told.append(f"exit status {run.returncode}: {run.stderr[-600:]}")
    return told


# What the child does


def _plans(folder: Path, chosen: list[int]) -> None:
    from tests.faults.windows import a_window, close

    window, application, asked, reports = a_window(folder / "data")
    failures: list[str] = []
    reports.reported.connect(lambda details, _: failures.append(details[-500:]))
    every = cases()
    for number in chosen:
        _, plan = every[number]
        window.document.start(plan)
        window.files.opened.emit()
        try:
            _look_at_all(window)
        except AssertionError as error:  # its solver may be at it for long
            print(error, flush=True)
            os._exit(3)
        said = [*failures, *asked]
        failures.clear()
        asked.clear()
        reports.dismiss()
        print(repr(said[0]) if said else "survived", flush=True)
    close(window, application)


def _look_at_all(window: Any) -> None:
    """Paints every page, every set of charts and every form."""
    plan = window.document.plan
    for name in ("map", "tables", "compare", "risk", "history", "results"):
        window.views.show_page(name)
        _settle(window)
        window.grab()
    if window.views.is_made("compare"):
        window.views.page("compare").compare(["", *(s.id for s in plan.scenarios)])
    outcomes = window.views.page("risk").outcomes
    if not outcomes.hindrance:
        outcomes.draw(8)
    for k in range(window.charts.tabs.count()):
        window.charts.tabs.setCurrentIndex(k)
        _settle(window)
        window.grab()
    for name in ("compare", "risk"):
        window.views.show_page(name)
        _settle(window)
        window.grab()
    for table in (table for table, row_type in ROW_TYPES.items() if "id" in row_type.__struct_fields__):
        for row in getattr(plan, table):
            window.document.select(table, [row.id])
            window.grab()


def _settle(window: Any) -> None:
    from PySide6.QtWidgets import QApplication

    from tests.faults.windows import wait

    wait(QApplication.instance(), window.is_solved, SECONDS)
    window.wait_until_settled(WORTHS)


def _sizes(folder: Path, chosen: list[int]) -> None:
    import numpy as np
    from PySide6.QtCore import QPointF, QRectF
    from PySide6.QtGui import QImage, QPainter

    from gigaplan.gui.app import app
    from gigaplan.gui.charting.chart import paint_picture
    from gigaplan.gui.present.picture import Line, Picture, reach
    from gigaplan.gui.views.charts.plot import Plot

    application = app.make_application()
    plot = Plot()
    plot.resize(400, 200)
    plot.show()
    for number in chosen:
        a, b = (SIZES[k] for k in divmod(number, len(SIZES)))
        for values in ((a, b, a), (-a, b, 0.0), (-a, -b, -a)):
            line = np.array(values)
            lines = tuple(
                Line(style, style, "#336699", style, line) for style in ("bar", "area", "fill", "step", "dash", "sum")
            )
            for shown in ((lines[0],), (lines[1],), lines[2:5], (lines[0], lines[5]), (lines[5],)):
                picture = Picture("USD", "USD", ("a", "b", "c"), shown, True, spans=((0, 0), (1, 1), (2, 2)))
                plot.show_picture(picture, set())
                plot.grab()
                for column in range(3):
                    plot.hover(column)
                    plot.line_at(QPointF(plot.pixel_of(column)))
                plot.zoom.to(0.5, 1.5)
                plot.grab()
                plot.zoom.reset()
                image = QImage(300, 100, QImage.Format.Format_ARGB32)
                painter = QPainter(image)
                low, high = reach(picture, set())
                ends = low, high if high > low else low + 1
                paint_picture(painter, QRectF(40, 5, 250, 80), picture, ends, marked=1)
                painter.end()
        application.processEvents()
        print("survived", flush=True)


def main(script: str, folder: str, chosen: str) -> None:
    """Does one of the scripts that need a window."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    {"plans": _plans, "sizes": _sizes}[script](Path(folder), [int(k) for k in chosen.split(",")])


if __name__ == "__main__":
    main(*sys.argv[1:])
