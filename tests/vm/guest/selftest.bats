#!/usr/bin/env bats
# What `cofferdam selftest` finds on a whole host: systemd, a delegated cgroup, an LSM, /proc and
# /sys as they are there.

load guest

setup() { guest_begin; }

@test "a user with a range: every wall that is raised holds, the groups too" {
	delegated "$COFFERDAM" selftest >"$CASE/text" || fail "$(cat "$CASE/text")"
	grep -q ', 0 do not hold, 0 unclear' "$CASE/text" || fail "$(tail -n 3 "$CASE/text")"
	grep -q '^✓  cgroup: start 64 processes with --pids 32' "$CASE/text" || fail "$(grep cgroup "$CASE/text")"
	lacks "$(cat "$CASE/text")" "cgroup is degraded"
}

@test "a user with one id: no less" {
	session_one "$COFFERDAM" selftest >"$CASE/text" || fail "$(cat "$CASE/text")"
	grep -q ', 0 do not hold, 0 unclear' "$CASE/text" || fail "$(tail -n 3 "$CASE/text")"
}
