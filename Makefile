# Everything a newcomer or contributor does. Needs Python 3.11 or later with pip and venv; `make help` explains.

PYTHON ?= python3
UV ?= uv
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE := $(UV) pip compile --universal --generate-hashes --no-emit-index-url \
	--no-emit-find-links --python-version 3.11 --custom-compile-command "make lock" --quiet
# Where an image forbids it, four workers would compile every module and every test anew, each for itself.
export PYTHONDONTWRITEBYTECODE :=
SOAKS := tests/soak/siege.py tests/soak/troubles.py tests/soak/rotation.py tests/soak/hour.py

.DEFAULT_GOAL := help
.PHONY: help demo test soak fuzz bench check supply plain wheel sbom lock locales clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/run ## try the bot on a page here, no token, no account; PLAY=ru (kk, en) plays one intake in the terminal
	@$(BIN)/qorgan demo $(if $(PLAY),--play $(PLAY)) $(ARGS)

test: $(VENV)/dev ## run the tests; ARGS="-k name" is passed on
	@$(BIN)/python -m pytest --numprocesses 4 --dist worksteal $(ARGS)

soak: $(VENV)/dev ## the promised figures, 200 kills on each database, long troubles, a rotation under 30 kills, an hour's life on each: three hours; SEED=n
	@$(if $(ARGS),:,$(BIN)/python -m pytest --figures -m figures)
	@$(BIN)/python -m pytest -s $(or $(ARGS),$(SOAKS)) $(if $(SEED),--seed $(SEED))

fuzz: $(VENV)/fuzz ## 1,000,000 odd updates among honest people, 100,000 forgeries of what is sealed; N=count, SEED=n repeats one
	@$(BIN)/python -m tests.fuzz $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED))
	@$(BIN)/python -m pytest --hypothesis-profile=fuzz --hypothesis-show-statistics tests/vault/test_sealing.py

bench: $(VENV)/bench ## Qorgan beside other bots, ten minutes; ARGS=--help tells of shorter runs and other figures
	@$(BIN)/python -m tests.bench $(ARGS)

check: $(VENV)/dev ## ruff, mypy, the walls between the rooms, the translations
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/qorgan locales check

supply: $(VENV)/supply ## the files of deploy/ linted, the lock searched for known weaknesses
	@$(BIN)/hadolint --failure-threshold style deploy/Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec deploy/compose.yaml
	@$(BIN)/python -m tests.audit requirements.lock

plain: $(VENV)/dev ## a plain machine, timed: wheel, locked dependencies, init, check, run, the first alert
	@$(BIN)/python -m pytest -q -s --fetch tests/process/test_wheel.py

wheel: $(VENV)/run ## dist/qorgan-….whl, byte for byte the same wherever it is built
	@SOURCE_DATE_EPOCH=1580601600 $(BIN)/python -m build --wheel --no-isolation --outdir dist .

sbom: $(VENV)/supply ## what the bot is made of, as CycloneDX: build/qorgan.cdx.json
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application --output-reproducible \
		--output-format JSON --output-file build/qorgan.cdx.json requirements.lock

locales: $(VENV)/dev ## collect new texts into locales/ for translation
	@$(BIN)/qorgan locales update

lock: ## compile the locks anew (needs uv; UPGRADE=1 takes newer versions)
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --group dev --extra charts --output-file requirements-dev.lock
	$(COMPILE) --constraints requirements-dev.lock pyproject.toml --output-file requirements.lock
	$(COMPILE) --constraints requirements-dev.lock --group build --output-file requirements-build.lock
	$(COMPILE) --constraints requirements-dev.lock --group bench --output-file requirements-bench.lock
	$(COMPILE) --constraints requirements-dev.lock --group fuzz --output-file requirements-fuzz.lock
	$(COMPILE) --constraints requirements-dev.lock --group supply --output-file requirements-supply.lock

clean: ## remove the environment and all caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find bot tests migrations -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit("qorgan: error: Python 3.11 or later is needed\nqorgan: hint: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# Whatever is fetched is fetched by hash: our own package is built with the hatchling of the lock.
$(VENV)/run: $(VENV)/made requirements.lock requirements-build.lock pyproject.toml
	@echo "Installing what the bot needs into $(VENV), once ..." >&2
	@$(PIP) install --require-hashes -r requirements.lock -r requirements-build.lock
	@$(PIP) install --no-index --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements-dev.lock
	@echo "Installing what the tests need into $(VENV), once ..." >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/bench: $(VENV)/dev requirements-bench.lock
	@echo "Installing what Qorgan is measured against into $(VENV), once ..." >&2
	@$(PIP) install --require-hashes -r requirements-bench.lock
	@touch $@

$(VENV)/supply: $(VENV)/run requirements-supply.lock
	@echo "Installing what looks through deploy/ and the lock into $(VENV), once ..." >&2
	@$(PIP) install --require-hashes -r requirements-supply.lock
	@touch $@

# Without it the rest is fuzzed all the same: it can be had for few machines.
$(VENV)/fuzz: $(VENV)/dev requirements-fuzz.lock
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-fuzz.lock 2>/dev/null && touch $@ \
		|| echo "atheris can't be installed here: the parsers are fuzzed without its guidance" >&2
