#!/usr/bin/env bats
# --docker=build with real clients on a real engine: what works, what is granted, what stays.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start docker && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

# The classic builder leaves nothing that a test has not asked for.
setup() {
	case_begin
	need_docker
	engine_ids_sorted >"$CASE/before"
}

# built [OPTION…] -- SCRIPT: with the usual grants, output in $OUT, status in $STATUS
built() {
	local options=()

	while [ "$1" != -- ]; do options+=("$1") && shift; done
	STATUS=0
	OUT=$(docker_build --docker-base base --docker-tag 'mine/*' "${options[@]}" none -- sh -c "$2" 2>&1) ||
		STATUS=$?
}

same_ids() {
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was"
}

TWO_STAGES='cat >Dockerfile <<END
FROM base:1 AS one
RUN echo made-in-one >/file
FROM base:1
COPY --from=one /file /file
RUN cat /file
END
'

two_stages() {
	need_file "$1"
	built -- "$TWO_STAGES $1 build -t mine/app:1 ."
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" made-in-one
	is "$(dk run --rm --network none mine/app:1 cat /file)" made-in-one "the image"
	dk image inspect -f '{{index .Config.Labels "io.cofferdam.run"}}' mine/app:1 | grep -q "$(report id)"
	dk image inspect -f '{{.Config.Labels}}' mine/app:1 | { ! grep owner; }
	dk rmi mine/app:1 >/dev/null
	same_ids
}

@test "two stages, CLI 20.10: the granted name survives with its label, nothing else does" {
	two_stages "$DOCKER_CLI"
}

@test "two stages, CLI 28" {
	two_stages "$DOCKER_CLI_NEW"
}

@test "an image that was loaded has the run's labels, and its names stay" {
	dk save -o "$CASE/base.tar" base:1
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/named.tar" --tags mine/l:1 mine/l:2
	chmod 0644 "$CASE/named.tar"
	built --ro-bind "$CASE:/opt/case" -- 'docker load -i /opt/case/named.tar && docker rmi mine/l:2 >/dev/null
		printf "FROM mine/l:1\nRUN echo built\n" | docker build -t mine/app:1 -'
	contains "$OUT" built
	is "$(dk inspect -f '{{index .Config.Labels "io.cofferdam.run"}} {{index .Config.Labels "io.cofferdam.tags"}}' mine/l:1)" \
		"$(report id) docker.io/mine/l:1,docker.io/mine/l:2" labels
	grep -q '"docker.io/mine/l:1"' "$CASE/report.json" || fail "not in the report: $(report docker)"
	dk rmi mine/app:1 mine/l:1 >/dev/null
	same_ids
}

@test "a tag, a target, build arguments, labels; the Dockerfile under another name" {
	built -- 'mkdir d; printf "ARG A=none\nFROM base:1 AS t\nARG A\nLABEL l=\$A\nFROM base:1\nRUN false\n" >d/F
		docker build -t mine/a:1 -t mine/b:1 --target t --build-arg A=given -f d/F . && docker tag mine/a:1 mine/c:1'
	is "$STATUS" 0 "build: $OUT"
	is "$(dk inspect -f '{{.Config.Labels.l}}' mine/c:1)" given "label"
	dk rmi mine/a:1 mine/b:1 mine/c:1 >/dev/null
	same_ids
}

