# tests/vm/guest/guest.bash: what the guests' own tests need, on top of tests/lib/run.bash and
# life.bash; each test has a $MARK.
# A file that loads it changes its machine, and refuses to where tests/vm/guest/start was not.
#
#	session CMD…        as $TEST_USER, logged in over ssh; `session_one` is cofferdam-one
#	delegated CMD…      there, in a scope of the user's manager with Delegate=yes
#	user_run ARG…       cofferdam run -q with a report in $CASE, in a session
#	limited_run ARG…    the same, delegated
#	setting NAME VALUE  sysctl, until the end of this test
#	found WALL KEY      what `cofferdam doctor` says of a wall: state, detail, cause, remedy
#	                    (from $CASE/doctor.json; examine fills it: examine CMD…)
#	remedied WALL       carry out the remedy that doctor names, as root, word for word
#	groups              cofferdam's directories in the cgroup file system
#	package_install     the package of `make deb`, into this machine; package_purge takes it out
#	launcher            the pid of the one run's launcher

load ../../lib/run
load ../../lib/life

ssh_as() {
	local user=$1

	shift
	ssh -q -F none -S "/run/cofferdam-vm/$user" "$user@localhost" "$(printf '%q ' "$@")" 9>&-
}

session() { ssh_as "$TEST_USER" "$@"; }
session_one() { ssh_as cofferdam-one "$@"; }
delegated() { session systemd-run --user --scope --quiet --collect -p Delegate=yes "$@"; }
user_run() { session "$COFFERDAM" run -q --report "$CASE/report.json" "$@"; }
limited_run() { delegated "$COFFERDAM" run -q --report "$CASE/report.json" "$@"; }

guest_begin() {
	[ -e /run/cofferdam-vm ] || skip "not in a guest of tests/vm"
	case_begin
	mark
	SETTINGS=()
}

guest_end() {
	local old

	life_end
	for old in "${SETTINGS[@]}"; do
		sysctl -q -w "$old"
	done
	case_end
}

setup() { guest_begin; }
teardown() { guest_end; }

setting() {
	SETTINGS+=("$1=$(sysctl -n "$1")")
	sysctl -q -w "$1=$2"
	is "$(sysctl -n "$1")" "$2" "$1"
}

# doctor says no with 1 where run would not work, which is not a failure of the test.
examine() {
	"$@" "$COFFERDAM" doctor --json >"$CASE/doctor.json" || [ $? = 1 ]
	"$SOURCES/tests/lib/validate-report" --is doctor "$CASE/doctor.json"
}

found() {
	python3 -c '
import json, sys
doctor = json.load(open(sys.argv[1]))
wall = [row for row in doctor["walls"] if row["name"] == sys.argv[2]][0]
print(wall[sys.argv[3]])' "$CASE/doctor.json" "$1" "$2"
}

# "COMMAND (and what else one may do)": the command is what is carried out.
remedied() {
	local remedy

	remedy=$(found "$1" remedy)
	echo "# the remedy: $remedy"
	sh -c "${remedy%% (*}"
}

groups() {
	find /sys/fs/cgroup -type d -name 'cofferdam-*' ! -name '*.service'
}

no_groups() { [ -z "$(groups)" ]; }

# Not by its arguments: ssh, systemd-run and the keeper have the same.
launcher() { pgrep -o -x cofferdam; }

package_install() {
	local package=("$SOURCES/${COFFERDAM_BUILD:-build}"/package/cofferdam_*.deb)

	DEBIAN_FRONTEND=noninteractive dpkg --install "${package[@]}" >"$SUITE/dpkg.log" 2>&1 ||
		{ cat "$SUITE/dpkg.log"; return 1; }
}

package_purge() {
	dpkg --purge cofferdam >/dev/null 2>&1 || true
}
