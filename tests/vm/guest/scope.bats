#!/usr/bin/env bats
# Scopes from a real systemd: limits for who logged in, and nothing left of them. Runs in a
# guest, as root, on cgroup v2 with systemd as PID 1; the test user gets a manager by lingering.
# A scope is of the user, and whatever run is begun beside these may get one.
# run-all: alone

load ../../lib/run
load ../../lib/life
load ../../lib/scope

setup_file() {
	suite_join || return
	[ -d /run/systemd/system ] && [ -e /sys/fs/cgroup/cgroup.controllers ] && [ "$(id -u)" = 0 ] || return 0
	suite_names
	loginctl enable-linger "$TEST_USER"
	wait_for 60 test -S "/run/user/$TEST_UID/bus"
}

teardown_file() {
	[ ! -d /run/systemd/system ] || loginctl disable-linger cofferdam-test 2>/dev/null || :
	suite_leave
}

setup() {
	case_begin
	[ -d /run/systemd/system ] && [ "$(id -u)" = 0 ] || skip "needs systemd as PID 1, and root"
	[ -e /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2 alone"
	[ -S "/run/user/$TEST_UID/bus" ] || skip "needs a systemd of the test user's own"
}

# logged_in CMD…: in a login session of the test user's, as sshd would make it
logged_in() {
	systemd-run --quiet --pipe --wait --collect -p PAMName=login -p User="$TEST_USER" \
		-p WorkingDirectory="$CASE" --setenv=LANG=C.UTF-8 --setenv=CASE="$CASE" "$@"
}

# managed CMD…: by the test user's own systemd
managed() {
	as_user env XDG_RUNTIME_DIR="/run/user/$TEST_UID" "$@"
}

# scope_run ARG…: a run from a login, with its report
scope_run() { logged_in "$COFFERDAM" run -q --report "$CASE/report.json" "$@"; }

scopes() {
	managed systemctl --user list-units --all --no-legend --plain 'cofferdam-*.scope' | cut -d' ' -f1
	find /sys/fs/cgroup -type d -name 'cofferdam-*' ! -name 'cofferdam-tests*' ! -name '*.service'
}
no_scopes() { [ -z "$(scopes)" ]; }
nothing_left() { wait_for 20 no_scopes || fail "left: $(scopes)"; }

# started ARG…: a run in the background whose command has written "begun"; its unit in $UNIT
started() {
	rm -f "$CASE/out"
	background RUN scope_run "$@" >"$CASE/out" 2>"$CASE/err"
	wait_for 60 grep -q begun "$CASE/out" || fail "not begun: $(cat "$CASE/err")"
	UNIT=$(scopes | grep -m1 '\.scope$')
	contains "$UNIT" cofferdam-
}

launcher() { pgrep -u "$TEST_UID" -o -x cofferdam; }

@test "who is logged in gets a scope: driver systemd, limits enforced, gone at the end" {
	is "$(scope_run none -- cat /proc/self/cgroup)" "0::/" "the cgroup inside"
	is "$(report limits.driver)" systemd driver
	contains "$(report limits.detail)" "is not delegated to uid $TEST_UID"
	is "$(report walls.cgroup.state)" enforced walls.cgroup
	is "$(report limits.applied.memory_bytes)" 2147483648 memory
	is "$(report limits.applied.swap_bytes)" 0 swap
	is "$(report limits.applied.pids)" 4096 pids
	nothing_left
	scope_run --strict none -- true
}

@test "memory, pids and cpu bite" {
	run scope_run --memory 64M none -- python3 -c 'x = bytearray(200 << 20)'
	is "$status" 137 "exit code"
	is "$(report result.cause)" oom cause
	[ "$(report usage.oom_kills)" -ge 1 ] || fail "no oom kill was counted"
	run scope_run --pids 20 none -- sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22; do sleep 3 & done'
	contains "$output" fork
	scope_run --cpus 0.25 none -- python3 -c '
import time
end = time.monotonic() + 4
while time.monotonic() < end: pass'
	used=$(($(report usage.cpu_user_ms) + $(report usage.cpu_system_ms)))
	[ "$used" -lt $(($(report usage.wall_ms) * 35 / 100)) ] || fail "$used ms of $(report usage.wall_ms) ms"
	nothing_left
}

@test "a delegated scope around many runs: each takes a directory in it and asks no bus" {
	cat >"$CASE/inside" <<-'SH'
		group=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)
		mkdir "$group/cofferdam-launchers" && echo $$ >"$group/cofferdam-launchers/cgroup.procs"
		for i in 1 2; do DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere "$@" --report "$CASE/report$i.json" none -- true; done
	SH
	logged_in systemd-run --quiet --user --scope -p Delegate=yes sh "$CASE/inside" "$COFFERDAM" run -q
	for i in 1 2; do
		cp "$CASE/report$i.json" "$CASE/report.json"
		is "$(report limits.driver)" v2 "driver of run $i"
		is "$(report walls.cgroup.state)" enforced "wall of run $i"
	done
	nothing_left
}

