"""Served models to choose from, and the KV cache of one's own: nobody has to know bytes per token."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from gigaplan.engine.catalogue.entries import KV_BYTES_PER_VALUE, Catalogue, ModelEntry, load_catalogue
from gigaplan.engine.catalogue.rows import entry_of, require
from gigaplan.engine.plan import schema
from gigaplan.engine.plan.serving import WEIGHT_BYTES
from gigaplan.engine.plan.text import written


def model_presets(catalogue: Catalogue | None = None) -> tuple[ModelEntry, ...]:
    """The models of a catalogue, ours without one, that can be served: their sizes and their cache are known, the
    smallest first."""
    known = (m for m in (catalogue or load_catalogue()).models.values() if m.total_params_b and m.active_params_b)
    return tuple(sorted((m for m in known if m.kv_values_per_token), key=lambda m: m.total_params_b or 0.0))


def served_model(
    entry_id: str,
    precision: str,
    *,
    context_tokens: float,
    prompt_tokens_per_output: float,
    catalogue: Catalogue | None = None,
    **over: Any,
) -> schema.Inference:
    """A model of a catalogue, ours without one, as what a workload of `precision` serves; `over` sets or replaces
    fields.

    Weights are as the model comes, where that is narrower than the precision. Raises PlanError for an unknown model,
    or one whose size or cache nobody published.
    """
    entry: ModelEntry = entry_of("models", entry_id, catalogue)
    require("models", entry, "total_params_b", "active_params_b", "kv_values_per_token")
    own = () if catalogue is None else catalogue.serving_curves.values()
    is_known = load_catalogue().holds("models", entry.id) or any(point.model == entry.id for point in own)
    native = (entry.native_weight_bits or 16) / 8
    row = schema.Inference(
        model=entry.id if is_known else None,
        total_params_b=entry.total_params_b or 0.0,
        active_params_b=entry.active_params_b or 0.0,
        weight_bytes=native if native < WEIGHT_BYTES[precision] else None,
        kv_bytes_per_token=entry.kv_bytes_per_token(precision) or 0.0,
        context_tokens=context_tokens,
        prompt_tokens_per_output=prompt_tokens_per_output,
    )
    return msgspec.structs.replace(row, **over)


ASKED = (
    "context_tokens", "prompt_tokens_per_output", "max_token_latency_ms", "time_to_first_token_ms",
    "prefix_cache_fraction", "speculative_gain", "compute_efficiency", "bandwidth_efficiency",
)  # fmt: skip
"""What users ask for, and how it is served: another model leaves that as it is."""


def kept_of(old: schema.Inference) -> dict[str, Any]:
    """What of a served model stays when another takes its place, as arguments of `served_model`."""
    return {name: getattr(old, name) for name in ASKED}


class KvCache(Struct, frozen=True):
    """The KV cache of a token, and the arithmetic that it comes from."""

    bytes_per_token: float
    arithmetic: str


def kv_cache(
    precision: str,
    layers: float,
    *,
    kv_heads: float | None = None,
    head_size: float | None = None,
    latent_size: float | None = None,
    rope_size: float = 0.0,
) -> KvCache:
    """The cache of one token of a model of one's own.

    Of grouped attention, layers x 2 x KV heads x head size values; of latent attention, layers x (latent size +
    rotary size). 2 bytes a value for bf16 work, 1 for fp8 and fp4. `layers` counts those whose cache grows with the
    context. Raises ValueError where neither form, or both, are given, or a number is not more than 0.
    """
    grouped, latent = (kv_heads, head_size), latent_size
    if (latent is None and None in grouped) or (latent is not None and grouped != (None, None)):
        raise ValueError("give the number of KV heads and the size of a head, or the size of the latent")
    if any(v is not None and not v > 0 for v in (layers, *grouped, latent)) or rope_size < 0:
        raise ValueError("layers, heads and sizes are more than 0")
    width = KV_BYTES_PER_VALUE[precision]
    if latent is not None:
        values, words = layers * (latent + rope_size), f"{_n(layers)} layers × ({_n(latent)} + {_n(rope_size)})"
    else:
        heads, size = kv_heads or 0.0, head_size or 0.0
        values, words = layers * 2 * heads * size, f"{_n(layers)} layers × 2 × {_n(heads)} heads × {_n(size)}"
    text = f"{words} = {_n(values)} values × {width:g} B = {_n(values * width)} B"
    return KvCache(values * width, text)


def _n(value: float) -> str:
    return written(f"{value:,.10g}")
