#!/usr/bin/env bats
# What was fetched of a server: what the next run asks for, and who finds it. The servers' own logs
# say what they were asked.

load ../lib/fetch
load ../lib/kept

setup() {
	fetch_begin
	kept_begin 64M
	can_ask=no
	[ "$("$FETCHER" --version | sed 's/.*libgit2 //' | awk -F. '{ print $1 * 100 + $2 }')" -lt 107 ] || can_ask=yes
	STORE=$CASE/cache/cofferdam/sources
	OWN=$SERVED/repos/own-$BATS_TEST_NUMBER.git
	as_git clone -q --bare "$REPOS/good.git" "$OWN"
	URL=$HTTP_URL/${OWN##*/}
}

teardown() {
	kept_end
	rm -rf "$OWN" "$OWN.work"
	case_end
}

LOOK='git status --porcelain; git rev-parse HEAD; cat README; git fsck --strict 2>&1'

# A run that has to be well; what it says is in $OUT.
run_kept() {
	OUT=$(kept run --report "$CASE/report.json" "$@" 2>"$CASE/err" </dev/null) || fail "$*: exit $?: $(cat "$CASE/err")"
}

# How it went: state, contact, the generation that was there, the one that was made.
how() { python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))["source_cache"]
print(r["state"], r["contact"], r["generation"], r["kept"], *["damaged"] * r["damaged"])' "$CASE/report.json"; }

# What the server hears of it while a command runs, a line each.
asked() {
	local before

	before=$(wc -l <"$ASKED")
	"$@" || return
	HEARD=$(tail -n +$((before + 1)) "$ASKED")
}

commit_more() { # the file's new content
	[ -d "$OWN.work" ] || as_git clone -q "$OWN" "$OWN.work"
	as_user sh -c 'echo "$1" >"$2/README"' - "$1" "$OWN.work"
	as_git -C "$OWN.work" commit -qam "$1"
	as_git -C "$OWN.work" push -q origin main
}

entries() { find "$STORE" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort; }

packs() { find "$STORE" -name '*.pack' | wc -l; }

@test "a second run asks once, with a full commit never, and what is new comes alone" {
	local first head

	asked run_kept "$URL" -- sh -c "$LOOK"
	first=$OUT
	is "$(how)" "kept fetched None 1" "the first run"
	contains "$HEARD" "POST /${OWN##*/}/git-upload-pack"
	asked run_kept "$URL" -- sh -c "$LOOK"
	is "$OUT" "$first" "the second finds the same"
	is "$(how)" "read listed 1 None" "the second"
	is "$HEARD" "GET /${OWN##*/}/info/refs?service=git-upload-pack" "its one request"
	asked run_kept "$URL#$(commit_at 5)" -- sh -c "$LOOK"
	is "$OUT" "$first" "by the commit's full name"
	is "$(how) $HEARD" "read none 1 None " "nobody is asked"
	# what is older is there as well where the library cannot leave it out, and is asked for where not
	run_kept "$URL#$(commit_at 3)" -- cat README
	is "$OUT" "generation 3" "an older commit"
	commit_more six
	head=$(as_git -C "$OWN" rev-parse main)
	run_kept "$URL" -- sh -c "$LOOK"
	contains "$OUT" "$head"
	contains "$OUT" six
	contains "$(how)" "kept fetched"
	[ "$(report source_cache.received_bytes)" -lt 2000 ] || fail "all of it came again: $(report source_cache.received_bytes) bytes"
	asked run_kept "$URL" -- cat README
	is "$OUT $(wc -l <<<"$HEARD")" "six 1" "once more"
	# of a library that can leave history out only what was fetched last is there
	run_kept "$URL#$(commit_at 4)" -- cat README
	is "$OUT" "generation 4" "one of the first fetch"
	[ "$can_ask" = yes ] || is "$(how)" "read none 2 None" "it came along into the second"
	is "$(entries | wc -l)" 1 "generations: $(entries)"
}

