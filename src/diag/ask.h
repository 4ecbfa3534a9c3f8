/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: asking a kernel about its numbers without having anything done. */
#pragma once

#include "iommuctl/diag.h"

struct asker {
	struct iom_backend *be;
	const char *path;
	int fd; /* a context that has not executed anything yet, or -1 */
};

/* Returns the fd, or a negative errno. */
int ask_open(struct asker *a);
void ask_close(struct asker *a);
/*
 * One question; call may be NULL. A context in which something was executed is not used again.
 * Returns what ioctl(2) would, or a negative errno.
 */
int ask(struct asker *a, const struct iom_call *call, uint32_t code, void *arg);
/* Whether the number is known. */
enum iom_tri ask_present(struct asker *a, uint32_t code);
/* True size of the struct by bisection, bytes; 0 when the kernel does not answer like that. */
uint32_t ask_size(struct asker *a, const struct iom_call *call);
/* "ioas-noiommu-get-pa", "vdevice-tsm-op", "absent" or "unknown". */
const char *ask_95(struct asker *a, enum iom_tri present);
