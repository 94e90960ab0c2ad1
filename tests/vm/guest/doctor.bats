#!/usr/bin/env bats
# What keeps cofferdam from running on a host is named by doctor and by run, with a remedy;
# and the remedy is one: carried out word for word, it makes the same run work.
#
# Changes settings of the whole machine:
# run-all: alone

load guest

# refused_by NAME TEXT: doctor and run both give this cause, and run builds nothing
refused_by() {
	local status=0

	examine session
	lacks "$(found user state)" enforced
	contains "$(found user cause)" "$1"
	user_run none -- echo ran >"$CASE/out" 2>"$CASE/err" || status=$?
	is "$status $(cat "$CASE/out")" "125 " "exit code and output"
	contains "$(report error.message)$(report error.remedy)$(cat "$CASE/err")" "$1"
	contains "$(cat "$CASE/err")" "$(found user remedy)"
}

works() {
	is "$(user_run none -- echo ran 2>&1)" ran "the run after the remedy"
	examine session
	is "$(found user state)" enforced "doctor after the remedy"
}

@test "nothing is in the way at first" {
	works
}

@test "user.max_user_namespaces=0" {
	setting user.max_user_namespaces 0
	refused_by user.max_user_namespaces
	remedied user
	works
}

@test "kernel.unprivileged_userns_clone=0" {
	setting kernel.unprivileged_userns_clone 0
	refused_by kernel.unprivileged_userns_clone
	remedied user
	works
}

@test "another namespace that nobody may make" {
	setting user.max_net_namespaces 0
	local status=0

	examine session
	contains "$(found network cause)" user.max_net_namespaces
	user_run none -- echo ran >"$CASE/out" 2>"$CASE/err" || status=$?
	is "$status $(cat "$CASE/out")" "125 " "exit code and output"
	contains "$(cat "$CASE/err")" user.max_net_namespaces
	remedied network
	works
}

@test "no range in /etc/subuid: degraded, named, and mended by what doctor says" {
	cp /etc/subuid /etc/subgid "$CASE"
	examine session_one
	is "$(found ids state)" degraded "ids without a range"
	contains "$(found ids cause)" /etc/subuid
	run session_one "$COFFERDAM" run -q --strict none -- echo ran
	is "$status" 125 "exit code with --strict"
	remedied ids
	examine session_one
	is "$(found ids state)" enforced "ids after the remedy"
	session_one "$COFFERDAM" run -q --report "$CASE/report.json" none -- true
	is "$(report walls.ids.state)" enforced "walls.ids after the remedy"
	overlaps=$(sort -t: -k2n /etc/subuid | awk -F: '$2 < end { print } { end = $2 + $3 }')
	cp "$CASE/subuid" "$CASE/subgid" /etc
	is "$overlaps" "" "ranges that two users share after the remedy"
}

# in_service PROPERTIES CMD…: as the test user, in a service of the system's
in_service() {
	# shellcheck disable=SC2086
	systemd-run --quiet --pipe --wait --collect -p "User=$TEST_USER" -p "WorkingDirectory=$CASE" $1 "${@:2}"
}

@test "a service without delegation: named, and mended by the properties that doctor names" {
	examine in_service ""
	is "$(found cgroup state)" degraded "cgroup in a service"
	contains "$(found cgroup remedy)" "[Service] Delegate=yes"
	run in_service "" "$COFFERDAM" run -q --memory 64M none -- echo MARKER
	is "$status" 125 "exit code with --memory"
	lacks "$output" MARKER
	in_service "-p Delegate=yes" "$COFFERDAM" run -q --report "$CASE/report.json" --memory 64M none -- true
	is "$(report limits.driver)" v2 driver
	is "$(report walls.cgroup.state)" enforced walls.cgroup
}
