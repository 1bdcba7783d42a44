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
  "overhead_fraction" REAL NOT NULL
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
  "lifetime_months" REAL NOT NULL,
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
  "power_mw" TEXT,
  "pue" REAL NOT NULL,
  "electricity_usd_per_mwh" TEXT NOT NULL,
  "carbon_g_per_kwh" TEXT NOT NULL,
  "water_l_per_kwh" REAL NOT NULL,
  "hosting_usd_per_kw_month" TEXT NOT NULL,
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
  "price_usd" TEXT NOT NULL,
  "term_months" REAL,
  "lead_months" REAL NOT NULL,
  "available_from" TEXT,
  "available_until" TEXT,
  "supply_chips" TEXT,
  "availability" REAL NOT NULL,
  "maintenance_per_year" REAL NOT NULL,
  "energy_included" INTEGER,
  "hosting_included" INTEGER,
  "sensitivity" TEXT NOT NULL,
  "interruptible" INTEGER NOT NULL,
  "sites" TEXT NOT NULL,
  "agreement" TEXT,
  "installed" TEXT NOT NULL,
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "workloads" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "demand" TEXT NOT NULL,
  "peak_factor" REAL NOT NULL,
  "flexible" INTEGER NOT NULL,
  "precision" TEXT NOT NULL,
  "utilisation" REAL NOT NULL,
  "inference" TEXT,
  "throughput" TEXT NOT NULL,
  "unmet_usd" REAL NOT NULL,
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
  "status" TEXT NOT NULL
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
  "limit" TEXT NOT NULL
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
