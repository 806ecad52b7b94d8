# Each target makes .venv when it is missing.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.installed
DEMO := PRETUNE_RESULTS=.demo/results PRETUNE_CACHE=.demo/cache

.PHONY: demo test test-all fuzz lint docs bench torture coverage results clean

demo: $(READY)
	$(DEMO) $(BIN)/pretune sweep quick
	@$(DEMO) $(BIN)/pretune show quick
	@$(DEMO) $(BIN)/pretune site quick --out .demo/site

test: $(READY)
	@$(BIN)/python -m tests.report.chromium || true
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not heavy"

test-all: $(READY)
	@$(BIN)/python -m tests.report.chromium || true
	$(BIN)/python -m pytest -n 2 --dist loadfile

fuzz: $(READY)
	$(BIN)/python -m pytest -n 2 -m "not heavy and not browser" --hypothesis-profile fuzz

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .[docs]
	$(BIN)/mkdocs build --strict

bench: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .[bench]
	$(BIN)/python -m pytest benchmarks --benchmark-columns=min,median,rounds --benchmark-sort=name

torture: $(READY)
	PRETUNE_KILLS=10 $(BIN)/python -m pytest tests/sweep/test_interrupts.py -k killed

coverage: $(READY)
	$(BIN)/python -m tests.coverage

results: $(READY)
	$(BIN)/pretune sweep quick
	$(BIN)/pretune results check

clean:
	rm -rf .demo .cache site/public build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .[test]
	touch $@
