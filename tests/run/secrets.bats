#!/usr/bin/env bats
# --secret: the builder has it, and nothing else that a run writes or leaves.

load ../lib/run

setup() {
	case_begin
	TOKEN=tok-$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
	(umask 077 && echo "$TOKEN-file" >"$CASE/token")
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$CASE/token"
}

@test "--secret: a file, a descriptor and a variable, 0400, the builder's, and nothing can be written" {
	as_user env TOKEN="$TOKEN-env" "$COFFERDAM" run -q --report "$CASE/report.json" --secret "file=$CASE/token" \
		--secret fd=fd:7 --secret env=env:TOKEN --secret again=env:TOKEN none -- sh -c '
		cd /run/secrets; ls; cat file fd env again; stat -c "%a %u %F" file . | sed "s/ $(id -u) / me /"
		touch x 2>&1; chmod 600 file 2>&1; mv file y 2>&1; echo x 2>&1 >file; env | grep -c TOKEN' \
		>"$CASE/said" 2>&1 7< <(printf '%s' "$TOKEN-fd") || true
	is "$(head -4 "$CASE/said" | xargs)" "again env fd file" "names"
	is "$(sed -n '5,6p' "$CASE/said")" "$TOKEN-file
$TOKEN-fd$TOKEN-env$TOKEN-env400 me regular file" "contents and modes"
	is "$(grep -c 'Read-only file system\|Permission denied' "$CASE/said")" 4 "attempts to write ($(cat "$CASE/said"))"
	is "$(tail -1 "$CASE/said")" 0 "of the environment"
}

@test "--secret: --root-inside, one id, started by root: always the builder's and nobody else's" {
	local who

	is "$(sandbox --root-inside --secret "t=$CASE/token" none -- cat /run/secrets/t)" "$TOKEN-file" "--root-inside"
	need_root
	chmod 0600 "$CASE/token"
	for who in coff_one coff_root; do
		[ "$who" = coff_root ] || chown cofferdam-one "$CASE/token"
		[ "$who" != coff_root ] || chown "$TEST_USER" "$CASE/token"
		is "$("$who" run -q $([ "$who" != coff_root ] || echo --run-as "$TEST_USER") --secret "t=$CASE/token" none -- cat /run/secrets/t)" \
			"$TOKEN-file" "$who"
	done
}

# While the builder has it: where else is it?
@test "--secret: nowhere in argv, environment, memory, events, report, state, output or artifacts" {
	local pid found

	need_root "to look into the memory of all"
	mkfifo "$CASE/go"
	exec 8<>"$CASE/go"
	mkdir -m 0777 "$CASE/out"
	background pid searched as_user env TOKEN="$TOKEN-env" "$COFFERDAM" run -vv --report "$CASE/report.json" \
		--events "$CASE/events.jsonl" --net allow:example.org --secret "file=$CASE/token" --secret env=env:TOKEN \
		--artifact "**:$CASE/out" none -- sh -c 'cat /run/secrets/* | sha256sum; echo made >made; echo ready; read go'
	wait_for 30 grep -q ready "$CASE/said" || fail "the builder has not begun: $(cat "$CASE/said")"
	found=$("$SOURCES/tests/lib/find-secret" "$TOKEN-" "$pid" 2>"$CASE/looked")
	is "$found" "" "in processes"
	[ "$(sed 's/looked at //' "$CASE/looked")" -ge 3 ] || fail "$(cat "$CASE/looked"): not the launcher, the gateway and the keeper"
	mv "$CASE/token" "$SUITE/kept-token"
	is "$(grep -rl "$TOKEN" "$CASE" "$SUITE"/runtime-* /dev/shm 2>/dev/null)" "" "in files, while it runs"
	echo go >&8
	wait "$pid" || fail "$(cat "$CASE/said")"
	is "$(cat "$CASE/out/made")" made "the artifact"
	is "$(grep -rl "$TOKEN" "$CASE" "$SUITE"/runtime-* /dev/shm 2>/dev/null)" "" "in files, afterwards"
	rm "$SUITE/kept-token"
	# That the search finds what is there:
	background pid held as_user env TOKEN="$TOKEN-env" "$COFFERDAM" run -q --env TOKEN none -- sh -c 'echo ready; read go'
	wait_for 30 grep -q ready "$CASE/held" || fail "the builder has not begun"
	contains "$("$SOURCES/tests/lib/find-secret" "$TOKEN-" "$pid" 2>&1)" "memory of"
	echo go >&8
	wait "$pid"
}

