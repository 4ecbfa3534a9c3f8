/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory of the emulator: from here, and from nowhere else, so that any of it can be refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "iommuctl/base.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
/* Sanitizers know malloc, and see what is wrong with memory only there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                     \
	__has_feature(memory_sanitizer)
#define EMU_ALLOC_IS_MALLOC 1
#else
#define EMU_ALLOC_IS_MALLOC 0
#endif

/*
 * NULL when out of memory, or when iom_emu_fail_nth() wants it so. Of 16 bytes alignment; freed
 * with emu_free(). From any thread.
 */
void *emu_alloc(size_t n) iom_must_check; /* not cleared */
void *emu_zalloc(size_t n) iom_must_check; /* all zeros */
/* What is gained is not cleared; on NULL p is as it was. */
void *emu_realloc(void *p, size_t n) iom_must_check;
void emu_free(void *p);
/* Asked wherever the kernel's own driver asks whether to fail. */
bool emu_should_fail(void);
/*
 * From now on all memory comes from one range that children of this process share, at the same
 * addresses. 0, also when that is so already, or -ENOMEM.
 */
int emu_alloc_share(void) iom_must_check;
bool emu_alloc_is_shared(void);
/* A process may have been killed in here; the caller knows that nobody else is. */
void emu_alloc_recover(void);

/* For interval trees of the emulator. */
struct iom_imem;
extern const struct iom_imem emu_itree_mem;

static inline void emu_free_pointer(void *p)
{
	emu_free(*(void **)p);
}
#define _emu_free_ __attribute__((cleanup(emu_free_pointer)))
