#!/usr/bin/env bats
# --provenance: what was built, from what, behind which walls; true, whole, or not there.

load ../lib/run
load ../lib/rootfs

setup() {
	case_begin
	OUT=$CASE/out
	install -d -m 0777 "$OUT"
	COFFERDAM_PROVENANCE=$OUT/p.json
}

vouched() { sandbox --provenance "$COFFERDAM_PROVENANCE" "$@"; }

# said PYTHON: an expression over the statement s, its predicate p and its builder's mode
said() {
	python3 - "$COFFERDAM_PROVENANCE" "$1" <<-'PY'
		import json, sys
		s = json.load(open(sys.argv[1]))
		p = s["predicate"]
		mode = p["runDetails"]["builder"]["id"].rpartition("/")[2]
		print(eval(sys.argv[2]))
	PY
}

@test "provenance: a statement of in-toto with SLSA's predicate, of the artifacts and the commit" {
	as_user git init -q "$OUT/repo"
	as_user sh -c "cd '$OUT/repo' && echo text >file && git add . && git -c user.name=n -c user.email=e commit -qm c"
	vouched --artifact "x:$OUT/x" --artifact "tree:$OUT/tree" "$OUT/repo#HEAD" -- sh -c 'mkdir -p tree/empty; cp file x; echo y >tree/y'
	"$BATS_TEST_DIRNAME/../lib/validate-report" --is provenance "$COFFERDAM_PROVENANCE"
	is "$(said '[(r["name"], r["digest"]["sha256"]) for r in s["subject"]]')" \
		"[('/app/x', '$(sha256sum <"$OUT/x" | cut -c1-64)'), ('/app/tree/y', '$(sha256sum <"$OUT/tree/y" | cut -c1-64)')]" "subjects"
	is "$(said 'p["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"]')" "$(git -c safe.directory='*' -C "$OUT/repo" rev-parse HEAD)" "commit"
	contains "$(said 'p["buildDefinition"]["resolvedDependencies"][0]["uri"]')" "git+file:///"
	is "$(said 'p["runDetails"]["metadata"]["invocationId"]')" "$(report id)" "the run"
	is "$(said 'p["buildDefinition"]["internalParameters"]["walls"]["seccomp"]["state"]')" enforced "a wall"
	is "$(stat -c %a "$COFFERDAM_PROVENANCE") $(find "$OUT" -name '*.tmp')" "600 " "mode, and nothing half-written"
}

# The fields that the two specifications know, against statements with one fault each.
@test "provenance: what the published specifications demand is demanded" {
	local fault

	as_user git init -q "$OUT/a b"
	as_user git -C "$OUT/a b" -c user.name=n -c user.email=e commit -q --allow-empty -m c
	vouched --artifact "x:$OUT/x" "$OUT/a b" -- touch x
	"$SOURCES/tests/lib/validate-report" --is provenance "$COFFERDAM_PROVENANCE"
	contains "$(cat "$COFFERDAM_PROVENANCE")" "/a%20b"
	python3 - "$COFFERDAM_PROVENANCE" "$CASE" 3<<-'END' <<-'PY'
		del s["subject"][0]["digest"]
		s["subject"][0]["sha256"] = ""
		s["_type"] = "https://in-toto.io/Statement/v0.1"
		del d["buildType"]
		del d["externalParameters"]
		del r["builder"]["id"]
		r["builder"]["id"] = "builder"
		r["builder"]["version"]["cofferdam"] = 1
		r["metadata"]["startedOn"] = "2026-11-30T10:00:00+01:00"
		d["resolvedDependencies"][0]["uri"] = "/srv/root.tar"
		d["resolvedDependencies"][0]["uri"] = "git+file:///a b"
		d["resolvedDependencies"][0]["uri"] = "git+https://Git.Example/a"
		d["resolvedDependencies"][0]["uri"] = "git+ssh://git@git.example:a/b"
		d["resolvedDependencies"][0] = {"name": "source"}
	END
		import json, os, sys
		for number, fault in enumerate(os.fdopen(3)):
		    s = json.load(open(sys.argv[1]))
		    p = s["predicate"]
		    d, r = p["buildDefinition"], p["runDetails"]
		    exec(fault.strip())
		    with open(f"{sys.argv[2]}/faulty-{number}", "w") as file:
		        json.dump(s, file)
	PY
	! "$SOURCES/tests/lib/validate-report" --is provenance "$CASE"/faulty-* >"$CASE/said" || fail "all pass"
	for fault in "$CASE"/faulty-*; do
		grep -qF "$fault: " "$CASE/said" || fail "it passes: $(cat "$fault")"
	done
	is "$(ls "$CASE"/faulty-* | wc -l)" 14 "statements with a fault"
}

