#!/usr/bin/env bats
# Where AppArmor keeps programs from making user namespaces, the profile of the package lets
# cofferdam, and nothing else. Debian restricts nobody by itself (the setting of Ubuntu's
# kernels, kernel.apparmor_restrict_unprivileged_userns, is not in its own), so a profile
# around the user's session does, as one of an administrator would.
#
# Installs the package and changes what is loaded into the kernel:
# run-all: alone

load guest

setup_file() {
	suite_join
	[ ! -e /run/cofferdam-vm ] || package_install
}

teardown_file() {
	package_purge
	suite_leave
}

setup() {
	guest_begin
	COFFERDAM=/usr/bin/cofferdam # a profile is for a path
	shell_profile ""
}

teardown() {
	apparmor_parser --remove "$CASE/profile"
	guest_end
}

# shell_profile RULE: whoever is in cofferdam-shell may do everything, but for user namespaces
shell_profile() {
	cat >"$CASE/profile" <<-PROFILE
		abi <abi/4.0>,
		profile cofferdam-shell flags=(attach_disconnected) {
		  file, /** ix, capability, network, unix, signal, ptrace, mount, remount, umount, pivot_root,
		  dbus, mqueue, change_profile,
		  $1
		}
	PROFILE
	apparmor_parser --replace --skip-cache "$CASE/profile"
}

# aa-exec's own exec leads into the profile; only the next one is judged by its rules.
confined() { session aa-exec -p cofferdam-shell -- sh -c '"$@"; exit $?' sh "$@"; }
loaded() { grep -q "^$1 " /sys/kernel/security/apparmor/profiles; }

@test "confined without userns: doctor and run name the profile, and what it lacks" {
	local status=0

	run confined unshare --user true
	[ "$status" != 0 ] || fail "the profile permits user namespaces, so this would show nothing"
	examine confined
	lacks "$(found user state)" enforced
	contains "$(found user cause)" cofferdam-shell
	contains "$(found user remedy)" "let that profile permit userns"
	status=0
	confined "$COFFERDAM" run -q --report "$CASE/report.json" none -- echo ran >"$CASE/out" 2>"$CASE/err" || status=$?
	is "$status $(cat "$CASE/out")" "125 " "exit code and output"
	contains "$(cat "$CASE/err")" cofferdam-shell
}

@test "the remedy: with userns in that profile it works" {
	shell_profile userns,
	is "$(confined "$COFFERDAM" run -q none -- echo ran 2>&1)" ran "the run"
	examine confined
	is "$(found user state)" enforced doctor
}

@test "the package's profile has the permission, for cofferdam alone" {
	loaded cofferdam || fail "the package has loaded no profile"
	shell_profile "/usr/bin/cofferdam px,"
	is "$(confined "$COFFERDAM" run -q none -- echo ran 2>&1)" ran "cofferdam itself"
	run confined unshare --user true
	[ "$status" != 0 ] || fail "unshare has made one"
	cp /usr/bin/cofferdam "$CASE/copy"
	run confined "$CASE/copy" run -q none -- echo MARKER
	is "$status" 125 "exit code of a copy elsewhere"
	lacks "$output" MARKER
	run confined "$COFFERDAM" run -q none -- unshare --user true
	[ "$status" != 0 ] || fail "the builder has made one"
}
