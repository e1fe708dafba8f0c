#include "net/onnx/resize.h"

#include <math.h>
#include <string.h>

enum { NEAREST, LINEAR };
enum { HALF_PIXEL, PYTORCH_HALF_PIXEL, ALIGN_CORNERS, ASYMMETRIC, TF_HALF_PIXEL, TF_CROP };
enum { PREFER_FLOOR, PREFER_CEIL, FLOOR, CEIL };

struct resize {
    int mode, coordinates, rounding;
    double scale[FACET_ONNX_RANK];
    double length[FACET_ONNX_RANK]; /* of the output before it was cut to whole values */
    double start[FACET_ONNX_RANK], end[FACET_ONNX_RANK]; /* region of TF_CROP, 0 to 1 */
    float beyond;                                        /* value outside the input, of TF_CROP */
};

/* ---- inferring ---- */

static int scale_axes(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      const float *scales, struct resize *r, struct facet_onnx_shape *out)
{
    for (int i = 0; i < out->rank; i++) {
        r->scale[i] = (double)scales[i];
        r->length[i] = r->scale[i] * (double)out->dims[i];
        if (!(r->scale[i] > 0) || !(r->length[i] < (double)FACET_ONNX_MOST))
            return facet_onnx_fail(graph, node, "a scale of %g for %zu values", r->scale[i],
                                   out->dims[i]);
        out->dims[i] = (size_t)r->length[i];
    }
    return FACET_OK;
}

static int size_axes(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                     const struct facet_onnx_list *sizes, struct resize *r,
                     struct facet_onnx_shape *out)
{
    if (sizes->count != (size_t)out->rank)
        return facet_onnx_fail(graph, node, "%zu sizes for %d dimensions", sizes->count, out->rank);
    for (int i = 0; i < out->rank; i++) {
        if (sizes->values[i] < 1 || (uint64_t)sizes->values[i] > FACET_ONNX_MOST)
            return facet_onnx_fail(graph, node, "a size of %lld", (long long)sizes->values[i]);
        r->length[i] = (double)sizes->values[i];
        r->scale[i] = r->length[i] / (double)out->dims[i];
        out->dims[i] = (size_t)sizes->values[i];
    }
    return FACET_OK;
}

static int finish(struct facet_onnx_graph *graph, struct facet_onnx_node *node,
                  const struct facet_onnx_shape *out)
{
    const struct facet_onnx_tensor *x = facet_onnx_input(graph, node, 0);
    if (facet_onnx_shape_count(&x->shape) == 0)
        return facet_onnx_fail(graph, node, "its input has no values");
    return facet_onnx_set(graph, node, 0, x->type, out);
}

/* The region, for TF_CROP: starts, then ends. */
static int read_region(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                       int rank, struct resize *r)
{
    const float *region;
    if (r->coordinates != TF_CROP) return FACET_OK;
    int code = facet_onnx_input_reals(graph, node, 1, 2 * (size_t)rank, &region);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "extrapolation_value", 0, &r->beyond);
    if (code == FACET_OK && region == NULL)
        code = facet_onnx_fail(graph, node, "its region is missing");
    for (int i = 0; code == FACET_OK && i < 2 * rank; i++) {
        if (!(fabs((double)region[i]) < 1e6))
            return facet_onnx_fail(graph, node, "its region has %g", (double)region[i]);
        *(i < rank ? &r->start[i] : &r->end[i - rank]) = (double)region[i];
    }
    return code;
}

static int read_words(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                      struct resize *r)
{
    static const char *const coordinates[] = {
        "half_pixel", "pytorch_half_pixel",   "align_corners",
        "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize",
        NULL};
    static const char *const roundings[] = {"round_prefer_floor", "round_prefer_ceil", "floor",
                                            "ceil", NULL};
    int64_t exclude;
    int code = facet_onnx_word(graph, node, "coordinate_transformation_mode", "half_pixel",
                               coordinates, &r->coordinates);
    if (code == FACET_OK)
        code = facet_onnx_word(graph, node, "nearest_mode", "round_prefer_floor", roundings,
                               &r->rounding);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "exclude_outside", 0, &exclude);
    if (code == FACET_OK && exclude != 0)
        code = facet_onnx_fail(graph, node, "exclude_outside is unsupported");
    return code;
}

static const char *const modes[] = {"nearest", "linear", NULL};

/* Opset 10: scales, as Upsample has them; since 11: scales or sizes. */
int facet_onnx_infer_resize(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct resize *r;
    struct facet_onnx_shape out = facet_onnx_input(graph, node, 0)->shape;
    const struct facet_onnx_tensor *given = facet_onnx_input(graph, node, 2);
    struct facet_onnx_list sizes;
    const float *scales;
    if (graph->opset < 11) return facet_onnx_infer_upsample(graph, node);
    if ((r = facet_onnx_settings(node, sizeof *r)) == NULL) return FACET_ENOMEM;
    int code = facet_onnx_word(graph, node, "mode", "nearest", modes, &r->mode);
    if (code == FACET_OK) code = read_words(graph, node, r);
    if (code == FACET_OK) code = read_region(graph, node, out.rank, r);
    if (code == FACET_OK) code = facet_onnx_input_list(graph, node, 3, &sizes);
    if (code < 0) return code;
    const int scaled = given != NULL && facet_onnx_shape_count(&given->shape) > 0;
    if (scaled == (sizes.count > 0))
        return facet_onnx_fail(graph, node, "expected either scales or sizes");
    if (!scaled) {
        code = size_axes(graph, node, &sizes, r, &out);
    } else {
        code = facet_onnx_input_reals(graph, node, 2, (size_t)out.rank, &scales);
        if (code == FACET_OK) code = scale_axes(graph, node, scales, r, &out);
    }
    return code == FACET_OK ? finish(graph, node, &out) : code;
}

