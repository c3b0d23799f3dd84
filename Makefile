# Two commands do everything: `make demo` and `make test`. Each makes .venv when it is missing.
PYTHON ?= python3
BIN := .venv/bin
MARKED := slow or parity or browser or shared_data
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Bytecode is kept even where the environment forbids it: every test process imports torch.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test slow check lint types floors fix docs bench setup clean

demo: .venv/core
	$(BIN)/saccade demo

test: .venv/dev
	$(BIN)/pytest -n auto

slow: .venv/compare
	$(BIN)/pytest -n auto -m "$(MARKED)" --timeout 900

check: lint types floors test

lint: .venv/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: .venv/dev
	$(BIN)/mypy

floors: .venv/dev
	$(BIN)/lint-imports

fix: .venv/dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: .venv/dev
	$(BIN)/python docs/build.py

bench: .venv/dev  # the scripts that need to be told nothing, such as where data are
	for script in $$(grep -L 'add_argument("[a-z]' benchmarks/*.py); do $(BIN)/python $$script; done

setup: .venv/dev

clean:
	rm -rf .venv build dist

.venv/core: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile -e .
	touch $@

.venv/dev: .venv/core
	$(BIN)/python -m pip install --quiet --no-compile -e '.[test,browser,dev]'
	touch $@

.venv/compare: .venv/dev
	$(BIN)/python -m pip install --quiet --no-compile -e '.[compare]'
	touch $@
