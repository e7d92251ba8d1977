# SPDX-License-Identifier: Apache-2.0
# Everything that a checkout needs. Each target installs what it lacks (as root on Debian).
#
#   make build                 bin/balancing
#   make check                 the fast loop: build, lint, types, generated files, pure tests; under a minute on two cores
#   make test                  every test; prepares kernels and an API server first
#   make story NAME=rollout    one story; UPDATE=1 rewrites its outputs
#   make demo                  the main job, shown
#   make docs                  the terminals on the pages, typed again
#   make install PREFIX=DIR    DIR/bin/balancing, which needs no clone
#   make test-kernels          the programs under other kernels, in qemu
#   make soak                  the tests of crashes and load, for much longer
#   make bench                 benchmark tables
#   make lint, make clean
#
# Variables of the tests: RUNS=0.1 has every property test try a tenth of its cases, RUNS=10 ten times as many (make check
# takes 0.1). SEED=N repeats a random test. What takes long to make and is no source (Node.js, kernels, kube-apiserver, musl,
# Go's build cache) is kept in BALANCING_CACHE, which clones share; removing it is safe.

SHELL := /bin/bash
.DELETE_ON_ERROR:

# No test, benchmark or demonstration makes a device of this machine an edge: those that want edges make devices and name them.
export BALANCING_DEVICE := none

