/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking at this process: its mappings, memory, capabilities and open files. */
#include "look.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "iommuctl/host.h"

/* Header line of maps and smaps: "start-end perms offset dev inode   path". */
static bool parse_vma(const char *line, struct look_vma *v)
{
	int at = 0;

	*v = (struct look_vma){ 0 };
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*s %*s %n", &v->start, &v->end,
		   v->perms, &v->offset, &at) < 4)
		return false;
	if (at)
		snprintf(v->path, sizeof(v->path), "%s", line + at);
	v->path[strcspn(v->path, "\n")] = '\0';
	return true;
}

enum look_span look_span(uint64_t addr, uint64_t len, bool writable, struct look_vma *vma)
{
	_iom_free_ char *line = NULL;
	enum look_span found = LOOK_UNMAPPED;
	uint64_t end = addr + len;
	size_t cap = 0;
	FILE *f;

	if (!len)
		return LOOK_FINE;
	if (end < addr)
		end = UINT64_MAX;
	/* Never through the system root: these are the addresses of this very process. */
	f = fopen("/proc/self/maps", "re");
	if (!f)
		return LOOK_NO_MAPS;
	while (getline(&line, &cap, f) > 0) {
		struct look_vma v;

		if (!parse_vma(line, &v) || v.end <= addr)
			continue;
		if (v.start > addr)
			break;
		if (v.perms[0] != 'r' || (writable && v.perms[1] != 'w')) {
			*vma = v;
			found = LOOK_NO_RIGHT;
			break;
		}
		addr = v.end;
		if (addr >= end) {
			found = LOOK_FINE;
			break;
		}
	}
	fclose(f);
	if (found == LOOK_UNMAPPED)
		*vma = (struct look_vma){ .start = addr };
	return found;
}

bool look_vma_at(uint64_t addr, struct look_vma *vma)
{
	_iom_free_ char *line = NULL;
	bool found = false;
	size_t cap = 0;
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && !found && getline(&line, &cap, f) > 0)
		found = parse_vma(line, vma) && vma->start <= addr && vma->end > addr;
	if (f)
		fclose(f);
	return found;
}

bool look_vma_flag(const struct look_vma *vma, const char *flag)
{
	_iom_free_ char *line = NULL;
	bool here = false, found = false;
	struct look_vma v;
	size_t cap = 0;
	FILE *f = fopen("/proc/self/smaps", "re");

	while (f && getline(&line, &cap, f) > 0) {
		if (!strncmp(line, "VmFlags:", 8)) {
			if (!here)
				continue;
			for (const char *p = line + 8; (p = strstr(p, flag)); p++)
				if (p[-1] == ' ' && (p[2] == ' ' || p[2] == '\n'))
					found = true;
			break;
		}
		if (parse_vma(line, &v) && v.end)
			here = v.start == vma->start;
	}
	if (f)
		fclose(f);
	return found;
}

bool look_memory(uint64_t addr, void *buf, size_t len)
{
	_iom_close_ int fd = -1;

	if (!len)
		return true;
	/* The pointer may be anything: reading through the file cannot fault. */
	fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	return fd >= 0 && addr <= INT64_MAX && pread(fd, buf, len, (off_t)addr) == (ssize_t)len;
}

int look_cap(const struct iom_case *c, unsigned int cap)
{
	char text[8192];
	const char *p;

	if (iom_read_file(c->sysroot, "/proc/self/status", text, sizeof(text)) < 0)
		return -1;
	p = strstr(text, "\nCapEff:");
	if (!p)
		return -1;
	return strtoull(p + 8, NULL, 16) >> cap & 1;
}

void look_fd_name(int fd, char *buf, size_t len)
{
	char path[40];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, buf, len - 1);
	buf[n > 0 ? n : 0] = '\0';
}

#define REGION_SHIFT 40 /* VFIO: bits of an offset below the number of the region */

const char *look_region(uint64_t offset, char *buf, size_t len)
{
	static const char *const others[] = { "the ROM", "the configuration space", "the VGA region" };
	uint64_t index = offset >> REGION_SHIFT;

	if (index < 6)
		snprintf(buf, len, "BAR %u", (unsigned int)index);
	else
		snprintf(buf, len, "%s", index < 9 ? others[index - 6] : "a region");
	return buf;
}

bool look_vma_vfio(const char *sysroot, const struct look_vma *v, char *buf, size_t len)
{
	static const char dir[] = "/dev/vfio/devices/", anon[] = "anon_inode:[vfio-device]";
	char region[32], path[200], target[1024], *end;

	if (strncmp(v->path, dir, strlen(dir)) && strcmp(v->path, anon))
		return false;
	look_region(v->offset, region, sizeof(region));
	snprintf(path, sizeof(path), "/sys/class/vfio-dev/%s", v->path + strlen(dir));
	/* ".../0000:03:00.0/vfio-dev/vfio0" */
	end = v->path[0] == '/' && iom_read_link(sysroot, path, target, sizeof(target)) >= 0
		      ? strstr(target, "/vfio-dev/") : NULL;
	if (end) {
		*end = '\0';
		end = strrchr(target, '/');
	}
	snprintf(buf, len, "%s of %.80s%s%s", region, end ? end + 1 : "", end ? ", " : "", v->path);
	return true;
}
