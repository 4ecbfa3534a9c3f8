# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds, tests and installs iommuctl. The two commands: make demo, make check.

VERSION := 0.1.0
prefix  ?= /usr/local
bindir  ?= $(prefix)/bin
libdir  ?= $(prefix)/lib
mandir  ?= $(prefix)/share/man
datadir ?= $(prefix)/share
CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
# Another compiler gets another folder, so that switching rebuilds nothing by accident.
ifneq ($(CC),gcc)
BUILD   ?= build-$(notdir $(firstword $(CC)))
endif
PKG_CONFIG ?= pkg-config
BUILD   ?= build
SAN     ?= 0
V       ?= 0

ifeq ($(V),0)
Q := @
say = @printf '  %-7s %s\n' '$(1)' '$(2)';
else
Q :=
say :=
endif

# A sanitised build is another build: it never mixes with the plain one.
ifeq ($(SAN),1)
override BUILD := $(BUILD)-san
san_flags := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
endif

ifeq ($(SAN)-$(CC),1-gcc)
pic_san := $(san_flags)
endif

# With counters for each line and branch; nothing is optimised, so that they are those of the source.
ifeq ($(COV),1)
override BUILD := build-cov
san_flags := --coverage -fprofile-update=atomic -O0
# The compiler's own fork(2) would forget what was counted in the child's handlers.
san_flags += -fno-builtin-fork
# Programs that end by _exit(2) count as well; so do those that the library is loaded into.
cov_obj := $(BUILD)/pic/tests/coverage/count.o
cov_ld := -Wl,--wrap=_exit $(cov_obj)
cov_preload_ld := $(san_flags) -Wl,--wrap=iom_emu_leave $(cov_obj)
endif

# The emulator under ThreadSanitizer.
ifeq ($(TSAN),1)
override BUILD := $(BUILD)-tsan
san_flags := -fsanitize=thread -fno-omit-frame-pointer
endif

# With libFuzzer: clang tells it which branches an input took.
ifeq ($(FUZZ),1)
override BUILD := build-fuzz
override CC := clang
san_flags := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer \
	-fsanitize=fuzzer-no-link
endif

# What the preloaded library is made of.
pic_flags = $(filter-out $(if $(cov_obj)$(pic_san),,$(san_flags)) $(lto_flags),$(all_cflags))

# The hot path of a batch runs through many small functions of several rooms.
ifeq ($(SAN)$(TSAN)$(COV)-$(CC),0-gcc)
lto_flags := -flto=auto
AR := gcc-ar
endif

libs_pkg := json-c smartcols libnl-route-3.0 libmnl zlib
# DWARF 4, since the valgrind of Debian 12 cannot read what clang writes as DWARF 5.
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
	-Wpointer-arith -Wwrite-strings -Wno-missing-field-initializers -Werror
pkg_cflags := $(shell $(PKG_CONFIG) --cflags $(libs_pkg) 2>/dev/null)
pkg_libs   := $(shell $(PKG_CONFIG) --libs $(libs_pkg) 2>/dev/null)
all_cflags = -std=gnu11 -D_GNU_SOURCE -O2 -gdwarf-4 $(WARN) -Iinclude -Isrc \
	-DIOMMUCTL_VERSION='"$(VERSION)"' -DIOMMUCTL_LIBDIR='"$(libdir)/iommuctl"' $(pkg_cflags) $(lto_flags) $(san_flags) $(CFLAGS)
all_libs = $(pkg_libs) $(LIBS) $(cov_ld)

