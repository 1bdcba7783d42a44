"""Take or pay on charts, and offers compared by what work costs: every figure here is worked out by hand."""

import csv
import io
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gigaplan.engine.exchange.summary import summary_pages
from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Agreement, Inference, Offer, Platform, Settings, Site, Throughput, Workload
from gigaplan.engine.results.chip_hour_prices import work_prices
from gigaplan.engine.results.commitments import by_period, year_uses
from gigaplan.engine.solve.solve import solve_plan
from gigaplan.gui.document.document import Document
from gigaplan.gui.jobs.solve_job import Planner
from gigaplan.gui.jobs.staleness import Lateness
from gigaplan.gui.present.commitment_charts import NO_AGREEMENT, NOTHING_OWED
from gigaplan.gui.present.offer_figures import offers_compared
from gigaplan.gui.views.charts.deck import ChartDeck

HALF_YEAR = 730.5 * 6
"""Hours of a period."""
SPENT = [20 * 0.8 * HALF_YEAR, 40 * 0.8 * HALF_YEAR, 60 * 0.8 * HALF_YEAR, 80 * 0.8 * HALF_YEAR]
"""20, 40, 60 and 80 chips, each at 1 USD an hour less a fifth."""


def a_platform(name: str) -> Platform:
    return Platform(
        id=name, name=name.upper(), vendor=name, stack="s", bf16_tflops=1000, memory_gb=100,
        memory_bandwidth_gb_s=1000, power_w=1000,
    )  # fmt: skip


def committed(*agreements: Agreement) -> Plan:
    """One workload of 10, 20, 30 and 40 PFLOP/s by half-years, on chips that do half a PFLOP/s each."""
    return Plan(
        settings=Settings(name="committed", start="2026-01", periods=4, months_per_period=6, overhead_fraction=0.2),
        platforms=(a_platform("one"),),
        sites=(Site(id="here", name="Here", jurisdiction="US", power_mw=None, electricity_usd_per_mwh=50),),
        offers=(
            Offer(id="rent", name="Rent", platform="one", provider="Cloud", kind="rental", price_usd=1.0, sites="*",
                  energy_included=False, agreement=agreements[0].id if agreements else None),
        ),
        workloads=(
            Workload(id="train", name="Training", kind="pretraining", unit="PFLOP/s", demand=(10.0, 20.0, 30.0, 40.0),
                     utilisation=0.5, unmet_usd=1000),
        ),
        agreements=agreements,
    )  # fmt: skip


def an_agreement(**fields: object) -> Agreement:
    row = Agreement(
        id="deal", name="Deal", provider="Cloud", start="2026-07", months=24, commit_usd_per_year=500_000,
        discount=0.2, status="signed",
    )  # fmt: skip
    return msgspec.structs.replace(row, **fields)


def shown(qtbot, plan: Plan, tab: str):
    """A deck that shows the optimum of a plan on a tab, and the document."""
    document = Document(plan)
    planner = Planner(document)
    deck = ChartDeck(document, planner, Lateness(planner))
    qtbot.addWidget(deck)
    deck.resize(1065, 320)
    deck.show()
    planner.result = solve_plan(plan)
    assert planner.result.status == "optimal"
    names = [deck.tabs.tabText(k) for k in range(deck.tabs.count())]
    deck.tabs.setCurrentIndex(names.index(tab))
    deck.refresh(planner.result)
    QApplication.processEvents()
    planner.stop()
    return deck, document


def values(card) -> dict[str, list[float]]:
    return {line.key: line.values.tolist() for line in card.picture.lines}


def test_a_contract_year_is_used_and_stranded_up_to_what_it_owes() -> None:
    a = solve_plan(committed(an_agreement())).allocation
    first, second = year_uses(a)
    # From 2026-07, 12 months: two half-years are spent against 500,000 USD, and the rest is paid for nothing.
    assert (first.first, first.months, first.span) == ("2026-07", 12, (1, 2))
    assert first.owed == pytest.approx(500_000)
    assert first.used == pytest.approx(SPENT[1] + SPENT[2])
    assert first.stranded == pytest.approx(500_000 - SPENT[1] - SPENT[2])
    assert first.beyond == 0
    # Of the second year, half lies in the plan: 250,000 USD, all used, and 30,512 USD more is spent.
    assert (second.first, second.months, second.span) == ("2027-07", 6, (3, 3))
    assert (second.owed, second.used, second.stranded) == pytest.approx((250_000, 250_000, 0))
    assert second.beyond == pytest.approx(SPENT[3] - 250_000)


