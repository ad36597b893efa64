# The two commands of a newcomer are `make serve` and `make test`; `make help` lists the rest.
# Every path here is relative, so that the checkout may lie in a folder with a space in its name.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(firstword $(foreach p,python3.11 python3 python,$(shell $(p) -c 'import sys; sys.version_info[:2] == (3, 11) and print("$(p)")' 2>/dev/null)))
PY := .venv/bin/python
READY := .venv/ready
JOBS ?= 2
PORT ?= 8000
SAMPLE ?= 0

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
# The tests start hundreds of programs; what one has compiled, the next need not.
unexport PYTHONDONTWRITEBYTECODE

SOURCES := $(shell find src tests docs/examples -name '*.py' -not -path '*/__pycache__/*')

# A checkout that was moved is set up anew: an editable install holds its old path.
ifneq ($(shell cat $(READY) 2>/dev/null),$(shell pwd))
.PHONY: $(READY)
endif

.PHONY: help serve test soak check bench compare mutants lock clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' Makefile

serve: export SPARKLE_ENV := development
serve: $(READY) ## Web and worker in one process on SQLite under ./var; PORT=8000
	@$(PY) -m sparkle_cli migrate up
	@exec $(PY) -m sparkle_cli serve --port "$(PORT)"

test: $(READY) ## The whole suite, with a real PostgreSQL and Valkey from wheels
	@rm -f .coverage .coverage.*
	@unset $${!SPARKLE_@}; $(PY) -m pytest -n "$(JOBS)" --dist worksteal -m "not soak" --cov --cov-report= || { rm -f .coverage .coverage.*; exit 1; }

soak: $(READY) ## The long tests: kill -9 in the middle of commands, again and again
	@unset $${!SPARKLE_@}; $(PY) -m pytest -m soak

check: $(READY) .coverage ## Lint, format, types, imports, dependencies, coverage of the last `make test`
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m mypy tests
	@$(PY) -m mypy -p scripts.mutants -p benchmarks
	@.venv/bin/lint-imports --no-cache
	@$(PY) -m deptry .
	@$(PY) -m coverage report --fail-under=95
	@$(PY) -m coverage report --fail-under=100 --include="$$(grep -v '^#' .ci/exact | paste -sd, -)"

.coverage: $(SOURCES) pyproject.toml # as `make test` left it, unless something changed since
	@$(MAKE) test

bench: $(READY) ## Ratios and medians, each in one run
	@$(PY) -m benchmarks

compare: $(READY) ## The same beside fastapi-users, installed in an environment of its own
	@[ -e .venv/compare/bin/python ] || "$(PYTHON)" -m venv .venv/compare
	@.venv/compare/bin/python -m pip install -qq --requirement benchmarks/compared/requirements.txt
	@$(PY) -m benchmarks signing-in

mutants: $(READY) ## Small faults put into the rules of points and levels; SAMPLE=100 tries so many
	@nice $(PY) -m scripts.mutants --sample "$(SAMPLE)" $(MUTANTS)

lock: $(READY) ## Write requirements-dev.lock anew from pyproject.toml
	@$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"], sep="\n")' > .venv/dev.in
	@$(PY) -m piptools compile --quiet --all-extras --strip-extras --no-emit-options --no-header --no-annotate \
		--output-file .venv/lock pyproject.toml .venv/dev.in
	@{ echo '# Written by `make lock`.'; grep -v -e '^sparkle-core @' -e '^#' .venv/lock; } > requirements-dev.lock

clean: ## Remove the environment and what tools left behind; ./var stays
	@rm -rf .venv .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis

# venv needs ensurepip, which some systems pack apart from Python: then the system's own pip fills the environment.
$(READY): requirements-dev.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 is not on the PATH; name it with make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv with $(PYTHON) (once; a minute or two)"
	@rm -rf .venv
	@"$(PYTHON)" -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; "$(PYTHON)" -m venv --without-pip .venv; }
	@pip=("$(PYTHON)" -m pip --python $(PY)); [ ! -e .venv/bin/pip ] || pip=($(PY) -m pip); \
		"$${pip[@]}" install -qq --no-compile --no-deps --requirement requirements-dev.lock; \
		"$${pip[@]}" install -qq --no-deps --no-build-isolation --editable .
	@pwd > $(READY)
