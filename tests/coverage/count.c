/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the counts of a COV=1 build also where a process ends without running what is at its end. */
struct iom_emu;

void __gcov_dump(void);
void __gcov_reset(void);

/* The linker leads calls here in programs, and in the library that is loaded into others. */
void __wrap__exit(int code);
void __wrap_iom_emu_leave(struct iom_emu *emu);
__attribute__((weak, noreturn)) void __real__exit(int code);
__attribute__((weak)) void __real_iom_emu_leave(struct iom_emu *emu);

void __wrap__exit(int code)
{
	__gcov_dump();
	__real__exit(code);
}

/* More may be counted after it, once. */
void __wrap_iom_emu_leave(struct iom_emu *emu)
{
	__real_iom_emu_leave(emu);
	__gcov_dump();
	__gcov_reset();
}