@test "python3-docker and docker-compose build" {
	need_file /usr/bin/docker-compose
	built -- "$TWO_STAGES"'
		printf "FROM base:1\nLABEL outside=1\n" >/tmp/Outside
		/usr/bin/python3 -c "
import docker
image, log = docker.from_env().images.build(path=\".\", tag=\"mine/py:1\")
print(\"id\", image.id)
docker.from_env().images.build(path=\".\", dockerfile=\"/tmp/Outside\", tag=\"mine/py:2\")" &&
		printf "version: \"3\"\nservices: {app: {build: ., image: \"mine/compose:1\"}}\n" >docker-compose.yml &&
		docker-compose build'
	is "$STATUS" 0 "build: $OUT"
	dk inspect mine/py:1 mine/compose:1 >/dev/null
	is "$(dk inspect -f '{{.Config.Labels.outside}}' mine/py:2)" 1 "a Dockerfile outside of the context"
	dk rmi mine/py:1 mine/py:2 mine/compose:1 >/dev/null
	same_ids
}

@test "a context of 1 GiB" {
	built --app-size 2G -- 'truncate -s 1G zeros; printf "FROM base:1\nRUN echo small\n" >Dockerfile
		tar -c Dockerfile zeros | docker build -t mine/big:1 -'
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" "Successfully tagged mine/big:1"
	[ "$(report docker.from_builder_bytes)" -gt 1073741824 ]
	dk rmi mine/big:1 >/dev/null
	same_ids
}

@test "a build that fails says why, and leaves nothing" {
	built -- 'printf "FROM base:1\nRUN echo here; exit 9\n" | docker build -'
	[ "$STATUS" != 0 ]
	contains "$OUT" "returned a non-zero code: 9"
	same_ids
}

# A step that lasts until the test lets it go; the newest container is its own.
STEP_WAITS='RUN until [ -e /go ]; do sleep 0.1; done'
step_go() { dk exec "$(dk ps -q | head -n 1)" touch /go; }

step_runs() { [ "$(dk ps -q --filter status=running | wc -l)" = "$1" ]; }

@test "a cancelled build: the engine's work stops" {
	local running pid

	running=$(dk ps -q | wc -l)
	mkfifo "$CASE/orders"
	exec 8<>"$CASE/orders"
	background pid from_orders docker_build --docker-base base none -- sh -c '
		printf "FROM base:1\nRUN sleep 300\n" | docker build - & client=$!
		read cancel; kill $client; read end'
	wait_for 60 step_runs $((running + 1)) || fail "the step did not start"
	echo cancel >&8
	wait_for 10 step_runs "$running" || fail "the step still runs"
	echo end >&8
	wait "$pid" || true
	exec 8>&-
	same_ids
}

@test "a run that ends in the middle of a build: the engine's work stops" {
	local running pid status=0

	running=$(dk ps -q | wc -l)
	background pid docker_build --docker-base base --timeout 15 none -- sh -c '
		printf "FROM base:1\nRUN sleep 300\n" | docker build -'
	wait_for 15 step_runs $((running + 1)) || fail "the step did not start"
	wait "$pid" || status=$?
	is "$status" 124 "exit code of a run past its time"
	step_runs "$running" || fail "the step still runs"
	same_ids
}

@test "limits and network of the run are imposed on a step" {
	local pid box

	background pid docker_build --docker-base base --memory 256M --swap 64M --cpus 1.5 --allow-degraded cgroup none -- sh -c '
		printf "FROM base:1\n'"$STEP_WAITS"'\n" | docker build --network host --memory 1g --memory-swap -1 --cpu-quota 900000 -'
	step_new() { box=$(dk ps --format '{{.Names}}' | grep -v hostbox) && [ -n "$box" ]; }
	wait_for 60 step_new || fail "the step did not start"
	is "$(dk inspect -f '{{.HostConfig.NetworkMode}} {{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' "$box")" \
		"none 268435456 335544320" "step"
	is "$(dk inspect -f '{{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}' "$box")" "100000 150000" "its processors"
	step_go
	wait "$pid"
	same_ids
}

@test "a limit of processes would not reach the steps: by default degraded, asked for an error" {
	built -- true
	is "$(report walls.docker-limits.state)" degraded "by default"
	contains "$(report walls.docker-limits.detail)" "not pids"
	built --pids max -- true
	is "$(report walls.docker-limits.state)" enforced "without a limit"
	built --pids 99 --allow-degraded cgroup -- 'echo builder-ran'
	is "$STATUS" 125 "asked for: $OUT"
	contains "$OUT" "not pids"
	contains "$OUT" "--allow-degraded docker-limits"
	lacks "$OUT" builder-ran
	built --strict --allow-degraded cgroup,lsm-label,ids,landlock -- 'echo builder-ran'
	is "$STATUS" 125 "--strict: $OUT"
	contains "$OUT" "not pids"
	built --pids 99 --allow-degraded cgroup,docker-limits -- 'echo builder-ran'
	is "$STATUS" 0 "accepted: $OUT"
	is "$(report walls.docker-limits.state)" degraded "accepted"
	same_ids
}

@test "images of others cannot be built from, and the remedy is named" {
	built -- 'echo "FROM host/secret:1" | docker build -'
	is "$STATUS" 1 "exit"
	contains "$OUT" host/secret:1
	contains "$OUT" --docker-base
	lacks "$OUT" "$CANARY"
	same_ids
}

@test "a name beyond the grant, and one that somebody has" {
	built --docker-tag 'host/app' -- 'echo "FROM base:1" | docker build -t other/x:1 -; echo "first $?"
		echo "FROM base:1" | docker build -t host/app:1 -'
	contains "$OUT" "first 1"
	contains "$OUT" --docker-tag
	is "$STATUS" 1 "a name that somebody has: $OUT"
	is "$(dk inspect -f '{{.Id}}' host/app:1)" "$(dk inspect -f '{{.Id}}' host/secret:1)" "host/app"
	same_ids
}

@test "a name that somebody takes while it is being built stays theirs" {
	local running pid

	running=$(dk ps -q | wc -l)
	background pid docker_build --docker-base base --docker-tag 'mine/*' none -- sh -c '
		printf "FROM base:1\n'"$STEP_WAITS"'\n" | docker build -t mine/late:1 - 2>&1' >"$CASE/out"
	wait_for 60 step_runs $((running + 1)) || fail "the step did not start"
	dk tag host/free:1 mine/late:1
	step_go
	! wait "$pid" || fail "the build ended well: $(cat "$CASE/out")"
	is "$(dk inspect -f '{{.Id}}' mine/late:1)" "$(dk inspect -f '{{.Id}}' host/free:1)" "mine/late:1"
	dk rmi mine/late:1 >/dev/null
	contains "$(cat "$CASE/out")" "exists and was not made here"
	same_ids
}

# moved_base COMMAND…: a build whose second stage begins when the host has moved its base, in $CASE/out
moved_base() {
	local base running pid

	base=$(dk inspect -f '{{.Id}}' base:1)
	running=$(dk ps -q | wc -l)
	background pid "$@" >"$CASE/out" 2>&1
	wait_for 60 step_runs $((running + 1)) || fail "the step did not start"
	dk tag host/secret:1 base:1
	step_go
	wait "$pid" || true
	dk tag "$base" base:1
}

@test "a base that the host moves during a build: what was checked is what is read" {
	local file="FROM base:1\n$STEP_WAITS\nFROM base:1\nRUN cat /www/secret || echo nothing-there\n"

	mkdir "$CASE/context"
	# shellcheck disable=SC2059 # lines
	printf "$file" >"$CASE/context/Dockerfile"
	moved_base env DOCKER_BUILDKIT=0 "$DOCKER_CLI" -H "unix://$ENGINE" build --network none --no-cache --force-rm "$CASE/context"
	contains "$(cat "$CASE/out")" "$CANARY" || fail "bare: it proves nothing"
	dk image prune -f >/dev/null
	moved_base docker_build --docker-base base none -- sh -c "printf '$file' | docker build --no-cache -"
	contains "$(cat "$CASE/out")" nothing-there
	lacks "$(cat "$CASE/out")" "$CANARY"
	same_ids
}

@test "what ONBUILD of a granted base names has to be granted, too" {
	printf 'FROM base:1\nONBUILD COPY --from=host/secret:1 /www/secret /got\n' |
		DOCKER_BUILDKIT=0 dk build -q -t granted/trigger:1 - >/dev/null
	printf 'FROM base:1\nONBUILD COPY --from=base:1 /etc/passwd /got\n' |
		DOCKER_BUILDKIT=0 dk build -q -t granted/trigger:2 - >/dev/null
	built --docker-base 'granted/*' -- 'for i in 1 2; do
		printf "FROM granted/trigger:$i\nRUN cat /got\n" | docker build -; echo "code $?"; done'
	dk rmi granted/trigger:1 granted/trigger:2 >/dev/null
	contains "$OUT" "ONBUILD of granted/trigger:1"
	contains "$OUT" "code 1"
	lacks "$OUT" "$CANARY"
	contains "$OUT" root:x:0:0
	contains "$OUT" "code 0"
	same_ids
}

@test "BuildKit is refused with what to do" {
	built -- 'echo "FROM base:1" | DOCKER_BUILDKIT=1 /usr/bin/docker build -'
	[ "$STATUS" != 0 ]
	contains "$OUT" DOCKER_BUILDKIT=0
}

@test "at this level nothing runs: no containers, networks, volumes" {
	built -- 'docker run --rm base:1 true; docker network create x; docker volume create x; docker ps'
	contains "$OUT" "cofferdam: "
	contains "$OUT" --docker
	same_ids
}

@test "info, version and lists tell of nobody else" {
	built -- 'docker info; docker version; docker images -a; docker image history host/secret:1'
	lacks "$OUT" "$CANARY"
	lacks "$OUT" host-engine
	lacks "$OUT" "$ENGINE_DIR"
	lacks "$OUT" host/app
	contains "$OUT" base
}

@test "save, push and pull; the builder never sees the password" {
	local name=127.0.0.1:5077/team/app

	engine_registry 5077
	built --docker-tag "$name" --docker-push "$name" --docker-auth "$CASE/auth.json" -- "
		echo 'FROM base:1' | docker build -t $name:1 - && docker save $name:1 | tar -t | grep manifest.json &&
		docker push $name:1; echo push \$?; docker push base:1; echo base \$?
		env; cat /proc/*/environ | tr '\\0' '\\n'; cat ~/.docker/config.json"
	contains "$OUT" "push 0"
	contains "$OUT" manifest.json
	contains "$OUT" "base 1"
	lacks "$OUT" marker-pw
	lacks "$OUT" "$(printf builder:marker-pw | base64)"
	dk rmi "$name:1" >/dev/null
	built --docker-pull "$name" --docker-auth "$CASE/auth.json" -- "
		docker pull $name:1; echo pull \$?; docker pull 127.0.0.1:5077/team/other:1; echo other \$?"
	contains "$OUT" "pull 0"
	contains "$OUT" "other 1"
	dk rmi "$name:1" >/dev/null 2>&1 || true
	# and as --credential gives it
	(umask 077 && echo builder:marker-pw >"$CASE/login" && chown "$TEST_USER" "$CASE/login")
	built --docker-pull "$name" --credential "127.0.0.1:5077=$CASE/login" -- "
		docker pull $name:1; echo pull \$?; env; cat /proc/*/environ | tr '\\0' '\\n'"
	contains "$OUT" "pull 0"
	lacks "$OUT" marker-pw
	dk rmi "$name:1" >/dev/null 2>&1 || true
	built --docker-pull "$name" --credential "127.0.0.1:5078=$CASE/login" -- "docker pull $name:1; echo pull \$?"
	contains "$OUT" "pull 1"
	run coff run -q --docker --docker-host "$ENGINE" --docker-auth "$CASE/auth.json" --credential "127.0.0.1:5077=$CASE/login" none -- true
	contains "$output" "two logins are given for the registry 127.0.0.1:5077"
	same_ids
}

@test "pulls whose clients do not wait: what came is told, under its name, and nothing else is left" {
	local name=127.0.0.1:5081/team/left tag

	engine_registry 5081 open
	for tag in 1 2 3; do
		printf 'FROM base:1\nRUN echo %s >/pulled\n' $tag | DOCKER_BUILDKIT=0 dk build -q -t "$name:$tag" - >/dev/null
		dk push -q "$name:$tag" >/dev/null
		dk rmi "$name:$tag" >/dev/null
	done
	built --docker-pull "$name" -- "/usr/bin/python3 -c '
import socket
for tag in (1, 2, 3):
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(\"/run/docker.sock\")
    peer.sendall(b\"POST /images/create?fromImage=$name&tag=%d HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\n\r\n\" % tag)
    print(tag, peer.recv(15) if tag == 1 else b\"\")
    peer.close()'"
	is "$STATUS" 0 "pull: $OUT"
	contains "$OUT" "200 OK"
	for tag in $(dk images --format '{{.Repository}}:{{.Tag}}' "$name"); do
		contains "$(report docker)" "$tag"
		dk rmi "$tag" >/dev/null
	done
	same_ids
}

@test "the engine dies in the middle of a build: a clear error, and gc has the rest" {
	local pid running out

	running=$(dk ps -q | wc -l)
	background pid eval 'docker_build --docker-base base none -- sh -c "
		printf \"FROM base:1\nRUN sleep 300\n\" | docker build - ; echo client \$?" >"$CASE/out" 2>&1'
	wait_for 60 step_runs $((running + 1)) || fail "the step did not start"
	engine_die
	wait_for 40 grep -q '^client 1' "$CASE/out" || fail "the client was not told: $(cat "$CASE/out")"
	wait "$pid" || true
	engine_again
	dk start hostbox >/dev/null
	out=$(coff gc 2>&1) || fail "gc: $out"
	same_ids
}

@test "the report tells it all" {
	built -- 'echo "FROM base:1" | docker build -t mine/r:1 - && docker run --rm base:1 true; docker rmi mine/r:1'
	is "$(report docker.level)" build "level"
	contains "$(report docker.refused)" "/containers/create"
	contains "$(report docker.requests)" "POST /build"
	contains "$(report docker.created)" "mine/r:1"
	is "$(report docker.left)" "[]" "left"
	contains "$(report walls.docker.state)" enforced
	same_ids
}

@test "no socket is there unless it was asked for" {
	run sandbox none -- sh -c 'ls /run/docker.sock; echo "host=$DOCKER_HOST="'
	contains "$output" "host=="
	contains "$output" "No such file"
}

@test "no engine, an engine that is none, one without permission: clear, and before the build" {
	local pid

	run sandbox --docker --docker-host "unix://$CASE/none.sock" none -- echo builder-ran
	is "$status" 125 "no engine"
	lacks "$output" builder-ran
	background pid /usr/bin/python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
while True:
    c = s.accept()[0]; c.recv(9999); c.sendall(b"SSH-2.0-none\r\n"); c.close()' "$CASE/none.sock"
	wait_for 60 test -S "$CASE/none.sock"
	chmod 0666 "$CASE/none.sock"
	run sandbox --docker --docker-host "unix://$CASE/none.sock" none -- echo builder-ran
	is "$status" 125 "an engine that is none: $output"
	lacks "$output" builder-ran
	need_root
	chmod 0600 "$CASE/none.sock"
	run sandbox --docker --docker-host "unix://$CASE/none.sock" none -- echo builder-ran
	is "$status" 125 "no permission: $output"
	contains "$output" ermission
}

@test "a pattern that matches everything is refused before anything is built" {
	local pattern

	for pattern in '*' '*/*' '*/*:*' '*/app'; do
		run sandbox --docker --docker-tag "$pattern" --docker-host "unix://$ENGINE" none -- echo builder-ran
		is "$status" 125 "$pattern"
		lacks "$output" builder-ran
	done
}

# The engine's reader is Go's archive/tar: whatever it takes is taken, and nothing else.
@test "contexts cut at each place near their end: as the bare engine reads them" {
	local cut bare through

	cat >"$CASE/cut.py" <<-'END'
	import io, sys, tarfile
	data = io.BytesIO()
	with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as tar:
	    for name, text in (("Dockerfile", b"FROM base:1\nCOPY f /f\n"), ("f", b"x" * 700)):
	        entry = tarfile.TarInfo(name)
	        entry.size = len(text)
	        tar.addfile(entry, io.BytesIO(text))
	end = 512 + 512 + 512 + 1024  # of the last entry's padded data
	sys.stdout.buffer.write(data.getvalue()[:end + int(sys.argv[1])])
	END
	for cut in -1000 -512 -325 -324 -323 -100 -1 0 1 511 512 513 1024 1025 4096; do
		python3 "$CASE/cut.py" "$cut" >"$CASE/context.tar"
		bare=no through=no
		DOCKER_BUILDKIT=0 dk build -q - <"$CASE/context.tar" >/dev/null 2>&1 && bare=yes
		docker_build --docker-base base --ro-bind "$CASE/context.tar:/opt/context.tar" none -- \
			sh -c 'DOCKER_BUILDKIT=0 docker build -q - </opt/context.tar' >"$CASE/out" 2>&1 && through=yes
		is "$through" "$bare" "cut at $cut: $(cat "$CASE/out")"
		echo "$cut $bare"
	done
	dk image prune -f >/dev/null
}
