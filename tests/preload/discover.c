/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a virtual machine monitor finds its device: from the PCI address through sysfs to the node. */
#include <dirent.h>
#include <glob.h>
#include <limits.h>
#include <linux/magic.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "calls.h"

#define DEVICE "/sys/bus/pci/devices/0000:00:02.0"
#define REAL   "/sys/devices/pci0000:00/0000:00:02.0"

static const char *read_text(int fd)
{
	static char text[4096];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	CHECK(n >= 0 && !close(fd));
	text[n] = '\0';
	return text;
}

static bool says(const char *path, const char *text)
{
	return !strcmp(read_text(open(path, O_RDONLY)), text);
}

/* The path that QEMU takes. */
static void qemu(void)
{
	char name[NAME_MAX + 1] = "", path[PATH_MAX];
	unsigned int major_nr, minor_nr;
	struct dirent *e;
	struct stat st;
	DIR *dir;
	FILE *f;
	int fd;

	CHECK(!stat(DEVICE, &st) && S_ISDIR(st.st_mode));
	dir = opendir(DEVICE "/vfio-dev");
	CHECK(dir);
	while ((e = readdir(dir)))
		if (!strncmp(e->d_name, "vfio", 4))
			strcpy(name, e->d_name);
	CHECK(!closedir(dir) && !strcmp(name, "vfio0"));
	snprintf(path, sizeof(path), DEVICE "/vfio-dev/%s/dev", name);
	f = fopen(path, "r");
	CHECK(f && fscanf(f, "%u:%u", &major_nr, &minor_nr) == 2 && !fclose(f));
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK(fd >= 0 && !fstat(fd, &st) && S_ISCHR(st.st_mode));
	CHECK(st.st_rdev == makedev(major_nr, minor_nr) && !close(fd));
	snprintf(path, sizeof(path), "/dev/char/%u:%u", major_nr, minor_nr);
	fd = open(path, O_RDWR);
	CHECK(fd >= 0 && !fstat(fd, &st) && st.st_rdev == makedev(major_nr, minor_nr) && !close(fd));
}

static void links(void)
{
	char path[PATH_MAX], *got;
	struct stat st, same;

	CHECK(readlink(DEVICE "/iommu_group", path, sizeof(path)) == 30);
	CHECK(!memcmp(path, "../../../kernel/iommu_groups/0", 30));
	CHECK(readlink(DEVICE "/iommu_group", path, 2) == 2);
	REFUSED(EINVAL, readlink(DEVICE "/vendor", path, sizeof(path)));
	REFUSED(EINVAL, readlink("/dev/vfio/devices/vfio0", path, sizeof(path)));
	CHECK(!lstat(DEVICE, &st) && S_ISLNK(st.st_mode));
	CHECK(!lstat(DEVICE "/", &st) && S_ISDIR(st.st_mode));
	CHECK(!stat(REAL, &same) && st.st_ino == same.st_ino && st.st_dev == same.st_dev);
	CHECK(!fstatat(AT_FDCWD, DEVICE, &st, AT_SYMLINK_NOFOLLOW) && S_ISLNK(st.st_mode));
	CHECK(realpath(DEVICE, path) && !strcmp(path, REAL));
	CHECK(realpath(DEVICE "/iommu_group/devices/0000:00:02.0/", path) && !strcmp(path, REAL));
	CHECK(realpath("/dev/char/511:1", path) && !strcmp(path, "/dev/vfio/devices/vfio1"));
	got = canonicalize_file_name("/sys/class/vfio-dev/vfio0");
	CHECK(got && !strcmp(got, REAL "/vfio-dev/vfio0"));
	free(got);
	errno = 0;
	CHECK(!realpath(DEVICE "/none", path) && errno == ENOENT);
	/* behind a link ".." is above its target */
	CHECK(says(DEVICE "/../0000:00:03.0/vendor", "0x1234\n"));
	CHECK(realpath(DEVICE "/iommu_group/../..", path) && !strcmp(path, "/sys/kernel"));
}

