/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: waiting for more while SIGINT and SIGTERM end it. */
#pragma once

#include <signal.h>

#include "iommuctl/base.h"

/* While something follows: the two signals end it, and only where it waits. */
struct iom_signals {
	struct sigaction old_int, old_term;
	sigset_t old_mask, wait_mask;
};
void iom_signals_take(struct iom_signals *s);
void iom_signals_give_back(const struct iom_signals *s);

/* Nanoseconds of the monotonic clock. */
uint64_t iom_now(void);

enum iom_waited { IOM_WAIT_READY, IOM_WAIT_ENOUGH };

/*
 * Until one of the fds can be read, the time is over, we are told to stop, or (with signals) nobody
 * reads what we print. timeout in nanoseconds, UINT64_MAX: without end; s NULL: signals are not
 * looked at. Negative errno when it cannot be waited.
 */
int iom_wait(const int *fds, unsigned int n, uint64_t timeout, const struct iom_signals *s);
