#include "compare/program.h"

#include "base/cpu.h"
#include "base/file.h"
#include "base/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void say(void *context, const char *message)
{
    facet_cli_say(context, "%s", message);
}

static int finish(const struct facet_compare_program *p, const struct facet_cli *cli,
                  double seconds)
{
    char took[32], memory[32], *done = p->print(p->arguments);
    if (done == NULL) return FACET_ENOMEM;
    facet_cli_say(cli, "%s in %s (%s, %s)", done, cli->output, facet_progress_time(seconds, took),
                  facet_progress_bytes((double)facet_cpu_peak_memory(), memory));
    free(done);
    return FACET_OK;
}

static int run(const struct facet_compare_program *p, struct facet_cli *cli)
{
    struct facet_provenance *provenance = NULL;
    const double start = facet_cpu_seconds();
    int code = facet_provenance_new(&provenance, p->program->name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_file_mkdir(cli->output);
    if (code == FACET_OK) code = p->run(p->arguments, provenance);
    if (code == FACET_OK) code = finish(p, cli, facet_cpu_seconds() - start);
    facet_provenance_free(&provenance);
    return code;
}

static int start(const struct facet_compare_program *p, struct facet_cli *cli)
{
    struct facet_session_options *o = p->compare;
    o->paths = (const char *const *)cli->arguments;
    o->path_count = (size_t)cli->argument_count;
    o->folder = cli->output;
    o->threads = cli->threads;
    o->say = say;
    o->context = cli;
    if (p->quiet != NULL) *p->quiet = cli->quiet;
    const char *fault =
        o->folder == NULL ? "expected a folder for the tables: -o DIR" : p->fault(p->arguments);
    if (fault != NULL) return facet_cli_misuse(cli, "%s", fault);
    return run(p, cli) < 0 ? facet_cli_failure(cli) : facet_cli_success(cli);
}

int facet_compare_main(const struct facet_compare_program *p, int argc, char **argv)
{
    struct facet_cli cli;
    int option, code = FACET_OK, status;
    facet_cli_begin(&cli, p->program, argc, argv);
    while (code == FACET_OK && (option = facet_cli_next(&cli)) > 0)
        code = p->option(p->arguments, option, cli.value);
    if (code < 0)
        status = facet_cli_misuse(&cli, "%s", facet_error_message());
    else
        status = option < 0 ? cli.status : start(p, &cli);
    p->release(p->arguments);
    return status;
}

void facet_compare_interval(double low, double high, char text[48])
{
    if (isnan(low) || isnan(high))
        snprintf(text, 48, "NA");
    else
        snprintf(text, 48, "%.2f to %.2f", 100 * low, 100 * high);
}
