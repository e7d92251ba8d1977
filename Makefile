# Everything that a checkout needs. Each target installs what it lacks (as root on Debian).
#
#   make build   bin/balancing        make test   every test        make demo   the main job, shown
#   make docs           the terminals on the pages, typed anew
#   make test-kernels   the programs under other kernels, in qemu
#   make soak    the tests of change and chance, for much longer
#   make bench   benchmark tables     make lint   formats and lints make clean

SHELL := /bin/bash
.DELETE_ON_ERROR:

CLANG ?= clang
ARCH_INCLUDE := /usr/include/$(shell uname -m)-linux-gnu
BPF_CFLAGS := -O2 -g -Wall -Werror -target bpf -I$(ARCH_INCLUDE)
BPF_HEADERS := $(wildcard bpf/*.h)
BPF_OBJECTS := $(patsubst bpf/%.bpf.c,build/bpf/%.bpf.o,$(wildcard bpf/*.bpf.c))
SHIPPED := cgroup list_seats list_peers
TEST_TOOLS := $(patsubst test/kernel/%.c,build/test/%,$(wildcard test/kernel/*.c))
RESOLVERS := $(addprefix build/test/resolve-,glibc musl go)
BENCH_TOOLS := $(patsubst bench/%.bpf.c,build/bench/%.bpf.o,$(wildcard bench/*.bpf.c)) \
	$(patsubst bench/%.c,build/bench/%,$(filter-out %.bpf.c,$(wildcard bench/*.c)))
SOURCES := $(shell find src -name '*.ts') package.json scripts/build.ts

RUN = PATH="$(CURDIR)/build/bin:$$PATH"

build: dist/main.js dist/man $(SHIPPED:%=dist/bpf/%.bpf.o) dist/node

# ---- tools ----

tools: build/tools
build/tools: scripts/install-tools.sh
	@mkdir -p build
	@scripts/install-tools.sh clang=clang clang-format=clang-format bpftool=bpftool gcc=gcc ip=iproute2 flock=util-linux \
		/usr/include/bpf/bpf_helpers.h=libbpf-dev $(ARCH_INCLUDE)/asm/types.h=linux-libc-dev \
		$(ARCH_INCLUDE)/bits/libc-header-start.h=libc6-dev curl=curl ethtool=ethtool systemd-analyze=systemd
	@touch $@

build/node: scripts/find-node.sh
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

# Resolvers that Services must please: of C libraries, and of Go, which leaves nothing outside of build.
build/test/resolve-glibc: test/resolvers/resolve.c | build/tools
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -o $@ $<

build/test/resolve-musl: test/resolvers/resolve.c test/resolvers/musl-gcc.sh | build/tools
	@mkdir -p $(@D)
	test/resolvers/musl-gcc.sh build/musl $@ $<

build/test/resolve-go: test/resolvers/resolve.go | build/tools
	@mkdir -p $(@D)
	@scripts/install-tools.sh go=golang-go
	CGO_ENABLED=0 GOCACHE=$(CURDIR)/build/go-cache go build -o $@ $<

# Shells that are completed in, a terminal for them, and what reads manual pages.
build/test/shells: | build/tools
	@mkdir -p $(@D)
	@scripts/install-tools.sh zsh=zsh fish=fish script=bsdutils groff=groff-base
	@touch $@

# What other proxies write rules with: doctor is shown some.
build/test/rules: | build/tools
	@mkdir -p $(@D)
	@scripts/install-tools.sh nft=nftables iptables-legacy=iptables setpriv=util-linux
	@touch $@

# A real API server for the tests of live render: minutes, once. A machine without Go goes without, except in CI.
build/apiserver/kube-apiserver: test/live/build-apiserver.sh
	@test/live/build-apiserver.sh $(@D)

# ---- generated, committed files ----

generate: layout schema
layout: $(BPF_OBJECTS) node_modules/.stamp
	@$(RUN) node scripts/layout.ts $(BPF_OBJECTS) > build/layout.gen.ts && mv build/layout.gen.ts src/datapath/layout.gen.ts
schema: node_modules/.stamp
	@$(RUN) node scripts/schema-types.ts

# ---- checks ----

lint: node_modules/.stamp build/tools
	@$(RUN) npx biome check .
	@$(RUN) npx tsc --noEmit
	@clang-format --dry-run -Werror --style=file:bpf/.clang-format bpf/*.[ch] test/kernel/*.[ch] test/kernels/*.c test/resolvers/*.c $(wildcard bench/*.[ch])

test: build lint $(BPF_OBJECTS) $(TEST_TOOLS) $(RESOLVERS) build/test/shells build/test/rules build/test/verify kernels \
		build/apiserver/kube-apiserver
	@$(MAKE) --no-print-directory generate
	@git diff --exit-code --stat -- src/datapath/layout.gen.ts src/spec/*.gen.ts || { echo "generated files were stale: commit what make generate wrote" >&2; exit 1; }
	@$(RUN) scripts/with-bpffs.sh node node_modules/vitest/vitest.mjs run

# The tests that a longer run makes stronger.
SOAK_TESTS := load killed spread

soak: build $(BPF_OBJECTS) $(TEST_TOOLS)
	@$(RUN) SOAK=1 scripts/with-bpffs.sh node node_modules/vitest/vitest.mjs run $(SOAK_TESTS:%=test/kernel/%.test.ts)

demo: build $(TEST_TOOLS)
	@$(RUN) scripts/with-bpffs.sh node test/demo/demo.ts

# All sections, or those named: make bench SECTIONS="connect flows". nft and iptables are what it compares with.
bench: build $(TEST_TOOLS) $(BENCH_TOOLS)
	@scripts/install-tools.sh nft=nftables iptables-nft-restore=iptables iptables-legacy-restore=iptables
	@$(RUN) scripts/with-bpffs.sh node bench/run.ts $(SECTIONS)

# What comes of the commands on the pages is written into them; review the diff.
docs: build $(TEST_TOOLS)
	@UPDATE=1 $(RUN) scripts/with-bpffs.sh node node_modules/vitest/vitest.mjs run test/docs

# ---- other kernels than this machine's, each in a virtual machine ----

# What cannot be installed or fetched is said here; the tests that need it are skipped by name, and fail under CI.
kernels: build/node
	@scripts/install-tools.sh qemu-system-x86_64=qemu-system-x86 /usr/share/seabios/bios-256k.bin=seabios \
		busybox=busybox-static cpio=cpio || true
	@test/kernels/fetch.sh build/kernels $$($(RUN) node test/kernels/releases.ts)

build/test/verify: test/kernels/verify.c | build/tools
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -o $@ $< -lbpf

test-kernels: build $(TEST_TOOLS) build/test/verify kernels
	@$(RUN) scripts/with-bpffs.sh node node_modules/vitest/vitest.mjs run test/kernels

clean:
	rm -rf build dist

.PHONY: build tools generate layout schema lint test docs kernels test-kernels soak demo bench clean
