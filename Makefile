# Everything the project needs is set up by the targets themselves: uv, both environments, the trained model.
# What is already done is not done again. `make` alone lists the targets.

UV_VERSION := 0.13.9
PYTHON := .venv/bin/python
TRADEIN := .venv/bin/tradein
ENGINE_PYTHON := engine/.venv/bin/python
ARGS ?=

# Where the caller's shell points uv elsewhere, the project's own folders win.
export UV_PROJECT_ENVIRONMENT := .venv
# The machine's own certificates, as git and pip use them: a company's network may have one of its own.
export UV_SYSTEM_CERTS := true
export RASA_TELEMETRY_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help demo run test train check bench tour format clean setup

help: ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup train ## Set up and run everything on this machine with the sandbox Telegram; Ctrl-C stops it
	@$(TRADEIN) up --sandbox $(ARGS)

run: setup train ## Run everything against the real Telegram (needs TELEGRAM_BOT_TOKEN)
	@$(TRADEIN) up $(ARGS)

tour: setup train ## Watch a whole trade-in, played through the real stack in this terminal
	@$(TRADEIN) tour $(ARGS)

test: setup train ## Set up and run the whole test suite (ARGS="-k name" picks tests)
	@$(PYTHON) -m pytest $(ARGS)

train: setup ## Train the dialogue model if its data changed
	@$(ENGINE_PYTHON) engine/train.py >/dev/null

check: setup ## Format, lint, types, import contracts, dialogue data, migrations, catalogue
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff check engine/*.py engine/sealed
	$(PYTHON) -m mypy
	$(PYTHON) -m mypy bench conftest.py .ci tests/stackrunner.py tests/stack
	.venv/bin/lint-imports
	$(ENGINE_PYTHON) engine/validate.py
	$(PYTHON) .ci/migrations.py
	$(TRADEIN) catalogue check catalogue

bench: setup train ## Measure turns, start-up, memory and training beside stock Rasa
	@$(PYTHON) -m bench $(ARGS)

format: setup ## Format the code and mend what the linter can mend
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

clean: ## Remove environments, trained models, databases and caches
	rm -rf .venv .uv engine/.venv models var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

setup: .venv/.complete engine/.venv/.complete

.venv/.complete: pyproject.toml uv.lock .uv/bin/uv
	@echo "Setting up the project's environment (Python 3.12) ..."
	@.uv/bin/uv sync --frozen --python 3.12
	@touch $@

engine/.venv/.complete: engine/pyproject.toml engine/uv.lock .uv/bin/uv
	@echo "Setting up Rasa's sealed environment (Python 3.10; about 2.5 GB on disk) ..."
	@.uv/bin/uv sync --frozen --python 3.10 --project engine
	@touch $@

# uv from PATH where it is recent enough; else of a fixed version in a private folder, through any Python from 3.10 on.
.uv/bin/uv:
	@mkdir -p .uv/bin
	@if found=$$(command -v uv) && version=$$("$$found" --no-config --version 2>/dev/null | cut -d' ' -f2) \
	    && [ "$$(printf '%s\n' 0.9.0 "$$version" | sort -V | head -n1)" = 0.9.0 ]; then \
	  ln -sf "$$found" $@; \
	else \
	  echo "Fetching uv $(UV_VERSION) into .uv/ ..."; \
	  for python in python3 python3.12 python3.13 python3.11 python3.10 python /usr/bin/python3; do \
	    if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	      $$python -m venv .uv/venv && .uv/venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) \
	        && ln -sf ../venv/bin/uv $@ && exit 0; \
	      echo "uv could not be installed with $$python: see the lines above; a network and Python's package index are needed once." >&2; \
	      exit 1; \
	    fi; \
	  done; \
	  echo "No Python 3.10 or newer with the venv module was found: install one (Debian, Ubuntu: apt install python3-venv), then run make again." >&2; \
	  exit 1; \
	fi
