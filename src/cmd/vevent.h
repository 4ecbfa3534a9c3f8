/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: what the records of virtual IOMMUs' event queues say. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bits of iom_smmu_event.has: the kinds of event differ in what they tell. */
enum {
	IOM_EV_SSID = 1,
	IOM_EV_IOVA = 2,
	IOM_EV_IPA = 4,
	IOM_EV_FETCH = 8,
	IOM_EV_ACCESS = 16, /* read, privileged, instruction, stage */
	IOM_EV_STALL = 32,
	IOM_EV_REASON = 64,
	IOM_EV_CLASS = 128,
	IOM_EV_TT_READ = 256, /* what the walk of the table did */
};

/* An event of SMMUv3, whose StreamID is the guest's. */
struct iom_smmu_event {
	uint8_t id;
	const char *name; /* "F_TRANSLATION"; NULL for an id without a name */
	unsigned int has;
	uint32_t sid, ssid;
	uint64_t iova, ipa, fetch; /* ipa: of its page */
	bool read, privileged, instruction, stage2, stall, tt_read;
	uint16_t stag, reason;
	const char *fault_class; /* "cd", "ttd", "in" or "reserved" */
};

/* evt: four words as they were read, little-endian. */
void iom_smmu_event_decode(const uint64_t evt[4], struct iom_smmu_event *e);
