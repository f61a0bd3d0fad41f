# Two commands set everything up on a fresh machine with Python 3.10+ and a C++ compiler: make demo, make test.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test lint clean

demo: .venv/installed
	$(BIN)/maquette make "a red wooden stool" -o stool.glb --preview stool.png
	@echo "Made stool.glb and stool.png"

test: .venv/test-installed tests/viewers/node_modules
	$(BIN)/python -m pytest

lint: .venv/test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

.venv/installed: pyproject.toml constraints.txt setup.py $(wildcard maquette/ops/*.h maquette/ops/*/*.cpp)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	touch $@

.venv/test-installed: .venv/installed
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[test]"
	touch $@

# The glTF validator and three.js; tests that need them skip, saying so, where there is no Node.js.
tests/viewers/node_modules: tests/viewers/package-lock.json
	-command -v npm >/dev/null && npm ci --silent --prefix tests/viewers

clean:
	rm -rf .venv build *.egg-info tests/viewers/node_modules maquette/ops/_kernels*.so
