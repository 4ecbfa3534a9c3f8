/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that one process of the machine passes to another over a socket. */
#include "process.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is on its way: a message holds it as an fd does. */
struct emu_post {
	struct emu_post *next;
	struct emu_file *file;
};

int iom_emu_post(struct iom_emu *emu, int fd)
{
	struct emu_post *post;
	struct emu_file *f;
	int rc = 0;

	emu_enter(emu);
	f = emu_file_of(emu, fd);
	if (f && emu_is_shared(emu)) {
		post = emu_alloc(sizeof(*post));
		if (post) {
			*post = (struct emu_post){ emu->posts, f };
			emu->posts = post;
			f->users++;
		} else {
			rc = -ENOMEM;
		}
	}
	emu_leave(emu);
	return rc;
}

static bool is_file(const struct emu_file *f, const struct stat *st)
{
	return (f->ino == st->st_ino) & (f->dev_id == st->st_dev);
}

/* The message that brought it, or that was meant to and was not sent. */
static struct emu_file *take_post(struct iom_emu *emu, const struct stat *st, bool keep)
{
	struct emu_post **p = &emu->posts, *post;
	struct emu_file *f;

	while (*p && !is_file((*p)->file, st))
		p = &(*p)->next;
	if (!*p)
		return NULL;
	post = *p;
	f = post->file;
	if (keep) {
		f->users++;
		return f;
	}
	*p = post->next;
	emu_free(post);
	return f;
}

void iom_emu_unpost(struct iom_emu *emu, int fd)
{
	struct emu_file *f;
	struct stat st;

	emu_enter(emu);
	f = !fstat(fd, &st) ? take_post(emu, &st, false) : NULL;
	if (f)
		emu_file_put(emu, f);
	emu_leave(emu);
}

void iom_emu_adopt(struct iom_emu *emu, int fd, bool peeked)
{
	struct emu_file *f = NULL;
	struct stat st;

	emu_enter(emu);
	if (emu_is_shared(emu) && fd < EMU_MAX_FILES && !fstat(fd, &st))
		f = take_post(emu, &st, peeked);
	if (f) {
		/* the number came back from the system */
		emu_file_drop(emu, fd);
		if (!emu_file_set(emu, fd, f))
			emu_file_put(emu, f);
	}
	emu_leave(emu);
}

void emu_posts_free(struct iom_emu *emu)
{
	while (emu->posts) {
		struct emu_post *post = emu->posts;

		emu->posts = post->next;
		emu_file_put(emu, post->file);
		emu_free(post);
	}
}
