# tests/run.mk: the programs in real sandboxes, and everything else that tests/run-all runs.

# TESTS="tests/run/walls-root.bats …" runs these alone.
.PHONY: check-run
check-run: check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all $(TESTS)

# Package managers and runtimes too, each behind --net allow: and on servers of the tests' own; and the
# registries that everybody uses, where they are reached.
.PHONY: check-net
check-net:
	$(Q)tests/setup net
	$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) COFFERDAM_CLIENTS=all tests/run-all tests/run/net-*.bats tests/net/registries.bats

# The same clients as another release of Debian has them, from a root of it. NET_SUITE=… for a third one.
NET_SUITE ?= trixie
.PHONY: check-net-root
check-net-root:
	$(Q)tests/setup net
	$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)COFFERDAM_ROOT=$$(tests/net/root $(NET_SUITE)) && export COFFERDAM_ROOT && \
		COFFERDAM_BUILD=$(BUILD) COFFERDAM_CLIENTS=all tests/run-all tests/run/net-clients.bats

# A hundred failures of builds, each a real program that meets a wall, and what the report says of it:
# which wall, and by which option it opens. `make check` has a quarter of them.
.PHONY: check-refusals
check-refusals:
	$(Q)tests/setup net
	$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) COFFERDAM_PLANTED=all tests/run-all tests/run/refusals.bats

# As an array of jobs on a Slurm cluster of three virtual nodes, by root. COFFERDAM_TASKS=1000 for the
# throughput that is aimed at; 100 else.
.PHONY: check-slurm
check-slurm:
	$(Q)tests/setup slurm
	$(Q)$(MAKE) --no-print-directory check-programs spank
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all tests/slurm/slurm.bats

# Over three hosts by GNU parallel and ssh, by root.
.PHONY: check-parallel
check-parallel:
	$(Q)tests/setup parallel
	$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all tests/parallel/parallel.bats

# In containers of dockerd and podman, by root, and the manifest for Kubernetes.
.PHONY: check-containers
check-containers:
	$(Q)tests/setup containers
	$(Q)$(MAKE) --no-print-directory check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) tests/run-all tests/containers/containers.bats

# Every client that is here, on the bare engine and through the broker, with all that is tested of
# Docker. `make check` runs the core of the table.
.PHONY: check-docker
check-docker: check-programs
	$(Q)COFFERDAM_BUILD=$(BUILD) COFFERDAM_CLIENTS=all tests/run-all tests/run/docker-*.bats
