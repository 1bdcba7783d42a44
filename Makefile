# make run    set up if needed, and open the example plan       make test   every test, and lint
# make setup  only set up                                       make lint   ruff and mypy
# make screenshots  pictures of every view, in build/screenshots
# make validation  predicted against measured, published against ours: resources/docs/validation.md
# make bench  measure speed and growth; other programs for the same task go into .venv-bench, not into .venv
# make cluster  a sweep on a Dask cluster with TLS on this machine, a worker killed, beside the local run
# make faults every fault as often as it takes to be sure (an hour or more): tests/faults/RESULTS.md
# make random random plans beside the second implementation, worths and prices solved again: thousands (hours)
# make compat smoke tests with the oldest and with the newest packages that pyproject.toml allows
# make audit  what is installed in versions with known problems, as far as can be told without a network
# Choose a Python with: make setup PYTHON=/path/to/python (3.11 or newer)

PLAN ?= projects/frontier-1gw.gigaplan
# One test process more than there are processors: tests of the window wait for other processes a good part of the time
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) + 1)))
export PYTHON
# Where Python is told to keep no compiled files, every process that a test starts would compile all of Gigaplan again
unexport PYTHONDONTWRITEBYTECODE

run: setup
	@.venv/bin/gigaplan "$(PLAN)"

setup: .venv/packages .venv/libraries
	@:

# Lint runs beside the tests, which are compiled once before, not by every test process for itself
test: setup
	@resources/setup/setup.sh xvfb
	@resources/setup/setup.sh tracer
	@failed=; $(MAKE) --no-print-directory lint & lint=$$!; \
	QT_QPA_PLATFORM=offscreen .venv/bin/python -m pytest --collect-only -qq >/dev/null 2>&1; \
	QT_QPA_PLATFORM=offscreen .venv/bin/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS) || failed=tests; \
	wait $$lint || failed="$$failed lint"; \
	if [ "$$failed" ]; then echo "Failed: $$failed"; exit 1; fi

validation: setup
	@.venv/bin/python -m tests.validation

random: setup
	@GIGAPLAN_RANDOM_PLANS=2000 GIGAPLAN_WORTH_PLANS=1000 GIGAPLAN_EDITS=1000 .venv/bin/python -m pytest -n auto \
	    tests/engine/solve/test_against_reference.py tests/engine/analysis/test_worths.py \
	    tests/engine/analysis/test_price_falls.py tests/engine/analysis/test_remedies_twice.py \
	    tests/engine/optimization/test_warm_start.py $(ARGS)

faults: setup
	@resources/setup/setup.sh tracer
	@.venv/bin/python -m tests.faults $(ARGS)

lint: setup
	@mkdir -p build/types/gigaplan && cd build/types/gigaplan && ln -sfn ../../../engine ../../../gui ../../../projects ../../../resources .
	@.venv/bin/ruff check . && .venv/bin/mypy

# Oldest and newest of what Gigaplan needs, each in an environment of its own (1 GB: a quarter of an hour)
compat: setup
	@.venv/bin/python -m tests.compat $(ARGS)

# What is installed in versions with known problems, as far as can be told without a network
audit: setup
	@.venv/bin/python -m tests.audit

bench: setup .venv-bench/packages
	@.venv/bin/python -m tests.benchmarks.run $(ARGS)

# The same cases on a real scheduler with two workers, over TLS, one of them killed: identical to the local run.
cluster: setup
	@mkdir -p build/cluster && .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	    --upgrade --target build/cluster -c tests/cluster_constraints.txt distributed pyarrow
	@PYTHONPATH=build/cluster .venv/bin/python -m tests.cluster

.venv-bench/packages: tests/benchmarks/constraints.txt
	@echo "Setting up .venv-bench (1.2 GB: a few minutes) ..."
	@.venv/bin/python -m venv --clear .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
	    -c tests/benchmarks/constraints.txt highspy linopy msgspec numpy pypsa
	@touch .venv-bench/packages

# .venv/packages holds the folder it was made for: a copied or moved tree, or a Python that has gone, sets up anew.
ifneq ($(shell [ -x .venv/bin/python ] && cat .venv/packages 2>/dev/null),$(CURDIR))
.PHONY: .venv/packages
endif
.venv/packages: pyproject.toml constraints.txt
	@resources/setup/setup.sh packages

# Only written once nothing is missing, so a lack is named again at the next start.
.venv/libraries: .venv/packages
	@resources/setup/setup.sh libraries

# Pictures of every view, to be looked at, in build/screenshots; with README=1 those of the README instead, with SCREENS=1
# the window on screens of many sizes (ONLY=1000x640 those alone).
screenshots: setup
	@PYTHONPATH=. .venv/bin/python tests/gui/screenshots.py $(if $(README),--readme) $(if $(SCREENS),--screens --only "$(ONLY)")

.PHONY: run setup test lint screenshots bench faults random compat audit validation cluster
