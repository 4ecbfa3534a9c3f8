/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Turns the tables into statements, and keeps sorted lines. */
#include "facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommuctl/uapi.h"

static void *grow(void *p, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return p;
	*cap = *cap ? 2 * *cap : 256;
	p = realloc(p, *cap * size);
	if (!p) {
		fputs("out of memory\n", stderr);
		exit(2);
	}
	return p;
}

enum home home_of(const char *name)
{
	if (!strncmp(name, "VFIO_", 5) || !strncmp(name, "vfio_", 5))
		return HOME_VFIO;
	if (!strncmp(name, "MOCK_", 5) || !strncmp(name, "IOMMU_TEST_", 11) ||
	    !strncmp(name, "iommu_test_", 11) || strstr(name, "SELFTEST") ||
	    strstr(name, "selftest"))
		return HOME_SELFTEST;
	return HOME_IOMMUFD;
}

/* a and b are joined by a dot when b is given; a alone decides the home. */
static void add(struct facts *out, const char *verb, const char *a, const char *b,
		const char *scope, uint64_t value, bool unmerged)
{
	struct fact *f;

	out->v = grow(out->v, out->n, &out->cap, sizeof(*out->v));
	f = &out->v[out->n++];
	memset(f, 0, sizeof(*f));
	f->verb = verb;
	snprintf(f->key, sizeof(f->key), "%s%s%s", a, b ? "." : "", b ? b : "");
	f->scope = scope;
	f->value = value;
	f->home = home_of(a);
	f->unmerged = unmerged;
}

static void add_fields(struct facts *out, const char *tag, const struct iom_field *f,
		       unsigned int end)
{
	const char *member;

	for (; f->name; f++) {
		if (f->offset >= end)
			continue;
		member = f->member ? f->member : f->name;
		add(out, "offset", tag, member, tag, f->offset, false);
		add(out, "width", tag, member, tag, (uint64_t)f->width * f->count, false);
	}
}

static void add_calls(struct facts *out)
{
	const struct iom_call *c;
	char nr[80];

	for (c = iom_calls; c->name; c++) {
		if (c->op < 0)
			add(out, "ioctl", c->name, NULL, "", c->code, c->abi);
		else
			add(out, "value", c->name, NULL, "", (uint64_t)c->op, false);
		if (c->abi || !*c->tag)
			continue;
		if (c->family == IOM_FAM_IOMMUFD) {
			snprintf(nr, sizeof(nr), "IOMMUFD_CMD_%s",
				 strchr(c->name, '_') + 1);
			add(out, "value", nr, NULL, "", c->code & 0xff, false);
		}
		/* The data behind a feature's header has a struct of its own. */
		if (c->code == IOM_NR_VFIO_DEVICE_FEATURE) {
			add_fields(out, c->tag, c->fields,
				   sizeof(struct iom_vfio_feature));
			continue;
		}
		add(out, "size", c->tag, NULL, c->tag, c->full, false);
		add_fields(out, c->tag, c->fields, c->full);
	}
}

static void add_structs(struct facts *out)
{
	const struct iom_struct *s;

	for (s = iom_structs; s->name; s++) {
		if (s->unmerged)
			continue;
		add(out, "size", s->name, NULL, s->name, s->size, false);
		add_fields(out, s->name, s->fields, s->size);
	}
}

static void add_enums(struct facts *out)
{
	const struct iom_value *v;
	size_t i;

	for (i = 0; iom_enums[i]; i++)
		for (v = iom_enums[i]->values; v->name; v++)
			add(out, "value", v->name, NULL, iom_enums[i]->name, v->value,
			    v->unmerged);
}

/* Constants that uapi.h alone holds. */
static void add_constants(struct facts *out)
{
	static const struct {
		const char *name;
		uint64_t value;
	} constants[] = {
		{ "IOMMUFD_TYPE", IOM_IOC_TYPE },
		{ "IOMMU_HW_INFO_SELFTEST_REGVAL", IOM_HW_INFO_SELFTEST_REGVAL },
		{ "IOMMU_TEST_PASID_RESERVED", IOM_TEST_PASID_RESERVED },
		{ "IOMMU_TEST_IOTLB_DEFAULT", IOM_TEST_IOTLB_DEFAULT },
		{ "IOMMU_TEST_DEV_CACHE_DEFAULT", IOM_TEST_DEV_CACHE_DEFAULT },
		{ "IOMMU_TEST_HW_QUEUE_MAX", IOM_TEST_HW_QUEUE_MAX },
		{ "MOCK_APERTURE_START", IOM_MOCK_APERTURE_START },
		{ "MOCK_APERTURE_LAST", IOM_MOCK_APERTURE_LAST },
		{ "MOCK_PAGE_SIZE", IOM_MOCK_PAGE_SIZE },
		{ "MOCK_HUGE_PAGE_SIZE", IOM_MOCK_HUGE_PAGE_SIZE },
		{ "MOCK_NESTED_DOMAIN_IOTLB_ID_MAX",
		  IOM_MOCK_NESTED_DOMAIN_IOTLB_ID_MAX },
		{ "MOCK_NESTED_DOMAIN_IOTLB_NUM", IOM_MOCK_NESTED_DOMAIN_IOTLB_NUM },
		{ "MOCK_DEV_CACHE_ID_MAX", IOM_MOCK_DEV_CACHE_ID_MAX },
		{ "MOCK_DEV_CACHE_NUM", IOM_MOCK_DEV_CACHE_NUM },
		{ "MOCK_PASID_WIDTH", IOM_MOCK_PASID_WIDTH },
		{ "VFIO_DEVICE_FEATURE_MASK", IOM_VFIO_DEVICE_FEATURE_MASK },
		{ "VFIO_PCI_NUM_REGIONS", IOM_VFIO_PCI_NUM_REGIONS },
		{ "VFIO_PCI_NUM_IRQS", IOM_VFIO_PCI_NUM_IRQS },
	};
	size_t i;

	for (i = 0; i < IOM_ARRAY_SIZE(constants); i++)
		add(out, "value", constants[i].name, NULL, "", constants[i].value, false);
}

void facts_of_tables(struct facts *out)
{
	add_calls(out);
	add_structs(out);
	add_enums(out);
	add_constants(out);
}

void lines_add(struct lines *l, const char *text, uint64_t value)
{
	struct line *new;

	l->v = grow(l->v, l->n, &l->cap, sizeof(*l->v));
	new = &l->v[l->n++];
	new->text = strdup(text);
	new->value = value;
	if (!new->text) {
		fputs("out of memory\n", stderr);
		exit(2);
	}
}

static int by_text(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return strcmp(x->text, y->text);
}

void lines_sort(struct lines *l)
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_text);
}

const struct line *lines_find(const struct lines *l, const char *text)
{
	const struct line key = { .text = (char *)text };

	return l->n ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_text) : NULL;
}

void lines_free(struct lines *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].text);
	free(l->v);
	memset(l, 0, sizeof(*l));
}
