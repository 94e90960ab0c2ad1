#!/usr/bin/env bats
# The broker's process as the host sees it, its beginning, its end, and what comes after it.
# What it answers is the matter of the docker-*.bats files.

load ../lib/run
load ../lib/life
load ../lib/docker

setup_file() { suite_join && engine_start docker; }
teardown_file() { engine_stop; suite_leave; }

# The pid of the one broker whose launcher runs with $RUNTIME.
broker_of() {
	pgrep -P "$1" -f '^cofferdam-broker'
}

# start LEVEL ARG…: a run in the background with a runtime directory of its own; $LAUNCHER
# and $BROKER once the command has said "begun".
start() {
	local level=$1

	shift
	own_runtime
	background RUN coff_own run -v --docker="$level" --docker-host "unix://$ENGINE" --docker-base base:1 \
		--events "$CASE/events.jsonl" --report "$CASE/report.json" "$@" >"$CASE/out" 2>"$CASE/err" </dev/null
	wait_for 30 inside out begun || { cat "$CASE/err"; return 1; }
	LAUNCHER=$(own_launchers)
	BROKER=$(broker_of "$LAUNCHER")
	[ -n "$BROKER" ] || fail "no broker below $LAUNCHER"
}

status_of() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }

# A container that lives on, made in the sandbox: its id is in $CASE/out.
MAKE='PATH=/usr/local/bin:/usr/bin:/bin; docker run -d --network none base:1 sleep 3600 && echo begun && sleep 3600'

made() { head -n 1 "$CASE/out"; }
is_there() { dk container inspect "$1" >/dev/null 2>&1; }
is_gone() { ! is_there "$1"; }

@test "namespaces, capabilities, filter, no_new_privs: the broker has given up all that it can" {
	local name

	need_root
	need_docker
	start build none -- sh -c 'echo begun; sleep 3600'
	for name in user mnt pid net ipc uts cgroup; do
		[ "$(readlink "/proc/$BROKER/ns/$name")" != "$(readlink "/proc/self/ns/$name")" ] ||
			fail "the $name namespace is the host's"
	done
	for name in CapInh CapPrm CapEff CapBnd CapAmb; do
		is "$(status_of "$BROKER" $name)" 0000000000000000 "$name"
	done
	is "$(status_of "$BROKER" NoNewPrivs)" 1 NoNewPrivs
	is "$(status_of "$BROKER" Seccomp)" 2 Seccomp
	is "$(status_of "$BROKER" Uid)" "$(printf '%s\t%s\t%s\t%s' "$TEST_UID" "$TEST_UID" "$TEST_UID" "$TEST_UID")" Uid
	is "$(tr -d '\0' <"/proc/$BROKER/environ")" "" environment
	is "$(tr '\0' ' ' <"/proc/$BROKER/cmdline")" "cofferdam-broker --serve " arguments
	is "$(status_of "$BROKER" Threads)" 1 threads
	is "$(nsenter --net --target "$BROKER" ip -o link | wc -l)" 1 interfaces
}

@test "descriptors: null, the launcher, and what serves; no file of the host but the journal" {
	local fd target

	need_root
	need_docker
	start build none -- sh -c 'echo begun; sleep 3600'
	for fd in "/proc/$BROKER/fd"/*; do
		target=$(readlink "$fd")
		case $target in
		/dev/null | socket:* | anon_inode:* | pipe:* | /memfd:*) ;;
		"$RUNTIME"/cofferdam/*.docker) ;;
		*) fail "descriptor ${fd##*/} is $target" ;;
		esac
	done
	is "$(readlink "/proc/$BROKER/fd/0" "/proc/$BROKER/fd/1" "/proc/$BROKER/fd/2" | sort -u)" /dev/null stdio
}

