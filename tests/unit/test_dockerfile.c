#include "sandbox/docker/dockerfile.h"

#include "sandbox/base/own.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct dockerfile_arg args[] = { { "BASE", "team/app:7" }, { "EMPTY", "" },
	{ "NOVALUE", NULL }, { "LATE", "from-the-request" } };

static int read_text(const char *text, size_t n, struct text *ret, struct dockerfile_images *images,
	struct refusal *r)
{
	return dockerfile_read((struct span){ text, n }, args, ARRAY_LEN(args), ret, images, r);
}

/* "a b" of the names. */
static void join_images(const struct dockerfile_images *images, char *ret, size_t size)
{
	size_t n = 0;

	ret[0] = '\0';
	for (size_t i = 0; i < images->n; i++)
		n += (size_t)snprintf(
			ret + n, size - n, "%s%s", i > 0 ? " " : "", images->names[i]);
}

static void writes_anew(void **state)
{
	static const struct {
		const char *in, *out, *images;
	} rows[] = {
		{ "FROM a\n", "FROM a:latest\n", "a:latest" },
		{ "from a:1", "FROM a:1\n", "a:1" },
		{ "\xef\xbb\xbf"
		  "FROM a:1\r\nRUN x\r\n",
			"FROM a:1\nRUN x\n", "a:1" },
		{ "# syntax=docker/dockerfile:1\n#check=skip=all\n# escape=`\nFROM a:1\nRUN x `\n"
		  " y\\\n",
			"# escape=`\nFROM a:1\nRUN x  y\\\n", "a:1" },
		{ "# escape=\\\nFROM a:1", "FROM a:1\n", "a:1" },
		{ "# a comment\n# escape=`\nFROM a:1\nRUN x \\\n y", "FROM a:1\nRUN x  y\n",
			"a:1" },
		{ "\n# escape=`\nFROM a:1\nRUN x \\\n y", "FROM a:1\nRUN x  y\n", "a:1" },
		{ "FROM a:1\nRUN one && \\\n  # gone\n\n \t\n  two", "FROM a:1\nRUN one &&   two\n",
			"a:1" },
		{ "FROM a:1\nRUN one \\ \t\n two \\\\\n three", "FROM a:1\nRUN one  two \\ three\n",
			"a:1" },
		{ "FR\\\nOM a:1\n\\\n  RUN x\n", "FROM a:1\nRUN x\n", "a:1" },
		{ "FROM a:1\nRUN x \\", "FROM a:1\nRUN x\n", "a:1" },
		{ "FROM a:1\n\xc2\xa0# a comment\n\xe2\x80\x83\nRUN x", "FROM a:1\nRUN x\n",
			"a:1" },
		{ "FROM scratch\nCOPY a /", "FROM scratch\nCOPY a /\n", "" },
		{ "FROM a:1 AS B\nFROM b\nFROM c:2\nCOPY --from=B /x /y\nCOPY --from=0 /x /y\n"
		  "COPY --from=c:2 --chown=$U:$G /x /y\n",
			"FROM a:1 AS b\nFROM b\nFROM c:2\nCOPY --from=b /x /y\nCOPY --from=0 /x "
			"/y\n"
			"COPY --from=c:2 --chown=$U:$G /x /y\n",
			"a:1 c:2" },
		{ "FROM a:1 AS a\nCOPY --from=a / /\n", "FROM a:1 AS a\nCOPY --from=a:latest / /\n",
			"a:1 a:latest" },
		{ "FROM r.example:5000/x/y@sha256:aa\nFROM r.example:5000/x",
			"FROM r.example:5000/x/y@sha256:aa\nFROM r.example:5000/x:latest\n",
			"r.example:5000/x/y@sha256:aa r.example:5000/x:latest" },
		{ "FROM oci/x\n", "FROM oci/x:latest\n", "oci/x:latest" },
		{ "FROM docker:24\n", "FROM docker:24\n", "docker:24" },
		{ "ARG BASE=alpine\nFROM $BASE", "ARG BASE=alpine\nFROM team/app:7\n",
			"team/app:7" },
		{ "ARG V=\"3.18\" W='x'\nARG N=a${V}-$W\nFROM b:${N}",
			"ARG V=\"3.18\" W='x'\nARG N=a${V}-$W\nFROM b:a3.18-x\n", "b:a3.18-x" },
		{ "ARG EMPTY=3\nFROM a:${EMPTY:-4}${EMPTY:+5}", "ARG EMPTY=3\nFROM a:4\n", "a:4" },
		{ "ARG NOVALUE=3\nFROM \"a:${NOVALUE:+5}\"", "ARG NOVALUE=3\nFROM a:5\n", "a:5" },
		{ "FROM ${UNDECLARED:-a:1}", "FROM a:1\n", "a:1" },
		{ "ARG X\nFROM a:1$X", "ARG X\nFROM a:1\n", "a:1" },
		{ "ARG S=b\nFROM a:1 AS b\nFROM $S", "ARG S=b\nFROM a:1 AS b\nFROM b\n", "a:1" },
		{ "FROM a:1\nONBUILD COPY --from=x:1 a b\nonbuild add a b\nONBUILD RUN x",
			"FROM a:1\nONBUILD COPY --from=x:1 a b\nONBUILD ADD a b\nONBUILD RUN x\n",
			"a:1 x:1" },
		{ "FROM a:1 AS x\nFROM b:1\nONBUILD COPY --from=x a b",
			"FROM a:1 AS x\nFROM b:1\nONBUILD COPY --from=x:latest a b\n",
			"a:1 b:1 x:latest" },
		{ "FROM a:1\nADD a$X ./h$X htt /\nADD http /\nADD app-${V}.tar.gz x@y /z/",
			"FROM a:1\nADD a$X ./h$X htt /\nADD http /\nADD app-${V}.tar.gz x@y /z/\n",
			"a:1" },
		{ "FROM a:1\nADD --chown=1:1 [ \"a b\", \"/c\" ]",
			"FROM a:1\nADD --chown=1:1 [\"a b\",\"/c\"]\n", "a:1" },
		{ "FROM a:1\nRUN [\"x\", \"--y\"]\nCMD [\"x\"]\nENTRYPOINT x\nSHELL [\"/s\", \"-c\"]",
			"FROM a:1\nRUN [\"x\", \"--y\"]\nCMD [\"x\"]\nENTRYPOINT x\n"
			"SHELL [\"/s\", \"-c\"]\n",
			"a:1" },
		{ "FROM a:1\nHEALTHCHECK --interval=5s --retries=3 CMD x --y\nHEALTHCHECK NONE",
			"FROM a:1\nHEALTHCHECK --interval=5s --retries=3 CMD x --y\n"
			"HEALTHCHECK NONE\n",
			"a:1" },
		{ "FROM a:1\nRUN cat <<< word; echo $((1<<2)) \"${X:-1}\" $((A<<${B:-1}))\n"
		  "RUN sh <in >out 2>&1 <${F:-x}\nRUN echo 1 << 2",
			"FROM a:1\nRUN cat <<< word; echo $((1<<2)) \"${X:-1}\" $((A<<${B:-1}))\n"
			"RUN sh <in >out 2>&1 <${F:-x}\nRUN echo 1 << 2\n",
			"a:1" },
		{ "FROM a:1\nENV A=b C=\xc3\xa9\xc2\xa0\xc3\xa9\nLABEL x=\"y z\"\nUSER 1\nWORKDIR /x\n"
		  "VOLUME /v\nEXPOSE 80\nSTOPSIGNAL TERM\nMAINTAINER me\nARG LATE=1",
			"FROM a:1\nENV A=b C=\xc3\xa9\xc2\xa0\xc3\xa9\nLABEL x=\"y z\"\nUSER 1\n"
			"WORKDIR /x\nVOLUME /v\nEXPOSE 80\nSTOPSIGNAL TERM\nMAINTAINER me\n"
			"ARG LATE=1\n",
			"a:1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dockerfile_images images = { .n = 0 };
		own_text struct text out = { 0 };
		struct refusal r = { 0 };
		char names[400];

		if (read_text(rows[i].in, strlen(rows[i].in), &out, &images, &r) < 0)
			fail_msg("%s: refused: %s", rows[i].in, r.reason);
		join_images(&images, names, sizeof(names));
		dockerfile_images_release(&images);
		if (strcmp(out.s, rows[i].out) != 0)
			fail_msg("%s:\nexpected %s\ngot %s", rows[i].in, rows[i].out, out.s);
		if (strcmp(names, rows[i].images) != 0)
			fail_msg("%s: images: expected %s, got %s", rows[i].in, rows[i].images,
				names);
	}
}

/* A row that is not a whole file stands behind "FROM a:1 AS s\nFROM a:2\n". */
static void refuses(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "RUN --mount=type=cache,target=/x y", "flags of RUN" },
		{ "RUN --network=host y", "flags of RUN" },
		{ "RUN --\\\nsecurity=insecure y", "flags of RUN" },
		{ "RUN cat <<EOF\nx\nEOF", "heredoc" },
		{ "RUN cat <<-\"EOF\" >x", "heredoc" },
		{ "RUN cat 3<<EOF", "heredoc" },
		{ "RUN <<EOF", "heredoc" },
		{ "RUN x \xc2\xa0<<EOF", "heredoc" },
		{ "RUN x ${X:-a }<<EOF", "heredoc" },
		{ "RUN x <${X:+a}<EOF", "heredoc" },
		{ "RUN x ${X:-<}${X:-<}EOF", "heredoc" },
		{ "COPY <<EOF /x", "heredoc" },
		{ "ADD <<EOF /x", "heredoc" },
		{ "ONBUILD RUN <<EOF", "heredoc" },
		{ "ADD http://h/x /", "URL" },
		{ "ADD a HTTPS://h/x /", "URL" },
		{ "ADD git://h/x /", "URL" },
		{ "ADD git@h:x /", "URL" },
		{ "ADD me@h:x /", "URL" },
		{ "ADD github.com/a/b /", "URL" },
		{ "ADD $X /", "URL" },
		{ "ADD ${X} /", "URL" },
		{ "ADD ht${X} /", "URL" },
		{ "ADD H$X /", "URL" },
		{ "ADD http:\\//h/x /", "URL" },
		{ "ADD \"http://h/x\" /", "URL" },
		{ "ADD 'h'ttp://h/x /", "URL" },
		{ "ADD h'ttp://h/x' /", "URL" },
		{ "ADD h\\ttp://h/x /", "URL" },
		{ "ADD x://h/x /", "URL" },
		{ "ADD [\"http://h/x\", \"/\"]", "URL" },
		{ "ADD [\"\\u0068ttp://h/x\", \"/\"]", "URL" },
		{ "ADD [\"$X\", \"/\"]", "URL" },
		{ "ADD [\"a\", \"/\"", "not JSON" },
		{ "ADD [\"a\", \"/\"] http://h/x /", "not JSON" },
		{ "ADD [\"a\", 1]", "strings only" },
		{ "ADD [\"a\"]", "needs a source" },
		{ "ADD a", "needs a source" },
		{ "ADD --checksum=x a /", "--checksum is not supported" },
		{ "ADD --keep-git-dir=true a /", "--keep-git-dir is not supported" },
		{ "ADD --from=x a /", "--from is not supported" },
		{ "ONBUILD ADD $X /", "URL" },
		{ "ONBUILD ADD http://h/ /", "URL" },
		{ "COPY --link a /", "--link is not supported" },
		{ "COPY --from a /", "needs =VALUE" },
		{ "COPY --from= a /", "needs =VALUE" },
		{ "COPY --from=\"x\" a /", "without quotes" },
		{ "COPY --from=x\\y a /", "without quotes" },
		{ "COPY --from=x --from=y a /", "twice" },
		{ "COPY -- --from=x a /", "is not supported" },
		{ "COPY --fr\\\nom=$X a /", "no variables" },
		{ "COPY --from=${X} a /", "no variables" },
		{ "COPY --from=1 a /", "not an earlier stage" },
		{ "COPY --from=7 a /", "not an earlier stage" },
		{ "COPY --from=00 a /", "not an earlier stage" },
		{ "COPY --from=+0 a /", "not the name" },
		{ "COPY --from=-1 a /", "not the name" },
		{ "COPY --from=scratch a /", "names no image" },
		{ "COPY --from=oci:x a /", "not the name" },
		{ "COPY \xc2\xa0--from=x a /", "not ASCII" },
		{ "COPY --chown=1 \xc2\xa0--from=x a /", "not ASCII" },
		{ "COPY --chown=\xc3\xa0 --from=x a /", "plain" },
		{ "ONBUILD COPY --from=0 a /", "not an earlier stage" },
		{ "ONBUILD COPY --from=$X a /", "no variables" },
		{ "ONBUILD ONBUILD RUN x", "ONBUILD takes no such" },
		{ "ONBUILD FROM x", "ONBUILD takes no such" },
		{ "ONBUILD MAINTAINER x", "ONBUILD takes no such" },
		{ "ONBUILD --x RUN y", "needs an instruction" },
		{ "ONBUILD", "needs an instruction" },
		{ "ONBUILD BUILD x", "unknown instruction" },
		{ "ONBUILD RUN x`", "escape character" },
		{ "FROM --platform=linux/amd64 a", "--platform is not supported" },
		{ "FROM", "FROM takes" },
		{ "FROM a b", "FROM takes" },
		{ "FROM a AS", "FROM takes" },
		{ "FROM a AS b c", "FROM takes" },
		{ "FROM a AS 1b", "not a name for a stage" },
		{ "FROM a AS scratch", "not a name for a stage" },
		{ "FROM a AS S", "a second stage" },
		{ "FROM $X", "cannot tell the name" },
		{ "FROM ${X", "cannot tell the name" },
		{ "FROM ${X:?y}", "cannot tell the name" },
		{ "FROM ${X#y}", "cannot tell the name" },
		{ "FROM $(x)", "cannot tell the name" },
		{ "FROM a\\b", "cannot tell the name" },
		{ "FROM \"\"", "not the name" },
		{ "FROM a;b", "not the name" },
		{ "FROM -a", "not the name" },
		{ "FROM 0", "not the name" },
		{ "FROM sha256:aa", "not the name" },
		{ "FROM dir:/etc", "not the name" },
		{ "FROM oci", "not the name" },
		{ "FROM a\xc2\xa0"
		  "b",
			"not the name" },
		{ "WOR\xe2\x84\xaa"
		  "DIR /",
			"unknown instruction" },
		{ "RUN\xc2\xa0x", "unknown instruction" },
		{ "RUN \xe2\x80\x83x", "not ASCII" },
		{ "RUN x\xe3\x80\x80", "not ASCII" },
		{ "\xc2\x85RUN x", "not ASCII" },
		{ "RUN x\ry", "control character" },
		{ "RUN x\x0b", "control character" },
		{ "RUN x\\\x0c\n y", "control character" },
		{ "RUN x\r\r\n", "control character" },
		{ "RUN x \\\\", "escape character" },
		{ "RUN x \\\\\n# comment\n\n", "escape character" },
		{ "\\\n", "nothing is continued" },
		{ "CMD --x y", "--x is not supported" },
		{ "HEALTHCHECK --interval 5s CMD x", "needs =VALUE" },
		{ "RUN \xff", "not UTF-8" },
		{ "RUN \xed\xa0\x80", "not UTF-8" },
		{ "COPIE a b", "unknown instruction" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dockerfile_images images = { .n = 0 };
		own_text struct text out = { 0 };
		struct refusal r = { 0 };
		char text[400];
		int n = snprintf(text, sizeof(text), "FROM a:1 AS s\nFROM a:2\n%s", rows[i].text);

		if (read_text(text, (size_t)n, &out, &images, &r) == 0)
			fail_msg("%s: accepted as %s", rows[i].text, out.s);
		if (strstr(r.reason, rows[i].reason) == NULL ||
			(r.status != 400 && r.status != 403))
			fail_msg("%s: expected %s, got %d %s", rows[i].text, rows[i].reason,
				r.status, r.reason);
		assert_int_equal(images.n, 0);
		assert_null(out.s);
	}
}

