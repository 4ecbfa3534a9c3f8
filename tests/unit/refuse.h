/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lets functions of the C library fail in a test program: they are defined here, and go on to the real ones. */
#pragma once

#include <stdbool.h>

enum refused {
	REFUSE_MEMFD_CREATE,
	REFUSE_DUP, /* fcntl(2) with F_DUPFD_CLOEXEC */
	REFUSE_FTRUNCATE,
	REFUSE_PWRITE,
	REFUSE_PREAD,
	REFUSE_PIPE,
	REFUSE_OPEN,
	REFUSE_FOPEN,
	REFUSE_FSTAT,
	REFUSE_STATFS,
	REFUSE_FSTATFS,
	REFUSE_MMAP,
	REFUSE_MREMAP,
	REFUSE_MADVISE,
	REFUSE_VM_RW, /* process_vm_readv(2) and process_vm_writev(2) */
	REFUSE_RANDOM, /* getrandom(2) */
	REFUSE_STACK, /* pthread_getattr_np(3) */
	REFUSE_KINDS
};

/*
 * From its nth call on (1: the next) the function fails times times; no other thread may call it. Error 0
 * has memfd_create(2) and fcntl(2) return a number that is too high to be opened.
 */
void refuse(enum refused what, unsigned int nth, unsigned int times, int error);
/* Nothing is refused any more. Whether anything was since the last time. */
bool refuse_none(void);
