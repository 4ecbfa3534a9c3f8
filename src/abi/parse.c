/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the value of a field from what a person typed. */
#include "table.h"

#include <errno.h>
#include <string.h>

#define MAX_WORD 96 /* longer than any name of the tables, bytes */

/* One name or number of an enum or set of flags. */
static int parse_named(const struct iom_enum *e, const char *text, uint64_t *out)
{
	const struct iom_value *v = iom_value_find(e, text);

	if (!v)
		return iom_parse_u64(text, out);
	*out = v->value;
	return 0;
}

static int parse_flags(const struct iom_enum *e, const char *text, uint64_t *out)
{
	char word[MAX_WORD];
	uint64_t bits = 0, v;
	size_t len;
	int rc;

	for (;;) {
		len = strcspn(text, "|,");
		if (!len || len >= sizeof(word))
			return -EINVAL;
		memcpy(word, text, len);
		word[len] = '\0';
		rc = parse_named(e, word, &v);
		if (rc)
			return rc;
		bits |= v;
		if (!text[len])
			break;
		text += len + 1;
	}
	*out = bits;
	return 0;
}

/* Down to -2^31; file descriptors have no business below. */
static int parse_fd(const char *text, uint64_t *out)
{
	int rc;

	if (*text != '-')
		return iom_parse_u64(text, out);
	rc = iom_parse_u64(text + 1, out);
	if (rc)
		return rc;
	if (*out > (uint64_t)1 << 31)
		return -ERANGE;
	*out = -*out;
	return 0;
}

/* As iom_field_set() would judge it. */
static bool fits(const struct iom_field *f, uint64_t v)
{
	unsigned char scratch[sizeof(uint64_t)];
	struct iom_field at = *f;

	at.offset = 0;
	return !iom_field_set(&at, scratch, 0, v);
}

int iom_field_parse(const struct iom_field *f, const char *text, uint64_t *out)
{
	uint64_t v;
	int rc;

	switch (f->kind) {
	case IOM_K_FLAGS:
		rc = parse_flags(f->values, text, &v);
		break;
	case IOM_K_ENUM:
		rc = parse_named(f->values, text, &v);
		break;
	case IOM_K_FD:
		rc = parse_fd(text, &v);
		break;
	case IOM_K_IOVA:
	case IOM_K_LEN:
	case IOM_K_SIZE:
		rc = iom_parse_size(text, &v);
		break;
	default:
		rc = iom_parse_u64(text, &v);
	}
	if (rc)
		return rc;
	if (!fits(f, v))
		return -ERANGE;
	*out = v;
	return 0;
}
