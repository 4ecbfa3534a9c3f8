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

/* ---- children, which share the machine ---- */

static void before_fork(void)
{
	iom_emu_fork_prepare(pl_emu);
}

static void in_parent(void)
{
	iom_emu_fork_parent(pl_emu);
}

static void in_child(void)
{
	iom_emu_fork_child(pl_emu);
}

PL_EXPORT pid_t fork(void)
{
	pid_t pid = PL_NEXT(fork)();
	int saved = errno;

	if (pid < 0 && pl_emu)
		iom_emu_fork_failed(pl_emu);
	errno = saved;
	return pid;
}

/* A child in the memory of its parent would close the parent's files in our table. */
PL_EXPORT pid_t vfork(void)
{
	return fork();
}

/* Behind whatever the program does at its end; _exit(2) runs no such functions. */
static void leave(void)
{
	if (!pl_emu || pl_inside)
		return;
	pl_inside = true;
	iom_emu_leave(pl_emu);
	pl_inside = false;
}

__attribute__((destructor)) static void at_exit(void)
{
	leave();
}

#define DEFINE_EXIT(name)                  \
	PL_EXPORT void name(int code)      \
	{                                  \
		leave();                   \
		PL_NEXT(name)(code);       \
		__builtin_unreachable();   \
	}
DEFINE_EXIT(_exit)
DEFINE_EXIT(_Exit)

/* ---- the machine ---- */

static void build(void)
{
	const char *spec = getenv("IOMMUCTL_EMU");
	struct iom_err err = { 0 };
	struct iom_emu *emu;
	bool was = pl_inside;

	pl_inside = true;
	if (iom_emu_share())
		pl_say("no memory that children could share");
	emu = iom_emu_new(spec && *spec ? spec : NULL, &err);
	pl_inside = was;
	if (!emu)
		pl_say("%s", err.what);
	else if (pthread_atfork(before_fork, in_parent, in_child))
		pl_say("out of memory: children will not see the machine");
	__atomic_store_n(&pl_emu, emu, __ATOMIC_RELEASE);
}

struct iom_emu *pl_machine(void)
{
	int saved = errno;

	pthread_once(&once, build);
	errno = saved;
	return __atomic_load_n(&pl_emu, __ATOMIC_ACQUIRE);
}
