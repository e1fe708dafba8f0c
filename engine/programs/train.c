/* facet-train: trains a network by identification and verification signals on its layers. */
#include "base/cli.h"
#include "base/file.h"
#include "base/parse.h"
#include "base/progress.h"
#include "net/net.h"
#include "programs/images.h"
#include "train/loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SUPERVISE = 256,
    KEEP_WEIGHTS,
    FIRST_MEAN,
    FIRST_SD,
    PLAIN,
    NORMALISE,
    EPOCHS,
    PEOPLE,
    IMAGES,
    BALANCE,
    RATE,
    SCHEDULE,
    WARMUP,
    MOMENTUM,
    DECAY,
    CLIP,
    DROPOUT,
    VERIFICATION,
    START,
    RISE,
    MARGIN_EVERY,
    MARGIN_PAIRS,
    AUGMENT,
    SEED,
    VALIDATION,
    JOINT_BAYESIAN,
    SPLIT,
    EXCLUDE,
    MIN_IMAGES,
    LIMIT_PEOPLE,
    PAIRS,
    LOG_EVERY,
    CHECK_EVERY,
    SAVE_EVERY,
    RESUME,
    FORCE,
    MISSING,
    UNLABELLED,
    PRECISION,
    KERNELS
};

static const struct facet_option options[] = {
    {'m', "model", "MODEL.h5", "network to start from (facet-model create makes one)"},
    FACET_IMAGES_OPTIONS,
    {SUPERVISE, "supervise", "A,B,..",
     "layers that carry both signals (default: all fully "
     "connected layers); the others keep their first weights"},
    {KEEP_WEIGHTS, "keep-weights", NULL,
     "start from the model's weights as they are (default for a "
     "trained model); otherwise they are first scaled and "
     "shifted so that all sums before ReLU have mean 0 and "
     "variance 1 over some training images"},
    {FIRST_MEAN, "first-mean", "X",
     "mean of the sums of fully connected layers at first (default 0); of normal sums -1 leaves 16 "
     "% "
     "active, 1 84 %"},
    {FIRST_SD, "first-sd", "X", "and their standard deviation (default 1)"},
    {PLAIN, "plain-gradients", NULL, "don't centre the gradients (engine/train/parameter.h)"},
    {NORMALISE, "normalise", NULL,
     "batch normalisation in the fully connected layers, folded into "
     "their weights in the end (the paper has none)"},
    {EPOCHS, "epochs", "N", "passes over the training images (default 40)"},
    {PEOPLE, "batch-people", "N", "people in a batch (default 32)"},
    {IMAGES, "batch-images", "N", "images of each of them (default 2)"},
    {BALANCE, "balance", "X",
     "a person with n images is drawn like n^X: 0 all people alike, 1 all "
     "images alike (default 0.5)"},
    {RATE, "rate", "X", "highest learning rate (default 0.05)"},
    {SCHEDULE, "schedule", "NAME", "cosine (default), linear, steps or constant"},
    {WARMUP, "warmup", "EPOCHS", "rise of the learning rate at the start (default 1)"},
    {MOMENTUM, "momentum", "X", "of the gradient descent (default 0.9)"},
    {DECAY, "decay", "X", "weight decay; biases don't decay (default 0.0005)"},
    {CLIP, "clip", "X", "largest norm of the gradient, 0 for any (default 10)"},
    {DROPOUT, "dropout", "X",
     "share of a layer's neurons hidden from the identification signal "
     "(default 0.5)"},
    {VERIFICATION, "verification", "X",
     "weight of the verification signal, the paper's lambda "
     "(default 0.02)"},
    {START, "verification-start", "EPOCHS", "without the verification signal at first (default 2)"},
    {RISE, "verification-rise", "EPOCHS", "over which its weight then rises from 0 (default 4)"},
    {MARGIN_EVERY, "margin-every", "STEPS", "between two looks for the margin (default 20)"},
    {MARGIN_PAIRS, "margin-pairs", "N",
     "recent pairs of each kind it is found from (default "
     "4096)"},
    {AUGMENT, "augment", "A=X,..",
     "changes the augmentation: mirror, shift, scale, rotate, aspect, "
     "light, colour, blur, noise, grey, erase; or none, for no "
     "augmentation"},
    {SEED, "seed", "N", "of everything drawn here (default 1)"},
    {VALIDATION, "validation", "X", "share of the people held out to check on (default 0.05)"},
    {JOINT_BAYESIAN, "joint-bayesian", "X",
     "share of the people kept for Joint Bayesian (default "
     "0)"},
    {SPLIT, "split", "FILE.tsv", "take the people's roles from this table instead of drawing them"},
    {EXCLUDE, "exclude", "FILE", "people to leave out: an identity a line"},
    {MIN_IMAGES, "min-images", "N", "leave out people with fewer images (default 1)"},
    {LIMIT_PEOPLE, "limit-people", "N", "train on so many of the people (default: all)"},
    {PAIRS, "validation-pairs", "N", "pairs of each kind in a check, at most (default 3000)"},
    {LOG_EVERY, "log-every", "STEPS", "between two rows of log.tsv (default 100)"},
    {CHECK_EVERY, "check-every", "EPOCHS", "between two checks on held-out people (default 1)"},
    {SAVE_EVERY, "save-every", "SECONDS", "between two checkpoints (default 600)"},
    {RESUME, "resume", NULL, "go on from DIR/checkpoint.h5, or start where there is none"},
    {FORCE, "force", NULL, "start afresh although DIR holds a training"},
    {MISSING, "allow-missing", NULL, "leave out images that cannot be read, and say which"},
    {UNLABELLED, "allow-unlabelled", NULL, "leave out images without identity"},
    {PRECISION, "precision", "TYPE",
     "of the weights in model.h5: float32 (default), float16, or int8 "
     "for large matrices and float16 for the rest"},
    {KERNELS, "kernels", "SET", "kernels to use (default: the fastest; or FACET_KERNELS)"},
    {0},
};

