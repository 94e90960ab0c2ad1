#!/usr/bin/env bats
# cofferdam gitlab-executor, called by a runner that follows the documented contract of the custom
# executor: https://docs.gitlab.com/runner/executors/custom/

load ../lib/run

BUILD=101 SYSTEM=102

setup() {
	case_begin
	cd "$CASE"
	as_user mkdir -m 700 "$CASE/state"
	as_user mkdir "$CASE/scripts"
	JOB=()
}

# What the runner gives every call: its own variables, and the job's under a prefix.
driver() {
	STATUS=0
	as_user env BUILD_FAILURE_EXIT_CODE=$BUILD SYSTEM_FAILURE_EXIT_CODE=$SYSTEM \
		BUILD_EXIT_CODE_FILE="$CASE/state.code" CUSTOM_ENV_CI_JOB_ID=../../x "${JOB[@]}" XDG_CONFIG_HOME="$CASE/config" \
		"$COFFERDAM" gitlab-executor --state "$CASE/state" "$@" >"$CASE/out" 2>"$CASE/err" || STATUS=$?
	OUT=$(cat "$CASE/out" "$CASE/err")
}

begin() {
	driver config
	is "$STATUS" 0 "config: $OUT"
	JOB=($(python3 -c '
import json, sys
config = json.load(sys.stdin)
assert config["builds_dir"].startswith("/") and config["cache_dir"].startswith("/")
assert config["driver"]["name"] == "cofferdam"
print(*(f"{k}={v}" for k, v in config["job_env"].items()))' <"$CASE/out"))
	driver prepare
	is "$STATUS" 0 "prepare: $OUT"
}

# STAGE, and its script on stdin.
stage() {
	as_user tee "$CASE/scripts/$1" >/dev/null
	driver run "$CASE/scripts/$1" "$1"
}

# One that says when it runs, and that no other test has.
long_script() {
	LONG="sleep 60.$RANDOM$RANDOM"
	echo "echo ready >&2; $LONG" | as_user tee scripts/long >/dev/null
}

@test "a job from config to cleanup: what a stage leaves is there in the next" {
	begin
	stage prepare_script <<<'echo "on $HOSTNAME"'
	stage get_sources <<'EOF'
#!/usr/bin/env bash
set -eo pipefail
mkdir -p /app/builds/group/project && cd /app/builds/group/project
git init -q . && echo 'int main;' >a.c && ln -s a.c link && chmod 751 a.c && mkfifo pipe
EOF
	is "$STATUS" 0 "get_sources: $OUT"
	stage step_script <<<$': | eval $\'cd /app/builds/group/project; stat -c %a a.c; readlink link; test -p pipe; git status --short | head -n1; echo made >out\''
	is "$OUT $STATUS" $'751\na.c\n?? a.c 0' "step_script"
	stage after_script <<<'cat /app/builds/group/project/out'
	is "$OUT" made "after_script"
	is "$(find state -type f | sed 's,.*/,,')" cofferdam-job.tar "what lies outside"
	driver cleanup
	is "$STATUS $(ls -A state)" "0 " "cleanup: $OUT"
}

@test "the build's failure and the system's are told apart, and the exit code is told" {
	begin
	stage step_script <<<'echo kept >/app/kept; exit 7'
	is "$STATUS $(cat state.code)" "$BUILD 7" "a script that fails"
	stage after_script <<<'cat /app/kept'
	is "$OUT $STATUS" "kept 0" "what it left"
	stage step_script <<<'kill -9 $$'
	is "$STATUS $(cat state.code)" "$BUILD 137" "a script that is killed"
	stage step_script <<<'exit 125'
	is "$STATUS $(cat state.code)" "$BUILD 125" "a script that looks like cofferdam"
	stage step_script <<<'ln -s /tmp/zz /tmp/cofferdam-job.tar; mkdir /tmp/zz; echo linked >/app/kept'
	is "$STATUS" 0 "a link in the place of the archive: $OUT"
	stage step_script <<<'cat /app/kept; mkdir -p /tmp/cofferdam-job.tar/x; echo kept >/app/kept'
	is "$STATUS $OUT" "0 linked" "a directory in its place"
	driver run "$CASE/scripts/none" step_script
	is "$STATUS" "$SYSTEM" "no script"
	driver --ro-bind /nonexistent:/opt/x run "$CASE/scripts/step_script" step_script
	is "$STATUS" "$SYSTEM" "a host that has not what was asked"
	echo 'echo cut >/app/kept; truncate -s 1T /app/large' | as_user tee "$CASE/scripts/full" >/dev/null
	driver --app-size 16M run "$CASE/scripts/full" step_script
	is "$STATUS" "$BUILD" "a disk that is full in the middle of the archive: $OUT"
	stage step_script <<<'cat /app/kept'
	is "$OUT" kept "the last state that was whole, not the one that was cut"
	driver --timeout 1 run "$CASE/scripts/step_script" step_script
	stage step_script <<<'cat /app/kept'
	is "$OUT" kept "the last state that was whole"
	driver cleanup
}

@test "a time limit is the build's end, a runner's signal is not" {
	begin
	long_script
	driver --timeout 1 run "$CASE/scripts/long" step_script
	is "$STATUS $(cat state.code)" "$BUILD 124" "time limit"
	background pid as_user sh -c 'echo $$ >pid; exec env SYSTEM_FAILURE_EXIT_CODE=102 "$@" >long.out 2>long.err' - \
		"${JOB[@]}" "$COFFERDAM" gitlab-executor --state "$CASE/state" run "$CASE/scripts/long" step_script
	wait_for 20 grep -q ready long.err
	kill -TERM "$(cat pid)"
	wait_for 20 ended_all "$(cat pid)"
	driver cleanup
	is "$STATUS $(ls -A state)" "0 " "a cancel reaches cleanup"
	is "$(pgrep -u "$TEST_UID" -f "$LONG")" "" "what runs"
}

@test "a driver that is killed leaves nothing behind cleanup and gc" {
	begin
	long_script
	background pid as_user sh -c 'echo $$ >pid; exec env "$@" >long.out 2>long.err' - \
		"${JOB[@]}" "$COFFERDAM" gitlab-executor --state "$CASE/state" run "$CASE/scripts/long" step_script
	wait_for 20 grep -q ready long.err
	kill -KILL "$(cat pid)"
	wait_for 20 sh -c '! pgrep -u "$1" -f "$2"' - "$TEST_UID" "$LONG"
	driver cleanup
	coff gc >/dev/null
	is "$(ls -A state)" "" "the job's directory"
	# Other files have runs of this user, too: theirs have launchers.
	is "$(coff ps --json | python3 -c '
import json, os, sys
print(sum(not os.path.exists("/proc/%d" % run["launcher"]) for run in json.load(sys.stdin)["runs"]))')" 0 "runs"
}

@test "stages out of order, and a job without a name of ours" {
	driver run "$CASE/scripts/x" step_script
	is "$STATUS" "$SYSTEM" "run without config"
	contains "$OUT" "is not what config has made up"
	driver cleanup
	is "$STATUS" "$SYSTEM" "cleanup without config"
	begin
	driver prepare
	is "$STATUS" 0 "a second try of prepare"
	driver cleanup
	stage step_script <<<true
	is "$STATUS" "$SYSTEM" "run after cleanup"
	contains "$OUT" "out of order"
	driver cleanup
	is "$STATUS" 0 "a second cleanup"
	JOB=(COFFERDAM_GITLAB_JOB=../scripts)
	driver cleanup
	is "$STATUS $(ls -d scripts)" "$SYSTEM scripts" "a name that leads elsewhere"
	driver run one
	is "$STATUS" "$SYSTEM" "words that are missing"
	driver --nonsense config
	is "$STATUS" "$SYSTEM" "an option that is not there"
}

@test "a stage has the settings of its kind, and an unknown one those of a script" {
	as_user mkdir -p config/cofferdam
	for kind in git artifacts script; do
		echo "{\"env\": [\"KIND=$kind\"]}" | as_user tee "config/cofferdam/gitlab-$kind.json" >/dev/null
	done
	begin
	local name kind
	while read -r name kind; do
		stage "$name" <<<'echo $KIND'
		is "$OUT" "$kind" "$name"
	done <<-'EOF'
		get_sources git
		upload_artifacts_on_failure artifacts
		step_script script
		step_release script
	EOF
	driver cleanup
}

@test "a directory of jobs that others may write to is refused" {
	as_user chmod 0777 state
	driver config
	JOB=($(python3 -c 'import json, sys; print(*(f"{k}={v}" for k, v in json.load(sys.stdin)["job_env"].items()))' <out))
	driver prepare
	is "$STATUS" "$SYSTEM" "exit code"
	contains "$OUT" "no directory that belongs to uid"
}