@test "a hundred large bodies at once take no more memory than was promised" {
	need_docker
	cat >"$CASE/crowd" <<-'END'
	import json, socket, threading
	body = json.dumps({"Image": "base:1", "Cmd": ["true"], "Env": ["A%d=" % i + "x" * 3800 for i in range(200)]}).encode()
	head = b"POST /containers/create?name=one HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
	counted = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
	chunked = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
	answers = []
	def create(request):
	    peer = socket.socket(socket.AF_UNIX)
	    peer.connect("/run/docker.sock")
	    peer.sendall(request)
	    answers.append(peer.recv(12).decode()[9:])
	crowd = [threading.Thread(target=create, args=(r,)) for r in (counted, chunked) for _ in range(50)]
	for one in crowd:
	    one.start()
	for one in crowd:
	    one.join()
	print("begun", len(answers), *sorted(set(answers)), flush=True)
	threading.Event().wait()
	END
	start run --ro-bind "$CASE/crowd:/opt/crowd" none -- /usr/bin/python3 /opt/crowd
	is "$(head -n 1 "$CASE/out")" "begun 100 201 409" "what they heard"
	peak=$(status_of "$BROKER" VmHWM)
	[ "${peak% kB}" -lt 65536 ] || fail "the broker had $peak"
}

@test "started by root, it keeps the one group that the engine's socket needs, and no other" {
	need_root
	need_docker
	[ "$(stat -c %g "$ENGINE")" != 0 ] || skip "the engine's socket is of group 0"
	background RUN as_root "$COFFERDAM" run -q --run-as cofferdam-one --docker --docker-host "unix://$ENGINE" \
		none -- sh -c 'id -G; echo begun; sleep 3600' >"$CASE/out" 2>"$CASE/err" </dev/null
	wait_for 30 inside out begun || { cat "$CASE/err"; return 1; }
	# As root started it, and as its cgroup says: below the run whose output this is.
	BROKER=$(pgrep -u cofferdam-one -f '^cofferdam-broker')
	is "$(status_of "$BROKER" Groups | xargs)" "$(stat -c %g "$ENGINE")" "groups of the broker"
	is "$(status_of "$BROKER" Uid | cut -f1)" "$(id -u cofferdam-one)" "uid of the broker"
	is "$(sed -n 1p "$CASE/out")" 1000 "groups of the builder"
	# The same user without root has no way to that socket.
	run coff_one run -q --docker --docker-host "unix://$ENGINE" none -- true
	is "$status" 125 "without the group"
	contains "$output" "may not connect"
}

@test "inside: one socket that cannot be replaced, and an environment that selects the classic builder" {
	need_docker
	is "$(docker_build none -- sh -c 'ls -A /run; ls -A /var/run')" "$(printf 'docker.sock\ndocker.sock')" /run
	is "$(docker_build none -- sh -c 'rm -f /run/docker.sock || mv /run /x || touch /run/x || echo no' 2>/dev/null)" no "changes of /run"
	is "$(docker_build none -- sh -c 'env | grep -E "^(DOCKER|COMPOSE|TESTCONTAINERS)_" | sort')" \
		"$(printf '%s\n' COMPOSE_DOCKER_CLI_BUILD=0 DOCKER_BUILDKIT=0 DOCKER_HOST=unix:///run/docker.sock TESTCONTAINERS_RYUK_DISABLED=true)" environment
	is "$(docker_build --env DOCKER_BUILDKIT=1 none -- sh -c 'echo $DOCKER_BUILDKIT')" 1 "--env wins"
	contains "$(report walls.docker.detail)" "level build"
	is "$(sandbox none -- sh -c 'ls -A /run; env | grep DOCKER')" "" "without --docker"
}

@test "the launcher is killed: the broker ends at once, and gc removes what the run made" {
	local id

	need_docker
	start run none -- sh -c "$MAKE"
	id=$(made)
	is_there "$id" || fail "$id was not made"
	kill -KILL "$LAUNCHER"
	wait_for 5 ended_all "$BROKER" || fail "the broker lives on"
	is_there "$id" || fail "$id is gone before gc"
	contains "$(coff_own gc --dry-run)" "would remove docker container $id"
	contains "$(coff_own gc)" "removed docker container $id"
	is_gone "$id" || fail "$id is still there"
	is "$(own_leftovers)" "" leftovers
}

@test "the broker is killed: a dead socket for the builder, a warning, and a successor removes everything" {
	local id

	need_docker
	start run none -- sh -c "PATH=/usr/local/bin:/usr/bin:/bin; docker run -d --network none base:1 sleep 3600; echo begun
		while docker ps >/dev/null 2>&1; do sleep 0.1; done; docker ps 2>&1; exit 7"
	id=$(made)
	kill -KILL "$BROKER"
	wait_for 20 ended_all "$RUN" || fail "the run goes on"
	is "$(report result.exit_code)" 7 "the builder's own exit code"
	contains "$(report walls.docker.detail)" "the broker died while the builder ran"
	contains "$(cat "$CASE/err")" "signal 9"
	is_gone "$id" || fail "$id is still there"
	is "$(own_leftovers)" "" leftovers
}