def test_by_period_what_is_owed_is_even_and_what_is_stranded_falls_due_at_the_end() -> None:
    result = solve_plan(committed(an_agreement()))
    lines = by_period(result.allocation)
    assert lines["owed"].tolist() == pytest.approx([0, 250_000, 250_000, 250_000])
    assert lines["used"].tolist() == pytest.approx([0, SPENT[1], SPENT[2], 250_000])
    assert lines["beyond"].tolist() == pytest.approx([0, 0, 0, SPENT[3] - 250_000], abs=1e-6)
    assert lines["stranded"].tolist() == pytest.approx([0, 0, 500_000 - SPENT[1] - SPENT[2], 0], abs=1e-6)
    assert lines["stranded"] == pytest.approx(result.series("cost", "component")["commitment"])
    assert by_period(result.allocation, "deal")["used"] == pytest.approx(lines["used"])
    assert by_period(result.allocation, "other")["owed"].sum() == 0


def test_spend_beyond_a_commitment_counts_from_where_it_is_reached() -> None:
    early = committed(an_agreement(start="2026-01", commit_usd_per_year=100_000))
    lines = by_period(solve_plan(early).allocation)
    assert lines["used"].tolist() == pytest.approx([SPENT[0], 100_000 - SPENT[0], 100_000, 0], abs=1e-6)
    assert (lines["used"] + lines["beyond"]).tolist() == pytest.approx(SPENT)


