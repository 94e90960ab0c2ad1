# tests/run.mk: the programs in real sandboxes, and everything else that tests/run-all runs.

PROBE_SRC := tests/probe.c tests/probe_resources.c

$(BUILD)/probe: $(PROBE_SRC) tests/probe.h
	@echo "  CC   $<"
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu17 -D_GNU_SOURCE $(WARNINGS) -I. -O1 -o $@ $(PROBE_SRC)

CHECK_PROGRAMS += $(BUILD)/probe

# TESTS="tests/run/walls-root.bats …" runs these alone.
.PHONY: check-run
check-run: check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all $(TESTS)