@test "launcher and broker are killed while containers are being made: gc finds them all" {
	local before

	need_docker
	before=$(dk ps -aq | sort)
	start run none -- sh -c 'PATH=/usr/local/bin:/usr/bin:/bin; echo begun; while docker create --network none base:1 true; do :; done'
	wait_for 10 inside out '^[0-9a-f]\{64\}$'
	kill -KILL "$BROKER" "$LAUNCHER"
	wait_for 5 ended_all "$BROKER" "$LAUNCHER"
	coff_own gc >"$CASE/gc" || { cat "$CASE/gc"; return 1; }
	is "$(dk ps -aq | sort)" "$before" "containers"
	is "$(own_leftovers)" "" leftovers
}

@test "root's gc removes what root's runs left, with the group of the engine that root would use" {
	local launcher id

	need_root
	need_docker
	[ "$(stat -c %g "$ENGINE")" != 0 ] || skip "the engine's socket is of group 0"
	background RUN as_root "$COFFERDAM" run -q --run-as cofferdam-one --docker=run --docker-host "unix://$ENGINE" \
		--docker-base base:1 none -- sh -c "$MAKE" >"$CASE/out" 2>"$CASE/err" </dev/null
	wait_for 30 inside out begun || { cat "$CASE/err"; return 1; }
	id=$(made)
	launcher=$(pgrep -u cofferdam-one -f "^$COFFERDAM run -q --run-as cofferdam-one --docker=run" | head -n 1)
	kill -KILL "$launcher"
	wait_for 5 ended_all "$launcher"
	coff_root gc >"$CASE/gc" 2>&1 || true # without the engine's name, and so without its group
	as_root env DOCKER_HOST="unix://$ENGINE" "$COFFERDAM" gc >>"$CASE/gc" 2>&1 || { cat "$CASE/gc"; return 1; }
	is_gone "$id" || { cat "$CASE/gc"; fail "$id is still there"; }
}

