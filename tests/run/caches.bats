#!/usr/bin/env bats
# Named caches: what one build leaves and which finds it, and what nobody makes of them.

load ../lib/run
load ../lib/kept

setup() {
	case_begin
	kept_begin 64M
	CACHES=$CASE/cache/cofferdam/caches
}

teardown() {
	kept_end
	case_end
}

# A build of a scope that says what it likes at /opt/c; cofferdam's own words are in $CASE/err.
build() {
	local scope=$1 mode=$2

	shift 2
	kept run --report "$CASE/report.json" --cache "c:/opt/c:$mode" --cache-scope "$scope" "${MORE[@]}" none -- sh -c "$@" 2>"$CASE/err" </dev/null
}

row() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["caches"][0][sys.argv[2]])' "$CASE/report.json" "$1"; }

# What the next build of that scope finds, all of it: kind, mode, name, target and content.
finds() {
	build "$1" ro 'cd /opt/c && find . -mindepth 1 \( -type f -printf "%M %p " -exec sha256sum {} \; \) -o -printf "%M %p %l\n" | sed "s/  .*//" | sort'
}

states() { # the state that a report of a run names, and why
	is "$(row state)" "$1" "what became of the cache ($(cat "$CASE/err"))" || return
	[ -z "${2:-}" ] || contains "$(row detail)" "$2"
}

# Names below the store, in their order.
entries() { find "$CACHES" -mindepth 1 -maxdepth 1 -printf '%f\n' 2>/dev/null | sort; }

# Every generation's tree, for whoever may look: nothing of it may change.
fingerprint() {
	(cd "$CACHES" && find . -mindepth 1 \( -type f -printf '%p %m %U %G %s %T@ %C@\n' -exec sha256sum {} + \) -o -printf '%p %m %U %G %l %C@\n') |
		grep -v '/record ' | sort | sha256sum
}

@test "what a build leaves is there for the next one, whole: what it changed, removed and made anew" {
	build a rw 'cd /opt/c && echo one >f && mkdir -p d/e && echo two >d/e/g && ln -s /nowhere l && chmod 750 f && : >empty'
	states kept
	is "$(row generation) $(row kept) $(row files) $(row left_out)" "None 1 6 0" "the first generation" || return
	build a rw 'cd /opt/c && cat f d/e/g && rm -r d && mkdir d && echo three >d/h && echo more >>f && rm l && mv empty full' >"$CASE/out"
	is "$(cat "$CASE/out")" $'one\ntwo' "what the second found" || return
	states kept
	is "$(row generation) $(row kept)" "1 2" "the second" || return
	build a rw 'cd /opt/c && find . | sort && cat f d/h && stat -c %a f && touch full && rm -r d f full' >"$CASE/out"
	is "$(cat "$CASE/out")" $'.\n./d\n./d/h\n./f\n./full\none\nmore\nthree\n750' "what the third found" || return
	states kept
	is "$(finds a)" "" "all of it removed"
	is "$(entries | wc -l)" 1 "one generation is there, and nothing else: $(entries)"
}

@test "read-only by default: what such a build writes is its own, and gone" {
	build a rw 'echo one >/opt/c/f'
	before=$(fingerprint)
	kept run -q --report "$CASE/report.json" --cache c:/opt/c --cache-scope a none -- sh -c 'cat /opt/c/f && echo two >/opt/c/f && rm /opt/c/f && mkdir /opt/c/f && touch /opt/c/f/x' >"$CASE/out" 2>"$CASE/err"
	is "$(cat "$CASE/out")" one "it reads" || return
	states read
	is "$(row mode)" ro "its mode"
	is "$(fingerprint)" "$before" "what is kept"
}

@test "a build that leaves it as it was makes no generation" {
	build a rw true
	states unchanged
	is "$(entries)" "" "of an empty one" || return
	build a rw 'echo one >/opt/c/f'
	build a rw 'cat /opt/c/f >/dev/null'
	states unchanged
	is "$(entries | sed 's/.*\.//')" 1 "the generations"
}

@test "only a build that was well is kept" {
	local before what why command n=0

	build a rw 'echo good >/opt/c/f'
	before=$(fingerprint)
	while IFS='|' read -r what why command; do
		build a rw "echo bad >/opt/c/f; $command" >/dev/null || :
		states not_kept "$why" || fail "$what"
		is "$(fingerprint)" "$before" "$what" || return
		n=$((n + 1))
	done <<-'EOF'
		a failed build|the build was not well|exit 1
		one that was killed|the build was not well|kill -KILL $$
		one that is a usage error of a shell|the build was not well|exit 125
	EOF
	[ "$n" = 3 ] || fail "only $n rows were tried"
	MORE=(--timeout 1)
	build a rw 'echo bad >/opt/c/f; sleep 60' || :
	states not_kept "not well"
	MORE=(--artifact dist/x:"$CASE/cache/")
	build a rw 'echo bad >/opt/c/f' || :
	states not_kept "not well" || fail "a build whose artifact is not there"
	MORE=()
	is "$(fingerprint)" "$before" "after all of them"
}

