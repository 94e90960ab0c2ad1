#!/usr/bin/env bats
# tests/run-all: a test that failed runs once more, and finds nothing of its first time.

load ../lib/run

# A file of one test, with what its setup and the test do; WORD: in place of @test.
planted() { # SETUP TEST [WORD]
	printf '%s\n' "load $SOURCES/tests/lib/run" "setup_file() { suite_join && $1; }" "${3-@test} planted {" "$2" "}" \
		>"$CASE/planted.bats"
	printed=$(env -u SUITE -u SUITE_OWN COFFERDAM_AGAIN=1 COFFERDAM_BUILD="${COFFERDAM_BUILD:-build}" \
		"$SOURCES/tests/run-all" "$CASE/planted.bats") && status=0 || status=$?
}

@test "what a file makes in its suite once, it can make a second time" {
	planted 'mkdir "$SUITE/once"' "[ -e '$CASE/came' ] || { : >'$CASE/came'; false; }"
	contains "$printed" "failed once: "
	contains "$printed" "1 passed, 0 failed, 0 skipped"
	is "$status" 0 "exit code: $printed"
}

@test "a file that could not be set up is run whole" {
	planted "{ [ -e '$CASE/came' ] || { : >'$CASE/came'; false; }; }" true
	contains "$printed" "failed once: "
	contains "$printed" "1 passed, 0 failed, 0 skipped"
	is "$status" 0 "exit code: $printed"
}

@test "what fails twice has failed" {
	planted true false
	contains "$printed" "0 passed, 1 failed, 0 skipped"
	lacks "$printed" "failed once"
	is "$status" 1 "exit code: $printed"
}

@test "a file without a test has passed nothing" {
	planted true false ignored
	contains "$printed" "0 passed, 1 failed, 0 skipped"
	is "$status" 1 "exit code: $printed"
}