@test "provenance: what lies in no commit is not called by one, and a path is not a host" {
	as_user git init -q "$OUT/repo"
	as_user sh -c "cd '$OUT/repo' && echo text >file && git add . && git -c user.name=n -c user.email=e commit -qm c && echo other >file"
	vouched --worktree --artifact "x:$OUT/x" "$OUT/repo" -- cp file x
	is "$(cat "$OUT/x")" other "what was built"
	"$BATS_TEST_DIRNAME/../lib/validate-report" --is provenance "$COFFERDAM_PROVENANCE"
	is "$(said '"digest" in p["buildDefinition"]["resolvedDependencies"][0]')" False "a digest"
	is "$(said 'p["buildDefinition"]["externalParameters"]["source"]["worktree"]')" True "worktree"
	cd "$OUT"
	vouched --artifact-replace --artifact "x:$OUT/x" repo -- cp file x
	is "$(said 'p["buildDefinition"]["resolvedDependencies"][0]["uri"]')" "git+file://$OUT/repo" "uri"
	is "$(said '"digest" in p["buildDefinition"]["resolvedDependencies"][0]')" True "a digest of what is committed"
}

@test "provenance: each way to be less than full is another builder" {
	local options want

	while IFS='|' read -r options want; do
		# shellcheck disable=SC2086
		vouched $options --artifact-replace --artifact "x:$OUT/x" none -- touch x
		is "$(said '"+".join(w for w in mode.split("+") if w != "degraded")')" "$want" "mode of $options"
		is "$(said '"degraded" in mode.split("+")')" \
			"$(said 'any(w["state"] == "degraded" for w in p["buildDefinition"]["internalParameters"]["walls"].values())')" "degraded is in the mode"
	done <<-END
		--allow-32bit|allow-32bit
		--allow-userns|allow-userns
		--net allow:a.example|net-allow
		--ro-bind $OUT:/opt/o|ro-bind
	END
	vouched --attachable --artifact-replace --artifact "x:$OUT/x" none -- touch x
	lacks "$(said mode)" entered # nobody was
	vouched --env NAME=hidden-word --artifact-replace --artifact "x:$OUT/x" none -- touch x
	is "$(said 'p["buildDefinition"]["externalParameters"]["env"]')" "['NAME']" "env"
	lacks "$(cat "$COFFERDAM_PROVENANCE")" hidden-word
	printf '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$CASE/profile.json"
	vouched --seccomp "$CASE/profile.json" --artifact-replace --artifact "x:$OUT/x" none -- touch x
	contains "$(said mode)" seccomp
	contains "$(coff_one run -q --provenance "$OUT/one.json" --artifact "x:$CASE/out/one" none -- touch x 2>&1; cat "$OUT/one.json")" "builder/v1/degraded"
}

@test "provenance: an archive as the root is named with its digest" {
	rootfs_tree "$OUT/tree"
	as_user tar -C "$OUT/tree" -cf "$OUT/root.tar" .
	vouched --rootfs "$OUT/root.tar" --artifact "x:$OUT/x" none -- touch x
	is "$(said 'p["buildDefinition"]["resolvedDependencies"]')" \
		"[{'name': 'rootfs', 'uri': 'file://$OUT/root.tar', 'digest': {'sha256': '$(sha256sum <"$OUT/root.tar" | cut -c1-64)'}}]" "dependencies"
}

