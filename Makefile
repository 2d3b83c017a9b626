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
	$(PYTHON) -m pytest -n 2 --dist loadfile

fast:
	$(PYTHON) -m pytest -m "not slow and not model"

.PHONY: pages
# Writes the pages that are made from the code; tests hold them to it.
pages:
	$(PYTHON) -c "from pathlib import Path; from listener.config_reference import page; Path('docs/config.md').write_text(page(), 'utf-8')"
	$(PYTHON) -c "from pathlib import Path; from metrics.reference import page; Path('docs/metrics.md').write_text(page(), 'utf-8')"