static const struct facet_program program = {
    .name = "facet-train",
    .summary = "trains a network by identification and verification signals on its layers",
    .arguments = "",
    .output = "DIR",
    .output_help = "folder for model.h5, checkpoint.h5, log.tsv, validation.tsv and split.tsv",
    .threads = 1,
    .example = "facet-model create --seed 1 -o start.h5\n"
               "facet-train --model start.h5 --images faces.tsv --align resize -o training\n"
               "facet-plot training training -o curves.svg",
    .options = options,
    .notes =
        "Each fully connected layer learns to name the training people (identification: softmax) "
        "and to put images of one person closer together than those of two (verification), with "
        "all pairs of a batch. --align and --crop say how the training images are seen; the model "
        "keeps "
        "its own alignment. The same settings give the same weights on the same machine for any "
        "number of threads. After a kill or an interrupt, the same command with --resume goes on, "
        "to the same weights.",
    .see_also = "facet-model, facet-dump, facet-plot",
};

struct request {
    struct facet_images images;
    const char *model, *supervise, *schedule, *split, *exclude, *kernels, *augment;
    double epochs, balance, rate, warmup, momentum, decay, clip, dropout, verification,
        verification_start, verification_rise, validation, joint_bayesian, check_every, save_every;
    int64_t people, batch_images, margin_every, margin_pairs, seed, min_images, limit_people, pairs,
        log_every;
    struct facet_first first;
    int keep_weights, plain, normalise, resume, force, missing, unlabelled;
    enum facet_precision precision;
};

struct session {
    struct facet_provenance *run;
    struct facet_manifest *manifest;
    struct facet_split *split;
    struct facet_model *model;
    struct facet_preprocess preprocess;
    struct facet_training training;
};

/* ---- command line ---- */

