/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Preloaded into a program: writes each ioctl of type ';' that it makes, with its bytes. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A line each: number, size, and all bytes behind it: "95 40 0000..." */
int ioctl(int fd, unsigned long request, ...)
{
	unsigned char *arg;
	uint32_t size = 0;
	va_list ap;
	FILE *f;

	va_start(ap, request);
	arg = va_arg(ap, unsigned char *);
	va_end(ap);
	if ((request >> 8 & 0xff) == ';' && (request & 0xff) >= 0x80) {
		memcpy(&size, arg, sizeof(size));
		f = fopen(getenv("IOCTL_LOG"), "a");
		if (!f)
			abort();
		fprintf(f, "%02lx %u ", request & 0xff, size);
		for (uint32_t i = sizeof(size); i < size && i < 256; i++)
			fprintf(f, "%02x", arg[i]);
		fputs("\n", f);
		if (fclose(f))
			abort();
	}
	return (int)syscall(SYS_ioctl, fd, request, arg);
}
