/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a lock does when somebody else has it. */
#include "lock.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What is locked takes less than a microsecond, sleeping and waking several. */
#define SPINS 70
#define TRIES 3

#define SOON   8 /* times that it was taken */
#define HOT    16
#define COOLER 4 /* after a while alone */

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

static void wait_for_it(struct emu_lock *l)
{
	for (int i = 0; i < TRIES; i++) {
		for (int k = 0; k < SPINS && __atomic_load_n(&l->state, __ATOMIC_RELAXED); k++)
			relax();
		if (emu_lock_try(l))
			return;
	}
	/* from here on it is marked as waited for, so that whoever drops it wakes somebody */
	while (__atomic_exchange_n(&l->state, 2, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &l->state, FUTEX_WAIT, 2, NULL, NULL, 0);
	l->taken++;
}

/*
 * Threads that only hand the lock around, call by call, wait for each other's caches most of the
 * time. So who comes to a hot lock first leaves it to the others for a while.
 */
void emu_lock_wait(struct emu_lock *l)
{
	static const struct timespec a_while = { .tv_nsec = 20000 };
	bool hot = __atomic_load_n(&l->heat, __ATOMIC_RELAXED) >= HOT;
	uint32_t heat;

	if (hot)
		nanosleep(&a_while, NULL);
	wait_for_it(l);
	heat = hot ? HOT - COOLER : l->taken - l->waited < SOON ? l->heat + 1 : 0;
	__atomic_store_n(&l->heat, heat, __ATOMIC_RELAXED);
	l->waited = l->taken;
}

void emu_lock_wake(struct emu_lock *l)
{
	syscall(SYS_futex, &l->state, FUTEX_WAKE, 1, NULL, NULL, 0);
}
