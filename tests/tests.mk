# tests/tests.mk: how the tests are built and run.

# Unit tests: one cmocka program per tests/unit/test_*.c, everything under ASan and
# UBSan, linked with all modules but the mains and the fetcher's.
SANITIZE   := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_FLAGS  = -std=gnu17 $(WARNINGS) -O1 -g $(SANITIZE)
unitobj     = $(patsubst %.c,$(BUILD)/unit/%.o,$(1))
UNIT_SRC   := $(wildcard tests/unit/test_*.c)
UNIT_BIN    = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_SRC))
UNIT_LIBS   = -lcmocka -lseccomp -lcap -lmd -lcjson -lz -lnghttp2 -lcares

$(BUILD)/unit/%.o: %.c
	@echo "  CC   $< (sanitized)"
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(UNIT_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/filters.o: $(BUILD)/filters.c
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(UNIT_FLAGS) -MMD -MP -c -o $@ $<

# q: two members may have one name, policy.o of seccomp and of Docker.
$(BUILD)/unit/libcofferdam.a: $(call unitobj,$(LAUNCHER_SRC) $(BROKER_SRC) $(EGRESS_SRC) $(SHARED_SRC) \
                              sandbox/slurm/step_group.c) $(BUILD)/unit/filters.o
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/unit/test_%: $(BUILD)/unit/tests/unit/test_%.o $(BUILD)/unit/libcofferdam.a
	@echo "  LD   $@"
	$(Q)$(CC) $(UNIT_FLAGS) -o $@ $^ $(UNIT_LIBS)

# What plays libselinux for test_label, which loads it.
FAKES := $(BUILD)/unit/fake-selinux.so $(BUILD)/unit/fake-selinux-off.so $(BUILD)/unit/fake-selinux-old.so
$(BUILD)/unit/fake-selinux-off.so: FAKE_FLAGS := -DFAKE_OFF
$(BUILD)/unit/fake-selinux-old.so: FAKE_FLAGS := -DFAKE_OLD
$(FAKES): tests/lib/fake_selinux.c
	@echo "  LD   $@"
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu17 -D_GNU_SOURCE $(WARNINGS) -O1 $(FAKE_FLAGS) -fPIC -shared -o $@ $<
$(BUILD)/unit/test_label: | $(FAKES)

.PHONY: unit
unit: $(UNIT_BIN)

include tests/fetch.mk
include tests/policy/policy.mk
include tests/fuzz/fuzz.mk
-include tests/run.mk
include tests/vm/vm.mk

# What tests/run-all starts and does not build itself.
CHECK_PROGRAMS += $(PROGRAMS) $(UNIT_BIN) $(BUILD)/unit/simulate \
                  $(addprefix $(BUILD)/fuzz/replay_,$(FUZZ_NAMES))

.PHONY: check-programs
check-programs: $(CHECK_PROGRAMS)

# Half of the end-to-end tests need two users that they make, so root starts them where sudo
# lets us; where it does not they are skipped, and named. What is built is ours in any case.
RUN_ALL_ENV := COFFERDAM_BUILD,COFFERDAM_CACHE,COFFERDAM_MUST_RUN,COFFERDAM_FILE_LIMIT,COFFERDAM_AGAIN,CC
RUN_ALL = if [ "$$(id -u)" = 0 ] || ! sudo -v 2>/dev/null; then tests/run-all $(TESTS); else \
	sudo --preserve-env=$(RUN_ALL_ENV) tests/run-all $(TESTS); fi

# A second make, for the first one looked for headers before they were installed.
# TESTS="tests/run/tools.bats …" are these files alone.
.PHONY: check
check:
	$(Q)tests/setup check
	$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)export COFFERDAM_BUILD=$(BUILD); $(RUN_ALL)

# What other people's programs make of a sandbox: Debian's source packages with their own
# tests, outside and inside. Hours on a small machine, so it is not a part of check.
.PHONY: compat
compat:
	$(Q)tests/setup compat
	$(Q)$(MAKE) --no-print-directory $(PROGRAMS)
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/compat/check $(PACKAGES)

# README's two commands, where nothing of ours has ever been.
.PHONY: check-fresh
check-fresh:
	$(Q)tests/setup cross
	$(Q)tests/fresh

# What needs no kernel of another architecture, built for it and run by an emulator.
.PHONY: check-arm64
check-arm64:
	$(Q)tests/arm64

# Against peers, in one run, as an ordinary user; figures of a busy machine are noise.
$(BUILD)/floor: tests/bench/floor.c
	@echo "  LD   $@"
	$(Q)mkdir -p $(@D) && $(CC) -D_GNU_SOURCE $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $<

.PHONY: bench
bench:
	$(Q)tests/setup bench
	$(Q)$(MAKE) --no-print-directory $(PROGRAMS) $(BUILD)/floor
	$(Q)tests/bench/bench $(BUILD)