@test "a clone is the same with what is kept, without it, and with no cache at all" {
	local row look='git rev-parse HEAD; git rev-parse --symbolic-full-name HEAD; git rev-parse --abbrev-ref @{u} 2>&1; git log --oneline | wc -l
		git tag; git describe --tags 2>&1; git for-each-ref; cat .git/config .git/shallow 2>/dev/null; ls -A; cat README; git fsck --strict 2>&1'

	for row in "" "#dev/topic" "#v1" "#light"; do
		run_kept --depth 50 --cache-source off "$URL$row" -- sh -c "$look"
		is "$(how)" "off None None None" "$row: none"
		WANT=$OUT
		run_kept --depth 50 "$URL$row" -- sh -c "$look"
		is "$OUT" "$WANT" "$row: as it came"
		run_kept --depth 50 "$URL$row" -- sh -c "$look"
		is "$OUT" "$WANT" "$row: as it was kept ($(how))"
	done
	# of what is named otherwise also the history that nobody wants comes from a server, and not from here
	look='git rev-parse HEAD; git rev-parse --symbolic-full-name HEAD; git log --oneline; cat README; git fsck --strict 2>&1'
	for row in "main~2 3" "$(commit_at 2) 2" "$(commit_at 5 | cut -c1-9) 5"; do
		run_kept --depth 50 "$URL#${row% *}" -- sh -c "$look"
		WANT=$OUT
		contains "$OUT" "$(commit_at "${row#* }")"
		run_kept --depth 50 --cache-source off "$URL#${row% *}" -- sh -c "$look"
		is "$OUT" "$WANT" "${row% *}: without a cache"
	done
	# a tag that the server has no more is not in a clone that asked it
	as_git -C "$OWN" tag -d v1
	run_kept --depth 50 "$URL" -- git tag
	is "$OUT" light "tags"
}

@test "who asks otherwise finds nothing of it: credential, keys, certificates, ids, depth, URL" {
	local credential=$CASE/credential auth=$AUTH_URL/${OWN##*/}

	as_user sh -c 'printf "username=%s\npassword=%s\n" "$1" "$2" >"$3"; printf "username=other\npassword=wrong\n" >"$3.wrong"; chmod 600 "$3"*' - \
		"$AUTH_USER" "$MARKER" "$credential"
	run_kept --git-credential "$credential" "$auth#$(commit_at 5)" -- true
	is "$(how)" "kept fetched None 1" "with the credential"
	asked run_kept --git-credential "$credential" "$auth#$(commit_at 5)" -- true
	is "$(how) $HEARD" "read none 1 None " "the same again"
	lacks "$(find "$STORE" -type f -exec cat {} + | tr -d '\0'; entries)" "$MARKER"
	# the commit is there, and neither nobody nor somebody else gets it
	run kept run -q --report "$CASE/report.json" "$auth#$(commit_at 5)" -- true
	is "$status" 125 "without a credential"
	run kept run -q --report "$CASE/report.json" --git-credential "$credential.wrong" "$auth#$(commit_at 5)" -- true
	is "$status" 125 "with a wrong one"
	contains "$(report error.message)" "refuses the user name and password"
	run_kept "$URL#$(commit_at 5)" -- true
	is "$(how)" "kept fetched None 1" "another URL"
	run_kept --depth 50 "$URL#$(commit_at 5)" -- true
	is "$(how)" "kept fetched None 1" "another depth"
	run_kept --git-ca "$CA" "$URL#$(commit_at 5)" -- true
	is "$(how)" "kept fetched None 1" "other certificates"
	run_kept "$URL#$(commit_at 5)" -- true
	is "$(how)" "read none 1 None" "and what was kept first is there"
}

@test "ssh: once, never, and never for another agent" {
	local url=${SSH_URL%/repos}/repos/${OWN##*/} sum

	by_ssh() {
		OUT=$(as_user env XDG_CACHE_HOME="$CASE/cache" XDG_RUNTIME_DIR="$CASE/runtime" SSH_AUTH_SOCK="$1" "$COFFERDAM" run -q \
			--report "$CASE/report.json" --known-hosts "$KNOWN_HOSTS" "$2" -- cat README 2>"$CASE/err") || return
	}
	logins() { grep -c 'Accepted publickey' "$ASKED_SSH"; }
	by_ssh "$AGENT" "$url" || fail "$(cat "$CASE/err")"
	is "$OUT $(how)" "generation 5 kept fetched None 1" "the first"
	sum=$(logins)
	by_ssh "$AGENT" "$url" || fail "$(cat "$CASE/err")"
	is "$OUT $(how) $(($(logins) - sum))" "generation 5 read listed 1 None 1" "the second"
	by_ssh "$AGENT" "$url#$(commit_at 5)" || fail "$(cat "$CASE/err")"
	is "$OUT $(how) $(($(logins) - sum))" "generation 5 read none 1 None 1" "by its full name"
	as_user ssh-keygen -q -t ed25519 -N '' -f "$CASE/stranger"
	eval "$(as_user ssh-agent -s -a "$CASE/agent" | grep -v echo)"
	as_user env SSH_AUTH_SOCK="$CASE/agent" ssh-add -q "$CASE/stranger"
	run by_ssh "$CASE/agent" "$url#$(commit_at 5)"
	kill "$SSH_AGENT_PID"
	is "$status" 125 "another agent"
	contains "$(report error.message)" "none of the agent's keys"
}

@test "what is kept and is not as it was is fetched again, in the same run, and said" {
	local what want command n=0

	# All history: a library that can leave it out takes a commit that it cannot read for one that is not there.
	run_kept --depth 50 "$URL" -- sh -c "$LOOK"
	WANT=$OUT
	evil_object() {
		local pack blob

		pack=$(find tree -name '*.pack')
		blob=$(git --git-dir tree rev-parse refs/remotes/origin/main:README)
		mv "$pack" "$CASE/pack" && rm "${pack%.pack}.idx"
		git --git-dir tree unpack-objects -q <"$CASE/pack"
		cp -f "tree/objects/$(echo evil | git --git-dir tree hash-object -w --stdin | sed 's,..,&/,')" "tree/objects/${blob:0:2}/${blob:2}"
		[ "$(id -u)" != 0 ] || chown -R --reference=tree/HEAD tree/objects # not tree: that would be noticed
	}
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
	while IFS='|' read -r what want command; do
		(cd "$STORE"/*.[0-9]* && find tree -type f -exec chmod u+w {} + && eval "$command") || fail "$what"
		run_kept --depth 50 "$URL" -- sh -c "$LOOK"
		is "$OUT" "$WANT" "$what: the clone" || return
		is "$(how)" "$want" "$what" || return
		contains "$(cat "$CASE/err")" "was not as it was kept" || return
		run_kept --depth 50 "$URL" -- sh -c "$LOOK" # to have it whole again
		run_kept --depth 50 "$URL" -- sh -c "$LOOK"
		is "$OUT $(how)" "$WANT read listed 1 None" "$what: the one after" || return
		n=$((n + 1))
	done <<-'EOF'
		no record|kept fetched None 1 damaged|rm record
		something made beside it|kept fetched None 1 damaged|touch tree/x
		an empty pack|read fetched 1 None damaged|: >"$(find tree -name '*.pack')"
		half a pack|read fetched 1 None damaged|truncate -s -200 "$(find tree -name '*.pack')"
		zeros in a pack|read fetched 1 None damaged|for f in $(find tree -name '*.pack'); do dd if=/dev/zero of=$f bs=1 seek=60 count=300 conv=notrunc status=none; done
		no pack|read fetched 1 None damaged|rm tree/objects/pack/*
		no objects|kept fetched 1 1 damaged|rm -r tree/objects/*
		a configuration that is none|kept fetched 1 1 damaged|echo '[[[' >tree/config
		references to nothing|read fetched 1 None damaged|find tree/refs -type f -exec sh -c 'echo 1111111111111111111111111111111111111111 >"$1"' - {} \;
		an object that is not what its name says|read fetched 1 None damaged|evil_object
	EOF
	[ "$n" = 10 ] || fail "only $n rows were tried"
}

@test "a builder sees nothing of it, and an untrusted run leaves nothing" {
	run_kept --untrusted "$URL" -- true
	is "$(how)" "not_kept fetched None None" "an untrusted run" || return
	is "$(entries)" "" "in the store"
	run_kept "$URL" -- sh -c 'ls -A /run; grep -c -e mirror -e kept /proc/self/mountinfo; find / -name "*.pack" -not -path "/proc/*" 2>/dev/null | grep -v ^/app/.git/; :'
	is "$OUT" "0" "inside" || return
	is "$(how)" "kept fetched None 1" "a trusted one" || return
	run kept run -q "$URL" -- false
	run_kept --untrusted "$URL" -- true
	is "$(how)" "read listed 1 None" "an untrusted one reads it"
}

@test "a build that fails keeps what was fetched; a launcher that dies, half or nothing that is read" {
	local pid

	run kept run -q --report "$CASE/report.json" "$URL" -- false
	is "$status $(how)" "1 kept fetched None 1" "a build that fails" || return
	commit_more six
	background pid as_user env XDG_CACHE_HOME="$CASE/cache" XDG_RUNTIME_DIR="$CASE/runtime" "$COFFERDAM" run -q "$URL" -- sleep 60 </dev/null
	wait_for 30 sh -c "ls -d $STORE/*.new/tree/objects >/dev/null 2>&1" || fail "nothing is made"
	kill -KILL "$pid" $(pgrep -P "$pid") 2>/dev/null || :
	wait_for 30 ended_all "$pid" || fail "it lives"
	run_kept "$URL" -- cat README
	is "$OUT" six "the run after it" || return
	contains "$(how)" "kept fetched 1 2" || return
	kept gc -q
	is "$(entries | grep -c -e new -e gone) $(entries | wc -l)" "0 1" "gc leaves nothing half-made: $(entries)" || return
	# two at once
	commit_more seven
	kept run -q "$URL" -- cat README >"$CASE/other" 2>&1 3>&- &
	run_kept "$URL" -- cat README
	wait $! || fail "the other: $(cat "$CASE/other")"
	kept gc -q
	is "$OUT $(cat "$CASE/other") $(entries | wc -l)" "seven seven 1" "both, and what is kept: $(entries)"
}

@test "limits, a store that cannot be used, gc" {
	run_kept --cache-size 1k "$URL" -- true
	is "$(how)" "not_kept fetched None None" "more than --cache-size" || return
	contains "$(report source_cache.detail)" "--cache-size" || return
	run_kept "$URL" -- true
	as_user chmod 0777 "$STORE"
	run_kept "$URL" -- cat README
	is "$OUT $(how)" "generation 5 unavailable None None None" "a store that is open to others" || return
	is "$(cat "$CASE/err" | grep -c 'kept source')" 0 "nobody asked for it: $(cat "$CASE/err")" || return
	contains "$(report source_cache.detail)" "sources" || return
	as_user chmod 0700 "$STORE"
	contains "$(kept gc --store-size 0)" "kept source" || return
	is "$(entries)" "" "after gc"
}

@test "tags are what the server has now, also of commits that are kept" {
	local row want

	run_kept --depth 50 "$URL" -- true
	as_git -C "$OWN" tag -a -m new rel-2.0 main
	for row in "" "#v1^{}"; do
		run_kept --depth 50 --cache-source off "$URL$row" -- sh -c 'git describe; git tag'
		want=$OUT
		run_kept --depth 50 "$URL$row" -- sh -c 'git describe; git tag'
		is "$OUT" "$want" "$row: a tag that came after its commit" || return
	done
	commit_more six
	as_git -C "$OWN" tag -a -m newer rel-2.1 main~1
	as_git -C "$OWN" tag -f -a -m moved v1 main~1
	run_kept --depth 50 --cache-source off "$URL" -- sh -c 'git describe; git tag'
	want=$OUT
	run_kept --depth 50 "$URL" -- sh -c 'git describe; git tag'
	is "$OUT" "$want" "one that came with a later commit, and one that moved" || return
	for row in "--depth 0" "--depth 51" --tags; do
		# shellcheck disable=SC2086
		run_kept $row "$URL" -- git describe --tags
		is "$(how)" "off None None None" "$row: a long history is not copied"
	done
}

@test "no name of the server's stands in the way of another one that is kept" {
	as_git -C "$OWN" branch topic main~2
	run_kept --depth 50 "$URL#topic" -- true
	as_git -C "$OWN" branch -D topic
	as_git -C "$OWN" branch topic/x "$(as_git -C "$OWN" commit-tree -p main -m x 'main^{tree}')"
	run_kept --depth 50 "$URL#topic/x" -- true
	is "$(how)" "kept fetched 1 2" "a branch where a directory is now" || return
	as_git -C "$OWN" update-ref refs/kept/last/x main~1
	run_kept --cache-source auto --git-ca "$CA" "$URL#refs/kept/last/x" -- cat README
	is "$OUT $(how)" "generation 4 kept fetched None 1" "a name of ours"
}

@test "what is larger than the store is not said to be kept; of a fetch that failed nobody says how far" {
	run_kept --store-size 1k "$URL" -- true
	is "$(how) $(entries)" "not_kept fetched None None " "--store-size" || return
	run kept run -q --report "$CASE/report.json" "$URL#nowhere" -- true
	is "$(how)" "read None None None" "asked in vain"
}

@test "what there is no room for to copy is fetched as ever" {
	as_git clone -q "$OWN" "$OWN.work"
	as_user sh -c 'cd "$1" && head -c 250000 /dev/urandom | base64 >big && for i in $(seq 30); do
		sed -i "1s/.*/$i/" big && git add big && git -c user.name=t -c user.email=t@t commit -qm $i || exit; done
		git push -q origin main' - "$OWN.work"
	run_kept --depth 50 --app-size 5M "$URL" -- sh -c 'git log --oneline | wc -l; git fsck --strict 2>&1; head -n 1 big'
	is "$OUT $(how)" "35
30 read fetched None None" "30 times a third of a megabyte"
	lacks "$(cat "$CASE/err")" "put away"
}
