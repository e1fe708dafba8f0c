/* Networks: shapes, what is refused, and the same bits for any way of cutting a job into calls.
 * Values are compared with PyTorch in test_torch.py. */
#include "base/check.h"

#include "base/rng.h"
#include "kernels/convolve.h"
#include "net/deepid2plus.h"
#include "net/net.h"

#include <math.h>
#include <threads.h>

static struct facet_model *small_model(void)
{
    struct facet_deepid2plus spec = facet_deepid2plus_default();
    const int maps[4] = {6, 9, 5, 7}, widths[4] = {11, 12, 13, 33};
    struct facet_model *model = NULL;
    memcpy(spec.maps, maps, sizeof maps);
    memcpy(spec.widths, widths, sizeof widths);
    spec.fc4_sees_pool3 = 1;
    spec.height = 47;
    assert_ok(facet_deepid2plus_new(&model, &spec));
    return model;
}

static const struct facet_kernels *kernels(const char *name)
{
    const struct facet_kernels *k = NULL;
    assert_ok(facet_kernels_choose(name, &k));
    return k;
}

static void shapes_are_those_of_the_paper(void **state)
{
    (void)state;
    const struct {
        const char *name;
        size_t dims[3];
    } expected[] = {
        {"conv1_linear", {128, 52, 44}},
        {"conv1", {128, 52, 44}},
        {"pool1", {128, 26, 22}},
        {"fc1_linear", {512}},
        {"fc1", {512}},
        {"conv2_linear", {128, 24, 20}},
        {"conv2", {128, 24, 20}},
        {"pool2", {128, 12, 10}},
        {"fc2_linear", {512}},
        {"fc2", {512}},
        {"conv3_linear", {128, 10, 8}},
        {"conv3", {128, 10, 8}},
        {"pool3", {128, 5, 4}},
        {"fc3_linear", {512}},
        {"fc3", {512}},
        {"conv4_linear", {128, 4, 3}},
        {"conv4", {128, 4, 3}},
        {"fc4_linear", {512}},
        {"fc4", {512}},
    };
    struct facet_deepid2plus spec = facet_deepid2plus_default();
    struct facet_model *model = NULL;
    struct facet_net *net = NULL;
    size_t tensor = 0;
    assert_ok(facet_deepid2plus_new(&model, &spec));
    assert_ok(facet_net_new(&net, model));
    assert_int_equal(facet_net_tensor_count(net), sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < facet_net_tensor_count(net); i++) {
        assert_string_equal(facet_net_tensor(net, i)->name, expected[i].name);
        assert_memory_equal(facet_net_tensor(net, i)->dims, expected[i].dims, sizeof(size_t[3]));
    }
    assert_fails(facet_net_find(net, "fc5", &tensor), FACET_EINVAL,
                 "no tensor \"fc5\" (it has: conv1_linear, conv1, pool1,");
    /* By hand: maps x output pixels x taps. */
    for (size_t i = 0; i < model->layer_count; i++) {
        const char *name = facet_net_shape(net, i)->name;
        const double macs = strcmp(name, "conv1") == 0   ? 128. * 52 * 44 * 48
                            : strcmp(name, "conv2") == 0 ? 128. * 24 * 20 * 1152
                            : strcmp(name, "conv3") == 0 ? 128. * 10 * 8 * 1152
                            : strcmp(name, "conv4") == 0 ? 128. * 4 * 3 * 512
                            : strcmp(name, "fc1") == 0   ? 512. * 128 * 26 * 22
                            : strcmp(name, "fc2") == 0   ? 512. * 128 * 12 * 10
                            : strcmp(name, "fc3") == 0   ? 512. * 128 * 5 * 4
                            : strcmp(name, "fc4") == 0   ? 512. * 1536
                                                         : 0;
        assert_true(facet_net_layer_macs(net, i) == macs);
    }
    assert_ok(facet_net_find(net, "pool1", &tensor));
    /* pool1: its own output and the input for one image, a strip of conv1 and Winograd's lines of a
     * strip, never the maps. */
    const double pool1 = 4. * 128 * 26 * 22, input = 4. * 3 * 55 * 47;
    const double strip = 4. * 4 * 44 * 128, lines = 4. * 30 * 3 * 47;
    assert_true(facet_run_memory(net, &tensor, 1, 64) == pool1 + input + strip + lines);
    /* fc1 reads pool1 of a whole block. */
    assert_ok(facet_net_find(net, "fc1", &tensor));
    assert_true(facet_run_memory(net, &tensor, 1, 1000) >= 4. * 128 * 26 * 22 * FACET_NET_BLOCK);
    assert_true(facet_run_memory(net, &tensor, 1, 2) < 4 * pool1);
    facet_net_free(&net);
    facet_model_free(&model);
}

