#!/usr/bin/env bats
# --rootfs with an archive: what is unpacked, and what no archive can do.

load ../lib/run

setup_file() {
	suite_join
	export ARCHIVES=$SUITE/archives
	mkdir -p "$ARCHIVES" "$SUITE/outside"
	echo untouched >"$SUITE/outside/canary"
	chmod -R a+rwX "$SUITE/outside"
	"$SOURCES/tests/lib/make-archives" "$ARCHIVES" "$SUITE/outside"
}

teardown() {
	[ "$(cd "$SUITE/outside" && find . -type f -exec cat {} + && ls -A)" = "$(printf 'untouched\ncanary')" ] ||
		fail "something outside was changed" || return
	case_end
}

# What a shell in the root of the archive says.
root_of() {
	local archive=$1

	shift
	sandbox --rootfs "$ARCHIVES/$archive" none -- sh -c "$@" 2>&1
}

# An archive that makes no root: cofferdam says WORD, and runs nothing.
no_root() {
	local archive=$1 word=$2

	shift 2
	run sandbox --rootfs "$ARCHIVES/$archive" "$@" none -- sh -c 'echo ran'
	is "$status" 125 "exit code of $archive ($output)"
	lacks "$output" $'\nran'
	contains "$output" "$word"
	contains "$(report error.step)" "unpack"
}

@test "a tar is the root, plain and packed, with its files' times and links" {
	local archive

	for archive in plain.tar gzip.tar.gz xz.tar.xz zstd.tar.zst; do
		is "$(root_of "$archive" 'cat /opt/file && stat -c "%h %Y" /opt/again && ls /opt | wc -l')" \
			"$(printf 'written\n2 86400\n3')" "$archive"
	done
	is "$(root_of plain.tar 'cat /opt/n*me')" written "a name that is not ASCII"
	is "$(report walls.mount.state)" enforced "walls.mount"
}

@test "with a range of ids files have the archive's, without one all are the one" {
	need_root
	is "$(root_of plain.tar 'stat -c "%u %g" /opt/file /bin/busybox')" "$(printf '7 8\n0 0')" "with a range"
	is "$(sandbox --root-inside --rootfs "$ARCHIVES/plain.tar" none -- stat -c '%u %g' /opt/file)" "7 8" "--root-inside"
	is "$(root_of ids.tar 'stat -c "%u %g" /opt/file /opt/nobody')" "$(printf '65534 65534\n65534 65534')" "ids that nobody has"
	is "$(coff_one run -q --report "$CASE/report.json" --rootfs "$ARCHIVES/plain.tar" none -- stat -c '%u %g' /opt/file)" "1000 1000" "one id"
	contains "$(report walls.ids.detail)" "one id inside"
}

@test "root in an image with --allow-chown has root's rights over files of the ids inside, and no other" {
	local root="--root-inside --allow-chown --rootfs $ARCHIVES/owned.tar" look='cat /opt/private/file 2>&1'

	need_root
	# shellcheck disable=SC2086 # words
	is "$(sandbox $root none -- sh -c "$look && echo new >/opt/private/new && ls /opt/private
		grep CapEff /proc/self/status && cat /etc/apt/apt.conf.d/zz-cofferdam")" \
		"$(printf 'written\nfile\nnew\nCapEff:\t000000000000001b\nAPT::Sandbox::User "root";')" "root"
	contains "$(report walls.capabilities.detail)" CAP_DAC_OVERRIDE
	contains "$(sandbox --root-inside --rootfs "$ARCHIVES/owned.tar" none -- sh -c "$look; ls /etc/apt/apt.conf.d" || :)" "Permission denied"
	lacks "$(sandbox --allow-chown --rootfs "$ARCHIVES/owned.tar" none -- grep CapEff /proc/self/status)" 1b
	mkdir "$CASE/bound"
	echo secret >"$CASE/bound/file"
	chown -R "$TEST_UID" "$CASE/bound"
	chmod 600 "$CASE/bound/file"
	# shellcheck disable=SC2086 # words
	run sandbox $root --ro-bind "$CASE/bound:/opt/bound" none -- sh -c 'grep CapEff /proc/self/status; cat /opt/bound/file'
	contains "$output" "0000000000000019"
	lacks "$output" secret
}

@test "paths that begin with / lie in the root, and those with .. end it" {
	is "$(root_of absolute.tar 'cat /opt/link')" written "an absolute path"
	no_root dotdot.tar '".."'
	no_root dotdot_hard.tar '".."'
}

@test "links lead nowhere outside, in any order" {
	no_root link_out.tar "opt/file"
	is "$(root_of link_up.tar 'cat /srv/file && readlink /opt')" "$(printf 'written\n../../../../../../../../srv')" "a link above the root"
	is "$(root_of link_last.tar 'cat /opt/file')" new "a file in a link's place"
	is "$(root_of hard_of_link.tar 'cat /opt/file && readlink /opt/link')" "$(printf 'new\n%s' "$SUITE/outside/canary")" "a hard link to a link"
	no_root hard_through_link.tar "canary"
	no_root replaced.tar "opt/sub/file"
	is "$(root_of replaced_back.tar 'cat /opt/canary')" "of the archive" "a directory in a link's place"
	no_root circle.tar "Too many levels"
	no_root magic.tar "opt/file"
}

@test "names that cannot be, twice, or only by their case" {
	no_root below_file.tar "Not a directory"
	no_root hard_to_nothing.tar "opt/none"
	is "$(root_of hard_to_itself.tar 'cat /opt/file')" written "a hard link to itself"
	is "$(root_of twice.tar 'cat /opt/file /opt/FILE')" "$(printf 'second\nother')" "a name twice"
	no_root deep.tar "make room for d"
}

@test "devices, FIFOs, set-id bits, attributes and capabilities are left out" {
	is "$(root_of nodes.tar 'ls -d /opt 2>/dev/null; :')" "" "a directory of nothing but them"
	contains "$(report walls.mount.detail)" "3 devices and the like left out"
	is "$(root_of bits.tar 'stat -c %a /opt/file /opt/dir')" "$(printf '755\n1777')" "modes"
	is "$(root_of attributes.tar 'cat /opt/file')" written "a file with attributes"
}

@test "what is too much is refused, and soon" {
	local began=$SECONDS

	no_root giant.tar "opt/file"
	no_root wrong_size.tar ""
	no_root many.tar "No space" --app-inodes 1000
	no_root bomb.tar "opt/file" --app-size 16M
	[ $((SECONDS - began)) -lt 60 ] || fail "it took $((SECONDS - began)) s"
}

@test "what is no archive, or ends early, is said to be that" {
	no_root early.tar.gz "truncated"
	no_root early.tar "runcated"
	no_root empty.tar "archive"
	no_root zeros.tar "no file"
	no_root words.tar "format"
	is "$(root_of trailing.tar.gz 'cat /opt/file')" written "bytes behind the end"
}
