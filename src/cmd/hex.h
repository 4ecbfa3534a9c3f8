/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to the command room: bytes as hex words and files. */
#pragma once

#include "iommuctl/base.h"

/*
 * Bytes of a word: hex digits in pairs, or @FILE for a file's content; at most max bytes. *out is
 * the caller's to free. Returns 0, or negative with err filled (exit 2; a file that cannot be
 * read: by its errno). name: the option, for the message.
 */
int iom_hex_argument(const char *name, const char *word, size_t max, unsigned char **out,
		     size_t *len, struct iom_err *err) iom_must_check;
/* Lower-case hex, the caller's to free; NULL when out of memory. */
char *iom_hex_of(const unsigned char *data, size_t len);
