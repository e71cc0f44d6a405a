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

# Three to four hours on two cores; a finished step is kept, a broken one goes on. With EXTRA=labelled.jsonl the standoff labels, joined with
# their documents, are in; with UNLABELLED=texts.jsonl a network of twelve layers teaches the one of six on them.
LAST := $(if $(UNLABELLED),student,small)
TRAIN := $(BIN)/python scripts/train.py --resume --seed 5 $(if $(EXTRA),--extra '$(EXTRA)')
model: .venv/.dev ## train afresh, package it if it is better (EXTRA=FILE, UNLABELLED=FILE)
	$(BIN)/python scripts/fetch_mpnet.py runs/mpnet
	test -f runs/small/README.md || $(TRAIN) --config models/small.toml --output runs/small
ifdef UNLABELLED
	test -f runs/teacher/README.md || $(TRAIN) --config models/teacher.toml --output runs/teacher
	test -f runs/student/README.md || $(TRAIN) --config models/student.toml --output runs/student \
	  --base runs/small --teacher runs/teacher --unlabelled '$(UNLABELLED)'
endif
	test -f runs/$(LAST)-further/README.md || $(TRAIN) --config models/further.toml --output runs/$(LAST)-further --base runs/$(LAST)
	$(BIN)/python scripts/average_models.py runs/$(LAST)-further runs/$(LAST) --output runs/mean $(if $(EXTRA),--extra '$(EXTRA)')
	$(BIN)/python scripts/package_model.py runs/mean $(if $(EXTRA),--extra '$(EXTRA)')

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
