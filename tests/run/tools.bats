#!/usr/bin/env bats
# What tools of /usr expect of /etc, /sys and /var, and what of the host that does not show.

load ../lib/run

# Made and removed again: a public directory of settings, of a tool that is in /usr.
tool_make() {
	TOOL=cofferdam-tool-$$
	mkdir "/etc/$TOOL" "/usr/share/$TOOL"
	echo "settings of $TOOL" >"/etc/$TOOL/settings"
	chmod 0755 "/etc/$TOOL" "/usr/share/$TOOL"
	chmod 0644 "/etc/$TOOL/settings"
}

tool_remove() { rm -rf "/etc/$TOOL" "/usr/share/$TOOL" "/etc/default/$TOOL" "/etc/$TOOL.conf"; }

teardown() {
	[ -z "${TOOL:-}" ] || tool_remove
	case_end
}

tool_shown() { sandbox none -- cat "/etc/$TOOL/settings" 2>/dev/null || echo absent; }

@test "a directory of settings is shown while all of it is public and a tool's, and no longer" {
	need_root
	tool_make
	is "$(tool_shown)" "settings of $TOOL" "public, and in /usr"
	is "$(sandbox none -- sh -c "echo x >>/etc/$TOOL/settings || touch /etc/$TOOL/y || echo refused" 2>/dev/null)" refused "written"
	echo key >"/etc/$TOOL/key" && chmod 0600 "/etc/$TOOL/key"
	is "$(tool_shown)" absent "with a file that is withheld from others"
	rm "/etc/$TOOL/key"
	: >"/etc/default/$TOOL"
	is "$(tool_shown)" absent "with the name of a service"
	rm "/etc/default/$TOOL"
	chown "$TEST_UID" "/etc/$TOOL/settings"
	is "$(tool_shown)" absent "somebody else's"
	chown 0 "/etc/$TOOL/settings"
	rmdir "/usr/share/$TOOL"
	is "$(tool_shown)" absent "of nothing in /usr"
	mkdir -m 0755 "/usr/share/$TOOL"
	echo token >"/etc/$TOOL.conf" && chmod 0644 "/etc/$TOOL.conf"
	is "$(tool_shown; sandbox none -- ls "/etc/$TOOL.conf" 2>/dev/null || :)" "settings of $TOOL" "and never a file that no row names"
}

@test "what appears in /etc while a build runs is not there, by no way" {
	need_root
	tool_make
	appear() {
		wait_for 20 grep -q ready "$CASE/out" || return
		echo secret >"/etc/$TOOL.conf" && chmod 0644 "/etc/$TOOL.conf" && echo "$TOOL.conf"
	}
	for how in --quiet --allow-userns; do
		rm -f "$CASE/out" "/etc/$TOOL.conf"
		: >"$CASE/out"
		appear | sandbox "$how" none -- sh -c 'echo ready; read -r name
			cat /etc/$name /run/etc/$name 2>/dev/null; ls -A /run
			unshare -Urm sh -c "umount -l /run; umount -l /run; ls -A /run; mkdir /tmp/x; mount --bind / /tmp/x; ls -A /tmp/x/run; cat /tmp/x/run/etc/$name
				mount --rbind / /tmp/x; umount -l /tmp/x/run; umount -l /tmp/x/run; ls -A /tmp/x/run; cat /tmp/x/run/etc/$name" 2>/dev/null
			echo "end of $name"' >"$CASE/out"
		is "$(xargs <"$CASE/out")" "ready end of $TOOL.conf" "$how: what was found"
	done
}

