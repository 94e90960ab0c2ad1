#!/usr/bin/env bats
# cofferdam as a job of Slurm, by Debian's daemons: three virtual nodes (tests/slurm/cluster).

load ../lib/run

CLUSTER=${BATS_TEST_DIRNAME:-tests/slurm}/cluster

setup() {
	case_begin
	need_root
	as_user mkdir "$CASE/reports" "$CASE/repo"
	as_user sh -c 'cd "$1" && git init -q && echo hello >file && git add . &&
		git -c user.name=t -c user.email=t@t commit -qm one' - "$CASE/repo"
	cd "$CASE"
}

# In a cluster, as the test's user: what is on stdin, by a shell that has besides
#
#	await CMD…     until it succeeds, or 30 s; what comes of it the test says
#	reported N     are there so many reports?
in_cluster() {
	{
		cat <<-'EOF'
			await() {
				local tries
				for ((tries = 0; tries < 300; tries++)); do
					! "$@" || break
					sleep 0.1
				done
			}
			reported() { [ "$(ls reports | wc -l)" -ge "$1" ]; }
		EOF
		cat
	} >"$CASE/inside"
	cat >"$CASE/enter" <<-EOF
		cd $CASE
		exec setpriv --reuid=$TEST_USER --regid=$(id -g "$TEST_USER") --init-groups --inh-caps=-all \
			env -i SLURM_CONF="\$SLURM_CONF" HOME=$TEST_HOME PATH=$SUITE/usr/bin:/usr/bin:/bin \
			ARRAY=$SOURCES/sandbox/package/cofferdam-array.sbatch CASE=$CASE bash -eu $CASE/inside
	EOF
	timeout "${1:-120}" "$CLUSTER" "$CASE/cluster" sh "$CASE/enter" >"$CASE/out" 2>&1 ||
		fail "the cluster: $(tail -n 20 "$CASE/out" "$CASE"/log* 2>/dev/null; ls reports | tail -n 20)"
}

# NAME of what is to be printed of each report, in the order of the files' names.
of_reports() {
	python3 -c '
import glob, json, os, sys
for name in sorted(glob.glob("reports/*.json")):
    print(os.path.basename(name).split("-", 1)[1][:-5], *(json.load(open(name))["result"][k] for k in sys.argv[1:]))' "$@"
}

@test "an array over a list: each source once, also one that stands there twice" {
	as_user sh -c 'printf "%s\n" "$1/repo" none "$1/repo" none >list' - "$CASE"
	in_cluster <<-'EOF'
		sbatch --wait --array=1-4 --output="$CASE/log.%a" "$ARRAY" "$CASE/list" "$CASE/reports" \
			-- sh -c 'test ! -e file || cat file'
	EOF
	is "$(of_reports exit_code cause)" $'1-0 0 exited\n2-0 0 exited\n3-0 0 exited\n4-0 0 exited' "reports: $(cat log.*)"
	is "$(cat log.1 log.3 | grep -c hello)" 2 "what the tasks have printed"
	is "$(find reports -name '.*' -type f)" "" "half-written reports"
	contains "$(coff report merge reports)" "4 passed"
}

@test "125 is requeued, and the second attempt puts nothing over the first" {
	as_user sh -c 'echo "$1/later" >list' - "$CASE"
	in_cluster <<-'EOF'
		job=$(sbatch --parsable --requeue --array=1 --output="$CASE/log.%a" "$ARRAY" "$CASE/list" "$CASE/reports" -- cat file)
		await reported 1
		mv repo later
		for ((i = 0; i < 600; i++)); do
			scontrol update "JobId=${job}_1" StartTime=now 2>/dev/null || :
			[ "$(ls reports | wc -l)" -lt 2 ] || break
			sleep 0.1
		done
	EOF
	is "$(of_reports exit_code cause)" $'1-0 125 fetch_failed\n1-1 0 exited' "reports: $(cat out log.*)"
}

