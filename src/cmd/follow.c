/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for more: signals, time, and a reader that goes away. */
#include "cmd/follow.h"

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#define SECOND	UINT64_C(1000000000)
#define MAX_FDS 4U

static volatile sig_atomic_t told_to_stop;

static void stop(int sig)
{
	(void)sig;
	told_to_stop = 1;
}

void iom_signals_take(struct iom_signals *s)
{
	struct sigaction act = { .sa_handler = stop };
	sigset_t both;

	told_to_stop = 0;
	sigemptyset(&act.sa_mask);
	sigemptyset(&both);
	sigaddset(&both, SIGINT);
	sigaddset(&both, SIGTERM);
	sigprocmask(SIG_BLOCK, &both, &s->old_mask);
	s->wait_mask = s->old_mask;
	sigdelset(&s->wait_mask, SIGINT);
	sigdelset(&s->wait_mask, SIGTERM);
	sigaction(SIGINT, &act, &s->old_int);
	sigaction(SIGTERM, &act, &s->old_term);
}

void iom_signals_give_back(const struct iom_signals *s)
{
	/* One that came behind the last wait is ours, too: it must not kill what follows. */
	sigset_t pending;
	int sig;

	sigpending(&pending);
	for (sig = SIGINT; sig; sig = sig == SIGINT ? SIGTERM : 0) {
		struct timespec none = { 0 };
		sigset_t one;

		sigemptyset(&one);
		sigaddset(&one, sig);
		if (sigismember(&pending, sig))
			sigtimedwait(&one, NULL, &none);
	}
	sigaction(SIGINT, &s->old_int, NULL);
	sigaction(SIGTERM, &s->old_term, NULL);
	sigprocmask(SIG_SETMASK, &s->old_mask, NULL);
}

uint64_t iom_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

int iom_wait(const int *fds, unsigned int n, uint64_t timeout, const struct iom_signals *s)
{
	struct pollfd p[MAX_FDS + 1] = { { .fd = STDOUT_FILENO } };
	uint64_t start = iom_now(), gone;

	for (unsigned int i = 0; i < n && i < MAX_FDS; i++)
		p[1 + i] = (struct pollfd){ .fd = fds[i], .events = POLLIN };
	/* Without signals nothing follows, and the reader of the output waits anyway. */
	if (!s)
		p[0].fd = -1;
	while (!told_to_stop || !s) {
		struct timespec left = { 0 };
		int rc;

		gone = iom_now() - start;
		if (gone < timeout) {
			left.tv_sec = (time_t)((timeout - gone) / SECOND);
			left.tv_nsec = (long)((timeout - gone) % SECOND);
		}
		rc = ppoll(p, n + 1, timeout == UINT64_MAX ? NULL : &left,
			   s ? &s->wait_mask : NULL);
		if (rc < 0 && errno != EINTR)
			return -errno;
		if (rc < 0)
			continue;
		if (!rc || p[0].revents & (POLLERR | POLLHUP))
			return IOM_WAIT_ENOUGH;
		for (unsigned int i = 1; i <= n; i++)
			if (p[i].revents & POLLIN)
				return IOM_WAIT_READY;
		return -EBADF;
	}
	return IOM_WAIT_ENOUGH;
}
