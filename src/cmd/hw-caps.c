/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Capabilities of IOMMUs by name, from the registers that the kernel shows. */
#include "cmd/hw-caps.h"

#include <string.h>

#include "iommuctl/uapi.h"

/* Register 0 of a table may be flags of the kernel; only iommufd has them. */
enum { VTD_CAP = 1, VTD_ECAP };
static const struct iom_cap vtd_caps[] = {
	{ 0, 0, 1, "errata_772415_spr17", "no read-only mapping below a nested page table" },
	{ VTD_CAP, 0, 3, "nd", "domain ids: 2 to the power of 4 + 2 * value" },
	{ VTD_CAP, 4, 1, "rwbf", "write buffer must be flushed" },
	{ VTD_CAP, 5, 1, "plmr", "protected low memory region" },
	{ VTD_CAP, 6, 1, "phmr", "protected high memory region" },
	{ VTD_CAP, 7, 1, "cm", "caching mode: an emulated IOMMU" },
	{ VTD_CAP, 8, 5, "sagaw", "second-stage widths: bit 1 39, bit 2 48, bit 3 57" },
	{ VTD_CAP, 16, 6, "mgaw", "guest address bits - 1" },
	{ VTD_CAP, 22, 1, "zlr", "zero-length reads" },
	{ VTD_CAP, 24, 10, "fro", "fault registers at 16 * value" },
	{ VTD_CAP, 34, 4, "sslps", "second-stage large pages: bit 0 2M, bit 1 1G" },
	{ VTD_CAP, 39, 1, "psi", "page-selective invalidation" },
	{ VTD_CAP, 40, 8, "nfr", "fault registers - 1" },
	{ VTD_CAP, 48, 6, "mamv", "largest address mask of an invalidation" },
	{ VTD_CAP, 54, 1, "dwd", "write draining" },
	{ VTD_CAP, 55, 1, "drd", "read draining" },
	{ VTD_CAP, 56, 1, "fs1gp", "first-stage 1G pages" },
	{ VTD_CAP, 59, 1, "pi", "posted interrupts" },
	{ VTD_CAP, 60, 1, "fs5lp", "first-stage 5-level tables" },
	{ VTD_CAP, 61, 1, "ecmds", "enhanced commands" },
	{ VTD_CAP, 62, 1, "esirtps", "setting the interrupt table invalidates" },
	{ VTD_CAP, 63, 1, "esrtps", "setting the root table invalidates" },
	{ VTD_ECAP, 0, 1, "c", "page walks are coherent" },
	{ VTD_ECAP, 1, 1, "qi", "queued invalidation" },
	{ VTD_ECAP, 2, 1, "dt", "device TLBs (ATS)" },
	{ VTD_ECAP, 3, 1, "ir", "interrupt remapping" },
	{ VTD_ECAP, 4, 1, "eim", "x2APIC" },
	{ VTD_ECAP, 6, 1, "pt", "pass-through" },
	{ VTD_ECAP, 7, 1, "sc", "snoop control" },
	{ VTD_ECAP, 8, 10, "iro", "IOTLB registers at 16 * value" },
	{ VTD_ECAP, 20, 4, "mhmv", "largest handle mask" },
	{ VTD_ECAP, 25, 1, "mts", "memory types" },
	{ VTD_ECAP, 26, 1, "nest", "nested translation" },
	{ VTD_ECAP, 29, 1, "prs", "page requests" },
	{ VTD_ECAP, 30, 1, "ers", "execute requests" },
	{ VTD_ECAP, 31, 1, "srs", "supervisor requests" },
	{ VTD_ECAP, 33, 1, "nwfs", "no-write flag" },
	{ VTD_ECAP, 34, 1, "eafs", "extended access flag" },
	{ VTD_ECAP, 35, 5, "pss", "PASID bits - 1" },
	{ VTD_ECAP, 40, 1, "pasid", "requests with PASID" },
	{ VTD_ECAP, 41, 1, "dit", "device TLB invalidation throttling" },
	{ VTD_ECAP, 42, 1, "pds", "page request draining" },
	{ VTD_ECAP, 43, 1, "smts", "scalable mode" },
	{ VTD_ECAP, 45, 1, "ssads", "second-stage access and dirty bits" },
	{ VTD_ECAP, 46, 1, "ssts", "second-stage translation" },
	{ VTD_ECAP, 47, 1, "fsts", "first-stage translation" },
	{ VTD_ECAP, 48, 1, "smpwcs", "scalable mode page walks are coherent" },
	{ VTD_ECAP, 49, 1, "rps", "RID_PASID" },
	{ 0 },
};

