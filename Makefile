# Set-up lives here and nowhere else: the Dockerfile and CI call these targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := .bootstrap/bin/uv
# Label Studio has pins of its own, and its plugin must need nothing of ours: it gets an environment of its own.
export STEADYHAND_LABEL_STUDIO := $(CURDIR)/.venv-label-studio/bin/label-studio
WITHOUT_SERVERS := tests/unit tests/property tests/migrations

.PHONY: install demo test lint check bench audit pictures system clean

.bootstrap/ok:
	$(PYTHON) -m venv .bootstrap && .bootstrap/bin/pip install -q uv && touch $@

# Compiled now: where the service can't write beside its packages, it would compile them at every start.
.venv/ok: .bootstrap/ok requirements/steadyhand.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(UV) pip install -q --compile-bytecode --python .venv --no-deps -r requirements/steadyhand.txt
	$(UV) pip install -q --python .venv --no-deps -e .
	touch $@

.venv/ok-dev: .venv/ok requirements/dev.txt
	$(UV) pip install -q --compile-bytecode --python .venv --no-deps -r requirements/dev.txt
	touch $@

.venv-label-studio/ok: .bootstrap/ok requirements/label-studio.txt
	$(PYTHON) -m venv .venv-label-studio
	$(UV) pip install -q --compile-bytecode --python .venv-label-studio --no-deps -r requirements/label-studio.txt
	touch $@

install: .venv/ok .venv-label-studio/ok

demo: install
	$(BIN)/steadyhand demo $(ARGS)

# What the browser and database tests need from the system; where it cannot be installed the tests say so aloud.
system:
	@.ci/system

test: install .venv/ok-dev system
	$(BIN)/pytest -n auto $(WITHOUT_SERVERS)
	$(BIN)/pytest tests/browser tests/integration

# What tells of the code without running it.
lint: .venv/ok-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/pytest -n auto -m "not slow" $(WITHOUT_SERVERS)

bench: install .venv/ok-dev
	$(BIN)/pytest tests/bench -m bench -s

# Known vulnerabilities of what is pinned. It asks an index about each package, so it is no part of `check`.
audit: .bootstrap/ok
	for part in steadyhand label-studio dev; do \
	    $(UV) tool run pip-audit@2.10.1 --disable-pip --no-deps $(ARGS) -r requirements/$$part.txt || exit 1; \
	done

# The README's pictures, of a running demo.
pictures: install .venv/ok-dev system
	$(BIN)/python docs/pictures.py

clean:
	rm -rf .venv .venv-label-studio .bootstrap build *.egg-info