/* Options with a number: where it goes and what it may be. */
static int read_number(struct request *r, int option, const char *value)
{
    const struct {
        int option;
        double *at, low, high;
    } reals[] = {
        {EPOCHS, &r->epochs, 1e-3, 1e6},
        {FIRST_MEAN, &r->first.mean, -100, 100},
        {FIRST_SD, &r->first.sd, 1e-6, 1e6},
        {BALANCE, &r->balance, 0, 1},
        {RATE, &r->rate, 0, 1e3},
        {WARMUP, &r->warmup, 0, 1e6},
        {MOMENTUM, &r->momentum, 0, 0.9999},
        {DECAY, &r->decay, 0, 1},
        {CLIP, &r->clip, 0, 1e9},
        {DROPOUT, &r->dropout, 0, 0.99},
        {VERIFICATION, &r->verification, 0, 1e6},
        {START, &r->verification_start, 0, 1e6},
        {RISE, &r->verification_rise, 0, 1e6},
        {VALIDATION, &r->validation, 0, 1},
        {JOINT_BAYESIAN, &r->joint_bayesian, 0, 1},
        {CHECK_EVERY, &r->check_every, 1e-3, 1e6},
        {SAVE_EVERY, &r->save_every, 0, 1e9},
    };
    const struct {
        int option;
        int64_t *at, low, high;
    } integers[] = {
        {PEOPLE, &r->people, 2, 4096},
        {IMAGES, &r->batch_images, 1, 4096},
        {MARGIN_EVERY, &r->margin_every, 1, 1000000},
        {MARGIN_PAIRS, &r->margin_pairs, 1, FACET_MARGIN_MOST},
        {SEED, &r->seed, 0, INT64_MAX},
        {MIN_IMAGES, &r->min_images, 1, 1000000},
        {LIMIT_PEOPLE, &r->limit_people, 2, INT32_MAX},
        {PAIRS, &r->pairs, 10, 10000000},
        {LOG_EVERY, &r->log_every, 1, 1000000000},
    };
    char what[64];
    const struct facet_option *o = options;
    while (o->name != NULL && o->key != option) o++;
    snprintf(what, sizeof what, "--%s", o->name != NULL ? o->name : "?");
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
        if (reals[i].option == option)
            return facet_parse_real(what, value, reals[i].low, reals[i].high, reals[i].at);
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        if (integers[i].option == option)
            return facet_parse_int(what, value, integers[i].low, integers[i].high, integers[i].at);
    return facet_fail(FACET_EINVAL, "unknown option");
}

static int read_option(struct request *r, int option, const char *value)
{
    int code = facet_images_option(&r->images, option, value);
    if (code != 0) return code < 0 ? code : FACET_OK;
    switch (option) {
    case 'm':
        r->model = value;
        return FACET_OK;
    case SUPERVISE:
        r->supervise = value;
        return FACET_OK;
    case SCHEDULE:
        r->schedule = value;
        return FACET_OK;
    case AUGMENT:
        r->augment = value;
        return FACET_OK;
    case SPLIT:
        r->split = value;
        return FACET_OK;
    case EXCLUDE:
        r->exclude = value;
        return FACET_OK;
    case KERNELS:
        r->kernels = value;
        return FACET_OK;
    case KEEP_WEIGHTS:
        r->keep_weights = 1;
        return FACET_OK;
    case PLAIN:
        r->plain = 1;
        return FACET_OK;
    case NORMALISE:
        r->normalise = 1;
        return FACET_OK;
    case RESUME:
        r->resume = 1;
        return FACET_OK;
    case FORCE:
        r->force = 1;
        return FACET_OK;
    case MISSING:
        r->missing = 1;
        return FACET_OK;
    case UNLABELLED:
        r->unlabelled = 1;
        return FACET_OK;
    case PRECISION:
        return facet_precision_parse(value, &r->precision);
    default:
        return read_number(r, option, value);
    }
}

static int read_command_line(struct facet_cli *cli, struct request *r)
{
    int option;
    while ((option = facet_cli_next(cli)) > 0)
        if (read_option(r, option, cli->value) < 0)
            return cli->status = facet_cli_misuse(cli, "%s", facet_error_message()), -1;
    if (option < 0) return -1;
    const char *lacking = r->images.images == NULL ? "--images"
                          : r->model == NULL       ? "--model"
                          : cli->output == NULL    ? "-o"
                                                   : NULL;
    if (lacking != NULL) return cli->status = facet_cli_misuse(cli, "%s is needed", lacking), -1;
    if (r->resume && r->force)
        return cli->status = facet_cli_misuse(cli, "--resume and --force exclude each other"), -1;
    if (r->split != NULL && r->exclude != NULL)
        return cli->status = facet_cli_misuse(cli, "--split and --exclude exclude each other"), -1;
    return 0;
}

