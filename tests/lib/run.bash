# tests/lib/run.bash: what every end-to-end test needs. A bats file starts with
#
#	load ../lib/run
#
# and has from then on (override a hook only by a function that calls what it replaces):
#
#	setup_file -> suite_join   teardown_file -> suite_leave   setup -> case_begin   teardown -> case_end
#
#	$SUITE        the one directory beneath which everything of the suite lies
#	$COFFERDAM    the program under test, installed there, so that any user can execute it
#	$PROBE        cofferdam-probe, by a shorter name; $PROBES its directory, for --ro-bind "$PROBES:/opt/probe"
#	$CASE         an empty directory of this test, writable by every test user
#	$TEST_USER    who as_user is; $TEST_HOME its home directory, $TEST_UID its number
#
#	as_user CMD…      run as the ordinary user with a range in /etc/subuid, in a clean environment
#	as_one CMD…       the same as the user without a range   } call need_root first
#	as_root CMD…      a clean environment, still root        }
#	as_stranger CMD…  a user without name, home, range or delegated cgroup, if root started the suite
#	coff ARG…         cofferdam as the ordinary user
#	coff_one ARG…     cofferdam as the user without a range
#	coff_root ARG…    cofferdam started by root
#	sandbox ARG…      coff run -q --report "$CASE/report.json" ARG…
#	probe_in NAME ARG…    the probe NAME inside a sandbox; prints OK or an errno name
#	probe_out NAME ARG…   the same as the ordinary user, outside
#	probe_bare NAME ARG…  the same in a bare user namespace with all capabilities
#	refused NAME ERRNO ARG…  it works bare (or outside), and inside it says exactly ERRNO
#	report KEY        a value of $CASE/report.json, by path: result.exit_code, walls.pid.state
#	is GOT WANT WHAT  equal, or fail with both
#	contains TEXT PART, lacks TEXT PART
#	fail MESSAGE      end this test
#	wait_for SECONDS CMD…  until CMD succeeds, at most so long
#	background PIDVAR CMD… start CMD; case_end ends it and its children if they still run
#	set_id_place      set SET_ID: a directory of this test where set-id bits count
#	need_root         skip unless root started the suite
#	need_no_runtime   skip where the host gives $TEST_USER a runtime directory, so that nothing is in TMPDIR
#	cannot REASON     skip because this kernel cannot do it
#
# case_end validates every *report*.json and *events*.jsonl in $CASE against the schemas.
# Nothing of the caller's environment matters but COFFERDAM_BUILD (default: build).

SOURCES=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
USERS_NOTE="cofferdam test suite"
LOCK=/run/lock/cofferdam-tests

# ---- the suite: once per tests/run-all, or once per file when bats runs it alone ----

# Debian grants every new ordinary user a range; 0 ids are none (login.defs(5)).
suite_user_add() {
	local name=$1

	shift
	id -u "$name" >/dev/null 2>&1 ||
		useradd --create-home --shell /bin/bash --comment "$USERS_NOTE" "$@" "$name" || return
	[ -d "/home/$name" ] || install -d -m 0755 -o "$name" -g "$(id -g "$name")" "/home/$name"
}

# All suites that run hold the lock shared; who makes or removes users, exclusively. The
# file may have been removed by the last one while we waited for it.
suite_lock() { # -s or -x
	exec 9>"$LOCK" && flock "$1" 9 || return
	until [ "$LOCK" -ef /proc/self/fd/9 ]; do
		exec 9>"$LOCK" && flock "$1" 9 || return
	done
}

suite_users_there() {
	id -u cofferdam-test >/dev/null 2>&1 && id -u cofferdam-one >/dev/null 2>&1 &&
		! grep -qs '^cofferdam-one:' /etc/subuid /etc/subgid
}

# Where other suites run their users are there already: who asks for the lock exclusively
# waits until there is a moment without any.
suite_users() {
	[ "$(id -u)" = 0 ] || return 0
	suite_lock -s || return
	! suite_users_there || return 0
	suite_lock -x || return
	suite_user_add cofferdam-test
	suite_user_add cofferdam-one -K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0
	sed -i '/^cofferdam-one:/d' /etc/subuid /etc/subgid
	flock -s 9
}

# The last suite to leave removes the users that a suite has made; who holds no lock made none.
suite_users_remove() {
	local name

	[ "$(id -u)" = 0 ] || return 0
	if flock -n -x 9 2>/dev/null; then
		for name in cofferdam-test cofferdam-one; do
			[ "$(getent passwd "$name" | cut -d: -f5)" = "$USERS_NOTE" ] || continue
			# What a failed test left there would be found by the gc of the next suite.
			rm -rf "/tmp/cofferdam-$(id -u "$name")"
			userdel --remove "$name" 2>/dev/null
			! id -u "$name" >/dev/null 2>&1 || echo "left behind: the user $name" >&2
		done
		rm -f "$LOCK"
	fi
	exec 9>&-
}