@test "a scope that somebody stops ends the run in order" {
	started none -- sh -c 'echo begun; sleep 600'
	managed systemctl --user stop "$UNIT"
	wait "$RUN" || status=$?
	is "$status" 143 "exit code"
	# TERM reaches everybody at once: the builder may be dead of it before we have ours.
	case $(report result.cause) in
	interrupted | signalled) ;;
	*) fail "cause: $(report result.cause)" ;;
	esac
	nothing_left
}

@test "a scope that is killed whole, and a launcher that is killed alone, leave nothing" {
	for kill in scope launcher; do
		mark
		started none -- sh -c "setsid sleep $MARK & echo begun; sleep $MARK"
		case $kill in
		scope) managed systemctl --user kill --signal=KILL "$UNIT" ;;
		launcher) kill -KILL "$(launcher)" ;;
		esac
		wait "$RUN" || status=$?
		nothing_left
		unmarked || fail "$kill: processes are left: $(marked)"
	done
}

@test "the service of the user's from which a run was started takes it along when it stops" {
	mark
	managed systemd-run --quiet --user --collect --unit=cofferdam-host \
		sh -c "'$COFFERDAM' run -q --report '$CASE/report.json' none -- sleep $MARK; :"
	wait_for 60 marked_is_running || fail "not begun"
	has_unit() { UNIT=$(scopes | grep -m1 '\.scope$'); }
	wait_for 60 has_unit || fail "no scope"
	is "$(managed systemctl --user show --value -p BindsTo "$UNIT")" cofferdam-host.service BindsTo
	managed systemctl --user stop cofferdam-host
	nothing_left
	unmarked || fail "processes are left: $(marked)"
	is "$(report result.cause)" interrupted cause
}
marked_is_running() { [ -n "$(marked)" ]; }

@test "limits of the group that a run stands in are not left by a scope" {
	managed systemd-run --quiet --user --collect --wait -p MemoryMax=500M \
		sh -c "'$COFFERDAM' run -q --report '$CASE/report.json' none -- true; :"
	is "$(report limits.driver)" inherited driver
	contains "$(report limits.detail)" "lead out of our limits (memory bytes 524288000"
	systemd-run --quiet --wait --collect -p User="$TEST_USER" --setenv=XDG_RUNTIME_DIR="/run/user/$TEST_UID" \
		sh -c "'$COFFERDAM' run -q --report '$CASE/report.json' none -- true; '$COFFERDAM' doctor >'$CASE/doctor'; :"
	lacks "$(report limits.driver)" systemd
	contains "$(report limits.detail)" "a group that is not user $TEST_UID's login's"
	contains "$(cat "$CASE/doctor")" "Delegate=yes"
}

@test "no bus, a silent one, a manager that refuses or lies: rlimits, or 125 for who asked" {
	for mode in none silent refuse grant; do
		case $mode in
		none) BUS=unix:path=/nowhere ;;
		silent) bus_silent ;;
		*) manager_start $mode ;;
		esac
		logged_in env DBUS_SESSION_BUS_ADDRESS="$BUS" "$COFFERDAM" run -q --report "$CASE/report.json" none -- true
		is "$(report walls.cgroup.state)" degraded "$mode: walls.cgroup"
		case $mode in
		none) contains "$(report limits.detail)" "systemd: connect to the session bus: No such file" ;;
		silent) contains "$(report limits.detail)" "did not answer within 3000 ms" ;;
		refuse) contains "$(report limits.detail)" "not you" ;;
		grant) contains "$(report limits.detail)" "a scope was granted, and yet" ;;
		esac
		run logged_in env DBUS_SESSION_BUS_ADDRESS="$BUS" "$COFFERDAM" run -q --memory 1G --report "$CASE/report.json" none -- echo MARKER
		is "$status" 125 "$mode: exit code with --memory"
		lacks "$output" MARKER
		contains "$(report error.remedy)" "cofferdam doctor"
		bus_stop
	done
}

@test "doctor and explain promise a scope and make none" {
	background MONITOR managed busctl --user monitor --match "type=method_call,member=StartTransientUnit" >"$CASE/calls" 2>&1
	wait_for 20 grep -q Monitoring "$CASE/calls" || fail "$(cat "$CASE/calls")"
	logged_in "$COFFERDAM" doctor >"$CASE/doctor" || : # of another row it may say no
	contains "$(grep '  *cgroup  ' "$CASE/doctor")" "a scope from the user's systemd"
	contains "$(logged_in "$COFFERDAM" explain --json none -- true | grep '"driver"')" systemd
	lacks "$(cat "$CASE/calls")" cofferdam-
	scope_run none -- true
	wait_for 20 grep -q cofferdam- "$CASE/calls" || fail "the monitor hears nothing at all"
}

@test "a controller that is not delegated degrades the wall for its limit, by name" {
	controllers=$(cat "/sys/fs/cgroup/user.slice/user-$TEST_UID.slice/user@$TEST_UID.service/cgroup.controllers")
	case " $controllers " in *" io "*) cannot "be without the io controller" ;; esac
	run scope_run --io-weight 50 none -- echo ran
	is "$status" 125 "exit code"
	is "$(report limits.driver)" systemd driver
	contains "$(report error.message)" "no limit for io-weight"
	scope_run --io-weight 50 --allow-degraded cgroup none -- true
	is "$(report walls.cgroup.state)" degraded walls.cgroup
}
