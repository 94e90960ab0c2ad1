/* tests/lib/bpf_sim.h: run a filter as the kernel would, on a call that never happens.
 *
 * Only the instructions that seccomp_check_filter (kernel/seccomp.c) lets through,
 * with its rules: loads are aligned and inside struct seccomp_data, jumps go forward
 * and stay inside, the last instruction returns, and scratch memory is written first.
 */
#ifndef TESTS_LIB_BPF_SIM_H
#define TESTS_LIB_BPF_SIM_H

#include "seccomp/filter.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>

/* NULL if the kernel would take the program, else what it would refuse. */
const char *bpf_sim_check(const struct filter *filter);

/* The answer, SECCOMP_RET_… with its data. The program has passed bpf_sim_check. */
uint32_t bpf_sim_run(const struct filter *filter, const struct seccomp_data *data);

/* The same, and how many instructions it took. */
uint32_t bpf_sim_run_counting(
	const struct filter *filter, const struct seccomp_data *data, unsigned *ret_steps);

#endif
