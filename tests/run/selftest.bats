# cofferdam selftest: each wall attacked, and probes that can fail.
load ../lib/run

# attempt JSON WALL TRIED KEY
attempt() {
	python3 -c '
import json, sys
for row in json.load(open(sys.argv[1]))["attempts"]:
    if row["wall"] == sys.argv[2] and row["tried"] == sys.argv[3]:
        print(row[sys.argv[4]] if isinstance(row[sys.argv[4]], str) else json.dumps(row[sys.argv[4]]))' "$@"
}

# walls_with JSON VERDICT: of all walls that have an attempt that counts
walls_with() {
	python3 -c '
import json, sys
print(" ".join(sorted({row["wall"] for row in json.load(open(sys.argv[1]))["attempts"]
                       if row["verdict"] == sys.argv[2] and row["counts"]})))' "$@"
}

@test "every wall that a run raises holds, and nearly each attempt works outside" {
	coff selftest --json >"$CASE/selftest.json" || fail "$(coff selftest -q)"
	validate --is selftest "$CASE/selftest.json"
	is "$(walls_with "$CASE/selftest.json" open)$(walls_with "$CASE/selftest.json" unclear)" "" "walls that do not hold"
	is "$(attempt "$CASE/selftest.json" mount "open_tree(/proc)" answer)" EPERM "open_tree"
	is "$(attempt "$CASE/selftest.json" mount "open_tree(/proc)" outside)" OK "open_tree outside"
	is "$(attempt "$CASE/selftest.json" time-limit "go on for 30 s with --timeout 1" answer)" timeout "time limit"
	is "$(attempt "$CASE/selftest.json" output-limit "write 1 MiB with --output-limit 64K" answer)" output_limit "output limit"
	[ "$(grep -c '"shown":.*true' "$CASE/selftest.json")" -ge 50 ] || fail "little of it works outside"
}

@test "the text has a line an attempt, and -q only what does not hold" {
	coff selftest >"$CASE/text" || fail "$(cat "$CASE/text")"
	grep -qxF '✓  mount: open_tree(/proc) → EPERM: held; outside it works' "$CASE/text" || fail "$(cat "$CASE/text")"
	grep -q '^[0-9]* held ([0-9]* of them work outside), 0 do not hold, 0 unclear' "$CASE/text" || fail "$(tail -n 2 "$CASE/text")"
	is "$(coff selftest -q)" "" "-q"
}

@test "without the sandbox the same probe sees walls that do not hold" {
	local status=0

	coff selftest --json --against env >"$CASE/selftest.json" || status=$?
	is "$status" 1 "exit status"
	validate --is selftest "$CASE/selftest.json"
	for wall in user mount pid network ipc uts cgroup-ns no-new-privileges capabilities seccomp landlock \
		rlimits nested-userns tty descriptors environment proc-mask disk; do
		[[ " $(walls_with "$CASE/selftest.json" open) " == *" $wall "* ]] || fail "$wall holds without a wall"
	done
}

@test "a wall that an option takes down does not hold" {
	local status=0

	need_root
	printf '{"defaultAction": "SCMP_ACT_ALLOW"}\n' >"$CASE/all.json"
	chmod 644 "$CASE/all.json"
	coff selftest --json --seccomp "$CASE/all.json" >"$CASE/selftest.json" || status=$?
	is "$status" 1 "exit status"
	contains " $(walls_with "$CASE/selftest.json" open) " " seccomp "
	lacks " $(walls_with "$CASE/selftest.json" open) " " mount "
}

@test "a sandbox that cannot be tried is 125, and says why" {
	run coff selftest --against false
	is "$status" 125 "a sandbox that starts nothing"
	contains "$output" "the probe did not come to its end"
	run coff selftest --seccomp /nonexistent
	is "$status" 125 "a profile that is not there"
}

@test "root: the sandbox is another user's, and nothing is left" {
	need_root
	coff_root selftest --json --run-as "$TEST_USER" >"$CASE/selftest.json" || fail "$(coff_root selftest -q --run-as "$TEST_USER")"
	validate --is selftest "$CASE/selftest.json"
	is "$(compgen -G '/tmp/cofferdam-selftest.*')" "" "files in /tmp"
	is "$(ipcs -m | grep -c '^0x0c0f')" 0 "segments"
}

# Usual words for a build in bubblewrap; what it does not hold is in SECURITY.md.
@test "bubblewrap: what SECURITY.md's table says of it" {
	local wall says got

	command -v bwrap >/dev/null || cannot "bubblewrap"
	coff selftest --json --against 'bwrap --unshare-all --new-session --die-with-parent --clearenv --ro-bind /usr /usr --symlink usr/lib /lib --symlink usr/lib64 /lib64 --symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp --ro-bind "$COFFERDAM_PROBE" "$COFFERDAM_PROBE"' \
		>"$CASE/selftest.json" || :
	validate --is selftest "$CASE/selftest.json"
	for wall in user mount pid network egress ipc cgroup-ns no-new-privileges capabilities; do
		[[ " $(walls_with "$CASE/selftest.json" open) " != *" $wall "* ]] || fail "$wall: the table says that it holds"
	done
	for wall in uts seccomp landlock rlimits nested-userns tty descriptors proc-mask; do
		[[ " $(walls_with "$CASE/selftest.json" open) " == *" $wall "* ]] || fail "$wall: the table says that it does not hold"
	done
}
