# Everything runs in .venv; a target that has nothing to do is done in a moment.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: help demo test check unit wheel model evaluate clean

help: ## say what each target does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/:/' | column -t -s ':'

demo: .venv/.core ## install the light core and tag an article
	@$(BIN)/framing predict data/demo/article.txt

test: check unit wheel ## install everything, lint, type-check, test, try the wheel

check: .venv/.dev
	@echo "ruff and mypy"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@echo "packaged dataset"
	@$(BIN)/framing dataset check

unit: .venv/.dev
	@echo "tests"
	@$(BIN)/python -m pytest

wheel: .venv/.dev
	@echo "wheel: build, install into an empty environment, predict outside the tree"
	@PYTHON=$(BIN)/python sh scripts/try_wheel.sh

# A finished run is kept. With EXTRA=labelled.jsonl the standoff labels, joined with their documents, are in.
model: .venv/.dev ## train afresh, package it if it is better (EXTRA=FILE of labelled sentences)
	test -f runs/model/config.json || $(BIN)/python scripts/train.py --output runs/model --seed 5 --epochs 3 \
	  $(if $(EXTRA),--extra $(EXTRA)) --resume
	$(BIN)/python scripts/package_model.py runs/model

evaluate: .venv/.dev ## score the packaged model on the held-out test articles
	@$(BIN)/python scripts/evaluate.py --split test

.venv/.core: pyproject.toml
	@echo "setting up .venv with the light core"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) --constraint constraints.txt --editable .
	@touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/.core
	@echo "setting up .venv with everything (torch is large)"
	@$(PIP) torch==$$(sed -n 's/^torch==//p' constraints.txt)
	@$(PIP) --constraint constraints.txt --editable '.[all,dev]'
	@touch $@

clean: ## remove .venv and build products
	rm -rf .venv build dist