rooms := base abi emu backend context host diag out cmd
lib_src := $(foreach r,$(rooms),$(wildcard src/$(r)/*.c))
lib_obj := $(lib_src:%.c=$(BUILD)/%.o)
lib := $(BUILD)/libiommuctl.a
bin := $(BUILD)/iommuctl
gen := $(BUILD)/iommuctl-gen
# What programs are run with that are to find an emulated /dev/iommu: nothing but the emulator.
preload := $(BUILD)/libiommuctl-emu.so
preload_src := $(foreach r,base abi emu preload,$(wildcard src/$(r)/*.c))
preload_obj := $(preload_src:%.c=$(BUILD)/pic/%.o)
preload_map := src/preload/libiommuctl-emu.map
# Programs that know nothing of iommuctl, for the tests of emu run; never sanitised.
preload_tests := $(patsubst tests/preload/%.c,$(BUILD)/preload/%,$(wildcard tests/preload/*.c))
unit_src := $(wildcard tests/unit/test_*.c)
bench_host := $(BUILD)/bench-host $(BUILD)/bench-make-host $(BUILD)/bench-read-host
fuzz_targets := emu batch host tar text
unit_bin := $(unit_src:tests/unit/%.c=$(BUILD)/tests/%)

.PHONY: all bin libs deps demo check check-vm check-selftest check-diff bench install clean docs \
	unit diff fuzz fuzz-bin fuzz-replay stress tsan coverage
all: bin docs
bin: $(bin) $(preload) $(preload_tests)
unit: $(unit_bin)
stress: $(BUILD)/stress
fuzz-bin: $(fuzz_targets:%=$(BUILD)/fuzz-%)
fuzz-replay: $(fuzz_targets:%=$(BUILD)/tests/fuzz-%)

# One line instead of a screen of compiler errors.
libs:
	@$(PKG_CONFIG) --exists $(libs_pkg) || { \
		echo "make: $(libs_pkg): not found by $(PKG_CONFIG); 'make deps' gets what is missing" >&2; \
		exit 1; }

# A library that is loaded into programs that know nothing of it; it may count, and see to it that it
# brings the sanitizers along (src/preload/sanitize.c), of which only gcc has libraries to bring.
$(BUILD)/pic/%.o: %.c Makefile | libs
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(pic_flags) -fPIC -fvisibility=hidden \
		-U_FORTIFY_SOURCE -MMD -MP -c -o $@ $<

$(BUILD)/preload/%: tests/preload/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(filter-out $(san_flags) $(lto_flags),$(all_cflags)) -MMD -MP -o $@ $< -lpthread

$(preload): $(preload_obj) $(preload_map) $(cov_obj)
	$(call say,LD,$@)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-z,defs -Wl,-z,nodelete -Wl,--version-script=$(preload_map) \
		-o $@ $(preload_obj) $(cov_preload_ld) $(pic_san) -ldl -lpthread

$(BUILD)/%.o: %.c Makefile | libs
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(all_cflags) -MMD -MP -c -o $@ $<

$(lib): $(lib_obj)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $(lib_obj)

$(lib) $(BUILD)/stress: | $(cov_obj)

$(bin): $(BUILD)/src/main.o $(lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $^ $(all_libs)

# A test of several files names the others as prerequisites; the library is linked last.
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(lib)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $(filter-out $(lib),$^) $(lib) -lcmocka $(all_libs)

$(BUILD)/tests/test_diag: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/unit/diag_*.c))
# In these tests functions of the C library fail.
$(BUILD)/tests/test_emu_refused $(BUILD)/tests/test_emu_family: $(BUILD)/tests/unit/refuse.o

$(BUILD)/bench: $(BUILD)/tests/bench/bench.o $(BUILD)/tests/bench/measure.o $(lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $^ $(all_libs)

# The linker leads what could touch the host to the guard of the fuzz targets.
fuzz_wraps := open fopen gzopen opendir mkdir rmdir unlink remove symlink rename fork kill socket \
	dlopen ppoll nanosleep mmap madvise process_vm_readv process_vm_writev \
	host_keep_dir host_drop_dir
fuzz_ld := $(fuzz_wraps:%=-Wl,--wrap=%)
fuzz_common := $(BUILD)/tests/fuzz/guard.o $(BUILD)/tests/fuzz/command.o

# The targets over the files of a folder, with any compiler.
$(BUILD)/tests/fuzz-%: $(BUILD)/tests/fuzz/%.o $(fuzz_common) $(BUILD)/tests/fuzz/replay.o $(lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) $(fuzz_ld) -o $@ $^ $(all_libs)

# The same with libFuzzer.
$(BUILD)/fuzz-%: $(BUILD)/tests/fuzz/%.o $(fuzz_common) $(lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) $(fuzz_ld) -fsanitize=fuzzer -o $@ $^ $(all_libs)

.SECONDARY: $(fuzz_common) $(patsubst %,$(BUILD)/tests/fuzz/%.o,$(fuzz_targets) replay)

# Only the rooms below the seam.
stress_src := $(foreach r,base abi emu backend,$(wildcard src/$(r)/*.c)) tests/stress/stress.c
$(BUILD)/stress: $(stress_src:%.c=$(BUILD)/%.o)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $^ $(all_libs)

diff_obj := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/diff/*.c))
$(BUILD)/diff: $(diff_obj) $(lib)
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $^ $(all_libs)

diff: $(BUILD)/diff

# These know nothing of iommuctl: they are what it is compared with.
$(bench_host): $(BUILD)/bench-%: $(BUILD)/tests/bench/%.o $(BUILD)/tests/bench/measure.o
	$(call say,LD,$@)
	$(Q)$(CC) $(all_cflags) $(LDFLAGS) -o $@ $^

include src/gen/gen.mk

deps:
	@CC='$(CC)' tests/deps build

demo:
	@CC='$(CC)' tests/deps build
	@$(MAKE) --no-print-directory BUILD=$(BUILD) bin
	@IOMMUCTL=$(BUILD)/iommuctl sh examples/demo.sh

# What runs without root and without kernel support; the binary under test is the sanitised one.
check:
	@CC='$(CC)' tests/deps check
	@$(MAKE) --no-print-directory BUILD=$(BUILD) all
	@$(MAKE) --no-print-directory BUILD=$(BUILD) SAN=1 bin unit fuzz-replay diff
	@$(MAKE) --no-print-directory BUILD=$(BUILD) TSAN=1 stress
	@CC='$(CC)' BUILD=$(BUILD) tests/check

check-vm:
	@CC='$(CC)' tests/deps vm
	@$(MAKE) --no-print-directory BUILD=$(BUILD) all $(BUILD)/bench
	@BUILD=$(BUILD) tests/vm/check

# The kernel's own suites: on the kernel in a guest, and on the emulator here.
check-selftest:
	@CC='$(CC)' tests/deps vm
	@$(MAKE) --no-print-directory BUILD=$(BUILD) bin
	@CC='$(CC)' BUILD=$(BUILD) tests/selftest/run

# COUNT random programs from seed SEED on, on the kernel and on the emulator in one guest.
check-diff:
	@CC='$(CC)' tests/deps vm
	@$(MAKE) --no-print-directory BUILD=$(BUILD) diff
	@BUILD=$(BUILD) COUNT='$(COUNT)' SEED='$(SEED)' tests/diff/run

bench: $(bin) $(BUILD)/bench $(bench_host)
	@BUILD=$(BUILD) tests/bench/run

tsan:
	@CC='$(CC)' tests/deps build
	@$(MAKE) --no-print-directory BUILD=$(BUILD) TSAN=1 stress
	@BUILD=$(BUILD) tests/stress/run

# What the tests reach of src/emu, or of ROOM.
coverage:
	@CC='$(CC)' tests/deps check
	@$(MAKE) --no-print-directory COV=1 bin unit fuzz-replay stress diff
	@$(MAKE) --no-print-directory BUILD=$(BUILD) docs
	@BUILD=$(BUILD) tests/coverage/run $(ROOM)

# TIME seconds for each of TARGETS (all of them), from SEED on (a new one); see tests/fuzz/run.
fuzz:
	@CC=clang tests/deps fuzz
	@$(MAKE) --no-print-directory FUZZ=1 fuzz-bin
	@TIME='$(TIME)' SEED='$(SEED)' tests/fuzz/run $(TARGETS)

install: all install-docs
	install -d $(DESTDIR)$(bindir)
	install -m 755 $(bin) $(DESTDIR)$(bindir)/iommuctl
	install -d $(DESTDIR)$(libdir)/iommuctl
	install -m 644 $(preload) $(DESTDIR)$(libdir)/iommuctl/libiommuctl-emu.so

clean:
	rm -rf build build-*

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
