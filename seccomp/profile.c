#include "seccomp/profile.h"

#include "sandbox/base/json.h"
#include "sandbox/base/jsontext.h"
#include "sandbox/base/own.h"
#include "seccomp/filter_policy.h"
#include "seccomp/profile_place.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* ERRNO's own limit in the kernel (MAX_ERRNO). */
#define ERRNO_MAX   4095

/* Past the newest number of any kernel that we know; see profile.h. */
#define NUMBER_END  600

#define ENTRIES_MAX 8
#define ARGUMENTS   6

struct profile {
	const char *name, *text;
	size_t length;
	cJSON *root;
	uint32_t default_action;
	uint32_t arches[ENTRIES_MAX]; /* [0] is the machine's own */
	scmp_filter_ctx entries[ENTRIES_MAX];
	size_t count;
	int highest; /* newest number that the profile names */
	struct failure *f;
};

__attribute__((format(printf, 3, 4))) static int refuse(
	const struct profile *p, const cJSON *where, const char *fmt, ...)
{
	unsigned line, column;
	char what[200];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	profile_place(p->text, p->length, p->root, where, &line, &column);
	return fail(p->f, 0, "%s:%u:%u: %s", p->name, line, column, what);
}

static const cJSON *first(const cJSON *list)
{
	return list != NULL ? list->child : NULL;
}

/* Every key of the object has to be one of the list (NULL-terminated). */
static int check_keys(const struct profile *p, const cJSON *object, const char *const keys[])
{
	const cJSON *item;

	if (!cJSON_IsObject(object))
		return refuse(p, object, "an object is expected here");
	for (item = first(object); item != NULL; item = item->next) {
		size_t i = 0;

		while (keys[i] != NULL && strcmp(keys[i], item->string) != 0)
			i++;
		if (keys[i] == NULL)
			return refuse(p, item, "unknown key \"%s\"", item->string);
	}
	return 0;
}

static int check_strings(const struct profile *p, const cJSON *list)
{
	const cJSON *item;

	if (list == NULL || cJSON_IsNull(list))
		return 0;
	if (!cJSON_IsArray(list))
		return refuse(p, list, "\"%s\": an array of strings is expected", list->string);
	for (item = first(list); item != NULL; item = item->next)
		if (!cJSON_IsString(item))
			return refuse(p, item, "\"%s\": only strings may stand here", list->string);
	return 0;
}

static bool has_string(const cJSON *list, const char *text)
{
	const cJSON *item;

	for (item = first(list); item != NULL; item = item->next)
		if (strcmp(item->valuestring, text) == 0)
			return true;
	return false;
}

/* A whole number; callers stay below 2^53, up to where cJSON's doubles are exact. */
static int read_number(const struct profile *p, const cJSON *item, uint64_t max, uint64_t *ret)
{
	double value = cJSON_IsNumber(item) ? item->valuedouble : -1;

	if (!(value >= 0 && value <= (double)max) || value != (double)(uint64_t)value)
		return refuse(p, item, "\"%s\": a whole number from 0 to %llu is expected",
			item->string, (unsigned long long)max);
	*ret = (uint64_t)value;
	return 0;
}

static int read_errno_name(const struct profile *p, const cJSON *item, uint64_t *ret)
{
	for (int i = 1; cJSON_IsString(item) && i <= ERRNO_MAX; i++) {
		const char *known = strerrorname_np(i);

		if (known != NULL && strcmp(known, item->valuestring) == 0) {
			*ret = (uint64_t)i;
			return 0;
		}
	}
	return refuse(p, item, "\"%s\": the name of an errno is expected", item->string);
}

/* number and name are the keys that carry the errno; the number wins, EPERM is what
 * neither means. */
