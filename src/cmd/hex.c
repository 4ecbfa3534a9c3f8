/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes as hex words and files. */
#include "cmd/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int read_all(const char *name, const char *path, size_t max, unsigned char **out,
		    size_t *len, struct iom_err *err)
{
	_iom_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_iom_free_ unsigned char *data = malloc(max + 1);
	size_t n = 0;
	ssize_t got = 1;

	if (!data)
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	while (fd >= 0 && n <= max && got > 0) {
		got = read(fd, data + n, max + 1 - n);
		if (got > 0)
			n += (size_t)got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (fd < 0 || got < 0) {
		err->code = -errno;
		return iom_fail(err, iom_exit_of_errno(err->code), "--%s: cannot read %s", name,
				path);
	}
	if (n > max)
		return iom_fail(err, IOM_EXIT_USAGE, "--%s: %s has more than %zu bytes", name, path,
				max);
	*out = iom_take_ptr(&data);
	*len = n;
	return 0;
}

int iom_hex_argument(const char *name, const char *word, size_t max, unsigned char **out,
		     size_t *len, struct iom_err *err)
{
	_iom_free_ unsigned char *data = NULL;
	size_t n;

	if (*word == '@')
		return read_all(name, word + 1, max, out, len, err);
	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		word += 2;
	n = strlen(word);
	if (n % 2 || n / 2 > max)
		return iom_fail(err, IOM_EXIT_USAGE,
				"--%s: hex digits in pairs for at most %zu bytes, or @FILE", name,
				max);
	data = malloc(n / 2 + 1);
	if (!data)
		return iom_fail(err, IOM_EXIT_INTERNAL, "out of memory");
	for (size_t i = 0; i < n; i += 2) {
		int hi = digit(word[i]), lo = digit(word[i + 1]);

		if (hi < 0 || lo < 0)
			return iom_fail(err, IOM_EXIT_USAGE, "--%s: '%c%c' is not a hex byte", name,
					word[i], word[i + 1]);
		data[i / 2] = (unsigned char)(hi << 4 | lo);
	}
	*out = iom_take_ptr(&data);
	*len = n / 2;
	return 0;
}

char *iom_hex_of(const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *hex = malloc(2 * len + 1);

	if (!hex)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[data[i] >> 4];
		hex[2 * i + 1] = digits[data[i] & 15];
	}
	hex[2 * len] = '\0';
	return hex;
}
