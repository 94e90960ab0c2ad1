# tests/vm/vm.mk: the tests on other kernels, in virtual machines.

# What each release builds for its guest; the guests run it, and need nothing newer.
.PHONY: vm-programs
vm-programs: all deb $(if $(wildcard /usr/include/slurm/spank.h),spank)

# VM=12 or VM=13 is one guest alone, TESTS="tests/vm/guest/limits.bats …" these files alone;
# check-vm-ci is what .ci/run has time for.
.PHONY: check-vm check-vm-ci
check-vm check-vm-ci:
	$(Q)tests/setup vm
	$(Q)VM="$(VM)" tests/vm/check $(if $(filter %-ci,$@),--ci) $(TESTS)