def test_the_charts_of_commitments_draw_them_and_export_them(qtbot, tmp_path: Path) -> None:
    deck, document = shown(qtbot, committed(an_agreement()), "Commitments")
    per_year, over_time = deck.cards
    assert per_year.picture.columns == ("2026-07 +", "2027-07 + (6 mo)")
    assert values(per_year)["owed"] == pytest.approx([500_000, 250_000])
    assert values(per_year)["stranded"] == pytest.approx([500_000 - SPENT[1] - SPENT[2], 0], abs=1e-6)
    assert values(over_time)["used"] == pytest.approx([0, SPENT[1], SPENT[2], 250_000])
    per_year.save(tmp_path / "owed.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "owed.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0] == [
        "Contract year", "Used [USD]", "Stranded [USD]", "Beyond what is owed [USD]", "Owed [USD]",
    ]  # fmt: skip
    assert float(rows[1][1]) == pytest.approx(SPENT[1] + SPENT[2])
    asked = []
    deck.explain_requested.connect(lambda *which: asked.append(which))
    middle = per_year.plot.pixel_of(0, SPENT[1]).toPoint()
    qtbot.mouseClick(per_year.plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert (document.selection.table, document.selection.ids) == ("agreements", ("deal",))
    used = ("commitment", "used", "deal", (2, 2))
    assert asked == [used], "it is settled at the end of the contract year"
    document.select("plan")
    middle = over_time.plot.pixel_of(1, SPENT[1] / 2).toPoint()
    qtbot.mouseClick(over_time.plot.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert document.selection.ids == ("deal",)
    assert asked[1:] == [used]


def test_a_plan_without_agreements_says_so_in_words_and_without_numbers(qtbot) -> None:
    deck, _ = shown(qtbot, committed(), "Commitments")
    for card in deck.cards:
        assert card.plot.is_empty
        assert card.plot.veil.isVisible()
        assert card.plot.veil.words == NO_AGREEMENT


def test_an_agreement_that_is_not_signed_owes_nothing_and_is_named(qtbot) -> None:
    dear = an_agreement(status="optional", commit_usd_per_year=1e9, discount=0.0)
    plan = committed(dear)
    free = msgspec.structs.replace(plan.offers[0], id="free", name="Free", agreement=None)
    deck, _ = shown(qtbot, msgspec.structs.replace(plan, offers=(*plan.offers, free)), "Commitments")
    words = deck.cards[0].plot.veil.words
    assert words.startswith(NOTHING_OWED)
    assert "Deal" in words


def compared() -> Plan:
    """Three platforms of which one was measured, one claimed and one not said for a served model."""
    plan = committed()
    offers = tuple(
        Offer(id=name, name=name.upper(), platform=name, provider="Cloud", kind="rental", price_usd=price, sites="*",
              availability=up, sensitivity=tier)
        for name, price, up, tier in (
            ("one", 2.0, 0.5, "public"), ("two", 3.0, 1.0, "restricted"), ("none", 1.0, 1.0, "restricted"),
        )
    )  # fmt: skip
    serve = Workload(
        id="serve", name="Serving", kind="inference", unit="tokens/s", demand=1000.0, unmet_usd=1.0,
        sensitivity="internal",
        throughput=(
            Throughput(platform="one", value=1000, basis="measured", source="a bench"),
            Throughput(platform="two", value=500, basis="vendor"),
        ),
    )  # fmt: skip
    return msgspec.structs.replace(
        plan,
        platforms=(a_platform("one"), a_platform("two"), a_platform("none")),
        offers=offers,
        workloads=(*plan.workloads, serve),
    )


def test_a_million_tokens_and_an_effective_pflop_hour_cost_the_chip_hour_over_the_work_it_does() -> None:
    a = solve_plan(compared()).allocation
    one, two, none = work_prices(a, "serve", 0)
    assert one.usd == pytest.approx(2.0 / (1000 * 0.5 * 3600 / 1e6))
    assert two.usd == pytest.approx(3.0 / (500 * 3600 / 1e6))
    assert none.usd is None
    assert [price.kind for price in (one, two, none)] == ["measured", "vendor", "none"]
    assert one.found.source == "a bench"
    assert one.refusal is not None, "an offer trusted with public work alone may not do internal work"
    assert two.refusal is None
    one, two, none = work_prices(a, "train", 0)
    # Half of 1 PFLOP/s of peak, in half of the time.
    assert (one.usd, two.usd, none.usd) == pytest.approx((2.0 / (0.5 * 0.5), 3.0 / 0.5, 1.0 / 0.5))
    assert {price.kind for price in (one, two, none)} == {"modelled"}


def served_by_model(plan: Plan, **changes: object) -> Plan:
    """The plan whose second workload serves a model, of which nothing is stated for the third platform."""
    model = Inference(
        total_params_b=10, active_params_b=10, context_tokens=1000, prompt_tokens_per_output=1,
        kv_bytes_per_token=1e5,
    )  # fmt: skip
    train, serve = plan.workloads
    serve = msgspec.structs.replace(serve, inference=msgspec.structs.replace(model, **changes))
    platforms = tuple(msgspec.structs.replace(p, stack="cuda") for p in plan.platforms)
    return msgspec.structs.replace(plan, workloads=(train, serve), platforms=platforms)


def test_a_modelled_throughput_is_never_shown_as_measured_and_says_how_far_it_may_be_off(qtbot) -> None:
    result = solve_plan(served_by_model(compared()))
    assert [p.kind for p in work_prices(result.allocation, "serve", 0)] == ["measured", "vendor", "modelled"]
    cells = [row.cells[1] for row in offers_compared(result, 0, "serve").rows]
    # CUDA, dense, no limit: 1 / 1.61 to 1 / 0.53 is wider than the class of its latency.
    assert [cell.note for cell in cells] == ["measured", "vendor", "modelled 0.62–1.9×"]
    assert "fitted to 1,381 public measurements" in cells[2].tip
    page = next(page for page in summary_pages(result) if page.name == "Throughput")
    (row,) = [row for row in page.rows if row[:2] == ["Serving", "NONE"]]
    assert row[4:7] == ["modelled", pytest.approx(1 / 1.61), pytest.approx(1 / 0.53)]


def test_where_nothing_is_served_the_chart_and_the_workbook_say_which_limit_and_what_would_do(qtbot) -> None:
    result = solve_plan(served_by_model(compared(), max_token_latency_ms=0.1))
    cell = offers_compared(result, 0, "serve").rows[2].cells[1]
    assert cell.note == "no throughput"
    (row,) = [
        r for p in summary_pages(result) if p.name == "Throughput" for r in p.rows if r[:2] == ["Serving", "NONE"]
    ]
    assert "ms a token at the least, more than is allowed" in row[10]
    assert row[10] in cell.tip


def test_the_card_compares_for_the_workload_that_is_chosen_and_says_what_throughputs_are(qtbot, tmp_path: Path) -> None:
    deck, document = shown(qtbot, compared(), "Platforms")
    card = deck.cards[0]
    assert card.comparison.columns[1].heading == "PFLOP-h, effective"
    card.workload.setCurrentIndex(card.workload.findText("Serving"))
    assert card.comparison.columns[1].heading == "Million tokens"
    cells = [row.cells[1] for row in card.comparison.rows]
    assert [cell.note for cell in cells] == ["measured", "vendor", "no throughput"]
    assert "$2 a chip-hour \u00f7 (1\u2009000 tokens/s \u00d7 3600 s \u00d7 50\u2009% available)" in cells[0].tip
    assert "a bench" in cells[0].tip
    model = card.table.model()
    assert model.data(model.index(2, 2)) == "no throughput", "no zero, and no bar"
    assert card.table.figures.part(card.comparison.rows[2], 1) == 0
    card.table.sortByColumn(2, Qt.SortOrder.AscendingOrder)
    assert [model.data(model.index(k, 0)) for k in range(3)] == ["ONE", "TWO", "NONE"]
    card.save(tmp_path / "offers.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "offers.csv").read_text(encoding="utf-8-sig"))))
    assert rows[0][2:4] == ["Million tokens [USD/million tokens]", "Million tokens: throughput for Serving is"]
    assert rows[2][2:4] == [repr(3.0 / (500 * 3600 / 1e6)), "vendor"]
    assert rows[3][2:4] == ["", "no throughput"]
    assert rows[1][3].startswith("measured; ONE is trusted up to public")
    document.select("workloads", ["train"])
    assert card.workload.currentText() == "Training", "it follows the workload that is chosen elsewhere"


def test_a_row_that_is_clicked_is_chosen_and_its_key_figure_explained(qtbot) -> None:
    deck, document = shown(qtbot, compared(), "Unit cost")
    asked = []
    deck.kpi_requested.connect(asked.append)
    table = deck.cards[0].table
    place = table.visualRect(table.model().index(0, 1)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (document.selection.table, document.selection.ids) == ("workloads", ("serve",))
    assert asked == ["usd_per_million_tokens"]


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_comparison_leaves_as_a_figure(qtbot, tmp_path: Path, suffix: str) -> None:
    deck, _ = shown(qtbot, compared(), "Platforms")
    path = tmp_path / f"offers.{suffix}"
    deck.cards[0].save(path)
    if suffix == "svg":
        text = path.read_text(encoding="utf-8")
        assert all(word in text for word in ("Offers compared", "PFLOP-h, effective", "modelled", "TWO"))
    else:
        from PySide6.QtGui import QImage

        assert QImage(str(path)).width() >= 2 * deck.cards[0].width() - 60


def test_several_agreements_stand_side_by_side_in_groups_of_their_own(qtbot) -> None:
    plan = committed(an_agreement())
    other = an_agreement(id="more", name="More", start="2026-01", months=12, commit_usd_per_year=10_000)
    second = msgspec.structs.replace(
        plan.offers[0], id="second", name="Second", agreement="more", supply_chips_per_month=1 / 6
    )
    plan = msgspec.structs.replace(plan, agreements=(*plan.agreements, other), offers=(*plan.offers, second))
    deck, _ = shown(qtbot, plan, "Commitments")
    picture = deck.cards[0].picture
    assert picture.columns == ("Deal, 2026-07 +", "Deal, 2027-07 + (6 mo)", "More, 2026")
    assert picture.groups == (("Deal", 2), ("More", 1))
    assert picture.sources == (("deal", 2), ("deal", 3), ("more", 1))
    deck.cards[0].choose("agreement", "more")
    assert deck.cards[0].picture.columns == ("2026",)
    assert values(deck.cards[0])["owed"] == [10_000]
