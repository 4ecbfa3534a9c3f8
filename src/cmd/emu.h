/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands about the emulated machine share. */
#pragma once

#include "cmd/internal.h"

/*
 * The machine that --config, --emu and the options of the command describe, as the emulator reads
 * it (emu.h); the caller frees it. NULL with err filled when it is wrong: in which line, if it is
 * in a file.
 */
char *iom_machine_spec(const struct iom_app *app, const char *config, struct iom_err *err);

/*
 * Finds a program as a shell would and looks whether a library can be loaded into it. path, of
 * PATH_MAX bytes, gets where it is. 0, or an exit code with err filled.
 */
int iom_program_check(const char *name, char *path, struct iom_err *err);

/*
 * Writes what sysfs and /dev show of the machine below root, a folder without these entries; nodes
 * are empty files. Without a root nothing is written. *n: entries. 0, or an exit code with err filled.
 */
int iom_machine_write(const char *spec, const char *root, unsigned int *n, struct iom_err *err);
