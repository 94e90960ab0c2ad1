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

@test "a package that differs fails the suite, and one that fails outside is not equal" {
	local name

	install -m 0755 "$SOURCES/tests/compat/packages" "$CASE/packages"
	printf '%s C make\n' same other broken >"$CASE/packages.rows"
	for name in same other broken; do
		install -d "$CASE/sources/$name/debian"
		printf '#!/bin/sh\necho "# PASS: 3"\n' >"$CASE/sources/$name/debian/rules"
		chmod 0755 "$CASE/sources/$name/debian/rules"
	done
	echo "[ -e $CASE ] || echo '# FAIL: 1'" >>"$CASE/sources/other/debian/rules"
	echo "exit 2" >>"$CASE/sources/broken/debian/rules"
	run as_user env TMPDIR="$CASE" python3 "$CASE/packages" run "$COFFERDAM" "$CASE/sources"
	is "$status" 1 "one that differs"
	contains "$output" "1 of 3 equal"
	contains "$(cat "$CASE"/compat-logs-*/results.md)" "| same | C | make | 0 | 0 | 1 |"
	contains "$(grep '^| other ' "$CASE"/compat-logs-*/results.md)" "DIFFERS"
	contains "$(grep '^| broken ' "$CASE"/compat-logs-*/results.md)" "fails in both"
}
