/* oneDNN's part of the benchmark of forward passes: DeepID2+ with shared convolutions, 3x3 layers by
 * its Winograd algorithm where it has one for this machine.
 *
 *     bench-net-onednn WEIGHTS.raw IMAGES.raw
 *
 * WEIGHTS: weight and bias of conv1, fc1, conv2, fc2, conv3, fc3, conv4, fc4, float32, as the model
 * file has them. Answers requests, see bench.py. */
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_OPS = 64, MAX_ARGS = 4 };

struct op {
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t args[MAX_ARGS];
    int count;
};

/* A network for one batch size: its primitives in order, and its outputs. */
struct graph {
    long batch;
    int all;
    struct op ops[MAX_OPS];
    int op_count, winograd;
    dnnl_memory_t input, fc[4];
};

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static float *weights, *images;

static void check(dnnl_status_t status, int line)
{
    if (status == dnnl_success) return;
    fprintf(stderr, "bench-net-onednn: oneDNN says %d at line %d\n", (int)status, line);
    exit(1);
}
#define CHECK(call) check(call, __LINE__)

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float *read_raw(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    fseek(file, 0, SEEK_END);
    const size_t size = (size_t)ftell(file);
    rewind(file);
    float *values = malloc(size);
    if (values != NULL && fread(values, 1, size, file) != size) return NULL;
    fclose(file);
    return values;
}

static dnnl_memory_desc_t describe(int n, const dnnl_dims_t dims, dnnl_format_tag_t tag)
{
    dnnl_memory_desc_t desc;
    CHECK(dnnl_memory_desc_init_by_tag(&desc, n, dims, dnnl_f32, tag));
    return desc;
}

static dnnl_memory_t allocate(const dnnl_memory_desc_t *desc)
{
    dnnl_memory_t memory;
    CHECK(dnnl_memory_create(&memory, desc, engine, DNNL_MEMORY_ALLOCATE));
    return memory;
}

static const dnnl_memory_desc_t *desc_of(dnnl_memory_t memory)
{
    const dnnl_memory_desc_t *desc;
    CHECK(dnnl_memory_get_memory_desc(memory, &desc));
    return desc;
}

static dnnl_primitive_t reorder(dnnl_memory_t from, const dnnl_memory_desc_t *to)
{
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    CHECK(dnnl_reorder_primitive_desc_create(&desc, desc_of(from), engine, to, engine, NULL));
    CHECK(dnnl_primitive_create(&primitive, desc));
    CHECK(dnnl_primitive_desc_destroy(desc));
    return primitive;
}

/* `memory` in the layout wanted: itself, or another that the graph fills each time. */
static dnnl_memory_t as_wanted(struct graph *g, dnnl_memory_t memory,
                               const dnnl_memory_desc_t *wanted)
{
    if (dnnl_memory_desc_equal(desc_of(memory), wanted)) return memory;
    dnnl_memory_t other = allocate(wanted);
    g->ops[g->op_count++] = (struct op){
        reorder(memory, wanted), {{DNNL_ARG_FROM, memory}, {DNNL_ARG_TO, other}}, 2};
    return other;
}

/* Values of the user, put into the layout wanted once. */
static dnnl_memory_t constant(float *values, int n, const dnnl_dims_t dims, dnnl_format_tag_t tag,
                              const dnnl_memory_desc_t *wanted)
{
    dnnl_memory_desc_t desc = describe(n, dims, tag);
    dnnl_memory_t plain, packed = allocate(wanted);
    CHECK(dnnl_memory_create(&plain, &desc, engine, values));
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, plain}, {DNNL_ARG_TO, packed}};
    dnnl_primitive_t primitive = reorder(plain, wanted);
    CHECK(dnnl_primitive_execute(primitive, stream, 2, args));
    CHECK(dnnl_stream_wait(stream));
    CHECK(dnnl_primitive_destroy(primitive));
    CHECK(dnnl_memory_destroy(plain));
    return packed;
}

static dnnl_primitive_attr_t with_relu(void)
{
    dnnl_primitive_attr_t attr;
    dnnl_post_ops_t ops;
    CHECK(dnnl_primitive_attr_create(&attr));
    CHECK(dnnl_post_ops_create(&ops));
    CHECK(dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, 0, 0));
    CHECK(dnnl_primitive_attr_set_post_ops(attr, ops));
    CHECK(dnnl_post_ops_destroy(ops));
    return attr;
}

