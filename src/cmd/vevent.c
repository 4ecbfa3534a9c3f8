/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Events of SMMUv3, from their four words to their fields. */
#include "cmd/vevent.h"

#include <endian.h>

#include "iommuctl/base.h"

#define CLASS_TTD 1
#define FAULT	  (IOM_EV_IOVA | IOM_EV_ACCESS | IOM_EV_STALL | IOM_EV_CLASS)

static const struct {
	uint8_t id;
	const char *name;
	unsigned int has;
} kinds[] = {
	{ 0x01, "F_UUT", IOM_EV_SSID | IOM_EV_IOVA | IOM_EV_ACCESS | IOM_EV_REASON },
	{ 0x02, "C_BAD_STREAMID", IOM_EV_SSID },
	{ 0x03, "F_STE_FETCH", IOM_EV_SSID | IOM_EV_REASON | IOM_EV_FETCH },
	{ 0x04, "C_BAD_STE", IOM_EV_SSID | IOM_EV_REASON },
	{ 0x05, "F_BAD_ATS_TREQ", IOM_EV_SSID | IOM_EV_IOVA },
	{ 0x06, "F_STREAM_DISABLED", IOM_EV_SSID },
	{ 0x07, "F_TRANSL_FORBIDDEN", IOM_EV_SSID | IOM_EV_IOVA },
	{ 0x08, "C_BAD_SUBSTREAMID", IOM_EV_SSID },
	{ 0x09, "F_CD_FETCH", IOM_EV_SSID | IOM_EV_REASON | IOM_EV_FETCH },
	{ 0x0a, "C_BAD_CD", IOM_EV_SSID | IOM_EV_REASON },
	{ 0x0b, "F_WALK_EABT", IOM_EV_SSID | IOM_EV_REASON | IOM_EV_IOVA | IOM_EV_ACCESS |
			       IOM_EV_CLASS | IOM_EV_FETCH },
	{ 0x10, "F_TRANSLATION", IOM_EV_SSID | FAULT },
	{ 0x11, "F_ADDR_SIZE", IOM_EV_SSID | FAULT },
	{ 0x12, "F_ACCESS", IOM_EV_SSID | FAULT },
	{ 0x13, "F_PERMISSION", IOM_EV_SSID | FAULT | IOM_EV_TT_READ },
	{ 0x20, "F_TLB_CONFLICT", IOM_EV_SSID | IOM_EV_REASON | IOM_EV_IOVA | IOM_EV_ACCESS },
	{ 0x21, "F_CFG_CONFLICT", IOM_EV_SSID | IOM_EV_REASON },
	{ 0x24, "E_PAGE_REQUEST", IOM_EV_SSID },
	{ 0x25, "F_VMS_FETCH", IOM_EV_SSID | IOM_EV_REASON | IOM_EV_FETCH },
};

/* Bits high to low of a word. */
static uint64_t bits(uint64_t word, unsigned int high, unsigned int low)
{
	return word >> low & (UINT64_MAX >> (63 - (high - low)));
}

void iom_smmu_event_decode(const uint64_t evt[4], struct iom_smmu_event *e)
{
	static const char *const classes[] = { "cd", "ttd", "in", "reserved" };
	uint64_t w[4];

	for (int i = 0; i < 4; i++)
		w[i] = le64toh(evt[i]);
	*e = (struct iom_smmu_event){
		.id = (uint8_t)bits(w[0], 7, 0),
		.ssid = (uint32_t)bits(w[0], 31, 12),
		.sid = (uint32_t)bits(w[0], 63, 32),
		.stag = (uint16_t)bits(w[1], 15, 0),
		.reason = (uint16_t)bits(w[1], 15, 0),
		.stall = bits(w[1], 31, 31),
		.privileged = bits(w[1], 33, 33),
		.instruction = bits(w[1], 34, 34),
		.read = bits(w[1], 35, 35),
		.stage2 = bits(w[1], 39, 39),
		.fault_class = classes[bits(w[1], 41, 40)],
		.tt_read = bits(w[1], 44, 44),
		.iova = w[2],
		.ipa = bits(w[3], 51, 12) << 12,
		.fetch = bits(w[3], 51, 3) << 3,
	};
	for (size_t i = 0; i < IOM_ARRAY_SIZE(kinds); i++)
		if (kinds[i].id == e->id) {
			e->name = kinds[i].name;
			e->has = kinds[i].has;
		}
	/* The SubstreamID counts where it is said to be valid, the IPA where stage 2 faulted. */
	if (!bits(w[0], 11, 11))
		e->has &= ~(unsigned int)IOM_EV_SSID;
	if (e->has & IOM_EV_STALL && e->stage2)
		e->has |= IOM_EV_IPA;
	/* What the walk of the table did counts where the walk was refused. */
	if (bits(w[1], 41, 40) != CLASS_TTD)
		e->has &= ~(unsigned int)IOM_EV_TT_READ;
}
