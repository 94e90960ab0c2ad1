#!/usr/bin/env bats
# tests/layout: this tree has no fault, and each kind of fault is found where one is planted.

load ../lib/run

setup_file() { :; }
teardown_file() { :; }

setup() {
	CASE=$(mktemp -d)
	TREE=$CASE/tree
	mkdir "$TREE"
	(cd "$BATS_TEST_DIRNAME/../.." && cp -r Makefile README.md SECURITY.md namespaces sandbox seccomp tests "$TREE")
}

teardown() { rm -rf "$CASE"; }

# plant FILE: put what is on stdin at its end
plant() {
	mkdir -p "$(dirname "$TREE/$1")"
	cat >>"$TREE/$1"
}

# found FAULT…: these, and no other
found() {
	local faults status=0

	faults=$("$TREE/tests/layout" 2>&1 >/dev/null) || status=$?
	is "$faults" "$(printf '%s\n' "$@")" "faults"
	is "$status" 1 "exit code"
}

# header PATH LINE…: the text of one
header() {
	local guard=${1//[^A-Za-z0-9]/_}

	printf '%s\n' "#ifndef ${guard^^}" "#define ${guard^^}" "${@:2}" "#endif" | plant "$1"
}

@test "this tree has no fault, and says how long its functions are" {
	run "$TREE/tests/layout"
	is "$status" 0 "exit code: $output"
	[[ $output =~ ^[0-9]+\ functions:\ half\ have\ at\ most\ [0-9]+\ lines ]] || fail "$output"
	[ "${output%% *}" -gt 2000 ] || fail "only ${output%% *} functions were found"
}

@test "an include from a higher floor" {
	plant sandbox/completion/completion_generate.c <<<'#include "sandbox/keeper/keeper.h"'
	found 'sandbox/completion/completion_generate.c: floor: includes sandbox/keeper/keeper.h, from above it'
}

@test "an include from beside" {
	plant sandbox/scope/manager.c <<<'#include "sandbox/docker/target.h"'
	found 'sandbox/scope/manager.c: floor: includes sandbox/docker/target.h, from beside it'
}

@test "a folder that no floor knows" {
	plant sandbox/attic/trunk.c <<<'static int trunk;'
	found 'sandbox/attic/trunk.c: floor: sandbox/attic has none in tests/layout'
}

@test "an include of what belongs to another program" {
	plant sandbox/verbs/ps.c <<<'#include "sandbox/fetch/packfile.h"'
	found "sandbox/verbs/ps.c: door: includes sandbox/fetch/packfile.h, which is another program's own"
}

@test "two folders in a circle" {
	plant namespaces/spawn.h <<<'#include "sandbox/host/facts.h"'
	found 'namespaces/spawn.h: floor: includes sandbox/host/facts.h, from above it' \
		'namespaces: circle of folders: namespaces -> sandbox/host -> namespaces'
}

@test "three files of one folder in a circle, though no header includes another's" {
	local names=(one two three) i

	for i in 0 1 2; do
		header "sandbox/base/circle_${names[i]}.h" "int circle_${names[i]}(void);"
		plant "sandbox/base/circle_${names[i]}.c" <<-C
			#include "sandbox/base/circle_${names[i]}.h"
			#include "sandbox/base/circle_${names[(i + 1) % 3]}.h"

			int circle_${names[i]}(void)
			{
				return circle_${names[(i + 1) % 3]}();
			}
		C
	done
	found 'sandbox/base/circle_one: circle of files: sandbox/base/circle_one -> sandbox/base/circle_two -> sandbox/base/circle_three -> sandbox/base/circle_one'
}

@test "two headers with one guard" {
	printf '%s\n' '#ifndef SANDBOX_BASE_OWN_H' '#define SANDBOX_BASE_OWN_H' '#endif' | plant sandbox/base/planted.h
	found 'sandbox/base/planted.h: guard: SANDBOX_BASE_OWN_H is that of sandbox/base/own.h too'
}

@test "a guard that is not made from the path, and none" {
	printf '%s\n' '#ifndef PLANTED_H' '#define PLANTED_H' '#endif' | plant sandbox/base/planted.h
	plant tests/lib/unguarded.h <<<'struct unguarded;'
	found 'sandbox/base/planted.h: guard: PLANTED_H, and from the path it is SANDBOX_BASE_PLANTED_H' \
		'tests/lib/unguarded.h: guard: none, and from the path it is TESTS_LIB_UNGUARDED_H'
}

@test "two files with one name, also in tests" {
	plant sandbox/base/keeper.c <<<'static int planted;'
	plant tests/lib/spawn.c <<<'static int planted;'
	found 'sandbox/keeper/keeper.c: name: sandbox/base/keeper.c has the same' \
		'tests/lib/spawn.c: name: namespaces/spawn.c has the same'
}

@test "a prototype in another file's header" {
	sed -i 's/^#endif$/void failure_sanitize(char *text);\n#endif/' "$TREE/sandbox/base/utf8.h"
	found 'sandbox/base/utf8.h: prototype: failure_sanitize is defined in sandbox/base/failure.c'
}

@test "a prototype and an object that nobody defines" {
	sed -i 's/^#endif$/int planted(void);\nextern const int planted_table[2];\n#endif/' "$TREE/sandbox/base/utf8.h"
	found 'sandbox/base/utf8.h: prototype: planted is defined in nowhere' \
		'sandbox/base/utf8.h: prototype: planted_table is defined in nowhere'
}

@test "a function and an object that others can see, and no header declares" {
	printf '%s\n' '' 'const int planted_table[2] = { 1, 2 };' '' 'int planted(void)' '{' '	return 0;' '}' |
		plant sandbox/base/utf8.c
	found 'sandbox/base/utf8.c: prototype: planted_table is not in sandbox/base/utf8.h, and not static' \
		'sandbox/base/utf8.c: prototype: planted is not in sandbox/base/utf8.h, and not static'
}

@test "a prototype outside of a header" {
	plant sandbox/base/utf8.c <<<'int planted(void);'
	found 'sandbox/base/utf8.c: prototype: planted is declared outside of a header'
}

@test "a function of 61 lines, and not one of 60" {
	{
		printf '\nstatic int sixty(void)\n{\n'
		seq -f '	step(%g);' 57
		printf '}\n\nstatic int planted(void)\n{\n'
		seq -f '	step(%g);' 58
		echo '}'
	} | plant sandbox/base/utf8.c
	found 'sandbox/base/utf8.c: length: planted has 61 lines, of at most 60'
}

@test "a comment and a manual that send their reader to a file that is not there" {
	plant sandbox/base/utf8.c <<<'/* See planted.h, utf8.h and base/utf8.h. */'
	plant tests/lib/run.bash <<<'# see tests/run/planted.bats and tests/run/layout.bats'
	plant README.md <<<'`sandbox/base/planted.c`'
	found "sandbox/base/utf8.c:$(wc -l <"$TREE/sandbox/base/utf8.c"): comment: names planted.h, which is not there" \
		"README.md:$(wc -l <"$TREE/README.md"): comment: names sandbox/base/planted.c, which is not there" \
		"tests/lib/run.bash:$(wc -l <"$TREE/tests/lib/run.bash"): comment: names tests/run/planted.bats, which is not there"
}
