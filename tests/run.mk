# tests/run.mk: the programs in real sandboxes, and everything else that tests/run-all runs.

# TESTS="tests/run/walls-root.bats …" runs these alone.
.PHONY: check-run
check-run: check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all $(TESTS)
