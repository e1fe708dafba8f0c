#include "net/onnx/normalise.h"

#include <math.h>

static int like_input(struct facet_onnx_graph *graph, const struct facet_onnx_node *node)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    return facet_onnx_set(graph, node, 0, x->type, &x->shape);
}

/* Channels of an input (n, channels, ..). */
static int read_channels(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                         size_t *channels)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    if (x->shape.rank < 2 || x->shape.dims[1] < 1)
        return facet_onnx_fail(graph, node, "its input has no channels");
    *channels = x->shape.dims[1];
    return FACET_OK;
}

/* ---- BatchNormalization ---- */

double facet_onnx_affine_factor(const struct facet_onnx_affine *a, size_t c)
{
    return (double)a->scale[c] / sqrt((double)a->variance[c] + (double)a->epsilon);
}

double facet_onnx_affine_addend(const struct facet_onnx_affine *a, size_t c)
{
    return (double)a->bias[c] - (double)a->mean[c] * facet_onnx_affine_factor(a, c);
}

int facet_onnx_infer_batch_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct facet_onnx_affine *a = facet_onnx_settings(node, sizeof *a);
    int64_t training, spatial;
    if (a == NULL) return FACET_ENOMEM;
    int code = read_channels(graph, node, &a->channels);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "epsilon", 1e-5f, &a->epsilon);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "training_mode", 0, &training);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "spatial", 1, &spatial);
    if (code < 0) return code;
    if (training != 0) return facet_onnx_fail(graph, node, "training_mode is unsupported");
    if (spatial == 0) return facet_onnx_fail(graph, node, "spatial = 0 is unsupported");
    for (int i = 1; i < node->output_count; i++)
        if (facet_onnx_output(graph, node, i) != NULL)
            return facet_onnx_fail(graph, node, "outputs of training are unsupported");
    const float **const to[] = {&a->scale, &a->bias, &a->mean, &a->variance};
    for (int i = 0; code == FACET_OK && i < 4; i++)
        code = facet_onnx_input_reals(graph, node, 1 + i, a->channels, to[i]);
    for (size_t c = 0; code == FACET_OK && c < a->channels; c++)
        if (!((double)a->variance[c] + (double)a->epsilon > 0))
            code = facet_onnx_fail(graph, node, "variance %zu is %g: expected above zero", c,
                                   (double)a->variance[c]);
    return code == FACET_OK ? like_input(graph, node) : code;
}

int facet_onnx_infer_old_batch_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    int64_t test;
    int code = facet_onnx_int(graph, node, "is_test", 0, &test);
    if (code == FACET_OK && test == 0)
        code = facet_onnx_fail(graph, node, "is_test = 0 is unsupported");
    return code == FACET_OK ? facet_onnx_infer_batch_norm(graph, node) : code;
}

void facet_onnx_run_batch_norm(const struct facet_onnx_task *task)
{
    enum { TOGETHER = 16 }; /* channels: a line of the cache */
    const struct facet_onnx_affine *a = task->node->settings;
    const struct facet_onnx_tensor *t = facet_onnx_input(task->graph, task->node, 0);
    const size_t pixels = task->images * facet_onnx_shape_count(&t->shape) / a->channels;
    for (size_t first = 0; first < a->channels; first += TOGETHER) {
        const size_t some = a->channels - first < TOGETHER ? a->channels - first : TOGETHER;
        const float *x = (const float *)task->in[0] + first;
        float *y = (float *)task->out[0] + first;
        float factor[TOGETHER], addend[TOGETHER];
        for (size_t c = 0; c < some; c++) {
            factor[c] = (float)facet_onnx_affine_factor(a, first + c);
            addend[c] = (float)facet_onnx_affine_addend(a, first + c);
        }
        for (size_t p = 0; p < pixels; p++, x += a->channels, y += a->channels)
            for (size_t c = 0; c < some; c++) y[c] = x[c] * factor[c] + addend[c];
    }
}

/* ---- InstanceNormalization ---- */

struct instance {
    size_t channels;
    const float *scale, *bias;
    float epsilon;
};

