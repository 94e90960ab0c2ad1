#!/usr/bin/env bats
# cofferdam disk, gc --images: on real engines, by an ordinary user.

load ../lib/run
load ../lib/docker
load ../lib/disk

setup_file() { suite_join && engine_start docker && { [ -n "$ENGINE_MISSING" ] || engine_host; }; }
teardown_file() { engine_stop; suite_leave; }

# A run that leaves the image mine/NAME, which is no other's.
leave() {
	coff_state run -q --docker --docker-host "unix://$ENGINE" --docker-base base --docker-tag 'mine/*' none -- sh -c "
		printf 'FROM base:1\nRUN echo $1 >/f\n' | docker build -q -t mine/$1 -" >/dev/null
}

@test "disk: one line for a monitor, its performance data, and more" {
	run disk
	is "$status" 0 "exit: $output"
	[[ ${lines[0]} =~ ^DISK\ OK\ -\ [0-9.]+\ [KMG]iB\ used.*\ \|\ \'used\'=[0-9]+B\;\;\;0\;\ \'images\'=[0-9]+B ]] ||
		fail "${lines[0]}"
	for word in images containers volumes build_cache roots caches sources leftovers; do
		contains "$output" "$word"
	done
}

@test "disk: exit 1, 2 and 3, sizes and shares" {
	run disk --warn 1K --crit 1T
	is "$status" 1 "warn"
	contains "${lines[0]}" "DISK WARNING"
	contains "${lines[0]}" ";1024;1099511627776;"
	run disk --warn 1 --crit 2
	is "$status" 2 "crit"
	run disk --warn 99% --crit 100%
	is "$status" 0 "shares of the file system: $output"
	run disk --warn 1%
	is "$status" 1 "a share that is used"
	run disk --warn 2G --crit 1G
	is "$status" 3 "the wrong way round"
	run disk --warn 101%
	is "$status" 3 "no share"
	run disk --warn 80% --crit 50G
	is "$status" 3 "a share and a size"
	run coff_state disk --no-such-option
	is "$status" 3 "a wrong option"
	contains "$output" "DISK UNKNOWN - "
	run disk --warn
	is "$status" 3 "an option without its value"
	coff_state disk --json --no-such-option >"$CASE/disk-wrong.json" 2>/dev/null || is $? 3 "with --json"
	validate --is disk "$CASE/disk-wrong.json"
	coff_state disk --json --docker-host "$CASE/none.sock" >"$CASE/disk-none.json" 2>/dev/null || is $? 3 "no engine, with --json"
	validate --is disk "$CASE/disk-none.json"
	run coff_state disk --docker-host "$CASE/none.sock"
	is "$status" 3 "no engine"
	contains "$output" "DISK UNKNOWN"
}

@test "disk: what runs have made is told by run, and JSON is by its schema" {
	local id

	leave one
	id=$(dk inspect -f '{{index .Config.Labels "io.cofferdam.run"}}' mine/one)
	contains "$(disk)" "run $id"
	disk --json >"$CASE/disk.json"
	validate --is disk "$CASE/disk.json"
	python3 - "$CASE/disk.json" "$id" <<'PY'
import json, sys
disk = json.load(open(sys.argv[1]))
assert disk["used_bytes"] == sum(k["bytes"] for k in disk["kinds"].values()), disk
assert [r for r in disk["runs"] if r["run"] == sys.argv[2]], disk["runs"]
assert disk["kinds"]["images"]["labelled_bytes"] > 0
PY
	dk rmi mine/one >/dev/null
}

@test "disk --metrics: whole, for Prometheus, and runs are counted from then on" {
	leave before
	disk --metrics "$CASE/state/m.prom" >/dev/null
	grep -q '^cofferdam_disk_bytes{kind="images"} [0-9]' "$CASE/state/m.prom"
	! grep -q '^cofferdam_runs_total{' "$CASE/state/m.prom" || fail "runs were counted unasked"
	is "$(stat -c %a "$CASE/state/m.prom")" 644 mode
	coff_state run -q none -- true
	coff_state run -q none -- false || true
	disk --metrics "$CASE/state/m.prom" >/dev/null
	grep -qx 'cofferdam_runs_total{cause="exited"} 2' "$CASE/state/m.prom" || { cat "$CASE/state/m.prom"; return 1; }
	is "$(ls "$CASE/state")" "$(printf 'cofferdam\nm.prom')" "nothing else lies there"
	run disk --metrics "$CASE/no/such/dir"
	is "$status" 3 "a place that is not there"
	dk rmi mine/before >/dev/null
}

@test "gc --images: by count, age and size; never what is in use, moved, or not in the ledger" {
	for name in a:1 a:2 a:3 b:1; do leave "$name"; done
	printf 'FROM mine/a:1\nRUN true\n' | DOCKER_BUILDKIT=0 dk build -q -t theirs/child - >/dev/null # has our label
	dk create --name user mine/a:2 true >/dev/null
	run images
	is "$status" 125 "nothing says what may go"
	contains "$(images --keep-last 1 --dry-run)" "would remove image docker.io/mine/a:1"
	dk inspect mine/a:1 >/dev/null
	run images --keep-last 1
	is "$status" 0 "exit: $output"
	contains "$output" "removed image docker.io/mine/a:1"
	lacks "$output" a:2
	lacks "$output" a:3
	lacks "$output" b:1
	! dk inspect mine/a:1 >/dev/null 2>&1 || fail "it is still there"
	dk inspect theirs/child mine/a:2 mine/a:3 mine/b:1 >/dev/null
	run images --older-than 1h
	lacks "$output" removed
	dk tag base:1 mine/b:1 # somebody else has the name now
	run images --max-size 0
	contains "$output" "removed image docker.io/mine/a:3"
	lacks "$output" b:1
	dk inspect mine/a:2 mine/b:1 theirs/child >/dev/null
	dk rm -f user >/dev/null
	images --max-size 0 --json >"$CASE/gc.json"
	validate --is gc "$CASE/gc.json"
	! dk inspect mine/a:2 >/dev/null 2>&1 || fail "no longer in use, and still there"
	contains "$(images --max-size 0)" "no image of this engine is in the ledger"
	dk rmi theirs/child mine/b:1 >/dev/null
}

# It orders CLEANUP once there is $CASE/end, and reads nothing for two seconds.
slow_launcher() {
	while [ ! -e "$CASE/end" ]; do sleep 0.05; done |
		as_user "$ENGINE_DIR/broker-driver" "$SUITE/usr/libexec/cofferdam/cofferdam-broker" --engine "$ENGINE" \
			--listen "$1" --level build --base base --tag 'mine/*' --until-eof --deaf 2
}

# More words than its socket holds come from the broker at the end of such a run.
@test "each of the 256 names that a run may leave is told, also to a launcher that is slow" {
	local socket=$CASE/broker.sock

	background DRIVER slow_launcher "$socket" >"$CASE/words" 2>&1
	wait_for 10 grep -q '"ready"' "$CASE/words"
	seq 256 | sed 's,.*,url = "http://d/v1.41/images/base:1/tag?repo=mine/many\&tag=&"\noutput = "/dev/null",' |
		curl -s -X POST --unix-socket "$socket" -K -
	touch "$CASE/end"
	wait_for 20 grep -q '"cleaned"' "$CASE/words"
	is "$(grep -c '"kept".*mine/many:' "$CASE/words")" 256 "words of names that stay"
	dk rmi $(seq -f mine/many:%.0f 256) >/dev/null
}

@test "gc --images --build-cache cuts the engine's cache, and only then" {
	lacks "$(images --older-than 1h)" "build cache"
	contains "$(images --older-than 1h --build-cache)" "removed build cache"
	run images --keep-last 1 --build-cache
	is "$status" 125 "a count is not a rule for a cache"
	contains "$output" "how much of the cache"
	run coff_state gc --keep-last 1
	is "$status" 125 "a rule for images without --images"
}

@test "the timer's units are right" {
	for unit in cofferdam-gc.service cofferdam-gc.timer; do
		[ -e "$SUITE/usr/lib/systemd/user/$unit" ] || fail "$unit is not installed"
	done
	command -v systemd-analyze >/dev/null || cannot "verify units without systemd-analyze"
	sed -i "s,^ExecStart=-*[^ ]*,ExecStart=/usr/bin/env true," "$SUITE/usr/lib/systemd/user/cofferdam-gc.service"
	run systemd-analyze verify --man=no "$SUITE/usr/lib/systemd/user/cofferdam-gc.service" \
		"$SUITE/usr/lib/systemd/user/cofferdam-gc.timer"
	is "$status" 0 "$output"
}

@test "root alone becomes nobody, who has no ledger: the run says so, and keeps none in root's" {
	need_root
	as_root env XDG_STATE_HOME="$CASE/roots" "$COFFERDAM" run --docker --docker-host "unix://$ENGINE" --docker-base base \
		--docker-tag 'mine/*' none -- sh -c "printf 'FROM base:1\nRUN echo nobody >/f\n' | docker build -q -t mine/nobody -" \
		>"$CASE/out" 2>"$CASE/err" || fail "$(cat "$CASE/err")"
	contains "$(cat "$CASE/err")" "gc --images will not know of"
	contains "$(cat "$CASE/err")" "mine/nobody"
	[ ! -e "$CASE/roots" ] || fail "a ledger of root's: $(find "$CASE/roots")"
	dk rmi mine/nobody >/dev/null
}