/* Adds a layer with weights; `desc` is its operation. */
static dnnl_memory_t add(struct graph *g, dnnl_primitive_desc_t desc, dnnl_memory_t from,
                         float **at, int n, const dnnl_dims_t weight_dims, dnnl_format_tag_t tag)
{
    const dnnl_memory_desc_t *w = dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 0);
    const dnnl_memory_desc_t *b = dnnl_primitive_desc_query_md(desc, dnnl_query_weights_md, 1);
    size_t count = 1;
    for (int i = 0; i < n; i++) count *= (size_t)weight_dims[i];
    dnnl_memory_t source =
        as_wanted(g, from, dnnl_primitive_desc_query_md(desc, dnnl_query_src_md, 0));
    dnnl_memory_t to = allocate(dnnl_primitive_desc_query_md(desc, dnnl_query_dst_md, 0));
    dnnl_memory_t weight = constant(*at, n, weight_dims, tag, w);
    dnnl_memory_t bias = constant(*at + count, 1, weight_dims, dnnl_a, b);
    struct op op = {NULL,
                    {{DNNL_ARG_SRC, source},
                     {DNNL_ARG_WEIGHTS, weight},
                     {DNNL_ARG_BIAS, bias},
                     {DNNL_ARG_DST, to}},
                    4};
    *at += count + (size_t)weight_dims[0];
    CHECK(dnnl_primitive_create(&op.primitive, desc));
    CHECK(dnnl_primitive_desc_destroy(desc));
    g->ops[g->op_count++] = op;
    return to;
}

static dnnl_memory_t convolution(struct graph *g, dnnl_memory_t from, float **at, long out, long k)
{
    const dnnl_dim_t *in = desc_of(from)->dims;
    const dnnl_dims_t source = {in[0], in[1], in[2], in[3]}, weight = {out, in[1], k, k};
    const dnnl_dims_t bias = {out}, result = {in[0], out, in[2] - k + 1, in[3] - k + 1};
    const dnnl_dims_t strides = {1, 1}, padding = {0, 0};
    dnnl_memory_desc_t s = describe(4, source, dnnl_format_tag_any);
    dnnl_memory_desc_t w = describe(4, weight, dnnl_format_tag_any);
    dnnl_memory_desc_t b = describe(1, bias, dnnl_format_tag_any);
    dnnl_memory_desc_t d = describe(4, result, dnnl_format_tag_any);
    const dnnl_alg_kind_t ways[] = {dnnl_convolution_winograd, dnnl_convolution_direct};
    dnnl_primitive_attr_t attr = with_relu();
    dnnl_primitive_desc_t desc = NULL;
    for (int i = k == 3 ? 0 : 1; i < 2 && desc == NULL; i++) {
        dnnl_convolution_desc_t op;
        CHECK(dnnl_convolution_forward_desc_init(&op, dnnl_forward_inference, ways[i], &s, &w, &b,
                                                 &d, strides, padding, padding));
        if (dnnl_primitive_desc_create(&desc, &op, attr, engine, NULL) != dnnl_success) desc = NULL;
        if (desc != NULL && i == 0) g->winograd++;
    }
    CHECK(dnnl_primitive_attr_destroy(attr));
    CHECK(desc != NULL ? dnnl_success : dnnl_unimplemented);
    return add(g, desc, from, at, 4, weight, dnnl_oihw);
}

static dnnl_memory_t pool(struct graph *g, dnnl_memory_t from)
{
    const dnnl_dim_t *in = desc_of(from)->dims;
    const dnnl_dims_t result = {in[0], in[1], in[2] / 2, in[3] / 2};
    const dnnl_dims_t two = {2, 2}, padding = {0, 0};
    dnnl_memory_desc_t d = describe(4, result, dnnl_format_tag_any);
    dnnl_pooling_desc_t op;
    dnnl_primitive_desc_t desc;
    CHECK(dnnl_pooling_forward_desc_init(&op, dnnl_forward_inference, dnnl_pooling_max,
                                         desc_of(from), &d, two, two, padding, padding));
    CHECK(dnnl_primitive_desc_create(&desc, &op, NULL, engine, NULL));
    dnnl_memory_t to = allocate(dnnl_primitive_desc_query_md(desc, dnnl_query_dst_md, 0));
    struct op step = {NULL, {{DNNL_ARG_SRC, from}, {DNNL_ARG_DST, to}}, 2};
    CHECK(dnnl_primitive_create(&step.primitive, desc));
    CHECK(dnnl_primitive_desc_destroy(desc));
    g->ops[g->op_count++] = step;
    return to;
}

