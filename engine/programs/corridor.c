#include "programs/corridor.h"

#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "dump/mean_face.h"
#include "dump/preview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void facet_corridor_begin(struct facet_corridor *c, char *program)
{
    *c = (struct facet_corridor){
        .batch = 64,
        .preview_count = 60,
        .occlude_seed = -1,
        .flush = 5,
        .kept = {program},
        .kept_count = 1,
    };
}

/* Notes an option for the file's history, by its long name, unless it only changes how the file is
 * made: the same activations have the same history. */
static int keep_option(struct facet_corridor *c, const struct facet_cli *cli, int option)
{
    static const int how[] = {FACET_CORRIDOR_BATCH,   FACET_CORRIDOR_RESUME,
                              FACET_CORRIDOR_FORCE,   FACET_CORRIDOR_FLUSH,
                              FACET_CORRIDOR_PREVIEW, FACET_CORRIDOR_PREVIEW_COUNT,
                              FACET_CORRIDOR_PROFILE, FACET_CORRIDOR_MEAN_FACE};
    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        if (option == how[i]) return FACET_OK;
    const struct facet_option *o = cli->program->options;
    while (o->key != option) o++;
    char *name = facet_format("--%s", o->name);
    if (name == NULL) return FACET_ENOMEM;
    if (c->kept_count + 2 > FACET_CORRIDOR_KEPT) {
        free(name);
        return facet_fail(FACET_EINVAL, "too many options");
    }
    c->kept[c->kept_count++] = name;
    if (cli->value == NULL) return FACET_OK;
    c->kept[c->kept_count] = facet_strdup(cli->value);
    return c->kept[c->kept_count++] == NULL ? FACET_ENOMEM : FACET_OK;
}

int facet_corridor_option(struct facet_corridor *c, const struct facet_cli *cli, int option)
{
    const char *value = cli->value;
    int code = keep_option(c, cli, option);
    if (code < 0) return code;
    code = facet_images_option(&c->images, option, value);
    if (code != 0) return code;
    switch (option) {
    case FACET_CORRIDOR_MIRROR:
        c->mirror = 1;
        break;
    case FACET_CORRIDOR_OCCLUDE:
        c->occlude = value;
        break;
    case FACET_CORRIDOR_FILL:
        c->fill = value;
        break;
    case FACET_CORRIDOR_OCCLUDE_SEED:
        code = facet_parse_int("--occlude-seed", value, 0, INT64_MAX, &c->occlude_seed);
        break;
    case FACET_CORRIDOR_BATCH:
        code = facet_parse_int("--batch", value, 1, 65536, &c->batch);
        break;
    case FACET_CORRIDOR_RESUME:
        c->resume = 1;
        break;
    case FACET_CORRIDOR_FORCE:
        c->force = 1;
        break;
    case FACET_CORRIDOR_MISSING:
        c->allow_missing = 1;
        break;
    case FACET_CORRIDOR_HALF:
        c->half = 1;
        break;
    case FACET_CORRIDOR_PROFILE:
        c->profile = 1;
        break;
    case FACET_CORRIDOR_FLUSH:
        code = facet_parse_real("--flush", value, 0, 86400, &c->flush);
        break;
    case FACET_CORRIDOR_PREVIEW:
        c->preview = value;
        break;
    case FACET_CORRIDOR_MEAN_FACE:
        c->mean_face = value;
        break;
    case FACET_CORRIDOR_PREVIEW_COUNT:
        code = facet_parse_int("--preview-count", value, 1, 10000, &c->preview_count);
        break;
    default:
        return 0;
    }
    return code < 0 ? code : 1;
}

int facet_corridor_check(const struct facet_corridor *c, struct facet_cli *cli, const char *lacking)
{
    if (c->images.images == NULL)
        lacking = "--images";
    else if (lacking == NULL && cli->output == NULL && c->preview == NULL && c->mean_face == NULL)
        lacking = "-o, --preview or --mean-face";
    if (lacking != NULL) return cli->status = facet_cli_misuse(cli, "%s is needed", lacking), -1;
    if (c->occlude == NULL && (c->fill != NULL || c->occlude_seed >= 0))
        return cli->status = facet_cli_misuse(cli, "--fill and --occlude-seed belong to --occlude"),
               -1;
    if (c->resume && c->force)
        return cli->status = facet_cli_misuse(cli, "--resume and --force exclude each other"), -1;
    return 0;
}

/* ---- setting up ---- */

