# cofferdam: one Makefile, no configure.
#
#   make            the programs, in build/
#   make check      everything that can be tested here (installs what is missing)
#   make demo       installs what is missing, builds, runs the main job, shows the report
#   make install    honours DESTDIR and PREFIX
#
# V=1 shows the commands; CC=clang works; WERROR=1 is what CI sets.

PREFIX  ?= /usr/local
BUILD   ?= build
CC      ?= gcc
VERSION := 0.1.0

PKG_CONFIG ?= pkg-config
WARNINGS := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -Wpointer-arith -Wwrite-strings -Wimplicit-fallthrough $(if $(WERROR),-Werror)
HARDEN   := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
CFLAGS   ?= -O2 -g
ALL_CPPFLAGS = -D_GNU_SOURCE -I. -I$(BUILD) -DCOFFERDAM_VERSION='"$(VERSION)"' \
               -DCOFFERDAM_LIBEXEC='"$(PREFIX)/libexec/cofferdam"' $(CPPFLAGS)
ALL_CFLAGS   = -std=gnu17 $(WARNINGS) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS  = -pie -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

# Only start-up time decides what is linked statically: libcap and libseccomp come
# as archives with Debian's -dev packages, cJSON does not (Debian 12 and 13).
LAUNCHER_LIBS = -Wl,-Bstatic -lseccomp -lcap -Wl,-Bdynamic -lcjson
FETCH_LIBS    = -lgit2 -lz -lcjson

Q := $(if $(V),,@)

LAUNCHER_DIRS := sandbox sandbox/json sandbox/config sandbox/run sandbox/limits sandbox/report \
                 sandbox/doctor namespaces
LAUNCHER_SRC  := $(filter-out sandbox/main.c,$(wildcard $(addsuffix /*.c,$(LAUNCHER_DIRS)))) \
                 seccomp/filter.c seccomp/policy.c seccomp/profile.c seccomp/profile_place.c
FETCH_SRC     := $(filter-out sandbox/fetch/main.c,$(wildcard sandbox/fetch/*.c))
FETCH_SHARED  := sandbox/failure.c sandbox/json/jsontext.c sandbox/config/request.c \
                 sandbox/config/number.c sandbox/config/source.c seccomp/filter.c
GENERATOR_SRC := seccomp/generate.c seccomp/policy.c

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

PROGRAMS := $(BUILD)/cofferdam $(BUILD)/cofferdam-fetch

.PHONY: all
all: $(PROGRAMS)

$(BUILD)/cofferdam: $(call obj,sandbox/main.c $(LAUNCHER_SRC)) $(BUILD)/obj/filters.o
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LAUNCHER_LIBS)

$(BUILD)/cofferdam-fetch: $(call obj,sandbox/fetch/main.c $(FETCH_SRC) $(FETCH_SHARED)) $(BUILD)/obj/filters.o
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(FETCH_LIBS)

# The built-in seccomp filters: rows -> libseccomp -> BPF, at build time.
$(BUILD)/filter-generate: $(call obj,$(GENERATOR_SRC))
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lseccomp

$(BUILD)/filters.c: $(BUILD)/filter-generate
	@echo "  GEN  $@"
	$(Q)$(BUILD)/filter-generate > $@.tmp && mv $@.tmp $@

$(BUILD)/obj/filters.o: $(BUILD)/filters.c
	@echo "  CC   $<"
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/obj/%.o: %.c
	@echo "  CC   $<"
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

include sandbox/fetch/fetch.mk
include tests/tests.mk

.PHONY: install
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/cofferdam
	install -m 0755 $(BUILD)/cofferdam $(DESTDIR)$(PREFIX)/bin/cofferdam
	install -m 0755 $(BUILD)/cofferdam-fetch $(DESTDIR)$(PREFIX)/libexec/cofferdam/cofferdam-fetch

.PHONY: clean
clean:
	rm -rf build build-*

-include $(shell find $(BUILD)/obj $(BUILD)/unit -name '*.d' 2>/dev/null)
