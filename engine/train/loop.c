#include "train/loop.h"

#include "base/cpu.h"
#include "base/file.h"
#include "base/progress.h"
#include "train/check.h"
#include "train/checkpoint.h"
#include "train/record.h"
#include "train/settings.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double DIVERGED = 3; /* times the loss of the first step */

enum { FITTED = 256 }; /* images the first weights are fitted to */

/* A training under way. */
struct session {
    struct facet_training *t;
    struct facet_network *net;
    struct facet_learner *learner;
    struct facet_sampler *sampler;
    struct facet_check *check;
    struct facet_check_result *checked; /* [branch_count] of the last check */
    struct facet_record *record;
    const char **names; /* [branch_count] */
    json_t *settings;
    char *checkpoint_path, *model_path;
    size_t batch;
    uint64_t step, steps, per_epoch, warmup, check_steps;
    int32_t *labels;
    size_t *images;
    double first_loss;
    double row_begun, save_begun;
    double seconds; /* spent by earlier runs and this one, without checks and checkpoints */
};

static struct facet_record_place place(const struct session *s)
{
    return (struct facet_record_place){.step = s->step,
                                       .images = s->step * s->batch,
                                       .epoch = (double)s->step / (double)s->per_epoch};
}

/* A row of the log, with the time since the row before. */
static int write_losses(struct session *s)
{
    const struct facet_record_place here = place(s);
    const double seconds = facet_cpu_seconds() - s->row_begun;
    int code = facet_record_losses(s->record, &here, seconds, s->t->supervised,
                                   s->t->learning.verification > 0, s->t->run);
    s->seconds += seconds;
    s->row_begun = facet_cpu_seconds();
    return code;
}

/* ---- checks and checkpoints: their time is not the steps' ---- */

static void say_check(const struct session *s)
{
    char line[256];
    const size_t last = s->net->branch_count - 1;
    const struct facet_check_result *r = &s->checked[last];
    if (s->t->say == NULL) return;
    snprintf(line, sizeof line,
             "epoch %.4g: %s tells %.2f %% of held-out pairs by cosine, %.2f %% by Euclidean "
             "distance; %.1f %% of its neurons active",
             place(s).epoch, s->names[last], 100 * r->cosine, 100 * r->euclidean, 100 * r->active);
    s->t->say(s->t->say_context, line);
}

/* Images as facet-dump sees them. */
static struct facet_data plain_data(const struct facet_training *t)
{
    return (struct facet_data){.manifest = t->manifest,
                               .preprocess = t->preprocess,
                               .augment = facet_augment_none(),
                               .threads = t->threads};
}

/* Fills `checked`. */
static int run_check(struct session *s)
{
    const struct facet_data data = plain_data(s->t);
    return s->check->pairs != NULL ? facet_check_run(s->check, &data, s->net, s->checked)
                                   : FACET_OK;
}

static int check(struct session *s)
{
    const double begun = facet_cpu_seconds();
    if (s->check->pairs == NULL) return FACET_OK;
    const struct facet_record_place here = place(s);
    int code = run_check(s);
    if (code == FACET_OK) code = facet_record_check(s->record, &here, s->checked, s->t->run);
    if (code == FACET_OK) say_check(s);
    s->row_begun += facet_cpu_seconds() - begun;
    return code;
}

static int save(struct session *s)
{
    const double begun = facet_cpu_seconds();
    json_t *state = json_pack("{s:I, s:f, s:f, s:o}", "step", (json_int_t)s->step, "first_loss",
                              s->first_loss, "seconds", s->seconds + begun - s->row_begun, "record",
                              facet_record_state(s->record));
    int code = state == NULL
                   ? facet_fail(FACET_ENOMEM, "out of memory for a checkpoint")
                   : facet_checkpoint_write(s->checkpoint_path, s->learner, s->t->preprocess,
                                            s->settings, state, s->t->run);
    json_decref(state);
    s->save_begun = facet_cpu_seconds();
    s->row_begun += s->save_begun - begun;
    return code;
}

