# `make demo`: a plan of the example network. `make test`: all tests. Both need Python 3.11 or newer and nothing else.
# `make test-fast`: the tests for the loop while working, all but those that draw networks or start processes.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-fast coverage lint constraints

# Drift is exit code 2, and the example drifts.
demo: $(VENV)/.installed
	$(BIN)/flowspec plan examples/shop -i examples/shop/network --today 2026-11-21 || [ $$? -eq 2 ]

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto $(PYTEST)

# Which lines ran, the least covered files last; it takes twice the time of the tests.
coverage: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto --cov --cov-report=
	$(BIN)/python -m coverage report --skip-covered --skip-empty --sort=-cover

test-fast: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n auto -m 'not drawn and not process'

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	touch $@ $(VENV)/.installed

# The versions that action.yml, the Dockerfile and the templates install.
constraints:
	$(PYTHON) -m venv build/constraints && build/constraints/bin/python -m pip install --quiet .
	{ sed -n 1p ci/constraints.txt; build/constraints/bin/python -m pip freeze --exclude flowspec; } > build/constraints.txt
	mv build/constraints.txt ci/constraints.txt

# The documentation as a site, in website/site.
.PHONY: site
site: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict --config-file website/mkdocs.yml

# The extension for VS Code, packaged by its own tool: editors/vscode/flowspec.vsix.
.PHONY: vscode
vscode:
	npm install --prefix editors/vscode --ignore-scripts --no-audit --no-fund --no-package-lock
	npm run --prefix editors/vscode package
