# What the documents say of the program is what the program does.
load ../lib/run

VERBS="run shell sh explain doctor selftest gc ps disk report"

setup() {
	case_begin
	cd "$SOURCES"
}

# Long options that a verb's --help names.
help_options() {
	"$COFFERDAM" "$1" --help | grep -oE '(^|[ ,])--[a-z0-9][a-z0-9-]*' | tr -d ' ,' | sort -u
}

# Those that a manual defines, one .It each.
manual_options() {
	sed -n 's/^\.It //p' "$@" | grep -oE 'Fl -[a-z0-9][a-z0-9-]*' | sed 's/Fl /-/' | sort -u
}

@test "every option in --help is in the manual, and every one there is in --help" {
	is "$(manual_options sandbox/cofferdam-run.1)" \
		"$( (help_options run; help_options shell; help_options explain) | sort -u)" "options of run, shell and explain"
	is "$(manual_options sandbox/cofferdam.1)" \
		"$( (for verb in doctor gc ps disk report; do help_options $verb; done; echo --against) | sort -u)" \
		"options of doctor, gc, ps, disk and report"
	is "$(manual_options sandbox/cofferdam-sh.1)" "$(comm -13 <(help_options run) <(help_options sh))" \
		"options of sh that run has not"
	is "$(manual_options sandbox/cofferdam-gitlab-executor.1)" \
		"$(comm -13 <(help_options run) <(help_options gitlab-executor))" "options of gitlab-executor that run has not"
	is "$(manual_options sandbox/cofferdam-sh.1 sandbox/cofferdam-run.1 | sort -u | comm -13 - <(help_options sh))" "" \
		"options of sh that neither manual has"
	is "$(manual_options sandbox/cofferdam.1 sandbox/cofferdam-run.1 | comm -13 - <(help_options selftest))" "" \
		"options of selftest that neither manual has"
}

@test "every verb in --help is in the manual, and every one there is in --help" {
	is "$(sed -n 's/^\.It Cm //p' sandbox/cofferdam.1 | sort)" \
		"$("$COFFERDAM" --help | sed -n 's/^  cofferdam \([a-z-]*\).*/\1/p' | sort)" "verbs"
}

@test "the manuals are without a warning" {
	local page warnings

	for page in sandbox/*.1 sandbox/*.5 sandbox/*.7; do
		[ -s "$page" ] || fail "$page is empty"
		warnings=$(groff -mdoc -ww -b -z -Tutf8 "$page" 2>&1)
		is "$warnings" "" "$page"
	done
}

@test "the manual's defaults are those of --help" {
	local name default checked=0

	while read -r name default; do
		grep -A12 "^\.It Fl -$name " sandbox/cofferdam-run.1 | awk 'NR > 1 && /^\.It/ { exit } { print }' |
			grep -qx "Default: $default\." || fail "--$name: the default $default is not in the manual"
		checked=$((checked + 1))
	done < <("$COFFERDAM" run --help | awk '
		/^ *(-[a-z], )?--[a-z]/ { match($0, /--[a-z-]+/); name = substr($0, RSTART + 2, RLENGTH - 2) }
		/\[[^ ]+\]$/ && name { d = $NF; gsub(/[][]/, "", d); print name, d; name = "" }
		/^[A-Z]/ { name = "" }' | grep -v '\.\.\.')
	[ "$checked" -ge 8 ] || fail "only $checked defaults were found in --help"
}

@test "the exit codes of the README and the manual are those of --help" {
	local codes

	codes=$("$COFFERDAM" run --help | sed -n 's/^  \(128+N\|1[0-9][0-9]\) .*/\1/p' | sort)
	is "$codes" "$(printf '124\n125\n126\n127\n128+N')" "codes in --help"
	is "$(sed -n 's/^| \(128+N\|1[0-9][0-9]\) |.*/\1/p' README.md | sort)" "$codes" "codes in the README"
	is "$(sed -n '/^\.Sh EXIT/,/^\.El/s/^\.It \(.*\)/\1/p' sandbox/cofferdam-run.1 | sort)" "$codes" \
		"codes in the manual"
}

