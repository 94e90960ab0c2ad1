# sandbox/fetch/fetch.mk: what only the fetcher's objects need.

# The option came to the 1.5 and 1.9 lines as a security fix: no version tells of it.
HASH := \#
FETCH_OBJECT_LIMIT := $(shell printf '%s\n' '$(HASH)include <git2.h>' \
        'int x = GIT_OPT_SET_PACK_MAX_OBJECT_SIZE;' | \
        $(CC) $(CPPFLAGS) -fsyntax-only -xc - 2>/dev/null && echo -DFETCH_HAS_OBJECT_LIMIT)
$(BUILD)/obj/sandbox/fetch/%.o $(BUILD)/unit/sandbox/fetch/%.o: CPPFLAGS += $(FETCH_OBJECT_LIMIT)
