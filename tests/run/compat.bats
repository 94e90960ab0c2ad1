#!/usr/bin/env bats
# What programs expect of a machine, outside and inside: tests/compat/quick.rows.

load ../lib/run

@test "each row is the same outside and inside, or has a reason" {
	install -m 0755 "$SOURCES/tests/compat/compare" "$CASE/compare"
	install -m 0644 "$SOURCES/tests/compat/quick.rows" "$CASE/quick.rows"
	as_user python3 "$CASE/compare" "$COFFERDAM" "$CASE/quick.rows" >"$CASE/log" || {
		grep -A40 '^not ok' "$CASE/log" | grep -v '^ok'
		return 1
	}
}

@test "a row that differs is one that fails, and so is a reason without a difference" {
	install -m 0755 "$SOURCES/tests/compat/compare" "$CASE/compare"
	printf '[%s]\nfrom = here\nrun = %s\n' pid 'test $$ -gt 9 || echo low' reason 'echo a' >"$CASE/rows"
	printf 'inside = a\nwhy = none\n' >>"$CASE/rows"
	run as_user python3 "$CASE/compare" "$COFFERDAM" "$CASE/rows"
	is "$status" 1 "two rows that are wrong"
	contains "$output" "not ok 1 pid"
	contains "$output" "not ok 2 reason"
}