static int read_action(const struct profile *p, const cJSON *object, const char *key,
	const char *number_key, const char *name_key, uint32_t *ret)
{
	static const struct {
		const char *name;
		uint32_t action;
		const char *refused;
	} actions[] = {
		{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW, NULL },
		{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0), NULL },
		{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD, NULL },
		{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD, NULL },
		{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS, NULL },
		{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP, NULL },
		{ "SCMP_ACT_LOG", SCMP_ACT_LOG, NULL },
		{ "SCMP_ACT_TRACE", 0, "nobody traces the builder" },
		{ "SCMP_ACT_NOTIFY", 0, "nobody listens for the builder's calls" },
	};
	const cJSON *action = json_member(object, key), *number = json_member(object, number_key),
		    *name = json_member(object, name_key);
	uint64_t errnum = EPERM;

	if (!cJSON_IsString(action))
		return refuse(
			p, action != NULL ? action : object, "\"%s\" is missing or no string", key);
	if (name != NULL && read_errno_name(p, name, &errnum) < 0)
		return -1;
	if (number != NULL && !cJSON_IsNull(number) &&
		read_number(p, number, ERRNO_MAX, &errnum) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
		if (strcmp(actions[i].name, action->valuestring) != 0)
			continue;
		if (actions[i].refused != NULL)
			return refuse(p, action, "%s: %s", actions[i].name, actions[i].refused);
		*ret = actions[i].action;
		if (*ret == SCMP_ACT_ERRNO(0))
			*ret = SCMP_ACT_ERRNO((uint32_t)errnum);
		return 0;
	}
	return refuse(p, action, "unknown action \"%s\"", action->valuestring);
}

/* SCMP_ARCH_X86_64 is "x86_64" to libseccomp; 0 if it knows none of that name. */
static uint32_t arch_find(const char *name)
{
	static const char prefix[] = "SCMP_ARCH_";
	char lower[32];
	size_t i = 0;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	for (name += sizeof(prefix) - 1; name[i] != '\0' && i + 1 < sizeof(lower); i++)
		lower[i] = (char)tolower((unsigned char)name[i]);
	lower[i] = '\0';
	return seccomp_arch_resolve_name(lower);
}

static int add_entry(struct profile *p, const cJSON *where, uint32_t arch)
{
	scmp_filter_ctx ctx;

	for (size_t i = 0; i < p->count; i++)
		if (p->arches[i] == arch)
			return 0;
	if (p->count == ENTRIES_MAX)
		return refuse(p, where, "more architectures than one machine has");
	ctx = seccomp_init(p->default_action);
	if (ctx == NULL)
		return fail(p->f, ENOMEM, "%s: seccomp_init", p->name);
	p->arches[p->count] = arch;
	p->entries[p->count++] = ctx;
	if (arch != seccomp_arch_native() &&
		(seccomp_arch_add(ctx, arch) < 0 || seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE) < 0))
		return refuse(p, where, "an architecture that libseccomp cannot filter");
	if (seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS)) < 0 ||
		seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2) < 0)
		return fail(p->f, EINVAL, "%s: seccomp_attr_set", p->name);
	return 0;
}

static int add_arch_list(struct profile *p, const cJSON *list)
{
	const cJSON *item;

	if (check_strings(p, list) < 0)
		return -1;
	for (item = first(list); item != NULL; item = item->next) {
		uint32_t arch = arch_find(item->valuestring);

		if (arch == 0)
			return refuse(p, item, "unknown architecture \"%s\"", item->valuestring);
		if (add_entry(p, item, arch) < 0)
			return -1;
	}
	return 0;
}

/* Of archMap only the machine's own line counts; the others may name architectures that
 * our libseccomp has never heard of. */
static int read_arches(struct profile *p)
{
	static const char *const keys[] = { "architecture", "subArchitectures", NULL };
	const cJSON *map = json_member(p->root, "archMap"), *line;

	if (add_entry(p, p->root, seccomp_arch_native()) < 0)
		return -1;
	if (map != NULL && !cJSON_IsNull(map) && !cJSON_IsArray(map))
		return refuse(p, map, "\"archMap\": an array is expected");
	for (line = first(map); line != NULL; line = line->next) {
		const cJSON *arch = json_member(line, "architecture");

		if (check_keys(p, line, keys) < 0)
			return -1;
		if (!cJSON_IsString(arch))
			return refuse(p, line, "\"architecture\" is missing or no string");
		if (arch_find(arch->valuestring) == seccomp_arch_native() &&
			add_arch_list(p, json_member(line, "subArchitectures")) < 0)
			return -1;
		if (check_strings(p, json_member(line, "subArchitectures")) < 0)
			return -1;
	}
	return add_arch_list(p, json_member(p->root, "architectures"));
}

