# Everything runs from Python 3.11 or later and make; the rest is installed into .venv.

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
FRAGILE := fixtures/pipeline-fragile

.PHONY: demo test lint types wheel pytest bench recall fuzz clean

demo: .venv/.run ## audit a small application written in a hurry
	$(BIN)/wsaudit check $(FRAGILE)/backend $(FRAGILE)/frontend || [ $$? -eq 1 ]

test: lint types wheel pytest ## everything that CI runs

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy

# A wheel made from the source distribution, in an environment that holds nothing
# else, must know as many rules as there are pages.
wheel: .venv/.dev
	rm -rf build/wheel build/empty && mkdir -p build
	$(BIN)/python -m build --outdir build/wheel . >build/wheel.log 2>&1 || { cat build/wheel.log; exit 1; }
	$(BIN)/python -m venv build/empty
	build/empty/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/*.whl
	cd build && empty/bin/wsaudit rules --format json | empty/bin/python -c "import json, sys; \
	rules, pages = len(json.load(sys.stdin)), int(sys.argv[1]); \
	print(f'the installed wheel knows {rules} rules'); \
	sys.exit(rules != pages)" $(words $(wildcard rules/*/*.md))

pytest: .venv/.dev
	$(BIN)/pytest -q -n auto --cov --cov-report=term

bench: .venv/.dev ## speed and memory beside the peers
	$(BIN)/python benchmarks/run.py

recall: .venv/.dev ## break sound projects in every way that the rules know
	$(BIN)/pytest -q -n auto --every-break tests/test_recall.py

fuzz: .venv/.dev ## some minutes of hostile input
	$(BIN)/pytest -q -n auto --hypothesis-profile=fuzz tests/test_fuzz.py

clean:
	rm -rf .venv build dist

.venv/.python:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or later is needed; name one with make PYTHON=…'; exit 1; }
	$(PYTHON) -m venv .venv
	touch $@

.venv/.run: .venv/.python pyproject.toml
	$(PIP) --editable .
	touch $@

.venv/.dev: .venv/.python pyproject.toml
	$(PIP) --editable '.[dev]'
	touch $@ .venv/.run
