/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Why a node cannot be opened: what is missing, or who may and who asks. */
#include "iommuctl/diag.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "iommuctl/host.h"
#include "system.h"

#define TRY_EMU	 "--backend emu answers without a kernel or hardware"
#define CDEV_DIR "/dev/vfio/devices/"

struct opening {
	const char *path, *root;
	struct iom_err *err;
	char kernel[65]; /* release, "" when not known */
	const char *container; /* what tells that this is one, or NULL */
};

/* iommufd is built in, a module, or not there. */
static void kernel_lacks_node(const struct opening *o)
{
	char iommufd = iom_host_config(o->root, o->kernel, "CONFIG_IOMMUFD");
	bool module = iom_system_module(o->root, o->kernel, "modules.dep", "iommufd");
	const char *no_iommu =
		iom_system_has_iommu(o->root) == IOM_NO
			? "; the machine shows no IOMMU either (/sys/class/iommu is empty)"
			: "";

	if (module) {
		iom_fact(o->err, "the iommufd module of kernel %s is not loaded%s", o->kernel,
			 no_iommu);
		iom_hint(o->err, "modprobe iommufd%s; " TRY_EMU,
			 o->container ? " on the host of this container" : "");
		return;
	}
	if (iommufd == 'n') {
		iom_fact(o->err, "kernel %s is built without CONFIG_IOMMUFD%s", o->kernel,
			 no_iommu);
		iom_hint(o->err, "use a kernel with CONFIG_IOMMUFD=m or =y; " TRY_EMU);
		return;
	}
	if (iommufd) {
		iom_fact(o->err,
			 "kernel %s has CONFIG_IOMMUFD=%c but no iommu device is registered%s",
			 o->kernel, iommufd, no_iommu);
		iom_hint(o->err, "%s; " TRY_EMU,
			 iommufd == 'm' ? "install the iommufd module of this kernel"
					: "look at the kernel's boot log");
		return;
	}
	iom_fact(o->err, "there is no %s, and no iommufd module for kernel %s%s", o->path,
		 o->kernel[0] ? o->kernel : "(unknown)", no_iommu);
	iom_hint(o->err, "the kernel needs CONFIG_IOMMUFD (its configuration cannot be read "
			 "here); " TRY_EMU);
}

static void iommu_missing(const struct opening *o)
{
	o->err->exit = IOM_EXIT_UNSUPPORTED;
	if (iom_system_misc(o->root, "iommu") == IOM_YES) {
		iom_fact(o->err,
			 "the kernel has iommufd (/proc/misc lists it), but %s is not in this "
			 "mount namespace%s%s",
			 o->path, o->container ? ": a container, says " : "",
			 o->container ? o->container : "");
		iom_hint(o->err,
			 "give the container the node (--device /dev/iommu), or make it with "
			 "mknod from /sys/class/misc/iommu/dev; " TRY_EMU);
		return;
	}
	kernel_lacks_node(o);
}

/* Names of the VFIO devices that there are, "" when none. */
static void list_devices(const char *root, char *buf, size_t len)
{
	char path[PATH_MAX];
	struct dirent *de;
	size_t used = 0;
	DIR *dir;

	buf[0] = '\0';
	if (iom_path(root, path, sizeof(path), "/sys/class/vfio-dev"))
		return;
	dir = opendir(path);
	while (dir && (de = readdir(dir)) && used < len)
		if (de->d_name[0] != '.')
			used += (size_t)snprintf(buf + used, len - used, "%s%s", used ? ", " : "",
						 de->d_name);
	if (dir)
		closedir(dir);
}

