#include "base/cli.h"

#include "base/cpu.h"
#include "base/parse.h"
#include "base/provenance.h"

#include <ctype.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_VERSION = 0x7000, MAX_OPTIONS = 64, HELP_COLUMN = 30, HELP_WIDTH = 96 };

struct tables {
    struct option longs[MAX_OPTIONS + 8];
    char shorts[3 * MAX_OPTIONS + 32];
};

static void add_option(struct tables *t, int *n, int key, const char *name, int has_argument)
{
    t->longs[(*n)++] =
        (struct option){name, has_argument ? required_argument : no_argument, NULL, key};
    if (key < 256 && isalpha(key)) {
        char text[3] = {(char)key, has_argument ? ':' : '\0', '\0'};
        strcat(t->shorts, text);
    }
}

void facet_cli_begin(struct facet_cli *cli, const struct facet_program *program, int argc,
                     char **argv)
{
    *cli = (struct facet_cli){.program = program, .argc = argc, .argv = argv};
    cli->threads = facet_cpu_count();
    struct tables *t = facet_alloc(1, sizeof *t, "command line");
    cli->tables = t;
    optind = 1;
    if (t == NULL) return;
    int n = 0;
    strcpy(t->shorts, ":"); /* getopt returns ':' for a missing argument and prints nothing */
    for (const struct facet_option *o = program->options; o->name != NULL && n < MAX_OPTIONS; o++)
        add_option(t, &n, o->key, o->name, o->argument != NULL);
    if (program->output != NULL) add_option(t, &n, 'o', "output", 1);
    if (program->threads) add_option(t, &n, 't', "threads", 1);
    add_option(t, &n, 'q', "quiet", 0);
    add_option(t, &n, 'v', "verbose", 0);
    add_option(t, &n, 'h', "help", 0);
    add_option(t, &n, KEY_VERSION, "version", 0);
}

/* Prints `text` from `column` on, its words wrapped at HELP_WIDTH; `at` is the current column. */
static void print_wrapped(const char *text, int at, int column)
{
    int begun = 0; /* a word stands in this line */
    while (*text != '\0') {
        int length = (int)strcspn(text, " \n");
        if (begun && at + 1 + length > HELP_WIDTH) {
            putchar('\n');
            begun = at = 0;
        }
        if (length > 0) {
            int blanks = begun ? 1 : column - at;
            at += printf("%*s%.*s", blanks > 0 ? blanks : 0, "", length, text);
            begun = 1;
        }
        text += length;
        if (*text == '\n') {
            putchar('\n');
            begun = at = 0;
        }
        if (*text != '\0') text++;
    }
    putchar('\n');
}

/* Prints lines as they are, two columns in: a command must be one line to be copied. */
static void print_indented(const char *text)
{
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");
        printf("  %.*s\n", length, text);
        text += length;
        if (*text == '\n') text++;
    }
}

static void print_option(int key, const char *name, const char *argument, const char *help)
{
    int at =
        key < 256 && isalpha(key) ? printf("  -%c, --%s", key, name) : printf("      --%s", name);
    if (argument != NULL) at += printf(" %s", argument);
    if (at >= HELP_COLUMN) {
        putchar('\n');
        at = 0;
    }
    print_wrapped(help, at, HELP_COLUMN);
}

static void print_help(const struct facet_program *p)
{
    printf("%s: %s\n\nUsage: %s [OPTION]...%s%s\n", p->name, p->summary, p->name,
           p->arguments[0] != '\0' ? " " : "", p->arguments);
    if (p->example != NULL) {
        printf("\nExample:\n");
        print_indented(p->example);
    }
    printf("\nOptions:\n");
    for (const struct facet_option *o = p->options; o->name != NULL; o++)
        print_option(o->key, o->name, o->argument, o->help);
    if (p->output != NULL) print_option('o', "output", p->output, p->output_help);
    if (p->threads) print_option('t', "threads", "N", "threads to use (default: all cores)");
    print_option('q', "quiet", NULL, "only errors on stderr");
    print_option('v', "verbose", NULL, "more on stderr");
    print_option('h', "help", NULL, "this text");
    print_option(KEY_VERSION, "version", NULL, "version and build");
    if (p->notes != NULL) {
        putchar('\n');
        print_wrapped(p->notes, 0, 0);
    }
    if (p->see_also != NULL) printf("\nSee also: %s\n", p->see_also);
}

