# tests/lib/kept.bash: a store of the test's own ($XDG_CACHE_HOME/cofferdam). Load after run.bash.
#
#	kept_begin SIZE    in setup: after case_begin, of so much memory
#	kept_end           in teardown: nothing of it stays; before case_end
#	kept ARG...        cofferdam with it, and a gc that meets nobody else's leftovers

# What is kept is brought to the disk with all else that waits for it: so it is in memory.
kept_begin() {
	as_user mkdir -m 0700 "$CASE/cache" "$CASE/runtime"
	[ "$(id -u)" != 0 ] ||
		mount -t tmpfs -o size="$1",mode=0700,uid="$TEST_UID" cofferdam-test-store "$CASE/cache"
}

kept_end() {
	kept gc -q --store-size 0 >/dev/null
	while mountpoint -q "$CASE/cache"; do
		umount -l "$CASE/cache"
	done
}

kept() { as_user env XDG_CACHE_HOME="$CASE/cache" XDG_RUNTIME_DIR="$CASE/runtime" "$COFFERDAM" "$@"; }
