#!/usr/bin/env bats
# BuildKit through the broker: an engine, a CLI, buildx and compose of today, and attacks.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start newer && { [ -n "$ENGINE_MISSING" ] || { engine_host && evil_frontend; }; }; }
teardown_file() { engine_stop; suite_leave; }

setup() {
	case_begin
	need_docker
	engine_ids_sorted >"$CASE/before"
}

# An image that says the canary when it is run as a frontend.
evil_frontend() {
	printf 'FROM base:1\nENTRYPOINT ["/bin/sh", "-c", "echo frontend-ran >&2; exit 1"]\n' |
		DOCKER_BUILDKIT=0 dk build -q -t granted/evil:1 - >/dev/null
}

# buildkit [OPTION…] -- SCRIPT: in the sandbox, with the clients of 26.1; output in $OUT
buildkit() {
	local options=()

	while [ "$1" != -- ]; do options+=("$1") && shift; done
	STATUS=0
	OUT=$(docker_build --docker-base base --docker-base 'granted/*' --docker-tag 'mine/*' --ro-bind "$NEWER/client:/opt/docker" \
		--env PATH=/opt/docker:/usr/bin:/bin --env DOCKER_CONFIG=/opt/docker --env BUILDX_CONFIG=/tmp/buildx \
		--env BUILDKIT_PROGRESS=plain "${options[@]}" none -- sh -c "$2" 2>&1) || STATUS=$?
}

