#!/usr/bin/env bats
# Attacks by a build and by the bytes on the wire, and what podman adds. Bare they work,
# through the broker they do not.

load ../lib/run
load ../lib/docker

# Two engines in one file: each test starts the one that it attacks.
teardown() {
	engine_stop
	case_end
}

on() {
	engine_start "$1" && need_docker && engine_host
}

@test "builds: parameters, forms behind the context, and the Dockerfile in it" {
	on docker
	attack builds
}

@test "HTTP and JSON that two readers understand differently" {
	on docker
	attack parser
}

@test "podman: the same holes and those of libpod" {
	on podman
	attack podman
}
