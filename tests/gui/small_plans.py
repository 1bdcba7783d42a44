"""A plan of one chip, one offer, one site and one workload, and hands that try what lists of it do."""

import msgspec
from PySide6.QtCore import Qt

from gigaplan.engine.plan.plan import Plan
from gigaplan.engine.plan.schema import Offer, Platform, Policy, Port, Settings, Site, Workload

ENTER = Qt.Key.Key_Return
SETTINGS = Settings(name="p", start="2026-01", periods=2, months_per_period=12, discount_rate=0.0)
CHIP = Platform(
    id="chip", name="Chip", vendor="NVIDIA", stack="cuda", bf16_tflops=1000, memory_gb=80, memory_bandwidth_gb_s=3000,
    power_w=1000,
)  # fmt: skip
SITE = Site(id="iowa", name="Iowa", jurisdiction="US", power_mw=10.0, pue=1.0, electricity_usd_per_mwh=50.0)
RENT = Offer(
    id="rent", name="Rent", platform="chip", provider="Cloud", kind="rental", price_usd=2.0, term_months=12, sites="*"
)
WORK_ROW = Workload(
    id="train", name="Train", kind="pretraining", unit="PFLOP/s", demand=10.0, utilisation=0.5, unmet_usd=20.0
)
PLAN = Plan(settings=SETTINGS, platforms=(CHIP,), sites=(SITE,), offers=(RENT,), workloads=(WORK_ROW,))


def full_plan() -> Plan:
    """A plan with a row in every table of the outline."""
    return msgspec.structs.replace(
        PLAN,
        workloads=(WORK_ROW, msgspec.structs.replace(WORK_ROW, id="chat", name="Chat")),
        ports=(Port(workload="train", stack="xla", cost_usd=1e6), Port(workload="chat", stack="xla", cost_usd=2e6)),
        policies=(Policy(id="cap", kind="budget", limit=1e9),),
    )
