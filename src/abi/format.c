/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading fields of an argument and writing them as text. */
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const unsigned char *element(const struct iom_field *f, const void *arg,
				    unsigned int i)
{
	return (const unsigned char *)arg + f->offset + (size_t)i * f->width;
}

uint64_t iom_field_get(const struct iom_field *f, const void *arg, unsigned int i)
{
	const unsigned char *p = element(f, arg, i);
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (f->width) {
	case 1:
		return *p;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, p, sizeof(v32));
		return f->kind == IOM_K_FD ? (uint64_t)(int64_t)(int32_t)v32 : v32;
	default:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
}

/* FDs may be negative numbers, and those are wide when they come as 64 bits. */
static bool fits(const struct iom_field *f, uint64_t v)
{
	if (f->width >= sizeof(v))
		return true;
	if (f->kind == IOM_K_FD && (int64_t)v < 0)
		return (int64_t)v >= -((int64_t)1 << (8 * f->width - 1));
	return v >> (8 * f->width) == 0;
}

int iom_field_set(const struct iom_field *f, void *arg, unsigned int i, uint64_t v)
{
	unsigned char *p = (unsigned char *)arg + f->offset + (size_t)i * f->width;
	uint8_t v8 = (uint8_t)v;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	if (!fits(f, v))
		return -ERANGE;
	switch (f->width) {
	case 1:
		memcpy(p, &v8, sizeof(v8));
		break;
	case 2:
		memcpy(p, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(p, &v32, sizeof(v32));
		break;
	default:
		memcpy(p, &v, sizeof(v));
	}
	return 0;
}

/* "fixed-iova|readable|0x100"; bits without a name keep their number. */
static void format_flags(const struct iom_enum *e, uint64_t bits, struct iom_buf *b)
{
	const struct iom_value *v;
	bool some = false;

	for (v = e->values; v->name && bits; v++) {
		if (!v->value || (bits & v->value) != v->value)
			continue;
		if (some)
			iom_buf_puts(b, "|");
		iom_buf_puts(b, v->word);
		bits &= ~v->value;
		some = true;
	}
	if (bits)
		iom_buf_printf(b, "%s0x%" PRIx64, some ? "|" : "", bits);
	else if (!some)
		iom_buf_puts(b, "0");
}

void iom_value_format(const struct iom_field *f, uint64_t v, struct iom_buf *b)
{
	const struct iom_value *named;

	switch (f->kind) {
	case IOM_K_FLAGS:
		format_flags(f->values, v, b);
		break;
	case IOM_K_ENUM:
		named = iom_value_of(f->values, v);
		if (named)
			iom_buf_puts(b, named->word);
		else
			iom_buf_printf(b, "%" PRIu64, v);
		break;
	case IOM_K_IOVA:
	case IOM_K_HEX:
	case IOM_K_PTR:
	case IOM_K_RESERVED:
		iom_buf_printf(b, "0x%" PRIx64, v);
		break;
	case IOM_K_FD:
		iom_buf_printf(b, "%" PRId64, (int64_t)v);
		break;
	default:
		iom_buf_printf(b, "%" PRIu64, v);
	}
}

void iom_field_format(const struct iom_field *f, const void *arg, unsigned int i,
		      struct iom_buf *b)
{
	iom_value_format(f, iom_field_get(f, arg, i), b);
}

static bool all_zero(const struct iom_field *f, const void *arg)
{
	unsigned int i;

	for (i = 0; i < f->count; i++)
		if (iom_field_get(f, arg, i))
			return false;
	return true;
}

void iom_fields_format(const struct iom_field *fields, const void *arg, enum iom_dir dir,
		       struct iom_buf *b)
{
	const struct iom_field *f;
	const char *comma = "";
	unsigned int i;

	for (f = fields; f->name; f++) {
		if (!(f->dir & dir))
			continue;
		if (f->kind == IOM_K_RESERVED && all_zero(f, arg))
			continue;
		iom_buf_printf(b, "%s%s=", comma, f->name);
		comma = ", ";
		if (f->count > 1)
			iom_buf_puts(b, "[");
		for (i = 0; i < f->count; i++) {
			if (i)
				iom_buf_puts(b, " ");
			iom_field_format(f, arg, i, b);
		}
		if (f->count > 1)
			iom_buf_puts(b, "]");
	}
}

void iom_call_format(const struct iom_call *c, const void *arg, enum iom_dir dir,
		     struct iom_buf *b)
{
	iom_fields_format(c->fields, arg, dir, b);
}