@test "a pull request reads the cache that the release fills, and nothing of it is kept" {
	build release rw 'echo good >/opt/c/tool'
	before=$(fingerprint)
	MORE=(--untrusted)
	is "$(build release rw 'cat /opt/c/tool; echo evil >/opt/c/tool; echo evil >/opt/c/other')" good "it reads" || return
	states not_kept "--untrusted"
	is "$(fingerprint)" "$before" "what is kept" || return
	MORE=()
	is "$(build release rw 'cat /opt/c/*')" good "the release's next build"
}

@test "one scope never meets another: source, name, user's word, ids" {
	local n=0 what

	as_user git init -q "$CASE/one" && as_user git init -q "$CASE/two"
	for what in one two; do
		as_user git -C "$CASE/$what" -c user.name=t -c user.email=t@t commit -q --allow-empty -m x
	done
	fill() { kept run -q --report "$CASE/report.json" --cache "${NAME:-c}:/opt/c:rw" "$@" -- sh -c 'ls /opt/c; echo x >/opt/c/mine' 2>"$CASE/err" </dev/null; }
	while IFS='|' read -r what directory name words; do
		(cd "$CASE/$directory" && NAME=$name fill $words >"$CASE/out") || fail "$what: $(cat "$CASE/err")"
		is "$(cat "$CASE/out")" "" "$what finds what is another's" || return
		states kept || return
		n=$((n + 1))
		is "$(entries | wc -l)" "$n" "caches after: $what" || return
	done <<-EOF
		a source that is called .|one|c|.
		another that is called .|two|c|.
		the same with another name|one|d|.
		a word|one|c|--cache-scope x .
		a word that is a path|one|c|--cache-scope $CASE/one .
		another word|one|c|--cache-scope X .
		a builder that is root inside|one|c|--root-inside .
	EOF
	[ "$n" = 7 ] || fail "only $n rows were tried"
	for what in "$CASE/one" "$CASE/two/../one" "file://$CASE/one" "$CASE/one#HEAD" "$CASE/one/"; do
		NAME=c fill "$what" >"$CASE/out" || fail "$what: $(cat "$CASE/err")"
		is "$(cat "$CASE/out")" mine "one source by another name: $what" || return
	done
	as_user ln -s two "$CASE/link"
	is "$(kept run --cache c:/opt/c --report "$CASE/report.json" "$CASE/link" -- cat /opt/c/mine 2>"$CASE/err")" x "by a link it is what the link leads to ($(row state) $(row scope) $(cat "$CASE/err"); $(entries))"
}

@test "a repository says nothing of caches" {
	as_user git init -q "$CASE/one"
	as_user sh -c "echo '{\"cache\":[\"c:/opt/c:rw\"]}' >$CASE/one/.cofferdam.json"
	as_user git -C "$CASE/one" add .
	as_user git -C "$CASE/one" -c user.name=t -c user.email=t@t commit -q -m x
	! kept run -q "$CASE/one" -- true 2>"$CASE/err" || fail "it may"
	contains "$(cat "$CASE/err")" cache
}

