/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Registers of the IOMMUs of a machine: what they hold unless its description says otherwise. */
#include "internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define BIT(n) ((uint64_t)1 << (n))

/*
 * A server of today. The first stage takes neither 5-level tables nor the extended access flag,
 * so that a driver has something to refuse.
 */
static const struct emu_hw intel = {
	.driver = EMU_DRIVER_INTEL,
	/* 64K domains, 4-level second stage of 48 bits, 2M and 1G pages in both stages */
	.cap = 6 | BIT(10) | (uint64_t)47 << 16 | BIT(22) | (uint64_t)0x40 << 24 |
	       (uint64_t)3 << 34 | BIT(39) | (uint64_t)18 << 48 | BIT(54) | BIT(55) | BIT(56) | BIT(59),
	/* scalable mode with both stages, nesting, dirty bits, supervisor requests, PASIDs */
	.ecap = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(6) | BIT(7) |
		(uint64_t)0x50 << 8 | (uint64_t)0xf << 20 | BIT(26) | BIT(31) | (uint64_t)19 << 35 |
		BIT(40) | BIT(43) | BIT(45) | BIT(46) | BIT(47) | BIT(48),
};

/* Both stages, dirty bits, ATS, 16-bit ASIDs and VMIDs; forced write-back, range invalidation. */
#define SMMUV3                                                                                     \
	.idr = {                                                                                   \
		BIT(0) | BIT(1) | 2 << 2 | BIT(4) | 2 << 6 | BIT(10) | BIT(12) | BIT(13) |         \
			BIT(14) | BIT(18) | BIT(19) | 2 << 21 | 1 << 24 | 1 << 27,                 \
		16 | 20 << 6 | 10 << 16 | 10 << 21,                                                \
		0,                                                                                 \
		BIT(8) | BIT(10) | 2 << 11,                                                        \
		0,                                                                                 \
		5 | BIT(4) | BIT(6),                                                               \
	},                                                                                         \
	.aidr = 3
static const struct emu_hw smmuv3 = { .driver = EMU_DRIVER_SMMUV3, SMMUV3 };
static const struct emu_hw tegra241 = {
	.driver = EMU_DRIVER_TEGRA241,
	SMMUV3,
	.cmdqv = { .version = 1, .log2vcmdqs = 1, .log2vsids = 4 },
};

static const struct emu_hw amd = {
	.driver = EMU_DRIVER_AMD,
	/* guest translation, its tables protected, PASIDs, dirty bits of the host */
	.efr = BIT(0) | BIT(1) | BIT(2) | BIT(3) | BIT(4) | BIT(6) | BIT(7) | BIT(9) |
	       (uint64_t)15 << 32 | BIT(48) | BIT(49) | BIT(52),
	.efr2 = BIT(3),
};

static const struct {
	const char *name;
	const struct emu_hw *hw;
} drivers[] = {
	{ "intel", &intel }, { "arm-smmuv3", &smmuv3 }, { "tegra241", &tegra241 }, { "amd", &amd },
};

#define IDR(n) offsetof(struct emu_hw, idr) + (n) * sizeof(uint32_t)
static const struct {
	const char *name;
	uint8_t driver; /* of Tegra: those of SMMUv3 as well */
	uint8_t width; /* bytes */
	size_t offset;
} registers[] = {
	{ "cap", EMU_DRIVER_INTEL, 8, offsetof(struct emu_hw, cap) },
	{ "ecap", EMU_DRIVER_INTEL, 8, offsetof(struct emu_hw, ecap) },
	{ "idr0", EMU_DRIVER_SMMUV3, 4, IDR(0) },
	{ "idr1", EMU_DRIVER_SMMUV3, 4, IDR(1) },
	{ "idr2", EMU_DRIVER_SMMUV3, 4, IDR(2) },
	{ "idr3", EMU_DRIVER_SMMUV3, 4, IDR(3) },
	{ "idr4", EMU_DRIVER_SMMUV3, 4, IDR(4) },
	{ "idr5", EMU_DRIVER_SMMUV3, 4, IDR(5) },
	{ "iidr", EMU_DRIVER_SMMUV3, 4, offsetof(struct emu_hw, iidr) },
	{ "aidr", EMU_DRIVER_SMMUV3, 4, offsetof(struct emu_hw, aidr) },
	{ "efr", EMU_DRIVER_AMD, 8, offsetof(struct emu_hw, efr) },
	{ "efr2", EMU_DRIVER_AMD, 8, offsetof(struct emu_hw, efr2) },
};

int emu_hw_driver(struct emu_hw *hw, const char *name)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(drivers); i++)
		if (strcmp(drivers[i].name, name) == 0) {
			*hw = *drivers[i].hw;
			return 0;
		}
	return -EINVAL;
}

const char *emu_hw_driver_name(const struct emu_hw *hw)
{
	for (size_t i = 0; i < IOM_ARRAY_SIZE(drivers); i++)
		if (drivers[i].hw->driver == hw->driver)
			return drivers[i].name;
	return NULL;
}

int emu_hw_register(struct emu_hw *hw, const char *name, uint64_t value)
{
	uint8_t driver = hw->driver == EMU_DRIVER_TEGRA241 ? EMU_DRIVER_SMMUV3 : hw->driver;
	uint32_t half = (uint32_t)value;

	for (size_t i = 0; i < IOM_ARRAY_SIZE(registers); i++) {
		if (registers[i].driver != driver || strcmp(registers[i].name, name) != 0)
			continue;
		if (registers[i].width == sizeof(value))
			memcpy((char *)hw + registers[i].offset, &value, sizeof(value));
		else if (value == half)
			memcpy((char *)hw + registers[i].offset, &half, sizeof(half));
		else
			return -EINVAL;
		return 0;
	}
	return -ENOENT;
}