int facet_onnx_infer_instance_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct instance *s = facet_onnx_settings(node, sizeof *s);
    if (s == NULL) return FACET_ENOMEM;
    int code = read_channels(graph, node, &s->channels);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "epsilon", 1e-5f, &s->epsilon);
    if (code == FACET_OK) code = facet_onnx_input_reals(graph, node, 1, s->channels, &s->scale);
    if (code == FACET_OK) code = facet_onnx_input_reals(graph, node, 2, s->channels, &s->bias);
    return code == FACET_OK ? like_input(graph, node) : code;
}

/* `count` values, `step` apart, to mean 0 and variance 1: *mean and 1 / sqrt(variance + epsilon).
 */
static void moments(const float *x, size_t count, size_t step, double epsilon, double *mean,
                    double *inverse)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) sum += (double)x[i * step];
    *mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        const double off = (double)x[i * step] - *mean;
        squares += off * off;
    }
    *inverse = 1 / sqrt(squares / (double)count + epsilon);
}

void facet_onnx_run_instance_norm(const struct facet_onnx_task *task)
{
    const struct instance *s = task->node->settings;
    const struct facet_onnx_shape *shape = &facet_onnx_input(task->graph, task->node, 0)->shape;
    const size_t pixels = facet_onnx_shape_span(shape, 2, shape->rank);
    for (size_t at = 0; at < task->images * shape->dims[0] * s->channels; at++) {
        const size_t c = at % s->channels, first = at / s->channels * pixels * s->channels + c;
        const float *x = (const float *)task->in[0] + first;
        float *y = (float *)task->out[0] + first;
        double mean, inverse;
        moments(x, pixels, s->channels, (double)s->epsilon, &mean, &inverse);
        for (size_t p = 0; p < pixels; p++)
            y[p * s->channels] =
                (float)(((double)x[p * s->channels] - mean) * inverse * (double)s->scale[c] +
                        (double)s->bias[c]);
    }
}

/* ---- LayerNormalization ---- */

struct layer {
    size_t rows, count;
    const float *scale, *bias;
    float epsilon;
};

/* Output i of mean or deviation: the shape with 1 for the axes that are normalised. */
static int set_moments(struct facet_onnx_graph *graph, const struct facet_onnx_node *node, int axis)
{
    struct facet_onnx_shape shape = facet_onnx_input(graph, node, 0)->shape;
    for (int i = axis; i < shape.rank; i++) shape.dims[i] = 1;
    int code = facet_onnx_set(graph, node, 1, FACET_ONNX_FLOAT, &shape);
    return code == FACET_OK ? facet_onnx_set(graph, node, 2, FACET_ONNX_FLOAT, &shape) : code;
}

int facet_onnx_infer_layer_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct layer *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    int64_t first, stash;
    int axis = 0;
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "axis", -1, &first);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "stash_type", 1, &stash);
    if (code == FACET_OK) code = facet_onnx_axis(graph, node, first, x->shape.rank, 0, &axis);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "epsilon", 1e-5f, &s->epsilon);
    if (code < 0) return code;
    s->rows = facet_onnx_shape_span(&x->shape, 0, axis);
    s->count = facet_onnx_shape_span(&x->shape, axis, x->shape.rank);
    if (s->count == 0) return facet_onnx_fail(graph, node, "its input has no values");
    code = facet_onnx_input_reals(graph, node, 1, s->count, &s->scale);
    if (code == FACET_OK) code = facet_onnx_input_reals(graph, node, 2, s->count, &s->bias);
    if (code == FACET_OK) code = set_moments(graph, node, axis);
    return code == FACET_OK ? like_input(graph, node) : code;
}

void facet_onnx_run_layer_norm(const struct facet_onnx_task *task)
{
    const struct layer *s = task->node->settings;
    float *means = task->node->output_count > 1 ? task->out[1] : NULL;
    float *inverses = task->node->output_count > 2 ? task->out[2] : NULL;
    for (size_t r = 0; r < s->rows; r++) {
        const float *x = (const float *)task->in[0] + r * s->count;
        float *y = (float *)task->out[0] + r * s->count;
        double mean, inverse;
        moments(x, s->count, 1, (double)s->epsilon, &mean, &inverse);
        for (size_t i = 0; i < s->count; i++)
            y[i] = (float)(((double)x[i] - mean) * inverse * (double)s->scale[i] +
                           (s->bias != NULL ? (double)s->bias[i] : 0));
        if (means != NULL) means[r] = (float)mean;
        if (inverses != NULL) inverses[r] = (float)inverse;
    }
}