suite_place() {
	umask 022
	SUITE=$(mktemp -d /tmp/cofferdam-tests.XXXXXX) || return
	export SUITE
	chmod 0755 "$SUITE"
}

suite_begin() {
	suite_place && suite_users || return
	make -s -C "$SOURCES" BUILD="${COFFERDAM_BUILD:-build}" DESTDIR="$SUITE" PREFIX=/usr install \
		>"$SUITE/install.log" 2>&1 || { cat "$SUITE/install.log" >&2; return 1; }
	install -D -m 0755 "$SUITE/usr/libexec/cofferdam/cofferdam-probe" "$SUITE/probes/probe" || return
	chmod 0755 "$SUITE/probes" "$SUITE/probes/probe"
}

suite_end() {
	# The cgroup directories that runs of root have delegated to the test users.
	[ "$(id -u)" != 0 ] || "$SUITE/usr/bin/cofferdam" gc >/dev/null 2>&1
	# Files of a range of ids.
	[ "$(id -u)" = 0 ] || as_user "$SUITE/usr/bin/cofferdam" gc --store-size 0 >/dev/null 2>&1
	suite_users_remove
	chmod -R u+rwx "$SUITE" 2>/dev/null
	rm -rf "$SUITE"
}

suite_join() {
	[ -n "${SUITE:-}" ] || { export SUITE_OWN=1 && suite_begin; }
}

suite_leave() {
	[ -z "${SUITE_OWN:-}" ] || suite_end
}

# ---- one test ----

# By its schema; see tests/lib/validate-report.
validate() { "$SOURCES/tests/lib/validate-report" "$@"; }

suite_names() {
	export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 LC_ALL=C.UTF-8
	unset TMPDIR XDG_RUNTIME_DIR XDG_CONFIG_HOME NO_COLOR SUDO_UID SUDO_GID DOCKER_HOST SSH_AUTH_SOCK
	COFFERDAM=$SUITE/usr/bin/cofferdam
	PROBES=$SUITE/probes
	PROBE=$PROBES/probe
	TEST_USER=cofferdam-test
	[ "$(id -u)" = 0 ] || TEST_USER=$(id -un)
	TEST_UID=$(id -u "$TEST_USER")
	TEST_HOME=$(getent passwd "$TEST_USER" | cut -d: -f6)
}

case_begin() {
	umask 022
	suite_names
	CASE=$(mktemp -d "$SUITE/case.XXXXXX")
	chmod 0777 "$CASE"
	BACKGROUND=()
}

