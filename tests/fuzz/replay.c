/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Runs a fuzz target over the files of folders, without libFuzzer; TAP, a line for each file. */
#include "fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE 300 /* seconds; what takes longer hangs */

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static uint8_t *read_input(const char *path, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data = NULL;
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode)) {
		*size = (size_t)st.st_size;
		/* Of exactly this size, so that the sanitizer sees a byte too much. */
		data = malloc(*size ? *size : 1);
		if (data && read(fd, data, *size) != (ssize_t)*size) {
			free(data);
			data = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	return data;
}

int main(int argc, char **argv)
{
	unsigned int done = 0, bad = 0;
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");

	if (argc < 2 || !out) {
		fprintf(stderr, "%s FOLDER...\n", argv[0]);
		return 2;
	}
	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		struct dirent **names = NULL;
		int n = scandir(argv[i], &names, visible, alphasort);

		if (n <= 0) {
			fprintf(out, "not ok %u - no input in %s\n", ++done, argv[i]);
			bad++;
		}
		for (int k = 0; k < n; k++) {
			char path[4096];
			size_t size = 0;
			uint8_t *data;

			snprintf(path, sizeof(path), "%s/%s", argv[i], names[k]->d_name);
			free(names[k]);
			data = read_input(path, &size);
			/* Known before it runs: the last line names what a crash or a hang came from. */
			fprintf(out, "# %s\n", path);
			fflush(out);
			if (data) {
				alarm(PATIENCE);
				LLVMFuzzerTestOneInput(data, size);
				alarm(0);
			}
			bad += !data;
			fprintf(out, "%s %u - %s\n", data ? "ok" : "not ok", ++done, path);
			free(data);
		}
		free(names);
	}
	fprintf(out, "1..%u\n", done);
	return fclose(out) || bad;
}
