# tests/lib/docker.bash: real engines for tests/run/docker-*.bats, after lib/run:
#
#	load ../lib/run
#	load ../lib/docker
#
# In setup_file, after suite_join, one of
#
#	engine_start docker     dockerd of docker.io (20.10 on Debian 12)
#	engine_start newer      the same of Debian 13 (26.1), with the clients in $NEWER/client
#	engine_start podman     podman system service, rootful
#
# and in teardown_file, before suite_leave, engine_stop. COFFERDAM_DOCKER_SOCKET=PATH names
# an engine that runs already and is used in place of one of ours: in a machine of its own,
# please, for the attacks work on it. From then on:
#
#	$ENGINE         the engine's socket, open to the ordinary user
#	$ENGINE_DIR     a directory of the engine's own, removed by engine_stop
#	$ENGINE_PID     what holds its namespaces, empty with COFFERDAM_DOCKER_SOCKET
#	$CANARY         a word that stands wherever an attack might read
#	need_docker     skip unless there is an engine
#	dk ARG…         the Docker CLI on the bare engine
#	on_engine CMD…  with the engine's loopback device, as root
#	engine_die      kill it; engine_again starts it again; engine_restart does both in order
#	engine_ids      every container, image, tag, volume and network, one a line
#	engine_registry PORT [open]   a registry with a password, or without one, for one test
#	engine_inside N containers that run now? (0 if N was left out)
#	engine_host     the population that no run may see or harm:
#	                image host/secret:1 (/www/secret holds $CANARY), container hostbox that
#	                serves it on port 7777, volume hostvol, network hostnet; of no use to
#	                anybody: image host/free, volume and network hostfree, container
#	                hoststopped; $ENGINE_DIR/host, a directory with the file secret
#	attack SECTION     the rows of tests/run/docker/attacks.py, bare and through the broker,
#	                which the ordinary user runs; fails with what did not hold
#	docker_run ARG…    sandbox --docker=run on this engine
#	docker_build ARG…  sandbox --docker=build on this engine

DOCKER_TESTS=$SOURCES/tests/run/docker
DOCKER_CLI=/usr/bin/docker # of docker.io, 20.10
DOCKER_CLI_NEW=/usr/local/bin/docker

# Which tool is absent? Nothing is printed if none is.
engine_lacks() {
	local tool

	if [ -n "${COFFERDAM_DOCKER_SOCKET:-}" ]; then
		[ -S "$COFFERDAM_DOCKER_SOCKET" ] || echo "a socket at $COFFERDAM_DOCKER_SOCKET"
		return
	fi
	[ "$(id -u)" = 0 ] || { echo "a suite that root has started"; return; }
	for tool in "$([ "$1" = docker ] && echo dockerd || echo podman)" runc busybox "$DOCKER_CLI"; do
		command -v "$tool" >/dev/null || { echo "$tool"; return; }
	done
}

# Where it lies decides whether a test can run; a test asks with need_docker.
engine_start() {
	suite_names
	export ENGINE_KIND=$1 ENGINE_DIR ENGINE="" ENGINE_PID="" ENGINE_MISSING CANARY NEWER=""
	[ "$1" != newer ] || ENGINE_KIND=docker
	ENGINE_MISSING=$(engine_lacks "$ENGINE_KIND")
	if [ "$1" = newer ] && [ -z "$ENGINE_MISSING" ]; then
		NEWER=$("$DOCKER_TESTS/newer" 2>/dev/null) || ENGINE_MISSING="Docker 26 of Debian 13's packages"
		export ENGINE_PROGRAMS=$NEWER/engine
	fi
	[ -z "$ENGINE_MISSING" ] || return 0
	CANARY=canary-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
	ENGINE_DIR=$(mktemp -d "$SUITE/engine.XXXX") && chmod 0755 "$ENGINE_DIR" || return
	if [ -n "${COFFERDAM_DOCKER_SOCKET:-}" ]; then
		ENGINE=$COFFERDAM_DOCKER_SOCKET
	else
		ENGINE=$ENGINE_DIR/engine.sock
		"$DOCKER_TESTS/engine" "$ENGINE_KIND" "$ENGINE_DIR" "$ENGINE" "$(id -g "$TEST_USER")" \
			</dev/null >"$ENGINE_DIR/engine.log" 2>&1 3>&- 4>&- 9>&- &
		ENGINE_PID=$!
	fi
	install -m 0755 "$SOURCES/tests/lib/broker-driver" "$ENGINE_DIR/broker-driver" &&
		engine_wait && engine_base
}

