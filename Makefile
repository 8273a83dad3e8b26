# Every target sets up what it needs: a virtual environment in .venv, from pinned requirements.
PYTHON ?= python3
CORES ?= $(shell nproc 2>/dev/null || echo 2)
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES)
DEVICE ?= pt_co_irmn
EXPERIMENT ?= demo
CARDS = devices/$(DEVICE).yaml experiments/$(EXPERIMENT).yaml
CONFIG = --config device=$(DEVICE) experiment=$(EXPERIMENT)
RESULTS = results/$(DEVICE)/$(EXPERIMENT)

.PHONY: help install run figures test test-slow test-slurm test-faults bench clean

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
	@$(BIN)/afterpulse check $(CARDS) > /dev/null
	@$(BIN)/afterpulse unlock 2> /dev/null || true
	@$(SNAKEMAKE) --quiet rules host $(CONFIG) --report $(RESULTS)/report.html --report-after-run
	@echo "Figures: $(RESULTS)/figures/  Report: $(RESULTS)/report.html"

figures: install ## all figures anew from the datasets in results/, without simulation
	@$(SNAKEMAKE) figures --quiet rules host $(CONFIG)

test: install ## all checks that CI runs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint --config experiment=tiny
	$(BIN)/pytest -m "not slow and not slurm and not faults" --numprocesses auto --maxprocesses 4 --dist loadfile

test-slow: install ## longer checks
	$(BIN)/pytest -m slow

test-slurm: install ## a sweep through a Slurm of its own on this machine (slurm-wlm, munge, root)
	$(BIN)/python -m pip install --quiet --requirement requirements-slurm.txt
	$(BIN)/pytest -m slurm -rs -s

test-faults: install ## killed jobs, damaged files, full disks, wild cards
	$(BIN)/pytest -m faults

bench: install ## speeds as ratios
	for benchmark in field_evaluation zero_temperature thermal_sweep kinetics planning; do $(BIN)/python benchmarks/$$benchmark.py || exit 1; done

clean: ## remove results and the virtual environment
	rm -rf results .venv .snakemake
