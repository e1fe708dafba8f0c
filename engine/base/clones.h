/* base/clones: compile a plain loop for several instruction sets and choose at run time.
 *
 * Only loops whose result cannot depend on the vector width carry FACET_CLONES: each output element
 * is accumulated in its own order, nothing is reassociated, and contraction to FMA is off in the
 * whole build, so that all versions give the same bits. What such a loop calls must be inlined, by
 * force if it is long: else it is compiled once, without the clone's instructions.
 */
#ifndef FACET_BASE_CLONES_H
#define FACET_BASE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__gnu_linux__) &&   \
    !defined(__SANITIZE_ADDRESS__)
#define FACET_CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define FACET_CLONES
#endif

#endif
