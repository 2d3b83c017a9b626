# make check: all that must hold before a change lands. PYTHON may point at another interpreter with the `dev` extra installed.
PYTHON ?= .venv/bin/python

.PHONY: check lint types layers test fast

check: lint types layers test

lint:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

layers:
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

test:
	$(PYTHON) -m pytest

fast:
	$(PYTHON) -m pytest -m "not slow and not model"
