/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one table of causes, joined from the rows of each kind of call (rows-*.c). */
#include "causes.h"

/*
 * The order counts only between rows for any call and the others: what is checked before the
 * handler comes first, what is left when no other row holds comes last.
 */
static const struct cause_part *const parts[] = {
	&cause_part_first,
	&cause_part_map,
	&cause_part_object,
	&cause_part_hwpt,
	&cause_part_viommu,
	&cause_part_queue,
	&cause_part_mock,
	&cause_part_dmabuf,
	&cause_part_vfio,
	&cause_part_tsm,
	&cause_part_last,
};

const struct iom_cause *iom_cause_at(size_t i)
{
	for (size_t p = 0; p < IOM_ARRAY_SIZE(parts); p++) {
		if (i < parts[p]->n)
			return &parts[p]->rows[i];
		i -= parts[p]->n;
	}
	return NULL;
}