# The gateway writes it into requests, so that one has it; of all others nobody.
@test "--credential: in the memory of the gateway and of no other process, and in no file" {
	local pid found

	need_root "to look into the memory of all"
	mkfifo "$CASE/go"
	exec 8<>"$CASE/go"
	(umask 077 && echo "Bearer $TOKEN-login" >"$CASE/login" && chown "$TEST_USER" "$CASE/login")
	for who in coff "coff_root --run-as $TEST_USER"; do
		# shellcheck disable=SC2086
		background pid searched ${who%% *} run -vv $(cut -s -d' ' -f2- <<<"$who") --report "$CASE/report.json" --events "$CASE/events.jsonl" \
			--net allow:example.org@private --credential "example.org=$CASE/login" none -- sh -c 'env; echo ready; read go'
		wait_for 30 grep -q ready "$CASE/said" || fail "the builder has not begun: $(cat "$CASE/said")"
		found=$("$SOURCES/tests/lib/find-secret" "$TOKEN-" "$pid" 2>"$CASE/looked")
		[ "$(sed 's/looked at //' "$CASE/looked")" -ge 3 ] || fail "$(cat "$CASE/looked"): not the launcher, the gateway and the keeper"
		is "$(sed 's/^[^(]*(//; s/).*//' <<<"$found" | sort -u)" cofferdam-egres "who has it ($who): $found"
		lacks "$found" cmdline
		lacks "$found" environ
		mv "$CASE/login" "$SUITE/kept-login"
		is "$(grep -rl "$TOKEN-login" "$CASE" "$SUITE"/runtime-* /dev/shm 2>/dev/null)" "" "in files, while it runs"
		mv "$SUITE/kept-login" "$CASE/login"
		echo go >&8
		wait "$pid" || fail "$(cat "$CASE/said")"
		lacks "$(cat "$CASE/said" "$CASE/report.json" "$CASE/events.jsonl")" "$TOKEN-login"
	done
}

searched() { "$@" <&8 >"$CASE/said" 2>&1; }
held() { "$@" <&8 >"$CASE/held" 2>&1; }

@test "--secret: started by root, neither root's own process nor any other has the variable" {
	local pid found

	need_root
	mkfifo "$CASE/go"
	exec 8<>"$CASE/go"
	background pid searched as_root env TOKEN="$TOKEN-env" "$COFFERDAM" run -q --run-as "$TEST_USER" \
		--secret env=env:TOKEN none -- sh -c 'sha256sum </run/secrets/env; echo ready; read go'
	wait_for 30 grep -q ready "$CASE/said" || fail "the builder has not begun: $(cat "$CASE/said")"
	found=$("$SOURCES/tests/lib/find-secret" "$TOKEN-" "$pid" 2>"$CASE/looked")
	is "$found" "" "in processes"
	[ "$(sed 's/looked at //' "$CASE/looked")" -ge 3 ] || fail "$(cat "$CASE/looked"): not front, launcher and keeper"
	echo go >&8
	wait "$pid"
	contains "$(cat "$CASE/said")" "$(printf '%s' "$TOKEN-env" | sha256sum)"
}

refused_secret() {
	local why=$1

	shift
	run coff run -q --report "$CASE/report.json" "$@" none -- echo ran
	is "$status" 125 "exit code of $* ($output)"
	contains "$output" "$why"
	lacks "$output" ran
}

@test "--secret: what cannot be one is refused before anything is begun, and never quoted" {
	head -c 65537 /dev/zero >"$CASE/large"
	: >"$CASE/empty"
	cp "$CASE/token" "$CASE/open"
	chmod 0600 "$CASE/large" "$CASE/empty"
	chmod 0644 "$CASE/open"
	[ "$(id -u)" != 0 ] || chown "$TEST_USER" "$CASE"/{large,empty,open}
	refused_secret "longer than 65536" --secret "a=$CASE/large"
	refused_secret "or empty" --secret "a=$CASE/empty"
	refused_secret "can be read by others" --secret "a=$CASE/open"
	refused_secret "No such file" --secret "a=$CASE/absent"
	refused_secret "given twice" --secret "a=$CASE/token" --secret "a=$CASE/token"
	refused_secret "is not set here" --secret "a=env:COFFERDAM_NOT_SET"
	local word
	for word in "a/b=$CASE/token" "../a=$CASE/token" ".=$CASE/token" "=$CASE/token" "a=" "$TOKEN" "a b=$CASE/token" \
		"$(printf 'a\n=%s' "$CASE/token")" "$(printf '%065d' 0)=$CASE/token"; do
		refused_secret "not NAME=FILE" --secret "$word"
		lacks "$output" "$TOKEN"
	done
	refused_secret "names no variable" --secret a=env:
	refused_secret "more than 32" $(for i in $(seq 33); do echo --secret "a$i=$CASE/token"; done)
}

@test "--secret: the fetcher has none, and no other run of the user" {
	as_user git init -q "$CASE/repo"
	as_user git -C "$CASE/repo" -c user.name=a -c user.email=a@b commit -q --allow-empty -m x
	is "$(sandbox --secret "t=$CASE/token" "$CASE/repo" -- cat /run/secrets/t)" "$TOKEN-file" "with a repository"
	is "$(sandbox none -- sh -c 'ls -d /run/secrets 2>&1')" "ls: cannot access '/run/secrets': No such file or directory" "without --secret"
	contains "$(coff explain --full --secret "t=$CASE/token" none -- true)" "/run/secrets/t"
	lacks "$(coff explain --full --secret "t=$CASE/token" none -- true)" "$TOKEN"
}