static void seeds_give_the_same_weights(void **state)
{
    (void)state;
    struct facet_deepid2plus spec = facet_deepid2plus_default();
    struct facet_model *a = small_model(), *b = NULL;
    for (int i = 0; i < 4; i++) spec.maps[i] = 16;
    assert_ok(facet_deepid2plus_new(&b, &spec));
    /* He-normal: mean 0, variance 2 / fan-in, within five standard errors. */
    for (size_t i = 0; i < b->layer_count; i++) {
        const struct facet_tensor *w = &b->layers[i].weight;
        double n = (double)facet_tensor_count(w), sum = 0, squares = 0;
        if (w->rank == 0) continue;
        size_t fan = w->dims[w->rank - 1];
        if (w->rank > 2) fan *= w->dims[w->rank - 2] * w->dims[w->rank - 3];
        for (size_t j = 0; j < (size_t)n; j++) {
            sum += w->values[j];
            squares += (double)w->values[j] * w->values[j];
        }
        double variance = 2 / (double)fan;
        assert_true(fabs(sum / n) < 5 * sqrt(variance / n));
        assert_true(fabs(squares / n / variance - 1) < 5 * sqrt(2 / n));
    }
    /* A layer of the same shape has the same weights, whatever the others are like. */
    struct facet_model *c = small_model();
    for (size_t i = 0; i < a->layer_count; i++)
        assert_memory_equal(a->layers[i].weight.values, c->layers[i].weight.values,
                            facet_tensor_count(&a->layers[i].weight) * sizeof(float));
    facet_model_free(&a);
    facet_model_free(&b);
    facet_model_free(&c);
}

static void impossible_architectures_are_refused(void **state)
{
    (void)state;
    struct facet_model *model = NULL;
    struct facet_deepid2plus spec = facet_deepid2plus_default();
    spec.height = 30;
    assert_fails(facet_deepid2plus_new(&model, &spec), FACET_EINVAL, "an input of 30 x 47");
    spec = facet_deepid2plus_default();
    spec.channels = 2;
    assert_fails(facet_deepid2plus_new(&model, &spec), FACET_EINVAL, "2 channels");
    spec = facet_deepid2plus_default();
    spec.maps[2] = 0;
    assert_fails(facet_deepid2plus_new(&model, &spec), FACET_EINVAL, "conv3: 0 maps");
    assert_null(model);
}

/* ---- what a network refuses ---- */

static struct facet_model_layer *layer(struct facet_model *model, const char *name)
{
    for (size_t i = 0; i < model->layer_count; i++)
        if (strcmp(model->layers[i].name, name) == 0) return &model->layers[i];
    fail_msg("no layer %s", name);
    return NULL;
}