int facet_corridor_open(struct facet_corridor *c, const struct facet_cli *cli)
{
    int code = facet_provenance_new(&c->run, cli->program->name, c->kept_count, c->kept);
    return code == FACET_OK ? facet_images_read(&c->images, cli, &c->manifest) : code;
}

static int choose_occlusions(struct facet_corridor *c)
{
    const char *fill = c->fill != NULL ? c->fill : "black";
    const int64_t seed = c->occlude_seed >= 0 ? c->occlude_seed : 1;
    int code =
        facet_occlusions_new(&c->occlusions, c->occlude, fill, (uint64_t)seed, &c->preprocess);
    return code == FACET_OK ? facet_occlusions_describe(c->occlusions, &c->occlusion) : code;
}

int facet_corridor_see(struct facet_corridor *c)
{
    int code = facet_images_align(&c->images, c->manifest, &c->preprocess);
    if (code == FACET_OK && c->occlude != NULL) code = choose_occlusions(c);
    if (code == FACET_OK)
        code = facet_views_new(&c->views, &c->preprocess, c->occlusions, c->mirror);
    if (code == FACET_OK && c->views->landmarks && c->manifest->landmarks == NULL)
        code = facet_fail(FACET_EINVAL,
                          "%s: eyes and mouth are hidden by landmarks and there are none: give "
                          "--landmarks",
                          c->manifest->path);
    return code;
}

void facet_corridor_plan(struct facet_corridor *c, const struct facet_cli *cli,
                         const struct facet_compute *compute)
{
    const size_t batch = (size_t)c->batch / c->views->count;
    c->job = (struct facet_dump){
        .program = cli->program->name,
        .manifest = c->manifest,
        .views = c->views,
        .compute = compute,
        .batch = batch > 0 ? batch : 1,
        .threads = cli->threads,
        .flush = c->flush,
        .allow_missing = c->allow_missing,
        .quiet = cli->quiet,
    };
    c->spec.manifest = c->manifest;
    c->spec.layers = compute->layers;
    c->spec.layer_count = compute->layer_count;
    c->spec.half = c->half;
    c->spec.preprocess = &c->preprocess;
    c->spec.run = c->run;
    c->spec.views = (const char *const *)c->views->names;
    c->spec.view_count = c->views->count;
    c->spec.occlusion = c->occlusion;
}

void facet_corridor_close(struct facet_corridor *c)
{
    facet_acts_close(&c->writer);
    facet_views_free(&c->views);
    facet_occlusions_free(&c->occlusions);
    free(c->occlusion);
    facet_manifest_free(&c->manifest);
    facet_provenance_free(&c->run);
    for (int i = 1; i < c->kept_count; i++) free(c->kept[i]);
}

/* ---- running ---- */

static int say_estimate(const struct facet_cli *cli, const struct facet_corridor *c)
{
    char memory[32], disk[32], duration[32];
    double seconds;
    int code = facet_dump_probe(&c->job, &seconds);
    if (code < 0) return code;
    seconds *= (double)c->manifest->count / c->job.threads;
    facet_progress_bytes(facet_dump_memory(&c->job) + facet_acts_memory(&c->spec), memory);
    facet_progress_bytes(facet_acts_size(&c->spec), disk);
    facet_cli_say(cli, "%zu images, %zu layers, kernels %s: about %s of memory, %s on disk, %s",
                  c->manifest->count, c->spec.layer_count, c->spec.kernels, memory, disk,
                  facet_progress_time(seconds, duration));
    return FACET_OK;
}

static void say_done(const struct facet_cli *cli, const struct facet_corridor *c,
                     const struct facet_dump_result *result)
{
    char duration[32], missing[64] = "";
    if (result->missing > 0)
        snprintf(missing, sizeof missing, ", %zu of them missing", result->missing);
    facet_cli_say(cli, "%s: %zu images%s in %s (%.0f images/s)", cli->output, result->rows, missing,
                  facet_progress_time(result->seconds, duration),
                  result->seconds > 0 ? (double)result->rows / result->seconds : 0.0);
    if (cli->verbose)
        facet_cli_say(cli,
                      "busy: decode and align %.1f s, %s %.1f s (over %d threads), writing "
                      "%.1f s; peak memory %s",
                      result->decode_seconds, c->job.compute->name, result->compute_seconds,
                      c->job.threads, result->write_seconds,
                      facet_progress_bytes((double)facet_cpu_peak_memory(), duration));
}

