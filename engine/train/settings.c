#include "train/settings.h"

static json_t *augment_json(const struct facet_augment *a)
{
    return json_pack("{s:b, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "mirror", a->mirror,
                     "shift", a->shift, "scale", a->scale, "rotate", a->rotate, "aspect", a->aspect,
                     "light", a->light, "colour", a->colour, "blur", a->blur, "noise", a->noise,
                     "grey", a->grey, "erase", a->erase);
}

/* The supervised branches' names, joined by commas. */
static json_t *supervised_json(const struct facet_training *t, const char *const *names,
                               size_t count)
{
    char text[FACET_LEARN_BRANCHES * 64] = "";
    for (size_t i = 0; i < count; i++)
        if (t->supervised[i]) facet_fail_list(text, sizeof text, names[i]);
    return json_string(text);
}

int facet_training_settings(const struct facet_training *t, const char *const *names, size_t count,
                            json_t **settings)
{
    char data[FACET_HASH_SIZE], preprocessing[FACET_HASH_SIZE], roles[FACET_HASH_SIZE];
    struct facet_hash *hash = NULL;
    int code = facet_manifest_hash(t->manifest, data);
    if (code == FACET_OK) code = facet_preprocess_hash(t->preprocess, preprocessing);
    if (code == FACET_OK) code = facet_hash_begin(&hash);
    if (code == FACET_OK) code = facet_hash_add(hash, t->split->roles, t->split->people);
    if (code == FACET_OK)
        code = facet_hash_add(hash, t->split->person, t->split->images * sizeof(int32_t));
    facet_hash_end(&hash, roles);
    if (code < 0) return code;
    const struct {
        const char *name;
        json_t *value;
    } list[] = {
        {"model_sha256", json_string(t->model->sha256)},
        {"data_sha256", json_string(data)},
        {"align", json_string(facet_align_name(t->preprocess->align))},
        {"preprocessing_sha256", json_string(preprocessing)},
        {"split_sha256", json_string(roles)},
        {"train_people", json_integer((json_int_t)t->split->train_people)},
        {"seed", json_integer((json_int_t)t->learning.seed)},
        {"kernels", json_string(t->kernels->name)},
        {"supervised", supervised_json(t, names, count)},
        {"initialised", json_boolean(t->initialise)},
        {"first_mean", json_real(t->first.mean)},
        {"first_sd", json_real(t->first.sd)},
        {"plain_gradients", json_boolean(t->plain)},
        {"normalised", json_boolean(t->normalised)},
        {"verification", json_real(t->learning.verification)},
        {"verification_start", json_real(t->verification_start)},
        {"verification_rise", json_real(t->verification_rise)},
        {"margin_every", json_integer((json_int_t)t->learning.margin_every)},
        {"margin_pairs", json_integer((json_int_t)t->learning.margin_pairs)},
        {"dropout", json_real(t->learning.dropout)},
        {"momentum", json_real(t->learning.momentum)},
        {"decay", json_real(t->learning.decay)},
        {"clip", json_real(t->learning.clip)},
        {"batch_people", json_integer((json_int_t)t->sampler.people)},
        {"batch_images", json_integer((json_int_t)t->sampler.images)},
        {"balance", json_real(t->sampler.balance)},
        {"rate", json_real(t->rate)},
        {"warmup", json_real(t->warmup)},
        {"epochs", json_real(t->epochs)},
        {"schedule", json_string(facet_schedule_name(t->schedule))},
        {"augment", augment_json(&t->augment)},
    };
    json_t *all = json_object();
    int failed = all == NULL;
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        failed |= json_object_set_new(all, list[i].name, list[i].value) < 0;
    if (!failed) *settings = all;
    if (failed) json_decref(all);
    return failed ? facet_fail(FACET_ENOMEM, "out of memory for settings") : FACET_OK;
}
