/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing a tar archive. */
#include "host/tar.h"

#include <errno.h>
#include <string.h>

_Static_assert(sizeof(struct host_tar_head) == TAR_BLOCK, "a header is one block");

unsigned int host_tar_sum(const struct host_tar_head *h)
{
	const unsigned char *p = (const unsigned char *)h;
	unsigned int sum = 0;

	/* its own place counts as blanks */
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += i >= offsetof(struct host_tar_head, sum) &&
				       i < offsetof(struct host_tar_head, sum) + sizeof(h->sum)
			       ? ' ' : p[i];
	return sum;
}

static int put(struct host_tar *t, const void *data, size_t len)
{
	static const char zeros[TAR_BLOCK];
	size_t pad = (TAR_BLOCK - len % TAR_BLOCK) % TAR_BLOCK;

	errno = 0;
	if (fwrite(data, 1, len, t->f) != len || fwrite(zeros, 1, pad, t->f) != pad)
		return errno ? -errno : -EIO;
	return 0;
}

/* A name that fills its place has no NUL. */
static void put_name(char *dst, size_t len, const char *s)
{
	memcpy(dst, s, strnlen(s, len));
}

/* No date and no owner: two snapshots of one state are the same. */
static int put_head(struct host_tar *t, char type, const char *path, const char *link, size_t size)
{
	struct host_tar_head h = { .type = type, .magic = "ustar", .version = { '0', '0' } };

	put_name(h.name, sizeof(h.name), path);
	put_name(h.link, sizeof(h.link), link);
	strcpy(h.mode, type == '5' ? "0000755" : "0000644");
	strcpy(h.uid, "0000000");
	strcpy(h.gid, "0000000");
	snprintf(h.size, sizeof(h.size), "%011zo", size);
	strcpy(h.mtime, "00000000000");
	snprintf(h.sum, sizeof(h.sum), "%06o", host_tar_sum(&h));
	h.sum[7] = ' ';
	return put(t, &h, sizeof(h));
}

/* "27 path=some/long/name\n", where the number counts itself as well. */
static void pax_record(struct iom_buf *b, const char *key, const char *value)
{
	size_t base = strlen(key) + strlen(value) + 3, len = base + 1;
	char number[24];

	while ((size_t)snprintf(number, sizeof(number), "%zu", len) + base != len)
		len = (size_t)snprintf(number, sizeof(number), "%zu", len) + base;
	iom_buf_printf(b, "%zu %s=%s\n", len, key, value);
}

static int put_entry(struct host_tar *t, char type, const char *path, const char *link,
		     const void *data, size_t len)
{
	_iom_buf_ struct iom_buf pax = { 0 };
	int rc = 0;

	if (strlen(path) > sizeof(((struct host_tar_head *)0)->name))
		pax_record(&pax, "path", path);
	if (strlen(link) > sizeof(((struct host_tar_head *)0)->link))
		pax_record(&pax, "linkpath", link);
	if (pax.failed)
		return -ENOMEM;
	if (pax.len)
		rc = put_head(t, 'x', "pax", "", pax.len);
	if (!rc && pax.len)
		rc = put(t, pax.data, pax.len);
	if (!rc)
		rc = put_head(t, type, path, link, len);
	return rc || !len ? rc : put(t, data, len);
}

int host_tar_dir(struct host_tar *t, const char *path)
{
	return put_entry(t, '5', path, "", "", 0);
}

int host_tar_link(struct host_tar *t, const char *path, const char *target)
{
	return put_entry(t, '2', path, target, "", 0);
}

int host_tar_file(struct host_tar *t, const char *path, const void *data, size_t len)
{
	return put_entry(t, '0', path, "", data, len);
}

int host_tar_end(struct host_tar *t)
{
	static const char zeros[2 * TAR_BLOCK];
	int rc = put(t, zeros, sizeof(zeros));

	if (!rc && fflush(t->f))
		rc = -errno;
	return rc;
}
