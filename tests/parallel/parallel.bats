#!/usr/bin/env bats
# A list of repositories over three hosts by GNU parallel and ssh, with the command of cofferdam(7).

load ../lib/run

HOSTS=${BATS_TEST_DIRNAME:-tests/parallel}/hosts

setup() {
	case_begin
	need_root
	cd "$CASE"
	as_user mkdir reports repo .parallel
	as_user sh -c 'cd repo && git init -q && echo hello >file && git add . &&
		git -c user.name=t -c user.email=t@t commit -qm one && ssh-keygen -q -t ed25519 -N "" -f ../key'
	cp key.pub authorized_keys
	printf 'ssh -i %s/key -p 2222 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR %s@192.0.2.%s\n' \
		"$CASE" "$TEST_USER" 11 "$CASE" "$TEST_USER" 12 "$CASE" "$TEST_USER" 13 | as_user tee hosts >/dev/null
}

# The command of the manual, with LIST and REPORTS; more of it is on stdin, run before by root.
over_hosts() { # COMMAND-FOR-PARALLEL
	cat >before
	cat >enter <<-EOF
		cd $CASE
		. $CASE/before
		exec setpriv --reuid=$TEST_USER --regid=$(id -g "$TEST_USER") --init-groups --inh-caps=-all \
			env -i HOME=$CASE PARALLEL_HOME=$CASE/.parallel PATH=/usr/bin:/bin LC_ALL=C.UTF-8 \
			parallel --will-cite --sshloginfile hosts --jobs 2 --retries 3 --joblog joblog \
			'$COFFERDAM run -q --report $CASE/reports/{#}-\$\$.json {} -- $1; test \$? -ne 125' :::: list
	EOF
	timeout -k 5 120 "$HOSTS" "$CASE" bash enter >out 2>err || code=$?
}

causes() {
	python3 -c '
import glob, json, os
for name in sorted(glob.glob("reports/*.json")):
    r = json.load(open(name))["result"]
    print(os.path.basename(name).split("-")[0], r["cause"], r["exit_code"])'
}

@test "each line once, on all three hosts, also one that stands there twice" {
	local code=0

	as_user sh -c 'for i in 1 2 3; do echo "$1/repo"; echo none; done >list' - "$CASE"
	over_hosts 'sh -c "test ! -e file || cat file"' </dev/null
	is "$code" 0 "exit code: $(cat err)"
	is "$(causes)" "$(printf '%s exited 0\n' 1 2 3 4 5 6)" "reports: $(cat err)"
	is "$(grep -c hello out)" 3 "what they have printed"
	is "$(cut -f2 joblog | grep -o '192.0.2.1.' | sort -u | wc -l)" 3 "hosts: $(cat joblog)"
	contains "$(coff report merge reports)" "6 passed"
}

@test "a host that is not there is another's work; a build that fails is done once" {
	local code=0

	as_user sh -c 'for i in 1 2 3 4 5 6; do echo none; done >list'
	over_hosts 'sh -c "exit 3"' <<-'EOF'
		kill "$(cat sshd.12)"
		while kill -0 "$(cat sshd.12)" 2>/dev/null; do sleep 0.05; done
	EOF
	is "$code" 0 "exit code: $(cat err)"
	is "$(causes)" "$(printf '%s exited 3\n' 1 2 3 4 5 6)" "reports: $(cat err)"
}

@test "125 is tried again, elsewhere or later, and each attempt has its report" {
	local code=0

	as_user sh -c 'echo "$1/missing" >list' - "$CASE"
	over_hosts true </dev/null
	is "$code" 1 "parallel counts what has failed: $(cat err)"
	is "$(causes | sort | uniq -c | tr -s ' ')" " 3 1 fetch_failed 125" "reports: $(cat err)"
}