static void release(struct facet_cli *cli)
{
    free(cli->tables);
    cli->tables = NULL;
}

static int stop(struct facet_cli *cli, int status)
{
    cli->status = status;
    release(cli);
    return -1;
}

int facet_cli_misuse(struct facet_cli *cli, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "%s: ", cli->program->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry '%s --help'.\n", cli->program->name);
    release(cli);
    return 2;
}

static int check_arguments(struct facet_cli *cli)
{
    const struct facet_program *p = cli->program;
    cli->arguments = cli->argv + optind;
    cli->argument_count = cli->argc - optind;
    if (cli->argument_count < p->min_arguments)
        return stop(cli, facet_cli_misuse(cli, "expected %s", p->arguments));
    if (p->max_arguments >= 0 && cli->argument_count > p->max_arguments)
        return stop(cli, facet_cli_misuse(cli, "unexpected argument \"%s\"",
                                          cli->arguments[p->max_arguments]));
    release(cli);
    return 0;
}

int facet_cli_next(struct facet_cli *cli)
{
    struct tables *t = cli->tables;
    if (t == NULL) return stop(cli, facet_cli_failure(cli));
    for (;;) {
        int key = getopt_long(cli->argc, cli->argv, t->shorts, t->longs, NULL);
        int64_t number;
        cli->value = optarg;
        switch (key) {
        case -1:
            return check_arguments(cli);
        case 'h':
            print_help(cli->program);
            return stop(cli, facet_cli_success(cli));
        case KEY_VERSION:
            printf("%s: %s\n", cli->program->name, facet_provenance_source());
            return stop(cli, facet_cli_success(cli));
        case 'q':
            cli->quiet = 1;
            break;
        case 'v':
            cli->verbose = 1;
            break;
        case 'o':
            if (cli->program->output == NULL) return key;
            cli->output = optarg;
            break;
        case 't':
            if (!cli->program->threads) return key;
            if (facet_parse_int("--threads", optarg, 1, 1024, &number) < 0)
                return stop(cli, facet_cli_misuse(cli, "%s", facet_error_message()));
            cli->threads = (int)number;
            break;
        case ':':
            return stop(cli, facet_cli_misuse(cli, "%s needs an argument", cli->argv[optind - 1]));
        case '?':
            return stop(cli, facet_cli_misuse(cli, "unknown option %s", cli->argv[optind - 1]));
        default:
            return key;
        }
    }
}

int facet_cli_failure(struct facet_cli *cli)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s\n", cli->program->name, facet_error_message());
    return 1;
}

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

const volatile sig_atomic_t *facet_cli_interrupts(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &interrupted;
}

int facet_cli_success(struct facet_cli *cli)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "%s: standard output: cannot write\n", cli->program->name);
        return 1;
    }
    return 0;
}

void facet_cli_say(const struct facet_cli *cli, const char *format, ...)
{
    if (cli->quiet) return;
    va_list args;
    fprintf(stderr, "%s: ", cli->program->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

int facet_cli_run(const struct facet_program *program, const struct facet_cli_steps *steps,
                  void *options, int argc, char **argv)
{
    struct facet_cli cli;
    int option;
    facet_cli_begin(&cli, program, argc, argv);
    while ((option = facet_cli_next(&cli)) > 0)
        if (steps->take(option, cli.value, options) < 0)
            return facet_cli_misuse(&cli, "%s", facet_error_message());
    if (option < 0) return cli.status;
    const char *fault = steps->fault(&cli, options);
    if (fault != NULL) return facet_cli_misuse(&cli, "%s", fault);
    return steps->run(&cli, options) < 0 ? facet_cli_failure(&cli) : facet_cli_success(&cli);
}
