/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fixture of the tests in which processes share a machine. */
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "emu_calls.h"

static inline void before(void)
{
	if (emu)
		iom_emu_fork_prepare(emu);
}

static inline void in_parent(void)
{
	if (emu)
		iom_emu_fork_parent(emu);
}

static inline void in_child(void)
{
	if (emu)
		iom_emu_fork_child(emu);
}

/* Runs fn in a child and says with which code, or -signal, it ended. A child that returns leaves. */
static inline int in_other(int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		int code = fn();

		iom_emu_leave(emu);
		_exit(code);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* cmocka's own failure would end the parent's test in the child. */
#define CHECK(cond)                                                                                \
	do {                                                                                       \
		if (!(cond))                                                                       \
			return __LINE__ & 0x7f;                                                    \
	} while (0)

static uint32_t *theirs; /* two pages at the same address everywhere, each process's own */

static inline int peek(int access, uint64_t iova, uint32_t *word)
{
	return access_rw(access, iova, word, sizeof(*word), 0);
}

static inline int open_access(uint32_t ioas)
{
	int access;

	assert_int_equal(create_access(ioas, 0, &access), 0);
	return access;
}

static inline void memory(pid_t pid, uint64_t pinned, uint64_t locked)
{
	uint64_t p, l;

	assert_int_equal(iom_emu_memory(emu, pid, &p, &l), 0);
	assert_int_equal(p, pinned);
	assert_int_equal(l, locked);
}

static inline int map_theirs(void)
{
	theirs[0] = 0x1234;
	theirs[1025] = 0x5678;
	CHECK(!map_at(1, theirs, 2 * PAGE, APERTURE));
	return 0;
}

/* Whose memory is locked is counted; root's would not be. */
static inline int drop_ipc_lock(void **state)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	(void)state;
	if (syscall(SYS_capget, &head, data))
		return -1;
	data[CAP_IPC_LOCK / 32].effective &= ~(1u << (CAP_IPC_LOCK % 32));
	return (int)syscall(SYS_capset, &head, data);
}

static inline int start(void **state)
{
	(void)state;
	machine("abi=7.3;has=cap-sys-resource");
	memset(theirs, 0, 2 * PAGE);
	return 0;
}

static inline int finish(void **state)
{
	struct iom_emu *done = emu;

	(void)state;
	emu = NULL;
	iom_emu_free(done);
	return 0;
}

#define P(f) cmocka_unit_test_setup_teardown(f, start, finish)

/* Makes the memory that the tests share with their children; false when there is none. */
static inline bool prepare_processes(void)
{
	buf = aligned_alloc(PAGE, PAGE);
	theirs = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!buf || theirs == MAP_FAILED || iom_emu_share() ||
	    pthread_atfork(before, in_parent, in_child))
		return false;
	memset(buf, 0, PAGE);
	return true;
}
