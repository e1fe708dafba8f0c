/* facet-dump: runs a network over images and writes the activations of chosen layers. */
#include "dump/dump.h"
#include "base/cli.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "dump/preview.h"
#include "programs/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MIRROR = 256,
    OCCLUDE,
    FILL,
    OCCLUDE_SEED,
    BATCH,
    RESUME,
    HALF,
    MISSING,
    FLUSH,
    KERNELS,
    PREVIEW,
    PREVIEW_COUNT,
    FORCE,
    PROFILE
};

static const struct facet_option options[] = {
    {'m', "model", "MODEL.h5", "network to run (see facet-model)"},
    FACET_IMAGES_OPTIONS,
    {'L', "layers", "A,B,..", "layers to write (default fc1,fc2,fc3,fc4); facet-info lists them"},
    {MIRROR, "mirror", NULL, "also write each image's mirror image, as a second view"},
    {OCCLUDE, "occlude", "A,B,..",
     "also write each image with a part hidden, a view each: bottom:P, top:P, left:P, right:P "
     "(percent of the face), block:S (a square of S pixels on a face 94 wide, placed at random), "
     "block:SxN (N of them), eyes, mouth (from landmarks); several levels as bottom:10-70/10"},
    {FILL, "fill", "WHAT", "what hides it: black (default), grey, mean, noise or blur"},
    {OCCLUDE_SEED, "occlude-seed", "N", "seed of squares and noise (default 1)"},
    {BATCH, "batch", "N",
     "faces a batch, all views counted (default 64); changes memory, not results"},
    {RESUME, "resume", NULL, "go on with OUT.h5.partial where a run was cut off"},
    {FORCE, "force", NULL, "replace OUT.h5, and drop OUT.h5.partial"},
    {MISSING, "allow-missing", NULL, "images that cannot be read become counted rows of NaN"},
    {HALF, "half", NULL, "write float16 instead of float32"},
    {KERNELS, "kernels", "SET", "kernels to use (default: the fastest; or FACET_KERNELS)"},
    {PROFILE, "profile", NULL, "print a table of time and arithmetic by layer"},
    {FLUSH, "flush", "SECONDS", "time between two safe points of the file (default 5)"},
    {PREVIEW, "preview", "FILE.png",
     "write a contact sheet of what the network sees; without -o "
     "nothing else is done"},
    {PREVIEW_COUNT, "preview-count", "N", "images on the contact sheet (default 60)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-dump",
    .summary = "runs a network over images and writes its activations to HDF5",
    .arguments = "",
    .output = "OUT.h5",
    .output_help = "activation file to write",
    .threads = 1,
    .example =
        "facet-dump --model model.h5 --images lfw/ --landmarks points.tsv --mirror -o lfw.h5",
    .options = options,
    .notes =
        "The same images and model give the same values whatever --batch and --threads are. "
        "After a kill, the same command with --resume goes on and the result is the same file.",
    .see_also = "facet-model, facet-info, facet-synth, facet-sparsity",
};

enum { KEPT = 128 };

struct request {
    struct facet_images images;
    const char *model, *layers, *kernels, *preview, *occlude, *fill;
    int mirror, resume, force, half, allow_missing, profile;
    int64_t batch, preview_count, occlude_seed;
    double flush;
    char *kept[KEPT]; /* command line of the history, from the program's name on */
    int kept_count;
};

/* Everything a run holds, so that one function can let go of it. */
struct session {
    struct facet_provenance *run;
    struct facet_manifest *manifest;
    struct facet_model *model;
    struct facet_net *net;
    size_t *tensors;
    struct facet_acts_layer *layers;
    struct facet_acts_writer *writer;
    struct facet_preprocess preprocess;
    struct facet_occlusions *occlusions;
    struct facet_views *views;
    char *occlusion; /* in words, for the file */
    struct facet_acts_spec spec;
    struct facet_dump job;
};

/* Notes an option for the file's history, by its long name, unless it only changes how the file is
 * made: the same activations have the same history. */
static int keep_option(struct request *r, int option, const char *value)
{
    static const int how[] = {BATCH, RESUME, FORCE, FLUSH, PREVIEW, PREVIEW_COUNT, PROFILE};
    for (size_t i = 0; i < sizeof how / sizeof *how; i++)
        if (option == how[i]) return FACET_OK;
    const struct facet_option *o = options;
    while (o->key != option) o++;
    char *name = facet_format("--%s", o->name);
    if (name == NULL) return FACET_ENOMEM;
    if (r->kept_count + 2 > KEPT) {
        free(name);
        return facet_fail(FACET_EINVAL, "too many options");
    }
    r->kept[r->kept_count++] = name;
    if (value == NULL) return FACET_OK;
    r->kept[r->kept_count] = facet_strdup(value);
    return r->kept[r->kept_count++] == NULL ? FACET_ENOMEM : FACET_OK;
}

static int read_option(struct request *r, int option, const char *value)
{
    if (keep_option(r, option, value) < 0) return FACET_EINVAL;
    int code = facet_images_option(&r->images, option, value);
    if (code != 0) return code < 0 ? code : FACET_OK;
    switch (option) {
    case 'm':
        r->model = value;
        return FACET_OK;
    case 'L':
        r->layers = value;
        return FACET_OK;
    case MIRROR:
        r->mirror = 1;
        return FACET_OK;
    case OCCLUDE:
        r->occlude = value;
        return FACET_OK;
    case FILL:
        r->fill = value;
        return FACET_OK;
    case OCCLUDE_SEED:
        return facet_parse_int("--occlude-seed", value, 0, INT64_MAX, &r->occlude_seed);
    case BATCH:
        return facet_parse_int("--batch", value, 1, 65536, &r->batch);
    case RESUME:
        r->resume = 1;
        return FACET_OK;
    case FORCE:
        r->force = 1;
        return FACET_OK;
    case MISSING:
        r->allow_missing = 1;
        return FACET_OK;
    case HALF:
        r->half = 1;
        return FACET_OK;
    case KERNELS:
        r->kernels = value;
        return FACET_OK;
    case PROFILE:
        r->profile = 1;
        return FACET_OK;
    case FLUSH:
        return facet_parse_real("--flush", value, 0, 86400, &r->flush);
    case PREVIEW:
        r->preview = value;
        return FACET_OK;
    case PREVIEW_COUNT:
        return facet_parse_int("--preview-count", value, 1, 10000, &r->preview_count);
    default:
        return facet_fail(FACET_EINVAL, "unknown option");
    }
}

static int read_command_line(struct facet_cli *cli, struct request *r)
{
    int option;
    while ((option = facet_cli_next(cli)) > 0)
        if (read_option(r, option, cli->value) < 0)
            return cli->status = facet_cli_misuse(cli, "%s", facet_error_message()), -1;
    if (option < 0) return -1;
    const char *lacking = r->images.images == NULL                    ? "--images"
                          : r->model == NULL                          ? "--model"
                          : cli->output == NULL && r->preview == NULL ? "-o or --preview"
                                                                      : NULL;
    if (lacking != NULL) return cli->status = facet_cli_misuse(cli, "%s is needed", lacking), -1;
    if (r->occlude == NULL && (r->fill != NULL || r->occlude_seed >= 0))
        return cli->status = facet_cli_misuse(cli, "--fill and --occlude-seed belong to --occlude"),
               -1;
    if (r->resume && r->force)
        return cli->status = facet_cli_misuse(cli, "--resume and --force exclude each other"), -1;
    return 0;
}

/* ---- setting up ---- */

static int choose_layers(const struct request *r, struct session *s)
{
    char **names;
    size_t count;
    int code = facet_parse_list("--layers", r->layers, ',', &names, &count);
    if (code < 0) return code;
    s->tensors = facet_alloc(count, sizeof *s->tensors, "layers");
    s->layers = facet_alloc(count, sizeof *s->layers, "layers");
    if (s->tensors == NULL || s->layers == NULL) code = FACET_ENOMEM;
    for (size_t i = 0; code == FACET_OK && i < count; i++) {
        code = facet_net_find(s->net, names[i], &s->tensors[i]);
        if (code == FACET_OK) s->layers[i] = *facet_net_tensor(s->net, s->tensors[i]);
    }
    s->job.tensor_count = count;
    free(names);
    return code;
}

/* What each image is shown as; the images must have the landmarks that it takes. */
static int choose_views(const struct request *r, struct session *s)
{
    const char *fill = r->fill != NULL ? r->fill : "black";
    const int64_t seed = r->occlude_seed >= 0 ? r->occlude_seed : 1;
    int landmarks = 0, code = FACET_OK;
    if (r->occlude != NULL) {
        code = facet_occlusions_new(&s->occlusions, r->occlude, fill, (uint64_t)seed);
        if (code == FACET_OK)
            code = facet_occlusions_check(s->occlusions, &s->preprocess, &landmarks);
        if (code == FACET_OK && landmarks && s->manifest->landmarks == NULL)
            code = facet_fail(FACET_EINVAL,
                              "%s: eyes and mouth are hidden by landmarks and there "
                              "are none: give --landmarks",
                              s->manifest->path);
        if (code < 0) return code;
        code = facet_occlusions_describe(s->occlusions, &s->occlusion);
        if (code < 0) return code;
    }
    return facet_views_new(&s->views, &s->preprocess, s->occlusions, r->mirror);
}

static int set_up(struct facet_cli *cli, const struct request *r, struct session *s)
{
    const struct facet_kernels *kernels = NULL;
    int code = facet_provenance_new(&s->run, program.name, r->kept_count, r->kept);
    if (code == FACET_OK) code = facet_images_read(&r->images, cli, &s->manifest);
    if (code == FACET_OK) code = facet_model_read(&s->model, r->model);
    if (code == FACET_OK) s->preprocess = s->model->preprocess;
    if (code == FACET_OK) code = facet_images_align(&r->images, s->manifest, &s->preprocess);
    if (code == FACET_OK) code = choose_views(r, s);
    if (code == FACET_OK) code = facet_kernels_choose(r->kernels, &kernels);
    if (code == FACET_OK) code = facet_net_new(&s->net, s->model);
    if (code == FACET_OK) code = choose_layers(r, s);
    if (code == FACET_OK)
        code = facet_net_prepare(s->net, kernels, s->tensors, s->job.tensor_count);
    facet_model_forget_weights(s->model);
    if (code < 0) return code;
    s->job.program = program.name;
    s->job.manifest = s->manifest;
    s->job.views = s->views;
    s->job.net = s->net;
    s->job.tensors = s->tensors;
    s->job.batch = (size_t)r->batch / s->views->count;
    if (s->job.batch == 0) s->job.batch = 1;
    s->job.threads = cli->threads;
    s->job.flush = r->flush;
    s->job.allow_missing = r->allow_missing;
    s->job.quiet = cli->quiet;
    s->spec = (struct facet_acts_spec){
        .manifest = s->manifest,
        .layers = s->layers,
        .layer_count = s->job.tensor_count,
        .half = r->half,
        .preprocess = &s->preprocess,
        .model_sha256 = s->model->sha256,
        .model_name = s->model->name,
        .kernels = kernels->name,
        .seed = s->model->seed,
        .run = s->run,
        .views = (const char *const *)s->views->names,
        .view_count = s->views->count,
        .occlusion = s->occlusion,
    };
    return FACET_OK;
}

static void tear_down(struct session *s)
{
    facet_acts_close(&s->writer);
    facet_views_free(&s->views);
    facet_occlusions_free(&s->occlusions);
    free(s->occlusion);
    facet_net_free(&s->net);
    facet_model_free(&s->model);
    facet_manifest_free(&s->manifest);
    facet_provenance_free(&s->run);
    free(s->tensors);
    free(s->layers);
}

/* ---- running ---- */

static int say_estimate(const struct facet_cli *cli, const struct session *s)
{
    char memory[32], disk[32], duration[32];
    double seconds;
    int code = facet_dump_probe(&s->job, &seconds);
    if (code < 0) return code;
    seconds *= (double)s->manifest->count / s->job.threads;
    facet_progress_bytes(facet_dump_memory(&s->job) + facet_acts_memory(&s->spec), memory);
    facet_progress_bytes(facet_acts_size(&s->spec), disk);
    facet_cli_say(cli, "%zu images, %zu layers, kernels %s: about %s of memory, %s on disk, %s",
                  s->manifest->count, s->job.tensor_count, s->spec.kernels, memory, disk,
                  facet_progress_time(seconds, duration));
    return FACET_OK;
}

static void say_done(const struct facet_cli *cli, const struct session *s,
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
                      "busy: decode and align %.1f s, network %.1f s (over %d threads), writing "
                      "%.1f s; peak memory %s",
                      result->decode_seconds, result->net_seconds, s->job.threads,
                      result->write_seconds,
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
static void print_profile(const struct session *s, const struct facet_dump_result *result)
{
    const double images = (double)(result->rows * s->spec.view_count);
    const double all = result->decode_seconds + result->net_seconds + result->write_seconds;
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
        images, s->job.threads, s->spec.kernels);
}

/* Decides what an existing OUT.h5 means; *finished if there is nothing left to do. */
static int check_output(const struct facet_cli *cli, const struct request *r, struct session *s,
                        int *finished)
{
    *finished = 0;
    if (r->force) {
        char *partial = facet_format("%s.partial", cli->output);
        if (partial == NULL) return FACET_ENOMEM;
        unlink(partial);
        free(partial);
    }
    if (r->force || access(cli->output, F_OK) != 0) return FACET_OK;
    if (!r->resume) return facet_fail(FACET_EINVAL, "%s: exists: --force replaces it", cli->output);
    int code = facet_acts_same(cli->output, &s->spec);
    *finished = code == FACET_OK;
    if (*finished) facet_cli_say(cli, "%s: is complete already", cli->output);
    return code;
}

static void note(void *context, const char *message)
{
    facet_cli_say(context, "left out: %s", message);
}

static int dump(struct facet_cli *cli, const struct request *r, struct session *s)
{
    size_t done = 0;
    int finished;
    struct facet_dump_result result;
    s->job.note = note;
    s->job.note_context = cli;
    int code = check_output(cli, r, s, &finished);
    if (code < 0 || finished) return code;
    code = say_estimate(cli, s);
    if (code == FACET_OK && !r->resume)
        code = facet_file_check_room(cli->output, facet_acts_size(&s->spec));
    if (code == FACET_OK)
        code = facet_acts_create(&s->writer, cli->output, &s->spec, r->resume, &done);
    if (code < 0) return code;
    if (done > 0) facet_cli_say(cli, "%s: going on after %zu finished images", cli->output, done);
    s->job.interrupted = facet_cli_interrupts();
    code = facet_dump_run(&s->job, s->writer, done, &result);
    if (code == FACET_OK) code = facet_acts_commit(&s->writer);
    if (code == FACET_OK) say_done(cli, s, &result);
    if (code == FACET_OK && r->profile) print_profile(s, &result);
    free(result.steps);
    return code;
}

static int run(struct facet_cli *cli, const struct request *request)
{
    struct session session = {0};
    int code = set_up(cli, request, &session);
    if (code == FACET_OK && request->preview != NULL) {
        code = facet_dump_preview(&session.job, (size_t)request->preview_count, request->preview);
        if (code == FACET_OK) facet_cli_say(cli, "%s: contact sheet", request->preview);
    }
    if (code == FACET_OK && cli->output != NULL) code = dump(cli, request, &session);
    tear_down(&session);
    return code < 0 ? facet_cli_failure(cli) : facet_cli_success(cli);
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct request request = {
        .layers = "fc1,fc2,fc3,fc4",
        .batch = 64,
        .preview_count = 60,
        .occlude_seed = -1,
        .flush = 5,
        .kept = {argv[0]},
        .kept_count = 1,
    };
    facet_cli_begin(&cli, &program, argc, argv);
    int status = read_command_line(&cli, &request) < 0 ? cli.status : run(&cli, &request);
    for (int i = 1; i < request.kept_count; i++) free(request.kept[i]);
    return status;
}