/* A fully connected layer; `wanted` 0 only steps over its weights. */
static dnnl_memory_t connect(struct graph *g, dnnl_memory_t from, float **at, long out, int wanted)
{
    const dnnl_dim_t *in = desc_of(from)->dims;
    const dnnl_dims_t source = {in[0], in[1], in[2], in[3]}, weight = {out, in[1], in[2], in[3]};
    const dnnl_dims_t bias = {out}, result = {in[0], out};
    if (!wanted) {
        *at += (in[1] * in[2] * in[3] + 1) * out;
        return NULL;
    }
    dnnl_memory_desc_t s = describe(4, source, dnnl_format_tag_any);
    dnnl_memory_desc_t w = describe(4, weight, dnnl_format_tag_any);
    dnnl_memory_desc_t b = describe(1, bias, dnnl_format_tag_any);
    dnnl_memory_desc_t d = describe(2, result, dnnl_ab);
    dnnl_inner_product_desc_t op;
    dnnl_primitive_attr_t attr = with_relu();
    dnnl_primitive_desc_t desc;
    CHECK(dnnl_inner_product_forward_desc_init(&op, dnnl_forward_inference, &s, &w, &b, &d));
    CHECK(dnnl_primitive_desc_create(&desc, &op, attr, engine, NULL));
    CHECK(dnnl_primitive_attr_destroy(attr));
    return add(g, desc, from, at, 4, weight, dnnl_oihw);
}

static void build(struct graph *g, int all, long batch)
{
    const dnnl_dims_t dims = {batch, 3, 55, 47};
    const dnnl_memory_desc_t input = describe(4, dims, dnnl_nchw);
    float *at = weights;
    *g = (struct graph){.batch = batch, .all = all};
    g->input = allocate(&input);
    dnnl_memory_t x = pool(g, convolution(g, g->input, &at, 128, 4));
    g->fc[0] = connect(g, x, &at, 512, all);
    x = pool(g, convolution(g, x, &at, 128, 3));
    g->fc[1] = connect(g, x, &at, 512, all);
    x = pool(g, convolution(g, x, &at, 128, 3));
    g->fc[2] = connect(g, x, &at, 512, all);
    x = convolution(g, x, &at, 128, 2);
    g->fc[3] = connect(g, x, &at, 512, 1);
    void *handle;
    CHECK(dnnl_memory_get_data_handle(g->input, &handle));
    memcpy(handle, images, (size_t)batch * 3 * 55 * 47 * sizeof(float));
}

/* What it holds is left to the end of the process: there are few graphs. */
static struct graph *find(int all, long batch, int threads)
{
    static struct graph known[32];
    static int threads_of[32], count;
    for (int i = 0; i < count; i++)
        if (known[i].all == all && known[i].batch == batch && threads_of[i] == threads)
            return &known[i];
    if (count == 32) exit(1);
    threads_of[count] = threads;
    build(&known[count], all, batch);
    return &known[count++];
}

static void pass(const struct graph *g)
{
    for (int i = 0; i < g->op_count; i++)
        CHECK(dnnl_primitive_execute(g->ops[i].primitive, stream, g->ops[i].count,
                                     g->ops[i].args));
    CHECK(dnnl_stream_wait(stream));
}

static void answer(const char *what, long batch, int threads, double seconds)
{
    omp_set_num_threads(threads);
    const struct graph *g = find(strcmp(what, "fc4") != 0, batch, threads);
    double begun, spent, done = 0, first = 0;
    pass(g);
    begun = now();
    do {
        pass(g);
        done += (double)batch;
        spent = now() - begun;
    } while (spent < seconds);
    for (int i = 0; i < 4; i++) {
        void *values;
        if (g->fc[i] == NULL) continue;
        CHECK(dnnl_memory_get_data_handle(g->fc[i], &values));
        for (int k = 0; k < 512; k++) first += (double)((float *)values)[k];
    }
    printf("%.1f %.9g\n", done / spent, first);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char what[64];
    long batch;
    int threads;
    double seconds;
    if (argc != 3 || (weights = read_raw(argv[1])) == NULL || (images = read_raw(argv[2])) == NULL)
        return 2;
    CHECK(dnnl_engine_create(&engine, dnnl_cpu, 0));
    CHECK(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    const dnnl_version_t *v = dnnl_version();
    printf("oneDNN %d.%d.%d, %d of the 3x3 layers by Winograd\n", v->major, v->minor, v->patch,
           find(0, 64, 1)->winograd);
    fflush(stdout);
    while (scanf("%63s %ld %d %lf", what, &batch, &threads, &seconds) == 4)
        answer(what, batch, threads, seconds);
    return 0;
}
