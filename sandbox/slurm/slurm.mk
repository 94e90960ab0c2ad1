# sandbox/slurm/slurm.mk: the plugin for Slurm's daemons, where its headers are (libslurm-dev).
#
#   make spank           $(BUILD)/cofferdam-spank.so
#   make install-spank   honours DESTDIR; SPANK_DIR is where Slurm looks for plugins

SPANK_DIR ?= $(firstword $(wildcard /usr/lib/$(TARGET_ARCH)-linux-gnu/slurm-wlm /usr/lib64/slurm) /usr/lib/slurm)
SPANK     := $(BUILD)/cofferdam-spank.so
SPANK_SRC := $(call sources,sandbox/slurm) \
             $(addprefix sandbox/limits/cgroup_,driver.c file.c host.c tree.c) \
             $(addprefix sandbox/base/,clock.c failure.c limits.c utf8.c whole.c)
picobj     = $(patsubst %.c,$(BUILD)/pic/%.o,$(1))

$(BUILD)/pic/%.o: %.c
	@echo "  CC   $< (shared)"
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<

$(SPANK): $(call picobj,$(SPANK_SRC))
	@echo "  LD   $@"
	$(Q)$(CC) $(ALL_CFLAGS) -shared $(filter-out -pie,$(ALL_LDFLAGS)) -o $@ $^

.PHONY: spank install-spank
spank: $(SPANK)

install-spank: spank
	install -d $(DESTDIR)$(SPANK_DIR)
	install -m 0644 $(SPANK) $(DESTDIR)$(SPANK_DIR)/
