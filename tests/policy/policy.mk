# tests/policy/policy.mk: rows of text against the built-in filters, without a kernel.

POLICY_SRC  := tests/policy/simulate.c tests/lib/bpf_sim.c
POLICY_ROWS := $(sort $(wildcard tests/policy/*.tests tests/policy/$(TARGET_ARCH)/*.tests))

$(BUILD)/unit/simulate: $(call unitobj,$(POLICY_SRC) seccomp/filter.c sandbox/base/failure.c sandbox/base/utf8.c) $(BUILD)/unit/filters.o
	@echo "  LD   $@"
	$(Q)$(CC) $(UNIT_FLAGS) -o $@ $^ -lseccomp

.PHONY: policy
policy: $(BUILD)/unit/simulate
	$(Q)$(BUILD)/unit/simulate $(POLICY_ROWS)

# The simulator is also what two unit tests compare with.
$(BUILD)/unit/test_filter $(BUILD)/unit/test_profile: $(call unitobj,tests/lib/bpf_sim.c)
