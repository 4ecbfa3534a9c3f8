/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the room: ending the memory cache. */
#pragma once

struct iom_ctx;

/* Frees every cached block and chunk; the areas that used them must be gone already. */
void iom_mem_free_all(struct iom_ctx *ctx);