/* "shift=3,erase=0.5" or "none" or "none,mirror=1" */
static int read_augment(const char *text, struct facet_augment *a)
{
    char **items;
    size_t count;
    *a = facet_augment_default();
    if (text == NULL) return FACET_OK;
    int code = facet_parse_list("--augment", text, ',', &items, &count);
    if (code < 0) return code;
    for (size_t i = 0; i < count && code == FACET_OK; i++) {
        const struct {
            const char *name;
            double *at;
        } fields[] = {{"shift", &a->shift},   {"scale", &a->scale}, {"rotate", &a->rotate},
                      {"aspect", &a->aspect}, {"light", &a->light}, {"colour", &a->colour},
                      {"blur", &a->blur},     {"noise", &a->noise}, {"grey", &a->grey},
                      {"erase", &a->erase}};
        const size_t named = sizeof fields / sizeof *fields;
        char *equals = strchr(items[i], '=');
        double value = 0, *at = NULL;
        if (strcmp(items[i], "none") == 0) {
            *a = facet_augment_none();
            continue;
        }
        if (equals != NULL) {
            *equals = '\0';
            code = facet_parse_real("--augment", equals + 1, 0, 1e6, &value);
        }
        for (size_t f = 0; f < named; f++)
            if (strcmp(fields[f].name, items[i]) == 0) at = fields[f].at;
        if (code < 0) continue;
        if (equals != NULL && at != NULL)
            *at = value;
        else if (equals != NULL && strcmp(items[i], "mirror") == 0)
            a->mirror = value != 0;
        else
            code = facet_fail(FACET_EINVAL,
                              "--augment: \"%s\" is not NAME=NUMBER with one of mirror, shift, "
                              "scale, rotate, aspect, light, colour, blur, noise, grey, erase",
                              items[i]);
    }
    free(items);
    return code == FACET_OK ? facet_augment_check(a, "--augment") : code;
}

/* ---- setting up ---- */

static void note(void *context, const char *message)
{
    facet_cli_say(context, "left out: %s", message);
}

static void say(void *context, const char *line)
{
    facet_cli_say(context, "%s", line);
}

/* Shapes that fit each other: what the network in training takes for granted. */
static int check_model(const struct facet_model *model)
{
    struct facet_net *net;
    int code = facet_net_new(&net, model);
    if (code == FACET_OK) facet_net_free(&net);
    return code;
}

/* Looks at every image before hours are spent. */
static int check_images(struct facet_cli *cli, const struct request *r, struct session *s)
{
    const struct facet_data data = {.manifest = s->manifest,
                                    .preprocess = &s->preprocess,
                                    .augment = facet_augment_none(),
                                    .threads = cli->threads};
    const size_t count = s->manifest->count;
    uint8_t *usable = facet_alloc(count, 1, "images");
    if (usable == NULL) return FACET_ENOMEM;
    int code =
        facet_data_check(&data, usable, program.name, cli->quiet, r->missing ? note : NULL, cli);
    if (code == FACET_OK) facet_manifest_keep(s->manifest, usable);
    if (code == FACET_OK && s->manifest->count < count)
        facet_cli_say(cli, "%zu images that cannot be read left out", count - s->manifest->count);
    free(usable);
    return code;
}