enum { IDR0 = 1, IDR1, IDR2, IDR3, IDR4, IDR5, IIDR, AIDR };
static const struct iom_cap smmuv3_caps[] = {
	{ 0, 0, 1, "errata_repeat_tlbi_cfgi", "invalidations have to be sent twice" },
	{ IDR0, 0, 1, "s2p", "stage 2" },
	{ IDR0, 1, 1, "s1p", "stage 1" },
	{ IDR0, 2, 2, "ttf", "table formats: bit 0 AArch32, bit 1 AArch64" },
	{ IDR0, 4, 1, "cohacc", "coherent access to tables and queues" },
	{ IDR0, 5, 1, "btm", "broadcast TLB maintenance" },
	{ IDR0, 6, 2, "httu", "hardware update: 1 access flag, 2 and dirty state" },
	{ IDR0, 9, 1, "hyp", "hypervisor stage 1" },
	{ IDR0, 10, 1, "ats", "ATS" },
	{ IDR0, 12, 1, "asid16", "16-bit ASIDs" },
	{ IDR0, 13, 1, "msi", "its own interrupts can be MSIs" },
	{ IDR0, 14, 1, "sev", "sends events" },
	{ IDR0, 16, 1, "pri", "page requests" },
	{ IDR0, 18, 1, "vmid16", "16-bit VMIDs" },
	{ IDR0, 19, 1, "cd2l", "2-level context descriptor tables" },
	{ IDR0, 21, 2, "ttendian", "tables: 0 both, 2 little endian, 3 big endian" },
	{ IDR0, 24, 2, "stall_model", "0 stall or terminate, 1 terminate, 2 stall" },
	{ IDR0, 27, 2, "st_level", "stream tables: 0 linear, 1 also 2-level" },
	{ IDR1, 0, 6, "sidsize", "stream id bits" },
	{ IDR1, 6, 5, "ssidsize", "substream id (PASID) bits" },
	{ IDR1, 11, 5, "priqs", "page request queue: log2 of entries" },
	{ IDR1, 16, 5, "eventqs", "event queue: log2 of entries" },
	{ IDR1, 21, 5, "cmdqs", "command queue: log2 of entries" },
	{ IDR3, 8, 1, "fwb", "stage 2 forces write-back" },
	{ IDR3, 10, 1, "ril", "range invalidation" },
	{ IDR3, 11, 2, "bbml", "break-before-make level" },
	{ IDR5, 0, 3, "oas", "output: 0 32, 1 36, 2 40, 3 42, 4 44, 5 48, 6 52 bits" },
	{ IDR5, 4, 1, "gran4k", "4K granule" },
	{ IDR5, 5, 1, "gran16k", "16K granule" },
	{ IDR5, 6, 1, "gran64k", "64K granule" },
	{ IDR5, 7, 1, "ds", "52-bit addresses with 4K and 16K granules" },
	{ IDR5, 10, 2, "vax", "virtual addresses: 0 48, 1 52 bits" },
	{ IDR5, 16, 16, "stall_max", "most stalled transactions" },
	{ 0 },
};

/* The driver fills members, not registers: each is one number. */
static const struct iom_cap tegra241_caps[] = {
	{ 1, 0, 8, "version", "of the command queue virtualization" },
	{ 2, 0, 8, "log2vcmdqs", "command queues of one guest: log2" },
	{ 3, 0, 8, "log2vsids", "stream ids of one guest: log2" },
	{ 0 },
};