static void unknown_kind(struct facet_model *m)
{
    strcpy(layer(m, "conv2")->kind, "dropout");
}
static void unknown_input(struct facet_model *m)
{
    strcpy(layer(m, "conv2")->inputs[0], "pool9");
}
static void later_input(struct facet_model *m)
{
    strcpy(layer(m, "conv2")->inputs[0], "pool2");
}
static void own_input(struct facet_model *m)
{
    strcpy(layer(m, "conv2")->inputs[0], "conv2");
}
static void second_input(struct facet_model *m)
{
    layer(m, "conv2")->input_count = 2;
    strcpy(layer(m, "conv2")->inputs[1], "pool1");
}
static void no_input(struct facet_model *m)
{
    layer(m, "fc1")->input_count = 0;
}
static void flat_input(struct facet_model *m)
{
    strcpy(layer(m, "conv2")->inputs[0], "fc1");
}
static void flat_pool(struct facet_model *m)
{
    strcpy(layer(m, "pool2")->inputs[0], "fc1");
}
static void wrong_channels(struct facet_model *m)
{
    layer(m, "conv2")->weight.dims[1] = 5;
}
static void wrong_regions(struct facet_model *m)
{
    layer(m, "conv3")->weight.dims[0] = 2;
}
static void wrong_bias(struct facet_model *m)
{
    layer(m, "conv4")->bias.dims[2] = 6;
}
static void wrong_width(struct facet_model *m)
{
    layer(m, "fc2")->weight.dims[1]--;
}
static void no_weight(struct facet_model *m)
{
    layer(m, "fc3")->weight.rank = 0;
}
static void large_kernel(struct facet_model *m)
{
    layer(m, "conv2")->weight.dims[2] = 30;
}
static void pool_with_weight(struct facet_model *m)
{
    layer(m, "pool1")->weight.rank = 1;
}
static void other_attribute(struct facet_model *m)
{
    strcpy(layer(m, "conv1")->attributes[0].name, "stride");
}
static void strange_relu(struct facet_model *m)
{
    layer(m, "conv1")->attributes[0].value = 2;
}
static void no_region(struct facet_model *m)
{
    layer(m, "conv4")->attributes[0].value = 0;
}
static void same_name(struct facet_model *m)
{
    strcpy(layer(m, "fc2")->name, "fc1");
}
static void linear_name(struct facet_model *m)
{
    strcpy(layer(m, "fc2")->name, "fc1_linear");
}
static void input_name(struct facet_model *m)
{
    strcpy(layer(m, "fc2")->name, "input");
}
static void bad_size(struct facet_model *m)
{
    m->preprocess.width = 0;
}

