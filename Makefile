# Every target is complete by itself: it installs what is missing, builds, and does its job.
BUILD ?= build
JOBS  ?= $(shell nproc)
CTEST  = ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j $(JOBS)
.DEFAULT_GOAL := help
.PHONY: help setup oracles configure build demo test check bench soak fuzzers dist packages format lint asan dist-clean

help: ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "make %-11s %s\n", $$1, $$2 }'

setup: ## Install what building needs (Debian packages; the engine into .cache/)
	@tools/setup

oracles: setup ## Install the other implementations that tests compare with, into .cache/
	@tools/oracles

configure: setup
	@cmake -S . -B $(BUILD) -G Ninja -DWEIR_DEV=$(if $(DEV),ON,OFF) --log-level=WARNING

build: configure ## Build build/weir and the tests; DEV=1 compiles fast instead of for speed
	@ninja -C $(BUILD) -j $(JOBS) --quiet

demo: build ## Run the demo pipeline on a year of New York flights
	@demo/run

test: lint oracles build ## Everything CI runs: format, lint, and all tests but the long ones
	@$(CTEST) -LE soak

check: lint build ## Format, lint, layers and the quick tests: about a minute
	@$(CTEST) -LE 'slow|oracle|soak'

bench: oracles build ## Measure against the targets, side by side with others
	@bench/run

soak: fuzzers oracles build asan packages ## The long ones: random kills, fuzzing, sanitizers, packages
	@tools/oracles minio
	@tools/oracles cdc
	@$(CTEST) -L soak

fuzzers: setup
	@tools/setup clang-19 libclang-rt-19-dev

packages: configure
	@tools/dist/setup
	@tools/dist/pack --build $(BUILD)

dist: packages ## Pack dist/: a tarball for a bare Debian 12, a .deb, their sums; try them there
	@$(CTEST) -L dist

format: setup ## Format all C++ in place
	@tools/format

lint: setup ## Check format, layers, scripts and what no file may say
	@tools/format --check
	@tools/lint
	@tools/check_layers

asan: setup ## Build with address and undefined-behaviour sanitizers into build-asan/, run the quick tests
	@cmake -S . -B build-asan -G Ninja -DWEIR_SANITIZE=address,undefined --log-level=WARNING
	@ninja -C build-asan -j $(JOBS) --quiet
	@tools/with-sanitizers ctest --test-dir build-asan --output-on-failure --no-tests=error -j $(JOBS) -LE 'slow|oracle|soak'

dist-clean: ## Remove everything that was built or downloaded
	rm -rf build build-asan dist .cache
