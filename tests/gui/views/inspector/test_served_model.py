"""The model that a workload serves: chosen from the catalogue, or its cache worked out."""

from gigaplan.engine.catalogue.presets import kept_of, served_model
from gigaplan.gui.views.catalogue.adding import add_from_catalogue


def test_a_model_of_the_catalogue_sets_sizes_and_cache_and_leaves_what_users_ask_for(qtbot, document, panel) -> None:
    document.select("workloads", ("chat",))
    before = document.plan.workloads[0].inference
    box = panel.rows["inference"].editor.models.box
    box.setCurrentIndex(box.findData("deepseek_r1"))
    box.activated.emit(box.currentIndex())
    work = document.plan.workloads[0]
    assert work.inference == served_model("deepseek_r1", work.precision, **kept_of(before))
    # Latent attention: 61 layers of 512 and 64 values, a byte each where the work is fp8.
    assert work.inference.kv_bytes_per_token == 61 * (512 + 64) * (2 if work.precision == "bf16" else 1)
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.plan.workloads[0].inference == before


def test_the_cache_of_a_model_of_ones_own_is_worked_out_with_its_arithmetic(qtbot, document, panel) -> None:
    document.select("workloads", ("chat",))
    tool = panel.rows["inference"].editor.models.cache
    tool.opens.click()
    assert not tool.takes.isEnabled()
    for name, text in (("layers", "80"), ("kv_heads", "8"), ("head_size", "128")):
        tool.lines[name].setText(text)
    width = 2 if document.plan.workloads[0].precision == "bf16" else 1
    assert tool.arithmetic.text().startswith("80 layers × 2 × 8 heads × 128")
    tool.takes.click()
    assert document.plan.workloads[0].inference.kv_bytes_per_token == 80 * 2 * 8 * 128 * width
    tool.lines["latent_size"].setText("512")
    assert tool.arithmetic.text() == "Give the number of KV heads and the size of a head, or the size of the latent."
    assert not tool.takes.isEnabled()


def test_a_model_from_the_catalogue_goes_to_the_selected_workload_or_makes_one(document) -> None:
    count = len(document.plan.workloads)
    document.select("workloads", ("chat",))
    add_from_catalogue(document, "model", "deepseek_r1")
    assert document.plan.workloads[0].inference.model == "deepseek_r1"
    assert len(document.plan.workloads) == count
    document.select("plan")
    add_from_catalogue(document, "model", "deepseek_r1")
    assert len(document.plan.workloads) == count + 1
    assert document.plan.workloads[-1].inference.model == "deepseek_r1"
