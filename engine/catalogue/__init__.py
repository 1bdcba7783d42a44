"""The reference catalogue: what was published of chips, prices, regions and models, and rows of a plan made of it."""

from gigaplan.engine.catalogue.entries import (
    Catalogue,
    CostEntry,
    ModelEntry,
    OfferEntry,
    PlatformEntry,
    ResaleEntry,
    SiteEntry,
    ThroughputEntry,
    load_catalogue,
)
from gigaplan.engine.catalogue.rows import basis_of, offer_row, output_tokens, platform_row, site_row, throughput_row

__all__ = [
    "Catalogue",
    "CostEntry",
    "ModelEntry",
    "OfferEntry",
    "PlatformEntry",
    "ResaleEntry",
    "SiteEntry",
    "ThroughputEntry",
    "basis_of",
    "load_catalogue",
    "offer_row",
    "output_tokens",
    "platform_row",
    "site_row",
    "throughput_row",
]
