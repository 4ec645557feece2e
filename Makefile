# Registratura: everything a developer or a clinic's engineer runs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(shell sha256sum requirements.lock pyproject.toml | sha256sum | cut -c1-16)

# First what keeps both cores busy. Then calls, voices and the browser, which mostly wait: two folders side by side.
BUSY := $(addprefix tests/integration/,nlu web scripting learning crm notify storage) tests/unit tests/rules tests/contract

.PHONY: help venv system demo demo-once test unit lint format rasa accept bench clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@echo "== Python environment ($(VENV))"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.installed-*; touch $@

venv: $(STAMP) ## Build the Python environment into .venv

system: venv ## Install or build what is heavy: Asterisk, voices, models, PostgreSQL, Chromium
	@scripts/install_system.sh

demo: system ## Take real calls: a visit booked, a registrar reached, a reminder made; then stay up
	@$(BIN)/registratura demo

demo-once: system ## The same, ends by itself; the last line is JSON (ARGS="--seed 7")
	@$(BIN)/registratura demo --once $(ARGS)

test: export WITH_RASA = 1
test: system lint ## Lint and every test, the real parts included (Rasa too: 2.7 GB)
	@$(BIN)/pytest -n 2 -q $(BUSY)
	@$(BIN)/pytest -n 2 --dist loadgroup --no-loadscope-reorder -q $(addprefix --ignore=,$(BUSY)) tests

unit: venv ## Unit tests only: seconds, no network, no model, no database
	@$(BIN)/pytest -n 2 -q tests/unit

lint: venv ## Format, lint, types and the import contracts
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache

format: venv ## Format and mend what ruff can mend
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .

rasa: venv ## Build the optional Rasa service, train it on all phrases and measure it (4 minutes of processor)
	@scripts/build_rasa.sh
	@$(BIN)/python scripts/measure_rasa.py --output docs/rasa-result.json

accept: system ## Full and long runs: ten demos, stories over SIP, benches (hours)
	@scripts/accept.sh

bench: system ## Measure turns, lines, understanding and recognition
	@for what in nlu asr turn lines clinic; do $(BIN)/registratura bench $$what; done

clean: ## Remove the environment and the local data of this checkout
	@rm -rf $(VENV) var build *.egg-info