static int split_people(struct facet_cli *cli, const struct request *r, struct session *s)
{
    const struct facet_split_spec spec = {.seed = (uint64_t)r->seed,
                                          .validation = r->validation,
                                          .joint_bayesian = r->joint_bayesian,
                                          .min_images = (size_t)r->min_images,
                                          .limit_people = (size_t)r->limit_people,
                                          .exclude = r->exclude,
                                          .allow_unlabelled = r->unlabelled};
    int code = r->split != NULL ? facet_split_read(&s->split, s->manifest, r->split, r->unlabelled)
                                : facet_split_new(&s->split, s->manifest, &spec);
    if (code < 0) return code;
    const struct facet_split *p = s->split;
    if (r->exclude != NULL)
        facet_cli_say(cli, "%s: %zu of %zu people found and left out", r->exclude, p->exclude_found,
                      p->exclude_names);
    if (p->unlabelled > 0)
        facet_cli_say(cli, "%zu images without identity left out", p->unlabelled);
    facet_cli_say(cli,
                  "%zu people with %zu images to train on; %zu (%zu) to check on; %zu (%zu) "
                  "for Joint Bayesian; %zu (%zu) left out",
                  p->role_people[FACET_ROLE_TRAIN], p->role_images[FACET_ROLE_TRAIN],
                  p->role_people[FACET_ROLE_VALIDATION], p->role_images[FACET_ROLE_VALIDATION],
                  p->role_people[FACET_ROLE_JOINT_BAYESIAN],
                  p->role_images[FACET_ROLE_JOINT_BAYESIAN], p->role_people[FACET_ROLE_EXCLUDED],
                  p->role_images[FACET_ROLE_EXCLUDED]);
    return FACET_OK;
}

/* Marks the supervised among the model's fully connected layers. */
static int choose_layers(const struct request *r, struct session *s)
{
    char **names = NULL, known[512] = "";
    size_t count = 0, branches = 0, found = 0;
    int code = r->supervise != NULL
                   ? facet_parse_list("--supervise", r->supervise, ',', &names, &count)
                   : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < s->model->layer_count; i++) {
        const struct facet_model_layer *l = &s->model->layers[i];
        if (strcmp(l->kind, "fully_connected") != 0 || branches == FACET_LEARN_BRANCHES) continue;
        int wanted = names == NULL;
        for (size_t j = 0; j < count; j++) wanted |= strcmp(names[j], l->name) == 0;
        facet_fail_list(known, sizeof known, l->name);
        s->training.supervised[branches++] = (uint8_t)wanted;
        found += names != NULL && wanted;
    }
    if (code == FACET_OK && found < count)
        code = facet_fail(FACET_EINVAL, "--supervise %s: the model's fully connected layers are %s",
                          r->supervise, known);
    free(names);
    return code;
}

static int set_training(struct facet_cli *cli, const struct request *r, struct session *s)
{
    struct facet_training *t = &s->training;
    int code = facet_kernels_choose(r->kernels, &t->kernels);
    if (code == FACET_OK) code = read_augment(r->augment, &t->augment);
    if (code == FACET_OK) code = facet_schedule_parse(r->schedule, &t->schedule);
    if (code == FACET_OK) code = choose_layers(r, s);
    t->learning = (struct facet_learning){.seed = (uint64_t)r->seed,
                                          .verification = r->verification,
                                          .dropout = r->dropout,
                                          .momentum = r->momentum,
                                          .decay = r->decay,
                                          .clip = r->clip,
                                          .margin_every = (size_t)r->margin_every,
                                          .margin_pairs = (size_t)r->margin_pairs};
    t->sampler = (struct facet_sampler_spec){.seed = (uint64_t)r->seed,
                                             .people = (size_t)r->people,
                                             .images = (size_t)r->batch_images,
                                             .balance = r->balance};
    t->program = program.name;
    t->folder = cli->output;
    t->manifest = s->manifest;
    t->split = s->split;
    t->model = s->model;
    t->preprocess = &s->preprocess;
    t->run = s->run;
    t->initialise = !r->keep_weights && s->model->training == NULL;
    t->first = r->first;
    t->plain = r->plain;
    t->normalised = r->normalise;
    t->rate = r->rate;
    t->warmup = r->warmup;
    t->epochs = r->epochs;
    t->verification_start = r->verification_start;
    t->verification_rise = r->verification_rise;
    t->validation_pairs = (size_t)r->pairs;
    t->log_every = (size_t)r->log_every;
    t->check_every = r->check_every;
    t->save_every = r->save_every;
    t->precision = r->precision;
    t->quiet = cli->quiet;
    t->threads = cli->threads;
    t->say = say;
    t->say_context = cli;
    return code;
}

