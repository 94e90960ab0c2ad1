#!/usr/bin/env bats
# --apparmor on a host that starts with AppArmor: the builder has the profile, and nobody else.
#
# Changes what is loaded into the kernel:
# run-all: alone

load guest

setup() {
	guest_begin
	[ -e /sys/kernel/security/apparmor/profiles ] || fail "this machine started without AppArmor"
}

# profile TEXT: load a profile "cofferdam-build" of these rules, until the end of the test
profile() {
	printf 'profile cofferdam-build {\n  file,\n  signal,\n  unix,\n  network,\n  %s\n}\n' "$1" >"$CASE/profile"
	apparmor_parser --replace --skip-cache "$CASE/profile"
}

teardown() {
	[ ! -e "$CASE/profile" ] || apparmor_parser --remove "$CASE/profile"
	guest_end
}

@test "--apparmor: the builder has that profile, whole, and nobody else of the run has" {
	profile 'deny /app/secret* rw,'
	is "$(user_run --apparmor cofferdam-build none -- cat /proc/self/attr/current)" "cofferdam-build (enforce)" "the label inside"
	is "$(report walls.lsm-label.state)" enforced walls.lsm-label
	contains "$(report walls.lsm-label.detail)" cofferdam-build
	run user_run --apparmor cofferdam-build none -- sh -c 'echo MARK >open; cat open; echo KEY >secret; cat secret'
	contains "$output" MARK
	contains "$output" "Permission denied"
	lacks "$output" KEY
	is "$(user_run none -- sh -c 'echo KEY >secret; cat secret')" KEY "without the profile"
	lacks "$(user_run none -- cat /proc/self/attr/current)" cofferdam-build
}

@test "--apparmor: a child of the builder is confined too, and cannot leave" {
	profile 'deny /app/secret* rw,'
	run user_run --apparmor cofferdam-build none -- sh -c 'echo exec unconfined >/proc/self/attr/exec; sh -c "cat /proc/self/attr/current; echo KEY >secret"; test -e secret && echo made || echo none'
	contains "$output" "cofferdam-build (enforce)"
	contains "$output" "Permission denied"
	contains "$output" none
}

@test "--apparmor with a profile that is not loaded: 125, and nothing runs" {
	run user_run --apparmor nobody-has-loaded-this none -- echo MARKER
	is "$status" 125 "exit code"
	lacks "$output" MARKER
	contains "$(report error.message)" nobody-has-loaded-this
	contains "$(report error.step)" "label"
}
