#include "sandbox/base/base64.h"

#include "sandbox/base/own.h"

#include <stdint.h>
#include <string.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static char *encode(const unsigned char *bytes, size_t n, const char *alphabet)
{
	char *text = malloc((n + 2) / 3 * 4 + 1), *out = text;

	for (size_t i = 0; text != NULL && i < n; i += 3) {
		size_t left = n - i < 3 ? n - i : 3;
		uint32_t bits = 0;

		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (j < left ? bytes[i + j] : 0U);
		for (size_t j = 0; j < 4; j++)
			*out++ = j <= left ? alphabet[bits >> (18 - 6 * j) & 63] : '=';
	}
	if (text != NULL)
		*out = '\0';
	return text;
}

char *base64_encode(const void *bytes, size_t n)
{
	return encode(bytes, n, standard);
}

char *base64_encode_url(const void *bytes, size_t n)
{
	return encode(bytes, n, url);
}

/* -1: it is not a digit. */
static int digit_value(char c)
{
	const char *at = c == '\0' ? NULL : strchr(standard, c);

	if (at != NULL)
		return (int)(at - standard);
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* How many digits text begins with, if nothing but their padding follows; else -1. */
static ssize_t count_digits(const char *text)
{
	size_t n = 0, padding;

	while (digit_value(text[n]) >= 0)
		n++;
	padding = strspn(text + n, "=");
	if (text[n + padding] != '\0' || n % 4 == 1)
		return -1;
	return padding == 0 || (n % 4 != 0 && n % 4 + padding == 4) ? (ssize_t)n : -1;
}

char *base64_decode(const char *text, size_t *ret_n)
{
	ssize_t digits = count_digits(text);
	char *bytes = digits < 0 ? NULL : malloc((size_t)digits / 4 * 3 + 3);
	uint32_t bits = 0;
	size_t n = 0;

	if (bytes == NULL)
		return NULL;
	for (ssize_t i = 0, have = 0; i < digits; i++) {
		bits = bits << 6 | (uint32_t)digit_value(text[i]);
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		bytes[n++] = (char)(bits >> have & 0xff);
	}
	bytes[n] = '\0';
	*ret_n = n;
	return bytes;
}
