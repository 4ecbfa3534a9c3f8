/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sanitizers in programs that were not built for them: the library's sanitised build brings them. */
#include "preload.h"

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
const char *__asan_default_options(void);

/* They come behind us, and what the program itself does not free is none of our business. */
PL_EXPORT const char *__asan_default_options(void)
{
	return "verify_asan_link_order=0:detect_leaks=0";
}
#endif