@test "a task that is requeued twice while it runs has three reports" {
	as_user sh -c 'echo none >list; mkdir flags'
	in_cluster <<-'EOF'
		job=$(sbatch --parsable --requeue --array=1 --output="$CASE/log" --open-mode=append "$ARRAY" "$CASE/list" \
			"$CASE/reports" --ro-bind "$CASE/flags:/opt/flags" -- sh -c 'echo ready; test -e /opt/flags/go || sleep 300')
		until_begun() {
			for ((i = 0; i < 30; i++)); do
				[ "$(grep -c ready log 2>/dev/null)" != "$1" ] || return 0
				sleep 1 # each update begins the wait for the scheduler anew
				scontrol update "JobId=${job}_1" StartTime=now 2>/dev/null || :
			done
		}
		until_begun 1
		scontrol requeue "${job}_1"
		until_begun 2
		touch flags/go
		scontrol requeue "${job}_1"
		until_begun 3
		await reported 3
	EOF
	is "$(of_reports cause)" $'1-0 interrupted\n1-1 interrupted\n1-2 exited' "reports: $(cat out log)"
}

@test "scancel ends the sandbox, and the report says who" {
	as_user sh -c 'echo none >list'
	in_cluster <<-'EOF'
		job=$(sbatch --parsable --array=1 --output="$CASE/log.%a" "$ARRAY" "$CASE/list" "$CASE/reports" -- \
			sh -c 'echo ready; sleep 300')
		await grep -qs ready log.1
		scancel "$job"
		await reported 1
		pgrep -f 'sleep 300' >left || :
	EOF
	is "$(of_reports cause)" "1-0 interrupted" "report: $(cat out log.*)"
	is "$(cat left)" "" "what is left"
}

@test "a line that is not there is nobody's to try again" {
	as_user sh -c 'echo none >list'
	in_cluster <<-'EOF'
		sbatch --wait --array=2 --output="$CASE/log.%a" "$ARRAY" "$CASE/list" "$CASE/reports" -- true || echo "rc $?" >code
	EOF
	is "$(cat code)" "rc 2" "exit code"
	contains "$(cat log.2)" "line 2 of"
}

@test "a report directory nobody may write to, or that is full: said, and nothing is built" {
	as_user sh -c 'echo none >list; mkdir -m 555 shut'
	mkdir -p full && mount -t tmpfs -o size=16k,mode=1777 full full || cannot "mount a tmpfs"
	in_cluster <<-'EOF'
		for reports in shut full; do
			job=$(sbatch --parsable --array=1 --output="$CASE/log.$reports" "$ARRAY" "$CASE/list" "$CASE/$reports" -- echo built)
			await grep -qs try: "log.$reports"
			scancel "$job" # it would be requeued
		done
	EOF
	umount full
	contains "$(cat log.shut)" "Permission denied"
	contains "$(cat log.full)" "No space left"
	! grep -x built log.* || fail "it was built"
}

@test "a node that is lost goes on with its build: the second copy puts nothing over the first" {
	as_user sh -c 'echo none >list; mkdir flags'
	mkdir -p cluster && touch cluster/kill && chown "$TEST_USER" cluster/kill
	in_cluster 180 <<-'EOF'
		job=$(sbatch --parsable --requeue --array=1 --output="$CASE/log" --open-mode=append "$ARRAY" "$CASE/list" "$CASE/reports" \
			--ro-bind "$CASE/flags:/opt/flags" -- sh -c 'echo ready; until ls /opt/flags | grep -q go; do sleep 0.1; done')
		# Not by test -e: what was looked up once in a --ro-bind and was not there stays so.
		begun() { grep -c ready log 2>/dev/null || :; }
		for ((i = 0; i < 300; i++)); do
			[ "$(begun)" != 1 ] || break
			sleep 0.1
		done
		squeue -h -j "$job" -o %N >cluster/kill
		for ((i = 0; i < 90; i++)); do
			[ "$(begun)" != 2 ] || break
			sleep 1
			scontrol update "JobId=${job}_1" StartTime=now 2>/dev/null || :
		done
		touch flags/go
		await reported 2
	EOF
	is "$(of_reports cause)" $'1-0 exited\n1-1 exited' "reports: $(cat out log)"
	contains "$(coff report merge reports)" "2 passed"
}

