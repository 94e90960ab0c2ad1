#include "sandbox/docker/control.h"

const char *object_kind_name(enum object_kind kind)
{
	static const char *const names[OBJECT_KINDS] = {
		[OBJECT_CONTAINER] = "container",
		[OBJECT_EXEC] = "exec",
		[OBJECT_NETWORK] = "network",
		[OBJECT_VOLUME] = "volume",
		[OBJECT_IMAGE] = "image",
		[OBJECT_TAG] = "tag",
	};

	return kind < OBJECT_KINDS ? names[kind] : "object";
}

#define END_TEXT(array)                                                                            \
	do {                                                                                       \
		(array)[sizeof(array) - 1] = '\0';                                                 \
		failure_sanitize(array);                                                           \
	} while (0)

void control_sanitize(struct control *control)
{
	switch (control->type) {
	case CONTROL_REFUSED:
	case CONTROL_CHANGED:
		END_TEXT(control->refused.method);
		END_TEXT(control->refused.path);
		END_TEXT(control->refused.reason);
		break;
	case CONTROL_MADE:
	case CONTROL_GONE:
	case CONTROL_LEFT:
	case CONTROL_DROP:
	case CONTROL_KEPT:
		END_TEXT(control->object.id);
		END_TEXT(control->object.note);
		break;
	case CONTROL_FAILED:
		END_TEXT(control->failure.step);
		END_TEXT(control->failure.what);
		END_TEXT(control->failure.remedy);
		break;
	case CONTROL_READY:
	case CONTROL_CLEANED:
		END_TEXT(control->note);
		break;
	default:
		break;
	}
}
