# SPDX-License-Identifier: LGPL-2.1-or-later
# Everything that is made from the command tables: man pages, completions, JSON schemas.

gen_obj := $(patsubst %.c,$(BUILD)/%.o,$(wildcard src/gen/*.c))
man_pages := $(patsubst man/%.in,$(BUILD)/man/%,$(wildcard man/*.1.in))
completion_files := $(BUILD)/completions/bash/iommuctl $(BUILD)/completions/zsh/_iommuctl \
	$(BUILD)/completions/fish/iommuctl.fish
schema_dir := $(BUILD)/schemas
commands_json := $(BUILD)/commands.json

.PHONY: docs check-docs install-docs

docs: $(man_pages) $(completion_files) $(schema_dir)/.done $(commands_json)

$(gen): $(gen_obj) $(lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $^ $(all_libs)

# A generator that fails leaves no file behind, so that the next make does not take it for done.
gen_to = $(Q)mkdir -p $(@D) && $(gen) $(1) >$@.tmp && mv $@.tmp $@

$(BUILD)/man/%: man/%.in $(gen)
	$(call say,GEN,$@)
	$(call gen_to,man $<)

$(BUILD)/completions/bash/iommuctl: completions/iommuctl.bash.in $(gen)
	$(call say,GEN,$@)
	$(call gen_to,bash $<)

$(BUILD)/completions/zsh/_iommuctl: completions/iommuctl.zsh.in $(gen)
	$(call say,GEN,$@)
	$(call gen_to,zsh $<)

$(BUILD)/completions/fish/iommuctl.fish: completions/iommuctl.fish.in $(gen)
	$(call say,GEN,$@)
	$(call gen_to,fish $<)

$(commands_json): $(gen)
	$(call say,GEN,$@)
	$(call gen_to,commands)

# The folder is made anew: no schema of a command that is gone may stay.
$(schema_dir)/.done: $(gen)
	$(call say,GEN,$(schema_dir))
	$(Q)rm -rf $(schema_dir) && mkdir -p $(schema_dir) && $(gen) schemas $(schema_dir)
	$(Q)touch $@

check-docs: $(bin) docs
	BUILD=$(BUILD) tests/drift/run
	BUILD=$(BUILD) tests/drift/examples
	BUILD=$(BUILD) tests/schema/run

install-docs: docs
	install -d $(DESTDIR)$(mandir)/man1 $(DESTDIR)$(datadir)/iommuctl/schemas
	install -m 644 $(man_pages) $(DESTDIR)$(mandir)/man1
	install -m 644 $(schema_dir)/*.json $(DESTDIR)$(datadir)/iommuctl/schemas
	install -D -m 644 $(BUILD)/completions/bash/iommuctl \
		$(DESTDIR)$(datadir)/bash-completion/completions/iommuctl
	install -D -m 644 $(BUILD)/completions/zsh/_iommuctl \
		$(DESTDIR)$(datadir)/zsh/site-functions/_iommuctl
	install -D -m 644 $(BUILD)/completions/fish/iommuctl.fish \
		$(DESTDIR)$(datadir)/fish/vendor_completions.d/iommuctl.fish