static int restore(struct session *s)
{
    json_t *state = NULL;
    int code = facet_checkpoint_read(s->checkpoint_path, s->learner, s->settings, &state);
    if (code < 0) return code;
    s->step = (uint64_t)json_integer_value(json_object_get(state, "step"));
    s->first_loss = json_number_value(json_object_get(state, "first_loss"));
    s->seconds = json_number_value(json_object_get(state, "seconds"));
    code = facet_record_restore(s->record, json_object_get(state, "record"), s->step);
    json_decref(state);
    return code;
}

/* ---- the model that comes out ---- */

static json_t *result_json(const struct session *s)
{
    json_t *result = json_object();
    for (size_t b = 0; s->check->pairs != NULL && b < s->net->branch_count; b++) {
        const struct facet_check_result *r = &s->checked[b];
        json_object_set_new(result, s->names[b],
                            json_pack("{s:f, s:f, s:f}", "cosine_accuracy", r->cosine,
                                      "euclidean_accuracy", r->euclidean, "active_share",
                                      r->active));
    }
    return result;
}

static int write_model(struct session *s)
{
    const struct facet_split *split = s->t->split;
    json_t *text = json_pack("{s:I, s:I, s:I, s:f, s:O, s:o}", "steps", (json_int_t)s->step,
                             "people", (json_int_t)split->train_people, "images",
                             (json_int_t)split->role_images[FACET_ROLE_TRAIN], "seconds",
                             s->seconds, "settings", s->settings, "validation", result_json(s));
    struct facet_model *m = s->t->model;
    free(m->training);
    m->training = text != NULL ? json_dumps(text, JSON_SORT_KEYS | JSON_REAL_PRECISION(9)) : NULL;
    json_decref(text);
    if (m->training == NULL) return facet_fail(FACET_ENOMEM, "out of memory for the model's text");
    facet_network_export(s->net, m);
    return facet_model_write(m, s->model_path, s->t->precision, s->t->run);
}

/* ---- the loop ---- */

static int take_step(struct session *s)
{
    struct facet_training *t = s->t;
    struct facet_learn_report report;
    const struct facet_data data = {.manifest = t->manifest,
                                    .preprocess = t->preprocess,
                                    .augment = t->augment,
                                    .seed = t->learning.seed,
                                    .threads = t->threads};
    const double rate = facet_schedule_rate(t->schedule, t->rate, s->step, s->warmup, s->steps);
    facet_sampler_draw(s->sampler, s->step, s->images, s->labels);
    int code = facet_data_read(&data, s->images, s->batch, s->step, s->net->input);
    if (code == FACET_OK)
        code = facet_learner_step(s->learner, s->step, rate, s->batch, s->labels, &report);
    if (code < 0) return code;
    if (s->step == 0) s->first_loss = report.loss;
    if (report.loss > DIVERGED * s->first_loss)
        return facet_fail(FACET_EFORMAT,
                          "step %" PRIu64
                          ": the training diverges: a loss of %g, at first it was %g",
                          s->step, report.loss, s->first_loss);
    s->step++;
    facet_record_step(s->record, &report, s->batch, rate);
    return FACET_OK;
}

/* What is due after a step. */
static int after_step(struct session *s)
{
    const struct facet_training *t = s->t;
    const int last = s->step == s->steps, stop = *t->interrupted != 0;
    int code = FACET_OK;
    if (s->step % t->log_every == 0 || last) code = write_losses(s);
    if (code == FACET_OK && (s->step % s->check_steps == 0 || last)) code = check(s);
    if (code == FACET_OK && (last || stop || facet_cpu_seconds() - s->save_begun >= t->save_every))
        code = save(s);
    if (code == FACET_OK && stop && !last)
        code = facet_fail(FACET_EIO,
                          "interrupted after %" PRIu64 " of %" PRIu64 " steps; --resume goes on",
                          s->step, s->steps);
    return code;
}

