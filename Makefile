# Every target sets up what it needs: a virtual environment in .venv, from pinned requirements.
PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || echo 2)
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
DEVICE ?= pt_co_irmn
EXPERIMENT ?= demo

.PHONY: help install run test test-slow bench clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: .venv/installed ## the virtual environment

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "afterpulse: Python 3.11 or later is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

run: install ## the main job: the demo's figures and report (DEVICE=, EXPERIMENT=)
	@$(BIN)/afterpulse check devices/$(DEVICE).yaml experiments/$(EXPERIMENT).yaml
	@$(SNAKEMAKE) --quiet rules --config device=$(DEVICE) experiment=$(EXPERIMENT)
	@$(BIN)/snakemake --cores 1 --quiet all --config device=$(DEVICE) experiment=$(EXPERIMENT) \
		--report results/$(DEVICE)/$(EXPERIMENT)/report.html
	@echo "Figures: results/$(DEVICE)/$(EXPERIMENT)/figures/  Report: results/$(DEVICE)/$(EXPERIMENT)/report.html"

test: install ## all checks that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint --config experiment=tiny
	$(BIN)/pytest -m "not slow"

test-slow: install ## longer checks
	$(BIN)/pytest -m slow

bench: install ## speeds as ratios
	for benchmark in benchmarks/*.py; do $(BIN)/python $$benchmark; done

clean: ## remove results and the virtual environment
	rm -rf results .venv .snakemake