CLANG ?= clang
ARCH_INCLUDE := /usr/include/$(shell uname -m)-linux-gnu
# The objects are the same in every folder: their hash is what tells one build from another.
BPF_CFLAGS := -O2 -g -Wall -Werror -target bpf -I$(ARCH_INCLUDE) -ffile-prefix-map=$(CURDIR)=.
BPF_HEADERS := $(wildcard bpf/*.h)
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,build/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
# The map of the destroyer is in no layout: it lives as long as one apply.
LAYOUT_OBJECTS := $(filter-out build/bpf/destroy_sockets.bpf.o,$(BPF_OBJECTS))
SHIPPED := cgroup edge list_flows list_socket_slots list_socket_revnat destroy_sockets
TEST_TOOLS := $(patsubst test/kernel/%.c,build/test/%,$(wildcard test/kernel/*.c))
RESOLVERS := $(addprefix build/test/resolve-,glibc musl go)
BENCH_TOOLS := $(patsubst bench/%.bpf.c,build/bench/%.bpf.o,$(wildcard bench/*.bpf.c)) \
	$(patsubst bench/%.c,build/bench/%,$(filter-out %.bpf.c,$(wildcard bench/*.c)))
SOURCES := $(shell find src -name '*.ts') package.json scripts/build.ts

RUN = PATH="$(CURDIR)/build/bin:$$PATH"
VITEST = $(RUN) node node_modules/vitest/vitest.mjs run
# For what loads BPF programs or makes namespaces.
VITEST_ON_KERNEL = $(RUN) scripts/with-bpffs.sh node node_modules/vitest/vitest.mjs run

export BALANCING_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/balancing

# A line on stderr: the time since make began, and what is done next.
STARTED := $(shell date +%s)
stage = @printf '[%d:%02d] %s\n' $$((($$(date +%s) - $(STARTED)) / 60)) $$((($$(date +%s) - $(STARTED)) % 60)) '$(1)' >&2

build: dist/main.js dist/man $(SHIPPED:%=dist/bpf/%.bpf.o) dist/node
	@rm -f $(filter-out $(SHIPPED:%=dist/bpf/%.bpf.o),$(wildcard dist/bpf/*))

# ---- tools ----

tools: build/tools
build/tools: scripts/install-tools.sh
	@mkdir -p build
	@scripts/install-tools.sh clang=clang clang-format=clang-format bpftool=bpftool gcc=gcc ip=iproute2 flock=util-linux \
		/usr/include/bpf/bpf_helpers.h=libbpf-dev $(ARCH_INCLUDE)/asm/types.h=linux-libc-dev \
		$(ARCH_INCLUDE)/bits/libc-header-start.h=libc6-dev curl=curl ethtool=ethtool systemd-analyze=systemd
	@touch $@

# What only tests need: compilers, shells that are completed in and a terminal for them, what reads manual pages, what other
# proxies write rules with, and an emulator. Without the last the kernels are skipped by name; under CI that fails.
test-tools: build/test/tools
build/test/tools: scripts/install-tools.sh | build/tools
	@mkdir -p $(@D)
	@scripts/install-tools.sh go=golang-go zsh=zsh fish=fish script=bsdutils groff=groff-base openssl=openssl \
		nft=nftables iptables-legacy=iptables setpriv=util-linux
	@scripts/install-tools.sh qemu-system-x86_64=qemu-system-x86 /usr/share/seabios/bios-256k.bin=seabios \
		busybox=busybox-static cpio=cpio || true
	@touch $@

build/node: scripts/find-node.sh scripts/fetch-node.sh
	@mkdir -p build/bin
	@scripts/find-node.sh > $@.new && mv $@.new $@
	@ln -sf "$$(cat $@)" build/bin/node

# npm runs on the chosen Node.js: an older one would leave out packages that ask for a newer engine.
node_modules/.stamp: package.json package-lock.json | build/node
	@scripts/install-tools.sh npm=npm
	@$(RUN) npm install --no-save --loglevel=error --no-fund --no-audit
	@touch $@

# ---- build ----

build/bpf/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS) | build/tools
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

dist/bpf/%.bpf.o: build/bpf/%.bpf.o
	@mkdir -p $(@D)
	cp $< $@

dist/main.js: $(SOURCES) node_modules/.stamp
	@$(RUN) node scripts/build.ts

dist/man: $(SOURCES) scripts/man.ts node_modules/.stamp
	@$(RUN) node scripts/man.ts $@
	@touch $@

dist/node: build/node
	@mkdir -p dist
	@ln -sf "$$(cat build/node)" $@

build/bench/%.bpf.o: bench/%.bpf.c $(BPF_HEADERS) | build/tools
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

build/bench/%: bench/%.c $(wildcard bench/*.h) | build/tools
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -o $@ $<

build/test/%: test/kernel/%.c $(wildcard test/kernel/*.h) | build/tools
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -pthread -o $@ $<

# Resolvers that Services must please: of C libraries, and of Go.
build/test/resolve-glibc: test/resolvers/resolve.c | build/tools
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -o $@ $<

build/test/resolve-musl: test/resolvers/resolve.c test/resolvers/musl-gcc.sh | build/tools
	@mkdir -p $(@D)
	@scripts/cached.sh build/musl musl scripts/unpack-package.sh -- scripts/unpack-package.sh {} trixie musl-dev
	test/resolvers/musl-gcc.sh build/musl $@ $<

build/test/resolve-go: test/resolvers/resolve.go | build/test/tools
	@mkdir -p $(@D)
	CGO_ENABLED=0 GOCACHE=$(BALANCING_CACHE)/go-build go build -trimpath -o $@ $<

# A real API server for the tests of live render, and kube-proxy. A machine without Go goes without, except in CI.
apiserver: build/test/tools
	@scripts/cached.sh build/apiserver apiserver test/live/build-apiserver.sh scripts/unpack-package.sh -- \
		test/live/build-apiserver.sh {}

# ---- generated, committed files ----

generate: layout schema
layout: $(BPF_OBJECTS) node_modules/.stamp
	@$(RUN) node scripts/layout.ts $(LAYOUT_OBJECTS) > build/layout.gen.ts && mv build/layout.gen.ts src/datapath/layout.gen.ts
schema: node_modules/.stamp
	@$(RUN) node scripts/schema-types.ts

# Fails when a committed file is not what its sources say; writes none.
generated: $(BPF_OBJECTS) node_modules/.stamp
	@$(RUN) node scripts/layout.ts $(LAYOUT_OBJECTS) > build/layout.gen.ts
	@cmp -s build/layout.gen.ts src/datapath/layout.gen.ts || \
		{ echo "src/datapath/layout.gen.ts is not what bpf/ says: run make layout" >&2; exit 1; }
	@$(RUN) node scripts/schema-types.ts --check

# ---- checks ----

lint: node_modules/.stamp build/tools
	@$(RUN) npx biome check .
	@$(RUN) npx tsc --noEmit
	@clang-format --dry-run -Werror --style=file:bpf/.clang-format bpf/*.[ch] test/kernel/*.[ch] test/kernels/*.c test/resolvers/*.c $(wildcard bench/*.[ch])

check: build lint generated
	@RUNS=$${RUNS:-0.1} $(VITEST) --project pure

test:
	@echo "make test prepares what the tests need, then runs them all. The first run on a machine takes 35 to 50 minutes: five to" >&2
	@echo "build kube-apiserver and kube-proxy and fetch kernels, the rest for tests that load BPF programs, which run one" >&2
	@echo "file at a time. A later run finds the first five in $(BALANCING_CACHE)." >&2
	$(call stage,builds balancing)
	@$(MAKE) --no-print-directory build
	$(call stage,lints and compares generated files with their sources)
	@$(MAKE) --no-print-directory lint generated
	$(call stage,installs and builds what tests call)
	@$(MAKE) --no-print-directory build/test/tools
	@$(MAKE) --no-print-directory -j2 $(TEST_TOOLS) $(RESOLVERS) build/test/verify
	$(call stage,fetches kernels of Debian releases and builds kube-apiserver and kube-proxy)
	@$(MAKE) --no-print-directory -j2 kernels apiserver
	$(call stage,runs the pure tests in parallel and then the tests that need the machine for themselves)
	@$(VITEST_ON_KERNEL)

# One story, from test/cases, test/cli/stories or test/cli/node (on the kernel).
story: build
	@$(RUN) scripts/story.sh $(NAME)

# The tests that a longer run makes stronger.
SOAK_TESTS := load edge-load killed spread

soak: build $(BPF_OBJECTS) $(TEST_TOOLS)
	@SOAK=1 $(VITEST_ON_KERNEL) $(SOAK_TESTS:%=test/kernel/%.test.ts)

demo: build $(TEST_TOOLS)
	@$(RUN) scripts/with-bpffs.sh node test/demo/demo.ts

# All sections, or those named: make bench SECTIONS="connect flows". nft and iptables are what it compares with. The flag of Node.js
# is that of bin/balancing: the section agent measures this process.
bench: build $(TEST_TOOLS) $(BENCH_TOOLS)
	@scripts/install-tools.sh nft=nftables iptables-nft-restore=iptables iptables-legacy-restore=iptables
	@$(RUN) scripts/with-bpffs.sh node --max-semi-space-size=8 bench/run.ts $(SECTIONS)

# What comes of the commands on the pages is written into them; review the diff.
docs: build $(TEST_TOOLS)
	@UPDATE=1 $(VITEST_ON_KERNEL) test/docs

# ---- other kernels than this machine's, each in a virtual machine ----

# The newest of each release, of this month. What cannot be fetched is said here; its tests are skipped by name, and fail
# under CI.
kernels: build/node build/test/tools
	@rm -rf build/kernels && mkdir -p build/kernels
	@for release in $$($(RUN) node test/kernels/releases.ts); do \
		scripts/cached.sh build/kernels/$$release kernel-$$release-$$(date +%Y-%m) test/kernels/fetch.sh -- \
			test/kernels/fetch.sh $$release {} & \
	done; wait

build/test/verify: test/kernels/verify.c | build/tools
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -o $@ $< -lbpf

test-kernels: build $(TEST_TOOLS) build/test/verify kernels
	@$(VITEST_ON_KERNEL) test/kernels

# ---- install ----

PREFIX ?= /usr/local
INSTALLED = $(DESTDIR)$(PREFIX)

# The command with its own Node.js. Where the machine's own Node.js was new enough to build with, that one is called.
install: build
	@scripts/install.sh "$(INSTALLED)"

clean:
	rm -rf build dist

.PHONY: build tools test-tools generate layout schema generated lint check test story docs kernels apiserver test-kernels soak demo \
	bench install clean