static void cdev_missing(const struct opening *o)
{
	const char *name = o->path + strlen(CDEV_DIR);
	char text[160];

	if (iom_system_exists(o->root, "/sys/class/vfio-dev/%s/dev", name)) {
		o->err->exit = IOM_EXIT_UNSUPPORTED;
		iom_fact(o->err,
			 "the kernel has the device (/sys/class/vfio-dev/%s), but its node is not "
			 "in this mount namespace",
			 name);
		iom_hint(o->err, "give the container the node (--device %s); " TRY_EMU, o->path);
	} else if (iom_system_exists(o->root, "/sys/class/vfio-dev/%s", name)) {
		o->err->exit = IOM_EXIT_UNSUPPORTED;
		iom_fact(o->err,
			 "/sys/class/vfio-dev/%s has no dev file: the kernel is built without "
			 "CONFIG_VFIO_DEVICE_CDEV",
			 name);
		iom_hint(o->err, "use a kernel with CONFIG_VFIO_DEVICE_CDEV=y; " TRY_EMU);
	} else {
		o->err->exit = IOM_EXIT_NOT_FOUND;
		list_devices(o->root, text, sizeof(text));
		iom_fact(o->err, "there is no VFIO device %s; there is %s", name,
			 text[0] ? text : "none");
		iom_hint(o->err, "bind the device to vfio-pci first; " TRY_EMU);
	}
}

static void other_missing(const struct opening *o)
{
	struct stat st;

	if (!strncmp(o->path, CDEV_DIR, strlen(CDEV_DIR))) {
		cdev_missing(o);
		return;
	}
	o->err->exit = IOM_EXIT_UNSUPPORTED;
	iom_fact(o->err, "%s %s", o->path,
		 stat(o->path, &st) ? "does not exist"
				    : "is there, but what "
				      "it stands for is not");
	iom_hint(o->err, "the usual node is /dev/iommu; " TRY_EMU);
}

static void refused(const struct opening *o)
{
	const struct passwd *pw;
	const struct group *gr;
	char user[32], group[32];
	struct stat st;

	o->err->exit = IOM_EXIT_PERMISSION;
	if (strstr(o->path, "/noiommu-")) {
		iom_fact(o->err, "%s gives access to a device without an IOMMU", o->path);
		iom_hint(o->err, "it needs CAP_SYS_RAWIO; " TRY_EMU);
		return;
	}
	if (stat(o->path, &st)) {
		iom_fact(o->err, "a folder on the way to %s may not be entered by uid %u", o->path,
			 (unsigned int)geteuid());
		iom_hint(o->err, "run it as root; " TRY_EMU);
		return;
	}
	pw = getpwuid(st.st_uid);
	if (pw)
		snprintf(user, sizeof(user), "%s", pw->pw_name);
	else
		snprintf(user, sizeof(user), "%u", (unsigned int)st.st_uid);
	gr = getgrgid(st.st_gid);
	snprintf(group, sizeof(group), "%u", (unsigned int)st.st_gid);
	iom_fact(o->err, "%s is %s:%s %04o; you are uid %u%s%s", o->path, pw ? pw->pw_name : user,
		 gr ? gr->gr_name : group, (unsigned int)(st.st_mode & 07777),
		 (unsigned int)geteuid(), o->container ? ", in a container, says " : "",
		 o->container ? o->container : "");
	if (!access(o->path, R_OK | W_OK))
		iom_hint(o->err, "its rights would let you: the device cgroup or a security module "
				 "refuses; allow the device there; " TRY_EMU);
	else
		iom_hint(o->err,
			 "run it as root, or as a member of a group that a udev rule gives the "
			 "node to; " TRY_EMU);
}

static void emulated(const struct opening *o)
{
	o->err->exit = iom_exit_of_errno(o->err->code);
	if (o->err->code == -EPERM) {
		iom_fact(o->err, "%s is a device without an IOMMU, and this process lacks "
			 "CAP_SYS_RAWIO, as a kernel would want it", o->path);
		iom_hint(o->err, "run it with that capability");
		return;
	}
	if (o->err->code == -ENOENT) {
		iom_fact(o->err, "the emulated machine has no %s", o->path);
		iom_hint(o->err,
			 "describe the device in --emu (device=NAME), or use vfio0 or vfio1 of the "
			 "default machine of --backend emu");
		return;
	}
	iom_hint(o->err,
		 "the emulator keeps one descriptor for each node: close some of this process");
}

