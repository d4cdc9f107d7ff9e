/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* Circular lists of embedded links. */
#ifndef EROFS_ISHARE_LIST_H
#define EROFS_ISHARE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct erofs_list {
	struct erofs_list *prev, *next;
};

static inline void erofs_list_init(struct erofs_list *list)
{
	list->prev = list->next = list;
}

static inline bool erofs_list_empty(const struct erofs_list *list)
{
	return list->next == list;
}

/* @link comes right after @at; after the head that is the front of the list. */
static inline void erofs_list_add_after(struct erofs_list *at, struct erofs_list *link)
{
	link->prev = at;
	link->next = at->next;
	at->next->prev = link;
	at->next = link;
}

/* Safe to repeat. */
static inline void erofs_list_remove(struct erofs_list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	erofs_list_init(link);
}

#define erofs_list_entry(link, type, member) \
	((type *)(void *)((char *)(link) - offsetof(type, member)))

#endif