static const struct iom_cap amd_caps[] = {
	{ 0, 0, 1, "prefsup", "prefetch" },
	{ 0, 1, 1, "pprsup", "page requests" },
	{ 0, 2, 1, "xtsup", "x2APIC" },
	{ 0, 3, 1, "nxsup", "no-execute" },
	{ 0, 4, 1, "gtsup", "guest translation" },
	{ 0, 6, 1, "iasup", "invalidate all" },
	{ 0, 7, 1, "gasup", "guest virtual APIC" },
	{ 0, 8, 1, "hesup", "hardware error registers" },
	{ 0, 9, 1, "pcsup", "performance counters" },
	{ 0, 10, 2, "hats", "host table levels: 0 4, 1 5, 2 6" },
	{ 0, 12, 2, "gats", "guest table levels: 0 4, 1 5, 2 6" },
	{ 0, 14, 2, "glxsup", "guest CR3 table levels - 1" },
	{ 0, 32, 5, "pasmax", "PASID bits - 1" },
	{ 0, 48, 1, "giosup", "guest I/O protection" },
	{ 0, 49, 1, "hasup", "host access flag" },
	{ 0, 50, 1, "ephsup", "enhanced page requests" },
	{ 0, 52, 1, "hdsup", "host dirty flag" },
	{ 0, 63, 1, "snpsup", "secure nested paging" },
	{ 1, 1, 1, "sevsnpiosup", "trusted I/O of SEV-SNP guests" },
	{ 1, 3, 1, "gcr3trpmode", "guest CR3 table by guest address" },
	{ 1, 5, 3, "snpavicsup", "guest virtual APIC with secure nested paging: 1 yes" },
	{ 1, 8, 2, "numintremapsup", "interrupts of a device: 1 2048, else 512" },
	{ 1, 11, 1, "htrangeignore", "the HyperTransport range is ordinary memory" },
	{ 0 },
};

const struct iom_cap *iom_caps_of(uint32_t type)
{
	switch (type) {
	case IOM_HW_INFO_TYPE_INTEL_VTD: return vtd_caps;
	case IOM_HW_INFO_TYPE_ARM_SMMUV3: return smmuv3_caps;
	case IOM_HW_INFO_TYPE_TEGRA241_CMDQV: return tegra241_caps;
	case IOM_HW_INFO_TYPE_AMD: return amd_caps;
	default: return NULL;
	}
}

enum { REG_NAME, REG_VALUE };
const struct iom_col iom_register_cols[] = {
	[REG_NAME] = { "register", IOM_T_STR, 0, "register, or flags of the kernel" },
	[REG_VALUE] = { "value", IOM_T_HEX, 0, "what it holds" },
	{ 0 },
};

enum { CAP_NAME, CAP_REG, CAP_VALUE, CAP_HELP };
const struct iom_col iom_feature_cols[] = {
	[CAP_NAME] = { "name", IOM_T_STR, 0, "name in the architecture's manual" },
	[CAP_REG] = { "register", IOM_T_STR, 0, "register that has it" },
	[CAP_VALUE] = { "value", IOM_T_UINT, 0, "1 or 0, or the number" },
	[CAP_HELP] = { "meaning", IOM_T_STR, 0, "what the value says" },
	{ 0 },
};

void iom_caps_add_register(struct iom_rec *rec, unsigned int col, const char *name, uint64_t value)
{
	struct iom_rec *r = iom_add_rec(rec, col);

	iom_set_str(r, REG_NAME, name);
	iom_set_uint(r, REG_VALUE, value);
}

void iom_caps_add_features(struct iom_rec *rec, unsigned int col, const struct iom_cap *caps,
			   const uint64_t *regs, const char *const *names, unsigned int n)
{
	for (; caps && caps->width; caps++) {
		struct iom_rec *r;

		if (caps->reg >= n || !names[caps->reg])
			continue;
		r = iom_add_rec(rec, col);
		iom_set_str(r, CAP_NAME, caps->name);
		if (caps->reg && !strcmp(names[caps->reg], "idr"))
			iom_set_strf(r, CAP_REG, "idr%u", caps->reg - IDR0);
		else
			iom_set_str(r, CAP_REG, names[caps->reg]);
		iom_set_uint(r, CAP_VALUE, regs[caps->reg] >> caps->shift &
					   ((UINT64_C(1) << caps->width) - 1));
		iom_set_str(r, CAP_HELP, caps->help);
	}
}
