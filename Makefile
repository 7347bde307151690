# make report   environment, then every report of the embedded synthetic extract -> outputs/base/index.html
# make test     environment, then every test
# make lab      JupyterLab on the notebooks
# make bench    the journeys engine beside R and lifelines, in one table
# make lock     the lock files again, from pyproject.toml

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --python-version 3.11 pyproject.toml

.PHONY: env report test lab bench lock clean

env: $(VENV)/.ready

report: $(VENV)/.ready
	$(BIN)/pi-research run

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest -n 2 --dist loadfile

lab: $(VENV)/.ready
	$(BIN)/jupyter lab notebooks

bench: $(VENV)/.ready
	$(BIN)/pi-research bench

lock: $(VENV)/.ready
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra test --constraint requirements.lock --output-file requirements-test.lock

clean:
	rm -rf $(VENV) outputs

$(UV): requirements-env.lock
	$(PYTHON) -c "import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 'Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ...')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-env.lock
	touch $(UV)

$(VENV)/.ready: $(UV) requirements.lock pyproject.toml
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-deps --editable .
	touch $@

$(VENV)/.ready-test: $(VENV)/.ready requirements-test.lock
	$(INSTALL) --require-hashes -r requirements-test.lock
	touch $@
