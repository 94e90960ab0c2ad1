# cofferdam: one Makefile, no configure.
#
#   make            the programs, in build/
#   make check      everything that can be tested here (installs what is missing)
#   make check-arm64  what of it needs no arm64 kernel, built for arm64
#   make check-net  package managers and runtimes behind --net allow:; by root
#   make check-refusals  a hundred failures, and whether the report names the wall; by root
#   make check-slurm  as jobs of a Slurm cluster of three virtual nodes; by root
#   make check-parallel  over three hosts by GNU parallel and ssh; by root
#   make check-containers  in containers of dockerd and podman; by root
#   make check-fresh  README's two commands in the smallest Debian 12 and 13; by root
#   make check-vm   on the kernels of Debian 12 and 13, in emulated machines; by root
#   make compat     Debian's source packages and their tests, outside and inside; by root
#   make demo       installs what is missing, builds, runs the main job, and what its report says
#   make bench      against bwrap and the least that a sandbox can cost
#   make spank      the plugin for Slurm, where its headers are; make install-spank
#   make install    honours DESTDIR and PREFIX; make uninstall takes it away again
#   make help       this list
#   make deb        a Debian package, in build/package; make deb-slurm: and one for Slurm
#   make format, format-check, layout, cppcheck, lint (layout, cppcheck and clang-tidy)
#
# V=1 shows the commands; CC=clang works; WERROR=1 is what CI sets.

PREFIX  ?= /usr/local
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS  ?= $(PREFIX)/share/zsh/site-functions
BUILD   ?= build
CC      ?= gcc
HOSTCC  ?= gcc
VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough $(if $(WERROR),-Werror)
HARDEN   := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
CFLAGS   ?= -O2 -g
ALL_CPPFLAGS = -D_GNU_SOURCE -I. -I$(BUILD) -DCOFFERDAM_VERSION='"$(VERSION)"' \
               -DCOFFERDAM_LIBEXEC='"$(PREFIX)/libexec/cofferdam"' \
               -DCOFFERDAM_SHARE='"$(PREFIX)/share/cofferdam"' $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu17 $(WARNINGS) $(HARDEN) $(CFLAGS)
HOST_CFLAGS  = -std=gnu17 -D_GNU_SOURCE -I. $(WARNINGS) -O1 -ffunction-sections -fdata-sections
ALL_LDFLAGS  = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

# Only start-up time decides what is linked statically: libcap and libseccomp come
# as archives with Debian's -dev packages, cJSON does not (Debian 12 and 13).
LAUNCHER_LIBS = -Wl,-Bstatic -lseccomp -lcap -lmd -Wl,-Bdynamic -lcjson
FETCH_LIBS    = -lgit2 -lz -lcjson -lmd
BROKER_LIBS   = -lcjson -lz -lcap -lnghttp2 -lmd
EGRESS_LIBS   = -lcares -lcap
UNPACK_LIBS   = -larchive -lcjson -lmd -lcap
SCOPE_LIBS    = -lsystemd

Q := $(if $(V),,@)

# Before the compiler says it for one header at a time. What builds for another machine, or is
# there already, is not asked.
ifeq ($(filter-out all,$(MAKECMDGOALS))$(MAKELEVEL)$(filter-out cc gcc,$(CC))$(wildcard $(BUILD)/cofferdam),0)
MISSING := $(strip $(shell tests/setup --list build))
$(if $(MISSING),$(warning missing here: $(MISSING); `tests/setup build` installs it))
endif

# A program is its own folders, and of those that several share what it calls.
LAUNCHER_DIRS := $(addprefix sandbox/,verbs doctor benchmark selftest launcher engine artifact keeper plan state \
                 report limits store)
SHARED_DIRS   := sandbox/config sandbox/host sandbox/companion sandbox/net sandbox/docker sandbox/rootfs \
                 sandbox/privilege sandbox/base namespaces seccomp