@test "what may not be asked for is refused by name, and nothing is left" {
	local word what

	while IFS='|' read -r word what; do
		! kept run -q --cache-scope a --cache "$word" none -- true >"$CASE/out" 2>&1 </dev/null || fail "--cache $word is taken"
		contains "$(cat "$CASE/out")" "$what" || return
	done <<-EOF
		../c:/opt/c|is not NAME:DST
		a/b:/opt/c|is not NAME:DST
		..:/opt/c|is not NAME:DST
		c:opt/c|is not NAME:DST
		c:/opt/../etc|is not NAME:DST
		c:/opt/c/|is not NAME:DST
		c:/opt/c:rx|is not NAME:DST
		c:/|is not NAME:DST
		c:/proc/x|it is the sandbox's own
		c:/proc|it is the sandbox's own
		c:/dev/shm/x|it is the sandbox's own
		c:/sys|it is the sandbox's own
		c:/run/x|cofferdam's sockets
		c:/run/secrets|cofferdam's sockets
		c:/var/run/x|cofferdam's sockets
		c:/etc|would hide all of it
		c:/etc/passwd|cofferdam writes it anew
		c:/usr/lib/x|the toolchain
		c:/bin|the toolchain
		c:/lib64/x|the toolchain
		c:/app|the clone goes there
		c:/app/x|the clone goes there
		c:/tmp|would hide all of it
		c:/home/builder|would hide all of it
	EOF
	! kept run -q --cache-scope a --cache $'c:/opt/c\n' none -- true >"$CASE/out" 2>&1 </dev/null || fail "a line feed"
	contains "$(cat "$CASE/out")" "control character"
	while IFS='|' read -r word what; do
		! kept run -q --cache-scope a $word none -- true >"$CASE/out" 2>&1 </dev/null || fail "$word is taken"
		contains "$(cat "$CASE/out")" "$what" || return
	done <<-EOF
		--cache c:/opt/c --cache c:/opt/d|given twice
		--cache c:/opt/c --cache d:/opt/c|lies in
		--cache c:/opt/c --cache d:/opt/c/d|lies in
		--cache c:/opt/c/d --cache d:/opt/c|lies in
		--ro-bind $CASE/cache:/opt/c --cache c:/opt/c/d|lies in
		--cache c:/opt/c --ro-bind $CASE/cache:/opt/c/d|lies in
	EOF
	! kept run -q --cache c:/opt/c none -- true >"$CASE/out" 2>&1 </dev/null || fail "a scope of nobody"
	contains "$(cat "$CASE/out")" "--cache-scope SCOPE"
	is "$(entries)" "" "what is left"
}

# Each row of caches.rows: what, how the next build sees that it is nothing but files, and the
# commands of the one before, in a directory of its own in one cache.
@test "what a builder makes by hand is files to the next one, and to nobody else anything" {
	local what then command n=0

	build good rw 'cd /opt/c && echo good >f && mkdir d && echo good >d/g'
	while IFS='|' read -r what then command; do
		n=$((n + 1))
		printf '(mkdir %s; cd %s; %s) 2>/dev/null\n' "$n" "$n" "$command" >>"$CASE/make"
		printf 'echo "%s: $(cd %s; { %s; } 2>&1)"\n' "$what" "$n" "$then" >>"$CASE/see"
		echo "$what: ok" >>"$CASE/want"
	done <"$SOURCES/tests/run/caches.rows"
	[ "$n" -ge 50 ] || fail "only $n rows"
	MORE=(--ro-bind "$CASE/make:/opt/make" --ro-bind "$CASE/see:/opt/see")
	build evil rw 'cd /opt/c; . /opt/make; exit 0' >"$CASE/out" 2>&1
	states kept
	[ "$(row left_out)" -ge 2 ] || fail "a FIFO and a socket are counted: $(row left_out)"
	build evil ro 'cd /opt/c; . /opt/see' >"$CASE/got" || :
	is "$(diff "$CASE/want" "$CASE/got")" "" "what the next build finds" || return
	is "$(build good ro 'cat /opt/c/f /opt/c/d/g')" $'good\ngood' "another scope"
}