/* The names that Go has for architectures, which Docker uses in "arches". */
static const char *go_arch(void)
{
	static const struct {
		uint32_t arch;
		const char *name;
	} names[] = {
		{ SCMP_ARCH_X86_64, "amd64" },
		{ SCMP_ARCH_AARCH64, "arm64" },
		{ SCMP_ARCH_RISCV64, "riscv64" },
		{ SCMP_ARCH_PPC64LE, "ppc64le" },
		{ SCMP_ARCH_S390X, "s390x" },
		{ SCMP_ARCH_X86, "x86" },
		{ SCMP_ARCH_ARM, "arm" },
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].arch == seccomp_arch_native())
			return names[i].name;
	return "";
}

static int kernel_is_older(const struct profile *p, const cJSON *wanted, bool *ret)
{
	unsigned major, minor, want_major, want_minor;
	struct utsname system;
	char rest;

	if (!cJSON_IsString(wanted) ||
		sscanf(wanted->valuestring, "%3u.%3u%c", &want_major, &want_minor, &rest) != 2)
		return refuse(p, wanted, "\"minKernel\": a version such as \"4.8\" is expected");
	if (uname(&system) < 0 || sscanf(system.release, "%3u.%3u", &major, &minor) != 2)
		return fail(p->f, errno, "read the kernel's version");
	*ret = major < want_major || (major == want_major && minor < want_minor);
	return 0;
}

/* Does the condition object speak of this machine? As Docker decides: to be included all
 * has to hold, to be excluded one thing is enough. The builder has no capability, so a
 * list of them never holds. */
static int evaluate(const struct profile *p, const cJSON *object, bool excluding, bool *ret)
{
	static const char *const keys[] = { "caps", "arches", "minKernel", NULL };
	const cJSON *caps, *arches, *kernel;
	bool older = false, has_caps, has_arches;

	*ret = !excluding;
	if (object == NULL || cJSON_IsNull(object))
		return 0;
	caps = json_member(object, "caps");
	arches = json_member(object, "arches");
	kernel = json_member(object, "minKernel");
	if (check_keys(p, object, keys) < 0 || check_strings(p, caps) < 0 ||
		check_strings(p, arches) < 0 ||
		(kernel != NULL && kernel_is_older(p, kernel, &older) < 0))
		return -1;
	has_caps = cJSON_GetArraySize(caps) > 0;
	has_arches = cJSON_GetArraySize(arches) > 0;
	if (excluding)
		*ret = (has_arches && has_string(arches, go_arch())) || (kernel != NULL && !older);
	else
		*ret = !has_caps && (!has_arches || has_string(arches, go_arch())) && !older;
	return 0;
}