/* ---- LpNormalization ---- */

struct lp {
    int axis;
    int64_t p;
};

int facet_onnx_infer_lp_norm(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct lp *s = facet_onnx_settings(node, sizeof *s);
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    int64_t axis;
    if (s == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "axis", -1, &axis);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "p", 2, &s->p);
    if (code == FACET_OK) code = facet_onnx_axis(graph, node, axis, x->shape.rank, 0, &s->axis);
    if (code == FACET_OK && s->p != 1 && s->p != 2)
        code = facet_onnx_fail(graph, node, "p is %lld, expected 1 or 2", (long long)s->p);
    return code == FACET_OK ? like_input(graph, node) : code;
}

/* A vector of zeros stays one. */
void facet_onnx_run_lp_norm(const struct facet_onnx_task *task)
{
    const struct lp *s = task->node->settings;
    const struct facet_onnx_shape *shape = &facet_onnx_input(task->graph, task->node, 0)->shape;
    const size_t count = shape->dims[s->axis];
    const size_t step = facet_onnx_shape_span(shape, s->axis + 1, shape->rank);
    const size_t lines = facet_onnx_shape_span(shape, 0, s->axis) * step;
    for (size_t l = 0; l < lines; l++) {
        const size_t first = l / step * count * step + l % step;
        const float *x = (const float *)task->in[0] + first;
        float *y = (float *)task->out[0] + first;
        double norm = 0;
        for (size_t i = 0; i < count; i++)
            norm +=
                s->p == 1 ? fabs((double)x[i * step]) : (double)x[i * step] * (double)x[i * step];
        if (s->p == 2) norm = sqrt(norm);
        for (size_t i = 0; i < count; i++)
            y[i * step] = norm > 0 ? (float)((double)x[i * step] / norm) : x[i * step];
    }
}

/* ---- LRN ---- */

struct lrn {
    size_t channels, size;
    float alpha, beta, bias;
};

int facet_onnx_infer_lrn(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct lrn *s = facet_onnx_settings(node, sizeof *s);
    int64_t size;
    if (s == NULL) return FACET_ENOMEM;
    int code = read_channels(graph, node, &s->channels);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "size", 0, &size);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "alpha", 1e-4f, &s->alpha);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "beta", 0.75f, &s->beta);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "bias", 1, &s->bias);
    if (code < 0) return code;
    if (size < 1 || size > INT32_MAX)
        return facet_onnx_fail(graph, node, "size is %lld, expected 1 or more", (long long)size);
    s->size = (size_t)size;
    return like_input(graph, node);
}

/* Channels c - floor((size - 1) / 2) .. c + ceil((size - 1) / 2) of each pixel. */
void facet_onnx_run_lrn(const struct facet_onnx_task *task)
{
    const struct lrn *s = task->node->settings;
    const size_t count =
        facet_onnx_shape_count(&facet_onnx_input(task->graph, task->node, 0)->shape);
    const size_t below = (s->size - 1) / 2, above = s->size - 1 - below;
    for (size_t p = 0; p < task->images * count / s->channels; p++) {
        const float *x = (const float *)task->in[0] + p * s->channels;
        float *y = (float *)task->out[0] + p * s->channels;
        for (size_t c = 0; c < s->channels; c++) {
            const size_t first = c > below ? c - below : 0;
            const size_t end = s->channels - c > above ? c + above + 1 : s->channels;
            double squares = 0;
            for (size_t i = first; i < end; i++) squares += (double)x[i] * (double)x[i];
            y[c] = (float)((double)x[c] /
                           pow((double)s->bias + (double)s->alpha / (double)s->size * squares,
                               (double)s->beta));
        }
    }
}
