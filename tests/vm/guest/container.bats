#!/usr/bin/env bats
# Inside a container of an ordinary user's podman: what keeps cofferdam from working there is
# told, with the remedies one after the other, and with all of them it works.

load guest
load ../../lib/container

setup_file() {
	suite_join
	[ -e /run/cofferdam-vm ] || return 0
	container_root "$SUITE/root"
	chown -R cofferdam-test: "$SUITE/root"
}

# contained OPTION… -- CMD…: in a container that has nothing but the programs
contained() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	session podman run --rm --network none --volume /usr:/usr:ro --volume "$SUITE/usr:/opt:ro" \
		"${options[@]}" --rootfs "$SUITE/root" "$@" 2>"$CASE/err"
}

# What a remedy has to say of --security-opt, in podman's words where they differ.
option_of() {
	sed -n 's/.*(Podman: \([^)]*\)).*/\1/p; t; s/.*--security-opt \([a-z]*=[A-Za-z]*\).*/\1/p' <<<"$1"
}

@test "as podman makes it: 125, told by name; doctor's remedies, one by one, make it work" {
	local options=() remedy option

	for _ in 1 2 3 4; do # the keeper may be gone before it has its orders, or not yet
		run contained -- /opt/bin/cofferdam run -q none -- echo MARKER
		is "$status" 125 "exit code ($output $(cat "$CASE/err"))"
		lacks "$output" MARKER
		contains "$(cat "$CASE/err")" "the container around this process has a system call filter"
		contains "$(cat "$CASE/err")" "--security-opt seccomp=unconfined"
	done
	for _ in 1 2 3 4; do
		contained "${options[@]}" -- /opt/bin/cofferdam doctor --json >"$CASE/doctor.json" || [ $? = 1 ]
		remedy=$(python3 -c '
import json, sys
for row in json.load(open(sys.argv[1]))["walls"]:
    if row["required"] and row["state"] != "enforced":
        print(row["name"], row["cause"], "->", row["remedy"])
        break' "$CASE/doctor.json")
		echo "# $remedy"
		[ -n "$remedy" ] || break
		option=$(option_of "$remedy")
		[ -n "$option" ] || fail "no option is named: $remedy"
		options+=(--security-opt "$option")
	done
	is "$(contained "${options[@]}" -- /opt/bin/cofferdam run -q none -- echo ran)" ran "with ${options[*]} ($(cat "$CASE/err"))"
}
