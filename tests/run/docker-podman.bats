#!/usr/bin/env bats
# The same broker before podman's service: builds and runs by the Docker API of podman.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start podman && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

setup() {
	case_begin
	need_docker
	engine_ids_sorted >"$CASE/before"
}

same_ids() {
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was: $output"
}

@test "podman: a build of two stages, its name kept, nothing else" {
	run docker_build --docker-base base --docker-tag 'mine/*' none -- sh -c '
		printf "FROM base:1 AS one\nRUN echo made >/f\nFROM base:1\nCOPY --from=one /f /f\nRUN cat /f\n" >Dockerfile
		docker build -t mine/app:1 .'
	is "$status" 0 "build: $output"
	dk rmi mine/app:1 >/dev/null
	same_ids
}

# Podman takes "none" for its default, which may be the host's network.
@test "podman: a step has no network unless it was granted" {
	local pid

	echo "$CANARY" >"$CASE/secret"
	background pid on_engine python3 -m http.server 8123 --bind 127.0.0.1 --directory "$CASE" >/dev/null 2>&1
	wait_for 60 on_engine curl -s -o /dev/null http://127.0.0.1:8123/
	printf 'FROM base:1\nRUN wget -q -O - http://127.0.0.1:8123/secret || true\n' >"$CASE/Dockerfile"
	contains "$(DOCKER_BUILDKIT=0 dk build --no-cache --network none - <"$CASE/Dockerfile" 2>&1)" "$CANARY" ||
		echo "bare: this podman heeds none"
	dk image prune -f >/dev/null
	engine_ids_sorted >"$CASE/before"
	run docker_build --docker-base base none -- sh -c '
		printf "FROM base:1\nRUN wget -q -O - http://127.0.0.1:8123/secret || true\n" | docker build --no-cache -'
	is "$status" 0 "build: $output"
	lacks "$output" "$CANARY"
	same_ids
}

# Of a container that it removes by itself (--rm) podman 4.3 tells 0, whatever it ended with.
@test "podman: run, exit codes, exec, cp" {
	run docker_run --docker-base base none -- sh -c '
		docker run --rm base:1 echo out; docker run --name seven base:1 sh -c "exit 7"; echo code $?; docker rm seven
		docker run -d --name box base:1 sleep 60 >/dev/null; docker exec box echo in-exec
		echo copied >f; docker cp f box:/tmp/f; docker exec box cat /tmp/f; docker ps --format "{{.Names}}"; docker rm -f box'
	for word in out "code 7" in-exec copied; do
		contains "$output" "$word"
	done
	lacks "$output" hostbox
	same_ids
}

@test "podman: docker load" {
	local status=0

	dk save -o "$CASE/base.tar" base:1
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/named.tar" --tags mine/l:1
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/empty.tar" --tags mine/l:2 --no-layers
	chmod 0644 "$CASE"/*.tar
	out=$(docker_run --docker-base base --docker-tag 'mine/*' --ro-bind "$CASE:/opt/case" none -- sh -c '
		docker load -i /opt/case/named.tar && docker run --rm --network none mine/l:1 echo ran
		docker rmi mine/l:1 >/dev/null; docker load -i /opt/case/empty.tar' 2>&1) || status=$?
	is "$status" 1 "exit code: $out"
	for word in "Loaded image: mine/l:1" ran "all of an image has to be in it"; do
		contains "$out" "$word"
	done
	same_ids
}

@test "podman: what was left running is gone, others are as they were" {
	run docker_run --docker-base base none -- sh -c '
		docker volume create vol; docker run -d -v vol:/v base:1 sleep 600 >/dev/null; docker rm -f hostbox; docker ps -a --format "name {{.Names}}"'
	lacks "$output" "name hostbox"
	same_ids
}

# By the gateway's address, which podman does not give to an internal network, and by the
# link-local one that each bridge has.
@test "podman: a network of the run leads to no address of the host" {
	local pid

	echo "$CANARY" >"$CASE/secret"
	background pid on_engine python3 -m http.server 8124 --bind :: --directory "$CASE" >/dev/null 2>&1
	wait_for 60 on_engine curl -s -o /dev/null http://127.0.0.1:8124/
	dk network create --internal bare >/dev/null
	contains "$(dk run --rm --network bare base:1 cat /proc/net/if_inet6)" fe80
	dk network rm bare >/dev/null
	run docker_run --docker-base base none -- sh -c '
		docker network create net >/dev/null && docker run --rm --network net base:1 sh -c "
			set -- \$(ip route | grep \"scope link\"); wget -q -O - http://\${1%.*}.1:8124/secret; cat /proc/net/if_inet6; echo ended"'
	contains "$output" ended
	lacks "$output" "$CANARY"
	lacks "$output" fe80
	same_ids
}
