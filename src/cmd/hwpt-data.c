/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hwpt: data of page tables and entries of invalidations, from the names of their fields. */
#include "cmd/hwpt.h"

#include <errno.h>
#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "iommuctl/smmuv3.h"

/* ---- fields in words ---- */

static const struct iom_bits *find_bits(const struct iom_bits *table, const char *name, size_t len)
{
	for (; table->width; table++)
		if (strlen(table->name) == len && !strncasecmp(table->name, name, len))
			return table;
	return NULL;
}

static int no_such_field(const struct iom_bits *table, const char *what, const char *name,
			 size_t len, struct iom_err *err)
{
	size_t used = 0;

	for (; table->width; table++) {
		size_t room = sizeof(err->hint) - used;
		int n = snprintf(err->hint + used, room, "%s%s", used ? ", " : "fields: ",
				 table->name);

		if (n < 0 || (size_t)n >= room)
			break;
		used += (size_t)n;
	}
	return iom_fail(err, IOM_EXIT_USAGE, "%s: there is no field '%.*s'", what, (int)len, name);
}

int iom_bits_put(const struct iom_bits *table, const char *what, const char *name, size_t len,
		 const char *value, uint64_t *dst, struct iom_err *err)
{
	const struct iom_bits *b = find_bits(table, name, len);
	uint64_t v = 0, mask;
	bool found = false;

	if (!b)
		return no_such_field(table, what, name, len, err);
	for (uint64_t i = 0; b->words && b->words[i]; i++)
		if (!strcasecmp(b->words[i], value)) {
			v = i;
			found = true;
		}
	if (!found && iom_parse_u64(value, &v))
		return iom_fail(err, IOM_EXIT_USAGE, "%s: %s: '%s' is not a number", what, b->name,
				value);
	mask = b->width == 64 ? UINT64_MAX : (UINT64_C(1) << b->width) - 1;
	if (b->in_place && v & ~(mask << b->shift))
		return iom_fail(err, IOM_EXIT_USAGE,
				"%s: %s: 0x%" PRIx64 " has bits outside 0x%" PRIx64, what, b->name,
				v,
				mask << b->shift);
	if (!b->in_place && v > mask)
		return iom_fail(err, IOM_EXIT_USAGE, "%s: %s: %" PRIu64 " has more than %u bits",
				what, b->name, v, b->width);
	dst[b->word] &= ~(mask << b->shift);
	dst[b->word] |= b->in_place ? v : v << b->shift;
	return 0;
}

/* ---- data of a page table ---- */

static const char *const ste_config[] = { "abort", "1", "2", "3", "bypass", "s1", NULL };
static const char *const ste_s1fmt[] = { "linear", "4k", "64k", NULL };
static const char *const ste_s1dss[] = { "terminate", "bypass", "ssid0", NULL };
static const char *const ste_eats[] = { "abort", "full", NULL };

/* What a nested page table may set of a stream table entry. */
static const struct iom_bits ste_bits[] = {
	{ "v", 0, 0, 1 },
	{ "config", 0, 1, 3, .words = ste_config },
	{ "s1fmt", 0, 4, 2, .words = ste_s1fmt },
	{ "s1contextptr", 0, 6, 50, .in_place = true },
	{ "s1cdmax", 0, 59, 5 },
	{ "s1dss", 1, 0, 2, .words = ste_s1dss },
	{ "s1cir", 1, 2, 2 },
	{ "s1cor", 1, 4, 2 },
	{ "s1csh", 1, 6, 2 },
	{ "s1stalld", 1, 27, 1 },
	{ "eats", 1, 28, 2, .words = ste_eats },
	{ 0 },
};

static int ste_of(const struct iom_args *a, uint64_t *ste, struct iom_err *err)
{
	ste[0] = a->v[IOM_HWPT_STE0].num;
	ste[1] = a->v[IOM_HWPT_STE1].num;
	/* Who names fields wants an entry that is valid. */
	if (!a->v[IOM_HWPT_STE0].set && a->v[IOM_HWPT_STE].set)
		ste[0] = 1;
	for (unsigned int i = 0; i < a->n_multi; i++) {
		const char *word = a->multi[i].v.str;
		size_t len = strcspn(word, "=");

		if (a->multi[i].opt != IOM_HWPT_STE)
			continue;
		if (iom_bits_put(ste_bits, "--ste", word, len, word + len + 1, ste, err))
			return -EINVAL;
	}
	return 0;
}

