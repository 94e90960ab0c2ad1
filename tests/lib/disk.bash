# tests/lib/disk.bash: disk and gc --images with a ledger of the test's own, on top of run and docker.
#
#	coff_state ARG…   cofferdam ARG… as the ordinary user, the ledger in $CASE/state
#	disk ARG…         its verb disk, on the engine
#	images ARG…       its verb gc --images, on the engine

setup() {
	case_begin
	need_docker
	mkdir -p "$CASE/state" && chown "$TEST_USER" "$CASE/state"
}

coff_state() { as_user env XDG_STATE_HOME="$CASE/state" "$COFFERDAM" "$@"; }
disk() { coff_state disk --docker-host "unix://$ENGINE" "$@"; }
images() { coff_state gc --images --docker-host "unix://$ENGINE" "$@"; }