sources       = $(filter-out %/main.c $(GENERATORS),$(wildcard $(addsuffix /*.c,$(1))))
GENERATORS   := seccomp/filter_generate.c seccomp/container_generate.c
LAUNCHER_SRC := $(call sources,$(LAUNCHER_DIRS))
FETCH_SRC    := $(call sources,sandbox/fetch)
BROKER_SRC   := $(call sources,sandbox/broker)
EGRESS_SRC   := $(call sources,sandbox/egress)
UNPACK_SRC   := $(call sources,sandbox/unpack)
SCOPE_SRC    := $(call sources,sandbox/scope)
PROBE_SRC    := $(call sources,sandbox/probe)
SHARED_SRC   := $(call sources,$(SHARED_DIRS))
GENERATOR_SRC := seccomp/filter_generate.c seccomp/filter_policy.c

# What the programs are for, by the first word of the compiler's name for it: x86_64, aarch64.
TARGET_ARCH   := $(firstword $(subst -, ,$(shell $(CC) -dumpmachine)))

obj     = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
hostobj = $(patsubst %.c,$(BUILD)/host/%.o,$(1))

CONTAINER_SRC := seccomp/container_generate.c seccomp/filter_policy.c
CONTAINER_PROFILE := $(BUILD)/cofferdam-seccomp.json

COMPLETIONS    := $(BUILD)/cofferdam.bash $(BUILD)/_cofferdam
COMPLETION_SRC := sandbox/completion/completion_generate.c sandbox/config/options.c sandbox/config/arguments.c \
                  sandbox/base/walls.c sandbox/base/failure.c sandbox/base/utf8.c

PROGRAMS := $(BUILD)/cofferdam $(BUILD)/cofferdam-fetch $(BUILD)/cofferdam-broker \
            $(BUILD)/cofferdam-egress $(BUILD)/cofferdam-unpack $(BUILD)/cofferdam-scope $(BUILD)/cofferdam-probe

.PHONY: all
all: $(PROGRAMS) $(COMPLETIONS) $(CONTAINER_PROFILE)

$(BUILD)/libshared.a: $(call obj,$(SHARED_SRC)) $(BUILD)/obj/filters.o
	@echo "  AR   $@"
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/cofferdam: $(call obj,sandbox/main.c $(LAUNCHER_SRC)) $(BUILD)/libshared.a
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/cofferdam-fetch: $(call obj,sandbox/fetch/main.c $(FETCH_SRC)) $(BUILD)/libshared.a
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(FETCH_LIBS)

$(BUILD)/cofferdam-broker: $(call obj,sandbox/broker/main.c $(BROKER_SRC)) $(BUILD)/libshared.a
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(BROKER_LIBS)

$(BUILD)/cofferdam-egress: $(call obj,sandbox/egress/main.c $(EGRESS_SRC)) $(BUILD)/libshared.a
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(EGRESS_LIBS)

$(BUILD)/cofferdam-unpack: $(call obj,sandbox/unpack/main.c $(UNPACK_SRC)) $(BUILD)/libshared.a
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(UNPACK_LIBS)

$(BUILD)/cofferdam-scope: $(call obj,sandbox/scope/main.c $(SCOPE_SRC)) $(BUILD)/libshared.a
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(SCOPE_LIBS)

$(BUILD)/cofferdam-probe: $(call obj,sandbox/probe/main.c $(PROBE_SRC))
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^

# The built-in seccomp filters: rows -> libseccomp -> BPF, at build time, on the machine
# that builds, with its compiler and its libseccomp.
$(BUILD)/host/%.o: %.c
	@echo "  HOST $<"
	$(Q)mkdir -p $(@D) && $(HOSTCC) $(HOST_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/filter-generate: $(call hostobj,$(GENERATOR_SRC))
	@echo "  LD   $@"
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $@ $^ -lseccomp

$(BUILD)/filters.c: $(BUILD)/filter-generate
	@echo "  GEN  $@"
	$(Q)$(BUILD)/filter-generate $(TARGET_ARCH) > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/filters.o: $(BUILD)/filters.c
	@echo "  CC   $<"
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	@echo "  CC   $<"
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What a container's filter has to permit, from the same rows.
$(BUILD)/container-generate: $(call hostobj,$(CONTAINER_SRC))
	@echo "  LD   $@"
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -o $@ $^

$(CONTAINER_PROFILE): $(BUILD)/container-generate
	@echo "  GEN  $@"
	$(Q)$< $(TARGET_ARCH) > $@.tmp && mv $@.tmp $@

# Completion, from the tables of verbs and options; of what else is in their files, and would
# need libraries of the machine that builds, nothing is linked.
$(BUILD)/completion-generate: $(call hostobj,$(COMPLETION_SRC))
	@echo "  LD   $@"
	$(Q)$(HOSTCC) $(HOST_CFLAGS) -Wl,--gc-sections -o $@ $^

$(BUILD)/cofferdam.bash: $(BUILD)/completion-generate sandbox/completion/cofferdam.bash
	@echo "  GEN  $@"
	$(Q){ echo '# bash completion for cofferdam'; $< bash && cat $(word 2,$^); } >$@.tmp && mv $@.tmp $@

$(BUILD)/_cofferdam: $(BUILD)/completion-generate sandbox/completion/cofferdam.zsh
	@echo "  GEN  $@"
	$(Q){ echo '#compdef cofferdam'; $< zsh && cat $(word 2,$^); } >$@.tmp && mv $@.tmp $@

include sandbox/fetch/fetch.mk
include sandbox/slurm/slurm.mk
include tests/tests.mk

.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/cofferdam \
		$(DESTDIR)$(PREFIX)/share/cofferdam $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(DESTDIR)$(PREFIX)/share/man/man5 $(DESTDIR)$(PREFIX)/share/man/man7 \
		$(DESTDIR)$(BASH_COMPLETIONS) $(DESTDIR)$(ZSH_COMPLETIONS)
	install -m 0755 $(BUILD)/cofferdam $(DESTDIR)$(PREFIX)/bin/cofferdam
	install -m 0755 $(filter-out $(BUILD)/cofferdam,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/libexec/cofferdam/
	install -m 0644 namespaces/cofferdam.apparmor $(DESTDIR)$(PREFIX)/share/cofferdam/
	install -m 0644 $(CONTAINER_PROFILE) $(DESTDIR)$(PREFIX)/share/cofferdam/
	install -m 0644 sandbox/package/cofferdam-job.yaml $(DESTDIR)$(PREFIX)/share/cofferdam/
	install -m 0755 sandbox/package/cofferdam-array.sbatch $(DESTDIR)$(PREFIX)/share/cofferdam/
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/user
	install -m 0644 sandbox/package/cofferdam-gc.timer $(DESTDIR)$(PREFIX)/lib/systemd/user
	sed 's,@PREFIX@,$(PREFIX),' sandbox/package/cofferdam-gc.service.in \
		>$(DESTDIR)$(PREFIX)/lib/systemd/user/cofferdam-gc.service
	chmod 0644 $(DESTDIR)$(PREFIX)/lib/systemd/user/cofferdam-gc.service
	install -m 0644 $(wildcard sandbox/*.1) $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 0644 $(wildcard sandbox/*.5) $(DESTDIR)$(PREFIX)/share/man/man5
	install -m 0644 $(wildcard sandbox/*.7) $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 0644 $(BUILD)/cofferdam.bash $(DESTDIR)$(BASH_COMPLETIONS)/cofferdam
	install -m 0644 $(BUILD)/_cofferdam $(DESTDIR)$(ZSH_COMPLETIONS)/_cofferdam
	install -d $(DESTDIR)$(PREFIX)/share/cofferdam/schema
	install -m 0644 $(wildcard tests/schema/*.schema.json) $(DESTDIR)$(PREFIX)/share/cofferdam/schema

# What install has put there, and no directory that others may use too.
.PHONY: uninstall
uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/libexec/cofferdam $(DESTDIR)$(PREFIX)/share/cofferdam
	rm -f $(DESTDIR)$(PREFIX)/bin/cofferdam $(DESTDIR)$(BASH_COMPLETIONS)/cofferdam \
		$(DESTDIR)$(ZSH_COMPLETIONS)/_cofferdam \
		$(addprefix $(DESTDIR)$(PREFIX)/lib/systemd/user/cofferdam-gc,.timer .service) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man1/,$(notdir $(wildcard sandbox/*.1))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man5/,$(notdir $(wildcard sandbox/*.5))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/man/man7/,$(notdir $(wildcard sandbox/*.7)))

.PHONY: help
help:
	$(Q)sed -n '/^#   make/s/^#   //p' Makefile

# A Debian package for the release that this runs on, in $(BUILD)/package.
# deb-slurm is that, and one more with the plugin for this release's Slurm.
.PHONY: deb deb-slurm
deb:
	$(Q)tests/setup deb
	$(Q)sandbox/package/build $(BUILD)/package

deb-slurm: export DEB_BUILD_PROFILES := pkg.cofferdam.slurm
deb-slurm:
	$(Q)tests/setup spank
	$(Q)sandbox/package/build $(BUILD)/package

# What is missing is installed before a second make looks for headers.
.PHONY: demo
demo:
	$(Q)tests/setup demo
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)tests/demo $(BUILD)

C_FILES = $(shell find sandbox namespaces seccomp tests -name '*.[ch]' | sort)

.PHONY: format format-check layout cppcheck lint
format:
	$(Q)clang-format -i $(C_FILES)

format-check:
	$(Q)tests/setup lint
	$(Q)clang-format --dry-run --Werror $(C_FILES)

# Includes, names, headers and lengths: see sandbox/README.md.
layout:
	$(Q)tests/setup lint
	$(Q)tests/layout

# What these two have to know of the build.
LINT_FLAGS = -D_GNU_SOURCE -I. -DCOFFERDAM_VERSION='"$(VERSION)"' -DCOFFERDAM_LIBEXEC='""'

cppcheck:
	$(Q)tests/setup lint
	$(Q)cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppressions-list=tests/cppcheck.suppress --error-exitcode=1 \
		$(LINT_FLAGS) --include=/usr/include/cjson/cJSON.h \
		sandbox namespaces seccomp tests/lib tests/policy tests/bench

lint: layout cppcheck
	$(Q)find sandbox namespaces seccomp -name '*.c' | sort | xargs -P2 -I{} \
		clang-tidy --quiet {} -- -std=gnu17 $(LINT_FLAGS) 2>/dev/null

.PHONY: clean
clean:
	rm -rf build build-*

-include $(shell find $(BUILD)/obj $(BUILD)/host $(BUILD)/pic $(BUILD)/unit -name '*.d' 2>/dev/null)