# NAME yes|no, a line each.
causes_of_source() {
	local word name

	sed -n 's/^\t\t\[\(CAUSE_[A-Z_]*\)\] = "\([a-z_]*\)",/\1 \2/p' sandbox/report/outcome.c | while read -r word name; do
		sed -n "s/^\t{ $word, \(true\|false\), .*/$name \1/p" sandbox/report/merge.c
	done | sed 's/true$/yes/; s/false$/no/' | sort
}

@test "the causes of cofferdam(7), and which are worth a retry, are those of the source and of the schema" {
	local causes

	causes=$(causes_of_source)
	[ "$(wc -l <<<"$causes")" -ge 13 ] || fail "only these causes were found: $causes"
	is "$(wc -l <<<"$causes")" "$(grep -c '^	CAUSE_[A-Z_]*,' sandbox/report/outcome.h)" "causes with a word and a row"
	is "$(awk '/^\.It Li / { name = $3 } /^Retry: / { sub(/\.$/, "", $2); print name, $2 }' sandbox/cofferdam.7 | sort)" \
		"$causes" "causes in the manual"
	is "$(python3 -c '
import json
def find(o):
    if isinstance(o, dict):
        if "enum" in o and "fetch_failed" in o["enum"]: return o["enum"]
        o = list(o.values())
    return next(filter(None, map(find, o)), None) if isinstance(o, list) else None
print("\n".join(sorted(find(json.load(open("tests/schema/report.schema.json"))))))')" "$(cut -d' ' -f1 <<<"$causes")" \
		"causes in the schema of the report"
}

# A make target exists if make knows how to begin with it.
@test "every make target that the README names exists" {
	local target targets

	targets=$(grep -oE 'make [a-z][a-z-]+`|&& make [a-z]+$' README.md | sed 's/.*make //; s/`//' | sort -u)
	contains "$targets" demo
	contains "$targets" check
	for target in $targets; do
		make -n BUILD="${COFFERDAM_BUILD:-build}" "$target" >/dev/null 2>&1 ||
			fail "README names 'make $target', which does not exist"
	done
}

@test "make where a header is missing says which package has it, and what installs that" {
	need_root
	local plain="env -u MAKELEVEL -u MAKEFLAGS -u CC make -n BUILD=$CASE/build"

	[ -e /usr/include/cjson/cJSON.h ] || cannot "take a header away (it is not there)"
	lacks "$($plain 2>&1)" "missing here"
	unshare --mount true || cannot "hide a header (no mount namespace)"
	run unshare --mount sh -c "mount -t tmpfs none /usr/include/cjson; $plain"
	grep -q "missing here: .*cjson.*; .tests/setup build. installs it" <<<"$output" || fail "$(head -n 3 <<<"$output")"
}

@test "the package has the version of the program, and asks for the libraries that tests/setup installs" {
	local package control=sandbox/package/debian/control checked=0

	is "$(sed -n '1s/.*(\(.*\)).*/\1/p' sandbox/package/debian/changelog)" \
		"$("$COFFERDAM" version | sed 's/.* //')" "version in the changelog"
	for package in $(sed -n 's/^build [^@ ]* .* \(lib[a-z0-9-]*-dev\|zlib1g-dev\) .*/\1/p' tests/setup |
		grep -vx 'libc6-dev\|linux-libc-dev' | sort -u); do
		grep -qE "^ $package,?$" "$control" || fail "Build-Depends lacks $package"
		checked=$((checked + 1))
	done
	[ "$checked" -ge 5 ] || fail "only $checked libraries were found"
}

@test "every path that the README and SECURITY.md name exists" {
	local path

	for path in $(grep -ohE '(sandbox|namespaces|seccomp|tests)/[a-z0-9/_.-]*[a-z0-9]' README.md SECURITY.md \
		sandbox/README.md | sort -u); do
		[ -e "$path" ] || fail "$path is named and does not exist"
	done
}

