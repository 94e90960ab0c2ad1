#!/usr/bin/env bats
# Ids on a host as Debian makes it: a user with a range of subordinate ids, and one without.

load guest

# The host ids of every process of a run, the launcher's not among them.
ids_of_run() {
	local pid

	for pid in $(pgrep -P "$(launcher)") $(pgrep -fx "sleep $MARK"); do
		awk '/^Uid:/ { print $2 }' "/proc/$pid/status"
	done | sort -un
}

# A package whose files belong to two ids, as they do in many.
make_package() {
	mkdir -p "$CASE/tree/DEBIAN" "$CASE/tree/usr/share/two-ids"
	printf 'Package: two-ids\nVersion: 1\nArchitecture: all\nMaintainer: nobody <n@example.org>\nDescription: two ids\n' \
		>"$CASE/tree/DEBIAN/control"
	echo root >"$CASE/tree/usr/share/two-ids/root"
	echo daemon >"$CASE/tree/usr/share/two-ids/daemon"
	chown 1:1 "$CASE/tree/usr/share/two-ids/daemon"
	mkdir "$CASE/repository"
	dpkg-deb --build "$CASE/tree" "$CASE/repository/two-ids_1_all.deb" >/dev/null
	chmod -R a+rX "$CASE/repository"
}

@test "a range: keeper and builder have two host ids, and the builder's is in the range" {
	local first

	first=$(awk -F: -v user="$TEST_USER" '$1 == user { print $2; exit }' /etc/subuid)
	background RUN user_run none -- sh -c "echo up; exec sleep $MARK" >"$CASE/out"
	wait_for 60 inside out up || fail "not begun"
	mapfile -t ids < <(ids_of_run)
	is "${#ids[@]}" 2 "host ids (${ids[*]})"
	is "${ids[0]}" "$TEST_UID" "the keeper's"
	[ "${ids[1]}" -ge "$first" ] && [ "${ids[1]}" -lt $((first + 65536)) ] || fail "the builder is ${ids[1]}, outside of $first and up"
}

@test "a range: 65536 ids exist inside, and root inside has the power over none of them" {
	user_run --root-inside none -- sh -c 'cut -c1- /proc/self/uid_map; id -u; touch f; chown 1:1 f; stat -c %u f' >"$CASE/out" 2>"$CASE/err"
	is "$(awk 'NF == 3 { n += $3 } END { print n }' "$CASE/out")" 65536 "ids inside"
	is "$(tail -n 2 "$CASE/out" | xargs)" "0 0" "who root inside is, and whose the file is"
	contains "$(cat "$CASE/err")" "Operation not permitted"
}

@test "a range and --allow-chown: files go to two ids inside, each of which is one of the range" {
	local first shown

	first=$(awk -F: -v user="$TEST_USER" '$1 == user { print $2; exit }' /etc/subuid)
	user_run --allow-chown none -- sh -c 'touch a b; chown 1:1 a; chown 1001:1001 b; stat -c %u:%g a b' >"$CASE/out"
	is "$(xargs <"$CASE/out")" "1:1 1001:1001" "owners inside"
	background RUN user_run --root-inside --allow-chown none -- sh -c "touch a; chown 7 a; echo up; exec sleep $MARK" >"$CASE/out"
	wait_for 60 inside out up || fail "not begun"
	shown=$(stat -c %u "/proc/$(pgrep -fx "sleep $MARK")/root/app/a")
	is "$shown" $((first + 7)) "the owner outside"
}

@test "no range: one id, the report says so, and what needs several is refused with --strict" {
	session_one "$COFFERDAM" run -q --report "$CASE/report.json" none -- cat /proc/self/uid_map >"$CASE/out"
	is "$(awk '{ n += $3 } END { print n }' "$CASE/out")" 1 "ids inside"
	is "$(report walls.ids.state)" degraded walls.ids
	contains "$(report walls.ids.detail)" subuid
	run session_one "$COFFERDAM" run -q --strict none -- echo MARKER
	is "$status" 125 "exit code with --strict"
	lacks "$output" MARKER
}

@test "packages: apt-get download from a repository, and dpkg -x" {
	make_package
	(cd "$CASE/repository" && dpkg-scanpackages . 2>/dev/null >Packages)
	for option in "" --allow-chown "--root-inside --allow-chown"; do
		# shellcheck disable=SC2086
		user_run $option --ro-bind "$CASE/repository:/opt/repository" none -- sh -ec '
			mkdir -p apt/lists/partial apt/archives/partial
			echo "deb [trusted=yes] file:/opt/repository ./" >apt/sources.list
			: >apt/status
			set -- -q -o Dir::State=/app/apt -o Dir::Cache=/app/apt -o Dir::State::status=/app/apt/status \
				-o Dir::Etc::SourceList=/app/apt/sources.list -o Dir::Etc::SourceParts=- \
				-o Dir::State::Lists=/app/apt/lists
			apt-get "$@" update >/dev/null
			apt-get "$@" download two-ids >/dev/null
			dpkg -x two-ids_1_all.deb out
			cat out/usr/share/two-ids/daemon
			stat -c %u out/usr/share/two-ids/daemon' >"$CASE/out" 2>"$CASE/err" || fail "with ${option:-no option}: $(cat "$CASE/err")"
		case $option in
		--root-inside*) owner=1 ;; # dpkg-deb gives to others as root alone
		*) owner=$(user_run none -- id -u) ;;
		esac
		is "$(cat "$CASE/out")" "daemon"$'\n'"$owner" "a file of the package and its owner, with ${option:-no option}"
	done
}