engine_answers() { curl -s -m 2 -o /dev/null --unix-socket "$ENGINE" http://d/_ping; }

# Podman has no option for the group of its socket.
engine_wait() {
	wait_for 90 engine_answers || { cat "$ENGINE_DIR"/*log; return 1; }
	[ "$ENGINE_KIND" != podman ] || [ -z "$ENGINE_PID" ] ||
		{ chgrp "$(id -g "$TEST_USER")" "$ENGINE" && chmod 0660 "$ENGINE"; }
}

dk() { "$DOCKER_CLI" -H "unix://$ENGINE" "$@"; }

# A root of a few names and one static program; no registry is ever asked.
engine_base() {
	local root=$ENGINE_DIR/root applet

	mkdir -p "$root/bin" "$root/etc" "$root/tmp" && chmod 1777 "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for applet in sh cat dd echo grep head hostname httpd id ip ls mkdir mknod mount nc nslookup rm seq sha256sum \
		sleep tail tar test touch true false wc wget yes; do
		ln -sf busybox "$root/bin/$applet"
	done
	echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
	tar --owner=0 --group=0 -C "$root" -c . | dk import -c 'CMD ["sh"]' - base:1 >/dev/null
}

engine_host() {
	local host=$ENGINE_DIR/host

	mkdir -p "$host/build/www" && echo "$CANARY" | tee "$host/secret" >"$host/build/www/secret"
	chmod 0755 "$host" && chmod 0644 "$host/secret"
	printf 'FROM base:1\nENV SECRET=%s\nLABEL secret=%s\nCOPY www /www\n' "$CANARY" "$CANARY" \
		>"$host/build/Dockerfile"
	DOCKER_BUILDKIT=0 dk build -q -t host/secret:1 "$host/build" >/dev/null &&
		dk tag host/secret:1 host/app:1 &&
		dk volume create --label "secret=$CANARY" hostvol >/dev/null &&
		engine_network hostnet && engine_network hostfree &&
		engine_free && engine_hostbox
}

engine_network() {
	dk network inspect "$1" >/dev/null 2>&1 ||
		dk network create --label "secret=$CANARY" --internal "$1" >/dev/null
}

# What nobody uses: an image with two names, a volume, a container that has ended.
engine_free() {
	printf 'FROM base:1\nLABEL free=1\n' | DOCKER_BUILDKIT=0 dk build -q -t host/free:1 - >/dev/null &&
		dk tag host/free:1 host/free:2 &&
		dk volume create hostfree >/dev/null || return
	dk container inspect hoststopped >/dev/null 2>&1 ||
		dk create --name hoststopped --network none host/secret:1 true >/dev/null
}

# Some attacks end or rename it; --init so that `stop` and `restart` are quick.
engine_hostbox() {
	local network=hostnet

	[ "$ENGINE_KIND" = docker ] || network=none
	dk rm -f hostbox >/dev/null 2>&1
	dk run -d --name hostbox --hostname "$CANARY" --network "$network" --ipc shareable \
		-e "SECRET=$CANARY" -v hostvol:/data host/secret:1 sh -c "
		echo $CANARY | tee /data/secret >/dev/shm/secret
		echo $CANARY
		exec httpd -f -p 0.0.0.0:7777 -h /www" >/dev/null
}

on_engine() {
	if [ -n "$ENGINE_PID" ]; then
		nsenter --net --target "$(engine_init)" "$@"
	else
		"$@"
	fi
}

# The first process of its namespaces: the child of unshare.
engine_init() { pgrep -P "$ENGINE_PID"; }

engine_die() {
	touch "$ENGINE_DIR/hold"
	# shellcheck disable=SC2046 # one word each
	kill -KILL $(pgrep -P "$(engine_init)" -x 'dockerd|podman')
}

engine_again() {
	rm -f "$ENGINE_DIR/hold"
	engine_wait
}

engine_restart() { engine_die && engine_again; }

engine_ids() {
	dk ps -aq --no-trunc | sed 's/^/container /'
	dk images -aq --no-trunc | sed 's/^/image /'
	dk images --format 'tag {{.Repository}}:{{.Tag}}' | grep -v '<none>'
	dk volume ls -q | sed 's/^/volume /'
	dk network ls -q --no-trunc | sed 's/^/network /'
}

engine_ids_sorted() { engine_ids | sort -u; }

# A registry that wants a name and a password (or none, with "open"), on this port of the
# engine's loopback device; $CASE/auth.json has them.
engine_registry() {
	local port=$1

	need_file /usr/bin/docker-registry
	/usr/bin/python3 -W ignore -c 'import crypt
print("builder:" + crypt.crypt("marker-pw", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' >"$CASE/htpasswd"
	cat >"$CASE/registry.yml" <<-END
	version: 0.1
	storage: {filesystem: {rootdirectory: $CASE/registry}}
	http: {addr: "127.0.0.1:$port"}
	END
	[ "${2:-}" = open ] || echo "auth: {htpasswd: {realm: test, path: $CASE/htpasswd}}" >>"$CASE/registry.yml"
	background REGISTRY_PID on_engine docker-registry serve "$CASE/registry.yml" >"$CASE/registry.log" 2>&1
	wait_for 10 on_engine curl -s -o /dev/null http://127.0.0.1:$port/v2/
	printf '{"auths":{"127.0.0.1:%s":{"auth":"%s"}}}' "$port" "$(printf builder:marker-pw | base64)" >"$CASE/auth.json"
	chown "$TEST_USER" "$CASE/auth.json" && chmod 0600 "$CASE/auth.json"
}

need_docker() {
	[ -n "${ENGINE_MISSING:-}" ] || return 0
	skip "there is no engine: $ENGINE_MISSING is missing"
}

need_file() {
	[ -e "$1" ] || skip "$1 is not here"
}

engine_stop() {
	[ -n "$ENGINE_DIR" ] || return 0
	if [ -n "$ENGINE_PID" ]; then
		kill -KILL "$ENGINE_PID" 2>/dev/null
		wait "$ENGINE_PID" 2>/dev/null
		wait_for 10 engine_gone
		engine_cgroups_remove
	fi
	rm -rf "$ENGINE_DIR"
}

engine_gone() { ! pgrep -f "$ENGINE_DIR/" >/dev/null; }

# Killed engines leave the empty cgroups of their containers; those of our dockerd have a
# parent of our own. rmdir harms no other.
engine_cgroups_remove() {
	local name=${ENGINE_DIR##*/} parent

	[ "$ENGINE_KIND" = docker ] || name=libpod_parent
	for parent in /sys/fs/cgroup/"$name" /sys/fs/cgroup/*/"$name"; do
		[ ! -d "$parent" ] || find "$parent" -depth -type d -exec rmdir {} + 2>/dev/null
	done
	return 0
}

attack() {
	local user="" out

	[ "$(id -u)" != 0 ] || user="setpriv --reuid=$TEST_UID --regid=$(id -g "$TEST_USER") --clear-groups --inh-caps=-all"
	out=$(on_engine env BROKER="$SUITE/usr/libexec/cofferdam/cofferdam-broker" BROKER_RUNNER="$user" \
		BROKER_DRIVER="$ENGINE_DIR/broker-driver" "$DOCKER_TESTS/attack" "$@" 2>&1) ||
		{ grep -av '^ok ' <<<"$out"; return 1; }
	tail -n 1 <<<"$out"
}

docker_run() { sandbox --docker=run --docker-host "unix://$ENGINE" "$@"; }
docker_build() { sandbox --docker=build --docker-host "unix://$ENGINE" "$@"; }
