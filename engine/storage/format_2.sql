CREATE TABLE "meta" (
  "key" TEXT NOT NULL PRIMARY KEY,
  "value" TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE "plan" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "name" TEXT NOT NULL,
  "notes" TEXT NOT NULL,
  "currency" TEXT NOT NULL,
  "start" TEXT NOT NULL, -- YYYY-MM
  "periods" INTEGER NOT NULL, -- periods
  "months_per_period" INTEGER NOT NULL, -- months
  "discount_rate" REAL NOT NULL, -- /year
  "carbon_price_usd_per_t" REAL NOT NULL, -- USD/tCO2e
  "residual_fraction" REAL NOT NULL, -- fraction
  "overhead_fraction" REAL NOT NULL -- fraction
) STRICT;

CREATE TABLE "platforms" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "vendor" TEXT NOT NULL,
  "stack" TEXT NOT NULL,
  "bf16_tflops" REAL NOT NULL, -- TFLOP/s
  "fp8_tflops" REAL, -- TFLOP/s
  "fp4_tflops" REAL, -- TFLOP/s
  "memory_gb" REAL NOT NULL, -- GB
  "memory_bandwidth_gb_s" REAL NOT NULL, -- GB/s
  "power_w" REAL NOT NULL, -- W
  "idle_fraction" REAL NOT NULL, -- fraction
  "lifetime_months" REAL NOT NULL, -- months
  "embodied_kgco2e" REAL NOT NULL, -- kgCO2e/chip
  "token_latency_ms" REAL, -- ms
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "sites" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "jurisdiction" TEXT NOT NULL,
  "power_mw" ANY, -- MW; a number, or JSON where it changes
  "pue" REAL NOT NULL, -- ratio
  "electricity_usd_per_mwh" ANY NOT NULL, -- USD/MWh; a number, or JSON where it changes
  "carbon_g_per_kwh" ANY NOT NULL, -- g/kWh; a number, or JSON where it changes
  "water_l_per_kwh" REAL NOT NULL, -- L/kWh
  "hosting_usd_per_kw_month" ANY NOT NULL, -- USD/kW-month; a number, or JSON where it changes
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
  "price_usd" ANY NOT NULL, -- USD/chip (purchase), USD/chip-h (rental); a number, or JSON where it changes
  "term_months" REAL, -- months
  "lead_months" REAL NOT NULL, -- months
  "available_from" TEXT, -- YYYY-MM
  "available_until" TEXT, -- YYYY-MM
  "supply_chips" ANY, -- chips/period; a number, or JSON where it changes
  "availability" REAL NOT NULL, -- fraction
  "maintenance_per_year" REAL NOT NULL, -- fraction/year
  "energy_included" INTEGER, -- 0 or 1
  "hosting_included" INTEGER, -- 0 or 1
  "sensitivity" TEXT NOT NULL,
  "interruptible" INTEGER NOT NULL, -- 0 or 1
  "sites" TEXT NOT NULL, -- JSON
  "agreement" TEXT,
  "installed" TEXT NOT NULL, -- JSON
  "source" TEXT NOT NULL,
  "as_of" TEXT NOT NULL
) STRICT;

CREATE TABLE "workloads" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "kind" TEXT NOT NULL,
  "unit" TEXT NOT NULL,
  "demand" ANY NOT NULL, -- in the unit beside it; a number, or JSON where it changes
  "peak_factor" REAL NOT NULL, -- ratio
  "flexible" INTEGER NOT NULL, -- 0 or 1
  "precision" TEXT NOT NULL,
  "utilisation" REAL NOT NULL, -- fraction
  "inference" TEXT, -- JSON
  "throughput" TEXT NOT NULL, -- JSON
  "unmet_usd" REAL NOT NULL, -- USD/(PFLOP/s)-h (PFLOP/s), USD/(token/s)-h (tokens/s)
  "sensitivity" TEXT NOT NULL,
  "jurisdictions" TEXT NOT NULL, -- JSON
  "max_token_latency_ms" REAL, -- ms
  "accepts_interruptible" INTEGER NOT NULL, -- 0 or 1
  "forbidden_offers" TEXT NOT NULL -- JSON
) STRICT;

CREATE TABLE "agreements" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "provider" TEXT NOT NULL,
  "start" TEXT NOT NULL, -- YYYY-MM
  "months" REAL NOT NULL, -- months
  "commit_usd_per_year" REAL NOT NULL, -- USD/year
  "discount" REAL NOT NULL, -- fraction
  "status" TEXT NOT NULL
) STRICT;

CREATE TABLE "ports" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "workload" TEXT NOT NULL,
  "stack" TEXT NOT NULL,
  "cost_usd" REAL NOT NULL, -- USD
  "months" REAL NOT NULL -- months
) STRICT;

CREATE TABLE "policies" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "enabled" INTEGER NOT NULL, -- 0 or 1
  "kind" TEXT NOT NULL,
  "dimension" TEXT,
  "scope" TEXT,
  "metric" TEXT,
  "limit" ANY NOT NULL -- fraction (share), USD/year (budget), tCO2e/year (carbon), fraction (coverage), fraction (resilience); a number, or JSON where it changes
) STRICT;

CREATE TABLE "scenarios" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "id" TEXT NOT NULL,
  "name" TEXT NOT NULL,
  "notes" TEXT NOT NULL,
  "overrides" TEXT NOT NULL -- JSON
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
  "relative" INTEGER NOT NULL -- 0 or 1
) STRICT;

CREATE TABLE "layout" (
  "position" INTEGER NOT NULL PRIMARY KEY,
  "table" TEXT NOT NULL,
  "row" TEXT NOT NULL,
  "x" REAL NOT NULL, -- px
  "y" REAL NOT NULL -- px
) STRICT;

CREATE TABLE "history" (
  "revision" INTEGER NOT NULL PRIMARY KEY,
  "saved_at" TEXT NOT NULL,
  "saved_by" TEXT NOT NULL,
  "digest" TEXT NOT NULL,
  "plan" BLOB NOT NULL
) STRICT;