case_end() {
	local pid file bad=0
	local -a written=()

	for pid in "${BACKGROUND[@]}"; do
		end_tree "$pid"
	done
	[ -z "${SET_ID:-}" ] || rm -rf "$SET_ID"
	for file in "$CASE"/*report*.json "$CASE"/*events*.jsonl; do
		[ ! -s "$file" ] || written+=("$file")
	done
	[ ${#written[@]} = 0 ] || "$SOURCES/tests/lib/validate-report" "${written[@]}" || bad=1
	chmod -R u+rwx "$CASE" 2>/dev/null
	rm -rf "$CASE"
	return $bad
}

# /tmp may be mounted nosuid.
set_id_place() {
	SET_ID=$(mktemp -d /var/tmp/cofferdam-tests.XXXXXX)
	chmod 0755 "$SET_ID"
}

# What background started is a shell of ours with the program beneath it. A sandbox that
# is asked ends in order; what does not within three seconds is killed.
end_tree() {
	local pids=("$1") i

	for ((i = 0; i < ${#pids[@]}; i++)); do
		pids+=($(pgrep -P "${pids[i]}"))
	done
	kill -TERM "${pids[@]}" 2>/dev/null
	wait_for 3 ended_all "${pids[@]}" || kill -KILL "${pids[@]}" 2>/dev/null
	wait "$1" 2>/dev/null
	return 0
}

# Gone, or a zombie that is ours to wait for.
ended_all() {
	local pid

	for pid in "$@"; do
		[[ $(ps -o stat= -p "$pid") != [^Z]* ]] || return 1
	done
}

setup_file() { suite_join; }
teardown_file() { suite_leave; }
setup() { case_begin; }
teardown() { case_end; }

# ---- who runs what ----

# A clean environment with a private runtime directory, so that state lies in $SUITE too, and so do
# images that were unpacked.
as_named() {
	local name=$1 home runtime

	shift
	home=$(getent passwd "$name" | cut -d: -f6)
	runtime=$SUITE/runtime-$name
	if [ "$(id -u)" = 0 ] && [ "$name" != root ]; then
		[ -d "$runtime" ] || install -d -m 0700 -o "$name" -g "$(id -gn "$name")" "$runtime"
		setpriv --reuid="$name" --regid="$(id -g "$name")" --init-groups --inh-caps=-all \
			env -i HOME="$home" USER="$name" LOGNAME="$name" PATH="$PATH" LANG=C.UTF-8 \
			XDG_RUNTIME_DIR="$runtime" XDG_CACHE_HOME="$runtime/cache" "$@" 9>&-
	else
		[ -d "$runtime" ] || install -d -m 0700 "$runtime"
		env -i HOME="$home" USER="$name" LOGNAME="$name" PATH="$PATH" LANG=C.UTF-8 \
			XDG_RUNTIME_DIR="$runtime" XDG_CACHE_HOME="$runtime/cache" "$@" 9>&-
	fi
}

# Somebody with no name, no home, no range in /etc/subuid and nothing delegated to him.
as_stranger() {
	if [ "$(id -u)" = 0 ]; then
		install -d -m 0700 -o 61234 -g 61234 "$SUITE/runtime-stranger"
		setpriv --reuid=61234 --regid=61234 --clear-groups --inh-caps=-all \
			env -i PATH="$PATH" LANG=C.UTF-8 XDG_RUNTIME_DIR="$SUITE/runtime-stranger" "$@" 9>&-
	else
		as_user "$@"
	fi
}

need_root() {
	[ "$(id -u)" = 0 ] || skip "${1:-needs a suite that root has started}"
}

as_user() { as_named "$TEST_USER" "$@"; }
as_one() { as_named cofferdam-one "$@"; }
as_root() { as_named root "$@"; }
coff() { as_user "$COFFERDAM" "$@"; }
coff_one() { as_one "$COFFERDAM" "$@"; }
coff_root() { as_root "$COFFERDAM" "$@"; }
sandbox() { coff run -q --report "$CASE/report.json" "$@"; }

background() {
	local -n ret_pid=$1

	shift
	"$@" 3>&- 4>&- 9>&- &
	ret_pid=$!
	BACKGROUND+=("$ret_pid")
}

# A program for the inside: the paths of its own groups, then whatever shows a group besides those.
# A run that has a group sees it at /sys/fs/cgroup, read-only, and none above or below it.
group_program() {
	cat <<-'EOF'
		cut -d: -f3 /proc/self/cgroup | sort -u
		awk '/ - cgroup2? / && !($4 == "/" && $5 ~ "^/sys/fs/cgroup(/[a-z]+)?$" && $6 ~ "^ro(,|$)") {
			print "mount", $4, $5, $6 }' /proc/self/mountinfo
		awk '/ - cgroup2? / { print $5 "/cgroup.procs" }' /proc/self/mountinfo >/tmp/own-groups
		find / -path '/proc/[0-9]*' -prune -o -name cgroup.procs -print -o -name release_agent -print 2>/dev/null |
			grep -vxF -f /tmp/own-groups
	EOF
}

# Run a command whose standard input is what descriptor 8 gives. Said here and not behind the
# call of background(): what bash starts with & reads /dev/null unless it is itself redirected.
from_orders() { "$@" <&8; }

# ---- probes ----

probe_in() { sandbox --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe "$@" 2>&1; }
probe_out() { as_user "$PROBE" "$@" 2>&1; }
probe_bare() { as_user unshare --user --map-root-user --mount --pid --ipc --uts --net --fork --mount-proc "$PROBE" "$@" 2>&1; }

# A refusal proves something only if the same attempt works without the wall.
refused() {
	local name=$1 want=$2 got

	shift 2
	got=$(probe_bare "$name" "$@")
	[ "$got" = OK ] || got=$(probe_out "$name" "$@")
	[ "$got" = OK ] || { echo "$name $*: without the wall: $got"; return 2; }
	is "$(probe_in "$name" "$@")" "$want" "$name $* inside"
}

# ---- assertions ----

fail() {
	printf '%s\n' "$@"
	return 1
}

is() {
	[ "$1" = "$2" ] || fail "${3:-value}: expected <$2>, got <$1>"
}

contains() {
	[[ "$1" == *"$2"* ]] || fail "expected <$2> in <$1>"
}

lacks() {
	[[ "$1" != *"$2"* ]] || fail "did not expect <$2> in <$1>"
}

report() {
	python3 -c '
import json, sys
value = json.load(open(sys.argv[1]))
for key in sys.argv[2].split("."):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value if isinstance(value, str) else json.dumps(value))' "$CASE/report.json" "$1"
}

wait_for() {
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.05
	done
}

need_no_runtime() {
	[ ! -d "/run/user/$TEST_UID" ] || skip "the host gives this user a runtime directory"
}

cannot() {
	skip "this kernel cannot: $1"
}