/* What the folder holds already, and what that means. */
static int open_folder(struct facet_cli *cli, const struct request *r, struct session *s)
{
    char *path = facet_file_join(cli->output, "checkpoint.h5");
    int code = path == NULL ? FACET_ENOMEM : facet_file_mkdir(cli->output);
    if (code == FACET_OK && access(path, F_OK) == 0) {
        if (!r->force && !r->resume)
            code = facet_fail(FACET_EINVAL,
                              "%s: exists: --resume goes on with it, --force starts afresh", path);
        s->training.resume = r->resume;
    }
    free(path);
    return code;
}

static int set_up(struct facet_cli *cli, const struct request *r, struct session *s)
{
    int code = facet_provenance_new(&s->run, program.name, cli->argc, cli->argv);
    if (code == FACET_OK) code = facet_images_read(&r->images, cli, &s->manifest);
    if (code == FACET_OK) code = facet_model_read(&s->model, r->model);
    if (code == FACET_OK)
        code = facet_provenance_input_hash(s->run, r->model, NULL, s->model->sha256);
    if (code == FACET_OK) code = check_model(s->model);
    if (code == FACET_OK) s->preprocess = s->model->preprocess;
    if (code == FACET_OK) code = facet_images_align(&r->images, s->manifest, &s->preprocess);
    if (code == FACET_OK) code = open_folder(cli, r, s);
    if (code == FACET_OK) code = check_images(cli, r, s);
    if (code == FACET_OK) code = split_people(cli, r, s);
    if (code == FACET_OK) code = set_training(cli, r, s);
    return code;
}

/* ---- running ---- */

static int train(struct facet_cli *cli, struct session *s)
{
    struct facet_training_result result;
    char duration[32], accuracy[160] = "";
    int code = s->training.resume
                   ? FACET_OK
                   : facet_file_check_room(cli->output, facet_training_disk(&s->training));
    if (code < 0) return code;
    s->training.interrupted = facet_cli_interrupts();
    code = facet_training_run(&s->training, &result);
    if (code < 0) return code;
    if (!isnan(result.cosine))
        snprintf(accuracy, sizeof accuracy,
                 "; the last layer tells %.2f %% of held-out pairs by cosine, %.2f %% by Euclidean "
                 "distance",
                 100 * result.cosine, 100 * result.euclidean);
    facet_cli_say(cli, "%s/model.h5: %llu steps in %s (%.0f images/s)%s", cli->output,
                  (unsigned long long)result.steps, facet_progress_time(result.seconds, duration),
                  result.seconds > 0
                      ? (double)result.steps *
                            (double)(s->training.sampler.people * s->training.sampler.images) /
                            result.seconds
                      : 0.0,
                  accuracy);
    return FACET_OK;
}

static int run(struct facet_cli *cli, const struct request *request)
{
    struct session session = {0};
    int code = set_up(cli, request, &session);
    if (code == FACET_OK) code = train(cli, &session);
    facet_split_free(&session.split);
    facet_model_free(&session.model);
    facet_manifest_free(&session.manifest);
    facet_provenance_free(&session.run);
    return code < 0 ? facet_cli_failure(cli) : facet_cli_success(cli);
}

int main(int argc, char **argv)
{
    struct facet_cli cli;
    struct request request = {.schedule = "cosine",
                              .first = {0, 1},
                              .epochs = 40,
                              .people = 32,
                              .batch_images = 2,
                              .balance = 0.5,
                              .rate = 0.05,
                              .warmup = 1,
                              .momentum = 0.9,
                              .decay = 5e-4,
                              .clip = 10,
                              .dropout = 0.5,
                              .verification = 0.02,
                              .verification_start = 2,
                              .verification_rise = 4,
                              .margin_every = 20,
                              .margin_pairs = 4096,
                              .seed = 1,
                              .validation = 0.05,
                              .min_images = 1,
                              .pairs = 3000,
                              .log_every = 100,
                              .check_every = 1,
                              .save_every = 600};
    facet_cli_begin(&cli, &program, argc, argv);
    int status = read_command_line(&cli, &request) < 0 ? cli.status : run(&cli, &request);
    return status;
}
