#include "net/onnx/shape.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t facet_onnx_shape_span(const struct facet_onnx_shape *shape, int first, int end)
{
    size_t count = 1;
    for (int i = first; i < end; i++) count *= shape->dims[i];
    return count;
}

size_t facet_onnx_shape_count(const struct facet_onnx_shape *shape)
{
    return facet_onnx_shape_span(shape, 0, shape->rank);
}

int facet_onnx_shape_fits(const struct facet_onnx_shape *shape)
{
    size_t count = 1; /* as if no dimension were 0: parts of the product are used too */
    for (int i = 0; i < shape->rank; i++) {
        const size_t dim = shape->dims[i] > 0 ? shape->dims[i] : 1;
        if (dim > FACET_ONNX_MOST / count) return 0;
        count *= dim;
    }
    return 1;
}

int facet_onnx_shape_same(const struct facet_onnx_shape *a, const struct facet_onnx_shape *b)
{
    return a->rank == b->rank && memcmp(a->dims, b->dims, (size_t)a->rank * sizeof *a->dims) == 0;
}

int facet_onnx_shape_broadcast(const struct facet_onnx_shape *a, const struct facet_onnx_shape *b,
                               struct facet_onnx_shape *out)
{
    struct facet_onnx_shape s = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 0; i < s.rank; i++) {
        const int of_a = i - (s.rank - a->rank), of_b = i - (s.rank - b->rank);
        const size_t da = of_a >= 0 ? a->dims[of_a] : 1, db = of_b >= 0 ? b->dims[of_b] : 1;
        if (da != db && da != 1 && db != 1) return 0;
        s.dims[i] = da == 1 ? db : da;
    }
    *out = s;
    return 1;
}

const char *facet_onnx_shape_text(const struct facet_onnx_shape *shape,
                                  char text[FACET_ONNX_SHAPE_TEXT])
{
    size_t used = (size_t)snprintf(text, FACET_ONNX_SHAPE_TEXT, "(");
    for (int i = 0; i < shape->rank; i++)
        used += (size_t)snprintf(text + used, FACET_ONNX_SHAPE_TEXT - used, "%s%zu",
                                 i > 0 ? ", " : "", shape->dims[i]);
    snprintf(text + used, FACET_ONNX_SHAPE_TEXT - used, ")");
    return text;
}

struct facet_onnx_view facet_onnx_view(const struct facet_onnx_shape *shape, int last)
{
    struct facet_onnx_view v = {.rank = shape->rank};
    const int turned = last && shape->rank >= 3;
    ptrdiff_t stride = 1;
    memcpy(v.dims, shape->dims, sizeof v.dims);
    if (turned) {
        v.strides[1] = 1;
        stride = (ptrdiff_t)shape->dims[1];
    }
    for (int i = shape->rank - 1; i >= 0; i--) {
        if (turned && i == 1) continue;
        v.strides[i] = stride;
        stride *= (ptrdiff_t)shape->dims[i];
    }
    return v;
}

struct facet_onnx_view facet_onnx_view_broadcast(struct facet_onnx_view view,
                                                 const struct facet_onnx_shape *to)
{
    struct facet_onnx_view v = {.rank = to->rank, .first = view.first};
    for (int i = 0; i < to->rank; i++) {
        const int of = i - (to->rank - view.rank);
        v.dims[i] = to->dims[i];
        v.strides[i] = of >= 0 && view.dims[of] != 1 ? view.strides[of] : 0;
    }
    return v;
}

/* ---- going through values ---- */

/* The axes in the order of their strides in views[0], largest first; those of size 1 left out. */
static int order_axes(const struct facet_onnx_view *view, int *axes)
{
    int count = 0;
    for (int i = 0; i < view->rank; i++) {
        if (view->dims[i] == 1) continue;
        int at = count++;
        for (; at > 0 && view->strides[axes[at - 1]] < view->strides[i]; at--)
            axes[at] = axes[at - 1];
        axes[at] = i;
    }
    return count;
}

/* Axes as they are gone through, neighbours joined where they lie evenly in all operands. */
struct loops {
    int rank;
    size_t dims[FACET_ONNX_RANK + 1];
    ptrdiff_t strides[FACET_ONNX_RANK + 1][FACET_ONNX_OPERANDS];
};

static struct loops join_axes(int operands, const struct facet_onnx_view *views)
{
    struct loops l = {.rank = 0};
    int axes[FACET_ONNX_RANK];
    const int count = order_axes(&views[0], axes);
    for (int i = 0; i < count; i++) {
        const size_t dim = views[0].dims[axes[i]];
        int joined = l.rank > 0;
        for (int k = 0; joined && k < operands; k++)
            joined = l.strides[l.rank - 1][k] == views[k].strides[axes[i]] * (ptrdiff_t)dim;
        if (!joined) l.dims[l.rank++] = 1;
        l.dims[l.rank - 1] *= dim;
        for (int k = 0; k < operands; k++) l.strides[l.rank - 1][k] = views[k].strides[axes[i]];
    }
    if (l.rank == 0) l.dims[l.rank++] = 1;
    return l;
}

void facet_onnx_walk(int operands, const struct facet_onnx_view *views, facet_onnx_line *line,
                     void *context)
{
    const struct loops l = join_axes(operands, views);
    const int inner = l.rank - 1;
    size_t index[FACET_ONNX_RANK + 1] = {0};
    ptrdiff_t at[FACET_ONNX_OPERANDS];
    for (int i = 0; i < views[0].rank; i++)
        if (views[0].dims[i] == 0) return;
    for (int k = 0; k < operands; k++) at[k] = views[k].first;
    for (;;) {
        int axis = inner - 1;
        line(context, l.dims[inner], at, l.strides[inner]);
        while (axis >= 0 && ++index[axis] == l.dims[axis]) {
            for (int k = 0; k < operands; k++)
                at[k] -= (ptrdiff_t)(l.dims[axis] - 1) * l.strides[axis][k];
            index[axis--] = 0;
        }
        if (axis < 0) return;
        for (int k = 0; k < operands; k++) at[k] += l.strides[axis][k];
    }
}

/* ---- copying ---- */

struct copying {
    const void *from;
    void *to;
};

static void copy_small(void *context, size_t count, const ptrdiff_t *at, const ptrdiff_t *step)
{
    const struct copying *c = context;
    uint32_t *to = (uint32_t *)c->to + at[0];
    const uint32_t *from = (const uint32_t *)c->from + at[1];
    if (step[0] == 1 && step[1] == 1)
        memcpy(to, from, count * sizeof *to);
    else
        for (size_t i = 0; i < count; i++)
            to[(ptrdiff_t)i * step[0]] = from[(ptrdiff_t)i * step[1]];
}

static void copy_large(void *context, size_t count, const ptrdiff_t *at, const ptrdiff_t *step)
{
    const struct copying *c = context;
    uint64_t *to = (uint64_t *)c->to + at[0];
    const uint64_t *from = (const uint64_t *)c->from + at[1];
    for (size_t i = 0; i < count; i++) to[(ptrdiff_t)i * step[0]] = from[(ptrdiff_t)i * step[1]];
}

void facet_onnx_copy(size_t size, const void *from, const struct facet_onnx_view *from_view,
                     void *to, const struct facet_onnx_view *to_view)
{
    const struct facet_onnx_view views[] = {*to_view, *from_view};
    struct copying copying = {.from = from, .to = to};
    assert(size == sizeof(uint32_t) || size == sizeof(uint64_t));
    facet_onnx_walk(2, views, size == sizeof(uint32_t) ? copy_small : copy_large, &copying);
}
