#!/usr/bin/env bats
# Clients that know of no proxy, each fetching what it is made for (tests/run/net/clients). Those of
# what `make check` installs anyway; with COFFERDAM_CLIENTS=all (make check-net) every one, and with
# COFFERDAM_ROOT=DIR (make check-net-root) those of that root.

load ../lib/net

setup_file() { suite_join && net_begin && shelves; }

setup() {
	case_begin
	need_root
	install -o "$TEST_USER" -m 0600 "$WORLD/client" "$CASE/key"
}

# NAME, and what it prints.
CORE='curl "project"
urllib Package: thing
perl GET /perl HTTP/1.1 host=a.example
openssl Verify return code: 0
bash bash
resolver GET /own HTTP/1.1 host=a.example
git_https thing
git_ssh thing'
MORE='wget "project"
pip thing of pip
node GET /node HTTP/1.1 host=a.example
npm thing of npm
go "Version": "v1.0.0"
java GET /java HTTP/1.1 host=a.example
apt thing_1.0_all.deb
cargo thing of cargo'

shelves() {
	[ "$(id -u)" = 0 ] || return 0
	python3 "$SOURCES/tests/run/net/shelf.py" "$WORLD" && chmod -R a+rX "$WORLD/files" || return
	for key in host client; do
		ssh-keygen -q -t ed25519 -N '' -f "$WORLD/$key" || return
	done
	echo "a.example $(cut -d' ' -f1,2 "$WORLD/host.pub")" >"$WORLD/known_hosts"
	echo "$WORLD/files/git/thing.git" >"$WORLD/git_path"
	printf '%s\n' "ListenAddress 203.0.113.20" "Port 22" "HostKey $WORLD/host" "PidFile none" "StrictModes no" "UsePAM no" \
		"AuthorizedKeysFile $WORLD/client.pub" "PasswordAuthentication no" >"$WORLD/sshd_config"
	chmod 0644 "$WORLD/known_hosts" "$WORLD/git_path"
	mkdir -p /run/sshd
	ip netns exec $NET_REST /usr/sbin/sshd -D -f "$WORLD/sshd_config" >"$WORLD/sshd.log" 2>&1 3>&- 9>&- &
	echo $! >"$WORLD/sshd.pid"
}

teardown_file() {
	[ ! -e "${WORLD:-/nonexistent}/sshd.pid" ] || kill "$(cat "$WORLD/sshd.pid")" || :
	net_end
	suite_leave
}

clients() { # ROWS
	local name want

	# The names, one word each.
	# shellcheck disable=SC2046
	plain ${COFFERDAM_ROOT:+--rootfs "$COFFERDAM_ROOT"} --net allow:a.example,a.example:5432,a.example:22 --ro-bind "$WORLD/known_hosts:/opt/known_hosts" \
		--ro-bind "$WORLD/git_path:/opt/git_path" --secret "ssh=$CASE/key" none -- \
		/opt/net/clients $(cut -d' ' -f1 <<<"$1")
	while read -r name want; do
		grep -q "^$name: .*$want" <<<"$OUT" || fail "$name: no '$want' in: $OUT $(cat "$CASE/err")"
	done <<<"$1"
	# npm asks its own registry whether there is a newer npm.
	is "$(verdicts | grep -v ' allowed$' | grep -v '^registry.npmjs.org 0 dns ')" "" "what was refused"
}

@test "clients of all kinds fetch by name" {
	clients "$CORE"
	[ "${COFFERDAM_CLIENTS:-}" != all ] || clients "$MORE"
}
