/* base/cli: the command line, the same in every program.
 *
 * A program describes itself once; help, usage errors and the common options come from that
 * description. Common options: -h --help, --version; with `output` set, -o --output; with `threads`
 * set, -t --threads; always -q --quiet and -v --verbose. Help goes to stdout with exit status 0,
 * misuse to stderr with 2; a failure is printed by facet_cli_failure() and exits with 1.
 *
 *     static const struct facet_option options[] = {
 *         {'m', "model", "FILE", "model to run (.h5)"},
 *         {'L', "layers", "A,B,..", "layers to write (default fc1,fc2,fc3,fc4)"},
 *         {0},
 *     };
 *     static const struct facet_program program = {
 *         .name = "facet-dump", .summary = "runs a network over images", .arguments = "",
 *         .output = "OUT.h5", .options = options, ...};
 *     int main(int argc, char **argv) {
 *         struct facet_cli cli;
 *         int option;
 *         facet_cli_begin(&cli, &program, argc, argv);
 *         while ((option = facet_cli_next(&cli)) > 0)
 *             switch (option) { case 'm': model = cli.value; break; ... }
 *         if (option < 0) return cli.status;                  // help, version or misuse
 *         if (run(...) < 0) return facet_cli_failure(&cli);   // prints the message, gives 1
 *         return facet_cli_success(&cli);                     // 1 if stdout could not be written
 *     }
 *
 * or, where options go to a function: status = facet_cli_run(&program, &steps, &options, argc,
 * argv).
 */
#ifndef FACET_BASE_CLI_H
#define FACET_BASE_CLI_H

#include "base/error.h"

#include <signal.h>

struct facet_option {
    int key;              /* a letter that works as short option, or a value >= 256 without one */
    const char *name;     /* long name without the dashes */
    const char *argument; /* name of its argument in the help, NULL for a flag */
    const char *help;     /* what it does and its default; lines are wrapped */
};

struct facet_program {
    const char *name;
    const char *summary;              /* one sentence, no capital, no full stop */
    const char *arguments;            /* positional arguments as in the usage line, "" for none */
    int min_arguments, max_arguments; /* max < 0: no limit */
    const char *output; /* argument name and meaning of -o, e.g. "OUT.h5"; NULL: no -o */
    const char *output_help;
    int threads;                        /* nonzero: has -t, default the number of usable cores */
    const char *example;                /* one command a line */
    const struct facet_option *options; /* ends with a zeroed entry */
    const char *notes;                  /* further paragraphs of the help, or NULL */
    const char *see_also;
};

struct facet_cli {
    const struct facet_program *program;
    int argc;
    char **argv;
    const char *value;  /* argument of the option just returned */
    const char *output; /* -o, or NULL */
    int threads;        /* -t, 1 .. 1024 */
    int quiet, verbose;
    int status;       /* exit status once facet_cli_next() returned < 0 */
    char **arguments; /* positional arguments once it returned 0 */
    int argument_count;
    void *tables; /* getopt's tables; private */
};

void facet_cli_begin(struct facet_cli *cli, const struct facet_program *program, int argc,
                     char **argv);
/* The next option's key; 0 when all are read; -1 when the program should return cli->status. */
int facet_cli_next(struct facet_cli *cli);
/* Misuse found by the program itself: prints the message and the hint to --help, gives 2. */
int facet_cli_misuse(struct facet_cli *cli, const char *format, ...) FACET_PRINTF(2, 3);
/* Prints facet_error_message() and gives 1. */
int facet_cli_failure(struct facet_cli *cli);
/* From here on SIGINT and SIGTERM don't end the program but set the flag that is returned, for work
 * that must stop at a good place. */
const volatile sig_atomic_t *facet_cli_interrupts(void);
/* Flushes stdout; gives 0, or 1 with a message when that failed. */
int facet_cli_success(struct facet_cli *cli);
/* What a program does, all given its options: takes one of them (a failure is a misuse), says what
 * is wrong with them together (NULL: nothing), runs. */
struct facet_cli_steps {
    int (*take)(int option, const char *value, void *options);
    const char *(*fault)(const struct facet_cli *cli, void *options);
    int (*run)(const struct facet_cli *cli, void *options);
};

/* These steps in turn; gives the exit status. */
int facet_cli_run(const struct facet_program *program, const struct facet_cli_steps *steps,
                  void *options, int argc, char **argv);
/* A line on stderr unless -q: notes, warnings, the closing line. */
void facet_cli_say(const struct facet_cli *cli, const char *format, ...) FACET_PRINTF(2, 3);

#endif