@test "root's gc does nothing on a user's word: forged ids, owner, age and size remove nothing" {
	local launcher journal id image container forged=ffffffffffffffffffffffffffffffff

	need_root
	need_docker
	[ "$(stat -c %g "$ENGINE")" != 0 ] || skip "the engine's socket is of group 0"
	background RUN as_root env TMPDIR="$CASE" "$COFFERDAM" run -q --run-as cofferdam-one --docker=run \
		--docker-host "unix://$ENGINE" --docker-base base:1 none -- sh -c "$MAKE" >"$CASE/out" 2>"$CASE/err" </dev/null
	wait_for 30 inside out begun || { cat "$CASE/err"; return 1; }
	launcher=$(pgrep -u cofferdam-one -f "^$COFFERDAM run -q --run-as cofferdam-one --docker=run" | head -n 1)
	kill -KILL "$launcher"
	wait_for 5 ended_all "$launcher"
	# Root's: an image without a name, and a container with the size that stands for that owner.
	dk run -d --name hostbox base:1 sleep 600 >/dev/null
	image=$(dk commit hostbox)
	container=$(dk run -d --shm-size=80m base:1 sleep 600)
	journal=$(ls "$CASE/cofferdam-$(id -u cofferdam-one)"/*.docker)
	id=$(basename "$journal" .docker)
	{
		echo "run $id $forged 0"
		printf 'passing image %s\npassing container %s\nmade container %s\n' "$image" "$container" "$container"
		printf 'made container %s hostbox\nmade image %s\nmade tag docker.io/library/base:1\n' \
			"$(dk inspect -f '{{.Id}}' hostbox)" "$image"
	} >"$journal"
	as_root env TMPDIR="$CASE" DOCKER_HOST="unix://$ENGINE" "$COFFERDAM" gc >"$CASE/gc" 2>&1 || true
	dk image inspect "$image" >/dev/null || fail "the image is gone: $(cat "$CASE/gc")"
	is "$(dk inspect -f '{{.State.Running}}' "$container" hostbox | sort -u)" true "root's containers"
	dk image inspect base:1 >/dev/null || fail "the name is gone"
	contains "$(cat "$CASE/gc")" "root takes no user's word"
	dk tag base:1 keep:1
	# The same words are enough where they are the author's own, who may do all of it himself.
	"$SOURCES/tests/lib/broker-driver" "$SUITE/usr/libexec/cofferdam/cofferdam-broker" --engine "$ENGINE" --cleanup \
		--journal "$journal" --run-id "$id" --owner "$forged" >"$CASE/driver" || true
	! dk image inspect base:1 >/dev/null 2>&1 || fail "the attack proves nothing: $(cat "$CASE/driver")"
	dk rm -f "$container" hostbox >/dev/null 2>&1 || true
	dk tag keep:1 base:1 && dk rmi keep:1 >/dev/null
	as_root env TMPDIR="$CASE" "$COFFERDAM" gc >/dev/null 2>&1 || true
}

@test "an engine that is gone when gc comes: the run is kept for the next gc" {
	local id

	need_docker
	start run none -- sh -c "$MAKE"
	id=$(made)
	kill -KILL "$LAUNCHER"
	wait_for 5 ended_all "$BROKER"
	mv "$ENGINE" "$ENGINE.away"
	run coff_own gc
	mv "$ENGINE.away" "$ENGINE"
	is "$status" 125 "gc without an engine"
	contains "$output" "could not remove docker objects of run"
	[ -n "$(own_leftovers)" ] || fail "nothing is left for the next gc"
	is "$(coff_own run -q none -- echo ran)" ran "a run without --docker meanwhile"
	[ -n "$(own_leftovers)" ] || fail "a run without --docker has removed it"
	coff_own gc >/dev/null
	is_gone "$id" || fail "$id is still there"
	is "$(own_leftovers)" "" leftovers
}

# fake NAME CODE: a socket on which python code has each connection as c.
fake() {
	local server

	background server as_user python3 -c "
import os, socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(16)
held = []
while True:
    c = s.accept()[0]
    held.append(c)
    $2" "$CASE/$1" 2>/dev/null
	wait_for 10 test -S "$CASE/$1"
}

@test "an engine that is none, one that is too old, and one that hangs up: an error before anything is built" {
	fake none 'c.recv(9999); c.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"); c.close()'
	fake old 'c.recv(9999); c.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 43\r\n\r\n{\"Version\":\"1.13.1\",\"ApiVersion\":\"1.26\"    }"); c.close()'
	fake rude 'c.close()'
	for name in none old rude; do
		run sandbox --docker --docker-host "$CASE/$name" none -- echo ran
		is "$status" 125 "exit code with $name ($output)"
		lacks "$output" ran
		contains "$output" "cofferdam: "
		is "$(report result.cause)" setup_failed "cause with $name"
	done
}

@test "an engine that does not answer: an error after twenty seconds, and nothing is left" {
	fake silent pass
	own_runtime
	SECONDS=0
	run coff_own run -q --docker --docker-host "$CASE/silent" none -- echo ran
	is "$status" 125 "exit code ($output)"
	lacks "$output" ran
	[ "$SECONDS" -lt 40 ] || fail "it took $SECONDS seconds"
	is "$(own_leftovers)" "" leftovers
}

@test "raw: refused without its second word, degraded with it, refused again with --strict" {
	need_docker
	run sandbox --docker=raw --docker-host "$ENGINE" none -- echo ran
	is "$status" 125 "--docker raw alone"
	contains "$output" "root on the host"
	is "$(sandbox --docker=raw --i-know-raw-docker-is-root --docker-host "$ENGINE" none -- \
		sh -c 'PATH=/usr/local/bin:/usr/bin:/bin; docker images -q base:1 | wc -l')" 1 "the engine's own images"
	is "$(report walls.docker.state)" degraded state
	is "$(report walls.docker.detail)" "raw: root on the host" detail
	run sandbox --docker=raw --i-know-raw-docker-is-root --docker-host "$ENGINE" --strict \
		--allow-degraded ids,cgroup,landlock,lsm-label none -- echo ran
	is "$status" 125 "--strict"
	contains "$output" 'the wall "docker"'
}

@test "passwords of registries: a file that others may read is refused, and none is shown anywhere" {
	local secret=s3cr3t-$RANDOM$RANDOM$RANDOM

	need_docker
	as_user sh -c "umask 077; echo '{\"auths\":{\"registry.example\":{\"username\":\"u\",\"password\":\"$secret\"}}}' >'$CASE/auth.json'"
	coff run -vv --docker --docker-host "$ENGINE" --docker-auth "$CASE/auth.json" --report "$CASE/report.json" \
		--events "$CASE/events.jsonl" none -- sh -c 'cat /proc/*/cmdline /proc/*/environ 2>/dev/null' >"$CASE/out" 2>"$CASE/err"
	for file in out err report.json events.jsonl; do
		! grep -aq "$secret" "$CASE/$file" || fail "the password is in $file"
	done
	chmod 0644 "$CASE/auth.json"
	run sandbox --docker --docker-host "$ENGINE" --docker-auth "$CASE/auth.json" none -- echo ran
	is "$status" 125 "exit code"
	contains "$output" "can be read by others"
	need_root
	# Root does not read for others what they may not.
	install -m 0600 /dev/null "$CASE/root.json"
	run coff_root run -q --run-as "$TEST_USER" --docker --docker-host "$ENGINE" --docker-auth "$CASE/root.json" none -- echo ran
	is "$status" 125 "root's own file"
	contains "$output" "Permission denied"
}

@test "explain: the engine, the grants, every call and every field with its reason" {
	coff explain --json --docker=run --docker-host /nowhere.sock --docker-base alpine none -- true >"$CASE/explain.json"
	python3 - "$CASE/explain.json" <<'PY'
import json, sys
docker = json.load(open(sys.argv[1]))["docker"]
assert docker["level"] == "run" and docker["engine"] is None and "nowhere" in docker["engine-detail"], docker["engine-detail"]
assert docker["grants"]["base"] == ["alpine"] and docker["grants"]["build-net"] == "none"
paths = {row["path"] for row in docker["routes"]}
for path in ("/_ping", "/build", "/containers/create", "/containers/{container}/start"):
    assert path in paths, path
for row in docker["routes"]:
    assert row["reason"], row
    for rule in row["query"]:
        assert rule["reason"], (row["path"], rule)
fields = [field for body in docker["bodies"].values() for field in body]
assert len(fields) > 100, len(fields)
for field in fields:
    assert field["reason"], field
rules = {field["name"]: field["rule"] for field in fields}
assert rules["Privileged"] in ("force", "refuse"), rules["Privileged"]
PY
	coff explain --full --docker=build --docker-host /nowhere.sock none -- true >"$CASE/text"
	grep -q '^docker  *build$' "$CASE/text" || fail "no line docker"
	! grep -q '/containers/create$' "$CASE/text" || fail "a call of the level run at the level build"
	is "$(coff explain none -- true | grep '^docker')" "docker       off" "without --docker"
}

# cJSON would walk it on a fiber's stack, and the stack is not that deep.
@test "an engine whose answer nests a thousand deep ends nobody's connection" {
	need_root
	need_docker
	/usr/bin/python3 - "$SOURCES/tests/lib/broker-driver" "$SUITE/usr/libexec/cofferdam/cofferdam-broker" \
		"$CASE" <<-'END' || fail "the broker did not live on"
		import json, socket, subprocess, sys, threading
		driver, broker, case = sys.argv[1:]
		deep = b'{"a":' * 999 + b"1" + b"}" * 999

		def read(s):
		    data = b""
		    while b"\r\n\r\n" not in data:
		        more = s.recv(4096)
		        if not more:
		            return None
		        data += more
		    return data

		def serve(s):
		    while (data := read(s)) is not None:
		        body = b'{"ApiVersion":"1.41"}' if b"/version" in data else deep
		        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

		def accept(sock):
		    while True:
		        threading.Thread(target=serve, args=(sock.accept()[0],), daemon=True).start()

		sock = socket.socket(socket.AF_UNIX)
		sock.bind(case + "/fake.sock")
		sock.listen()
		threading.Thread(target=accept, args=(sock,), daemon=True).start()
		driver = subprocess.Popen([driver, broker, "--engine", case + "/fake.sock", "--listen", case + "/b.sock"],
		                          stdout=subprocess.PIPE)
		assert json.loads(driver.stdout.readline())["type"] == "ready"
		codes = []
		for target in (b"/containers/json", b"/images/json", b"/networks"):
		    client = socket.socket(socket.AF_UNIX)
		    client.connect(case + "/b.sock")
		    client.sendall(b"GET %s HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n" % target)
		    codes.append(client.makefile("rb").readline().split()[1:2])
		driver.kill()
		assert codes == [[b"502"]] * 3, codes
	END
}