# The same on the bare engine, as root, in a directory of its own.
bare() {
	mkdir -p "$CASE/bare"
	(cd "$CASE/bare" && PATH=$NEWER/client:$PATH DOCKER_CONFIG=$NEWER/client BUILDX_CONFIG=$CASE/buildx \
		BUILDKIT_PROGRESS=plain DOCKER_HOST=unix://$ENGINE sh -c "$1" 2>&1)
}

same_ids() {
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was: $OUT"
}

# refused WORD SCRIPT: WORD is shown on the bare engine, and not through the broker
refused() {
	contains "$(bare "$2")" "$1" || fail "bare: it proves nothing"
	dk images -q --filter reference='mine/*' | xargs -r "$DOCKER_CLI" -H "unix://$ENGINE" rmi -f >/dev/null
	dk image prune -f >/dev/null
	engine_ids_sorted >"$CASE/before"
	buildkit -- "$2"
	lacks "$OUT" "$1"
	same_ids
}

TWO_STAGES='printf "FROM base:1 AS one\nRUN echo made-in-one >/file\nFROM base:1\nCOPY --from=one /file /file\nRUN cat /file\n" >Dockerfile;'

@test "docker save, docker load: an image that BuildKit made keeps its id" {
	buildkit -- "$TWO_STAGES docker buildx build -q --load -t mine/y:1 . && docker save mine/y:1 >/tmp/y.tar && docker load -i /tmp/y.tar &&
		docker inspect -f '{{.Id}}' mine/y:1 && docker rmi mine/y:1 >/dev/null"
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" "Loaded image: mine/y:1"
	is "$(grep '^sha256:' <<<"$OUT" | sort -u | wc -l)" 1 "ids: $OUT"
	same_ids
}

@test "docker build and docker buildx build: two stages, BuildKit without being asked for it" {
	buildkit -- "$TWO_STAGES docker build -t mine/app:1 . && docker buildx build --load -t mine/load:1 ."
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" "exporting to image"
	lacks "$OUT" "Sending build context"
	is "$(dk run --rm --network none mine/app:1 cat /file)" made-in-one "the image"
	is "$(dk inspect -f '{{index .Config.Labels "io.cofferdam.tags"}}' mine/load:1)" docker.io/mine/load:1 "its label"
	contains "$(report docker.created)" mine/app:1
	dk rmi mine/app:1 mine/load:1 >/dev/null
	same_ids
}

@test "an image without a name is gone afterwards, also one as old as its base" {
	buildkit -- "$TWO_STAGES docker build --no-cache . && printf 'FROM base:1\n' | docker build -"
	is "$STATUS" 0 "build: $OUT"
	same_ids
}

@test "secrets, caches, arguments, targets, a Dockerfile on stdin" {
	buildkit -- 'echo word >secret; printf "FROM base:1 AS t\nARG A\nRUN --mount=type=secret,id=s cat /run/secrets/s\nRUN echo arg-\$A\nRUN --mount=type=cache,target=/c echo kept >/c/f\nRUN --mount=type=cache,target=/c cat /c/f\nFROM t\nRUN false\n" |
		docker build --no-cache --secret id=s,src=secret --build-arg A=1 --target t --label l=v -f - .'
	is "$STATUS" 0 "build: $OUT"
	for word in word arg-1 kept; do contains "$OUT" "$word"; done
	same_ids
}

@test "a context as a tar on stdin, and one more directory under a name" {
	buildkit -- 'mkdir c d; echo from-stdin >c/f; echo from-name >d/f; printf "FROM base:1\nCOPY f /f\nRUN cat /f\n" >c/Dockerfile
		printf "FROM base:1\nCOPY --from=x f /f\nRUN cat /f\n" >Dockerfile
		tar -C c -cz . | docker build --no-cache - && docker build --no-cache --build-context x=d .'
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" from-stdin
	contains "$OUT" from-name
	same_ids
}

@test "results that come to the client: a directory, a tar" {
	buildkit -- "$TWO_STAGES"'docker buildx build -o type=local,dest=out . && cat out/file && docker buildx build -o type=tar,dest=o.tar . && tar -tf o.tar | grep ^file'
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" made-in-one
	same_ids
}

@test "an ssh agent of the builder's own" {
	buildkit -- 'eval "$(ssh-agent)" >/dev/null; ssh-keygen -q -t ed25519 -N "" -f key && ssh-add -q key
		printf "FROM base:1\nRUN --mount=type=ssh test -S \$SSH_AUTH_SOCK && echo agent-is-there\n" | docker build --no-cache --ssh default -'
	is "$STATUS" 0 "build: $OUT"
	contains "$OUT" agent-is-there
	same_ids
}

@test "--push to a registry, with a password that the builder never sees" {
	local name=127.0.0.1:5078/team/app

	engine_registry 5078
	buildkit --docker-tag "$name" --docker-push "$name" --docker-auth "$CASE/auth.json" -- "$TWO_STAGES
		docker buildx build --push -t $name:1 .; echo push \$?; cat /proc/*/environ | tr '\\0' '\\n'"
	contains "$OUT" "push 0"
	lacks "$OUT" marker-pw
	contains "$(on_engine curl -s -u builder:marker-pw http://127.0.0.1:5078/v2/team/app/tags/list)" '"1"'
	dk rmi "$name:1" >/dev/null
	same_ids
}

@test "FROM an image that may be pulled; a password is used by docker pull, not by FROM" {
	local name=127.0.0.1:5079/team/base script

	engine_registry 5079
	script="printf 'FROM $name:1\nRUN cat /pulled\n' | docker build --no-cache -"
	printf 'FROM base:1\nRUN echo came-from-there >/pulled\n' | DOCKER_BUILDKIT=0 dk build -q -t "$name:1" - >/dev/null
	install -D -m 0600 "$CASE/auth.json" "$CASE/root/config.json"
	"$DOCKER_CLI" --config "$CASE/root" -H "unix://$ENGINE" push -q "$name:1" >/dev/null
	dk rmi "$name:1" >/dev/null
	buildkit --docker-pull "$name" --docker-auth "$CASE/auth.json" -- "$script; echo from \$?; docker pull -q $name:1 && $script; echo pulled \$?"
	contains "$OUT" "from 1"
	contains "$OUT" "401 Unauthorized"
	contains "$OUT" came-from-there
	contains "$OUT" "pulled 0"
	lacks "$OUT" marker-pw
	dk rmi "$name:1" >/dev/null 2>&1 || true
	same_ids

	engine_registry 5080 open
	script=${script/5079/5080}
	buildkit --docker-pull "${name/5079/5080}" -- "$script; echo from \$?"
	contains "$OUT" came-from-there
	contains "$OUT" "from 0"
	buildkit --docker-pull 127.0.0.1:5080/team/other -- "$script; echo from \$?"
	contains "$OUT" "from 1"
	contains "$OUT" "denied by policy"
	same_ids
}

@test "docker compose build" {
	buildkit -- "$TWO_STAGES"'printf "services: {app: {build: ., image: \"mine/compose:1\"}}\n" >compose.yaml; docker compose build'
	is "$STATUS" 0 "build: $OUT"
	dk rmi mine/compose:1 >/dev/null
	same_ids
}

@test "a build that fails says where" {
	buildkit -- 'printf "FROM base:1\nRUN echo here; exit 9\n" >Dockerfile; docker build .'
	[ "$STATUS" != 0 ]
	contains "$OUT" "exit code: 9"
	same_ids
}

# Not what only has these words in its script.
step_runs() { pgrep -xf "(/bin/sh -c )?sleep $1" >/dev/null; }
step_ended() { ! step_runs "$1"; }

@test "a client that goes away, and a run that ends: the engine's work stops" {
	local pid

	background pid buildkit -- 'printf "FROM base:1\nRUN sleep 31321\n" | docker build --no-cache - & client=$!
		for name in gone go end; do
			until docker image inspect granted/$name:1 >/dev/null 2>&1; do sleep 0.1; done
			case $name in
			gone) kill $client ;;
			go) printf "FROM base:1\nRUN sleep 31322\n" | docker build --no-cache - & ;;
			esac
		done'
	wait_for 60 step_runs 31321 || fail "the first step did not start"
	dk tag base:1 granted/gone:1
	wait_for 10 step_ended 31321 || fail "the client has gone, and its step still runs"
	dk tag base:1 granted/go:1
	wait_for 60 step_runs 31322 || fail "the second step did not start"
	dk tag base:1 granted/end:1
	wait "$pid" || true
	wait_for 10 step_ended 31322 || fail "the run has ended, and its step still runs"
	dk rmi granted/gone:1 granted/go:1 granted/end:1 >/dev/null
	same_ids
}

@test "a step has no network" {
	local words="RUN wget -q -O - http://127.0.0.1:8124/secret"

	echo "$CANARY" >"$CASE/secret"
	background SERVER on_engine python3 -m http.server 8124 --bind 127.0.0.1 --directory "$CASE" >/dev/null 2>&1
	wait_for 60 on_engine curl -s -o /dev/null http://127.0.0.1:8124/
	refused "$CANARY" "printf 'FROM base:1\n$words\n' | docker buildx build --no-cache --network host --allow network.host -"
	buildkit -- "printf 'FROM base:1\nRUN --network=host ${words#RUN }\n' | docker build --no-cache -"
	lacks "$OUT" "$CANARY"
}

@test "images of others: FROM, COPY --from, a mount, a named context" {
	refused "$CANARY" 'printf "FROM host/secret:1\nRUN --network=none cat /www/secret\n" | docker build --no-cache -'
	refused "$CANARY" 'printf "FROM base:1\nCOPY --from=host/secret:1 /www/secret /s\nRUN --network=none cat /s\n" | docker build --no-cache -'
	refused "$CANARY" 'printf "FROM base:1\nRUN --network=none --mount=from=host/secret:1,target=/m cat /m/www/secret\n" | docker build --no-cache -'
	refused "$CANARY" 'printf "FROM x\nRUN --network=none cat /www/secret\n" | docker build --no-cache --build-context x=docker-image://host/secret:1 -'
}

@test "ADD of a URL reaches nobody" {
	echo "$CANARY" >"$CASE/secret"
	background SERVER on_engine python3 -m http.server 8125 --bind 127.0.0.1 --directory "$CASE" >"$CASE/heard" 2>&1
	wait_for 60 on_engine curl -s -o /dev/null http://127.0.0.1:8125/
	refused "$CANARY" 'printf "FROM base:1\nADD http://127.0.0.1:8125/secret /s\nRUN --network=none cat /s\n" | docker build --no-cache -'
	bare 'printf "FROM base:1\nADD http://127.0.0.1:8125/bare.git /s\n" | docker build --no-cache -' >/dev/null || true
	grep -q 'GET /bare.git/' "$CASE/heard" || fail "bare: it proves nothing"
	buildkit -- 'printf "FROM base:1\nADD http://127.0.0.1:8125/sly.git /s\n" | docker build --no-cache -'
	[ "$STATUS" != 0 ]
	! grep -q /sly.git "$CASE/heard" || fail "git asked for it"
	same_ids
}

@test "hosts of a step, proxies, and another frontend by an argument" {
	refused 10.11.12.13 'printf "FROM base:1\nRUN --network=none cat /etc/hosts\n" | docker build --no-cache --add-host sly:10.11.12.13 -'
	refused sly.example 'printf "FROM base:1\nRUN --network=none echo \$HTTP_PROXY\n" | docker build --no-cache --build-arg HTTP_PROXY=http://sly.example -'
	refused granted/evil 'printf "FROM base:1\n" | docker build --no-cache --build-arg BUILDKIT_SYNTAX=granted/evil:1 -'
}

# A relay before the engine that writes down what it is sent.
recorder() {
	background RECORDER /usr/bin/python3 -c '
import os, socket, sys, threading
def pump(a, b, log):
    while piece := a.recv(65536):
        if log: log.write(piece); log.flush()
        b.sendall(piece)
    b.shutdown(socket.SHUT_WR)
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o666); s.listen()
log = open(sys.argv[3], "wb")
while True:
    c = s.accept()[0]; e = socket.socket(socket.AF_UNIX); e.connect(sys.argv[2])
    threading.Thread(target=pump, args=(c, e, log), daemon=True).start()
    threading.Thread(target=pump, args=(e, c, None), daemon=True).start()' "$CASE/relay.sock" "$ENGINE" "$CASE/sent" 2>/dev/null
	wait_for 60 test -S "$CASE/relay.sock"
}

@test "what the engine is told of a session: a key of the run's own, and methods of the list" {
	local sent

	recorder
	buildkit --docker-host "unix://$CASE/relay.sock" -- '
		session() { curl -s -m 2 --unix-socket /run/docker.sock -X POST -H "Connection: Upgrade" -H "Upgrade: h2c" "$@" http://d/session; }
		session -H "X-Docker-Expose-Session-Uuid: abcdefghijklmnopqrstuvwxy" -H "X-Docker-Expose-Session-Name: sly-name" \
			-H "X-Docker-Expose-Session-Sharedkey: others-key" -H "X-Sly: header" \
			-H "X-Docker-Expose-Session-Grpc-Method: /moby.filesync.v1.FileSync/DiffCopy" \
			-H "X-Docker-Expose-Session-Grpc-Method: /moby.sly.v1.Sly/Do"
		session -H "X-Docker-Expose-Session-Uuid: ../x"; printf "FROM base:1\n" | docker build -'
	sent=$(tr -d '\r' <"$CASE/sent" | grep -a '^X-')
	contains "$sent" "Session-Name: sly-name"
	contains "$sent" "Session-Sharedkey: $(report id):others-key"
	contains "$sent" "Grpc-Method: /moby.filesync.v1.FileSync/DiffCopy"
	lacks "$sent" sly.v1
	lacks "$sent" X-Sly
	lacks "$sent" ../x
	# Not one key without the run's id before it, that of docker build neither.
	is "$(grep -a Sharedkey <<<"$sent" | grep -vcF "Sharedkey: $(report id):")" 0 "keys of others: $sent"
	same_ids
}

@test "# syntax= runs no image, not even a granted one" {
	contains "$(bare 'printf "# syntax=granted/evil:1\nFROM base:1\n" | docker build --no-cache -')" "granted/evil" ||
		fail "bare: it proves nothing"
	buildkit -- 'printf "# syntax=granted/evil:1\nFROM base:1\nRUN echo built\n" | docker build --no-cache -'
	is "$STATUS" 0 "the engine's own frontend reads it: $OUT"
	contains "$OUT" built
	lacks "$OUT" "granted/evil"
	same_ids
}

@test "what is refused says what to do, and --cache-from is left out" {
	buildkit -- 'printf "FROM host/secret:1\n" | docker build -; printf "FROM base:1\nCOPY --parents a /\n" | docker build -
		printf "FROM base:1\n" | docker buildx build --cache-from type=registry,ref=127.0.0.1:1/x --platform "linux/$(docker version -f "{{.Server.Arch}}")" -; echo code $?'
	contains "$OUT" "docker.io/host/secret:1"
	contains "$OUT" "--docker-base PATTERN grants"
	contains "$OUT" "whatever # syntax= says"
	contains "$OUT" "code 0"
	buildkit -- 'docker builder prune -f; docker buildx du'
	contains "$OUT" "Control/Prune is not served: what is not of one's own build is everybody's"
	contains "$OUT" "Control/DiskUsage is not served"
	same_ids
}

@test "a cache mount of others is not seen" {
	# Not --no-cache, which leaves these mounts away as well.
	local read='printf "FROM base:1\nRUN --network=none --mount=type=cache,id=shared,target=/c : $RANDOM$$; cat /c/f; true\n" | docker build -'

	bare "printf 'FROM base:1\nRUN --network=none --mount=type=cache,id=shared,target=/c echo $CANARY >/c/f\n' | docker build -" >/dev/null
	refused "$CANARY" "$read"
}

@test "names beyond the grant, and one that somebody has" {
	buildkit -- 'printf "FROM base:1\n" | docker build -t host/new:1 -'
	[ "$STATUS" != 0 ]
	contains "$OUT" --docker-tag
	buildkit --docker-tag 'host/app' -- 'printf "FROM base:1\n" | docker build -t host/app:1 -'
	[ "$STATUS" != 0 ]
	contains "$OUT" "was not made here"
	same_ids
}

@test "labels of ours in a Dockerfile: the run's are the run's, and no other is taken" {
	buildkit -- 'printf "FROM base:1\nLABEL io.cofferdam.run=others io.cofferdam.tags=others\n" | docker build -t mine/l:1 -'
	is "$STATUS" 0 "build: $OUT"
	is "$(dk inspect -f '{{index .Config.Labels "io.cofferdam.run"}} {{index .Config.Labels "io.cofferdam.tags"}}' mine/l:1)" \
		"$(report id) docker.io/mine/l:1" "labels"
	dk rmi mine/l:1 >/dev/null
	buildkit -- 'printf "FROM base:1\nLABEL io.cofferdam.sly=1\n" | docker build -t mine/l:1 -'
	[ "$STATUS" != 0 ]
	contains "$OUT" "io.cofferdam.sly"
	same_ids
}

# A mount point below a file: runc says why it cannot, with both of its ends.
@test "where the engine keeps what it builds is not told" {
	local file='FROM base:1\nRUN --mount=type=bind,source=f,target=/etc/passwd/x true\n'

	contains "$(bare "echo >f; printf '$file' >Dockerfile; docker build --no-cache --network none .")" "$ENGINE_DIR"
	buildkit -- "echo >f; printf '$file' >Dockerfile; docker build --no-cache --progress plain ."
	contains "$OUT" "runc run failed"
	lacks "$OUT" "$ENGINE_DIR"
	same_ids
}

# Status is asked at once with it, and would say of a build that there is none.
@test "a build that is refused says so, and caches that are left out" {
	buildkit -- "$TWO_STAGES docker build -t others/name:1 ."
	contains "$OUT" "others/name:1 is not granted: --docker-tag PATTERN"
	lacks "$OUT" "is not this run's"
	buildkit -- "$TWO_STAGES docker build --progress plain --cache-from base:1 ."
	contains "$OUT" "cofferdam: --cache-from is left out"
	contains "$OUT" DONE
	same_ids
}

@test "every attack on gRPC that is known: bare it works, through the broker it does not" {
	attack buildkit
}

# The rows of docker-attacks-objects.bats in which engines differ: gateways, and where names are asked.
@test "the host, from a network of the run's, by its gateway and by another address; layers by their digests" {
	attack objects "the host by the gateway of one's network" "the host by another of its addresses"
	attack images "load of an image of others by the digests of its layers"
}

@test "limits that were asked for: BuildKit is refused, the classic builder obeys them" {
	buildkit --memory 256M --allow-degraded cgroup -- "$TWO_STAGES docker build . ; DOCKER_BUILDKIT=1 docker build ."
	contains "$OUT" "Sending build context"
	contains "$(report docker.refused)" "limits were asked for"
	contains "$(report walls.docker-limits.detail)" "memory and cpus, not pids"
	buildkit --memory 256M --pids max --allow-degraded cgroup -- true
	is "$(report walls.docker-limits.state)" enforced "all that was asked for"
	buildkit -- "$TWO_STAGES docker build ."
	is "$(report walls.docker-limits.state)" degraded "without being asked for"
	same_ids
}

@test "python3-docker and the classic builder go on beside it" {
	buildkit -- "$TWO_STAGES DOCKER_BUILDKIT=0 docker build -t mine/classic:1 ."
	is "$STATUS" 0 "build: $OUT"
	dk rmi mine/classic:1 >/dev/null
	same_ids
}