# Not ours: a permission of SELinux's, and a call of the kernel's.
@test "every function and table that the README and SECURITY.md name exists" {
	local word

	for word in $(grep -oh '`[^`]*`' README.md SECURITY.md sandbox/README.md | grep -oE '[a-z][a-z0-9]*(_[a-z0-9]+)+' |
		grep -vx 'nnp_transition\|posix_fadvise' | sort -u); do
		grep -rqw -- "$word" sandbox/*/ namespaces seccomp tests/setup Makefile || fail "$word is named and does not exist"
	done
}

@test "the README's table of walls has the walls of the program" {
	"$COFFERDAM" doctor --json >"$CASE/doctor.json" || true
	is "$(sed -n '/^## The walls/,/^## /s/^| `\([a-z-]*\)`.*/\1/p' README.md | sort)" \
		"$(python3 -c 'import json, sys
walls = json.load(open(sys.argv[1]))["walls"]
print("\n".join(sorted(walls if isinstance(walls, dict) else [w["name"] for w in walls])))' "$CASE/doctor.json")" \
		"walls"
}

@test "the README's options are those of --help" {
	local option

	for option in $(sed -n '/^## Options/,/^## Other/p' README.md | grep -oE -- '--[a-z0-9-]+' | sort -u); do
		help_options run | grep -qx -- "$option" || fail "README names $option, --help does not"
	done
}

promises() {
	sed -n '/^## Promises/,$p' SECURITY.md
}

@test "promises are numbered without a gap, and each has its step, its file and its test" {
	local n

	n=$(promises | grep -c '^### ')
	[ "$n" -ge 20 ] || fail "only $n promises were found"
	is "$(promises | sed -n 's/^### \([0-9]*\)\. .*/\1/p')" "$(seq "$n")" "numbers of the promises"
	promises | awk '
		function check() { if (name && !(step && file && test)) print name }
		/^### / { check(); name = $0; step = file = test = 0 }
		/^- step: ./ { step = 1 } /^- file: ./ { file = 1 } /^- test: ./ { test = 1 }
		END { check() }' >"$CASE/incomplete"
	is "$(cat "$CASE/incomplete")" "" "promises without a step, a file or a test"
}

@test "every test that a promise names exists under that name" {
	local file name checked=0

	while IFS='|' read -r file name; do
		[ -f "$file" ] || fail "$file is named and does not exist"
		case $file in
		*.bats) grep -qF "@test \"$name\" {" "$file" || fail "$file has no test \"$name\"" ;;
		*) grep -qF "$name" "$file" || fail "$file has no line with \"$name\"" ;;
		esac
		checked=$((checked + 1))
	done < <(promises | sed -n 's/^- test: \([^ ]*\) "\(.*\)"$/\1|\2/p')
	is "$checked" "$(promises | grep -c '^- test: ')" "tests in the form FILE \"NAME\""
	[ "$checked" -ge 20 ] || fail "only $checked tests were found"
}

@test "every step that a promise names is in the table of that process" {
	local role name checked=0

	"$COFFERDAM" run --steps none >"$CASE/steps" || fail "--steps does not work"
	while IFS='|' read -r role name; do
		sed -n "/^Steps of the $role\$/,/^\$/p" "$CASE/steps" | sed 's/^ *[0-9]*  //; s/   *.*//' |
			grep -qxF "$name" || fail "the $role has no step \"$name\""
		checked=$((checked + 1))
	done < <(promises | sed -n 's/^- step: //p' | tr ';' '\n' | awk '
		{ sub(/^ */, ""); role = $1; n = split($0, part, "\""); for (i = 2; i <= n; i += 2) print role "|" part[i] }')
	[ "$checked" -ge 20 ] || fail "only $checked steps were found"
}

@test "the number of permitted calls in SECURITY.md is that of the filter" {
	[ "$(uname -m)" = x86_64 ] || cannot "the number is that of x86-64"
	"$COFFERDAM" explain --json none -- true >"$CASE/explain.json"
	is "$(sed -n 's/.*filter permits \([0-9]*\) system calls.*/\1/p' SECURITY.md)" \
		"$(python3 -c '
import json, sys
known = {line.split()[1] for line in open("tests/policy/x86_64/numbers-builder.tests") if line[:1].isdigit()}
rows = json.load(open(sys.argv[1]))["seccomp"]["rows"]
print(len(known & {call for row in rows if row["answer"] == "allow" and row["entry"] == "native"
                   for call in row["calls"].split()}))' "$CASE/explain.json")" "permitted calls"
}
