/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools without hugepages: mbufs lie close, and on transparent huge pages where this kernel has
 * them, which is found out apart from the code that is tested. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_eal.h>
#include <rte_memory.h>

#include "lane_rig.h"
#include "thp.h"

enum { COLLAPSE = 25, PAGES = 3 }; // MADV_COLLAPSE, of Linux 6.1

static struct ledger sum;

// Octets of shared memory that this process has in huge pages.
static size_t huge_octets(void)
{
	FILE *f = fopen("/proc/self/smaps", "r");
	size_t total = 0, kib;
	char line[512];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "ShmemPmdMapped: %zu kB", &kib) == 1)
			total += kib << 10;
	}
	fclose(f);
	return total;
}

// PAGES huge pages of memory of a memfd, from a huge page on.
static uint8_t *map_memfd(void)
{
	int fd = memfd_create("thp", 0);
	uint8_t *room =
		mmap(NULL, (PAGES + 1) * THP_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *p = RTE_PTR_ALIGN_CEIL(room, THP_BYTES);

	assert_int_not_equal(fd, -1);
	assert_int_equal(ftruncate(fd, PAGES * THP_BYTES), 0);
	assert_ptr_equal(
		mmap(p, PAGES * THP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0),
		p);
	close(fd);
	return p;
}

static bool kernel_has_huge_pages(void)
{
	uint8_t *p = map_memfd();
	bool has;

	p[0] = 1;
	has = madvise(p, THP_BYTES, COLLAPSE) == 0;
	munmap(p, PAGES * THP_BYTES);
	return has;
}

static int note_begin(const struct rte_memseg_list *list, void *begin)
{
	*(uintptr_t *)begin = (uintptr_t)list->base_va;
	return 1;
}

static bool begins_on_a_huge_page(void)
{
	uintptr_t begin = 1;

	assert_int_equal(rte_memseg_list_walk(note_begin, &begin), 1);
	return begin % THP_BYTES == 0;
}

static void eal_memory_begins_on_a_huge_page(void **state)
{
	assert_false(rte_eal_has_hugepages());
#ifdef __SANITIZE_ADDRESS__
	print_message("the sanitizer has the addresses that EAL takes: anywhere\n");
#else
	assert_true(begins_on_a_huge_page());
#endif
	assert_in_range(thp_eal_mib(1), 1, 1025);
	assert_int_equal(thp_eal_mib(thp_eal_mib(300)), thp_eal_mib(300));
}

struct walk {
	const struct rte_mempool *pool;
	uintptr_t last;
	unsigned apart; // from the one before
};

static void note_object(struct rte_mempool *pool, void *state, void *object, unsigned n)
{
	struct walk *w = state;
	uintptr_t at = (uintptr_t)object;
	size_t size = pool->header_size + pool->elt_size + pool->trailer_size;

	w->apart += w->last != 0 && at - w->last != size;
	w->last = at;
}

static void mbufs_lie_one_behind_the_other(void **state)
{
	struct rig *r = rig_build(rig_wire_yaml, handler_table);

	for (unsigned i = 0; i < r->plan->n_pools; i++) {
		struct rte_mempool *pool = r->instance.pools[i];
		struct walk w = {.pool = pool};

		assert_int_equal(rte_mempool_obj_iter(pool, note_object, &w), pool->size);
		assert_int_equal(w.apart, 0);
		// The plan's figure is what they take.
		assert_in_range(r->plan->pools[i].bytes,
			pool->size * (pool->header_size + pool->elt_size + pool->trailer_size),
			pool->size * 4096);
	}
	rig_run(r);
	rig_stop(r, &sum);
}

static void pools_lie_on_huge_pages_where_the_kernel_has_them(void **state)
{
	bool has = kernel_has_huge_pages() && begins_on_a_huge_page();
	size_t whole = 0;
	struct rig *r = rig_build(rig_wire_yaml, handler_table);

	print_message("there are %shuge pages for this memory\n", has ? "" : "no ");
	for (unsigned i = 0; i < r->plan->n_pools; i++) {
		struct rte_mempool *pool = r->instance.pools[i];
		size_t size = pool->header_size + pool->elt_size + pool->trailer_size;

		whole += pool->size * size / THP_BYTES * THP_BYTES;
	}
	assert_true(whole != 0);
	assert_int_equal(r->instance.huge_bytes, has ? whole : 0);
	assert_in_range(huge_octets(), has ? whole : 0, has ? SIZE_MAX : 0);
	rig_run(r);
	rig_stop(r, &sum);
}

static void what_is_there_stays_and_parts_of_pages_are_left_alone(void **state)
{
	size_t huge = kernel_has_huge_pages() ? THP_BYTES : 0, before = huge_octets();
	uint8_t *p = map_memfd();

	for (unsigned i = 0; i < PAGES * THP_BYTES; i++)
		p[i] = (uint8_t)(i * 7 + (i >> 12) + 1);
	assert_int_equal(thp_back(p + 1, 2 * THP_BYTES - 2), 0);
	assert_int_equal(huge_octets() - before, 0);
	assert_int_equal(thp_back(p + 1, 2 * THP_BYTES - 1), huge);
	assert_int_equal(thp_back(p, PAGES * THP_BYTES), PAGES * huge);
	assert_int_equal(huge_octets() - before, PAGES * huge);
	for (unsigned i = 0; i < PAGES * THP_BYTES; i++)
		assert_true(p[i] == (uint8_t)(i * 7 + (i >> 12) + 1));
	munmap(p, PAGES * THP_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eal_memory_begins_on_a_huge_page),
		// First of those with pools: nobody has written the memory yet.
		cmocka_unit_test(pools_lie_on_huge_pages_where_the_kernel_has_them),
		cmocka_unit_test(mbufs_lie_one_behind_the_other),
		cmocka_unit_test(what_is_there_stays_and_parts_of_pages_are_left_alone),
	};

	return cmocka_run_group_tests(tests, start_eal, stop_eal);
}
