#!/usr/bin/env bats
# --docker=run with real clients on a real engine: containers, exec, cp, compose, and what
# Testcontainers sends; nothing of it is there afterwards.

load ../lib/run
load ../lib/docker

setup_file() { suite_join && engine_start docker && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

setup() {
	case_begin
	need_docker
	engine_ids_sorted >"$CASE/before"
}

# ran [OPTION…] -- SCRIPT: output in $OUT, status in $STATUS; the engine is as it was before
ran() {
	local options=()

	while [ "$1" != -- ]; do options+=("$1") && shift; done
	STATUS=0
	OUT=$(docker_run --docker-base base --docker-tag 'mine/*' "${options[@]}" none -- sh -c "$2" 2>&1) ||
		STATUS=$?
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was: $OUT"
}

each_cli() {
	local cli

	for cli in "$DOCKER_CLI" "$DOCKER_CLI_NEW"; do
		[ ! -e "$cli" ] || "$@" "$cli"
	done
}

run_codes() {
	ran -- "$1 run --rm base:1 sh -c 'echo to-stdout; echo to-stderr >&2; exit 7'; echo code \$?
		echo typed | $1 run --rm -i base:1 cat
		$1 run -d --name bg base:1 sleep 60 >/dev/null; $1 ps --format '{{.Names}}'; $1 stop -t 0 bg; $1 wait bg; $1 rm bg"
	for word in to-stdout to-stderr "code 7" typed bg 137; do
		contains "$OUT" "$word"
	done
	lacks "$OUT" hostbox
}

@test "run: streams and exit codes" {
	each_cli run_codes
}

run_exec() {
	ran -- "$1 run -d --name box base:1 sleep 60 >/dev/null
		$1 exec box sh -c 'echo in-exec; exit 5'; echo code \$?
		echo typed | $1 exec -i box cat
		$1 exec -d box sh -c 'echo later >/tmp/later'; until $1 exec box test -s /tmp/later; do sleep 0.1; done; $1 exec box cat /tmp/later
		$1 logs box; $1 top box; $1 inspect -f '{{.State.Running}}' box; $1 rm -f box"
	for word in in-exec "code 5" typed later sleep true; do
		contains "$OUT" "$word"
	done
}

@test "exec: attached, with stdin, detached, its exit code" {
	each_cli run_exec
}

run_cp() {
	ran -- "$1 run -d --name box base:1 sleep 60 >/dev/null
		echo from-builder >file; $1 cp file box:/tmp/file; $1 exec box cat /tmp/file
		$1 exec box sh -c 'echo from-box >/tmp/back'; $1 cp box:/tmp/back back; cat back
		mkdir tree; echo deep >tree/leaf; $1 cp tree box:/tmp/; $1 exec box cat /tmp/tree/leaf
		$1 cp box:/tmp/tree - | tar -t; $1 rm -f box"
	for word in from-builder from-box deep tree/leaf; do
		contains "$OUT" "$word"
	done
}

@test "cp both ways" {
	each_cli run_cp
}

@test "build and run what was built" {
	ran -- 'printf "FROM base:1\nRUN echo built >/f\n" | docker build -t mine/x:1 - && docker run --rm mine/x:1 cat /f
		docker rmi mine/x:1'
	contains "$OUT" built
}

@test "a container knows the limits of the run, and no privilege" {
	ran --memory 300M --pids 77 --allow-degraded cgroup,docker-limits -- 'docker run --rm base:1 sh -c "cat /proc/self/status"
		docker run -d --name box base:1 sleep 60 >/dev/null
		docker inspect -f "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NetworkMode}}" box; docker rm -f box'
	contains "$OUT" "NoNewPrivs:	1"
	contains "$OUT" "Seccomp:	2"
	contains "$OUT" "314572800 77 none"
}

@test "what was left running is gone afterwards" {
	ran -- 'docker run -d --name left base:1 sleep 600 >/dev/null; docker network create net; docker volume create vol
		docker run -d --network net -v vol:/v -v /anonymous base:1 sleep 600 >/dev/null; docker create base:1 true >/dev/null'
	is "$STATUS" 0 "exit: $OUT"
	contains "$(report docker.removed)" container
	echo "$OUT"
	contains "$(report docker.removed)" volume
	contains "$(report docker.removed)" network
	is "$(report docker.left)" "[]" "left"
}

# ask METHOD TARGET JSON: on a connection of its own, which stays open. answer SOCKET: its status.
ASK='
import json, socket, threading
def ask(method, target, json_of=None):
    body = b"" if json_of is None else json.dumps(json_of).encode()
    s = socket.socket(socket.AF_UNIX)
    s.connect("/run/docker.sock")
    s.sendall(b"%s /v1.41%s HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Type: application/json\r\n"
              b"Content-Length: %d\r\n\r\n%s" % (method.encode(), target.encode(), len(body), body))
    return s
def answer(s):
    return s.makefile("rb").readline().split()[1].decode()
BOX = {"Image": "base:1", "Cmd": ["true"]}
'

# The engine makes them whether anybody still waits for the answer or not.
@test "a run that ends while containers are being made leaves none" {
	ran -- "/usr/bin/python3 - <<'END'
$ASK
all = [ask('POST', '/containers/create', BOX) for i in range(25)]
END"
	is "$STATUS" 0 "exit: $OUT"
	# It has by now done what it was asked before: this one comes last.
	dk run --rm --network none base:1 true
	diff "$CASE/before" <(engine_ids_sorted) || fail "containers came after the run's end"
	is "$(report docker.left)" "[]" "left"
}

# The engine says 409 to whoever removes a container that it is removing itself.
@test "containers that remove themselves when the run ends are not told as left" {
	ran -- "/usr/bin/python3 - <<'END'
$ASK
box = {'Image': 'base:1', 'Cmd': ['sleep', '60'], 'HostConfig': {'AutoRemove': True}, 'Volumes': {'/a': {}}}
ids = [json.loads(ask('POST', '/containers/create', box).makefile('rb').read().split(b'\\r\\n\\r\\n')[1])['Id']
       for i in range(20)]
started = [ask('POST', '/containers/%s/start' % i) for i in ids]
print({answer(s) for s in started})
killed = [ask('POST', '/containers/%s/kill' % i) for i in ids]
answer(killed[0])
END"
	contains "$OUT" "{'204'}"
	is "$STATUS" 0 "exit: $OUT"
	is "$(report docker.left)" "[]" "left"
}

@test "a hundred requests at once make no more containers than are allowed" {
	ran -- "/usr/bin/python3 - <<'END'
$ASK
all = [ask('POST', '/containers/create', BOX) for i in range(100)]
codes = [answer(s) for s in all]
print('made', codes.count('201'), 'refused', codes.count('429'))
END"
	contains "$OUT" "made 32 refused 68"
}

# What waits for the engine between the look at the room and the making is a commit, which names its
# image only when that is there; a volume is looked for first.
@test "names and volumes: requests at once make no more than are allowed either" {
	ran -- "/usr/bin/python3 - <<'END'
$ASK
code = lambda *what: answer(ask(*what))
tag = lambda i: '/images/base:1/tag?repo=mine/x&tag=t%d' % i
print('named', [code('POST', tag(i)) for i in range(250)].count('201'))
code('POST', '/containers/create?name=box', BOX)
all = [ask('POST', '/commit?container=box&repo=mine/x&tag=c%d' % i) for i in range(20)]
codes = [answer(s) for s in all]
print('committed', codes.count('201'), 'refused', codes.count('429'))
for name in ['t%d' % i for i in range(250)] + ['c%d' % i for i in range(20)]:
    code('DELETE', '/images/mine/x:' + name)
all = [ask('POST', '/volumes/create', {'Name': 'many%d' % i}) for i in range(100)]
codes = [answer(s) for s in all]
print('volumes', codes.count('201'), 'refused', codes.count('429'))
END"
	contains "$OUT" "named 250"
	contains "$OUT" "committed 6 refused 14"
	contains "$OUT" "volumes 64 refused 36"
}

# The engine would make the volume anew, for the container, and without the run's label. Who comes
# first is the machine's to say: each is asked for first, with ever more time before the other,
# and in the last two rounds the other waits for the answer.
@test "a volume that is removed while a container is made for it is not left behind" {
	ran -- "/usr/bin/python3 - <<'END'
import time
$ASK
seen = set()
for i in range(60):
    name = 'race%d' % i
    answer(ask('POST', '/volumes/create', {'Name': name}))
    make = ('POST', '/containers/create?name=' + name, dict(BOX, HostConfig={'Binds': [name + ':/x']}))
    remove = ('DELETE', '/volumes/' + name)
    first, second = (make, remove) if i % 2 else (remove, make)
    first = ask(*first)
    one = answer(first) if i >= 58 else time.sleep(i // 2 * 0.0002)
    two = answer(ask(*second))
    one = one or answer(first)
    seen.add((one, two) if i % 2 else (two, one))
    answer(ask('DELETE', '/containers/%s?force=1' % name))
# Made first; removed first, and made anew; and maybe refused for a removal under way.
print('seen', sorted(seen - {('409', '204')}))
END"
	contains "$OUT" "seen [('201', '204'), ('201', '409')]"
}

@test "many containers one after the other, removed by the engine (--rm)" {
	ran -- 'for i in $(seq 40); do docker run --rm base:1 true || exit 1; done; echo all'
	contains "$OUT" all
}

COMPOSE='cat >docker-compose.yml <<END
version: "3"
services:
  web:
    image: base:1
    command: sh -c "echo shared >/data/f; exec httpd -f -p 8080 -h /data"
    networks: [inner]
    volumes: ["data:/data"]
    restart: unless-stopped
  peer:
    image: base:1
    command: sh -c "sleep 1; cat /data/f; sleep 60"
    depends_on: [web]
    networks: [inner]
    volumes: ["data:/data:ro"]
networks: {inner: {}}
volumes: {data: {}}
END'

@test "docker-compose up and down, with a network and a volume" {
	need_file /usr/bin/docker-compose
	ran -- "$COMPOSE"'
		docker-compose up -d; echo up $?; sleep 2; docker-compose ps; docker-compose logs peer
		docker-compose exec -T web cat /data/f; docker-compose down -v; echo down $?; docker ps -aq; docker volume ls -q'
	contains "$OUT" "up 0"
	contains "$OUT" "down 0"
	contains "$OUT" shared
}

@test "docker-compose left up is gone afterwards" {
	need_file /usr/bin/docker-compose
	ran -- "$COMPOSE"'
		docker-compose up -d; echo up $?'
	contains "$OUT" "up 0"
}

@test "python3-docker: run, exec, put and get of archives, events" {
	ran -- '/usr/bin/python3 - <<END
import docker, io, tarfile, time
c = docker.from_env()
print(c.containers.run("base:1", ["echo", "from-py"], remove=True))
box = c.containers.run("base:1", ["sleep", "60"], detach=True)
print(box.exec_run(["echo", "exec-py"]))
data = io.BytesIO()
with tarfile.open(fileobj=data, mode="w") as tar:
    entry = tarfile.TarInfo("put"); entry.size = 3; tar.addfile(entry, io.BytesIO(b"put"))
print(box.put_archive("/tmp", data.getvalue()))
print(b"".join(box.get_archive("/tmp/put")[0])[512:515])
now = int(time.time())
print([e["Action"] for e in c.events(since=now - 30, until=now + 1, decode=True)])
print("list", [b.name for b in c.containers.list(all=True)])
box.remove(force=True)
END'
	for word in from-py exec-py True "b'put'" create start; do
		contains "$OUT" "$word"
	done
	lacks "$OUT" hostbox
}

@test "what Testcontainers sends: no version, the body in the query, exec without an upgrade, stop with a body" {
	ran --ro-bind "$SOURCES/tests/lib:/opt/lib" -- 'H="/opt/lib/docker-http /run/docker.sock"
		$H GET /info | grep -o "\"OSType\":\"linux\""; $H GET /networks/bridge; echo bridge $?
		ID=$($H POST "/containers/create?Image=base%3A1&HostConfig=%7B%22AutoRemove%22%3Afalse%7D&Cmd=sleep&name=" \
			-d "{\"Image\":\"base:1\",\"Cmd\":[\"sleep\",\"60\"],\"HostConfig\":{\"AutoRemove\":false}}" |
			sed "s/.*\"Id\":\"\([0-9a-f]*\)\".*/\1/")
		$H POST "/containers/$ID/start"; echo start $?
		EXEC=$($H POST "/containers/$ID/exec" -d "{\"Cmd\":[\"echo\",\"from-exec\"],\"AttachStdout\":true,\"AttachStderr\":true}" |
			sed "s/.*\"Id\":\"\([0-9a-f]*\)\".*/\1/")
		$H POST "/exec/$EXEC/start" -d "{\"Detach\":false,\"Tty\":false,\"stdin\":false,\"hijack\":false}"
		$H POST "/exec/$EXEC/start" -d "{\"Detach\":false,\"Tty\":false,\"stdin\":true}" >/dev/null
		$H GET "/exec/$EXEC/json" | grep -o "\"ExitCode\":0"
		$H POST "/containers/$ID/stop?t=0" -d "{\"t\":0}"; echo stop $?
		$H DELETE "/containers/$ID?v=true&force=true"; echo gone $?'
	for word in '"OSType":"linux"' "bridge 1" "start 0" from-exec '"ExitCode":0' "stop 0" "gone 0"; do
		contains "$OUT" "$word"
	done
}

@test "fifty clients at once" {
	ran -- 'docker run -d --name box base:1 sleep 600 >/dev/null
		for i in $(seq 50); do (docker exec box echo "client-$i-end" >out.$i 2>&1; echo $? >>out.$i) & done; wait
		cat out.* | grep -c "^client-.*-end$"; docker rm -f box'
	contains "$OUT" 50
}

@test "nothing of the engine's host stands in its words: processes, users, paths" {
	ran -- 'docker run -d --name box --user 1 base:1 sleep 60 >/dev/null; docker top box; docker top box aux
		docker run --rm -v vol:/etc/passwd base:1 true; docker run --name bad base:1 /no/such; docker inspect -f "{{.State.Error}}" bad'
	is "$(grep -c '^?  *1 ' <<<"$OUT")" 2 "processes: $OUT"
	contains "$OUT" "source ... is not"
	contains "$OUT" /no/such
	lacks "$OUT" "$ENGINE_DIR"
}

@test "volumes without a name: the run's own, gone with their container, counted" {
	ran -- 'docker create --name one -v /data base:1 true >/dev/null; docker volume ls -q | wc -l; docker volume inspect -f "{{.Driver}}" "$(docker volume ls -q)"
		docker rm one >/dev/null; docker volume ls -q | wc -l
		docker create $(seq -f "-v /d%g" 65) base:1 true; docker create $(seq -f "-v /d%g" 40) base:1 true >/dev/null
		docker create $(seq -f "-v /d%g" 40) base:1 true; docker volume ls -q | wc -l
		{ echo FROM base:1; seq -f "VOLUME /d%g" 65; } | docker build -q -t mine/many - >/dev/null; docker create mine/many true; docker rmi mine/many >/dev/null'
	contains "$OUT" "1
local
0"
	is "$(grep -c 'pass the limit of 64' <<<"$OUT")" 3 "$OUT"
	contains "$OUT" "40"
}

@test "docker login: only where the launcher has one, and not with what is typed" {
	printf '{"auths":{"127.0.0.1:5999":{"auth":"%s"}}}' "$(printf builder:marker-pw | base64)" >"$CASE/auth.json"
	chown "$TEST_USER" "$CASE/auth.json" && chmod 0600 "$CASE/auth.json"
	ran --docker-auth "$CASE/auth.json" --docker-push 127.0.0.1:5999/app -- 'echo any | docker login -u me --password-stdin 127.0.0.1:5999; echo code $?
		echo any | docker login -u me --password-stdin 127.0.0.1:5998; echo code $?'
	contains "$OUT" "this login is not used"
	contains "$OUT" "code 0" # newer clients warn of their own file before it
	contains "$OUT" "has no login to 127.0.0.1:5998"
	contains "$OUT" "code 1"
	lacks "$OUT" "Login Succeeded"
}

@test "what is not the run's own is not there" {
	ran -- 'docker ps -a; docker images; docker volume ls; docker network ls; docker inspect hostbox
		docker exec hostbox cat /www/secret; docker run --rm -v hostvol:/v base:1 cat /v/secret
		docker run --rm --network hostnet base:1 true; docker rm -f hostbox; docker rmi -f host/secret:1
		docker run --rm host/secret:1 cat /www/secret; timeout 2 docker events --since 1h'
	for word in "$CANARY" " hostnet " "host/secret "; do # as the lists have them; the refusals name both
		lacks "$OUT" "$word"
	done
}

@test "paths of the host, privileges and ports are refused by name" {
	ran -- 'docker run --rm -v /etc:/e base:1 true; docker run --rm --privileged base:1 true
		docker run --rm -p 8080:80 base:1 true; docker run --rm --device /dev/fuse base:1 true'
	for word in Binds Privileged PortBindings Devices; do
		contains "$OUT" "$word"
	done
	is "$(report docker.refused | grep -o '"method"' | wc -l)" 4 "refusals in the report"
}

# What Testcontainers and most compose files stop at: why, and what to do in its place.
@test "published ports and binds of /app are refused with what can be had" {
	local words

	for words in "-p 8080:80" "-P" "-p 127.0.0.1::80/udp"; do
		ran -- "docker run --rm $words base:1 true"
		contains "$OUT" "no port is published, for the networks of a run lead to no host"
		contains "$OUT" "with docker exec"
	done
	for words in "-v /app:/src" '-v "$PWD":/src:ro' "--mount type=bind,source=/app,target=/src"; do
		ran -- "docker run --rm $words base:1 true"
		contains "$OUT" "no path of the host or the builder is given: use a named volume, docker cp"
	done
	ran -- 'echo kept >f; docker create --name box base:1 cat /src/f >/dev/null; docker cp . box:/src; docker start -a box
		docker cp box:/src/f back && cat back'
	is "$(grep -c kept <<<"$OUT")" 2 "what can be had: $OUT"
}

@test "one connection too many is told so, and large bodies share the memory of the broker" {
	cat >"$CASE/crowd" <<-'END'
	import json, socket
	def connected(request):
	    peer = socket.socket(socket.AF_UNIX)
	    peer.connect("/run/docker.sock")
	    peer.sendall(request)
	    return peer
	ping = b"GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
	crowd = [connected(ping) for _ in range(257)]
	print("last", crowd[-1].recv(4096).decode())
	print("first", crowd[0].recv(12).decode())
	for peer in crowd:
	    peer.close()
	body = json.dumps({"Image": "base:1", "Env": ["A%d=" % i + "x" * 3800 for i in range(200)]}).encode()
	head = b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
	large = [connected(head % len(body)) for _ in range(30)]
	for peer in large:
	    peer.sendall(body)
	print("large", sorted({peer.recv(10).decode()[9:] for peer in large}))
	END
	ran --ro-bind "$CASE/crowd:/opt/crowd" -- 'ulimit -n 1024; /usr/bin/python3 /opt/crowd'
	contains "$OUT" "503 Service Unavailable"
	contains "$OUT" "close those that are not used"
	contains "$OUT" "first HTTP/1.1 200"
	contains "$OUT" "large ['2']"
}

@test "the engine starts anew: clear errors, and gc has the rest" {
	local pid

	background pid eval 'docker_run --docker-base base none -- sh -c "
		docker run -d base:1 sleep 600; echo ready; sleep 4; docker run --rm base:1 true; echo code \$?" >"$CASE/out" 2>&1'
	wait_for 60 grep -q '^ready' "$CASE/out" || fail "$(cat "$CASE/out")"
	engine_restart
	dk start hostbox >/dev/null
	wait "$pid" || true
	# Its socket is another one now; the broker holds on to the one that it was given.
	contains "$(cat "$CASE/out")" "cofferdam: the engine does not answer"
	coff gc >/dev/null 2>&1 || true
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was"
}

@test "launcher and broker killed: gc removes all that was made" {
	local pid out

	background pid eval 'docker_run --docker-base base none -- sh -c "
		docker network create net; docker volume create vol; docker run -d -v vol:/v --network net base:1 sleep 600; echo ready; sleep 600" >"$CASE/out" 2>&1'
	wait_for 60 grep -q '^ready' "$CASE/out" || fail "$(cat "$CASE/out")"
	# shellcheck disable=SC2046 # one word each
	kill -KILL $(pgrep -f "^$SUITE/usr/bin/cofferdam run.*$CASE/")
	wait "$pid" || true
	out=$(coff gc 2>&1) || fail "gc: $out"
	contains "$out" container || fail "$(cat "$CASE/out")"
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was: $out"
}

@test "raw needs a second word, and is told as root on the host" {
	run sandbox --docker=raw --docker-host "unix://$ENGINE" none -- echo builder-ran
	is "$status" 125 "raw alone"
	contains "$output" --i-know-raw-docker-is-root
	lacks "$output" builder-ran
	run sandbox --docker=raw --i-know-raw-docker-is-root --docker-host "unix://$ENGINE" none -- docker ps --format '{{.Names}}'
	contains "$output" hostbox
	is "$(report walls.docker.state)" degraded "the wall"
	contains "$(report walls.docker.detail)" "root on the host"
}

# What the engine does for a client that has left is the run's all the same.
@test "names that were asked for by clients that did not wait are told and kept in the ledger" {
	local tag tags

	ran -- "printf 'FROM base:1\nRUN true\n' | docker build -q -t mine/one:1 - >/dev/null; /usr/bin/python3 - <<'END'
$ASK
for i in range(12):
    ask('POST', '/images/mine/one:1/tag?repo=mine/left&tag=%d' % i).close()
END" || true
	tags=$(dk images --format '{{.Repository}}:{{.Tag}}' | grep '^mine/')
	for tag in $tags; do
		contains "$(report docker)" "$tag"
		dk rmi "$tag" >/dev/null
	done
	diff "$CASE/before" <(engine_ids_sorted) || fail "the engine is not as it was: $OUT"
}

@test "create without a network, then connect, as compose 1, docker-py and Testcontainers do it" {
	ran -- 'docker network create net >/dev/null; docker run -d --name web --network net base:1 sh -c "echo hello >/tmp/f; exec httpd -f -p 8080 -h /tmp" >/dev/null
		docker create --name late base:1 sh -c "sleep 1; wget -q -O - http://web:8080/f; echo code \$?" >/dev/null
		docker network connect --alias other net late && docker start -a late
		docker run -d --name running base:1 sleep 60 >/dev/null; docker network connect net running
		docker exec running wget -q -O - http://web:8080/f; docker inspect -f "{{len .NetworkSettings.Networks}} networks" running'
	contains "$OUT" "code 0"
	contains "$OUT" "1 networks"
	is "$(grep -c '^hello' <<<"$OUT")" 2 "answers: $OUT"
}

@test "what clients send beside the point: JSON where there is no body, old versions, a & at the end, names with a slash" {
	ran --ro-bind "$SOURCES/tests/lib:/opt/lib" -- 'H="/opt/lib/docker-http /run/docker.sock"; J="Content-Type: application/json"
		docker run -d --name box base:1 sleep 60 >/dev/null
		$H POST "/containers/box/resize?h=10&w=20" -H "$J" -d "{\"h\":10,\"w\":20}" >/dev/null; echo resize $?
		$H POST "/containers/box/rename?name=boxes&" -H "$J" -d "{}"; echo rename $?
		$H POST "/containers/prune" -H "$J" -d "[]"; echo array $?
		$H POST "/containers/prune" -H "Content-Type: text/plain" -d "{}"; echo text $?
		for v in 1.21 1.22 1.24 1.32 1.40; do $H GET /v$v/containers/json >/dev/null; echo "v$v $?"; done
		docker tag base:1 mine/app:1; docker inspect --format "image {{.Os}}" mine/app:1; docker rmi mine/app:1; docker run --cidfile cid --rm base:1 true; echo cidfile $?'
	for word in "resize 0" "rename 0" "array 1" "text 1" "v1.21 1" "v1.22 0" "v1.24 0" "v1.32 0" "v1.40 0" "image linux" "cidfile 0"; do
		contains "$OUT" "$word"
	done
}

@test "ps: the last ones, by image, before and after; images by their names" {
	ran -- 'docker create --name one base:1 true >/dev/null; docker run -d --name two base:1 sleep 60 >/dev/null; docker tag base:1 mine/x:1; docker create --name three mine/x:1 true >/dev/null
		echo "last $(docker ps -l --format "{{.Names}} {{.Image}}")"; echo "n2 $(docker ps -n 2 --format "{{.Names}}" | xargs)"
		echo "of $(docker ps -a --filter ancestor=base:1 --format "{{.Names}}" | xargs)"; echo "none$(docker ps -aq --filter ancestor=host/secret:1)"
		echo "after $(docker ps -a --filter since=one --format "{{.Names}}" | xargs)"; docker ps -a --filter since=hostbox; docker images --filter before=host/secret:1
		docker inspect -f "image {{.Config.Image}}" two; docker tag mine/x:1 mine/x:1 && echo same; docker rmi mine/x:1 >/dev/null'
	for word in "last three mine/x:1" "n2 three two" "of three two one" "after three two" "image base:1" same \
		"No such container: hostbox" "No such image: host/secret:1"; do
		contains "$OUT" "$word"
	done
	is "$(grep '^none' <<<"$OUT")" none "of another's image: $OUT"
}

@test "what a container does not get it is told: a warning and an event" {
	ran --events "$CASE/events" --ro-bind "$SOURCES/tests/lib:/opt/lib" -- 'docker create --restart always --dns 8.8.8.8 --ipc host --log-driver syslog --memory 100g base:1 true; docker create --memory 16m base:1 true
		docker create --name box base:1 true >/dev/null; docker exec --privileged box true; /opt/lib/docker-http /run/docker.sock GET /no/such/call'
	for word in RestartPolicy Dns IpcMode LogConfig Memory; do
		contains "$OUT" "HostConfig.$word is"
		grep -q "\"docker_changed\".*HostConfig.$word" "$CASE/events" || fail "no event of $word: $(cat "$CASE/events")"
	done
	is "$(grep -c 'HostConfig.Memory ' <<<"$OUT")" 1 "warnings: $OUT"
	contains "$OUT" "Privileged is refused: root on the host"
	contains "$OUT" "GET /no/such/call is not a call that --docker run"
}

@test "commit, export and import of the run's own, under granted names only" {
	ran -- 'docker run --name box base:1 sh -c "echo content >/file"; docker commit -c "ENV A=b" box mine/c:1 >/dev/null && docker run --rm mine/c:1 sh -c "cat /file; echo \$A"
		docker export box >rootfs.tar && docker import -c "CMD [\"cat\", \"/file\"]" rootfs.tar mine/i:1 >/dev/null && docker run --rm mine/i:1
		docker inspect -f "owner {{index .Config.Labels \"io.cofferdam.owner\"}}." mine/c:1; docker save mine/c:1 | grep -ac "io.cofferdam.owner..:..[0-9a-f]"
		docker commit box host/app:1; docker commit hostbox mine/x:1; docker commit -c "ENV A=b \\" box; docker import rootfs.tar host/secret:1; docker import http://127.0.0.1:7777/secret mine/y:1
		docker export hostbox | wc -c; docker commit box >/dev/null; docker import - <rootfs.tar >/dev/null; docker rmi mine/c:1 mine/i:1 >/dev/null'
	is "$(grep -cx content <<<"$OUT")" 2 "of the committed and the imported one: $OUT"
	for word in "owner ." "host/app:1 is not granted" "No such container: hostbox" "without a comment" "host/secret:1 is not granted" "the engine would fetch it"; do
		contains "$OUT" "$word"
	done
	is "$(grep -cx 0 <<<"$OUT")" 2 "the secret, and another's files: $OUT"
}

@test "docker load: whole images, under granted names, with the labels of this run" {
	dk save -o "$CASE/base.tar" base:1
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/named.tar" --tags mine/l:1 mine/l:2
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/packed.tar" --tags mine/p:1 --gzip-layers
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/unnamed.tar" --tags
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/host.tar" --tags mine/l:3 host/secret:1
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/empty.tar" --tags mine/l:4 --no-layers
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/other.tar" --tags mine/l:5 --other-layers
	"$DOCKER_TESTS/saved" "$CASE/base.tar" "$CASE/twice.tar" --tags mine/l:6 --twice
	chmod 0644 "$CASE"/*.tar
	head -c 2000000 "$CASE/named.tar" >"$CASE/short.tar"
	ran --ro-bind "$CASE:/opt/case" -- 'cd /opt/case; docker load -i named.tar; docker run --rm mine/l:2 echo ran; docker load <packed.tar; docker run --rm mine/p:1 echo ran too
		docker load -q -i unnamed.tar | grep -c "^Loaded image ID: sha256:[0-9a-f]\{64\}$"
		gzip -c named.tar | docker load; docker images --format "{{.Repository}}:{{.Tag}}" "mine/l"
		docker commit $(docker create base:1 true) mine/c:1 >/dev/null; docker save mine/c:1 >/tmp/c.tar; id=$(docker inspect -f "{{.Id}}" mine/c:1); docker load -i /tmp/c.tar; [ "$id" = "$(docker inspect -f "{{.Id}}" mine/c:1)" ] && echo the same id
		for no in host empty other twice short; do docker load -i $no.tar; done; head -c 1024 /dev/zero | tr "\\0" x | docker load
		docker inspect -f "here {{.Id}}" mine/l:3; docker inspect -f "here {{.Id}}" mine/l:4; docker rmi mine/l:1 mine/l:2 mine/p:1 mine/c:1 >/dev/null'
	for word in "Loaded image: mine/l:1" "Loaded image: mine/l:2" $'\nran\n' "Loaded image: mine/p:1" "ran too" $'\n1\n' \
		"Loaded image: mine/c:1" "the same id" \
		"host/secret:1 is not granted" "all of an image has to be in it" "is not sha256:" "twice" "the archive is cut short" "not a tar"; do
		contains "$OUT" "$word"
	done
	lacks "$OUT" here
}

# As skopeo does, which takes the head of the answer for the end of the work.
@test "docker load: a client that leaves with the head of the answer" {
	cat >"$CASE/leave" <<-'END'
	import socket
	body = open("one.tar", "rb").read()
	peer = socket.socket(socket.AF_UNIX)
	peer.connect("/run/docker.sock")
	peer.sendall(b"POST /images/load?quiet=1 HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
	             b"Content-Length: %d\r\n\r\n" % len(body) + body)
	print("head", peer.recv(15))
	END
	ran --docker-tag 'mine/*' --ro-bind "$CASE/leave:/opt/leave" -- '
		docker create --name one base:1 true >/dev/null; docker commit one mine/one:1 >/dev/null; docker rm one
		docker save -o one.tar mine/one:1; docker rmi mine/one:1 >/dev/null
		/usr/bin/python3 /opt/leave && docker rmi mine/one:1'
	contains "$OUT" "200 OK"
	contains "$OUT" "Untagged: mine/one:1"
}

@test "prune: what of the run's own is not in use" {
	ran -- 'docker create --name one base:1 true >/dev/null; docker run -d --name two base:1 sleep 60 >/dev/null
		docker network create idle >/dev/null; docker volume create idle >/dev/null; echo "pruned $(docker container prune -f | grep -c "^[0-9a-f]\{64\}$")"; docker ps -a --format "{{.Names}}"
		docker network prune -f; docker volume prune -f --all 2>/dev/null || docker volume prune -f; docker container prune -f --filter until=1h; docker system prune -f >/dev/null; echo code $?'
	contains "$OUT" "pruned 1
two"
	is "$(grep -cx idle <<<"$OUT")" 2 "pruned: $OUT"
	contains "$OUT" "prune filters.until"
	contains "$OUT" "code 0"
}

@test "events of networks, volumes and images: none of the run's own is lost" {
	ran -- 'from=$(date +%s); (/usr/bin/docker events --format "{{.Type}} {{.Action}}" >events & echo $! >pid); sleep 0.5
		for i in 1 2 3; do docker network create n$i >/dev/null; docker network rm n$i >/dev/null; docker volume create v$i >/dev/null; docker volume rm v$i >/dev/null
		docker tag base:1 mine/x:$i; docker rmi mine/x:$i >/dev/null; done; docker create --name last base:1 true >/dev/null
		for i in $(seq 100); do ! grep -q "container create" events || break; sleep 0.1; done; kill $(cat pid); sort events | uniq -c'
	for word in "network create" "network destroy" "volume create" "volume destroy" "image tag" "image untag"; do
		contains "$OUT" "3 $word"
	done
}

@test "docker pull of a base that is there: up to date, and nobody is asked" {
	ran -- 'docker pull base:1; echo there $?; docker pull base:none; echo none $?; docker pull host/secret:1; echo others $?; docker pull host/none:1'
	for word in "Image is up to date for base:1" "there 0" "pulling base:none is not granted" "none 1" "others 1" \
		"pulling host/secret:1 is not granted" "pulling host/none:1 is not granted"; do
		contains "$OUT" "$word"
	done
}

@test "a platform that is the engine's, and one that is not" {
	ran -- 'docker run --rm --platform "linux/$(docker version -f "{{.Server.Arch}}")" base:1 echo own; docker run --rm --platform linux/s390x base:1 echo foreign
		echo FROM base:1 | docker build -q --platform linux -t mine/p - >/dev/null && docker rmi mine/p >/dev/null && echo built'
	contains "$OUT" own
	contains "$OUT" built
	contains "$OUT" "platform linux/s390x: the engine's is linux/"
	lacks "$OUT" foreign
}

@test "a network is shown as it was asked for" {
	ran -- 'docker network create plain >/dev/null; docker network create --internal closed >/dev/null
		docker network inspect -f "{{.Name}} {{.Internal}} {{.Options}}" plain closed; docker network ls --filter name=plain --format "listed {{.Internal}}"'
	contains "$OUT" "plain false map[]
closed true map[]"
	contains "$OUT" "listed false"
}

@test "HTTP/1.0, and a body with GET that says nothing" {
	ran -- "/usr/bin/python3 - <<'END'
import socket
def ask(text):
    s = socket.socket(socket.AF_UNIX)
    s.connect('/run/docker.sock')
    s.sendall(text)
    raw = b''
    while piece := s.recv(65536):
        raw += piece
    return raw.decode()
old = ask(b'GET /_ping HTTP/1.0\r\n\r\n')
print('old', old.split()[1], old.endswith('OK'))
events = ask(b'GET /events?since=1&until=2 HTTP/1.0\r\n\r\n')
print('events', events.split()[1], 'chunked' in events)
print('empty', ask(b'GET /networks HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}').split()[1])
END"
	contains "$OUT" "old 200 True
events 200 False
empty 200"
}

@test "a connection goes on after a refusal without a body" {
	ran -- "/usr/bin/python3 - <<'END'
import socket
s = socket.socket(socket.AF_UNIX)
s.connect('/run/docker.sock')
f = s.makefile('rb')
for target in ('/v1.41/swarm', '/v1.41/containers/none/json', '/_ping'):
    s.sendall(b'GET %s HTTP/1.1\r\nHost: d\r\n\r\n' % target.encode())
    print('answer', f.readline().split()[1].decode())
    length = 0
    while (line := f.readline()) != b'\r\n':
        if line.lower().startswith(b'content-length:'):
            length = int(line.split()[1])
    f.read(length)
END"
	contains "$OUT" "answer 403
answer 404
answer 200"
}
