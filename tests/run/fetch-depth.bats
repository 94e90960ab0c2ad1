#!/usr/bin/env bats
# --depth of a clone from a server. libgit2 can ask for it from 1.7 on; before, and from a server
# that cannot leave history out, all of it comes, and is in the clone if nothing is kept of it.

load ../lib/fetch

# How deep, and what is wrong with it.
LOOK='git log --oneline | wc -l; git fsck --strict 2>&1'

setup() {
	fetch_begin
	can_ask=no
	[ "$("$FETCHER" --version | sed 's/.*libgit2 //' | awk -F. '{ print $1 * 100 + $2 }')" -lt 107 ] || can_ask=yes
}

# good.git has five commits; the last one alone has six objects, all with a tag 27.
comes() { # COMMITS OBJECTS WHAT
	is "$OUT" "$1" "commits, $3"
	is "$(objects)" "$2" "objects, $3"
}

deep() { # DEPTH [ARG…] SOURCE
	rm -f "$CASE/events.jsonl" # or this run is written behind the one before
	fetched --cache-source off --events "$CASE/events.jsonl" --depth "$@" -- sh -c "$LOOK"
}

# How many the server sent.
objects() {
	/usr/bin/python3 -c '
import json, sys
events = map(json.loads, sys.stdin)
print(*{e["total"] for e in events if e["type"] == "progress" and e["stage"] == "objects"})' \
		<"$CASE/events.jsonl"
}

@test "depth is generations, and the server sends no more, where libgit2 can ask" {
	local url

	for url in "$GIT_URL" "$HTTP_URL"; do
		deep 1 "$url/good.git"
		case $can_ask in
		yes) comes 1 6 "depth 1 from $url" ;;
		no) comes 5 27 "depth 1 from $url" ;;
		esac
		deep 0 "$url/good.git"
		comes 5 27 "all of it from $url"
		deep 100 "$url/good.git"
		comes 5 27 "more than there is from $url"
	done
}

@test "a depth over https and ssh" {
	local want=5

	[ $can_ask = no ] || want=2
	deep 2 --git-ca "$CA" "$HTTPS_URL/good.git"
	is "$OUT" $want https
	is "$(ssh_sandbox --cache-source off --depth 2 --known-hosts "$KNOWN_HOSTS" "$SSH_URL/good.git" -- sh -c "$LOOK")" $want ssh
}

@test "a server that cannot leave history out sends all of it" {
	deep 2 "$EVIL_URL/no-shallow/good.git"
	comes 5 27 "depth 2"
	# what is kept of it is all; the clone has what was asked for
	fetched --depth 2 "$EVIL_URL/no-shallow/good.git" -- sh -c "$LOOK"
	is "$OUT" 2 "by way of what is kept"
}
