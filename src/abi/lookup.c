/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding calls, fields, data types and values by name or number. */
#include "table.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char kernel_prefix[] = "IOMMU_";

static char fold(char c)
{
	return c == '_' ? '-' : (char)tolower((unsigned char)c);
}

static bool same(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return fold(*a) == fold(*b);
}

static const char *without_prefix(const char *s)
{
	size_t i;

	for (i = 0; i < sizeof(kernel_prefix) - 1; i++)
		if (fold(s[i]) != fold(kernel_prefix[i]))
			return s;
	return s + i;
}

bool iom_word_is(const char *a, const char *b)
{
	return same(without_prefix(a), without_prefix(b));
}

static bool call_is(const struct iom_call *c, const char *name)
{
	return iom_word_is(c->name, name) || same(c->word, name);
}

const struct iom_call *iom_queue_op_find(const char *name)
{
	for (const struct iom_call *c = iom_queue_ops; c->name; c++)
		if (same(c->name, name) || same(c->word, name))
			return c;
	return NULL;
}

const struct iom_call *iom_call_find(const char *name, const char *abi)
{
	const struct iom_call *c, *mainline = NULL, *unmerged = NULL;

	for (c = iom_calls; c->name; c++) {
		if (!call_is(c, name))
			continue;
		if (!c->abi) {
			if (!mainline)
				mainline = c;
			continue;
		}
		if (abi && !strcasecmp(c->abi, abi))
			return c;
		if (!abi && !unmerged)
			unmerged = c;
	}
	return mainline ? mainline : unmerged;
}

/* The operation or feature that an argument of this code names, or -1. */
static int32_t op_in(uint32_t code, const void *arg)
{
	uint32_t v;

	if (!arg)
		return -1;
	if (code == IOM_NR_TEST_CMD) {
		memcpy(&v, (const char *)arg + offsetof(struct iom_test_cmd, op),
		       sizeof(v));
		return v <= INT32_MAX ? (int32_t)v : -1;
	}
	if (code == IOM_NR_VFIO_DEVICE_FEATURE) {
		memcpy(&v, (const char *)arg + offsetof(struct iom_vfio_feature, flags),
		       sizeof(v));
		return (int32_t)(v & IOM_VFIO_DEVICE_FEATURE_MASK);
	}
	return -1;
}

const struct iom_call *iom_call_of_abi(uint32_t code, const void *arg, const char *abi)
{
	const struct iom_call *c, *mainline = NULL, *unmerged = NULL;
	int32_t op = op_in(code, arg);

	for (c = iom_calls; c->name; c++) {
		if (c->code != code)
			continue;
		if (c->abi) {
			if (abi && !strcasecmp(c->abi, abi))
				return c;
			if (!abi && !unmerged)
				unmerged = c;
			continue;
		}
		/* The row without an op stands for whatever op has none of its own. */
		if (c->op == op)
			mainline = c;
		else if (c->op == -1 && !mainline)
			mainline = c;
	}
	return mainline ? mainline : unmerged;
}

const struct iom_call *iom_call_of(uint32_t code, const void *arg)
{
	/* Every call that is issued is looked up, so the usual ones are remembered by number. */
	static const struct iom_call *by_nr[256];
	const struct iom_call *c = by_nr[code & 0xff];

	if (c && c->code == code)
		return c;
	c = iom_call_of_abi(code, arg, NULL);
	if (c && c->code != IOM_NR_TEST_CMD && c->code != IOM_NR_VFIO_DEVICE_FEATURE)
		by_nr[code & 0xff] = c;
	return c;
}

const struct iom_field *iom_field_find(const struct iom_field *fields, const char *name)
{
	const struct iom_field *f;

	for (f = fields; f->name; f++)
		if (same(f->name, name))
			return f;
	return NULL;
}

const struct iom_struct *iom_struct_find(const char *group, const char *name)
{
	const struct iom_struct *s;

	for (s = iom_structs; s->name; s++) {
		if (group && strcmp(s->group, group))
			continue;
		if (iom_word_is(s->name, name) || same(s->word, name))
			return s;
	}
	return NULL;
}

const struct iom_struct *iom_struct_of(const struct iom_enum *types, uint64_t type_id)
{
	const struct iom_struct *s;

	for (s = iom_structs; s->name; s++)
		if (s->types && s->types == types && s->type_id == type_id)
			return s;
	return NULL;
}

const char *iom_obj_name(enum iom_obj obj)
{
	static const char *const names[] = {
		[IOM_OBJ_NONE] = "none",
		[IOM_OBJ_DEVICE] = "device",
		[IOM_OBJ_HWPT_PAGING] = "hwpt-paging",
		[IOM_OBJ_HWPT_NESTED] = "hwpt-nested",
		[IOM_OBJ_IOAS] = "ioas",
		[IOM_OBJ_ACCESS] = "access",
		[IOM_OBJ_FAULT] = "fault",
		[IOM_OBJ_VIOMMU] = "viommu",
		[IOM_OBJ_VDEVICE] = "vdevice",
		[IOM_OBJ_VEVENTQ] = "veventq",
		[IOM_OBJ_HW_QUEUE] = "hw-queue",
		[IOM_OBJ_SELFTEST] = "selftest",
		[IOM_OBJ_PT] = "pt",
		[IOM_OBJ_ANY] = "any",
	};

	return (size_t)obj < IOM_ARRAY_SIZE(names) ? names[obj] : "unknown";
}

const struct iom_value *iom_value_of(const struct iom_enum *e, uint64_t value)
{
	const struct iom_value *v;

	for (v = e->values; v->name; v++)
		if (v->value == value)
			return v;
	return NULL;
}

const struct iom_value *iom_value_find(const struct iom_enum *e, const char *word)
{
	const struct iom_value *v;

	for (v = e->values; v->name; v++)
		if (same(v->word, word) || iom_word_is(v->name, word))
			return v;
	return NULL;
}
