/* What comes through is the same however its bytes come; a gate lets it through once more, as it
 * is; and a reader that knows nothing of ours finds in it only requests for the one host. Input:
 * how it is cut, of which the lowest bit says whether it comes to a proxy; what a client says.
 */
#include "sandbox/base/own.h"
#include "sandbox/net/http_gate.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_goal example = { .name = "example.org", .port = 80 };

static void require(bool holds)
{
	if (!holds)
		abort();
}

struct verdict {
	enum http_gate_event event;
	bool started;
	size_t used;
	struct http_goal goal;
};

static void run(
	struct http_gate *gate, const char *bytes, size_t n, size_t each, struct verdict *ret)
{
	size_t used = 0, piece = 0;

	*ret = (struct verdict){ .event = HTTP_GATE_MORE };
	for (size_t at = 0; ret->event == HTTP_GATE_MORE; at += used) {
		piece = n - at < each ? n - at : each;
		ret->event = http_gate_take(gate, bytes + at, piece, &used);
		require(used <= piece);
		ret->used = at + used;
		if (ret->event == HTTP_GATE_TARGET) {
			require(!ret->started && gate->dialled == NULL);
			ret->started = true;
			ret->event = HTTP_GATE_MORE;
		} else if (ret->event == HTTP_GATE_MORE) {
			require(used == piece);
			if (at + used == n)
				break;
		}
	}
	ret->goal = gate->goal;
}

static void check_cut(const struct http_goal *dialled, const struct http_gate *whole,
	const struct verdict *v, const char *bytes, size_t n, size_t each)
{
	struct http_gate gate = { .dialled = dialled };
	struct verdict cut;

	run(&gate, bytes, n, each, &cut);
	require(cut.event == v->event && cut.started == v->started && cut.used == v->used);
	require(gate.out.n == whole->out.n && gate.requests == whole->requests);
	require(gate.out.n == 0 || memcmp(gate.out.s, whole->out.s, gate.out.n) == 0);
	require(strcmp(gate.refused.reason, whole->refused.reason) == 0);
	http_gate_release(&gate);
}

/* ---- a reader of its own: what a server would understand ---- */

struct seen {
	unsigned hosts, lengths, encodings;
	unsigned long long length;
};

static void see_field(const char *line, size_t n, struct seen *seen)
{
	require(memchr(line, '\0', n) == NULL && memchr(line, '\r', n) == NULL);
	require(n > 0 && line[0] != ' ' && line[0] != '\t' && memchr(line, ':', n) != NULL);
	if (strncasecmp(line, "Host", 4) == 0 && strchr(": \t", line[4]) != NULL) {
		require(n >= 17 && memcmp(line, "Host: example.org", 17) == 0);
		require(n == 17 || line[17] == ':');
		seen->hosts++;
	}
	if (strncasecmp(line, "Content-Length", 14) == 0 && strchr(": \t", line[14]) != NULL) {
		seen->length = strtoull(line + 15, NULL, 10);
		seen->lengths++;
	}
	if (strncasecmp(line, "Transfer-Encoding", 17) == 0 && strchr(": \t", line[17]) != NULL)
		seen->encodings++;
	require(strncasecmp(line, "Upgrade", 7) != 0 || strchr(": \t", line[7]) == NULL);
}

static const char *line_end(const char *at, const char *end)
{
	const char *lf = memchr(at, '\n', (size_t)(end - at));

	require(lf != NULL && lf > at && lf[-1] == '\r');
	return lf - 1;
}

/* NULL: its end has not come. */
static const char *skip_chunks(const char *at, const char *end)
{
	unsigned long long length;

	do {
		char *digits_end;

		if (memchr(at, '\n', (size_t)(end - at)) == NULL)
			return NULL;
		length = strtoull(at, &digits_end, 16);
		require(digits_end == line_end(at, end) && digits_end > at);
		at = digits_end + 2;
		if (length + 2 > (unsigned long long)(end - at))
			return NULL;
		at += length;
		require(at[0] == '\r' && at[1] == '\n');
		at += 2;
	} while (length > 0);
	return at;
}

static const char *read_request(const char *at, const char *end)
{
	const char *line = line_end(at, end) + 2;
	struct seen seen = { 0 };

	require(memcmp(line - 11, " HTTP/1.", 8) == 0);
	for (const char *eol = line_end(line, end); eol > line; eol = line_end(line, end)) {
		see_field(line, (size_t)(eol - line), &seen);
		line = eol + 2;
	}
	line += 2;
	require(seen.hosts == 1 && seen.lengths + seen.encodings <= 1);
	if (seen.encodings > 0)
		return skip_chunks(line, end);
	if (seen.length > (unsigned long long)(end - line))
		return NULL;
	return line + seen.length;
}

static void check_requests(const struct text *out, uint64_t requests)
{
	const char *at = out->n > 0 ? out->s : "", *end = at + out->n;
	uint64_t n = 0;

	for (; at != NULL && at < end; n++)
		at = read_request(at, end);
	require(n == requests);
}

/* ---- */

static void check_again(const struct text *out, const struct http_goal *goal, uint64_t requests)
{
	struct http_gate again = { .dialled = goal };
	struct verdict v;

	if (out->n == 0)
		return;
	run(&again, out->s, out->n, out->n, &v);
	require(v.event == HTTP_GATE_MORE && again.requests == requests);
	require(again.out.n == out->n && memcmp(again.out.s, out->s, out->n) == 0);
	http_gate_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct http_goal *dialled = size > 0 && (data[0] & 1) ? NULL : &example;
	struct http_gate gate = { .dialled = dialled };
	const char *bytes = (const char *)data + 1;
	struct verdict v;

	if (size == 0)
		return 0;
	run(&gate, bytes, size - 1, size, &v);
	check_cut(dialled, &gate, &v, bytes, size - 1, 1 + (data[0] >> 1));
	require(gate.out.n <= 2 * size + HTTP_GATE_BYTES);
	require((v.event == HTTP_GATE_REFUSED) == (gate.refused.status >= 400));
	if (v.event == HTTP_GATE_CONNECT)
		require(gate.out.n == 0 && v.goal.port != 0);
	else
		check_again(&gate.out, dialled != NULL ? dialled : &v.goal, gate.requests);
	if (v.event != HTTP_GATE_CONNECT &&
		(dialled != NULL || strcmp(v.goal.name, "example.org") == 0))
		check_requests(&gate.out, gate.requests);
	http_gate_release(&gate);
	return 0;
}