static int read_argument(const struct profile *p, const cJSON *object, struct scmp_arg_cmp *ret)
{
	static const char *const keys[] = { "index", "value", "valueTwo", "op", NULL };
	static const struct {
		const char *name;
		enum scmp_compare op;
	} operators[] = {
		{ "SCMP_CMP_NE", SCMP_CMP_NE },
		{ "SCMP_CMP_LT", SCMP_CMP_LT },
		{ "SCMP_CMP_LE", SCMP_CMP_LE },
		{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
		{ "SCMP_CMP_GE", SCMP_CMP_GE },
		{ "SCMP_CMP_GT", SCMP_CMP_GT },
		{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
	};
	const uint64_t exact = UINT64_C(1) << 53;
	const cJSON *op, *index, *value, *two;
	uint64_t number = 0, value_one = 0, value_two = 0;

	if (check_keys(p, object, keys) < 0)
		return -1;
	op = json_member(object, "op");
	index = json_member(object, "index");
	value = json_member(object, "value");
	two = json_member(object, "valueTwo");
	if (index == NULL || value == NULL || !cJSON_IsString(op))
		return refuse(p, object, "an argument needs \"index\", \"value\" and \"op\"");
	if (read_number(p, index, ARGUMENTS - 1, &number) < 0 ||
		read_number(p, value, exact, &value_one) < 0 ||
		(two != NULL && read_number(p, two, exact, &value_two) < 0))
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		if (strcmp(operators[i].name, op->valuestring) != 0)
			continue;
		*ret = SCMP_CMP64((unsigned int)number, operators[i].op, value_one, value_two);
		return 0;
	}
	return refuse(p, op, "unknown operator \"%s\"", op->valuestring);
}

struct comparison {
	struct scmp_arg_cmp list[ARGUMENTS];
	unsigned count;
	bool any; /* an index is compared twice: one is enough, as runc reads it */
};

static int read_arguments(const struct profile *p, const cJSON *args, struct comparison *ret)
{
	const cJSON *item;
	unsigned seen = 0;

	*ret = (struct comparison){ 0 };
	if (args == NULL || cJSON_IsNull(args))
		return 0;
	if (!cJSON_IsArray(args) || cJSON_GetArraySize(args) > ARGUMENTS)
		return refuse(p, args, "\"args\": an array of at most %d is expected", ARGUMENTS);
	for (item = first(args); item != NULL; item = item->next) {
		struct scmp_arg_cmp *compare = &ret->list[ret->count++];

		if (read_argument(p, item, compare) < 0)
			return -1;
		ret->any = ret->any || (seen & (1U << compare->arg)) != 0;
		seen |= 1U << compare->arg;
	}
	return 0;
}

static int add_rule(const struct profile *p, const cJSON *where, size_t entry, uint32_t action,
	int number, unsigned count, const struct scmp_arg_cmp *list)
{
	int rc = seccomp_rule_add_array(p->entries[entry], action, number, count, list);

	if (rc < 0 && rc != -EEXIST)
		return refuse(p, where, "libseccomp refuses the rule: %s", strerror(-rc));
	return 0;
}

static int add_call(
	struct profile *p, const cJSON *name, uint32_t action, const struct comparison *compare)
{
	int number = seccomp_syscall_resolve_name(name->valuestring);
	bool newer = false;

	if (number == __NR_SCMP_ERROR) {
		number = policy_newer_number(name->valuestring);
		newer = true; /* no name to translate by: for the machine's own entry alone */
	}
	if (number == -1)
		return refuse(p, name, "unknown system call \"%s\"", name->valuestring);
	p->highest = number > p->highest ? number : p->highest;
	if (action == p->default_action)
		return 0;
	for (size_t entry = 0; entry < (newer ? 1 : p->count); entry++) {
		if (!compare->any &&
			add_rule(p, name, entry, action, number, compare->count, compare->list) < 0)
			return -1;
		for (unsigned i = 0; compare->any && i < compare->count; i++)
			if (add_rule(p, name, entry, action, number, 1, &compare->list[i]) < 0)
				return -1;
	}
	return 0;
}

static int add_calls(struct profile *p, const cJSON *rule)
{
	static const char *const keys[] = { "names", "name", "action", "errnoRet", "errno", "args",
		"comment", "includes", "excludes", NULL };
	const cJSON *names, *name, *item;
	bool included, excluded;
	struct comparison compare;
	uint32_t action;

	if (check_keys(p, rule, keys) < 0)
		return -1;
	names = json_member(rule, "names");
	name = json_member(rule, "name");
	if (read_action(p, rule, "action", "errnoRet", "errno", &action) < 0 ||
		read_arguments(p, json_member(rule, "args"), &compare) < 0 ||
		evaluate(p, json_member(rule, "includes"), false, &included) < 0 ||
		evaluate(p, json_member(rule, "excludes"), true, &excluded) < 0 ||
		check_strings(p, names) < 0)
		return -1;
	if ((names == NULL) == (name == NULL) || (name != NULL && !cJSON_IsString(name)))
		return refuse(p, rule, "either \"names\" or one \"name\" is expected");
	if (!included || excluded)
		return 0;
	if (name != NULL)
		return add_call(p, name, action, &compare);
	for (item = first(names); item != NULL; item = item->next)
		if (add_call(p, item, action, &compare) < 0)
			return -1;
	return 0;
}

static int read_calls(struct profile *p)
{
	const cJSON *calls = json_member(p->root, "syscalls"), *rule;

	if (calls != NULL && !cJSON_IsNull(calls) && !cJSON_IsArray(calls))
		return refuse(p, calls, "\"syscalls\": an array is expected");
	for (rule = first(calls); rule != NULL; rule = rule->next)
		if (add_calls(p, rule) < 0)
			return -1;
	return 0;
}

/* Calls newer than the profile, see profile.h. */
static int answer_newer(const struct profile *p)
{
	bool refuses = (p->default_action & 0xffff0000U) == SCMP_ACT_ERRNO(0);

	if (!refuses || p->default_action == SCMP_ACT_ERRNO(ENOSYS) || p->highest < 0)
		return 0;
	for (int number = p->highest + 1; number <= NUMBER_END; number++)
		if (add_rule(p, p->root, 0, SCMP_ACT_ERRNO(ENOSYS), number, 0, NULL) < 0)
			return -1;
	return 0;
}

/* Flags go to seccomp(2), not into the program. The builder has one thread when the
 * filter is installed, so TSYNC asks for nothing; the others weaken or need a listener. */
static int check_flags(const struct profile *p)
{
	const cJSON *flags = json_member(p->root, "flags"), *item;

	if (check_strings(p, flags) < 0)
		return -1;
	cJSON_ArrayForEach(
		item, flags) if (strcmp(item->valuestring, "SECCOMP_FILTER_FLAG_TSYNC") !=
				 0) return refuse(p, item,
		"flag \"%s\": only SECCOMP_FILTER_FLAG_TSYNC", item->valuestring);
	return 0;
}

static int export(struct profile *p, struct filter *ret)
{
	own_fd int fd = memfd_create("profile", MFD_CLOEXEC);
	own_mem struct sock_filter *program = NULL;
	struct stat st;
	int rc;

	if (fd < 0)
		return fail(p->f, errno, "memfd_create");
	while (p->count > 1) {
		rc = seccomp_merge(p->entries[0], p->entries[p->count - 1]);
		if (rc < 0)
			return fail(p->f, -rc, "%s: join the architectures", p->name);
		p->count--; /* the merge has freed it */
	}
	rc = seccomp_export_bpf(p->entries[0], fd);
	if (rc < 0 || fstat(fd, &st) < 0)
		return fail(p->f, rc < 0 ? -rc : errno, "%s: compile the profile", p->name);
	if (st.st_size == 0 || st.st_size > (off_t)(BPF_MAXINSNS * sizeof(*program)))
		return fail(p->f, 0, "%s: longer than the %d instructions that the kernel takes",
			p->name, BPF_MAXINSNS);
	program = malloc((size_t)st.st_size);
	if (program == NULL || pread(fd, program, (size_t)st.st_size, 0) != st.st_size)
		return fail(p->f, errno, "%s: read the compiled profile", p->name);
	*ret = (struct filter){ own_mem_give(program),
		(unsigned short)((size_t)st.st_size / sizeof(*program)) };
	return 0;
}

static int compile(struct profile *p, struct filter *ret)
{
	static const char *const keys[] = { "defaultAction", "defaultErrnoRet", "defaultErrno",
		"archMap", "architectures", "flags", "syscalls", NULL };

	if (check_keys(p, p->root, keys) < 0 ||
		read_action(p, p->root, "defaultAction", "defaultErrnoRet", "defaultErrno",
			&p->default_action) < 0 ||
		check_flags(p) < 0 || read_arches(p) < 0 || read_calls(p) < 0 ||
		answer_newer(p) < 0)
		return -1;
	return export(p, ret);
}

static int read_profile(struct profile *p, struct filter *ret)
{
	struct jsontext_error error;

	if (jsontext_check(p->text, p->length, &jsontext_config_limits, &error) < 0)
		return fail(p->f, 0, "%s:%u:%u: %s", p->name, error.line, error.column, error.what);
	p->root = cJSON_ParseWithLength(p->text, p->length);
	if (p->root == NULL)
		return fail(p->f, ENOMEM, "%s: read the JSON", p->name);
	return compile(p, ret);
}

int profile_compile(
	const char *name, const char *text, size_t length, struct filter *ret, struct failure *f)
{
	struct profile p = { .name = name, .text = text, .length = length, .highest = -1, .f = f };
	int rc = read_profile(&p, ret);

	for (size_t i = 0; i < p.count; i++)
		seccomp_release(p.entries[i]);
	cJSON_Delete(p.root);
	if (rc < 0)
		fail_remedy(f, "the format is that of Docker's profiles, without listeners and "
			       "tracers; moby's profiles/seccomp/default.json is an example");
	return rc;
}

void filter_free(struct filter *filter)
{
	free((struct sock_filter *)filter->instructions);
	*filter = (struct filter){ 0 };
}
