#!/usr/bin/env bats
# --net allow: named hosts for every client, nothing else for any. On a host of its own, with an
# Internet of its own (tests/lib/net.bash).

load ../lib/net

setup() {
	case_begin
	need_root
}

RULES=allow:a.example,a.example:5432,a.example:2222,rebind.example

@test "clients that know of no proxy reach what is named, by name" {
	plain --net $RULES none -- sh -c '
		curl -sS http://a.example/1
		curl -sS --cacert /opt/ca.pem https://a.example/2
		python3 -c "import urllib.request as u; print(u.urlopen(\"http://a.example/3\").read().decode(), end=\"\")"
		perl -MIO::Socket::INET -e "\$s = IO::Socket::INET->new(\"a.example:80\"); print \$s \"GET /4 HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n\"; print grep /host=/, <\$s>"
		timeout 20 openssl s_client -CAfile /opt/ca.pem -verify_return_error -servername a.example -connect a.example:443 </dev/null 2>/dev/null | grep -q "Verify return code: 0" && echo 5 openssl
		exec 3<>/dev/null; bash -c "exec 3<>/dev/tcp/a.example/5432; echo 6 echo >&3; read -r l <&3; echo \"\$l\""
		bash -c "exec 3<>/dev/tcp/a.example/2222; read -r l <&3; echo \"7 \$l\""'
	for part in "GET /1 HTTP/1.1 host=a.example at=203.0.113.20" "GET /2 HTTP/1.1" "GET /3 HTTP/1.1" "GET /4 HTTP/1.1" \
		"5 openssl" "6 echo" "7 SSH-2.0-world"; do
		contains "$OUT" "$part"
	done
	is "$(verdicts)" "a.example 2222 none allowed
a.example 443 tls allowed
a.example 5432 other allowed
a.example 80 http allowed" "the report"
}

