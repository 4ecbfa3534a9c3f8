/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a program can be run with a library preloaded: where it is, what it is linked with. */
#include "cmd/emu.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_SCRIPTS 4 /* that a script's interpreter may be a script, again and again */

static int cannot(struct iom_err *err, const char *path, const char *why, const char *hint)
{
	iom_fail(err, IOM_EXIT_CANNOT_RUN, "cannot run %.120s on the emulator: %s", path, why);
	if (hint)
		iom_hint(err, "%s", hint);
	return IOM_EXIT_CANNOT_RUN;
}

/* ---- where it is ---- */

static int no_program(struct iom_err *err, const char *name, int errnum)
{
	err->code = -errnum;
	iom_fail(err, errnum == ENOENT || errnum == ENOTDIR ? IOM_EXIT_NO_PROGRAM : IOM_EXIT_CANNOT_RUN,
		 "cannot run %.120s", name);
	return (int)err->exit;
}

static bool is_program(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static int find(const char *name, char *path, struct iom_err *err)
{
	const char *dirs = getenv("PATH"), *end;
	struct stat st;

	if (strchr(name, '/')) {
		if ((size_t)snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)
			return no_program(err, name, ENAMETOOLONG);
		if (stat(path, &st))
			return no_program(err, name, errno);
		if (S_ISDIR(st.st_mode))
			return no_program(err, name, EISDIR);
		return is_program(path) ? 0 : no_program(err, name, EACCES);
	}
	for (dirs = dirs ? dirs : "/usr/bin:/bin"; *name && dirs; dirs = *end ? end + 1 : NULL) {
		end = strchrnul(dirs, ':');
		if ((size_t)snprintf(path, PATH_MAX, "%.*s%s%s", (int)(end - dirs), dirs,
				     end == dirs ? "" : "/", name) < PATH_MAX && is_program(path))
			return 0;
	}
	return no_program(err, name, ENOENT);
}

/* ---- what it is ---- */

/* The head of an ELF file of this machine's kind: 0, or -1 when it is another. */
static int read_head(int fd, ElfW(Ehdr) *head)
{
	static ElfW(Ehdr) own;

	if (!own.e_machine) {
		_iom_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

		if (self < 0 || pread(self, &own, sizeof(own), 0) != sizeof(own))
			return -1;
	}
	if (pread(fd, head, sizeof(*head), 0) != sizeof(*head) ||
	    head->e_ident[EI_CLASS] != own.e_ident[EI_CLASS] ||
	    head->e_ident[EI_DATA] != own.e_ident[EI_DATA] || head->e_machine != own.e_machine)
		return -1;
	return 0;
}

/* The name of its dynamic linker; false when it is linked statically. */
static bool read_interp(int fd, const ElfW(Ehdr) *head, char *name, size_t len)
{
	ElfW(Phdr) ph;

	for (unsigned int i = 0; i < head->e_phnum; i++) {
		ssize_t n;

		if (pread(fd, &ph, sizeof(ph), (off_t)(head->e_phoff + i * sizeof(ph))) != sizeof(ph))
			return false;
		if (ph.p_type != PT_INTERP)
			continue;
		n = pread(fd, name, ph.p_filesz < len ? ph.p_filesz : len - 1, (off_t)ph.p_offset);
		name[n > 0 ? n : 0] = '\0';
		return n > 0;
	}
	return false;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The C library that the program was built with must be the one that the library was built with. */
static int check_linker(const char *path, const char *interp, struct iom_err *err)
{
	_iom_close_ int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char ours[PATH_MAX], why[128];
	ElfW(Ehdr) head;

	if (self < 0 || read_head(self, &head) || !read_interp(self, &head, ours, sizeof(ours)) ||
	    !strcmp(base(ours), base(interp)))
		return 0;
	snprintf(why, sizeof(why), "it is linked with another C library (%.60s)", base(interp));
	return cannot(err, path, why, "build it for this system's C library");
}

static int check_elf(int fd, const char *path, struct iom_err *err)
{
	char interp[PATH_MAX];
	ElfW(Ehdr) head;

	if (read_head(fd, &head))
		return cannot(err, path, "it was built for another architecture", NULL);
	if (!read_interp(fd, &head, interp, sizeof(interp)))
		return cannot(err, path, "it is linked statically, so no library can be preloaded",
			      "link it dynamically for the test; a Go program needs cgo and a call through libc");
	return check_linker(path, interp, err);
}

/* Programs that are given privileges are protected from preloaded libraries. */
static int check_privileges(int fd, const char *path, struct iom_err *err)
{
	struct stat st;

	if (fstat(fd, &st))
		return no_program(err, path, errno);
	if ((st.st_mode & S_ISUID && st.st_uid != getuid()) ||
	    (st.st_mode & S_ISGID && st.st_gid != getgid()))
		return cannot(err, path, "it is setuid or setgid, so no library is preloaded into it",
			      "run a copy of it without that bit");
	if (getuid() && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return cannot(err, path, "it has file capabilities, so no library is preloaded into it",
			      "run a copy of it without them");
	return 0;
}

/* The interpreter that the first line of a script names, into path. */
static bool read_script(int fd, char *path)
{
	char line[PATH_MAX], *s = line + 2;
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);

	if (n < 2 || line[0] != '#' || line[1] != '!')
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	s += strspn(s, " \t");
	s[strcspn(s, " \t")] = '\0';
	strcpy(path, s);
	return *s;
}

static int check(const char *file, struct iom_err *err)
{
	char path[PATH_MAX], magic[SELFMAG] = "";
	int rc;

	strcpy(path, file);
	for (int depth = 0; depth <= MAX_SCRIPTS; depth++) {
		_iom_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

		/* what may be run but not read is nothing to worry about: the kernel decides */
		if (fd < 0)
			return errno == EACCES && !access(path, X_OK) ? 0 : no_program(err, path, errno);
		rc = check_privileges(fd, path, err);
		if (rc)
			return rc;
		if (pread(fd, magic, SELFMAG, 0) == SELFMAG && !memcmp(magic, ELFMAG, SELFMAG))
			return check_elf(fd, path, err);
		if (!read_script(fd, path))
			return cannot(err, path, "it is neither a program nor a script that names its interpreter",
				      NULL);
	}
	return no_program(err, file, ELOOP);
}

int iom_program_check(const char *name, char *path, struct iom_err *err)
{
	int rc = find(name, path, err);

	return rc ? rc : check(path, err);
}