@test "provenance: an image is named with its digest; an archive that changes is not stated" {
	local digest

	"$SOURCES/tests/lib/make-images" "$CASE/images" "$CASE" && chmod -R a+rX "$CASE/images"
	vouched --report "$CASE/report.json" --rootfs "oci:$CASE/images/single" --artifact "y:$OUT/y" none -- sh -c '>y'
	digest=$(report image)
	contains "$(said 'p["buildDefinition"]["resolvedDependencies"]')" "${digest#sha256:}"
	rm "$COFFERDAM_PROVENANCE"
	rootfs_tree "$OUT/changing" && tar -C "$OUT/changing" -cf "$OUT/changing.tar" . && chmod 0666 "$OUT/changing.tar"
	mkfifo "$CASE/orders" && exec 8<>"$CASE/orders"
	background pid from_orders coff run -q --provenance "$COFFERDAM_PROVENANCE" --rootfs "$OUT/changing.tar" \
		--artifact "z:$OUT/z" none -- sh -c 'echo up; read go; >z' >"$CASE/said" 2>&1
	wait_for 30 grep -q up "$CASE/said"
	echo more >>"$OUT/changing.tar"
	echo go >&8
	status=0
	wait "$pid" || status=$?
	exec 8>&-
	is "$status" 125 "exit code"
	contains "$(cat "$CASE/said")" "the archive of --rootfs changed during the run"
	[ ! -e "$COFFERDAM_PROVENANCE" ] || fail "it is stated"
}

@test "provenance: found before the build where it cannot be, and nothing is left where it is not" {
	local file

	as_user ln -s "$OUT/else" "$OUT/link"
	mkfifo "$OUT/fifo"
	for file in "$OUT/link" "$OUT/fifo" "$CASE/absent/p" "$OUT" /dev/full /proc/p; do
		run sandbox --provenance "$file" --artifact "x:$OUT/x" none -- sh -c 'echo ran; touch x'
		is "$status" 125 "exit code of $file ($output)"
		lacks "$output" ran
	done
	run sandbox --provenance "$COFFERDAM_PROVENANCE" none -- echo ran
	is "$status" 125 "of nothing"
	contains "$output" "no artifact is asked for"
	run vouched --artifact "absent?:$OUT/x" none -- true
	is "$status" 125 "of an artifact that is not there"
	contains "$output" "write the provenance: no file has left the sandbox"
	is "$(report result.cause) $(report error.step)" "artifact_missing launcher: write the provenance" "in the report"
	run vouched --artifact "x:$OUT/x" none -- sh -c 'touch x; exit 3'
	is "$status" 3 "a build that failed keeps its exit code"
	is "$(find "$OUT" -name 'p.json*' -o -name x)" "" "what is left"
}

@test "provenance: no artifact lies where it is to be, nor where the report is" {
	run vouched --artifact "*:$OUT/" none -- sh -c 'echo forged >p.json; echo >x'
	is "$status" 125 "exit code ($output)"
	contains "$output" "would lie where this run writes"
	is "$(report result.cause)" artifact_refused "cause"
	is "$(ls "$OUT")" "" "what is left"
	as_user mkdir "$OUT/a"
	as_user ln -s a "$OUT/b"
	run coff run -q --report "$OUT/b/r.json" --artifact "a:$OUT/" none -- sh -c 'mkdir a; echo forged >a/r.json'
	is "$status" 125 "exit code ($output)"
	contains "$(head -n 2 "$OUT/a/r.json")" cofferdam.report/1
}