static int dte_of(const struct iom_args *a, uint64_t *dte, struct iom_err *err)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < a->n_multi; i++) {
		if (a->multi[i].opt != IOM_HWPT_DTE)
			continue;
		if (n == 4)
			return iom_fail(err, IOM_EXIT_USAGE, "--dte: an entry has four words");
		dte[n++] = htole64(a->multi[i].v.num);
	}
	return 0;
}

/* Each option belongs to one type of data. */
static int check_data_options(const struct iom_args *a, uint64_t type, struct iom_err *err)
{
	static const struct {
		uint8_t first, last;
		uint32_t type;
		const char *word;
	} owner[] = {
		{ IOM_HWPT_IOTLB, IOM_HWPT_TABLE_TYPE, IOM_HWPT_DATA_SELFTEST, "selftest" },
		{ IOM_HWPT_PGTBL_ADDR, IOM_HWPT_WPE, IOM_HWPT_DATA_VTD_S1, "vtd-s1" },
		{ IOM_HWPT_STE0, IOM_HWPT_STE, IOM_HWPT_DATA_ARM_SMMUV3, "arm-smmuv3" },
		{ IOM_HWPT_DTE, IOM_HWPT_DTE, IOM_HWPT_DATA_AMD_GUEST, "amd-guest" },
	};

	for (size_t i = 0; i < IOM_ARRAY_SIZE(owner); i++)
		for (unsigned int o = owner[i].first; o <= owner[i].last; o++)
			if (a->v[o].set && type != owner[i].type)
				return iom_fail(err, IOM_EXIT_USAGE, "--%s goes with --data %s",
						a->opts[o].name, owner[i].word);
	return 0;
}

int iom_hwpt_data(const struct iom_args *a, union iom_hwpt_data *data, uint32_t *len,
		  struct iom_err *err)
{
	uint64_t type = a->v[IOM_HWPT_DATA].num;
	uint64_t ste[2];

	memset(data, 0, sizeof(*data));
	*len = 0;
	if (check_data_options(a, type, err))
		return -EINVAL;
	switch (type) {
	case IOM_HWPT_DATA_SELFTEST:
		data->selftest.iotlb = (uint32_t)a->v[IOM_HWPT_IOTLB].num;
		data->selftest.pagetable_type = (uint32_t)a->v[IOM_HWPT_TABLE_TYPE].num;
		*len = sizeof(data->selftest);
		return 0;
	case IOM_HWPT_DATA_VTD_S1:
		data->vtd.flags = (a->v[IOM_HWPT_SRE].set ? IOM_VTD_S1_SRE : 0) |
				  (a->v[IOM_HWPT_EAFE].set ? IOM_VTD_S1_EAFE : 0) |
				  (a->v[IOM_HWPT_WPE].set ? IOM_VTD_S1_WPE : 0);
		data->vtd.pgtbl_addr = a->v[IOM_HWPT_PGTBL_ADDR].num;
		data->vtd.addr_width = (uint32_t)a->v[IOM_HWPT_ADDR_WIDTH].num;
		*len = sizeof(data->vtd);
		return 0;
	case IOM_HWPT_DATA_ARM_SMMUV3:
		if (ste_of(a, ste, err))
			return -EINVAL;
		data->smmuv3.ste[0] = htole64(ste[0]);
		data->smmuv3.ste[1] = htole64(ste[1]);
		*len = sizeof(data->smmuv3);
		return 0;
	case IOM_HWPT_DATA_AMD_GUEST:
		*len = sizeof(data->amd);
		return dte_of(a, data->amd.dte, err);
	default:
		return 0;
	}
}

/* ---- entries of an invalidation ---- */

uint32_t iom_hwpt_entry_len(uint64_t kind)
{
	switch (kind) {
	case IOM_INV_SELFTEST: return sizeof(struct iom_hwpt_invalidate_selftest);
	case IOM_INV_VIOMMU_SELFTEST: return sizeof(struct iom_viommu_invalidate_selftest);
	case IOM_INV_VTD_S1: return sizeof(struct iom_hwpt_vtd_s1_invalidate);
	default: return sizeof(struct iom_viommu_arm_smmuv3_invalidate);
	}
}

