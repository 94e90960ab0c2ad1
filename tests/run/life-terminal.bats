#!/usr/bin/env bats
# A terminal on stdin gives the builder one of its own, and a shell in it is usable.
# The cases are functions of tests/lib/terminal-case.

load ../lib/run
load ../lib/life

terminal() { as_user env COFFERDAM="$COFFERDAM" CASE="$CASE" python3 - "$1" <"$SOURCES/tests/lib/terminal-case"; }

@test "the builder's terminal is the first of a devpts of its own, with our window size" { terminal own_terminal; }
@test "size, modes and foreground of the terminal are there with the first instruction" { terminal first_instruction; }
@test "exit codes through a terminal" { terminal exit_codes; }
@test "Ctrl-C reaches the job inside; 130 if it dies of it" { terminal interrupt; }
@test "Ctrl-\\ as well: 131" { terminal quit_signal; }
@test "a shell inside has job control: Ctrl-C, Ctrl-Z, jobs, no warning" { terminal inner_job; }
@test "Ctrl-Z stops cofferdam for the shell outside, fg goes on, twice" { terminal suspend; }
@test "a builder that stops, and with it the launcher, stops no clock" { terminal stops_no_clock; }
@test "Ctrl-Z with no shell outside does not hang" { terminal orphaned; }
@test "started in the background it takes neither terminal nor modes; fg gives it both" { terminal background; }
@test "a new window size arrives, with SIGWINCH" { terminal window; }
@test "stdout in a file stays byte for byte while stdin is a terminal" { terminal redirected; }
@test "a terminal on stdin and a pipe or a file on an output: lines end where they should" { terminal shared_screen; }
@test "terminal modes are given back after exit, death and time limit" { terminal modes; }
@test "terminal modes are given back after the keeper was killed" { terminal modes_after_kill; }
@test "Ctrl-D ends the builder's input" { terminal eof; }
@test "a terminal that goes away ends the build" { terminal hangup; }
@test "a flood through the terminal arrives whole" { terminal flood; }