static void refuses_whole_files(void **state)
{
	static const struct {
		const char *text, *reason;
	} rows[] = {
		{ "", "empty" },
		{ "# nothing\n", "without FROM" },
		{ "ARG X=1\n", "without FROM" },
		{ "RUN x\nFROM a", "line 1: RUN before the first FROM" },
		{ "# x\nARG X=\\\n1 \\\n2\nBAD", "line 2: not a name for ARG: 2" },
		{ "#escape=`\n#escape=`\nFROM a", "line 2: escape may be" },
		{ "# ESCAPE = x\nFROM a", "line 1: escape may be" },
		{ "# escape=``\nFROM a", "line 1: escape may be" },
		{ "ARG X=\"a\nFROM $X", "a quote is not closed" },
		{ "ARG X=a\\ b\nFROM $X", "no escapes" },
		{ "ARG X=`x`\nFROM $X", "cannot tell the name" },
		{ "ARG X=a\xc2\xa0Y=b\nFROM $X", "not ASCII" },
		{ "ARG A-B=1\nFROM x", "not a name for ARG" },
		{ "ARG A=$A$A\nFROM ${A}", "cannot tell the name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dockerfile_images images = { .n = 0 };
		own_text struct text out = { 0 };
		struct refusal r = { 0 };

		if (read_text(rows[i].text, strlen(rows[i].text), &out, &images, &r) == 0)
			fail_msg("%s: accepted as %s", rows[i].text, out.s);
		if (strstr(r.reason, rows[i].reason) == NULL)
			fail_msg("%s: expected %s, got %s", rows[i].text, rows[i].reason, r.reason);
	}
}

/* n times a piece, behind a head; '%' is its number. */
static void expect_many(const char *head, const char *piece, size_t n, const char *reason)
{
	struct dockerfile_images images = { .n = 0 };
	own_text struct text in = { 0 }, out = { 0 };
	struct refusal r = { 0 };
	int result;

	text_word(&in, head);
	for (size_t i = 0; i < n; i++)
		for (const char *c = piece; *c != '\0'; c++)
			if (*c == '%')
				text_format(&in, "%zu", i);
			else
				text_add(&in, c, 1);
	result = read_text(in.s, in.n, &out, &images, &r);
	dockerfile_images_release(&images);
	if (reason == NULL && result < 0)
		fail_msg("%zu of %s: refused: %s", n, piece, r.reason);
	if (reason != NULL && (result == 0 || strstr(r.reason, reason) == NULL))
		fail_msg("%zu of %s: expected %s, got %s", n, piece, reason,
			result == 0 ? "it accepted" : r.reason);
}

static void has_limits(void **state)
{
	(void)state;
	expect_many("", "FROM a%\n", 128, NULL);
	expect_many("", "FROM a\n#%\n", 129, "more than 128 stages");
	expect_many("FROM a:0\n", "COPY --from=b% / /\n", 128, "more than 128 images");
	expect_many("FROM a\n", "RUN %\n", 4095, NULL);
	expect_many("FROM a\n", "RUN %\n", 4096, "more than 4096 instructions");
	expect_many("FROM a\nRUN ", "xxxxxxxxxx", 6400, NULL);
	expect_many("FROM a\nRUN ", "xxxxxxxxx \\\n", 6600, "more than 65000 bytes");
	expect_many("FROM a\n", "# xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx%\n", 30000,
		"more than 1048576 bytes");
	expect_many("ARG A=xxxxxxxx\n", "ARG A=$A$A\n#%\n", 40, "without FROM");
	expect_many("", "ARG A%\n", 257, "more than 256 arguments");
	expect_many("FROM ", "${A:-", 9, "cannot tell");
}

static void refuses_a_nul(void **state)
{
	static const char text[] = "FROM a\n#\0\nRUN x";
	struct dockerfile_images images = { .n = 0 };
	struct text out = { 0 };
	struct refusal r = { 0 };

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1, &out, &images, &r), -1);
	assert_non_null(strstr(r.reason, "NUL"));
}

/* What was written is read as itself, with no build arguments at all. */
static void is_stable(void **state)
{
	static const char text[] = "# escape=`\nARG BASE=x\nFROM $BASE AS One\nFROM one\n"
				   "COPY --from=ONE a `\n b\nRUN x\\\nONBUILD ADD a b\n";
	struct dockerfile_images images = { .n = 0 }, again = { .n = 0 };
	own_text struct text first = { 0 }, second = { 0 };
	struct refusal r = { 0 };

	(void)state;
	assert_int_equal(read_text(text, sizeof(text) - 1, &first, &images, &r), 0);
	assert_int_equal(
		dockerfile_read((struct span){ first.s, first.n }, NULL, 0, &second, &again, &r),
		0);
	assert_string_equal(first.s, second.s);
	assert_int_equal(images.n, 1);
	assert_int_equal(again.n, 1);
	assert_string_equal(images.names[0], again.names[0]);
	dockerfile_images_release(&images);
	dockerfile_images_release(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_anew),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_whole_files),
		cmocka_unit_test(has_limits),
		cmocka_unit_test(refuses_a_nul),
		cmocka_unit_test(is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