@test "a node without user namespaces says so, and its task goes to another" {
	as_user sh -c 'echo none >list'
	export CLUSTER_CHROOT=n2
	in_cluster <<-'EOF'
		job=$(sbatch --parsable --requeue --array=1 --nodelist=n2 --output="$CASE/log" --open-mode=append "$ARRAY" "$CASE/list" "$CASE/reports" -- true)
		await reported 1
		for ((i = 0; i < 60; i++)); do
			[ "$(ls reports | wc -l)" -lt 2 ] || break
			scontrol update "JobId=${job}_1" ReqNodeList= ExcNodeList=n2 StartTime=now 2>/dev/null || :
			sleep 1
		done
	EOF
	is "$(of_reports exit_code cause)" $'1-0 125 setup_failed\n1-1 0 exited' "reports: $(cat out log)"
	contains "$(cat log)" "Operation not permitted"
}

@test "a time limit of Slurm's ends the sandbox, and a report that is there is not written over" {
	as_user sh -c 'echo none >list; echo "{}" >reports/2-1-0.json'
	in_cluster 240 <<-'EOF'
		sbatch --wait --no-requeue --time=0:01 --array=1 --output="$CASE/log.limit" "$ARRAY" "$CASE/list" "$CASE/reports" \
			-- sleep 300 || echo "limit $?" >>codes
		sbatch --wait --no-requeue --array=1 --output="$CASE/log.there" "$ARRAY" "$CASE/list" "$CASE/reports" -- true ||
			echo "there $?" >>codes
		pgrep -f 'sleep 300' >left || :
	EOF
	contains "$(cat codes)" "there 2"
	contains "$(cat log.there)" "2-1-0.json is there already"
	is "$(cat reports/2-1-0.json)" "{}" "the other one's report"
	rm reports/2-1-0.json
	is "$(of_reports cause)" "1-0 interrupted" "report: $(cat out log.limit)"
	is "$(cat left)" "" "what is left"
}

# How groups are made here: v2 where it is the only hierarchy.
driver() { if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo v2; else echo v1; fi; }

# With the plugin, and control groups of Slurm's that hold a job's memory.
in_spank_cluster() {
	CLUSTER_SPANK=$SOURCES/${COFFERDAM_BUILD:-build}/cofferdam-spank.so
	[ -e "$CLUSTER_SPANK" ] || fail "make spank has not been"
	export CLUSTER_SPANK
	in_cluster "$@"
	! grep -h 'cofferdam: ' "$CASE"/cluster/*.log || fail "the plugin complains"
	is "$(find /sys/fs/cgroup -path '*/slurm_n*' -o -path '*/n[123]_slurmstepd*')" "" "groups that are left"
}

