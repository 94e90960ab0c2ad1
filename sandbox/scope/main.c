/* cofferdam-scope: one question to the user's service manager.
 *
 * A program of its own, because loading libsystemd takes longer than most of a sandbox, and
 * most runs do not need it: started by the launcher (sandbox/launcher/scope.c) where no delegated
 * group is at hand, and by the doctor. scope_answer.h says what it is asked and what it says. */
#include "sandbox/base/packet.h"
#include "sandbox/scope/manager.h"

#include <string.h>
#include <unistd.h>

static int ask(int argc, char *argv[], struct scope_answer *ret, struct failure *f)
{
	struct manager manager;
	bool starts = argc >= 3 && strcmp(argv[1], "start") == 0;
	int result;

	if (!starts && (argc != 2 || strcmp(argv[1], "look") != 0))
		return fail(f, 0, "cofferdam-scope is started by cofferdam");
	result = manager_open(&manager, starts ? SCOPE_START_MS : SCOPE_LOOK_MS, f);
	if (result == 0 && starts)
		result = manager_start_scope(
			&manager, argv[2], getppid(), argc > 3 ? argv[3] : NULL, f);
	else if (result == 0)
		result = manager_look(&manager, ret, f);
	manager_close(&manager);
	return result;
}

int main(int argc, char *argv[])
{
	struct scope_answer answer = { 0 };
	struct failure unsent; /* nobody is there who could be told */

	answer.granted = ask(argc, argv, &answer, &answer.failure) == 0;
	if (packet_send(SCOPE_FD, &answer, sizeof(answer), NULL, 0, &unsent) < 0)
		return 1;
	return answer.granted ? 0 : 1;
}