@test "no artifact takes the place of this run's report, provenance, log or events: found before the build where it is named" {
	local file words=(--report "$OUT/r.json" --provenance "$OUT/p.json" --log "$OUT/l" --events "$OUT/e.jsonl" --artifact-replace)

	for file in r.json p.json l e.jsonl; do
		run coff run -q "${words[@]}" --artifact "x:$OUT/$file" none -- sh -c 'echo forged >x; echo ran'
		is "$status" 125 "exit code of $file ($output)"
		contains "$output" "would lie where this run writes"
		lacks "$output" ran
		run coff run -q "${words[@]}" --artifact "*:$OUT/" none -- sh -c "echo forged >$file"
		is "$status" 125 "exit code of $file, found by a pattern ($output)"
		is "$(grep -xlR forged "$OUT")" "" "what is forged"
	done
}

@test "artifacts of one name, and none at all for a provenance, are the build's doing: not to be tried again" {
	run sandbox --artifact "a/x:$OUT/" --artifact "b/x:$OUT/" --artifact-replace none -- sh -c 'mkdir a b; echo a >a/x; echo b >b/x'
	is "$status $(report result.cause)" "125 artifact_refused" "two of one name ($output)"
	contains "$output" "two artifacts would both be x"
	is "$(ls "$OUT")" "" "what is left"
	run sandbox --provenance "$OUT/p.json" --artifact "x?:$OUT/" none -- true
	is "$status $(report result.cause)" "125 artifact_missing" "nothing to speak of ($output)"
}

@test "provenance: submodules are named with their commits, and a run that was entered is another builder" {
	local pid id main sub

	as_user env GIT_CONFIG_GLOBAL=/dev/null bash -ec '
		cd "$1"; g() { git -c user.name=a -c user.email=a@b -c init.defaultBranch=main -c protocol.file.allow=always "$@"; }
		g init -q sub; g -C sub commit -q --allow-empty -m x; g init -q main; g -C main submodule --quiet add "$1/sub" lib/sub
		g config -f main/.gitmodules submodule.lib/sub.url https://me:hidden-word@git.example/sub.git
		g -C main commit -qam x; g -C main commit -q --allow-empty -m y' - "$OUT"
	main=$(as_user git -C "$OUT/main" rev-parse HEAD) sub=$(as_user git -C "$OUT/sub" rev-parse HEAD)
	vouched --submodules --artifact "x:$OUT/x" "$OUT/main" -- touch x
	is "$(said '[(d["name"], d.get("uri"), d["digest"]["gitCommit"]) for d in p["buildDefinition"]["resolvedDependencies"]]')" \
		"[('source', 'git+file://$OUT/main', '$main'), ('submodule lib/sub', 'git+https://git.example/sub.git', '$sub')]" "what it was made of"
	lacks "$(cat "$COFFERDAM_PROVENANCE")" hidden-word
	mkfifo "$CASE/go" && exec 8<>"$CASE/go"
	background pid entered_run
	wait_for 30 grep -q ready "$CASE/said" || fail "the builder has not begun: $(cat "$CASE/said")"
	id=$(python3 -c 'import json, sys; print(json.loads(open(sys.argv[1]).readline())["id"])' "$CASE/events")
	coff shell --attach "$id" -- true
	echo go >&8
	wait "$pid" || fail "$(cat "$CASE/said")"
	contains "$(said mode)" entered
	contains "$(cat "$COFFERDAM_PROVENANCE")" "entered"
}

entered_run() {
	as_user "$COFFERDAM" run -q --attachable --events "$CASE/events" --provenance "$COFFERDAM_PROVENANCE" --report "$CASE/report.json" --artifact-replace \
		--artifact "x:$OUT/x" none -- sh -c 'touch x; echo ready; read go' <&8 >"$CASE/said" 2>&1
}

@test "provenance: the builder writes nothing into it but names" {
	vouched --artifact-any-name --artifact "*:$OUT/" none -- sh -c 'printf a >"$(printf "\",\"name\":\"forged\033[2J\n")"; echo "{\"_type\": 1}"' >/dev/null
	"$BATS_TEST_DIRNAME/../lib/validate-report" --is provenance "$COFFERDAM_PROVENANCE"
	is "$(said 'len(s["subject"]), s["subject"][0]["name"].startswith("/app/\",\"name")')" "(1, True)" "subjects"
}
