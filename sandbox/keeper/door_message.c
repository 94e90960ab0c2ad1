#include "sandbox/keeper/door_message.h"

bool door_request_is_whole(const struct door_request *r)
{
	uint32_t words = 0;

	if (r->words == 0 || r->words > DOOR_WORDS || r->length < 2 ||
		r->length > DOOR_TEXT_BYTES || r->text[0] == '\0' || r->text[r->length - 1] != '\0')
		return false;
	for (uint32_t i = 0; i < r->length; i++)
		words += r->text[i] == '\0';
	return words == r->words;
}
