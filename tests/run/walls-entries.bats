#!/usr/bin/env bats
# The wall seccomp at the kernel's other entry for programs of x86: int 0x80, that of i386.
#
# A kernel may be without it (CONFIG_IA32_EMULATION, ia32_emulation=0), and then whoever uses
# it dies by SIGSEGV before any filter is asked. So these tests say on every machine what is
# true there; the guests of tests/vm have the entry, and fail without it.

load ../lib/run

setup() {
	case_begin
	[ "$(uname -m)" = x86_64 ] || cannot "int 0x80"
	find_entry
}

probe_32() { sandbox --allow-32bit --ro-bind "$PROBES:/opt/probe" none -- /opt/probe/probe "$@" 2>&1; }

# Set ENTRY to yes or no. Who dies by a signal is told by the status alone.
find_entry() {
	ENTRY=yes
	run probe_out i386-getpid
	[ "$output" != OK ] || return 0
	[ ! -e /run/cofferdam-vm ] || fail "the guest is without the entry: $status $output"
	is "$status" 139 "without the entry, outside: the status (SIGSEGV)"
	ENTRY=no
}

# dies COMMAND…: so does this, inside
dies() {
	run "$@"
	is "$status" 139 "without the entry: the exit code of $*"
	is "$(report result.cause)" signalled "without the entry: result.cause of $*"
	is "$(report result.signal)" 11 "without the entry: result.signal of $*"
	is "$(report walls.seccomp.state)" enforced "walls.seccomp of $*"
}

@test "the i386 entry: every call is ENOSYS, socketcall and mount among them" {
	if [ $ENTRY = yes ]; then
		refused i386-getpid ENOSYS
		refused i386-mount ENOSYS
		refused i386-socket ENOSYS 1 1
		refused i386-socketcall ENOSYS 1 1
		is "$(probe_in i386-socketcall 38 5)" ENOSYS "AF_ALG through socketcall"
	else
		dies probe_in i386-getpid
		dies probe_in i386-mount
	fi
}

@test "--allow-32bit opens the i386 entry and nothing behind it" {
	if [ $ENTRY = yes ]; then
		is "$(probe_32 i386-getpid)" OK getpid
		is "$(probe_32 i386-socket 1 1)" OK "a socket of AF_UNIX"
		is "$(probe_32 i386-socket 38 5)" EAFNOSUPPORT "a socket of AF_ALG"
		is "$(probe_32 i386-mount)" EPERM mount
		is "$(probe_32 i386-socketcall 1 1)" ENOSYS "socketcall"
	else
		dies probe_32 i386-getpid
		dies probe_32 i386-mount
	fi
	is "$(probe_32 unshare-user)" EPERM "unshare"
	is "$(probe_32 io-uring)" EPERM "io_uring"
	is "$(probe_32 x32-getpid)" ENOSYS "x32"
	contains "$(report walls.seccomp.state)" enforced
}
