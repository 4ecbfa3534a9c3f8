/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of src/abi: sound, found by every name, read and written right. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "iommuctl/abi.h"
#include "iommuctl/uapi.h"

static const struct iom_field *field(const char *call, const char *name)
{
	const struct iom_call *c = iom_call_find(call, NULL);
	const struct iom_field *f;

	assert_non_null(c);
	f = iom_field_find(c->fields, name);
	assert_non_null(f);
	return f;
}

/* ---- the tables themselves ---- */

static bool same_abi(const struct iom_call *a, const struct iom_call *b)
{
	return !strcmp(a->abi ? a->abi : "", b->abi ? b->abi : "");
}

static void test_calls_are_unique(void **state)
{
	const struct iom_call *a, *b;

	(void)state;
	for (a = iom_calls; a->name; a++) {
		for (b = a + 1; b->name; b++) {
			if (!same_abi(a, b))
				continue;
			assert_string_not_equal(a->word, b->word);
			assert_string_not_equal(a->name, b->name);
			assert_false(a->code == b->code && a->op == b->op);
		}
	}
}

static void test_calls_are_complete(void **state)
{
	const struct iom_call *c;

	(void)state;
	for (c = iom_calls; c->name; c++) {
		assert_non_null(c->tag);
		assert_non_null(c->word);
		assert_non_null(c->fields);
		assert_non_null(c->since);
		assert_non_null(c->brief);
		assert_true(c->min <= c->full);
		assert_true(c->full <= IOM_MAX_ARG);
		assert_int_equal(c->code >> 8 & 0xff, ';');
		assert_true(!c->verb || c->object);
		assert_true(strspn(c->word, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
			    strlen(c->word));
		if (c->code != IOM_NR_VFIO_DEVICE_RESET)
			assert_int_equal(c->fields->kind, IOM_K_SIZE);
	}
}

static void test_every_mainline_number(void **state)
{
	const struct iom_call *c = iom_calls;
	uint32_t nr;

	(void)state;
	for (nr = 0x80; nr <= 0x95; nr++, c++) {
		assert_int_equal(c->code & 0xff, nr);
		assert_null(c->abi);
		assert_int_equal(c->family, IOM_FAM_IOMMUFD);
	}
	while (c->family != IOM_FAM_SELFTEST)
		assert_non_null((c++)->abi);
	assert_int_equal(c++->op, -1);
	for (nr = 1; nr <= 23; nr++, c++)
		assert_int_equal(c->op, nr);
	assert_int_equal(c->family, IOM_FAM_VFIO);
}

static void test_sizes(void **state)
{
	static const uint16_t sizes[][2] = { /* from 0x80 on */
		{ 8, 8 },   { 12, 12 }, { 24, 24 }, { 40, 40 }, { 32, 32 }, { 40, 40 },
		{ 24, 24 }, { 24, 24 }, { 12, 12 }, { 24, 48 }, { 32, 40 }, { 16, 16 },
		{ 48, 48 }, { 32, 32 }, { 16, 16 }, { 40, 40 }, { 24, 40 }, { 24, 24 },
		{ 8, 8 },   { 28, 32 }, { 40, 40 }, { 40, 40 },
	};
	const struct iom_call *c;
	size_t i;

	(void)state;
	for (i = 0; i < IOM_ARRAY_SIZE(sizes); i++) {
		assert_int_equal(iom_calls[i].min, sizes[i][0]);
		assert_int_equal(iom_calls[i].full, sizes[i][1]);
	}
	for (c = iom_calls; c->name; c++) {
		if (c->family == IOM_FAM_SELFTEST) {
			assert_int_equal(c->min, 68);
			assert_int_equal(c->full, 72);
		}
	}
	assert_int_equal(iom_call_find("vfio-bind-iommufd", NULL)->min, 16);
	assert_int_equal(iom_call_find("vfio-attach-iommufd-pt", NULL)->min, 12);
	assert_int_equal(iom_call_find("vfio-detach-iommufd-pt", NULL)->min, 8);
	assert_int_equal(iom_call_find("viommu-alloc", "tsm-rfc1")->min, 24);
	assert_int_equal(iom_call_find("viommu-alloc", "tsm-rfc1")->full, 48);
	assert_int_equal(iom_call_find("vdevice-tsm-map", NULL)->min, 28);
}

static unsigned int end_of(const struct iom_field *f)
{
	return f->offset + (unsigned int)f->width * f->count;
}

/* One word read as a question and written as the answer is the only overlap there is. */
static bool may_overlap(const struct iom_field *a, const struct iom_field *b)
{
	return a->offset == b->offset && a->width == b->width &&
	       a->dir + b->dir == IOM_INOUT && a->dir != IOM_INOUT && b->dir != IOM_INOUT;
}

static void check_field(const struct iom_field *f, const struct iom_field *fields,
			unsigned int size)
{
	assert_true(f->count > 0);
	assert_true(f->width == 1 || f->width == 2 || f->width == 4 || f->width == 8);
	assert_true(end_of(f) <= size);
	assert_true(f->dir >= IOM_IN && f->dir <= IOM_INOUT);
	assert_int_equal(f->kind == IOM_K_FLAGS || f->kind == IOM_K_ENUM,
			 f->values != NULL);
	if (f->values)
		assert_int_equal(f->values->flags, f->kind == IOM_K_FLAGS);
	assert_int_equal(f->kind == IOM_K_ID, f->obj != IOM_OBJ_NONE);
	assert_true(f->kind == IOM_K_PTR || (!f->elem && !f->count_field));
	if (f->kind == IOM_K_PTR)
		assert_int_equal(f->width, 8);
	if (f->count_field)
		assert_non_null(iom_field_find(fields, f->count_field));
}

static void check_fields(const struct iom_field *fields, unsigned int size)
{
	const struct iom_field *a, *b;

	for (a = fields; a->name; a++) {
		check_field(a, fields, size);
		for (b = a + 1; b->name; b++) {
			assert_string_not_equal(a->name, b->name);
			if (a->offset < end_of(b) && b->offset < end_of(a))
				assert_true(may_overlap(a, b));
		}
	}
}

static void test_fields_are_sound(void **state)
{
	const struct iom_struct *s;
	const struct iom_call *c;

	(void)state;
	for (c = iom_calls; c->name; c++)
		check_fields(c->fields, c->full);
	for (s = iom_structs; s->name; s++)
		check_fields(s->fields, s->size);
}

static void test_every_byte_is_described(void **state)
{
	const struct iom_call *c;
	const struct iom_field *f;
	unsigned char seen[IOM_MAX_ARG];
	unsigned int i;

	(void)state;
	for (c = iom_calls; c->name; c++) {
		if (c->family == IOM_FAM_SELFTEST)
			continue;
		memset(seen, 0, sizeof(seen));
		for (f = c->fields; f->name; f++)
			memset(seen + f->offset, 1, end_of(f) - f->offset);
		/* What is left can only be padding at the end. */
		for (i = 0; i < c->full; i++)
			assert_true(seen[i] || i >= c->full - 4u);
	}
}

static void test_ids_that_come_out(void **state)
{
	const struct iom_call *c;
	const struct iom_field *f;
	bool some;

	(void)state;
	for (c = iom_calls; c->name; c++) {
		/* Only an fd comes back for an access. */
		if (c->creates == IOM_OBJ_NONE || c->creates == IOM_OBJ_ACCESS)
			continue;
		some = false;
		for (f = c->fields; f->name; f++)
			some |= f->kind == IOM_K_ID && f->dir == IOM_OUT &&
				f->obj == c->creates;
		assert_true(some);
	}
}

static void test_structs_and_their_types(void **state)
{
	const struct iom_enum *types = field("hwpt-alloc", "data_type")->values;
	const struct iom_struct *a, *b;

	(void)state;
	for (a = iom_structs; a->name; a++) {
		assert_non_null(a->since);
		assert_ptr_equal(iom_struct_find(a->group, a->word), a);
		assert_ptr_equal(iom_struct_find(a->group, a->name), a);
		if (a->types) {
			assert_non_null(iom_value_of(a->types, a->type_id));
			assert_non_null(iom_struct_of(a->types, a->type_id));
		}
		for (b = a + 1; b->name; b++) {
			assert_string_not_equal(a->name, b->name);
			assert_false(!strcmp(a->group, b->group) &&
				     !strcmp(a->word, b->word));
		}
	}
	assert_null(iom_struct_find("hw-info", "vtd-s1"));
	assert_null(iom_struct_of(types, 77));
	assert_string_equal(iom_struct_of(types, 1)->name, "iommu_hwpt_vtd_s1");
}

/* The data of a feature call is described twice: behind its header, and by itself. */
static void test_features_match_their_data(void **state)
{
	const struct iom_struct *data = iom_struct_find("vfio-feature", "dma-buf");
	const struct iom_enum *features = data->types;
	const struct iom_field *f, *g;
	const struct iom_call *c;

	(void)state;
	for (c = iom_calls; c->name; c++) {
		if (c->code != IOM_NR_VFIO_DEVICE_FEATURE || c->op < 0)
			continue;
		assert_non_null(iom_value_of(features, (uint64_t)c->op));
		data = iom_struct_of(features, (uint64_t)c->op);
		if (!data)
			continue;
		assert_int_equal(c->full, 8 + data->size);
		f = c->fields + 2;
		for (g = data->fields; g->name; g++, f++) {
			assert_string_equal(f->member, g->name);
			assert_int_equal(f->offset, 8 + g->offset);
			assert_int_equal(f->width, g->width);
			assert_int_equal(f->kind, g->kind);
			assert_int_equal(f->dir, g->dir);
			assert_ptr_equal(f->values, g->values);
		}
		assert_null(f->name);
	}
}

/* ---- enums ---- */

static void check_enum(const struct iom_enum *e)
{
	const struct iom_value *v, *w;

	for (v = e->values; v->name; v++) {
		assert_ptr_equal(iom_value_find(e, v->word), v);
		assert_ptr_equal(iom_value_find(e, v->name), v);
		assert_int_equal(iom_value_of(e, v->value)->value, v->value);
		assert_true(!v->unmerged || v->since);
		if (e->flags)
			assert_true(v->value && !(v->value & (v->value - 1)));
		for (w = v + 1; w->name; w++) {
			assert_string_not_equal(v->word, w->word);
			assert_string_not_equal(v->name, w->name);
			assert_false(e->flags && v->value == w->value);
		}
	}
}

static void test_enums_round_trip(void **state)
{
	size_t i, j;

	(void)state;
	for (i = 0; iom_enums[i]; i++) {
		check_enum(iom_enums[i]);
		for (j = i + 1; iom_enums[j]; j++)
			assert_string_not_equal(iom_enums[i]->name, iom_enums[j]->name);
	}
}

static bool is_listed(const struct iom_enum *e)
{
	size_t i;

	for (i = 0; iom_enums[i]; i++)
		if (iom_enums[i] == e)
			return true;
	return false;
}

static void test_every_enum_is_listed(void **state)
{
	const struct iom_struct *s;
	const struct iom_field *f;
	const struct iom_call *c;

	(void)state;
	for (c = iom_calls; c->name; c++)
		for (f = c->fields; f->name; f++)
			assert_true(!f->values || is_listed(f->values));
	for (s = iom_structs; s->name; s++) {
		assert_true(!s->types || is_listed(s->types));
		for (f = s->fields; f->name; f++)
			assert_true(!f->values || is_listed(f->values));
	}
}

static void test_value_lookups(void **state)
{
	const struct iom_enum *options = field("option", "option_id")->values;

	(void)state;
	assert_int_equal(iom_value_find(options, "huge-pages")->value, 1);
	assert_int_equal(iom_value_find(options, "HUGE_PAGES")->value, 1);
	assert_int_equal(iom_value_find(options, "iommu_option_huge_pages")->value, 1);
	assert_int_equal(iom_value_find(options, "OPTION-HUGE-PAGES")->value, 1);
	assert_null(iom_value_find(options, "huge"));
	assert_null(iom_value_find(options, ""));
	assert_null(iom_value_of(options, 9));
	assert_true(iom_value_find(options, "sw-msi-start")->unmerged);
	assert_string_equal(iom_value_of(options, 3)->since, "sw-msi-v2");
}

/* ---- finding calls ---- */

static void test_calls_by_name(void **state)
{
	static const char *const names[] = {
		"IOMMU_IOAS_MAP", "iommu_ioas_map", "IOAS_MAP",
		"ioas-map", "Ioas-Map", "ioas_map",
	};
	const struct iom_call *c;
	size_t i;

	(void)state;
	for (i = 0; i < IOM_ARRAY_SIZE(names); i++)
		assert_int_equal(iom_call_find(names[i], NULL)->code, 0x3b85);
	assert_null(iom_call_find("ioas", NULL));
	assert_null(iom_call_find("", NULL));
	assert_null(iom_call_find("iommu_", NULL));
	assert_int_equal(iom_call_find("TEST_OP_ADD_RESERVED", NULL)->op, 1);
	assert_int_equal(iom_call_find("test-dmabuf-revoke", NULL)->op, 23);
	for (c = iom_calls; c->name; c++) {
		assert_ptr_equal(iom_call_find(c->word, c->abi ? c->abi : "mainline"), c);
		assert_ptr_equal(iom_call_find(c->name, c->abi ? c->abi : "mainline"), c);
	}
}

static void test_calls_by_series(void **state)
{
	(void)state;
	assert_null(iom_call_find("viommu-alloc", NULL)->abi);
	assert_string_equal(iom_call_find("viommu-alloc", "TSM-RFC1")->abi, "tsm-rfc1");
	assert_null(iom_call_find("ioas-map", "tsm-rfc1")->abi);
	assert_string_equal(iom_call_find("vdevice-tsm-map", NULL)->abi, "tsm-rfc1");
	assert_int_equal(iom_call_find("vdevice-tsm-map", "tsm-rfc1")->code, 0x3b97);
	/* No member of another family when a series is named. */
	assert_int_equal(iom_call_find("vdevice-tsm-req", "tsm-v5")->full, 40);
	assert_int_equal(iom_call_find("vdevice-tsm-req", "tsm-rework")->full, 48);
}

static void test_calls_by_unknown_series(void **state)
{
	(void)state;
	assert_null(iom_call_find("vdevice-tsm-map", "tsm-v2"));
	assert_null(iom_call_find("vdevice-tsm-map", "mainline"));
	assert_null(iom_call_find("ioas-map", "tsm-v2")->abi);
}

static void test_calls_by_code(void **state)
{
	struct iom_test_cmd t = { .size = sizeof(t), .op = IOM_TEST_OP_DIRTY };
	struct iom_vfio_feature f = { .argsz = 24 };
	const struct iom_call *c;

	(void)state;
	assert_string_equal(iom_call_of(0x3b85, NULL)->name, "IOMMU_IOAS_MAP");
	assert_int_equal(iom_call_of(IOM_NR_TEST_CMD, &t)->op, IOM_TEST_OP_DIRTY);
	assert_string_equal(iom_call_of(IOM_NR_TEST_CMD, NULL)->name, "IOMMU_TEST_CMD");
	t.op = 999;
	assert_string_equal(iom_call_of(IOM_NR_TEST_CMD, &t)->name, "IOMMU_TEST_CMD");
	t.op = UINT32_MAX;
	assert_string_equal(iom_call_of(IOM_NR_TEST_CMD, &t)->name, "IOMMU_TEST_CMD");
	f.flags = IOM_VFIO_DEVICE_FEATURE_GET | IOM_VFIO_DEVICE_FEATURE_DMA_BUF;
	assert_string_equal(iom_call_of(IOM_NR_VFIO_DEVICE_FEATURE, &f)->name,
			    "VFIO_DEVICE_FEATURE_DMA_BUF");
	f.flags = 200;
	assert_int_equal(iom_call_of(IOM_NR_VFIO_DEVICE_FEATURE, &f)->op, -1);
	assert_null(iom_call_of(0x3b98, NULL));
	assert_null(iom_call_of(0, NULL));
	for (c = iom_calls; c->name; c++)
		if (!c->abi && c->op < 0)
			assert_ptr_equal(iom_call_of(c->code, NULL), c);
}

static void test_colliding_codes(void **state)
{
	(void)state;
	assert_string_equal(iom_call_of(0x3b95, NULL)->name, "IOMMU_IOAS_NOIOMMU_GET_PA");
	assert_string_equal(iom_call_of_abi(0x3b95, NULL, "tsm-v5")->name,
			    "IOMMU_VDEVICE_TSM_OP");
	assert_string_equal(iom_call_of_abi(0x3b94, NULL, "tsm-v5")->name,
			    "IOMMU_HW_QUEUE_ALLOC");
	assert_string_equal(iom_call_of(0x3b97, NULL)->name, "IOMMU_VDEVICE_TSM_MAP");
	assert_null(iom_call_of_abi(0x3b97, NULL, "tsm-v5"));
}

static void test_fields_by_name(void **state)
{
	const struct iom_call *c = iom_call_find("ioas-map", NULL);

	(void)state;
	assert_int_equal(iom_field_find(c->fields, "user_va")->offset, 16);
	assert_int_equal(iom_field_find(c->fields, "user-va")->offset, 16);
	assert_int_equal(iom_field_find(c->fields, "__reserved")->offset, 12);
	assert_null(iom_field_find(c->fields, "user"));
	assert_string_equal(field("test-md-check-iotlb", "iotlb_id")->member,
			    "check_iotlb.id");
}

static void test_object_names(void **state)
{
	int obj;

	(void)state;
	assert_string_equal(iom_obj_name(IOM_OBJ_HWPT_PAGING), "hwpt-paging");
	for (obj = IOM_OBJ_NONE; obj <= IOM_OBJ_ANY; obj++)
		assert_string_not_equal(iom_obj_name((enum iom_obj)obj), "unknown");
	assert_string_equal(iom_obj_name((enum iom_obj)99), "unknown");
}

/* ---- values ---- */

static int set(const char *call, const char *name, void *arg, uint64_t v)
{
	return iom_field_set(field(call, name), arg, 0, v);
}

static void test_get_and_set(void **state)
{
	struct iom_ioas_map_file m = { 0 };
	struct iom_option o = { 0 };
	struct iom_hw_info h = { 0 };

	(void)state;
	assert_int_equal(set("ioas-map-file", "iova", &m, UINT64_MAX), 0);
	assert_int_equal(m.iova, UINT64_MAX);
	assert_int_equal(set("ioas-map-file", "fd", &m, (uint64_t)-7), 0);
	assert_int_equal(m.fd, -7);
	assert_int_equal((int64_t)iom_field_get(field("ioas-map-file", "fd"), &m, 0), -7);
	assert_int_equal(set("option", "op", &o, 0xffff), 0);
	assert_int_equal(iom_field_get(field("option", "op"), &o, 0), 0xffff);
	assert_int_equal(o.reserved, 0);
	assert_int_equal(set("get-hw-info", "out_max_pasid_log2", &h, 20), 0);
	assert_int_equal(h.out_max_pasid_log2, 20);
	assert_int_equal(h.reserved[0], 0);
}

static void test_set_an_element(void **state)
{
	const struct iom_struct *s = iom_struct_find("hw-info", "arm-smmuv3");
	const struct iom_field *idr = iom_field_find(s->fields, "idr");
	struct iom_hw_info_arm_smmuv3 smmu = { 0 };

	(void)state;
	assert_int_equal(idr->count, 6);
	assert_int_equal(iom_field_set(idr, &smmu, 5, 0x1234), 0);
	assert_int_equal(smmu.idr[5], 0x1234);
	assert_int_equal(iom_field_get(idr, &smmu, 5), 0x1234);
	assert_int_equal(smmu.idr[4], 0);
	assert_int_equal(smmu.iidr, 0);
}

static void test_set_out_of_range(void **state)
{
	struct iom_ioas_map_file m = { 0 };
	struct iom_option o = { 0 };

	(void)state;
	assert_int_equal(set("option", "op", &o, 0x10000), -ERANGE);
	assert_int_equal(set("option", "object_id", &o, 1ull << 32), -ERANGE);
	assert_int_equal(o.op, 0);
	assert_int_equal(o.object_id, 0);
	assert_int_equal(set("ioas-map-file", "fd", &m, (uint64_t)INT32_MIN - 1),
			 -ERANGE);
	assert_int_equal(set("ioas-map-file", "fd", &m, (uint64_t)INT32_MIN), 0);
	assert_int_equal(m.fd, INT32_MIN);
}

static void check_parse(const char *call, const char *name, const char *text, int rc,
			uint64_t want)
{
	uint64_t v = 0;

	assert_int_equal(iom_field_parse(field(call, name), text, &v), rc);
	assert_int_equal(v, want);
}

static void test_parse(void **state)
{
	(void)state;
	check_parse("ioas-map", "flags", "readable|writeable", 0, 6);
	check_parse("ioas-map", "flags", "FIXED_IOVA,4", 0, 5);
	check_parse("ioas-map", "flags", "IOMMU_IOAS_MAP_READABLE|0x100", 0, 0x104);
	check_parse("ioas-map", "flags", "0", 0, 0);
	check_parse("ioas-map", "flags", "readable|", -EINVAL, 0);
	check_parse("ioas-map", "flags", "", -EINVAL, 0);
	check_parse("ioas-map", "flags", "readable|wrong", -EINVAL, 0);
	check_parse("ioas-map", "flags", "0x100000000", -ERANGE, 0);
	check_parse("ioas-map", "iova", "0x2000000", 0, 0x2000000);
	check_parse("ioas-map", "length", "512K", 0, 512 * 1024);
	check_parse("ioas-map", "length", "12x", -EINVAL, 0);
	check_parse("ioas-map", "ioas_id", "4294967296", -ERANGE, 0);
	check_parse("ioas-map", "ioas_id", "-1", -EINVAL, 0);
	check_parse("option", "option_id", "sw-msi-size", 0, 3);
	check_parse("option", "option_id", "77", 0, 77);
	check_parse("option", "op", "get|set", -EINVAL, 0);
	check_parse("ioas-map-file", "fd", "-1", 0, UINT64_MAX);
	check_parse("ioas-map-file", "fd", "3", 0, 3);
	check_parse("ioas-map-file", "fd", "-2147483649", -ERANGE, 0);
	check_parse("ioas-map-file", "fd", "4294967296", -ERANGE, 0);
	check_parse("ioas-map-file", "fd", "--1", -EINVAL, 0);
	check_parse("hwpt-alloc", "data_type", "selftest", 0, 0xdead);
}

static void test_parse_long_word(void **state)
{
	char text[300];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	check_parse("ioas-map", "flags", text, -EINVAL, 0);
}

static void check_format(const char *call, const char *name, uint64_t v, const char *want)
{
	const struct iom_field *f = field(call, name);
	struct iom_buf b = { 0 };
	unsigned char arg[IOM_MAX_ARG] = { 0 };

	assert_int_equal(iom_field_set(f, arg, 0, v), 0);
	iom_field_format(f, arg, 0, &b);
	assert_string_equal(b.data, want);
	iom_buf_free(&b);
}

static void test_format(void **state)
{
	(void)state;
	check_format("ioas-map", "flags", 7, "fixed-iova|writeable|readable");
	check_format("ioas-map", "flags", 0x84, "readable|0x80");
	check_format("ioas-map", "flags", 0x80000000, "0x80000000");
	check_format("ioas-map", "flags", 0, "0");
	check_format("ioas-map", "iova", 0x2000000, "0x2000000");
	check_format("ioas-map", "length", 4096, "4096");
	check_format("option", "option_id", 2, "sw-msi-start");
	check_format("option", "option_id", 200, "200");
	check_format("ioas-map-file", "fd", (uint64_t)-1, "-1");
	check_format("test-create-access", "out_access_fd", 5, "5");
	check_format("vfio-feature", "flags", 0x1000b, "get|0xb");
	check_format("get-hw-info", "out_data_type", 0xfeedbeef, "selftest");
	check_format("ioas-alloc", "flags", 1, "0x1");
}

static void test_format_call(void **state)
{
	const struct iom_call *c = iom_call_find("ioas-map", NULL);
	struct iom_ioas_map m = {
		.size = 40, .flags = 6, .ioas_id = 2, .user_va = 0x7000, .length = 4096,
		.iova = 0x10000,
	};
	struct iom_buf b = { 0 };

	(void)state;
	iom_call_format(c, &m, IOM_IN, &b);
	assert_string_equal(b.data, "size=40, flags=writeable|readable, ioas_id=2, "
				    "user_va=0x7000, length=4096, iova=0x10000");
	iom_buf_free(&b);
	memset(&b, 0, sizeof(b));
	m.reserved = 9;
	iom_call_format(c, &m, IOM_INOUT, &b);
	assert_non_null(strstr(b.data, "__reserved=0x9, "));
	iom_buf_free(&b);
	memset(&b, 0, sizeof(b));
	iom_call_format(c, &m, IOM_OUT, &b);
	assert_string_equal(b.data, "iova=0x10000");
	iom_buf_free(&b);
}

static void test_format_array(void **state)
{
	const struct iom_struct *s = iom_struct_find("hwpt-data", "arm-smmuv3");
	struct iom_hwpt_arm_smmuv3 d = { { 1, 2 } };
	struct iom_buf b = { 0 };

	(void)state;
	iom_fields_format(s->fields, &d, IOM_IN, &b);
	assert_string_equal(b.data, "ste=[0x1 0x2]");
	iom_buf_free(&b);
}

/* Whatever is printed for a field reads back as the same number. */
static void test_format_parse_round_trip(void **state)
{
	static const uint64_t samples[] = { 0, 1, 2, 3, 0x55, 0xfe };
	const struct iom_call *c;
	const struct iom_field *f;
	unsigned char arg[IOM_MAX_ARG];
	struct iom_buf b = { 0 };
	uint64_t back;
	size_t i;

	(void)state;
	for (c = iom_calls; c->name; c++) {
		for (f = c->fields; f->name; f++) {
			for (i = 0; i < IOM_ARRAY_SIZE(samples); i++) {
				memset(arg, 0, sizeof(arg));
				assert_int_equal(iom_field_set(f, arg, 0, samples[i]), 0);
				iom_field_format(f, arg, 0, &b);
				assert_int_equal(iom_field_parse(f, b.data, &back), 0);
				assert_int_equal(back, samples[i]);
				iom_buf_free(&b);
				memset(&b, 0, sizeof(b));
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_are_unique),
		cmocka_unit_test(test_calls_are_complete),
		cmocka_unit_test(test_every_mainline_number),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_fields_are_sound),
		cmocka_unit_test(test_every_byte_is_described),
		cmocka_unit_test(test_ids_that_come_out),
		cmocka_unit_test(test_structs_and_their_types),
		cmocka_unit_test(test_features_match_their_data),
		cmocka_unit_test(test_enums_round_trip),
		cmocka_unit_test(test_every_enum_is_listed),
		cmocka_unit_test(test_value_lookups),
		cmocka_unit_test(test_calls_by_name),
		cmocka_unit_test(test_calls_by_series),
		cmocka_unit_test(test_calls_by_unknown_series),
		cmocka_unit_test(test_calls_by_code),
		cmocka_unit_test(test_colliding_codes),
		cmocka_unit_test(test_fields_by_name),
		cmocka_unit_test(test_object_names),
		cmocka_unit_test(test_get_and_set),
		cmocka_unit_test(test_set_an_element),
		cmocka_unit_test(test_set_out_of_range),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_long_word),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_format_call),
		cmocka_unit_test(test_format_array),
		cmocka_unit_test(test_format_parse_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
