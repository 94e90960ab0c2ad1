#include "sandbox/base/base64.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4648, section 10. */
static const struct vector {
	const char *bytes, *text;
} vectors[] = {
	{ "", "" },
	{ "f", "Zg==" },
	{ "fo", "Zm8=" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" },
	{ "foobar", "Zm9vYmFy" },
};

static void agrees_with_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		size_t n = strlen(vectors[i].bytes), got = 77;
		own_mem char *text = base64_encode(vectors[i].bytes, n);
		own_mem char *url = base64_encode_url(vectors[i].bytes, n);
		own_mem char *bytes = base64_decode(vectors[i].text, &got);
		char bare[16];

		assert_string_equal(text, vectors[i].text);
		assert_string_equal(url, vectors[i].text);
		assert_int_equal(got, n);
		assert_string_equal(bytes, vectors[i].bytes);

		snprintf(bare, sizeof(bare), "%s", vectors[i].text);
		bare[strcspn(bare, "=")] = '\0';
		free(own_mem_give(bytes));
		bytes = base64_decode(bare, &got);
		assert_int_equal(got, n);
		assert_string_equal(bytes, vectors[i].bytes);
	}
}

static void has_two_alphabets(void **state)
{
	static const char bytes[] = { (char)0xfb, (char)0xef, (char)0xff, 0 };
	size_t n = 0;
	own_mem char *text = base64_encode(bytes, sizeof(bytes));
	own_mem char *url = base64_encode_url(bytes, sizeof(bytes));
	own_mem char *of_text = base64_decode("++//AA==", &n);
	own_mem char *of_url = base64_decode("--__AA==", &n);

	(void)state;
	assert_string_equal(text, "++//AA==");
	assert_string_equal(url, "--__AA==");
	assert_int_equal(n, sizeof(bytes));
	assert_memory_equal(of_text, bytes, sizeof(bytes));
	assert_memory_equal(of_url, bytes, sizeof(bytes));
}

/* Every byte there is, at each length: what a table with one wrong row would not survive. */
static void decodes_what_it_encodes(void **state)
{
	unsigned char bytes[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(255 - i);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		size_t got = 0;
		own_mem char *text = base64_encode(bytes, n);
		own_mem char *back = base64_decode(text, &got);

		assert_int_equal(strlen(text), (n + 2) / 3 * 4);
		assert_int_equal(got, n);
		assert_memory_equal(back, bytes, n);
		assert_int_equal(back[n], 0);
	}
}

static void refuses_junk(void **state)
{
	static const char *const junk[] = { "Z", "Zm9vY",
		"Zg=", "Zg===", "Zm8==", "Zm9v=", "Zm9v====", "=", "====", "Zg==Zg==", "Zg=g",
		"Z g=", "Zg==\n", "\nZg==", "Zm9v,", "Zm9v.", "Zm\x80v", "Zg= =" };
	size_t n = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(junk); i++)
		if (base64_decode(junk[i], &n) != NULL)
			fail_msg("\"%s\" was decoded", junk[i]);
	assert_int_equal(n, 77); /* untouched on failure */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_rfc),
		cmocka_unit_test(has_two_alphabets),
		cmocka_unit_test(decodes_what_it_encodes),
		cmocka_unit_test(refuses_junk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