void iom_explain_open(const char *backend, const char *path, int code, const char *sysroot,
		      struct iom_err *err)
{
	struct opening o = { .path = path, .root = sysroot ? sysroot : "", .err = err };
	bool absent = code == -ENOENT || code == -ENXIO || code == -ENODEV || code == -ENOTDIR;

	err->code = code < 0 ? code : -code;
	err->exit = iom_exit_of_errno(err->code);
	if (backend && !strcmp(backend, "emu")) {
		emulated(&o);
		return;
	}
	iom_system_release(o.root, o.kernel, sizeof(o.kernel));
	o.container = iom_system_container(o.root);
	if (absent && !strcmp(path, "/dev/iommu"))
		iommu_missing(&o);
	else if (absent)
		other_missing(&o);
	else if (code == -EACCES || code == -EPERM)
		refused(&o);
	else
		iom_hint(err, "%s; " TRY_EMU,
			 code == -EBUSY ? "something else holds it open: close that"
			 : code == -EMFILE || code == -ENFILE
				 ? "no file descriptor is left: raise RLIMIT_NOFILE"
				 : "the node is there and the kernel refused to open it");
}

/* Why VFIO has no character device of it. */
static int no_node(const char *bdf, const struct iom_host_vfio *v, const char *sysroot,
		   struct iom_err *err)
{
	if (!v->present) {
		iom_hint(err, "`lspci -D` lists the devices; %s", TRY_EMU);
		iom_fail(err, IOM_EXIT_NOT_FOUND, "there is no PCI device %s", bdf);
	} else if (!strcmp(v->driver, "vfio-pci") || strstr(v->driver, "vfio")) {
		char kernel[65];

		iom_system_release(sysroot, kernel, sizeof(kernel));
		iom_fact(err, "%s is bound to %s and has no vfio-dev: kernel %s is built without "
			 "CONFIG_VFIO_DEVICE_CDEV", bdf, v->driver, kernel);
		iom_hint(err, "use a kernel with CONFIG_VFIO_DEVICE_CDEV=y; " TRY_EMU);
		iom_fail(err, IOM_EXIT_UNSUPPORTED, "VFIO has no character device of %s", bdf);
	} else {
		char unbind[48];

		snprintf(unbind, sizeof(unbind), "echo %s >driver/unbind; ", bdf);
		if (v->driver[0])
			iom_fact(err, "%s is bound to the driver %s", bdf, v->driver);
		else
			iom_fact(err, "%s is bound to no driver", bdf);
		iom_hint(err, "cd /sys/bus/pci/devices/%s; echo vfio-pci >driver_override; %secho %s "
			 ">/sys/bus/pci/drivers_probe", bdf, v->driver[0] ? unbind : "", bdf);
		iom_fail(err, IOM_EXIT_NOT_FOUND, "VFIO does not have the PCI device %s", bdf);
	}
	return (int)err->exit;
}

int iom_find_node(struct iom_backend *be, const char *bdf, const char *sysroot, char *path, size_t len,
		  struct iom_err *err)
{
	struct iom_host_vfio v = { .present = false };
	int rc;

	if (be->node_of) {
		rc = be->node_of(be, bdf, v.node, sizeof(v.node));
		if (rc) {
			iom_hint(err, "describe the device in --emu (device=NAME,bdf=%s), or use 00:02.0 or "
				 "00:03.0 of the default machine", bdf);
			iom_fail(err, IOM_EXIT_NOT_FOUND, "the emulated machine has no PCI device %s", bdf);
			return IOM_EXIT_NOT_FOUND;
		}
	} else if (iom_host_vfio_node(sysroot, bdf, &v)) {
		return no_node(bdf, &v, sysroot, err);
	}
	if ((size_t)snprintf(path, len, CDEV_DIR "%s", v.node) >= len) {
		iom_fail(err, IOM_EXIT_INTERNAL, "the name of the node of %s is too long", bdf);
		return IOM_EXIT_INTERNAL;
	}
	return 0;
}
