# tests/run.mk: the programs in real sandboxes, and everything else that tests/run-all runs.

$(BUILD)/probe: tests/probe.c
	@echo "  CC   $<"
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu17 -D_GNU_SOURCE $(WARNINGS) -O1 -o $@ $<

CHECK_PROGRAMS += $(BUILD)/probe

# TESTS="tests/run/walls-root.bats …" runs these alone.
.PHONY: check-run
check-run: check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all $(TESTS)