@test "nothing that a builder does reaches a generation that is kept" {
	local command n=0

	build a rw 'cd /opt/c && echo good >f && mkdir d && echo good >d/g && ln f h'
	before=$(fingerprint)
	while read -r command; do
		[ -n "$command" ] || continue
		build a ro "cd /opt/c; $command" >/dev/null 2>&1 || :
		is "$(fingerprint)" "$before" "$command" || return
		n=$((n + 1))
	done <<-'EOF'
		echo evil >f
		exec 3<f; echo evil >/proc/self/fd/3
		exec 3<d; echo evil >/proc/self/fd/3/g
		exec 3<.; echo evil >/proc/self/fd/3/../f; echo evil >/proc/self/fd/3/f
		echo evil >/proc/self/cwd/f; echo evil >/proc/self/root/opt/c/f; echo evil >/proc/1/root/opt/c/f
		dd if=/dev/zero of=f conv=notrunc bs=1 count=4; truncate -s 0 d/g; truncate -s 1M f
		chmod 000 f d; chmod 777 .; chown 0:0 f; touch -d @0 f d/g; touch -d 2099-01-01 .
		mv d e; mv f g; ln f i; rm -rf ./*; mkdir f
		cp /bin/true f; ln -sf /etc/passwd f; mkfifo p; mknod w c 0 0
		setfattr -n user.overlay.opaque -v y d; setfattr -n user.overlay.redirect -v /f d; setfattr -n user.x -v y f
		mount -o remount,rw /opt/c; umount /opt/c; mount --bind /tmp /opt/c; unshare -Urm mount -t tmpfs x /opt/c
		rmdir /opt/c; mv /opt/c /opt/e; rm -rf /opt; mkdir /opt/d
		python3 -c 'import mmap,os; f=os.open("f",os.O_RDWR); m=mmap.mmap(f,0); m[0:4]=b"evil"; m.flush()'
		python3 -c 'import fcntl,os; f=os.open("f",os.O_RDONLY); fcntl.flock(f,2); fcntl.ioctl(f,0x40086602,b"\x10\0\0\0\0\0\0\0")'
		python3 -c 'import os; f=os.open("f",os.O_RDONLY); os.fchmod(f,0o777); os.utime(f,(0,0)); os.truncate(f,0)'
		python3 -c 'import os; os.open("/opt/c",os.O_TMPFILE|os.O_RDWR); os.link("f","/tmp/f"); open("/tmp/f","w")'
	EOF
	[ "$n" -ge 16 ] || fail "only $n rows were tried"
	is "$(build a ro 'cat /opt/c/f /opt/c/d/g')" $'good\ngood' "in the end"
}

@test "two at once: the first is kept whole, and the other says so" {
	local pid

	build a rw 'echo old >/opt/c/f; echo old >/opt/c/g'
	as_user mkfifo "$CASE/cache/go"
	MORE=(--ro-bind "$CASE/cache/go:/opt/go")
	(kept run --report "$CASE/report-slow.json" --cache c:/opt/c:rw --cache-scope a none -- sh -c 'cat /opt/c/f; echo slow >/opt/c/f; read -r x' <"$CASE/cache/go" >"$CASE/slow" 2>"$CASE/slow.err") &
	pid=$!
	exec 7>"$CASE/cache/go"
	wait_for 30 test -s "$CASE/slow" || fail "it does not run"
	MORE=()
	build a rw 'cat /opt/c/f; echo quick >/opt/c/f; echo quick >/opt/c/g' >"$CASE/out"
	states kept
	is "$(kept gc --store-size 0 --dry-run | grep -c 'kept cache')" 1 "what gc would take: not what a run reads" || return
	echo go >&7
	exec 7>&-
	wait "$pid" || fail "the slow one: $(cat "$CASE/slow.err")"
	is "$(cat "$CASE/slow" "$CASE/out")" $'old\nold' "both began with one" || return
	contains "$(cat "$CASE/slow.err")" "stays as it was" || return
	contains "$(cat "$CASE/report-slow.json")" "another run has kept generation 2" || return
	is "$(build a ro 'cat /opt/c/f /opt/c/g')" $'quick\nquick' "nothing is mixed" || return
	is "$(entries | wc -l)" 1 "generations: $(entries)"
}

@test "a launcher that dies while it copies leaves nothing that anybody reads" {
	local pid

	build a rw 'echo old >/opt/c/f'
	background pid as_user env XDG_CACHE_HOME="$CASE/cache" XDG_RUNTIME_DIR="$CASE/runtime" "$COFFERDAM" run -q --cache c:/opt/c:rw --cache-scope a none -- \
		sh -c 'cd /opt/c && echo new >f && seq 2000 | xargs touch' </dev/null
	# Whoever is quicker: half of it is there, or all.
	wait_for 60 sh -c "ls -d $CACHES/*.new/tree/* $CACHES/*.2/record 2>/dev/null | grep -q ." || fail "nothing is made"
	kill -KILL "$pid" $(pgrep -P "$pid") 2>/dev/null || :
	wait_for 30 ended_all "$pid" || fail "it lives"
	build a ro 'cd /opt/c && set -- * && echo $# "$(cat f)"' >"$CASE/out"
	[ "$(cat "$CASE/out")" = "1 old" ] || is "$(cat "$CASE/out")" "2001 new" "all of it, or nothing" || return
	kept gc -q
	is "$(entries | grep -c -e new -e gone)" 0 "gc leaves nothing half-made: $(entries)"
}

@test "what lies in the store and is not as it was kept is put away, and said" {
	local what command n=0

	build a rw 'echo good >/opt/c/f'
	while IFS='|' read -r what command; do
		(cd "$CACHES" && entry=$(ls | grep '\.[0-9]*$') && eval "$command") || fail "$what"
		is "$(build a rw 'ls /opt/c; echo good >/opt/c/f')" "" "$what" || return
		is "$(row damaged)" True "$what: the report" || return
		contains "$(cat "$CASE/err")" "was not as it was kept" || return
		states kept || return
		rm -rf "$CACHES"/[ert] # what a row has put beside it
		n=$((n + 1))
	done <<-'EOF'
		no record|rm "$entry/record"
		an empty record|: >"$entry/record"
		half a record|truncate -s 100 "$entry/record"
		a record of another|sed -i 's/ [0-9]* npm/ 1 npm/; s/cofferdam-cache 1 ./cofferdam-cache 1 x/' "$entry/record"
		a record that is a link|mv "$entry/record" r && ln -s ../r "$entry/record"
		a record that is a FIFO|rm "$entry/record" && mkfifo "$entry/record"
		no tree|rm -rf "$entry/tree"
		another tree|cp -r "$entry/tree" t && rm -rf "$entry/tree" && mv t "$entry/tree"
		a tree that is a link|mv "$entry/tree" t && ln -s ../t "$entry/tree"
		a tree in which something was made|touch "$entry/tree/x"
		a file in its stead|rm -rf "$entry" && touch "$entry"
		a link in its stead|mv "$entry" e && ln -s e "$entry"
	EOF
	[ "$n" = 12 ] || fail "only $n rows were tried"
}

@test "a store that cannot be used is said, and the build runs without" {
	build a rw 'echo good >/opt/c/f'
	as_user chmod 0777 "$CACHES"
	is "$(build a rw 'ls /opt/c; echo x >/opt/c/g')" "" "it is empty" || return
	states unavailable
	contains "$(cat "$CASE/err")" "cannot be used" || return
	as_user chmod 0700 "$CACHES"
	is "$(build a ro 'ls /opt/c')" f "as it was"
}

@test "limits: of one cache, of the disk, of all of them" {
	build a rw 'echo good >/opt/c/f'
	before=$(fingerprint)
	MORE=(--cache-size 1M)
	build a rw 'head -c 2M /dev/zero >/opt/c/big'
	states not_kept "--cache-size"
	build a rw 'truncate -s 1T /opt/c/sparse'
	states not_kept "--cache-size" || fail "a sparse giant"
	build a rw 'mkdir /opt/c/x && cd /opt/c/x && i=0; while [ $i -lt 120 ]; do mkdir d && cd d; i=$((i+1)); done'
	states not_kept "directories deep"
	is "$(fingerprint)" "$before" "what is kept" || return
	need_root
	MORE=(--app-size 200M)
	build a rw 'head -c 100M /dev/urandom >/opt/c/big'
	states not_kept
	is "$(finds a | wc -l)" 1 "a full disk" || return
	is "$(entries | grep -c -e gone -e new)" 0 "what lies there: $(entries)" || return
	MORE=()
	contains "$(kept gc --store-size 0)" "removed kept cache" || return
	is "$(entries)" "" "after gc"
}

@test "explain and disk know of caches" {
	kept explain --full --cache c:/opt/c:rw --cache-scope mine none -- true >"$CASE/out"
	contains "$(cat "$CASE/out")" "cache c: what the build leaves" || return
	contains "$(cat "$CASE/out")" "cache scope  mine" || return
	is "$(entries)" "" "explain makes nothing" || return
	build a rw 'head -c 100000 /dev/zero >/opt/c/f'
	contains "$(kept disk --json 2>/dev/null || :)" UNKNOWN # without an engine nothing is counted
}

@test "ccache: the second build hits" {
	command -v ccache >/dev/null || cannot "use ccache (it is not installed)"
	as_user sh -c "echo 'int main(void) { return 0; }' >$CASE/m.c"
	compile() {
		kept run -q --report "$CASE/report.json" --ro-bind "$CASE/m.c:/opt/m.c" --env CCACHE_DIR=/home/builder/.ccache \
			--cache ccache:/home/builder/.ccache:rw --cache-scope "$1" none -- sh -c 'cp /opt/m.c . && ccache gcc -c m.c && ccache -s -v' 2>"$CASE/err"
	}
	contains "$(compile a | tr -s ' ')" "Hits: 0 /" || return
	states kept
	contains "$(compile a | grep -m1 Hits | tr -s ' ')" "Hits: 1 / 2" || return
	contains "$(compile b | tr -s ' ')" "Hits: 0 /"
}

@test "root inside: the files are the builder's, whichever id that is" {
	MORE=(--root-inside)
	build r rw 'echo x >/opt/c/f; id -u' >"$CASE/out"
	is "$(cat "$CASE/out")" 0 "who it is" || return
	states kept
	is "$(build r rw 'stat -c %u /opt/c/f; rm /opt/c/f')" 0 "whose it is" || return
	states kept
}
