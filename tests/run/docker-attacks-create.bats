#!/usr/bin/env bats
# Attacks on containers/create: bare they work, through the broker they do not. Every field
# of HostConfig with a dangerous value, in every spelling that the engine understands.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start docker && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

@test "create: what each dangerous field does" {
	need_docker
	attack create
}

@test "create: every field of HostConfig in every spelling" {
	need_docker
	attack fields
}

@test "create: every field that the engine knows of has its rows" {
	local known rows

	need_docker
	rows=$("$DOCKER_TESTS/attack" --list fields | sed 's/,.*//' | sort -u)
	known=$(dk inspect -f '{{json .HostConfig}}' hostbox | python3 -c '
import json, sys
print("\n".join(sorted(json.load(sys.stdin))))')
	is "$(comm -13 <(echo "$rows") <(LC_ALL=C.UTF-8 sort <<<"$known"))" "" "fields without a row"
	is "$("$DOCKER_TESTS/attack" --list fields | grep -c '^Binds,')" 12 "spellings of a field with an s"
}
