# Set-up lives here and nowhere else: the Dockerfile and CI call these targets.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := .bootstrap/bin/uv
# Label Studio has pins of its own, and its plugin must need nothing of ours: it gets an environment of its own.
export STEADYHAND_LABEL_STUDIO := $(CURDIR)/.venv-label-studio/bin/label-studio

.PHONY: install demo test check bench pictures system clean

.bootstrap/ok:
	$(PYTHON) -m venv .bootstrap && .bootstrap/bin/pip install -q uv && touch $@

.venv/ok: .bootstrap/ok requirements/steadyhand.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(UV) pip install -q --python .venv --no-deps -r requirements/steadyhand.txt
	$(UV) pip install -q --python .venv --no-deps -e .
	touch $@

.venv/ok-dev: .venv/ok requirements/dev.txt
	$(UV) pip install -q --python .venv --no-deps -r requirements/dev.txt
	touch $@

.venv-label-studio/ok: .bootstrap/ok requirements/label-studio.txt
	$(PYTHON) -m venv .venv-label-studio
	$(UV) pip install -q --python .venv-label-studio --no-deps -r requirements/label-studio.txt
	touch $@

install: .venv/ok .venv-label-studio/ok

demo: install
	$(BIN)/steadyhand demo $(ARGS)

# What the browser and database tests need from the system; where it cannot be installed the tests say so aloud.
system:
	@.ci/system

test: install .venv/ok-dev system
	$(BIN)/pytest --ignore tests/bench $(ARGS)

check: .venv/ok-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest tests/unit tests/property tests/migrations

bench: install .venv/ok-dev
	$(BIN)/pytest tests/bench -m bench -s

# The README's pictures, of a running demo.
pictures: install .venv/ok-dev system
	$(BIN)/python docs/pictures.py

clean:
	rm -rf .venv .venv-label-studio .bootstrap build *.egg-info
