# The verbs of the publication. Each does its own set-up: Python packages in .venv, nothing outside this folder.
YEAR ?= 2025
DELIVERIES ?= sample
EDITION ?= public
PYTHON ?= python3
PORT ?= 8000
BUILD ?=
WHERE := $(if $(BUILD),--build $(BUILD))
BIN := .venv/bin
FOR_TESTS := chromium openssh-client openssl
# Installs a list: every library in its exact version, checked by its hash.
SET_UP := @$(PYTHON) analysis/missions/machine/set_up.py

.PHONY: help book test check bench verify sample serve lab cluster lock clean

help: ## show the verbs
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

book: .venv/.installed ## set-up + the whole publication into _build/ (YEAR=2025 DELIVERIES=sample EDITION=public BUILD=folder)
	@$(BIN)/missions build --year $(YEAR) --deliveries $(DELIVERIES) --edition $(EDITION) $(WHERE)

test: .venv/.tested ## set-up + all tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

check: .venv/.installed ## read all deliveries of a year and tell everything that is wrong with them
	@$(BIN)/missions check --year $(YEAR) --deliveries $(DELIVERIES)

bench: .venv/.tested ## speed of builds and of reading large deliveries, beside plain ways; how often intervals and sentences are right; the long tests
	@$(BIN)/python tests/benchmarks/engine.py --write
	@$(BIN)/python tests/benchmarks/first_hour.py --write
	@$(BIN)/python tests/benchmarks/deliveries.py
	@$(BIN)/python tests/benchmarks/false_alarms.py --write
	@$(BIN)/python tests/benchmarks/coverage_kinds.py --write
	@$(BIN)/python -m pytest -m long
	@KILLS=50 $(BIN)/python -m pytest tests/edition/test_kill.py

verify: .venv/.installed ## build the same edition in another folder, compare every byte, write checksums
	@$(BIN)/missions verify --year $(YEAR) --deliveries $(DELIVERIES) --edition $(EDITION) $(WHERE)

sample: .venv/.installed ## write the synthetic sample deliveries anew
	@$(BIN)/missions sample --year $(YEAR)

serve: .venv/.installed ## a preview at http://localhost:8000 that follows every saved file
	@$(BIN)/missions watch --year $(YEAR) --deliveries $(DELIVERIES) --edition $(EDITION) --port $(PORT) $(WHERE)

lab: .venv-lab/.installed ## JupyterLab, in which the annexes are notebooks (docs/editing.md)
	@JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter .venv-lab/bin/jupyter lab

cluster: .venv/.installed ## set-up + Dask, to send annexes to other machines (docs/engine.md)
	$(SET_UP) .venv requirements-cluster.txt

lock: ## renew the exact pins and hashes of all lists (requirements*.in)
	$(SET_UP) .cache/lock requirements-setup.txt
	@for name in requirements requirements-cluster requirements-test requirements-setup requirements-lab; do \
	  .cache/lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate \
	    --custom-compile-command "make lock" --quiet $$name.in -o $$name.txt; done

clean: ## remove everything that the build made (not the set-up)
	rm -rf _build .state book/annexes data/validated .pytest_cache .ruff_cache .hypothesis

.venv/.installed: requirements.txt requirements-setup.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed (PYTHON=... chooses one)"; exit 1; }
	$(SET_UP) .venv requirements.txt --ours
	@touch $@

.venv/.tested: .venv/.installed requirements-test.txt
	@command -v chromium >/dev/null && command -v ssh-keygen >/dev/null && command -v openssl >/dev/null || { \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then echo "Installing a browser and programs for signatures (once) ..."; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(FOR_TESTS) >/dev/null; \
	  else echo "The tests need a browser and programs for signatures; run: sudo apt install $(FOR_TESTS)"; exit 1; fi; }
	$(SET_UP) .venv requirements-test.txt --compile
	@touch $@

.venv-lab/.installed: .venv/.installed requirements-lab.txt
	$(SET_UP) .venv-lab requirements-lab.txt
	@said=$$($(BIN)/python -m ipykernel install --prefix .venv-lab --name python3 --display-name "Python (.venv)" 2>&1) \
	  || { echo "$$said"; exit 1; }
	@touch $@
