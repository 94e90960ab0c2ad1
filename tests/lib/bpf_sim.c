#include "tests/lib/bpf_sim.h"

#include "sandbox/base/own.h"

#include <string.h>

struct machine {
	uint32_t a, x;
	uint32_t memory[BPF_MEMWORDS];
};

static bool is_jump(uint16_t code)
{
	return BPF_CLASS(code) == BPF_JMP && code != (BPF_JMP | BPF_JA);
}

static bool is_known(uint16_t code)
{
	static const uint16_t known[] = {
		BPF_LD | BPF_W | BPF_ABS,
		BPF_LD | BPF_W | BPF_LEN,
		BPF_LDX | BPF_W | BPF_LEN,
		BPF_LD | BPF_IMM,
		BPF_LDX | BPF_IMM,
		BPF_LD | BPF_MEM,
		BPF_LDX | BPF_MEM,
		BPF_ST,
		BPF_STX,
		BPF_MISC | BPF_TAX,
		BPF_MISC | BPF_TXA,
		BPF_RET | BPF_K,
		BPF_RET | BPF_A,
		BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JA,
	};
	static const uint16_t operations[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND,
		BPF_LSH, BPF_RSH, BPF_XOR };
	static const uint16_t tests[] = { BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET };

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (code == known[i])
			return true;
	for (size_t i = 0; i < ARRAY_LEN(operations); i++)
		if ((code & ~BPF_X) == (BPF_ALU | operations[i]))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(tests); i++)
		if ((code & ~BPF_X) == (BPF_JMP | tests[i]))
			return true;
	return false;
}

static const char *check_one(const struct sock_filter *f, size_t left)
{
	if (!is_known(f->code))
		return "an instruction that seccomp does not have";
	if (f->code == (BPF_LD | BPF_W | BPF_ABS) &&
		(f->k % 4 != 0 || f->k + 4 > sizeof(struct seccomp_data)))
		return "a load outside struct seccomp_data";
	if (f->code == (BPF_JMP | BPF_JA) && f->k >= left)
		return "a jump out of the program";
	if (is_jump(f->code) && (f->jt >= left || f->jf >= left))
		return "a branch out of the program";
	if ((f->code == BPF_ST || f->code == BPF_STX || f->code == (BPF_LD | BPF_MEM) ||
		    f->code == (BPF_LDX | BPF_MEM)) &&
		f->k >= BPF_MEMWORDS)
		return "scratch memory that does not exist";
	if (f->code == (BPF_ALU | BPF_DIV | BPF_K) && f->k == 0)
		return "a division by zero";
	if ((f->code == (BPF_ALU | BPF_LSH | BPF_K) || f->code == (BPF_ALU | BPF_RSH | BPF_K)) &&
		f->k >= 32)
		return "a shift of 32 bits or more";
	return NULL;
}

const char *bpf_sim_check(const struct filter *filter)
{
	if (filter->length == 0 || filter->length > BPF_MAXINSNS)
		return "a length that the kernel refuses";
	for (size_t i = 0; i < filter->length; i++) {
		const char *why = check_one(&filter->instructions[i], filter->length - i - 1);

		if (why != NULL)
			return why;
	}
	if (BPF_CLASS(filter->instructions[filter->length - 1].code) != BPF_RET)
		return "a last instruction that does not return";
	return NULL;
}

static uint32_t load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

static void run_alu(const struct sock_filter *f, struct machine *m)
{
	uint32_t operand = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

	switch (BPF_OP(f->code)) {
	case BPF_ADD:
		m->a += operand;
		break;
	case BPF_SUB:
		m->a -= operand;
		break;
	case BPF_MUL:
		m->a *= operand;
		break;
	case BPF_DIV:
		m->a = operand == 0 ? 0 : m->a / operand;
		break;
	case BPF_OR:
		m->a |= operand;
		break;
	case BPF_AND:
		m->a &= operand;
		break;
	case BPF_XOR:
		m->a ^= operand;
		break;
	case BPF_LSH:
		m->a <<= operand & 31;
		break;
	case BPF_RSH:
		m->a >>= operand & 31;
		break;
	default: /* BPF_NEG */
		m->a = -m->a;
	}
}

static size_t jump_length(const struct sock_filter *f, const struct machine *m)
{
	uint32_t operand = BPF_SRC(f->code) == BPF_X ? m->x : f->k;
	bool taken = false;

	switch (BPF_OP(f->code)) {
	case BPF_JA:
		return f->k;
	case BPF_JEQ:
		taken = m->a == operand;
		break;
	case BPF_JGT:
		taken = m->a > operand;
		break;
	case BPF_JGE:
		taken = m->a >= operand;
		break;
	default: /* BPF_JSET */
		taken = (m->a & operand) != 0;
	}
	return taken ? f->jt : f->jf;
}

static void run_load(const struct sock_filter *f, const struct seccomp_data *data, uint32_t *target,
	struct machine *m)
{
	switch (BPF_MODE(f->code)) {
	case BPF_ABS:
		*target = load(data, f->k);
		break;
	case BPF_LEN:
		*target = sizeof(*data);
		break;
	case BPF_MEM:
		*target = m->memory[f->k];
		break;
	default: /* BPF_IMM */
		*target = f->k;
	}
}

uint32_t bpf_sim_run_counting(
	const struct filter *filter, const struct seccomp_data *data, unsigned *ret_steps)
{
	struct machine m = { 0 };

	*ret_steps = 0;
	for (size_t i = 0;; i++) {
		const struct sock_filter *f = &filter->instructions[i];

		++*ret_steps;
		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			run_load(f, data, &m.a, &m);
			break;
		case BPF_LDX:
			run_load(f, data, &m.x, &m);
			break;
		case BPF_ST:
			m.memory[f->k] = m.a;
			break;
		case BPF_STX:
			m.memory[f->k] = m.x;
			break;
		case BPF_ALU:
			run_alu(f, &m);
			break;
		case BPF_JMP:
			i += jump_length(f, &m);
			break;
		case BPF_RET:
			return BPF_RVAL(f->code) == BPF_A ? m.a : f->k;
		default: /* BPF_MISC */
			if (BPF_MISCOP(f->code) == BPF_TAX)
				m.x = m.a;
			else
				m.a = m.x;
		}
	}
}

uint32_t bpf_sim_run(const struct filter *filter, const struct seccomp_data *data)
{
	unsigned steps;

	return bpf_sim_run_counting(filter, data, &steps);
}
