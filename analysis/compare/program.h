/* compare/program: what the mains of programs that compare images have in common: the command line
 * is read, everything is measured, the results are printed, and a last line says what was done.
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct arguments a = {.run = {.compare = FACET_SESSION_DEFAULTS}};
 *         const struct facet_compare_program all = {&program, &a, &a.run.compare, parse_option,
 *                                                   find_fault, run, print_lines, release, NULL};
 *         return facet_compare_main(&all, argc, argv);
 *     }
 */
#ifndef FACET_COMPARE_PROGRAM_H
#define FACET_COMPARE_PROGRAM_H

#include "base/cli.h"
#include "compare/session.h"

struct facet_compare_program {
    const struct facet_program *program;
    void *arguments; /* of the functions below */
    /* in them: files, folder, threads and what says things are set when the options are read */
    struct facet_session_options *compare;
    /* Takes an option; FACET_EINVAL says what is wrong with its value. */
    int (*option)(void *arguments, int option, const char *value);
    /* What is wrong with the options together, NULL if nothing; -o is there. */
    const char *(*fault)(void *arguments);
    int (*run)(void *arguments, struct facet_provenance *run);
    /* Prints the results; gives what was done, "600 pairs compared; tables", to which the folder is
     * added and how long it took. The caller frees it; NULL as facet_format(). */
    char *(*print)(const void *arguments);
    void (*release)(void *arguments); /* always called in the end */
    int *quiet;                       /* set by -q; NULL if nobody asks */
};

/* The exit status. */
int facet_compare_main(const struct facet_compare_program *program, int argc, char **argv);

/* "97.10 to 98.25" of an estimate's interval in per cent, "NA" without one. */
void facet_compare_interval(double low, double high, char text[48]);

#endif
