#include "sandbox/docker/dockerfile_variables.h"

#include "sandbox/base/own.h"
#include "sandbox/docker/dockerfile_lines.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NESTING_MAX     8
#define VALUE_BYTES_MAX 4096 /* of a variable: values of values grow */

bool variable_has_char(char c, bool first)
{
	return c == '_' || (isascii(c) && (isalpha(c) || (!first && isdigit(c))));
}

static const struct variable *find_variable(
	const struct dockerfile_reader *reader, struct span name)
{
	for (size_t i = reader->variables_n; i > 0; i--)
		if (strlen(reader->variables[i - 1].name) == name.n &&
			strncmp(reader->variables[i - 1].name, name.s, name.n) == 0)
			return &reader->variables[i - 1];
	return NULL;
}

/* What follows "${NAME:". */
static int expand_modified(struct dockerfile_reader *reader, const char *value, struct span *rest,
	unsigned depth, struct text *ret)
{
	own_text struct text word = { 0 };
	bool is_set = value != NULL && value[0] != '\0', when_set = span_take_char(rest, '+');

	if (!when_set && !span_take_char(rest, '-'))
		return -1;
	if (variable_expand(reader, rest, '}', depth + 1, &word) < 0)
		return -1;
	if (is_set == when_set)
		text_add(ret, word.s, word.n);
	else if (is_set)
		text_word(ret, value);
	return 0;
}

/* What follows '$'. */
static int expand_variable(
	struct dockerfile_reader *reader, struct span *rest, unsigned depth, struct text *ret)
{
	bool is_braced = span_take_char(rest, '{');
	struct span name = { rest->s, 0 };
	const struct variable *variable;

	while (name.n < rest->n && variable_has_char(rest->s[name.n], name.n == 0))
		name.n++;
	if (name.n == 0)
		return -1;
	rest->s += name.n;
	rest->n -= name.n;
	variable = find_variable(reader, name);
	if (variable != NULL && !variable->is_known)
		return -1;
	if (is_braced && span_take_char(rest, ':'))
		return expand_modified(
			reader, variable != NULL ? variable->value : NULL, rest, depth, ret);
	if (variable == NULL || (is_braced && !span_take_char(rest, '}')))
		return -1;
	if (variable->value != NULL)
		text_word(ret, variable->value);
	return 0;
}

static int expand_quoted(struct dockerfile_reader *reader, struct span *rest, char quote,
	unsigned depth, struct text *ret)
{
	while (rest->n > 0) {
		char c = rest->s[0];

		span_take_char(rest, c);
		if (c == quote)
			return 0;
		if (quote == '"' && (c == '\\' || c == '`'))
			return -1;
		if (quote == '"' && c == '$') {
			if (expand_variable(reader, rest, depth, ret) < 0)
				return -1;
			continue;
		}
		text_add(ret, &c, 1);
	}
	return -1;
}

int variable_expand(struct dockerfile_reader *reader, struct span *rest, char stop, unsigned depth,
	struct text *ret)
{
	if (depth > NESTING_MAX)
		return -1;
	text_add(ret, "", 0);
	while (rest->n > 0) {
		char c = rest->s[0];
		int result = 0;

		span_take_char(rest, c);
		if (c == stop)
			return 0;
		if (c == '$')
			result = expand_variable(reader, rest, depth, ret);
		else if (c == '\'' || c == '"')
			result = expand_quoted(reader, rest, c, depth, ret);
		else if (c == '\\' || c == '`')
			result = -1;
		else
			text_add(ret, &c, 1);
		if (result < 0 || ret->n > VALUE_BYTES_MAX)
			return -1;
	}
	return stop == '\0' && !ret->failed ? 0 : -1;
}

bool variable_next_word(struct span *rest, struct span *ret)
{
	char quote = '\0';
	size_t n = 0;

	*rest = span_trim(*rest);
	for (; n < rest->n; n++) {
		char c = rest->s[n];

		if (quote == '\0' && span_is_blank(c))
			break;
		if (quote == '\0' && (c == '"' || c == '\''))
			quote = c;
		else if (c == quote)
			quote = '\0';
	}
	*ret = (struct span){ rest->s, n };
	rest->s += n;
	rest->n -= n;
	return quote == '\0';
}

static const char *given_value(const struct dockerfile_reader *reader, const char *name)
{
	for (size_t i = 0; i < reader->args_n; i++)
		if (strcmp(reader->args[i].name, name) == 0)
			return reader->args[i].value;
	return NULL;
}

int variable_declare(struct dockerfile_reader *reader, struct span word)
{
	struct variable *variable = &reader->variables[reader->variables_n];
	own_text struct text value = { 0 };
	bool has_default;
	const char *given;
	size_t n = 0;

	while (n < word.n && variable_has_char(word.s[n], n == 0))
		n++;
	has_default = n < word.n && word.s[n] == '=';
	if (n == 0 || (n < word.n && !has_default))
		return refuse_line(reader, 400, "not a name for ARG: %.*s", (int)word.n, word.s);
	if (reader->variables_n == DOCKERFILE_VARIABLES)
		return refuse_line(reader, 400, "more than %d arguments", DOCKERFILE_VARIABLES);
	*variable = (struct variable){ .name = strndup(word.s, n), .is_known = true };
	if (variable->name == NULL)
		return refuse_memory(reader->r);
	word = (struct span){ word.s + n, word.n - n };
	given = given_value(reader, variable->name);
	if (given == NULL && span_take_char(&word, '=')) {
		variable->is_known = variable_expand(reader, &word, '\0', 0, &value) == 0;
		given = variable->is_known ? value.s : NULL;
	}
	variable->value = given != NULL ? strdup(given) : NULL;
	reader->variables_n++;
	return given != NULL && variable->value == NULL ? refuse_memory(reader->r) : 0;
}