/* Scales are an attribute before opset 9, input 1 since; places are out / scale, cut to whole ones.
 */
int facet_onnx_infer_upsample(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct resize *r = facet_onnx_settings(node, sizeof *r);
    struct facet_onnx_shape out = facet_onnx_input(graph, node, 0)->shape;
    const float *scales = NULL;
    size_t count = (size_t)out.rank;
    if (r == NULL) return FACET_ENOMEM;
    r->coordinates = ASYMMETRIC;
    r->rounding = FLOOR;
    int code = facet_onnx_word(graph, node, "mode", "nearest", modes, &r->mode);
    if (code == FACET_OK)
        code = graph->opset < 9 ? facet_onnx_reals(graph, node, "scales", &scales, &count)
                                : facet_onnx_input_reals(graph, node, 1, count, &scales);
    if (code == FACET_OK && (scales == NULL || count != (size_t)out.rank))
        code = facet_onnx_fail(graph, node, "%zu scales for %d dimensions", count, out.rank);
    if (code == FACET_OK) code = scale_axes(graph, node, scales, r, &out);
    return code == FACET_OK ? finish(graph, node, &out) : code;
}

/* ---- running ---- */

/* What output `at` of an axis is made of: values low and high of the input, the second with weight
 * `share`; nothing if it lies outside the region. */
struct source {
    size_t low, high;
    double share;
    int outside;
};

static double coordinate(const struct resize *r, int axis, double at, double in, double out)
{
    switch (r->coordinates) {
    case HALF_PIXEL:
        return (at + 0.5) / r->scale[axis] - 0.5;
    case PYTORCH_HALF_PIXEL:
        return out > 1 ? (at + 0.5) / r->scale[axis] - 0.5 : 0;
    case ALIGN_CORNERS:
        return r->length[axis] > 1 ? at * (in - 1) / (r->length[axis] - 1) : 0;
    case TF_HALF_PIXEL:
        return (at + 0.5) / r->scale[axis];
    case TF_CROP:
        return out > 1
                   ? (r->start[axis] + at * (r->end[axis] - r->start[axis]) / (out - 1)) * (in - 1)
                   : 0.5 * (r->start[axis] + r->end[axis]) * (in - 1);
    default:
        return at / r->scale[axis];
    }
}

static double nearest(const struct resize *r, double x)
{
    switch (r->rounding) {
    case PREFER_FLOOR:
        return ceil(x - 0.5);
    case PREFER_CEIL:
        return floor(x + 0.5);
    case CEIL:
        return ceil(x);
    default:
        return floor(x);
    }
}

static size_t inside(double place, size_t dim)
{
    return place <= 0 ? 0 : place >= (double)(dim - 1) ? dim - 1 : (size_t)place;
}

static struct source source_of(const struct resize *r, int axis, size_t at, size_t in, size_t out)
{
    const double x = coordinate(r, axis, (double)at, (double)in, (double)out);
    struct source s = {.outside = r->coordinates == TF_CROP && (x < 0 || x > (double)(in - 1))};
    const double low = r->mode == NEAREST ? nearest(r, x) : floor(x);
    s.low = inside(low, in);
    s.high = r->mode == NEAREST ? s.low : inside(low + 1, in);
    s.share = r->mode == NEAREST ? 0 : x - low;
    return s;
}

/* The value that the sources of all axes give together; `at` is that of the axes before `axis`. */
static double mix(const float *in, const struct facet_onnx_view *view, const struct source *sources,
                  int axis, ptrdiff_t at)
{
    if (axis == view->rank) return (double)in[at];
    const struct source *s = &sources[axis];
    const double low =
        mix(in, view, sources, axis + 1, at + (ptrdiff_t)s->low * view->strides[axis]);
    if (s->share == 0) return low;
    return low + s->share * (mix(in, view, sources, axis + 1,
                                 at + (ptrdiff_t)s->high * view->strides[axis]) -
                             low);
}

void facet_onnx_run_resize(const struct facet_onnx_task *task)
{
    const struct resize *r = task->node->settings;
    const struct facet_onnx_shape *shape = &facet_onnx_output(task->graph, task->node, 0)->shape;
    const struct facet_onnx_view from =
        facet_onnx_view(&facet_onnx_input(task->graph, task->node, 0)->shape, task->in_last[0]);
    const struct facet_onnx_view to = facet_onnx_view(shape, task->out_last[0]);
    size_t index[FACET_ONNX_RANK] = {0};
    struct source sources[FACET_ONNX_RANK];
    const size_t count = facet_onnx_shape_count(shape);
    int changed = 0; /* the first axis whose place is new */
    for (size_t n = 0; n < count; n++) {
        ptrdiff_t target = 0;
        int outside = 0;
        for (int i = 0; i < to.rank; i++) {
            if (i >= changed) sources[i] = source_of(r, i, index[i], from.dims[i], to.dims[i]);
            outside = outside || sources[i].outside;
            target += (ptrdiff_t)index[i] * to.strides[i];
        }
        ((float *)task->out[0])[target] =
            outside ? r->beyond : (float)mix(task->in[0], &from, sources, 0, 0);
        for (changed = to.rank - 1; changed > 0 && ++index[changed] == to.dims[changed]; changed--)
            index[changed] = 0;
        if (changed == 0) index[0]++;
    }
}