static void say_memory(const struct session *s)
{
    char line[160], memory[32];
    if (s->t->say == NULL) return;
    snprintf(line, sizeof line,
             "kernels %s, %d threads, about %s of memory; %" PRIu64 " steps of %zu images",
             s->t->kernels->name, s->t->threads,
             facet_progress_bytes(facet_network_memory(s->net), memory), s->steps - s->step,
             s->batch);
    s->t->say(s->t->say_context, line);
}

static int loop(struct session *s, struct facet_training_result *result)
{
    struct facet_progress progress;
    const uint64_t first = s->step;
    const double begun = facet_cpu_seconds();
    int code = FACET_OK;
    s->row_begun = s->save_begun = begun;
    say_memory(s);
    facet_progress_begin(&progress, s->t->program, "images", s->step * s->batch,
                         s->steps * s->batch, s->t->quiet);
    if (s->step == s->steps) code = run_check(s); /* its rows are written already */
    while (code == FACET_OK && s->step < s->steps) {
        code = take_step(s);
        if (code == FACET_OK) code = after_step(s);
        facet_progress_update(&progress, s->step * s->batch);
    }
    facet_progress_end(&progress);
    if (code == FACET_OK) code = write_model(s);
    const struct facet_check_result *r = &s->checked[s->net->branch_count - 1];
    const int any = s->check->pairs != NULL;
    *result = (struct facet_training_result){.steps = s->step - first,
                                             .seconds = facet_cpu_seconds() - begun,
                                             .cosine = any ? r->cosine : NAN,
                                             .euclidean = any ? r->euclidean : NAN,
                                             .active = any ? r->active : NAN};
    return code;
}

/* ---- setting up ---- */

/* Up to FITTED of the training images, evenly spaced. */
static size_t pick_images(const struct facet_split *split, size_t *images)
{
    const size_t all = split->role_images[FACET_ROLE_TRAIN];
    const size_t wanted = all < FITTED ? all : FITTED;
    size_t seen = 0, picked = 0;
    for (size_t i = 0; i < split->images; i++) {
        const int32_t who = split->person[i];
        if (who < 0 || split->roles[who] != FACET_ROLE_TRAIN) continue;
        if (picked < wanted && seen++ >= picked * all / wanted) images[picked++] = i;
    }
    return picked;
}

static int initialise(const struct facet_training *t)
{
    const struct facet_preprocess *p = t->preprocess;
    const size_t values = (size_t)p->channels * (size_t)p->height * (size_t)p->width;
    const struct facet_data data = plain_data(t);
    size_t images[FITTED];
    const size_t n = pick_images(t->split, images);
    float *views = facet_alloc(n, values * sizeof *views, "images");
    int code = views == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; i < n && code == FACET_OK; i++)
        code = facet_data_view(&data, images[i], 0, i, views + i * values);
    if (code == FACET_OK) code = facet_initialise(t->model, t->kernels, &t->first, n, views);
    free(views);
    return code;
}

static int name_files(struct session *s)
{
    s->checkpoint_path = facet_file_join(s->t->folder, "checkpoint.h5");
    s->model_path = facet_file_join(s->t->folder, "model.h5");
    return s->checkpoint_path == NULL || s->model_path == NULL ? FACET_ENOMEM : FACET_OK;
}

static int allocate(struct session *s)
{
    const size_t count = s->net->branch_count;
    s->names = facet_alloc(count, sizeof *s->names, "layers");
    s->checked = facet_alloc(count, sizeof *s->checked, "layers");
    s->labels = facet_alloc(s->batch, sizeof *s->labels, "labels");
    s->images = facet_alloc(s->batch, sizeof *s->images, "images");
    if (s->names == NULL || s->checked == NULL || s->labels == NULL || s->images == NULL)
        return FACET_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        s->names[i] = s->net->branches[i].fc.name;
        s->net->branches[i].supervised = s->t->supervised[i];
    }
    return FACET_OK;
}