static void print_row(const char *name, const char *how, double seconds, double all, double images,
                      const struct facet_run_step *step)
{
    printf("%-24s %-23s %9.1f %6.1f%%", name, how, 1e6 * seconds / images, 100 * seconds / all);
    if (step != NULL && step->macs > 0)
        printf(" %9.2f %9.2f %9.1f", step->macs / 1e6, step->multiplications / 1e6,
               2e-9 * step->multiplications * images / seconds);
    printf("\n");
}

/* Where the time went: all threads together, an image (a view) as the unit. */
static void print_profile(const struct facet_corridor *c, const struct facet_dump_result *result)
{
    const double images = (double)(result->rows * c->spec.view_count);
    const double all = result->decode_seconds + result->compute_seconds + result->write_seconds;
    double macs = 0, done = 0;
    if (images == 0) return;
    printf("%-24s %-23s %9s %7s %9s %9s %9s\n", "step", "how", "us/image", "share", "MMAC", "done",
           "GFLOP/s");
    print_row("decode and align", "", result->decode_seconds, all, images, NULL);
    for (size_t i = 0; i < result->step_count; i++) {
        const struct facet_run_step *step = &result->steps[i];
        print_row(step->name, step->way, step->seconds, all, images, step);
        macs += step->macs;
        done += step->multiplications;
    }
    print_row("write", "", result->write_seconds, all, images, NULL);
    const struct facet_run_step sum = {.macs = macs, .multiplications = done};
    print_row("all", "", all, all, images, &sum);
    printf(
        "\n%.0f images on %d threads, kernels %s; MMAC: multiply-adds an image as the formula has "
        "them, done:\nmultiplications that are left of them; GFLOP/s: twice these a second.\n",
        images, c->job.threads, c->spec.kernels);
}

/* Decides what an existing OUT.h5 means; *finished if there is nothing left to do. */
static int check_output(const struct facet_cli *cli, const struct facet_corridor *c, int *finished)
{
    *finished = 0;
    if (c->force) {
        char *partial = facet_format("%s.partial", cli->output);
        if (partial == NULL) return FACET_ENOMEM;
        unlink(partial);
        free(partial);
    }
    if (c->force || access(cli->output, F_OK) != 0) return FACET_OK;
    if (!c->resume) return facet_fail(FACET_EINVAL, "%s: exists: --force replaces it", cli->output);
    int code = facet_acts_same(cli->output, &c->spec);
    *finished = code == FACET_OK;
    if (*finished) facet_cli_say(cli, "%s: is complete already", cli->output);
    return code;
}

static void note(void *context, const char *message)
{
    facet_cli_say(context, "left out: %s", message);
}

static int dump(struct facet_cli *cli, struct facet_corridor *c)
{
    size_t done = 0;
    int finished;
    struct facet_dump_result result;
    c->job.note = note;
    c->job.note_context = cli;
    int code = check_output(cli, c, &finished);
    if (code < 0 || finished) return code;
    code = say_estimate(cli, c);
    if (code == FACET_OK && !c->resume)
        code = facet_file_check_room(cli->output, facet_acts_size(&c->spec));
    if (code == FACET_OK)
        code = facet_acts_create(&c->writer, cli->output, &c->spec, c->resume, &done);
    if (code < 0) return code;
    if (done > 0) facet_cli_say(cli, "%s: going on after %zu finished images", cli->output, done);
    c->job.interrupted = facet_cli_interrupts();
    code = facet_dump_run(&c->job, c->writer, done, &result);
    if (code == FACET_OK) code = facet_acts_commit(&c->writer);
    if (code == FACET_OK) say_done(cli, c, &result);
    if (code == FACET_OK && c->profile) print_profile(c, &result);
    free(result.steps);
    return code;
}

int facet_corridor_run(struct facet_corridor *c, struct facet_cli *cli)
{
    int code = FACET_OK;
    if (c->preview != NULL) {
        code = facet_dump_preview(&c->job, (size_t)c->preview_count, c->preview);
        if (code == FACET_OK) facet_cli_say(cli, "%s: contact sheet", c->preview);
    }
    if (code == FACET_OK && c->mean_face != NULL) {
        code = facet_dump_mean_face(&c->job, c->mean_face, c->run);
        if (code == FACET_OK) facet_cli_say(cli, "%s: mean face", c->mean_face);
    }
    return code == FACET_OK && cli->output != NULL ? dump(cli, c) : code;
}