@test "the plugin: limits of a sandbox hold in a step, and the job's above them" {
	as_user sh -c 'echo none >list'
	cat >hungry <<-'EOF'
		head -c 400M /dev/zero | tail -c 390M | wc -c
		test "$(echo "${PIPESTATUS[*]}")" = "0 0 0"
	EOF
	in_spank_cluster <<-'EOF'
		run="cofferdam run -q --ro-bind $CASE/hungry:/opt/hungry"
		srun --mem=300M $run --memory 100M --pids 50 --report=tight.json none -- bash /opt/hungry || echo "tight $?" >>codes
		srun --mem=300M $run --memory 1G --report=wide.json none -- bash /opt/hungry || echo "wide $?" >>codes
		srun --mem=300M $run --pids 20 --report=pids.json none -- sh -c \
			'i=0; while [ $i -lt 40 ]; do sleep 1 & i=$((i + 1)); done; wait' || echo "pids $?" >>codes
		srun --mem=300M --ntasks=2 sh -c "exec $run --memory 100M --report=two.\$SLURM_PROCID.json none -- true"
	EOF
	python3 - <<-'EOF' >told
		import json
		for name in "tight", "wide", "pids", "two.0", "two.1":
		    r = json.load(open(name + ".json"))
		    print(name, r["walls"]["cgroup"]["state"], r["limits"]["driver"], r["result"]["cause"])
	EOF
	is "$(sed -n 1p told)" "tight enforced $(driver) oom" "100M of the job's 300M: $(cat out)"
	is "$(sed -n 2p told | cut -d' ' -f2,3)" "enforced $(driver)" "1G of the job's 300M: $(cat out)"
	contains "$(cat out)" "out of memory: --memory 100M was met"
	contains "$(cat out)" "out of memory: a limit above the run's was met"
	is "$(sed -n 3p told)" "pids enforced $(driver) exited" "20 processes: $(cat out)"
	is "$(sed -n '4,$p' told)" "two.0 enforced $(driver) exited
two.1 enforced $(driver) exited" "two tasks of a step: $(cat out)"
	is "$(cut -d' ' -f1 codes | xargs)" "tight wide pids" "what has failed: $(cat codes out)"
	contains "$(cat out)" "Cannot fork" # what the shell says of the 21st
}

@test "the plugin: scancel, and SIGKILL to the launcher, end all that is in the groups" {
	as_user sh -c 'echo none >list'
	in_spank_cluster <<-'EOF'
		for way in scancel kill; do
			job=$(sbatch --parsable --no-requeue --array=1 --output="$CASE/log.$way" "$ARRAY" "$CASE/list" "$CASE/reports" -- \
				sh -c 'setsid sleep 300 & echo ready; sleep 300')
			await grep -qs ready "log.$way"
			case $way in
			scancel) scancel "$job" ;;
			kill) pkill -KILL -o -x cofferdam ;;
			esac
			for ((i = 0; i < 300; i++)); do
				[ -n "$(squeue -h -j "$job" 2>/dev/null)" ] || break
				sleep 0.1
			done
			pgrep -f 'sleep 300' >>left || :
			find /sys/fs/cgroup \( -path "*/slurm_n*/cofferdam*" -o -path "*_slurmstepd*/cofferdam*" \
				-o -path "*_slurmstepd*-cofferdam*" \) >>left
		done
	EOF
	is "$(cat left)" "" "what is left: $(cat out log.*)"
	is "$(of_reports cause)" "1-0 interrupted" "report of the one that was not killed"
}

# COFFERDAM_TASKS=1000 is what the goal is about.
@test "throughput: no result is lost and none comes twice" {
	local tasks=${COFFERDAM_TASKS:-100}

	as_user sh -c 'i=0; while [ $i -lt "$1" ]; do echo none; i=$((i + 1)); done >list' - "$tasks"
	in_cluster 3600 <<-EOF
		mkdir logs
		start=\$(date +%s%N)
		sbatch --wait --array=1-$tasks --output=/dev/null --wrap 'exec true' >/dev/null
		middle=\$(date +%s%N)
		# On a busy machine it may give up waiting; what counts are the reports.
		sbatch --wait --array=1-$tasks --output="\$CASE/logs/%a" "\$ARRAY" "\$CASE/list" "\$CASE/reports" -q -- true || echo "sbatch: \$?"
		end=\$(date +%s%N)
		echo "$tasks tasks: bare \$(((middle - start) / 1000000)) ms, in sandboxes \$(((end - middle) / 1000000)) ms" >times
		await reported $tasks
		for ((i = 1; i <= $tasks; i++)); do
			ls reports/*-\$i-0.json >/dev/null 2>&1 || { echo "no report of \$i:"; cat logs/\$i; scontrol show job $((tasks + 1))_\$i; }
		done
	EOF
	echo "# $(cat times)" >&3
	is "$(of_reports exit_code | grep -c ' 0$')" "$tasks" "tasks that ended well ($(head -c 2000 out))"
	is "$(of_reports | sort -u | wc -l)" "$tasks" "tasks"
}