static void plan(struct session *s)
{
    struct facet_training *t = s->t;
    const size_t images = t->split->role_images[FACET_ROLE_TRAIN];
    s->per_epoch = (images + s->batch - 1) / s->batch;
    s->steps = (uint64_t)ceil(t->epochs * (double)s->per_epoch);
    s->warmup = (uint64_t)(t->warmup * (double)s->per_epoch);
    t->learning.verification_start = (uint64_t)(t->verification_start * (double)s->per_epoch);
    t->learning.verification_rise = (uint64_t)(t->verification_rise * (double)s->per_epoch);
    s->check_steps = (uint64_t)fmax(1, round(t->check_every * (double)s->per_epoch));
}

static int set_up(struct session *s)
{
    struct facet_training *t = s->t;
    s->batch = t->sampler.people * t->sampler.images;
    plan(s);
    int code = facet_sampler_new(&s->sampler, t->manifest, t->split, &t->sampler);
    if (code == FACET_OK)
        code = facet_check_new(&s->check, t->split, t->validation_pairs, t->learning.seed);
    if (code == FACET_OK && t->initialise && !t->resume) code = initialise(t);
    if (code == FACET_OK)
        code = facet_network_new(&s->net, t->model, s->batch, t->split->train_people,
                                 t->learning.seed, t->normalised, t->kernels, t->threads);
    if (code == FACET_OK) s->net->crew.plain = t->plain;
    if (code == FACET_OK) code = facet_learner_new(&s->learner, s->net, &t->learning);
    if (code == FACET_OK) code = allocate(s);
    if (code == FACET_OK) code = name_files(s);
    if (code == FACET_OK)
        code = facet_training_settings(t, s->names, s->net->branch_count, &s->settings);
    if (code == FACET_OK)
        code = facet_record_new(&s->record, t->folder, s->names, s->net->branch_count);
    if (code == FACET_OK && t->resume) code = restore(s);
    return code;
}

/* From here on the folder is this training's: the people's roles are written, and the checkpoint of
 * an earlier one goes. */
static int claim_folder(struct session *s)
{
    char *path = facet_file_join(s->t->folder, "split.tsv");
    int code = path == NULL ? FACET_ENOMEM : facet_split_write(s->t->split, path, s->t->run);
    free(path);
    if (code == FACET_OK && unlink(s->checkpoint_path) != 0 && errno != ENOENT)
        code =
            facet_fail(FACET_EIO, "%s: cannot be removed: %s", s->checkpoint_path, strerror(errno));
    return code;
}

static void tear_down(struct session *s)
{
    facet_record_free(&s->record);
    facet_learner_free(&s->learner);
    facet_network_free(&s->net);
    facet_check_free(&s->check);
    facet_sampler_free(&s->sampler);
    json_decref(s->settings);
    free(s->checkpoint_path);
    free(s->model_path);
    free(s->names);
    free(s->checked);
    free(s->labels);
    free(s->images);
}

double facet_training_disk(const struct facet_training *t)
{
    double weights = 0, identities = 0;
    for (size_t i = 0; i < t->model->layer_count; i++) {
        const struct facet_model_layer *l = &t->model->layers[i];
        weights += (double)facet_tensor_count(&l->weight) + (double)facet_tensor_count(&l->bias);
        if (strcmp(l->kind, "fully_connected") == 0)
            identities += (double)facet_tensor_count(&l->bias) * (double)t->split->train_people;
    }
    return (2 * 2 * (weights + identities) + weights) * sizeof(float);
}

int facet_training_run(struct facet_training *t, struct facet_training_result *result)
{
    struct session s = {.t = t};
    int code = set_up(&s);
    if (code == FACET_OK && !t->resume) code = claim_folder(&s);
    if (code == FACET_OK) code = loop(&s, result);
    tear_down(&s);
    return code;
}