@test "--credential: plain http to a private host is logged in, whatever the build says of it; nobody else is" {
	local basic

	basic=$(printf 'me:marker-net-pw' | base64)
	(umask 077 && echo "me:marker-net-pw" >"$CASE/login" && echo "Bearer marker-net-token" >"$CASE/token")
	chown "$TEST_USER" "$CASE/login" "$CASE/token"
	: >"$WORLD/logins"
	net_run --net allow:private.example@private,private.example:8081@private,a.example,10.1.2.3:80 --credential "private.example=$CASE/login" \
		--credential "private.example:8081=$CASE/token" --credential "10.1.2.3=$CASE/token" none -- sh -c '
		for how in "" "--noproxy *" "--proxytunnel"; do
			curl -sS $how -H "Authorization: Basic b3du" -H "authorization: Bearer own" http://private.example/1
		done
		curl -sS http://private.example:8081/2 --noproxy "*"
		curl -sS http://10.1.2.3/3 --noproxy "*"
		curl -sSL --noproxy "*" http://a.example/4
		curl -sS --noproxy "*" --cacert /opt/ca.pem https://private.example/5
		curl -sS --noproxy "*" -X TRACE -w "%{http_code}\n" http://private.example/6
		curl -sS --noproxy "*" -X Trace -w "%{http_code}\n" http://private.example/6
		printf "\26\3\1" | timeout 9 bash -c "cat >/dev/tcp/private.example/8081"
		curl -sS --noproxy "*" http://private.example/away
		env; cat /proc/*/environ 2>/dev/null | tr "\0" "\n"'
	is "$(sort "$WORLD/logins")" "$(sort <<-END
		10.1.2.3 80 GET Basic $basic
		10.1.2.3 80 GET Basic $basic
		10.1.2.3 80 GET Basic $basic
		10.1.2.3 80 GET Basic $basic
		10.1.2.3 8081 GET Bearer marker-net-token
		10.1.2.3 80 GET Bearer marker-net-token
		203.0.113.20 80 GET -
		10.1.2.3 443 GET -
	END
	)" "who was logged in with what ($OUT $(cat "$CASE/err"))"
	contains "$OUT" "would show the build with what it is logged in"
	lacks "$OUT$(cat "$CASE/err" "$CASE/report.json")" marker-net
	lacks "$OUT$(cat "$CASE/err" "$CASE/report.json")" "$basic"
}

@test "--credential: never to a host of the world, and refused where nothing of the run would use it" {
	local why words

	(umask 077 && echo "me:marker-net-pw" >"$CASE/login" && cp "$CASE/login" "$CASE/open" && printf 'me\n' >"$CASE/word" &&
		printf 'a:b\nc:d\n' >"$CASE/two" && : >"$CASE/empty" && printf 'a:b\0c\n' >"$CASE/nul")
	chmod 0644 "$CASE/open"
	chown "$TEST_USER" "$CASE"/{login,open,word,two,empty,nul}
	: >"$WORLD/logins"
	plain --net allow:mixed.example@private,a.example@private --credential "mixed.example=$CASE/login" --credential "a.example=$CASE/login" none -- sh -c '
		for host in mixed a; do curl -s -m 9 -o /dev/null -w "%{http_code} " http://$host.example/; done'
	is "$OUT" "200 403 " "one that has a private and a public address, and one with a public one"
	is "$(cut -d' ' -f1 "$WORLD/logins")" 10.1.2.3 "where it went"
	while IFS='|' read -r why words; do
		# shellcheck disable=SC2086
		net_run $words none -- echo ran
		is "$STATUS" 125 "$words"
		contains "$(cat "$CASE/err")" "$why"
		lacks "$OUT$(cat "$CASE/err")" marker-net
	done <<-END
		nothing of this run|--credential a.example=$CASE/login
		nothing of this run|--net allow:b.example@private --credential a.example=$CASE/login
		write @private behind it|--net allow:a.example --credential a.example=$CASE/login
		read by others|--net allow:a.example@private --credential a.example=$CASE/open
		not one line|--net allow:a.example@private --credential a.example=$CASE/word
		not one line|--net allow:a.example@private --credential a.example=$CASE/two
		not one line|--net allow:a.example@private --credential a.example=$CASE/empty
		not one line|--net allow:a.example@private --credential a.example=$CASE/nul
		No such file|--net allow:a.example@private --credential a.example=$CASE/absent
		given twice|--net allow:a.example@private --credential a.example=$CASE/login --credential A.example=$CASE/login
		not HOST=FILE|--credential marker-net-pw
		not HOST=FILE|--credential *.example=$CASE/login
		not HOST=FILE|--credential http://a.example=$CASE/login
		not HOST=FILE|--credential =$CASE/login
		not HOST=FILE|--credential a.example=
	END
}

@test "clients that want a proxy find one: CONNECT, absolute targets, SOCKS" {
	net_run --net $RULES none -- sh -c '
		echo "$https_proxy $HTTP_PROXY"
		curl -sS http://a.example/1
		curl -sS --cacert /opt/ca.pem https://a.example/2
		curl -sS --cacert /opt/ca.pem --noproxy "" --socks5-hostname 127.0.0.1:3128 https://a.example/3
		curl -sS -d hello http://a.example/4
		curl -sS http://b.example/'
	contains "$OUT" "http://127.0.0.1:3128 http://127.0.0.1:3128"
	for part in "GET /1 HTTP/1.1 host=a.example" "GET /2 HTTP/1.1" "GET /3 HTTP/1.1" "POST /4 HTTP/1.1 host=a.example at=203.0.113.20 body=5" \
		"cofferdam: not permitted; --net allow:b.example"; do
		contains "$OUT" "$part"
	done
	contains "$(cat "$CASE/err")" ""
	is "$(verdicts | grep refused)" "b.example 80 http refused" "the report"
}

@test "every way around works without the filter, and none with it" {
	net_out python3 "$SOURCES/tests/run/net/ways.py" >"$CASE/bare" || fail "$(cat "$CASE/bare")"
	plain --net $RULES none -- python3 /opt/net/ways.py
	is "$STATUS" 0 "the ways: $OUT $(cat "$CASE/err")"
	[ "$(wc -l <<<"$OUT")" -ge 40 ] || fail "fewer ways than 40: $OUT"
	! grep ': open$' <<<"$OUT" || fail "a way is open"
	# What the bare network itself refuses proves nothing about ours: few, and they are known.
	grep -v ': open$' "$CASE/bare" | cut -d: -f1 | sort >"$CASE/closed"
	is "$(grep -vxF -f <(printf '%s\n' "ICMP" "a raw socket" "UDP" "a mapped address" "a port that was not named" "a bare line feed" "no Host" \
		"http on the port of https" "an encrypted server name" "CONNECT behind port 80" "two Hosts" "an address in octal" "rebinding" \
		"a question with data in it" "a request in a body that is two lengths" "chunks and a length" "an absolute target of another host" "an address as an integer" "an address in hex") "$CASE/closed" || :)" "" "ways that are closed without the filter"
}

@test "what a name resolves to is checked: private, link-local, loopback, own, mapped; @private permits the first alone" {
	local name

	plain --net allow:private.example,meta.example,loop.example,own.example,zero.example,mapped.example,mixed.example,to-private.example,to-public.example none -- sh -c '
		for name in private meta loop own zero mapped mixed to-private to-public; do
			echo "$name $(curl -s -m 9 -o /dev/null -w "%{http_code}" http://$name.example/)"
		done'
	is "$OUT" "private 403
meta 403
loop 403
own 403
zero 403
mapped 403
mixed 200
to-private 403
to-public 200" "what each got"
	contains "$(cat "$CASE/report.json")" "link-local: 169.254.169.254"
	plain --net allow:private.example@private,meta.example@private,loop.example@private none -- sh -c '
		for name in private meta loop; do
			echo "$name $(curl -s -m 9 -o /dev/null -w "%{http_code}" http://$name.example/)"
		done'
	is "$OUT" "private 200
meta 403
loop 403" "with @private"
	plain --net allow:10.1.2.3:80 none -- curl -sS -m 9 http://10.1.2.3/x
	contains "$OUT" "host=10.1.2.3 at=10.1.2.3"
}

@test "a wildcard is what is below it; nothing that was asked inside is asked outside" {
	: >"$WORLD/asked"
	plain --net 'allow:*.wild.example' none -- sh -c '
		getent hosts x.wild.example >/dev/null && echo below
		getent hosts wild.example >/dev/null || echo not itself
		getent hosts secret.b.example || echo not another
		curl -sS http://X.Wild.Example./'
	contains "$OUT" "below
not itself
not another"
	contains "$OUT" "host=x.wild.example at=203.0.113.20"
	is "$(cut -d' ' -f1 "$WORLD/asked" | sort -u)" "x.wild.example" "asked outside"
}

@test "a denied name fails at once, is summed up, and is an event" {
	local began=$SECONDS

	STATUS=0
	as_user_in "$COFFERDAM" run --events "$CASE/events.jsonl" --report "$CASE/report.json" --net $RULES none -- sh -c '
		unset http_proxy; curl -sS http://b.example/; curl -sS http://b.example/; curl -sS http://other.example/' >"$CASE/out" 2>&1 || STATUS=$?
	[ $((SECONDS - began)) -lt 20 ] || fail "it took $((SECONDS - began)) s"
	contains "$(cat "$CASE/out")" "network: refused: b.example"
	contains "$(cat "$CASE/out")" "--net allow:b.example permits it"
	grep -q '"type":"egress","host":"b.example"' "$CASE/events.jsonl" || fail "$(cat "$CASE/events.jsonl")"
}

@test "files of rules, sets, and what is refused in them" {
	printf '# hosts\na.example:80 # one\n\n' | as_user tee "$CASE/rules" >/dev/null
	plain --net "allow:@$CASE/rules" none -- curl -sS http://a.example/f
	contains "$OUT" "GET /f"
	for bad in allow: allow:-x allow:a..b allow:1.2.3 allow:127.0.0.1 "allow:*" allow:a:0 allow:a:9-1 host allow:@/nonexistent; do
		plain --net "$bad" none -- true
		[ "$STATUS" = 125 ] || [ "$STATUS" = 2 ] || fail "$bad: $STATUS $(cat "$CASE/err")"
	done
}

@test "explain lists what is reached, and refuses what a run would" {
	printf 'a.example:22\n' | as_user tee "$CASE/rules" >/dev/null
	coff() { as_user "$COFFERDAM" explain "$@" none -- true; }
	contains "$(coff --net "allow:pypi,*.b.example:8000-8010@private,@$CASE/rules")" "
reachable    pypi.org:443 files.pythonhosted.org:443 *.b.example:8000-8010@private a.example:22
"
	contains "$(coff)" "
reachable    nothing: no --net was given
"
	STATUS=0
	OUT=$(coff --net allow:127.0.0.1 2>&1) || STATUS=$?
	is "$STATUS" 125 "what a run refuses: $OUT"
}

@test "a repository takes hosts away, and gets none that the user did not give" {
	local repo=$CASE/repo

	wishes() { as_user sh -c 'rm -rf "$1" && git init -q "$1" && cd "$1" && printf %s "$2" >.cofferdam.json && git add -A &&
		git -c user.name=t -c user.email=t@t commit -qm t' sh "$repo" "{\"net\":$1}"; }
	wishes '["allow:a.example:80"]'
	plain --net $RULES "$repo" -- sh -c '
		curl -sS http://a.example/1
		curl -sS -m 5 --cacert /opt/ca.pem https://a.example/2 >/dev/null 2>&1 && echo open || echo shut
		bash -c "exec 3<>/dev/tcp/a.example/5432; echo x >&3; read -r -t 5 l <&3" 2>/dev/null && echo open || echo shut
		getent hosts rebind.example >/dev/null && echo named || echo unknown'
	is "$OUT" "GET /1 HTTP/1.1 host=a.example at=203.0.113.20 body=0
shut
shut
unknown" "what is left: $(cat "$CASE/err")"
	wishes '"none"'
	plain --net $RULES "$repo" -- sh -c 'getent hosts a.example >/dev/null && echo named || echo unknown'
	is "$OUT" unknown "what none leaves: $(cat "$CASE/err")"
	wishes '"allow:a.example:80,b.example:80"'
	for given in $RULES none full; do
		plain --net $given "$repo" -- echo ran
		is "$STATUS" 125 "exit code of $given"
		is "$OUT" "" "what ran with $given"
		contains "$(cat "$CASE/err")" ".cofferdam.json: net"
	done
}

@test "the gateway dies: connections end, nothing opens, and the report says so" {
	STATUS=0
	mkfifo "$CASE/orders"
	exec 8<>"$CASE/orders"
	background pid from_orders as_user_in "$COFFERDAM" run -q --report "$CASE/report.json" --net $RULES none -- \
		sh -c 'echo up; read go; curl -sS -m 5 http://a.example/ >/dev/null 2>&1 && echo open || echo shut' >"$CASE/out"
	wait_for 20 grep -q up "$CASE/out"
	kill -KILL "$(net_pids cofferdam-egress)"
	sleep 1
	echo go >&8
	wait "$pid" || STATUS=$?
	exec 8>&-
	is "$(tail -n 1 "$CASE/out")" shut "after its end"
	contains "$(report walls.egress.detail)" "the gateway died"
}

RELAY='import socket, sys
s = socket.create_server(("0.0.0.0", 8000))
print("up", flush=True)
while True:
    c = s.accept()[0]; c.sendall(b"relayed"); c.close()'
DIAL='import socket, sys
for address in ("127.0.0.1", "198.18.0.1", "203.0.113.1", "0.0.0.0"):
    try:
        print(address, socket.create_connection((address, 8000), 3).recv(100))
    except OSError:
        print(address, "shut")'

@test "a relay in one build serves no other, and no process of a build holds the gateway's sockets" {
	background bare net_out python3 -c "$RELAY" >"$CASE/bare"
	wait_for 20 grep -q up "$CASE/bare"
	contains "$(net_out python3 -c "$DIAL")" "127.0.0.1 b'relayed'"
	kill "$bare" $(net_pids 'python3 -c import socket')
	background inside as_user_in "$COFFERDAM" run -q --net $RULES none -- python3 -c "$RELAY" >"$CASE/inside"
	wait_for 20 grep -q up "$CASE/inside"
	plain --net $RULES none -- python3 -c "$DIAL"
	is "$(grep -c ' shut$' <<<"$OUT")" 4 "what was tried of another build: $OUT $(cat "$CASE/err")"
	kill $(net_pids 'cofferdam run -q --net')
	wait "$inside" || :

	plain --net $RULES none -- sh -c '
		grep -c " 0A " /proc/net/tcp
		ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c socket: || :
		python3 -c "import os, socket; s = socket.create_server((\"127.0.0.1\", 8001)); os.system(\"ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c socket:\")"'
	[ "$(head -n 1 <<<"$OUT")" -ge 4 ] || fail "there are no listeners to look for: $OUT"
	is "$(sed -n 2p <<<"$OUT")" 0 "sockets that a process inside holds"
	is "$(sed -n 3p <<<"$OUT")" 1 "where one holds its own"
}

gateway_runs() { [ -n "$(net_pids cofferdam-egress)" ]; }
gateway_gone() { [ -z "$(net_pids cofferdam-egress)" ]; }

@test "the launcher dies: nothing stays" {
	background pid as_user_in "$COFFERDAM" run -q --net $RULES none -- sleep 300
	wait_for 20 gateway_runs
	kill -KILL $(net_pids 'cofferdam run -q --net')
	wait_for 10 gateway_gone
}

@test "a thousand connections are held, large bodies go both ways, and a silent peer blocks nobody" {
	plain --net $RULES --output-limit max none -- python3 -c '
import socket
goal = socket.gethostbyname("a.example")
held = [socket.create_connection((goal, 5432)) for _ in range(1000)]
for s in held[::100]:
    s.settimeout(20); s.sendall(b"x"); assert s.recv(1) == b"x"
c = socket.create_connection((goal, 80)); c.sendall(b"GET /big?n=67108864 HTTP/1.1\r\nHost: a.example\r\n\r\n")
n = 0
while True:
    piece = c.recv(1 << 20)
    if not piece: break
    n += len(piece)
print("down", n > 67108864)
e = socket.create_connection((goal, 5432)); e.sendall(b"half"); e.shutdown(socket.SHUT_WR)
got = b""
while True:
    piece = e.recv(100)
    if not piece: break
    got += piece
print("half", got)'
	is "$OUT" "down True
half b'half'" "what came: $(cat "$CASE/err")"
}

@test "started by root: the gateway is the user's, and nobody may look into it" {
	STATUS=0
	OUT=$(ip netns exec $NET_HOST "$COFFERDAM" run -q --run-as "$TEST_USER" --net $RULES none -- sh -c \
		'unset http_proxy; curl -sS http://a.example/r' 2>"$CASE/err") || STATUS=$?
	contains "$OUT" "GET /r"
}
