/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The growing text buffer and the cleanup helpers. */
#include "iommuctl/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unistd.h>

static bool reserve(struct iom_buf *b, size_t extra)
{
	size_t want = b->len + extra + 1, cap = b->cap ? b->cap : 64;
	char *p;

	if (b->failed || want < extra)
		goto fail;
	if (want <= b->cap)
		return true;
	while (cap < want)
		cap *= 2;
	p = realloc(b->data, cap);
	if (!p)
		goto fail;
	b->data = p;
	b->cap = cap;
	return true;
fail:
	b->failed = true;
	return false;
}

void iom_buf_add(struct iom_buf *b, const char *s, size_t len)
{
	if (!reserve(b, len))
		return;
	memcpy(b->data + b->len, s, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void iom_buf_puts(struct iom_buf *b, const char *s)
{
	iom_buf_add(b, s, strlen(s));
}

void iom_buf_printf(struct iom_buf *b, const char *fmt, ...)
{
	char small[256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if ((size_t)n < sizeof(small)) {
		iom_buf_add(b, small, (size_t)n);
		return;
	}
	if (!reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void iom_buf_free(struct iom_buf *b)
{
	free(b->data);
	*b = (struct iom_buf){ 0 };
}

void iom_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void *iom_alloc_pages(size_t size)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room;
	void *p;

	if (__builtin_add_overflow(size, page - !!size, &room))
		return NULL;
	room &= ~(page - 1);
	p = aligned_alloc(page, room);
	return p ? memset(p, 0, room) : NULL;
}

void iom_freep(void *pp)
{
	free(*(void **)pp);
	*(void **)pp = NULL;
}
