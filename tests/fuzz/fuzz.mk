# tests/fuzz/fuzz.mk: fuzz targets, one tests/fuzz/fuzz_NAME.c each, corpus beside it.
#
#   make fuzz           each target under libFuzzer (clang) for FUZZ_SECONDS
#   make fuzz-ci        the same, two at a time, one line for each that found nothing
#   make fuzz-replay    each corpus through the same target, with any compiler
#
# What is found is put into tests/fuzz/corpus/NAME, where fuzz-replay keeps it fixed.

FUZZ_NAMES   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
FUZZ_SRC     := $(call sources,sandbox/base sandbox/docker sandbox/net sandbox/rootfs) sandbox/config/source.c \
                sandbox/config/ref_suffix.c
FUZZ_FLAGS    = $(ALL_CPPFLAGS) -std=gnu17 $(WARNINGS) -O1 -g -fno-omit-frame-pointer

FUZZ_SAFE     = address,undefined -fno-sanitize-recover=all
fuzzobj       = $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(1))

$(BUILD)/fuzz/obj/%.o: %.c
	@echo "  FUZZ $<"
	$(Q)mkdir -p $(@D) && clang $(FUZZ_FLAGS) -MMD -MP -fsanitize=fuzzer-no-link,$(FUZZ_SAFE) -c -o $@ $<

$(BUILD)/fuzz/libfuzzed.a: $(call fuzzobj,$(FUZZ_SRC))
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/libfuzzed.a
	@echo "  LD   $@"
	$(Q)clang -fsanitize=fuzzer,$(FUZZ_SAFE) -o $@ $^ -lcjson -lmd

# The objects of the unit tests, which have the same sanitizers.
$(BUILD)/fuzz/replay_%: $(BUILD)/unit/tests/fuzz/fuzz_%.o $(BUILD)/unit/tests/fuzz/replay.o $(BUILD)/unit/libcofferdam.a
	@echo "  LD   $@"
	$(Q)mkdir -p $(@D) && $(CC) $(UNIT_FLAGS) -o $@ $^ -lcjson -lmd

# New inputs go to the build directory; the corpus in the tree only starts it.
FUZZ_RUN = mkdir -p $(BUILD)/fuzz/found/$(1) && $(BUILD)/fuzz/fuzz_$(1) \
	-max_total_time=$(FUZZ_SECONDS) -max_len=4096 -artifact_prefix=$(BUILD)/fuzz/$(1)- \
	-print_final_stats=1 $(BUILD)/fuzz/found/$(1) tests/fuzz/corpus/$(1)

.PHONY: fuzz
fuzz: $(addprefix $(BUILD)/fuzz/fuzz_,$(FUZZ_NAMES))
	$(Q)set -e; for name in $(FUZZ_NAMES); do $(call FUZZ_RUN,$$name); done

.PHONY: fuzz-ci
fuzz-ci: $(addprefix $(BUILD)/fuzz/fuzz_,$(FUZZ_NAMES))
	$(Q)printf '%s\n' $(FUZZ_NAMES) | xargs -P2 -I{} sh -c \
		'{ $(call FUZZ_RUN,{}); } >$(BUILD)/fuzz/{}.log 2>&1 || \
			{ tail -n 60 $(BUILD)/fuzz/{}.log; echo "fuzz {}: FAILED"; exit 1; }; \
		echo "fuzz {}: $$(sed -n "s/.*number_of_executed_units: *//p" \
			$(BUILD)/fuzz/{}.log) runs in $(FUZZ_SECONDS) s"'

.PHONY: fuzz-replay
fuzz-replay: $(addprefix $(BUILD)/fuzz/replay_,$(FUZZ_NAMES))
	$(Q)set -e; for name in $(FUZZ_NAMES); do \
		$(BUILD)/fuzz/replay_$$name tests/fuzz/corpus/$$name/*; \
	done
