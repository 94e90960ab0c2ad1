#!/usr/bin/env bats
# A person in the sandbox: a shell instead of a command.
# What needs a terminal is a function of tests/lib/terminal-case.

load ../lib/run
load ../lib/life

terminal() { as_user env COFFERDAM="$COFFERDAM" CASE="$CASE" python3 - "$1" <"$SOURCES/tests/lib/terminal-case"; }

@test "shell: SHELL's if that is there inside, else /bin/sh; its exit code is ours" { terminal shell_verb; }

@test "shell without a terminal is refused at the plan, and the report says so" {
	run coff shell --report "$CASE/report.json" none </dev/null
	is "$status" 125 "exit code"
	contains "$output" "a shell needs a terminal"
	is "$(report result.cause)" setup_failed cause
	is "$(report phases.build)" null "there was no build"
}

holding() { coff_own ps --json | grep -q '"phase":.*"hold"'; }

# held ARG…: a run that fails with 3 and is held; $pid is its launcher, $MARK what it left behind.
held() {
	mark
	own_runtime
	background pid coff_own run --keep-on-failure 1h --report "$CASE/report.json" "$@" none -- \
		sh -c "echo kept >/app/file; setsid sleep $MARK & exit 3" >"$CASE/out" 2>"$CASE/err"
	wait_for 10 holding
}

@test "keep-on-failure: what failed is held with what it left; a signal ends it, and its exit code stays" {
	held
	is "$(for one in $(marked); do cat "/proc/$one/comm"; done | grep -cx sleep)" 1 "what the command left lives on"
	contains "$(cat "$CASE/err")" "failed with exit code 3; its sandbox is kept for 3"
	is "$(coff_own gc)" "nothing to remove" "gc beside it"
	id=$(grep -o 'cofferdam shell --attach [0-9a-f]*$' "$CASE/err")
	is "$(coff_own shell --attach "${id##* }" -- cat /app/file)" kept "what a look inside shows"
	own_signal TERM
	wait "$pid" || status=$?
	is "$status" 3 "exit code"
	unmarked || fail "what it left outlives it"
	is "$(report result.cause) $(report result.exit_code)" "exited 3" result
	[ "$(report phases.hold)" != null ] || fail "the report has no time for it"
	is "$(own_leftovers)" "" "left in the runtime directory"
}

@test "keep-on-failure: its time ends it, and so does the time limit, which counts on" {
	ended 3 exited --keep-on-failure 1 none -- sh -c 'exit 3'
	is "$(report phases.hold | cut -d. -f1 | grep -cE '^(9..|[1-9]...)$')" 1 "about a second: $(report phases.hold)"
	ended 143 signalled --keep-on-failure 1 none -- sh -c 'kill -TERM $$'
	[ "$(report phases.hold)" != null ] || fail "a signal is a failure too"
	ended 3 exited --keep-on-failure 1h --timeout 2 none -- sh -c 'exit 3'
	[ "$(report usage.wall_ms)" -lt 10000 ] || fail "the time limit did not end it"
}

@test "keep-on-failure: not what was well, and not what was ended from outside" {
	ended 0 exited --keep-on-failure 1h none -- true
	is "$(report phases.hold)" null "after a success"
	ended 124 timeout --keep-on-failure 1h --timeout 1 none -- sleep 60
	is "$(report phases.hold)" null "after the time limit"
	ended 125 output_limit --keep-on-failure 1h --output-limit 4K none -- sh -c 'yes | head -c 1M; exit 3'
	is "$(report phases.hold)" null "after the output limit"
	ended 127 setup_failed --keep-on-failure 1h none -- nosuchcommand
	is "$(report phases.hold)" null "of a command that never was"
}

@test "keep-on-failure: what is met in the hold is not why the build failed" {
	ended 3 exited --keep-on-failure 1h --output-limit 4K none -- sh -c '(sleep 0.3; exec yes) & exit 3'
	ended 3 exited --keep-on-failure 2 --app-size 16M none -- \
		sh -c 'setsid sh -c "sleep 0.3; head -c 32M /dev/zero >/app/full" 2>/dev/null & exit 3'
	is "$(report usage.app_peak_bytes)" 16777216 "it was full"
}

@test "keep-on-failure: a launcher that is killed leaves nothing that gc does not take" {
	held
	own_signal KILL
	wait_for 5 unmarked
	[ -n "$(own_leftovers)" ] || fail "the killed run left no state file to be found"
	coff_own gc
	is "$(own_leftovers)" "" leftovers
}

@test "on-failure shell: in the sandbox of the command that failed, whose exit code stays" { terminal failure_shell; }

@test "on-failure shell: without a terminal it is refused at the plan" {
	ended 125 setup_failed --on-failure shell none -- touch ran
	contains "$(report error.message)" "--on-failure shell needs a terminal"
	is "$(report phases.build)" null "there was no build"
}