static void faults_are_named(void **state)
{
    (void)state;
    const struct {
        void (*spoil)(struct facet_model *);
        const char *message;
    } faults[] = {
        {unknown_kind,
         "deepid2plus: layer conv2: unknown kind \"dropout\" (there are: convolution"},
        {unknown_input, "layer conv2: its input \"pool9\" is neither"},
        {later_input, "layer conv2: its input \"pool2\" is neither"},
        {own_input, "layer conv2: its input \"conv2\" is neither"},
        {second_input, "layer conv2: it has 2 inputs, a convolution takes 1"},
        {no_input, "layer fc1: it has 0 inputs, a fully_connected takes 1 or 2"},
        {flat_input, "layer conv2: its input fc1 has shape (11), expected (channel, y, x)"},
        {flat_pool, "layer pool2: its input fc1 has shape (11), expected (channel, y, x)"},
        {wrong_channels, "layer conv2: weight has shape (9, 5, 3, 3), expected (any, 6, any, any)"},
        {wrong_regions, "layer conv3: weight has shape (2, 4, 5, 9, 3, 3), expected (4, 4, 5, 9"},
        {wrong_bias, "layer conv4: bias has shape (3, 3, 6), expected (3, 3, 7)"},
        {wrong_width, "layer fc2: weight has shape (12, 899), expected (any, 900)"},
        {no_weight, "layer fc3: weight is missing, expected shape (any, 80)"},
        {large_kernel,
         "layer conv2: a kernel of 30 x 3 doesn't fit into its input pool1 (6, 22, 22"},
        {pool_with_weight, "layer pool1: a max_pool has no weights"},
        {other_attribute, "layer conv1: a convolution has no attribute stride"},
        {strange_relu, "layer conv1: attribute relu is 2, expected 0 or 1"},
        {no_region, "layer conv4: attributes region_h and region_w"},
        {same_name, "layer fc1: there is already a tensor fc1"},
        {linear_name, "layer fc1_linear: there is already a tensor fc1_linear"},
        {input_name, "layer input: \"input\" cannot be the name of a tensor"},
        {bad_size, "deepid2plus"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct facet_model *model = small_model();
        struct facet_net *net = NULL;
        faults[i].spoil(model);
        assert_fails(facet_net_new(&net, model), FACET_EFORMAT, faults[i].message);
        assert_null(net);
        facet_model_free(&model);
    }
}

/* ---- the same bits however a job is cut ---- */

enum { IMAGES = 75 };

struct job {
    struct facet_model *model;
    struct facet_net *net;
    size_t *tensors, count, input_size;
    float *input;
};

static struct job job(const char *set)
{
    struct job j = {.model = small_model()};
    assert_ok(facet_net_new(&j.net, j.model));
    j.count = facet_net_tensor_count(j.net);
    j.tensors = facet_alloc(j.count, sizeof *j.tensors, "tensors");
    for (size_t i = 0; i < j.count; i++) j.tensors[i] = j.count - 1 - i; /* any order will do */
    assert_ok(facet_net_prepare(j.net, kernels(set), j.tensors, j.count));
    j.input_size = 3 * 47 * 47;
    j.input = facet_alloc(IMAGES * j.input_size, sizeof(float), "images");
    gsl_rng *rng = facet_rng_new(3, 0);
    for (size_t i = 0; i < IMAGES * j.input_size; i++)
        j.input[i] = (float)(2 * gsl_rng_uniform(rng) - 1);
    gsl_rng_free(rng);
    return j;
}

static float **new_outputs(const struct job *j)
{
    float **outputs = facet_alloc(j->count, sizeof *outputs, "outputs");
    for (size_t i = 0; i < j->count; i++)
        outputs[i] = facet_alloc(IMAGES * facet_net_tensor(j->net, j->tensors[i])->neurons,
                                 sizeof(float), "output");
    return outputs;
}

static void free_outputs(const struct job *j, float **outputs)
{
    for (size_t i = 0; i < j->count; i++) free(outputs[i]);
    free(outputs);
}

static void free_job(struct job *j)
{
    free(j->tensors);
    free(j->input);
    facet_net_free(&j->net);
    facet_model_free(&j->model);
}

/* Runs images first .. first + n - 1 of the job into their place in `outputs`. */
static void forward(struct facet_run *run, const struct job *j, size_t first, size_t n,
                    float *const *outputs)
{
    float *at[32];
    for (size_t i = 0; i < j->count; i++)
        at[i] = outputs[i] + first * facet_net_tensor(j->net, j->tensors[i])->neurons;
    facet_run_forward(run, n, j->input + first * j->input_size, at);
}

static void assert_same(const struct job *j, float *const *a, float *const *b)
{
    for (size_t i = 0; i < j->count; i++) {
        const struct facet_acts_layer *t = facet_net_tensor(j->net, j->tensors[i]);
        if (memcmp(a[i], b[i], IMAGES * t->neurons * sizeof(float)) != 0)
            fail_msg("%s has other bits", t->name);
    }
}

static void splits_give_the_same_bits(void **state)
{
    (void)state;
    for (const struct facet_kernels *const *set = facet_kernels_list(); *set != NULL; set++) {
        if (!(*set)->runs()) continue;
        struct job j = job((*set)->name);
        struct facet_run *run = NULL;
        float **whole = new_outputs(&j);
        gsl_rng *rng = facet_rng_new(11, 0);
        assert_ok(facet_run_new(&run, j.net, j.tensors, j.count, IMAGES));
        forward(run, &j, 0, IMAGES, whole);
        for (int trial = 0; trial < 6; trial++) { /* one by one; then at random, also backwards */
            float **parts = new_outputs(&j);
            for (size_t end = IMAGES; end > 0;) {
                size_t n = trial == 0 ? 1 : 1 + gsl_rng_uniform_int(rng, trial < 4 ? 40 : 7);
                if (n > end) n = end;
                end -= n;
                forward(run, &j, end, n, parts);
            }
            assert_same(&j, whole, parts);
            free_outputs(&j, parts);
        }
        gsl_rng_free(rng);
        facet_run_free(&run);
        free_outputs(&j, whole);
        free_job(&j);
    }
}

static void asking_for_less_gives_the_same_bits(void **state)
{
    (void)state;
    struct job j = job(NULL);
    struct facet_run *run = NULL;
    float **whole = new_outputs(&j);
    assert_ok(facet_run_new(&run, j.net, j.tensors, j.count, IMAGES));
    forward(run, &j, 0, IMAGES, whole);
    facet_run_free(&run);
    for (size_t i = 0; i < j.count; i++) {
        size_t neurons = facet_net_tensor(j.net, j.tensors[i])->neurons;
        const size_t twice[2] = {j.tensors[i], j.tensors[i]};
        float *out[2];
        for (int k = 0; k < 2; k++) out[k] = facet_alloc(IMAGES * neurons, sizeof(float), "out");
        assert_ok(facet_run_new(&run, j.net, twice, 2, IMAGES));
        facet_run_forward(run, IMAGES, j.input, out);
        for (int k = 0; k < 2; k++) {
            assert_memory_equal(out[k], whole[i], IMAGES * neurons * sizeof(float));
            free(out[k]);
        }
        facet_run_free(&run);
    }
    free_outputs(&j, whole);
    free_job(&j);
}

struct part {
    const struct job *job;
    float **outputs;
    size_t first;
};

/* Every second run of 7 images, from `first` on. */
static int work(void *data)
{
    struct part *p = data;
    struct facet_run *run = NULL;
    if (facet_run_new(&run, p->job->net, p->job->tensors, p->job->count, 7) < 0) return 1;
    for (size_t at = p->first; at < IMAGES; at += 14)
        forward(run, p->job, at, IMAGES - at < 7 ? IMAGES - at : 7, p->outputs);
    facet_run_free(&run);
    return 0;
}

static void threads_give_the_same_bits(void **state)
{
    (void)state;
    struct job j = job(NULL);
    struct facet_run *run = NULL;
    float **whole = new_outputs(&j), **shared = new_outputs(&j);
    struct part parts[2] = {{&j, shared, 0}, {&j, shared, 7}};
    thrd_t threads[2];
    int status;
    assert_ok(facet_run_new(&run, j.net, j.tensors, j.count, IMAGES));
    forward(run, &j, 0, IMAGES, whole);
    for (int i = 0; i < 2; i++)
        assert_int_equal(thrd_create(&threads[i], work, &parts[i]), thrd_success);
    for (int i = 0; i < 2; i++) {
        thrd_join(threads[i], &status);
        assert_int_equal(status, 0);
    }
    assert_same(&j, whole, shared);
    facet_run_free(&run);
    free_outputs(&j, whole);
    free_outputs(&j, shared);
    free_job(&j);
}

static void a_bad_image_spoils_only_itself(void **state)
{
    (void)state;
    struct job j = job(NULL);
    struct facet_run *run = NULL;
    float **clean = new_outputs(&j), **spoilt = new_outputs(&j);
    enum { BAD = 40 };
    assert_ok(facet_run_new(&run, j.net, j.tensors, j.count, IMAGES));
    forward(run, &j, 0, IMAGES, clean);
    for (size_t i = 0; i < j.input_size; i++) j.input[BAD * j.input_size + i] = NAN;
    forward(run, &j, 0, IMAGES, spoilt);
    for (size_t i = 0; i < j.count; i++) {
        size_t neurons = facet_net_tensor(j.net, j.tensors[i])->neurons;
        for (size_t k = 0; k < IMAGES * neurons; k++)
            if (k / neurons == BAD)
                assert_true(isnan(spoilt[i][k]));
            else
                assert_true(spoilt[i][k] == clean[i][k]);
    }
    facet_run_free(&run);
    free_outputs(&j, clean);
    free_outputs(&j, spoilt);
    free_job(&j);
}

/* ---- model files, as C sees them (the rest is in test_model_file.py) ---- */

static void files_give_the_model_back(void **state)
{
    (void)state;
    struct facet_model *model = small_model(), *back = NULL;
    struct facet_provenance *run = NULL;
    char *const command[] = {"facet-test", "--x"};
    assert_ok(facet_provenance_new(&run, "facet-test", 2, command));
    model->training = facet_strdup("{\"epochs\": 3}");
    for (int half = 0; half < 2; half++) {
        assert_ok(facet_model_write(model, "model.h5", half, run));
        assert_int_equal(access("model.h5.partial", F_OK), -1);
        assert_ok(facet_model_read(&back, "model.h5"));
        assert_string_equal(back->name, "deepid2plus");
        assert_string_equal(back->training, "{\"epochs\": 3}");
        assert_string_equal(back->path, "model.h5");
        assert_int_equal(back->layer_count, model->layer_count);
        assert_int_equal(strlen(back->sha256), 64);
        assert_memory_equal(&back->preprocess, &model->preprocess, sizeof model->preprocess);
        for (size_t i = 0; i < back->layer_count; i++) {
            const struct facet_model_layer *a = &model->layers[i], *b = &back->layers[i];
            assert_string_equal(a->name, b->name);
            assert_string_equal(a->kind, b->kind);
            assert_memory_equal(a->inputs, b->inputs, sizeof a->inputs);
            assert_int_equal(a->attribute_count, b->attribute_count);
            for (int k = 0; k < a->attribute_count; k++)
                assert_int_equal(a->attributes[k].value,
                                 facet_model_attribute(b, a->attributes[k].name, -1));
            assert_int_equal(a->weight.rank, b->weight.rank);
            assert_memory_equal(a->weight.dims, b->weight.dims, sizeof a->weight.dims);
            for (size_t k = 0; k < facet_tensor_count(&a->weight); k++) {
                float x = a->weight.values[k], y = b->weight.values[k];
                assert_true(half ? fabsf(x - y) <= fabsf(x) / 2048 + 3e-8f : x == y);
            }
        }
        facet_model_free(&back);
    }
    facet_model_free(&model);
    facet_provenance_free(&run);
}

static void bad_values_are_not_written(void **state)
{
    (void)state;
    struct facet_model *model = small_model();
    struct facet_provenance *run = NULL;
    char *const command[] = {"facet-test"};
    float *value = &layer(model, "fc2")->weight.values[7];
    assert_ok(facet_provenance_new(&run, "facet-test", 1, command));
    put_file("kept.h5", "an earlier file");
    *value = NAN;
    assert_fails(facet_model_write(model, "kept.h5", 0, run), FACET_EFORMAT,
                 "kept.h5: fc2/weight: value 7 is nan, which is not finite");
    *value = 70000;
    assert_fails(facet_model_write(model, "kept.h5", 1, run), FACET_EFORMAT, "float16 cannot hold");
    assert_fails(facet_model_write(model, "nowhere/model.h5", 0, run), FACET_EIO,
                 "nowhere/model.h5.partial");
    char *kept = get_file("kept.h5");
    assert_string_equal(kept, "an earlier file");
    assert_int_equal(access("kept.h5.partial", F_OK), -1);
    free(kept);
    facet_model_free(&model);
    facet_provenance_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_those_of_the_paper),
        cmocka_unit_test(seeds_give_the_same_weights),
        cmocka_unit_test(impossible_architectures_are_refused),
        cmocka_unit_test(faults_are_named),
        cmocka_unit_test(splits_give_the_same_bits),
        cmocka_unit_test(asking_for_less_gives_the_same_bits),
        cmocka_unit_test(threads_give_the_same_bits),
        cmocka_unit_test(a_bad_image_spoils_only_itself),
        cmocka_unit_test(files_give_the_model_back),
        cmocka_unit_test(bad_values_are_not_written),
    };
    return cmocka_run_group_tests(tests, enter_scratch, leave_scratch);
}
