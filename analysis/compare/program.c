#include "compare/program.h"

#include "base/cpu.h"
#include "base/file.h"
#include "base/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void say(const void *context, const char *message)
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

static int run(const struct facet_cli *cli, void *program)
{
    const struct facet_compare_program *p = program;
    struct facet_provenance *provenance = NULL;
    const double start = facet_cpu_seconds();
    int code = facet_provenance_new(&provenance, p->program->name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_file_mkdir(cli->output);
    if (code == FACET_OK) code = p->run(p->arguments, provenance);
    if (code == FACET_OK) code = finish(p, cli, facet_cpu_seconds() - start);
    facet_provenance_free(&provenance);
    return code;
}

static int take(int option, const char *value, void *program)
{
    const struct facet_compare_program *p = program;
    return p->option(p->arguments, option, value);
}

/* Of all options, once files, folder and threads are there with them. */
static const char *find_fault(const struct facet_cli *cli, void *program)
{
    const struct facet_compare_program *p = program;
    struct facet_session_options *o = p->compare;
    o->paths = (const char *const *)cli->arguments;
    o->path_count = (size_t)cli->argument_count;
    o->folder = cli->output;
    o->threads = cli->threads;
    o->say = say;
    o->context = cli;
    if (p->quiet != NULL) *p->quiet = cli->quiet;
    return o->folder == NULL ? "expected a folder for the tables: -o DIR" : p->fault(p->arguments);
}

int facet_compare_main(const struct facet_compare_program *program, int argc, char **argv)
{
    const struct facet_cli_steps steps = {take, find_fault, run};
    struct facet_compare_program p = *program;
    const int status = facet_cli_run(p.program, &steps, &p, argc, argv);
    p.release(p.arguments);
    return status;
}

void facet_compare_interval(double low, double high, char text[48])
{
    if (isnan(low) || isnan(high))
        snprintf(text, 48, "NA");
    else
        snprintf(text, 48, "%.2f to %.2f", 100 * low, 100 * high);
}
