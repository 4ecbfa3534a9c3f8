/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A lock that spins for a moment before it sleeps; it also works between processes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/single_threaded.h>

/* All zeros is unlocked. */
struct emu_lock {
	uint32_t state; /* 0 free, 1 held, 2 held and somebody sleeps */
	uint32_t taken; /* how often; this and what follows belongs to who has the lock */
	uint32_t waited; /* .taken when somebody had to wait for it last */
	uint32_t heat; /* how often that was soon after the time before */
};

/* The slow halves of the two below. */
void emu_lock_wait(struct emu_lock *l);
void emu_lock_wake(struct emu_lock *l);

static inline bool emu_lock_try(struct emu_lock *l)
{
	uint32_t unlocked = 0;

	if (!__atomic_compare_exchange_n(&l->state, &unlocked, 1, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	l->taken++;
	return true;
}

static inline void emu_lock_take(struct emu_lock *l)
{
	if (!emu_lock_try(l))
		emu_lock_wait(l);
}

static inline void emu_lock_drop(struct emu_lock *l)
{
	if (__atomic_exchange_n(&l->state, 0, __ATOMIC_RELEASE) == 2)
		emu_lock_wake(l);
}

/* Among the threads of this process: while there is only one, nothing has to be locked. */
static inline void emu_lock_take_here(struct emu_lock *l)
{
	if (!__libc_single_threaded)
		emu_lock_take(l);
}

static inline void emu_lock_drop_here(struct emu_lock *l)
{
	if (!__libc_single_threaded)
		emu_lock_drop(l);
}
