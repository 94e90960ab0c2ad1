#!/usr/bin/env bats
# kernel.core_pattern is the whole machine's, and what it names is started as the host's root.
# Here it names a handler of the test's own, and a crash inside a sandbox starts nothing.

load guest

setup() {
	guest_begin
	CALLS=/run/cofferdam-vm/calls
	printf '#!/bin/sh\ncat >/dev/null\necho "$1" >>%s\n' "$CALLS" >/run/cofferdam-vm/handler
	chmod 0755 /run/cofferdam-vm/handler
	rm -f "$CALLS"
	setting kernel.core_pattern "|/run/cofferdam-vm/handler %e"
}

teardown() {
	guest_end
	rm -f /run/cofferdam-vm/handler "$CALLS"
}

calls() { [ "$(cat "$CALLS" 2>/dev/null | wc -l)" = "$1" ]; }

@test "a crash inside starts no handler of the host, also where the builder sets the limit to 0" {
	session sh -c 'ulimit -c 0; kill -SEGV $$' || true
	wait_for 20 calls 1 || fail "a limit of 0 keeps the handler from starting outside: nothing to prove"
	user_run none -- sh -c 'kill -SEGV $$' || true
	is "$(report walls.rlimits.state)" enforced walls.rlimits
	user_run none -- sh -c 'ulimit -c 0; kill -SEGV $$' || true
	user_run none -- sh -c 'ulimit -c 0; prlimit --core=0:0; sh -c "kill -SEGV \$\$"' || true
	user_run none -- python3 -c 'import os, resource, signal
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
os.kill(os.getpid(), signal.SIGSEGV)' || true
	session env -C "$CASE" "$COFFERDAM" sh -c 'kill -SEGV $$' || true
	# Handlers are started in the order of the crashes: this one is the second of all.
	session sh -c 'ulimit -c 0; kill -SEGV $$' || true
	wait_for 20 calls 2 || fail "calls: $(cat "$CALLS")"
	sleep 1
	calls 2 || fail "calls: $(cat "$CALLS")"
}

@test "a caller whose own hard limit is 0 is told that the wall does not stand" {
	session sh -c "ulimit -Hc 0 && exec '$COFFERDAM' run -q --report '$CASE/report.json' none -- true"
	is "$(report walls.rlimits.state)" degraded walls.rlimits
	contains "$(report walls.rlimits.detail)" core_pattern
}
