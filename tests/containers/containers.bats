#!/usr/bin/env bats
# cofferdam in a container of an engine's, by root: where it works, and what it and doctor say where
# it does not. README.md has the table of these rows, and the last test compares.

load ../lib/run
load ../lib/docker
load ../lib/container

# Each test has an engine of its own, and ends it.
teardown() {
	[ -z "${ENGINE_DIR:-}" ] || engine_stop
	case_end
}

# Both flags, in the words of each engine.
flags() { # PROFILE
	echo --security-opt "seccomp=$1" --security-opt "$([ "$ENGINE_KIND" = podman ] && echo unmask=ALL || echo systempaths=unconfined)"
}

image() {
	local root=$ENGINE_DIR/contained

	container_root "$root"
	echo "ci:x:1000:1000::/tmp:/bin/sh" >>"$root/etc/passwd"
	echo "ci:x:1000:" >>"$root/etc/group"
	tar --owner=0 --group=0 -C "$root" -c . | dk import - contained:1 >/dev/null
}

# podman's own command line, for Docker's has not all of its words.
cli() {
	case $ENGINE_KIND in
	podman) podman --remote --url "unix://$ENGINE" "$@" ;;
	*) dk "$@" ;;
	esac
}

# OPTION… -- COMMAND…: in a container
contained() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	cli run --rm --network none -v /usr:/usr:ro -v "$SUITE/usr:/opt:ro" "${options[@]}" contained:1 "$@"
}

# WHAT WANTED OPTION…: "works", or a part of what is said; doctor says "works" of the same.
row() {
	local what=$1 wanted=$2 got doctor=0

	shift 2
	got=$(contained "$@" -- /opt/bin/cofferdam run -q none -- echo works 2>&1) || :
	contained "$@" -- /opt/bin/cofferdam doctor --json >doctor.json 2>doctor.err || doctor=$?
	case $wanted in
	works)
		contains "$got" works
		is "$(python3 -c '
import json
print(*(w["name"] for w in json.load(open("doctor.json"))["walls"] if w["required"] and w["state"] != "enforced"))')" \
			"" "walls that doctor misses: $what"
		got=works
		;;
	*)
		contains "$got" "$wanted"
		contains "$(cat doctor.json doctor.err)" "$wanted"
		[ "$doctor" != 0 ] || fail "doctor is content: $what"
		;;
	esac
	echo "| $what | $(verdict "$wanted") |" >>"$BATS_FILE_TMPDIR/table.$ENGINE_KIND"
}

verdict() {
	case $1 in
	cofferdam-seccomp.json) echo "no: the filter" ;;
	systempaths=unconfined) echo "no: \`/proc\` is covered" ;;
	CAP_SETUID) echo "no: it cannot give up root" ;;
	"--tmpfs /tmp") echo "no: nowhere to write" ;;
	*) echo "$1" ;;
	esac
}

matrix() {
	local engine=$1 profile filter="cofferdam-seccomp.json" masked="systempaths=unconfined"
	local both user=(--user 1000)

	need_root
	engine_start "$engine"
	need_docker
	cd "$CASE"
	image
	profile=$SUITE/usr/share/cofferdam/cofferdam-seccomp.json
	read -r -a both <<<"$(flags "$profile")"
	: >"$BATS_FILE_TMPDIR/table.$ENGINE_KIND"
	row "as the engine makes it" "$filter"
	row "the profile alone" "$masked" "${both[@]:0:2}"
	row "\`/proc\` alone" "$filter" "${both[@]:2}"
	row "both" works "${both[@]}"
	row "both, no filter for a profile" works --security-opt seccomp=unconfined "${both[@]:2}"
	row "both, and \`--user 1000\`" works "${both[@]}" "${user[@]}"
	row "both, \`--user 1000 --security-opt no-new-privileges\`" works "${both[@]}" "${user[@]}" --security-opt no-new-privileges
	row "both, \`--user 1000 --cap-drop ALL\`" works "${both[@]}" "${user[@]}" --cap-drop ALL
	row "both, \`--cap-drop ALL\`, as root" "CAP_SETUID" "${both[@]}" --cap-drop ALL
	row "both, \`--read-only --tmpfs /tmp\`" works "${both[@]}" --read-only --tmpfs /tmp
	# podman puts a file system onto /tmp and /run there by itself.
	case $ENGINE_KIND in
	docker) row "both, \`--read-only\` (dockerd)" "--tmpfs /tmp" "${both[@]}" --read-only ;;
	podman)
		row "both, \`--read-only\` (podman)" works "${both[@]}" --read-only
		row "both, in a user namespace: \`--uidmap 0:200000:65536\` (podman)" works "${both[@]}" --uidmap 0:200000:65536
		;;
	esac
}

@test "dockerd" {
	matrix docker
}

@test "podman" {
	matrix podman
}

@test "README.md has this table" {
	local kind

	for kind in docker podman; do
		[ -s "$BATS_FILE_TMPDIR/table.$kind" ] || fail "there is none of $kind"
		while read -r line; do
			grep -qxF -- "$line" "$SOURCES/README.md" || fail "README.md lacks: $line"
		done <"$BATS_FILE_TMPDIR/table.$kind"
	done
}

MODELS="kubernetes-models@5.1.0 yaml@2.8.1"

@test "the manifest for Kubernetes is valid by the published schema" {
	local fault

	mkdir -p "$CASE/modules" && cd "$CASE/modules"
	# shellcheck disable=SC2086
	npm install --silent --no-audit --no-fund --ignore-scripts $MODELS >"$CASE/npm" 2>&1 || fail "npm: $(cat "$CASE/npm")"
	validate_manifest() { node "$SOURCES/tests/containers/validate-manifest.mjs" "$CASE/modules/node_modules" "$1"; }
	is "$(validate_manifest "$SUITE/usr/share/cofferdam/cofferdam-job.yaml")" \
		$'v1 ConfigMap: valid\nbatch/v1 Job: valid' "the manifest"
	for fault in 's/completionMode: Indexed/completionMode: Indexes/' 's/procMount:/procMonut:/' \
		's/hostUsers: false/hostUsers: 1/' 's/operator: NotIn/operators: NotIn/' \
		's/backoffLimitPerIndex: 3/backoffLimitPerIndex: many/'; do
		sed "$fault" "$SUITE/usr/share/cofferdam/cofferdam-job.yaml" >"$CASE/bad.yaml"
		! validate_manifest "$CASE/bad.yaml" || fail "valid with $fault"
	done
}