uint32_t iom_hwpt_entry_type(uint64_t kind)
{
	switch (kind) {
	case IOM_INV_VTD_S1: return IOM_HWPT_INVALIDATE_DATA_VTD_S1;
	case IOM_INV_ARM_SMMUV3: return IOM_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3;
	default: return IOM_HWPT_INVALIDATE_DATA_SELFTEST;
	}
}

/* Words: numbers of an entry, as the kind's table lays them out; then they go to the struct. */
static const struct iom_bits selftest_bits[] = {
	{ "flags", 0, 0, 32 }, { "iotlb-id", 1, 0, 32 }, { 0 },
};
static const struct iom_bits viommu_bits[] = {
	{ "flags", 0, 0, 32 }, { "vdev-id", 1, 0, 32 }, { "cache-id", 2, 0, 32 }, { 0 },
};
static const struct iom_bits vtd_bits[] = {
	{ "addr", 0, 0, 64 }, { "npages", 1, 0, 64 }, { "flags", 2, 0, 32 }, { 0 },
};

/* Commands of the SMMUv3 architecture that a vIOMMU takes; the opcode is in the low byte. */
static const struct iom_bits no_bits[] = { { 0 } };
static const struct iom_bits vmid_bits[] = { { "vmid", 0, 32, 16 }, { 0 } };
static const struct iom_bits asid_bits[] = {
	{ "vmid", 0, 32, 16 }, { "asid", 0, 48, 16 }, { 0 },
};
#define VA_BITS \
	{ "num", 0, 12, 5 }, { "scale", 0, 20, 6 }, { "vmid", 0, 32, 16 }, { "leaf", 1, 0, 1 }, \
	{ "ttl", 1, 8, 2 }, { "tg", 1, 10, 2 }, { "addr", 1, 12, 52, .in_place = true }
static const struct iom_bits va_bits[] = { VA_BITS, { "asid", 0, 48, 16 }, { 0 } };
static const struct iom_bits vaa_bits[] = { VA_BITS, { 0 } };
static const struct iom_bits atc_bits[] = {
	{ "global", 0, 9, 1 }, { "ssv", 0, 11, 1 }, { "ssid", 0, 12, 20 }, { "sid", 0, 32, 32 },
	{ "size", 1, 0, 6 }, { "addr", 1, 12, 52, .in_place = true }, { 0 },
};
static const struct iom_bits cd_bits[] = {
	{ "ssid", 0, 12, 20 }, { "sid", 0, 32, 32 }, { "leaf", 1, 0, 1 }, { 0 },
};
static const struct iom_bits sid_bits[] = { { "sid", 0, 32, 32 }, { 0 } };
static const struct iom_bits raw_bits[] = { { "cmd0", 0, 0, 64 }, { "cmd1", 1, 0, 64 }, { 0 } };

static const struct iom_bits *bits_of(uint8_t op)
{
	switch (op) {
	case IOM_SMMU_CFGI_CD: return cd_bits;
	case IOM_SMMU_CFGI_CD_ALL: return sid_bits;
	case IOM_SMMU_TLBI_NH_ALL: return vmid_bits;
	case IOM_SMMU_TLBI_NH_ASID: return asid_bits;
	case IOM_SMMU_TLBI_NH_VA: return va_bits;
	case IOM_SMMU_TLBI_NH_VAA: return vaa_bits;
	case IOM_SMMU_ATC_INV: return atc_bits;
	default: return no_bits;
	}
}

static bool is_word(const char *part, size_t len, const char *word)
{
	return strlen(word) == len && !strncasecmp(part, word, len);
}

