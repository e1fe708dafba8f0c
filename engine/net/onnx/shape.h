/* net/onnx/shape: shapes of tensors, and where their values lie.
 *
 * A tensor is laid out as ONNX has it ("plain", row-major), or with its second axis, the channels,
 * last ("last": what is (n, c, y, x) lies as (n, y, x, c)). A view says how far apart the values of
 * each axis are, so that an operator that works along axes need not care.
 */
#ifndef FACET_NET_ONNX_SHAPE_H
#define FACET_NET_ONNX_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#define FACET_ONNX_RANK 8
#define FACET_ONNX_MOST ((size_t)1 << 31) /* values that one tensor may have */

struct facet_onnx_shape {
    int rank;
    size_t dims[FACET_ONNX_RANK];
};

/* Product of the dimensions from axis `first` to axis `end` - 1. */
size_t facet_onnx_shape_span(const struct facet_onnx_shape *shape, int first, int end);
size_t facet_onnx_shape_count(const struct facet_onnx_shape *shape);
/* Nonzero if no product of dimensions exceeds FACET_ONNX_MOST. */
int facet_onnx_shape_fits(const struct facet_onnx_shape *shape);
int facet_onnx_shape_same(const struct facet_onnx_shape *a, const struct facet_onnx_shape *b);
/* What a and b give together by ONNX's (numpy's) broadcasting; 0 if they don't fit. */
int facet_onnx_shape_broadcast(const struct facet_onnx_shape *a, const struct facet_onnx_shape *b,
                               struct facet_onnx_shape *out);

/* "(1, 64, 56, 56)" */
#define FACET_ONNX_SHAPE_TEXT 192
const char *facet_onnx_shape_text(const struct facet_onnx_shape *shape,
                                  char text[FACET_ONNX_SHAPE_TEXT]);

/* Values of axis i lie strides[i] apart, the first of all at `first`. */
struct facet_onnx_view {
    int rank;
    size_t dims[FACET_ONNX_RANK];
    ptrdiff_t strides[FACET_ONNX_RANK];
    ptrdiff_t first;
};

/* Of a whole tensor in its layout; last: channels last. */
struct facet_onnx_view facet_onnx_view(const struct facet_onnx_shape *shape, int last);
/* The same repeated along new axes in front and axes of size 1, as broadcasting has it. */
struct facet_onnx_view facet_onnx_view_broadcast(struct facet_onnx_view view,
                                                 const struct facet_onnx_shape *to);

/* Values that lie in lines: line() is called for each line of `count` values, the first of operand
 * k at at[k], its values step[k] apart. Lines run along the last of the axes that were not joined
 * with their neighbours. */
#define FACET_ONNX_OPERANDS 3
typedef void facet_onnx_line(void *context, size_t count, const ptrdiff_t *at,
                             const ptrdiff_t *step);
/* views[0 .. operands - 1] have the same dims; they are gone through in the order in which the
 * values of views[0] lie in memory. */
void facet_onnx_walk(int operands, const struct facet_onnx_view *views, facet_onnx_line *line,
                     void *context);

/* Copies values of `size` bytes (4 or 8) between two views with the same dims. */
void facet_onnx_copy(size_t size, const void *from, const struct facet_onnx_view *from_view,
                     void *to, const struct facet_onnx_view *to_view);

#endif
