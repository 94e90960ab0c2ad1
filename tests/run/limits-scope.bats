#!/usr/bin/env bats
# What cofferdam-scope asks of the user's systemd, and what it makes of every answer. Played
# by a fake, for here may be none; tests/vm/guest/scope.bats asks real ones.

load ../lib/run
load ../lib/scope

ID=0123456789abcdef0123456789abcdef

# no_scope PART: no scope was given, and the reason has PART in it
no_scope() {
	is "$(answer granted)" false granted
	contains "$(answer what)" "$1"
}

@test "it asks for one delegated scope, with the process that started it and nobody else" {
	manager_start grant
	ask start $ID
	is "$(answer granted)" true granted
	is "$(told)" StartTransientUnit "calls"
	python3 - "$CASE/calls" "$(answer pid)" <<-'PY'
		import json, sys
		name, mode, properties, others = json.loads(open(sys.argv[1]).readline())["body"]
		want = {"PIDs": ["au", [int(sys.argv[2])]], "Delegate": ["b", True],
		        "CollectMode": ["s", "inactive-or-failed"], "Description": ["s", "cofferdam: one run"]}
		assert name == "cofferdam-0123456789abcdef0123456789abcdef.scope", name
		assert mode == "fail" and others == [], (mode, others)
		assert dict(properties) == want, properties
	PY
}

@test "a scope is bound to the service from which it was asked for" {
	manager_start grant
	ask start $ID runner.service
	is "$(answer granted)" true granted
	python3 - "$CASE/calls" <<-'PY'
		import json, sys
		properties = dict(json.loads(open(sys.argv[1]).readline())["body"][2])
		assert properties["BindsTo"] == ["as", ["runner.service"]], properties
		assert properties["After"] == ["as", ["runner.service"]], properties
	PY
}

@test "a job that is done before its own answer counts" {
	manager_start early
	ask start $ID
	is "$(answer granted)" true granted
}

@test "an error, a failed job, an answer of another type: no scope, with the cause" {
	for case in "refuse:not you" "failed:could not start cofferdam-$ID.scope: failed" "wrong:ask for a scope"; do
		manager_start "${case%%:*}"
		run ask start $ID
		is "$status" 1 "exit code for $case"
		no_scope "${case#*:}"
		bus_stop
	done
}

@test "a manager that never answers, or tells of other jobs only, is waited for three seconds" {
	for mode in silent foreign; do
		manager_start $mode
		run ask start $ID
		no_scope "the user's systemd did not answer within 3000 ms"
		[ "$(answer ms)" -ge 3000 ] && [ "$(answer ms)" -lt 8000 ] || fail "$mode: $(answer ms) ms"
		bus_stop
	done
}

@test "a bus without a manager, no bus, a silent one, one that speaks something else" {
	bus_start
	run ask start $ID
	no_scope "org.freedesktop.systemd1"
	bus_stop
	run ask start $ID
	no_scope "connect to the session bus"
	bus_silent
	run ask start $ID
	no_scope "the session bus did not answer within 3000 ms"
	run ask look
	no_scope "the session bus did not answer within 1000 ms"
	bus_stop
	bus_garbage
	run ask start $ID
	no_scope "session bus"
	[ "$(answer ms)" -lt 8000 ] || fail "$(answer ms) ms"
	BUS="nonsense"
	run ask start $ID
	no_scope "connect to the session bus"
}

@test "look reads two properties and makes nothing" {
	manager_start grant
	ask look
	is "$(told | sort -u)" Get "calls"
	is "$(answer version)" "257 (fake)" version
	is "$(answer group)" "/user.slice/fake" group
	bus_stop
	manager_start wrong
	run ask look
	no_scope "read a property"
}

@test "a bus outside of this pid namespace is not told a pid that means another process there" {
	manager_start grant
	as_user unshare --user --map-current-user --pid --fork true || cannot "make a pid namespace"
	as_user env DBUS_SESSION_BUS_ADDRESS="$BUS" unshare --user --map-current-user --pid --fork \
		/usr/bin/python3 "$SOURCES/tests/lib/scope-driver" "$SUITE/$SCOPE_PROGRAM" start $ID >"$CASE/answer" || :
	no_scope "outside of this pid namespace"
	is "$(told)" "" "calls"
}

@test "a run outside of its user's slice asks nobody: a scope would lead out of what limits it" {
	manager_start grant
	for from in "" SLURM_JOB_ID=7; do
		as_user env DBUS_SESSION_BUS_ADDRESS="$BUS" $from "$COFFERDAM" run -q --report "$CASE/report.json" none -- true
		lacks "$(report limits.driver)" systemd
		case $from in
		?*) contains "$(report limits.detail)" "lead out of the batch step" ;;
		*) contains "$(report limits.detail)" "systemd: " ;;
		esac
	done
	as_user env DBUS_SESSION_BUS_ADDRESS="$BUS" "$COFFERDAM" explain none -- true >/dev/null
	is "$(told)" "" "calls"
}

@test "the launcher neither links nor loads libsystemd; cofferdam-scope alone does" {
	lacks "$(objdump -p "$COFFERDAM" | grep NEEDED)" libsystemd
	contains "$(objdump -p "$SUITE/$SCOPE_PROGRAM" | grep NEEDED)" libsystemd
}
