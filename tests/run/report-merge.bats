#!/usr/bin/env bats
# cofferdam report merge: many reports as one list, and files that are none.

load ../lib/run

# NAME SCRIPT [OPTION…]: a run, and its report.
one() {
	local name=$1 script=$2

	shift 2
	coff run -q --report "$REPORTS/$name.json" "$@" none -- sh -c "$script" >/dev/null 2>&1 || :
}

setup() {
	case_begin
	REPORTS=$CASE/reports
	as_user mkdir "$REPORTS"
}

merged() {
	STATUS=0
	OUT=$(coff report merge "$@" 2>"$CASE/said") || STATUS=$?
}

@test "a line each, in the order of their names, and sums" {
	one a true
	one b 'exit 3'
	one c 'kill -9 $$'
	coff run -q --report "$REPORTS/d.json" /nonexistent-source -- true 2>/dev/null || :
	merged "$REPORTS"
	is "$STATUS" 0 "exit code: $(cat "$CASE/said")"
	is "$(awk 'NR > 1 && !/passed/ { print $1, $2 }' <<<"$OUT" | tr '\n' ';')" \
		"0 exited;3 exited;137 signalled;125 fetch_failed;" "what each came to"
	contains "$(tail -n 1 <<<"$OUT")" "1 passed, 2 failed, 1 worth a retry"
	contains "$(grep fetch_failed <<<"$OUT")" retry
	merged --json "$REPORTS"
	printf '%s\n' "$OUT" >"$CASE/merge.json"
	validate --is merge "$CASE/merge.json"
	is "$(python3 -c '
import json, sys
m = json.load(open(sys.argv[1]))
print([r["retry"] for r in m["reports"]], m["sums"]["passed"], all(r["seconds"] > 0 for r in m["reports"][:3]))' \
		"$CASE/merge.json")" "[False, False, False, True] 1 True" "the same as JSON"
}

@test "what a build left in the place of its artifact is worth no retry" {
	as_user mkdir "$CASE/to"
	one a 'ln -s /etc/passwd x' --artifact "x:$CASE/to"
	one b true
	python3 - "$REPORTS/b.json" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
report["result"].update(exit_code=125, cause="artifact_failed")
json.dump(report, open(sys.argv[1], "w"))
PY
	merged --json "$REPORTS"
	is "$(python3 -c '
import json, sys
print([(r["cause"], r["retry"]) for r in json.load(sys.stdin)["reports"]])' <<<"$OUT")" \
		"[('artifact_refused', False), ('artifact_failed', True)]" "causes, and whether a retry may help"
}

@test "a CI system reads JUnit's, whatever stands in a report" {
	one a true
	one b 'exit 3'
	python3 - "$REPORTS" <<'PY'
import json, sys
report = json.load(open(sys.argv[1] + "/a.json"))
report["source"] = {"url": "https://h/<&\">\u0001\u001b[31m\ufffe]]>", "ref": "x'y", "commit": "\u001b[2J\u009b"}
report["result"].update(exit_code=125, cause="setup_failed")
json.dump(report, open(sys.argv[1] + "/c<&>.json", "w"))
PY
	merged --junit "$REPORTS"
	is "$(python3 -c '
import sys, xml.etree.ElementTree as tree
suite = tree.fromstring(sys.stdin.read())
print(suite.get("tests"), suite.get("failures"), suite.get("errors"), len(suite.findall("testcase/failure")),
      suite.find("testcase/error").get("type"), suite.findall("testcase")[2].get("classname"))' <<<"$OUT")" \
		"3 1 1 1 setup_failed https://h/<&\">??[31m?]]>#x'y" "as its reader sees it"
	merged "$REPORTS"
	lacks "$OUT" $'\e'
}

@test "what is no report is named, and the others are told all the same" {
	one a true
	echo '{"schema":"cofferdam.report/1"}' >"$REPORTS/empty.json"
	echo '{"schema":"cofferdam.report/1","result":{"cause":"exited"}}' >"$REPORTS/codeless.json"
	echo '{"schema":"cofferdam.report/1","result":{"cause":"exited","exit_code":256}}' >"$REPORTS/much.json"
	echo '{"schema":"cofferdam.gc/1"}' >"$REPORTS/gc.json"
	head -c 100 "$REPORTS/a.json" >"$REPORTS/half.json"
	head -c 5000000 /dev/zero >"$REPORTS/large.json"
	ln -s /etc/passwd "$REPORTS/link.json"
	mkfifo "$REPORTS/pipe.json"
	mkdir "$REPORTS/directory.json"
	echo 'not looked at' >"$REPORTS/a.txt"
	merged "$REPORTS"
	is "$STATUS" 1 "exit code"
	contains "$OUT" "1 passed, 0 failed, 0 worth a retry"
	contains "$OUT" "9 not read"
	for name in empty codeless much gc half large link pipe directory; do
		contains "$(cat "$CASE/said")" "/$name.json: "
	done
	lacks "$(cat "$CASE/said")" a.txt
}

@test "places that are not there, or hold nothing, are not an empty success" {
	one a true
	merged "$CASE/nowhere" "$REPORTS/a.json"
	is "$STATUS" 1 "a place that is not there"
	contains "$OUT" "1 passed"
	as_user mkdir "$CASE/reports/none"
	merged "$CASE/reports/none"
	is "$STATUS" 1 "nothing in it"
	contains "$(cat "$CASE/said")" "no file of it ends in .json"
	for words in "" merge "split x" "merge --no-such x"; do
		STATUS=0
		coff report $words >/dev/null 2>"$CASE/said" || STATUS=$?
		is "$STATUS" 125 "report $words"
		contains "$(cat "$CASE/said")" "try: "
	done
}

@test "by root, the files are read as whom a run would have been" {
	need_root
	one a true
	as_root install -m 0600 "$REPORTS/a.json" "$CASE/roots.json"
	STATUS=0
	coff_root report merge "$CASE/roots.json" >/dev/null 2>"$CASE/said" || STATUS=$?
	is "$STATUS" 1 "exit code"
	contains "$(cat "$CASE/said")" "Permission denied"
}
