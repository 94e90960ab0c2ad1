#!/usr/bin/env bats
# A builder's SELinux label, where a kernel runs with SELinux and a policy (enforcing or not):
# Debian with selinux-policy-default and "security=selinux selinux=1" on the command line.

load ../../lib/run

setup() {
	case_begin
	[ -e /sys/fs/selinux/policyvers ] || skip "needs a kernel that was started with SELinux"
}

@test "--selinux-label: the builder has the label, and the wall says so" {
	[ "$(cat /sys/fs/selinux/enforce)" = 0 ] || skip "needs a policy that permits this, or none that is enforced"
	label=unconfined_u:unconfined_r:unconfined_t:s0
	is "$(sandbox --selinux-label $label none -- cat /proc/self/attr/current | tr -d '\0\n')" $label "the label inside"
	is "$(report walls.lsm-label.state)" enforced walls.lsm-label
	contains "$(report walls.lsm-label.detail)" $label
	without=$(sandbox none -- cat /proc/self/attr/current | tr -d '\0\n')
	[ "$without" != $label ] || fail "it has that label without being asked"
}

@test "--selinux-label: what the policy does not know fails the run before anything starts" {
	for label in nobody_u:nothing_r:never_t:s0 junk; do
		run sandbox --selinux-label $label none -- echo MARKER
		is "$status" 125 "exit code for $label"
		lacks "$output" MARKER
		contains "$output" "the loaded policy has no such label"
	done
}
