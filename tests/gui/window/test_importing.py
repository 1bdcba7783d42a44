"""File > Import: a workbook goes into the open plan after a look at what changes, and what it lacks is kept."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from gigaplan.engine.exchange.plan_to_sheets import to_csv_folder
from gigaplan.engine.plan.annotations import annotated
from gigaplan.engine.plan.formulas import formula_of
from gigaplan.engine.plan.plan import Plan, find, with_fields
from gigaplan.engine.plan.schema import Installed, Offer, Platform, Settings, Site, Workload
from gigaplan.gui.window import importing

PLAN = Plan(
    settings=Settings(name="p", start="2027-01", periods=2, months_per_period=12, discount_rate=0.1),
    platforms=(Platform(id="a", name="A", vendor="V", stack="s", bf16_tflops=1000, memory_gb=80,
                        memory_bandwidth_gb_s=3000, power_w=1000),),
    sites=(Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=1.0, pue=1.2, electricity_usd_per_mwh=50.0),),
    offers=(Offer(id="buy", name="Buy", platform="a", provider="V", kind="purchase", price_usd=30_000.0, sites="*",
                  maintenance_per_year=0.05),),
    workloads=(Workload(id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, unmet_usd=20.0),),
)  # fmt: skip


def archive(path: Path, plan: Plan, without: str = "") -> Path:
    """The plan as CSV files in a zip, with a column of its offers left out."""
    import csv
    import io
    import zipfile

    data = to_csv_folder(plan)
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode("utf-8-sig")
            if without and Path(name).stem == "offers":
                rows = list(csv.reader(io.StringIO(text)))
                at = rows[0].index(without)
                text = "\n".join(
                    ",".join(f'"{c}"' if "," in c else c for k, c in enumerate(r) if k != at) for r in rows
                )
            new.writestr(name, text)
    return path


@pytest.fixture
def previews(monkeypatch: pytest.MonkeyPatch) -> list[importing.Preview]:
    """The previews that were shown; each is accepted."""
    seen: list[importing.Preview] = []

    def accepted(preview: importing.Preview) -> int:
        seen.append(preview)
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(importing.Preview, "exec", accepted)
    return seen


def test_a_column_that_is_missing_is_kept_as_it_was_and_named(
    window, qtbot: QtBot, tmp_path: Path, previews: list[importing.Preview]
) -> None:
    window.document.start(PLAN)
    edited = with_fields(PLAN, "offers", "buy", price_usd=25_000.0)
    window.imports.read(archive(tmp_path / "plan.zip", edited, "maintenance_per_year"))
    qtbot.waitUntil(lambda: window.document.plan is not PLAN)
    offer = find(window.document.plan, "offers", "buy")
    assert (offer.price_usd, offer.maintenance_per_year) == (25_000.0, 0.05)
    (preview,) = previews
    said = " ".join(label.text() for label in preview.findChildren(importing.Label))
    assert "1 input would change." in said
    assert "maintenance_per_year is not a column of this sheet: it is kept as it was" in said
    window.document.undo_stack.undo()
    assert window.document.plan == PLAN


def test_a_whole_plan_comes_back_as_it_was(tmp_path: Path) -> None:
    from gigaplan.engine.exchange.plan_from_sheets import read_sheets

    path = archive(tmp_path / "plan.zip", PLAN)
    assert read_sheets(path).onto(msgspec.structs.replace(PLAN, sites=())) == PLAN


def test_a_file_that_is_no_plan_is_refused_in_words(window, qtbot: QtBot, tmp_path: Path) -> None:
    window.document.start(PLAN)
    path = tmp_path / "plan.json"
    path.write_text("{")
    window.imports.read(path)
    qtbot.waitUntil(lambda: window.bars.get("import") is not None)
    assert window.bars.get("import").label.text().startswith("plan.json was not imported: ")
    assert window.document.plan is PLAN


@pytest.mark.parametrize(("over", "price"), [(False, 30_000.0), (True, 9_000.0)])
def test_an_import_asks_before_it_overwrites_what_is_locked(
    window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: bool, price: float
) -> None:
    from gigaplan.engine.plan.annotations import annotated

    place = ("offers", "buy", "price_usd")
    window.document.start(annotated(PLAN, [place], locked=True))
    given = with_fields(with_fields(PLAN, "offers", "buy", price_usd=9_000.0), "sites", "iowa", pue=1.3)
    asked: list[str] = []

    def accepted(preview: importing.Preview) -> int:
        asked.append(preview.over_locks.text())
        preview.over_locks.setChecked(over)
        return int(QDialog.DialogCode.Accepted)

    monkeypatch.setattr(importing.Preview, "exec", accepted)
    window.imports._path = tmp_path / "plan.zip"
    window.imports._done(importing.ReadPlan(window.document.plan, given, ()))
    assert asked == ["Overwrite what is locked: Price of Buy"]
    assert find(window.document.plan, "offers", "buy").price_usd == price
    assert find(window.document.plan, "sites", "iowa").pue == 1.3


def test_a_formula_within_a_row_follows_a_row_inserted_above_it_in_the_spreadsheet(
    window, qtbot: QtBot, tmp_path: Path, previews: list[importing.Preview]
) -> None:
    lots = (Installed(site="iowa", chips=10, months_left=12), Installed(site="iowa", chips=20, months_left=24))
    plan = with_fields(PLAN, "offers", "buy", installed=lots)
    place = ("offers", "buy", "installed.1.chips")
    plan = annotated(plan, [place], formula="=2*demand(train)")
    window.document.start(plan)
    edited = with_fields(plan, "offers", "buy", installed=(Installed(site="iowa", chips=1, months_left=6), *lots))
    window.imports.read(archive(tmp_path / "plan.zip", edited))
    qtbot.waitUntil(lambda: window.document.plan is not plan)
    offer = find(window.document.plan, "offers", "buy")
    assert [lot.chips for lot in offer.installed] == [1, 10, 20]
    assert [a.field for a in window.document.plan.annotations] == ["installed.2.chips"]
    window.document.undo_stack.undo()
    assert [a.field for a in window.document.plan.annotations] == ["installed.1.chips"]
    window.document.undo_stack.redo()
    assert formula_of(window.document.plan, ("offers", "buy", "installed.2.chips")) == "=2*demand(train)"
    assert len(previews) == 1
