CREATE TABLE "meta" (
  "key" TEXT NOT NULL PRIMARY KEY,
  "value" TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE "plan" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "notes" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "start" TEXT NOT NULL,
  "periods" INTEGER NOT NULL,
  "months_per_period" INTEGER NOT NULL,
  "discount_rate" REAL NOT NULL,
  "carbon_price_usd_per_t" REAL NOT NULL,
  "residual_fraction" REAL NOT NULL,
  "contract_worth_fraction" REAL NOT NULL,
  "overhead_fraction" REAL NOT NULL,
  "blocks" TEXT NOT NULL
) STRICT;

CREATE TABLE "platforms" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "vendor" TEXT NOT NULL,
  "stack" TEXT NOT NULL,
  "bf16_tflops" REAL NOT NULL,
  "fp8_tflops" REAL,
  "fp4_tflops" REAL,
  "memory_gb" REAL NOT NULL,
  "memory_bandwidth_gb_s" REAL NOT NULL,
  "power_w" REAL NOT NULL,
  "idle_fraction" REAL NOT NULL,
  "power_caps" TEXT NOT NULL,
  "lifetime_months" REAL NOT NULL,
  "resale" TEXT,
  "mtbf_hours" REAL,
  "embodied_kgco2e" REAL NOT NULL,
  "token_latency_ms" REAL,
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "sites" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "jurisdiction" TEXT NOT NULL,
  "power_mw" ANY,
  "pue" REAL NOT NULL,
  "electricity_usd_per_mwh" ANY NOT NULL,
  "electricity_profile" TEXT,
  "carbon_g_per_kwh" ANY NOT NULL,
  "water_l_per_kwh" REAL NOT NULL,
  "hosting_usd_per_kw_month" ANY NOT NULL,
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "power_contracts" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "site" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "mw" REAL NOT NULL,
  "start" TEXT NOT NULL,
  "months" REAL,
  "usd_per_mw_month" ANY NOT NULL,
  "capex_usd_per_mw" REAL NOT NULL,
  "capex_lifetime_months" REAL NOT NULL,
  "status" TEXT NOT NULL,
  "group" TEXT,
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "offers" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "platform" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "price_usd" ANY NOT NULL,
  "term_months" REAL,
  "upfront_fraction" REAL NOT NULL,
  "lead_months" REAL NOT NULL,
  "available_from" TEXT,
  "available_until" TEXT,
  "supply_chips_per_month" ANY,
  "min_order_chips" REAL,
  "availability" REAL NOT NULL,
  "maintenance_per_year" REAL NOT NULL,
  "energy_included" INTEGER,
  "hosting_included" INTEGER,
  "can_switch_off" INTEGER NOT NULL,
  "sensitivity" TEXT NOT NULL,
  "interruptible" INTEGER NOT NULL,
  "sites" TEXT NOT NULL,
  "agreement" TEXT,
  "installed" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "services" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "workloads" TEXT NOT NULL,
  "price_usd" ANY NOT NULL,
  "limit" ANY,
  "available_from" TEXT,
  "available_until" TEXT,
  "jurisdiction" TEXT,
  "sensitivity" TEXT NOT NULL,
  "agreement" TEXT,
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "workloads" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "demand" ANY NOT NULL,
  "peak_factor" REAL NOT NULL,
  "profile" TEXT,
  "day_flexible" INTEGER NOT NULL,
  "max_delay_months" REAL,
  "flexible" INTEGER NOT NULL,
  "precision" TEXT NOT NULL,
  "utilisation" REAL NOT NULL,
  "inference" TEXT,
  "throughput" TEXT NOT NULL,
  "checkpoint_minutes" REAL NOT NULL,
  "restart_minutes" REAL NOT NULL,
  "software_gain_per_year" REAL NOT NULL,
  "unmet_usd" REAL NOT NULL,
  "placement" TEXT NOT NULL,
  "sensitivity" TEXT NOT NULL,
  "jurisdictions" TEXT NOT NULL,
  "max_token_latency_ms" REAL,
  "accepts_interruptible" INTEGER NOT NULL,
  "forbidden_offers" TEXT NOT NULL
) STRICT;

CREATE TABLE "agreements" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "start" TEXT NOT NULL,
  "months" REAL NOT NULL,
  "commit_usd_per_year" REAL NOT NULL,
  "discount" REAL NOT NULL,
  "status" TEXT NOT NULL,
  "group" TEXT
) STRICT;

CREATE TABLE "ports" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "workload" TEXT NOT NULL,
  "stack" TEXT NOT NULL,
  "cost_usd" REAL NOT NULL,
  "months" REAL NOT NULL
) STRICT;

CREATE TABLE "policies" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "enabled" INTEGER NOT NULL,
  "kind" TEXT NOT NULL,
  "dimension" TEXT,
  "scope" TEXT,
  "metric" TEXT,
  "limit" ANY NOT NULL
) STRICT;

CREATE TABLE "scenarios" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "notes" TEXT NOT NULL,
  "overrides" TEXT NOT NULL
) STRICT;

CREATE TABLE "uncertainties" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "table" TEXT NOT NULL,
  "row" TEXT,
  "field" TEXT NOT NULL,
  "distribution" TEXT NOT NULL,
  "low" REAL,
  "mode" REAL,
  "high" REAL,
  "mean" REAL,
  "sd" REAL,
  "relative" INTEGER NOT NULL
) STRICT;

CREATE TABLE "layout" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "table" TEXT NOT NULL,
  "row" TEXT NOT NULL,
  "x" REAL NOT NULL,
  "y" REAL NOT NULL
) STRICT;

CREATE TABLE "history" (
  "revision" INTEGER NOT NULL PRIMARY KEY,
  "saved_at" TEXT NOT NULL,
  "saved_by" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "plan" BLOB NOT NULL
) STRICT;
