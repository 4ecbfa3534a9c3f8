/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of this process, and the functions behind ours. */
#include "preload.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__thread bool pl_inside __attribute__((tls_model("initial-exec")));
struct iom_emu *pl_emu;
static pthread_once_t once = PTHREAD_ONCE_INIT;

void *pl_next(void **known, const char *name)
{
	void *f = __atomic_load_n(known, __ATOMIC_RELAXED);
	bool was = pl_inside;

	if (f)
		return f;
	pl_inside = true; /* looking it up may open and map */
	f = dlsym(RTLD_NEXT, name);
	pl_inside = was;
	__atomic_store_n(known, f, __ATOMIC_RELAXED);
	return f;
}

void pl_say(const char *format, ...)
{
	int saved = errno, n, more;
	char line[512];
	va_list ap;

	n = snprintf(line, sizeof(line), "libiommuctl-emu: ");
	va_start(ap, format);
	more = vsnprintf(line + n, sizeof(line) - (size_t)n - 1, format, ap);
	va_end(ap);
	if (more > 0)
		n += more < (int)sizeof(line) - n - 1 ? more : (int)sizeof(line) - n - 2;
	line[n++] = '\n';
	/* a program that closed stderr does not want to read it */
	if (write(STDERR_FILENO, line, (size_t)n) < 0)
		errno = saved;
	errno = saved;
}

static void build(void)
{
	const char *spec = getenv("IOMMUCTL_EMU");
	struct iom_err err = { 0 };
	struct iom_emu *emu;
	bool was = pl_inside;

	pl_inside = true;
	emu = iom_emu_new(spec && *spec ? spec : NULL, &err);
	pl_inside = was;
	if (!emu)
		pl_say("%s", err.what);
	__atomic_store_n(&pl_emu, emu, __ATOMIC_RELEASE);
}

struct iom_emu *pl_machine(void)
{
	int saved = errno;

	pthread_once(&once, build);
	errno = saved;
	return __atomic_load_n(&pl_emu, __ATOMIC_ACQUIRE);
}
