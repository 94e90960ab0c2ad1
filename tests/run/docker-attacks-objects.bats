#!/usr/bin/env bats
# Attacks on what is not the run's own: containers, images, volumes, networks, and whole
# families of calls. Bare they work, through the broker they do not.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start docker && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

@test "containers of others, under each of their names" {
	need_docker
	attack containers
}

@test "images: read, forged, moved, deleted; registries probed" {
	need_docker
	attack images
}

@test "volumes and networks" {
	need_docker
	attack objects
}

@test "swarm, plugins, sessions, and what tells of the host" {
	need_docker
	attack families
}