@test "--ro-bind of /etc: what everybody may read, to where cofferdam writes nothing" {
	need_root
	tool_make
	rm -r "/usr/share/$TOOL" # not shown by rule
	is "$(sandbox --ro-bind "/etc/$TOOL:/etc/$TOOL" none -- cat "/etc/$TOOL/settings")" "settings of $TOOL" "a directory"
	is "$(sandbox --ro-bind "/etc/$TOOL/settings:/etc/other.conf" none -- cat /etc/other.conf)" "settings of $TOOL" "a file"
	is "$(sandbox --ro-bind "$CASE:/etc/$TOOL" none -- ls -d "/etc/$TOOL")" "/etc/$TOOL" "of another place"
	chmod 0640 "/etc/$TOOL/settings"
	for from in "/etc/$TOOL" /etc/passwd /etc/shadow /etc/ssh /etc/machine-id /etc; do
		[ -e "$from" ] || continue
		run coff run -q --ro-bind "$from:/opt/x" none -- echo ran
		is "$status" 125 "exit code of $from ($output)"
		contains "$output" "$from may not be mounted"
	done
	for to in /etc /etc/passwd /etc/resolv.conf /etc/ssl/x /etc/machine-id; do
		run coff run -q --ro-bind "$CASE:$to" none -- echo ran
		is "$status" 125 "exit code for $to ($output)"
	done
	contains "$output" "cofferdam writes it anew"
}

@test "machine-id, time zone and the like are there, and are not the host's" {
	is "$(sandbox none -- cat /etc/machine-id | tr -d '0-9a-f')" "" "machine-id: hexadecimal"
	is "$(sandbox none -- sh -c 'head -c 32 /etc/machine-id | wc -c')" 32 "its length"
	[ "$(sandbox none -- cat /etc/machine-id)" != "$(cat /etc/machine-id 2>/dev/null)" ] || fail "the host's machine-id"
	is "$(sandbox none -- cat /etc/timezone)" Etc/UTC "timezone"
	is "$(sandbox none -- readlink /etc/localtime)" ../usr/share/zoneinfo/Etc/UTC "localtime"
	is "$(TZ= sandbox none -- date +%Z)" UTC "date"
}

# Inside and outside in one go: they say the same.
alike() { is "$(sandbox none -- sh -c "$1" 2>&1)" "$(as_user sh -c "$1" 2>&1)" "${2:-$1}"; }

@test "tools that ask /sys and /var/lib/dpkg say what they say outside" {
	alike "nproc --all"
	alike "getconf _NPROCESSORS_CONF"
	alike "python3 -c 'import os; print(os.cpu_count(), len(os.listdir(\"/sys/devices/system/cpu/cpu0/topology\")) > 3)'"
	alike "lscpu | grep -E '^(CPU\(s\)|On-line|Thread|Core|Socket|Architecture)' | tr -s ' '" lscpu
	alike "dpkg -S /usr/bin/env && dpkg-query -W coreutils && dpkg --print-architecture" dpkg
	alike "mkdir -p /tmp/\$\$/debian && cd /tmp/\$\$ && printf 'Source: a\n\nPackage: a\nArchitecture: any\n' >debian/control &&
		dpkg-shlibdeps -O /usr/bin/env; rm -r /tmp/\$\$" dpkg-shlibdeps
	# The kernel's own files of a control group have the modes that it gives them, on a mount that is read-only.
	is "$(sandbox none -- find /sys -path /sys/fs/cgroup -prune -o -type f -perm /222 -print)" "" "what may be written in /sys"
	is "$(sandbox none -- sh -c 'find /sys/fs/cgroup -writable 2>/dev/null')" "" "what may be written of the group"
	# And fs for a run that has a group: walls-root.bats says what is in it.
	is "$(sandbox none -- sh -c 'ls /sys /sys/devices /sys/devices/system' | grep -vx fs | xargs)" "/sys: devices /sys/devices: system /sys/devices/system: cpu node" "all of /sys"
}

@test "tools of the host find their settings: perl, python3, file, man, readline, XML catalogs" {
	local path shown=0

	for path in perl python3 xml sgml texmf emacs dpkg fonts ImageMagick-6 R php gdb groff mime.types magic manpath.config \
		papersize inputrc; do
		[ -e "/etc/$path" ] || continue
		shown=$((shown + 1))
		is "$(sandbox none -- sh -c "cd '/etc/$path' 2>/dev/null && find . -type f -exec cat {} + | cksum || cksum <'/etc/$path'")" \
			"$(cd "/etc/$path" 2>/dev/null && find . -type f -exec cat {} + | cksum || cksum <"/etc/$path")" "/etc/$path"
	done
	[ "$shown" -ge 2 ] || cannot "show settings that it does not have"
}
