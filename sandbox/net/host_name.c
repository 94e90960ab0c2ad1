#include "sandbox/net/host_name.h"

#include <string.h>

#define LABEL_BYTES 63

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static char folded(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What is wrong with it, or NULL. */
static const char *label_fault(const char *label, size_t n)
{
	if (n == 0)
		return "an empty label";
	if (n > LABEL_BYTES)
		return "a label of more than 63 bytes";
	if (label[0] == '-' || label[n - 1] == '-')
		return "a label that begins or ends with '-'";
	for (size_t i = 0; i < n; i++)
		if (!is_letter(label[i]) && !is_digit(label[i]) && label[i] != '-' &&
			label[i] != '_')
			return (unsigned char)label[i] > 0x7f
				       ? "not ASCII (write its \"xn--\" form)"
				       : "a character that no name of a host has";
	return NULL;
}

/* Would inet_aton(3) take the last label for a number? Then it may take the whole for an address:
 * "127.1", "1.2.3.0x4", "0x7f000001". */
static bool is_number(const char *label, size_t n)
{
	bool hexadecimal = n >= 2 && label[0] == '0' && label[1] == 'x';

	for (size_t i = hexadecimal ? 2 : 0; i < n; i++)
		if (!is_digit(label[i]) && !(hexadecimal && label[i] >= 'a' && label[i] <= 'f'))
			return false;
	return true;
}

static bool has_letter(const char *label, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_letter(label[i]))
			return true;
	return false;
}

static const char *name_fault(const char *name, size_t n)
{
	const char *fault, *dot, *label = name, *end = name + n;

	for (; (dot = memchr(label, '.', (size_t)(end - label))) != NULL; label = dot + 1)
		if ((fault = label_fault(label, (size_t)(dot - label))) != NULL)
			return fault;
	if ((fault = label_fault(label, (size_t)(end - label))) != NULL)
		return fault;
	if (!has_letter(label, (size_t)(end - label)) || is_number(label, (size_t)(end - label)))
		return "its last label is a number, as in an address";
	return NULL;
}

int host_name_read(const char *bytes, size_t n, char ret[HOST_NAME_BYTES], const char **ret_why)
{
	char name[HOST_NAME_BYTES];

	if (n > 0 && bytes[n - 1] == '.')
		n--;
	if (n == 0) {
		*ret_why = "empty";
		return -1;
	}
	if (n >= HOST_NAME_BYTES) {
		*ret_why = "longer than 253 bytes";
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		name[i] = folded(bytes[i]);
	*ret_why = name_fault(name, n);
	if (*ret_why != NULL)
		return -1;
	memcpy(ret, name, n);
	ret[n] = '\0';
	return 0;
}

bool host_name_is_below(const char *name, const char *suffix)
{
	size_t n = strlen(name), m = strlen(suffix);

	return m > 0 && n > m + 1 && name[n - m - 1] == '.' && memcmp(name + n - m, suffix, m) == 0;
}
