/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Many threads on one context, and on contexts of their own. */
#include <pthread.h>

#include "calls.h"

#define THREADS 4
#define ROUNDS	200

static int common;

static void *work(void *arg)
{
	int own = open_iommu(), copy;
	uint32_t ioas, shared;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		ioas = ioas_alloc(own);
		CHECK(ioas == 1);
		shared = ioas_alloc(common);
		CHECK(!map(own, ioas, &common, PAGE, 0x100000));
		copy = dup(own);
		CHECK(copy >= 0 && !close(own));
		own = copy;
		CHECK(!destroy(own, ioas) && !destroy(common, shared));
	}
	CHECK(!close(own));
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	common = open_iommu();
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, NULL));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(ioas_alloc(common) == 1 && !close(common));
	return 0;
}
