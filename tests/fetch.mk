# tests/fetch.mk: unit tests of the fetcher, which need its objects and libgit2.

FETCH_UNIT_OBJ = $(call unitobj,$(FETCH_SRC))
FETCH_UNIT_BIN = $(addprefix $(BUILD)/unit/test_,packfile fetch place attribute)

$(FETCH_UNIT_BIN): $(BUILD)/unit/%: $(BUILD)/unit/tests/unit/%.o $(FETCH_UNIT_OBJ) $(BUILD)/unit/libcofferdam.a
	@echo "  LD   $@"
	$(Q)$(CC) $(UNIT_FLAGS) -o $@ $^ $(UNIT_LIBS) $(FETCH_LIBS)
