# Two commands: `make run` starts a demo shop with its dashboard, `make test` checks everything.
# Both do their own set-up. `make bench` measures.

PYTHON ?= python3
DATA ?= demo-data
PORT ?= 4646
BIN := .venv/bin

.PHONY: run test bench lint script clean

run: .venv/run.stamp
	$(BIN)/r46 demo --data $(DATA) --port $(PORT)

test: .venv/dev.stamp
	$(BIN)/python -m tools.check

bench: .venv/dev.stamp
	$(BIN)/python -m bench

lint: .venv/dev.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

# The served scripts are built from the readable ones; a test fails where they differ.
script: .venv/dev.stamp
	$(BIN)/python -m tools.build_script
	$(BIN)/python -m tools.build_views

.venv/run.stamp: requirements/run.txt requirements/build.txt pyproject.toml tools/setup.sh tools/build_charts.py
	sh tools/setup.sh $(PYTHON) requirements/run.txt
	touch $@

.venv/dev.stamp: requirements/dev.txt requirements/build.txt pyproject.toml tools/setup.sh tools/build_charts.py
	sh tools/setup.sh $(PYTHON) requirements/dev.txt
	touch $@ .venv/run.stamp

clean:
	rm -rf .venv build *.egg-info