static void folders(void)
{
	int dir = open(DEVICE, O_RDONLY | O_DIRECTORY), n;
	char path[PATH_MAX], small[4];
	struct dirent **list;
	struct statfs fs;
	struct stat st;
	glob_t g;
	DIR *d;

	CHECK(dir >= 0);
	CHECK(!strcmp(read_text(openat(dir, "device", O_RDONLY)), "0x0001\n"));
	CHECK(!strcmp(read_text(openat(dir, "iommu_group/type", O_RDONLY)), "DMA\n"));
	CHECK(!strcmp(read_text(openat(dir, "../0000:00:03.0/class", O_RDONLY)), "0xff0000\n"));
	CHECK(readlinkat(dir, "driver", path, sizeof(path)) == 33);
	CHECK(!faccessat(dir, "vendor", R_OK, 0));
	CHECK(!fstatfs(dir, &fs) && fs.f_type == SYSFS_MAGIC);
	CHECK(!statfs(DEVICE "/config", &fs) && fs.f_type == SYSFS_MAGIC);
	CHECK(!fchdir(dir) && getcwd(path, sizeof(path)) && !strcmp(path, REAL));
	CHECK(!getcwd(small, sizeof(small)) && errno == ERANGE);
	CHECK(!chdir("/sys/kernel/iommu_groups") && getcwd(path, sizeof(path)));
	CHECK(!strcmp(path, "/sys/kernel/iommu_groups") && says("1/type", "DMA\n"));
	CHECK(!chdir("../mm") && getcwd(path, sizeof(path)) && !strcmp(path, "/sys/kernel/mm"));
	CHECK(!chdir("/") && !close(dir));
	n = scandir("/sys/kernel/iommu_groups", &list, NULL, alphasort);
	CHECK(n == 4 && !strcmp(list[2]->d_name, "0") && !strcmp(list[3]->d_name, "1"));
	while (n)
		free(list[--n]);
	free(list);
	n = scandirat(AT_FDCWD, "/dev/vfio/devices", &list, NULL, alphasort);
	CHECK(n == 4 && !strcmp(list[3]->d_name, "vfio1") && list[3]->d_type == DT_CHR);
	while (n)
		free(list[--n]);
	free(list);
	CHECK(!glob("/sys/class/iommu/*/devices/0000:*", 0, NULL, &g) && g.gl_pathc == 2);
	CHECK(!strcmp(g.gl_pathv[0], "/sys/class/iommu/dmar1/devices/0000:00:03.0"));
	globfree(&g);
	CHECK(glob("/sys/class/iommu/none*", 0, NULL, &g) == GLOB_NOMATCH);
	errno = 0;
	CHECK(!opendir("/dev/vfio/devices/vfio0") && errno == ENOTDIR);
	REFUSED(ENOTDIR, chdir("/dev/iommu"));
	REFUSED(ENOTDIR, open(DEVICE "/vendor/", O_RDONLY));
	/* a folder of the system, which has more in it than ours */
	d = opendir("/sys/kernel");
	CHECK(d && !fstat(dirfd(d), &st) && !closedir(d));
	CHECK(!stat("/sys/kernel/mm", &st) && S_ISDIR(st.st_mode));
}

static void contents(void)
{
	unsigned char config[64];
	struct statx x;
	int fd;

	CHECK(says(DEVICE "/vendor", "0x1234\n") && says(DEVICE "/driver_override", "vfio-pci\n"));
	CHECK(says("/sys/kernel/iommu_groups/0/reserved_regions",
		   "0x0000000008000000 0x00000000080fffff msi\n"));
	fd = open(DEVICE "/config", O_RDONLY);
	CHECK(pread(fd, config, sizeof(config), 0) == 64 && config[0] == 0x34 && !close(fd));
	CHECK(!access(DEVICE "/vendor", R_OK));
	REFUSED(EACCES, access(DEVICE "/vendor", W_OK));
	REFUSED(EACCES, open(DEVICE "/driver_override", O_WRONLY));
	REFUSED(EACCES, open(DEVICE "/driver_override", O_WRONLY | O_CREAT | O_TRUNC, 0666));
	REFUSED(EEXIST, open(DEVICE "/driver_override", O_WRONLY | O_CREAT | O_EXCL, 0666));
	REFUSED(ENOENT, access(DEVICE "/none", F_OK));
	REFUSED(ENOENT, open("/dev/vfio/devices/vfio2", O_RDWR));
	REFUSED(ELOOP, open(DEVICE, O_RDONLY | O_NOFOLLOW));
	CHECK(!statx(AT_FDCWD, DEVICE "/vendor", 0, STATX_BASIC_STATS, &x) && x.stx_mtime.tv_sec > 0);
	CHECK((x.stx_mode & 07777) == 0444);
}

/* By number: openat2(2) has no function. */
static void numbers(void)
{
	const uint64_t how[3] = { O_RDONLY };
	char path[64];

	CHECK(!strcmp(read_text((int)syscall(SYS_openat2, AT_FDCWD, DEVICE "/vendor", how, sizeof(how))),
		      "0x1234\n"));
	CHECK(!strcmp(read_text((int)syscall(SYS_openat2, AT_FDCWD, "/proc/self/comm", how,
					     sizeof(how))), "discover\n"));
	CHECK(syscall(SYS_readlinkat, AT_FDCWD, DEVICE, path, sizeof(path)) == 40);
}

int main(void)
{
	numbers();
	qemu();
	links();
	folders();
	contents();
	return 0;
}
