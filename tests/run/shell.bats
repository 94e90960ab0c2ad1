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
