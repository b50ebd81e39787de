# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each target fetches what it needs; `make help` lists them.

# Each file in tests/lab/kernels is a kernel. Those that say `check:` are the default;
# ALL_KERNELS are Debian's of each series.
ALL_KERNELS := $(shell cd tests/lab/kernels && grep -lE '^(package|suite):' -- [0-9]* | sort -V)
KERNELS ?= $(shell cd $(lab)/kernels && grep -l '^check:' -- $(ALL_KERNELS))
SCENARIOS ?=
KERNEL ?= $(shell cd $(lab)/kernels && grep -lx 'default: yes' -- *)
V ?= 0
export SCENARIOS V

Q := $(if $(filter-out 0,$(V)),,@)
MAKEFLAGS += --no-print-directory
SHELL := /bin/bash

lab := tests/lab
CC := gcc
USER_CFLAGS := -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter

# A tool is a file with a main(); the rest of tests/programs/tools is linked into each.
tool_mains := $(shell grep -ls '^int main' tests/programs/tools/*.c)
tool_parts := $(filter-out $(tool_mains),$(wildcard tests/programs/tools/*.c))
tools := $(tool_mains:tests/programs/tools/%.c=build/tools/%) build/tools/vfio-migrate

.PHONY: all help install setup fetch kernel modules variant tools user meson deb demo check check-all check-hosts check-unit check-asan fuzz checkpatch check-vm check-debug check-lockdep storm foreign-storm fuzz-writes \
	shell bench lint lint-c lint-header lint-layers lint-sparse lint-shell lint-words lint-docs clean distclean
.DELETE_ON_ERROR:

all: modules user ## build everything (default)

help: ## this list
	@echo "make TARGET [KERNELS='$(KERNELS)'] [SCENARIOS='NAME…'] [V=1]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

setup: ## install the Debian packages that the rest needs
	$(Q)scripts/setup

# --- the lab's kernels and our modules --------------------------------------

fetch: $(KERNELS:%=fetch-%)

fetch-%: setup
	$(Q)$(lab)/fetch-kernel $*

modules-%: fetch-% build/generated/variants/made_vfio_pci
	$(Q)$(lab)/build-modules $*

modules: $(KERNELS:%=modules-%) ## driver_flavour.ko, the variants, the test drivers, for each kernel

kernel: modules

variant: ## create a VFIO driver from a template: NAME=acme ID=1234:5678
	$(Q)variants/new "$$NAME" "$$ID"

# One for the tests to build and run.
build/generated/variants/made_vfio_pci: variants/new $(wildcard variants/template/*)
	$(Q)rm -rf build/generated
	$(Q)variants/new made abcd:0123 build/generated >/dev/null

# --- user space -------------------------------------------------------------

build/tools/%: tests/programs/tools/%.c $(tool_parts) $(wildcard tests/programs/tools/*.h) | setup
	@mkdir -p $(@D)
	@echo "tool: $(@F)"
	$(Q)$(CC) $(USER_CFLAGS) -static -o $@ $< $(tool_parts)

build/tools/vfio-migrate: $(wildcard tests/programs/migrate/*.[ch]) $(wildcard tests/programs/tools/vfio-open.[ch] tests/programs/tools/vfio-cdev.c) | setup
	@mkdir -p $(@D)
	@echo "tool: $(@F)"
	$(Q)$(CC) $(USER_CFLAGS) -static -pthread -Itests/programs/tools -o $@ $(filter %.c,$^)

ninja = $(Q)ninja -C $1 $(if $(Q),--quiet | grep -v '^ninja: '; [ $${PIPESTATUS[0]} = 0 ])

meson: | setup
ifneq ($(wildcard meson.build),)
	@echo "user space: build/user"
	$(Q)[ -e build/user/build.ninja ] || meson setup build/user $(if $(Q),>/dev/null)
	$(call ninja,build/user)
	$(Q)ln -sfn user/flavourctl/flavourctl build/flavourctl
	$(Q)ln -sfn user/flavour-load/flavour-load build/flavour-load
	$(Q)ln -sfn user/lib/libflavour.so.0 build/libflavour.so.0
endif

# A second and a third build of user space: with sanitizers, and with libFuzzer, too.
sanitized := -Db_sanitize=address,undefined -Db_lundef=false -Dman=disabled
build/asan/build.ninja build/fuzz/build.ninja: | setup
	$(Q)CC=$(if $(findstring fuzz,$@),clang,$(CC)) meson setup $(@D) $(sanitized) \
		-Dfuzz=$(if $(findstring fuzz,$@),true,false) $(if $(Q),>/dev/null)

tools: $(tools)

user: tools meson ## the tests' tools, the library, the command, the unit tests

PREFIX ?= /usr/local

install: user ## the library, the command, man pages, completion; DESTDIR=, PREFIX=
	$(Q)meson configure build/user -Dprefix=$(PREFIX)
	$(Q)DESTDIR="$(abspath $(DESTDIR))" meson install -C build/user $(if $(Q),--quiet)
	$(if $(DESTDIR),,$(Q)ldconfig 2>/dev/null || true)

check-boot: deb modules-6.12 tools ## tests of the packages, over several boots
	$(Q)tests/boot/check

deb: | setup ## Debian packages, in build/deb
	$(Q)scripts/setup tests/boot/packages
	$(Q)tests/boot/build-deb

# --- run --------------------------------------------------------------------

demo: modules-$(KERNEL) user ## shows what the module does, in a virtual machine
	$(Q)$(lab)/run --plain $(lab)/demo.sh $(KERNEL)

shell: modules-$(KERNEL) user ## a prompt in the lab; KERNEL=6.12
	$(Q)$(lab)/shell $(KERNEL)

check: modules user ## unit tests, then the scenarios on the kernels that say `check:`
	$(Q)scripts/check unit vm -- $(KERNELS)

check-all: ## every scenario on every kernel that Debian has, whatever its file says
	$(Q)$(MAKE) check KERNELS='$(ALL_KERNELS)' SCENARIOS=all

HOSTS ?= bookworm trixie
check-hosts: | setup ## `make demo` on a fresh Debian of each of HOSTS; TARGET=check-all, AS=root
	$(Q)tests/hosts/check $(HOSTS)

check-unit: user ## unit tests
	$(Q)scripts/check unit

check-asan: build/asan/build.ninja ## unit tests again, with ASan and UBSan
	$(call ninja,build/asan)
	$(Q)scripts/check asan

FUZZ_SECONDS ?= 60
fuzz: build/fuzz/build.ninja ## fuzz the parsers; FUZZ_SECONDS=60
	$(Q)meson configure build/fuzz -Dfuzz_seconds=$(FUZZ_SECONDS)
	$(call ninja,build/fuzz)
	$(Q)scripts/check fuzz

check-vm: modules user ## the scenarios alone; SCENARIOS=… for some, KERNELS=newest
	$(Q)scripts/check vm -- $(KERNELS)

check-debug: modules-debug user ## every scenario on a kernel with debugging options
	$(Q)scripts/check vm -- debug

check-lockdep: modules-lockdep-6.1 user ## the core ones on a 6.1 that checks locks
	$(Q)LAB_STORM=20 scripts/check vm -- lockdep-6.1

build/bench/steps: bench/steps.c | setup
	@mkdir -p $(@D)
	$(Q)$(CC) $(USER_CFLAGS) -static -o $@ $<

storm: modules-debug user ## a stress test of ten minutes, on that kernel
	$(Q)LAB_STORM=600 SCENARIOS=stress/storm TIMEOUT=1800 scripts/check vm -- debug

foreign-storm: modules user ## the same with writers that are killed, stopped, starved; on every kernel
	$(Q)LAB_STORM=600 SCENARIOS=stress/foreign-storm TIMEOUT=2400 scripts/check vm -- $(KERNELS)

fuzz-writes: modules-debug user ## a million writes of random text, on that kernel
	$(Q)LAB_FUZZ_COUNT=1000000 SCENARIOS=stress/write-fuzz TIMEOUT=1800 scripts/check vm -- debug

bench: modules-$(KERNEL) user build/bench/steps ## measure, compared with other tools; FIGURES=… for some
	$(Q)scripts/setup bench/packages
	$(Q)bench/run $(KERNEL)

# --- lint -------------------------------------------------------------------

lint: lint-c lint-header lint-layers lint-sparse lint-shell lint-words lint-docs ## checkpatch, sparse, shellcheck, codespell, cppcheck, kernel-doc, layers, docs

checkpatch: | setup
	$(Q)scripts/fetch-checkpatch

lint-c lint-docs lint-header: | checkpatch
lint-c lint-shell lint-words: | setup
	$(Q)scripts/lint $(@:lint-%=%)

lint-docs: | setup
	$(Q)scripts/check-docs

lint-header:
	$(Q)scripts/check-header build/checkpatch/kernel-doc lib/libflavour.h lib/libflavour.map

lint-layers: meson
	$(Q)scripts/layers build/user lib flavourctl

lint-sparse: $(KERNELS:%=sparse-%)

sparse-%: fetch-%
	$(Q)$(lab)/build-modules --lint $*

clean: ## remove what was built; the kernels stay
	$(Q)rm -rf build/modules build/obj build/tools build/user build/asan build/fuzz build/vm

distclean: ## remove the kernels as well
	$(Q)rm -rf build
