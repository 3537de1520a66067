# Needs Python 3.11 or newer with its venv, git and make. Another Python: make PYTHON=python3.12 up
PYTHON ?= python3
BOOTSTRAP = @$(PYTHON) scripts/bootstrap.py

.PHONY: help setup up test check lint types format frontend lock bench clean

help:
	@echo "make up        set up what is missing and start Watchfloor; Ctrl-C stops it"
	@echo "make setup     environment with development tools, front end, kernels"
	@echo "make test      the tests; browser and PostgreSQL tests where there is a browser and a server"
	@echo "make check     all that CI runs"
	@echo "make bench     the measured bars"
	@echo "make lint types format frontend lock clean"

setup up test check lint types format frontend lock bench:
	$(BOOTSTRAP) $@ $(ARGS)

clean:
	rm -rf .venv frontend/node_modules src/watchfloor/web/static/build .mypy_cache .ruff_cache .pytest_cache
