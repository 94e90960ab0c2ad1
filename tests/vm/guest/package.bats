#!/usr/bin/env bats
# The Debian package of `make deb`, in a guest of the release that it was built for: installed,
# used by an ordinary user, and gone without a trace. Changes the system that it runs on, so
# it only does where tests/vm/guest/start has been.

load guest

# The guest itself has files of that name.
traces() {
	find /etc /usr /var -xdev -name '*cofferdam*' | sort
}

setup_file() {
	suite_join
	[ -e /run/cofferdam-vm ] || return 0
	traces >"$SUITE/traces"
	package_install
}

teardown_file() {
	package_purge
	suite_leave
}

@test "package: an ordinary user runs a sandbox, with the helpers that the package brings" {
	local repository=$TEST_HOME/repository

	is "$(as_user /usr/bin/cofferdam version)" "cofferdam $(dpkg-query -W -f '${Version}' cofferdam)" version
	as_user /usr/bin/cofferdam run -q none -- true
	as_user sh -c "rm -rf '$repository' && git init -q '$repository' && cd '$repository' && echo hello >file &&
		git add file && git -c user.name=a -c user.email=a@b commit -qm a"
	is "$(as_user /usr/bin/cofferdam run -q "$repository" -- cat file)" hello "a file of a clone"
	as_user rm -rf "$repository"
}

@test "package: manual pages, and completion where shells look for it" {
	local page

	for page in man1/cofferdam.1 man1/cofferdam-run.1 man5/cofferdam.json.5; do
		gzip -t "/usr/share/man/$page.gz"
	done
	if command -v man >/dev/null; then
		is "$(man -w 5 cofferdam.json)" /usr/share/man/man5/cofferdam.json.5.gz "man -w"
		is "$(man -w cofferdam-run)" /usr/share/man/man1/cofferdam-run.1.gz "man -w"
	fi
	is "$(bash --norc -ic '. /usr/share/bash-completion/completions/cofferdam
		COMP_WORDS=(cofferdam run --docker = b) COMP_CWORD=4; _cofferdam; echo "${COMPREPLY[*]}"' 2>/dev/null)" \
		build "bash"
	if command -v zsh >/dev/null; then
		is "$(zsh -ic 'autoload -U compinit; compinit -u -D; echo ${_comps[cofferdam]}' 2>/dev/null)" _cofferdam "zsh"
	fi
}

# AppArmor has words for user namespaces from 4.0 on. An older one would complain about the
# profile at each start of the machine.
@test "package: the AppArmor profile is where it can be loaded, and loaded" {
	if dpkg --compare-versions "$(dpkg-query -W -f '${Version}' apparmor)" ge 4.0~; then
		apparmor_parser --skip-kernel-load --skip-cache /etc/apparmor.d/cofferdam
		[ ! -e /sys/kernel/security/apparmor/profiles ] ||
			grep -qx 'cofferdam (unconfined)' /sys/kernel/security/apparmor/profiles
	else
		[ ! -e /etc/apparmor.d/cofferdam ] || fail "a profile that the parser refuses is installed"
		[ -e /usr/share/cofferdam/cofferdam.apparmor ]
	fi
}

@test "package: it asks for nothing that the release does not have, and verifies" {
	is "$(dpkg --audit)" "" "dpkg --audit"
	is "$(dpkg --verify cofferdam)" "" "dpkg --verify"
}

@test "package: purging it leaves nothing" {
	[ "$(traces | wc -l)" -gt "$(wc -l <"$SUITE/traces")" ]
	dpkg --purge cofferdam
	is "$(traces)" "$(cat "$SUITE/traces")" "what is left"
}