/* A part without '=': "all", "leaf", or a field of one bit. */
static int put_bare(uint64_t kind, const struct iom_bits *bits, const char *what, const char *part,
		    size_t len, uint64_t *w, struct iom_err *err)
{
	const struct iom_bits *b = find_bits(bits, part, len);

	if (kind != IOM_INV_ARM_SMMUV3 && is_word(part, len, "all")) {
		if (kind == IOM_INV_VTD_S1)
			w[1] = UINT64_MAX;
		else
			w[0] |= IOM_TEST_INVALIDATE_FLAG_ALL;
		return 0;
	}
	if (kind == IOM_INV_VTD_S1 && is_word(part, len, "leaf")) {
		w[2] |= IOM_VTD_INV_FLAGS_LEAF;
		return 0;
	}
	if (b && b->width != 1)
		return iom_fail(err, IOM_EXIT_USAGE, "%s: %s needs a value: %s=NUMBER", what,
				b->name, b->name);
	return iom_bits_put(bits, what, part, len, "1", w, err);
}

static int put_parts(uint64_t kind, const struct iom_bits *bits, const char *what,
		     const char *part, uint64_t *w, struct iom_err *err)
{
	while (*part) {
		size_t len = strcspn(part, ","), name = strcspn(part, "=,");
		char value[32];
		int rc;

		if (!len)
			return iom_fail(err, IOM_EXIT_USAGE, "%s: an empty field", what);
		if (name == len) {
			rc = put_bare(kind, bits, what, part, len, w, err);
		} else {
			if (len - name > sizeof(value))
				return iom_fail(err, IOM_EXIT_USAGE, "%s: '%.*s' is too long", what,
						(int)len, part);
			memcpy(value, part + name + 1, len - name - 1);
			value[len - name - 1] = '\0';
			rc = iom_bits_put(bits, what, part, name, value, w, err);
		}
		if (rc)
			return rc;
		part += len;
		if (*part == ',' && !*++part)
			return iom_fail(err, IOM_EXIT_USAGE, "%s: an empty field", what);
	}
	return 0;
}

/* "TLBI_NH_VA,asid=1,addr=0x1000", or "cmd0=N,cmd1=N". */
static int smmu_command(const char *word, uint64_t *w, struct iom_err *err)
{
	size_t len = strcspn(word, ",");

	if (!strncasecmp(word, "cmd", 3))
		return put_parts(IOM_INV_ARM_SMMUV3, raw_bits, word, word, w, err);
	for (const struct iom_smmu_command *c = iom_smmu_commands; c->name; c++) {
		if (!is_word(word, len, c->name))
			continue;
		w[0] = c->op;
		return put_parts(IOM_INV_ARM_SMMUV3, bits_of(c->op), c->name,
				 word[len] ? word + len + 1 : word + len, w, err);
	}
	iom_hint(err, "commands: CFGI_CD, CFGI_CD_ALL, TLBI_NH_ALL, TLBI_NH_ASID, TLBI_NH_VA, "
		      "TLBI_NH_VAA, TLBI_NSNH_ALL, ATC_INV, or cmd0=NUMBER,cmd1=NUMBER");
	return iom_fail(err, IOM_EXIT_USAGE, "--entry: there is no command '%.*s'", (int)len, word);
}

int iom_hwpt_entry(uint64_t kind, const char *word, union iom_hwpt_entry *e, struct iom_err *err)
{
	uint64_t w[3] = { 0 };
	int rc;

	memset(e, 0, sizeof(*e));
	switch (kind) {
	case IOM_INV_SELFTEST:
		rc = put_parts(kind, selftest_bits, "--entry", word, w, err);
		e->selftest.flags = (uint32_t)w[0];
		e->selftest.iotlb_id = (uint32_t)w[1];
		return rc;
	case IOM_INV_VIOMMU_SELFTEST:
		rc = put_parts(kind, viommu_bits, "--entry", word, w, err);
		e->viommu.flags = (uint32_t)w[0];
		e->viommu.vdev_id = (uint32_t)w[1];
		e->viommu.cache_id = (uint32_t)w[2];
		return rc;
	case IOM_INV_VTD_S1:
		rc = put_parts(kind, vtd_bits, "--entry", word, w, err);
		e->vtd.addr = w[0];
		e->vtd.npages = w[1];
		e->vtd.flags = (uint32_t)w[2];
		return rc;
	default:
		rc = smmu_command(word, w, err);
		e->smmuv3.cmd[0] = htole64(w[0]);
		e->smmuv3.cmd[1] = htole64(w[1]);
		return rc;
	}
}
