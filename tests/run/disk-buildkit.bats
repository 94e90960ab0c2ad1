#!/usr/bin/env bats
# Housekeeping on an engine of today, whose builds are BuildKit's and leave a cache.

load ../lib/run
load ../lib/docker
load ../lib/disk

setup_file() { suite_join && engine_start newer; }
teardown_file() { engine_stop; suite_leave; }

# inside SCRIPT: a run with the clients of 26.1, which may leave mine/*
inside() {
	coff_state run -q --docker --docker-host "unix://$ENGINE" --docker-base base --docker-tag 'mine/*' \
		--ro-bind "$NEWER/client:/opt/docker" --env PATH=/opt/docker:/usr/bin:/bin \
		--env DOCKER_CONFIG=/opt/docker --env BUILDX_CONFIG=/tmp/buildx none -- sh -c "$1" 2>&1
}

# leave NAME: an image mine/NAME, and a million bytes of cache
leave() {
	inside "printf 'FROM base:1\nRUN --mount=type=cache,target=/c head -c 1000000 /dev/zero >/c/f && echo $1 >/f\n' >Dockerfile
		docker build -q -t mine/$1 ."
}

cache_bytes() {
	disk --json >"$CASE/disk.json"
	validate --is disk "$CASE/disk.json"
	python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["kinds"]["build_cache"]["bytes"])' "$CASE/disk.json"
}

@test "disk and gc: BuildKit's cache is counted, kept while it is young, and goes when it is to" {
	leave cached
	[ "$(cache_bytes)" -ge 1000000 ] || fail "$(cat "$CASE/disk.json")"
	lacks "$(images --older-than 1h --build-cache)" "removed image"
	[ "$(cache_bytes)" -ge 1000000 ] || fail "a young cache has gone: $(cat "$CASE/disk.json")"
	contains "$(images --max-size 0 --build-cache)" "removed build cache"
	[ "$(cache_bytes)" -lt 1000000 ] || fail "it is still there: $(cat "$CASE/disk.json")"
}

@test "gc --images: names that BuildKit gave are in the ledger; dry run and JSON together" {
	leave a:1
	leave a:2
	dk tag base:1 mine/theirs:1
	images --keep-last 1 --dry-run --json >"$CASE/gc.json"
	validate --is gc "$CASE/gc.json"
	contains "$(cat "$CASE/gc.json")" docker.io/mine/a:1
	lacks "$(cat "$CASE/gc.json")" mine/a:2
	dk inspect mine/a:1 >/dev/null || fail "a dry run has removed it"
	contains "$(images --keep-last 1)" "removed image docker.io/mine/a:1"
	! dk inspect mine/a:1 >/dev/null 2>&1 || fail "it is still there"
	contains "$(images --max-size 0)" "removed image docker.io/mine/a:2"
	dk inspect mine/theirs:1 >/dev/null || fail "a name that no run left has gone"
	dk rmi mine/theirs:1 >/dev/null
}

@test "disk --metrics: refusals and bytes of all runs" {
	disk --metrics "$CASE/state/m.prom" >/dev/null
	inside "curl -s -o /dev/null --unix-socket /run/docker.sock -X POST http://d/v1.41/swarm/init"
	disk --metrics "$CASE/state/m.prom" >/dev/null
	grep -qx 'cofferdam_docker_refused_total 1.000' "$CASE/state/m.prom" || fail "$(cat "$CASE/state/m.prom")"
	bytes=$(sed -n 's/^cofferdam_docker_bytes_total \([0-9]*\).*/\1/p' "$CASE/state/m.prom")
	[ "$bytes" -gt 100 ] || fail "bytes: $bytes"
}
