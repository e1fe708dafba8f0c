#include "net/onnx/matrix.h"

#include "net/onnx/products.h"

#include <string.h>

/* ---- Gemm: alpha A B + beta C, with B known beforehand ---- */

struct gemm {
    size_t rows, inner, columns;
    int turned_a;           /* A is (inner, rows) */
    int turned_b;           /* B is (columns, inner) */
    float alpha, beta;      /* alpha is packed into B */
    const float *b, *c;     /* C: NULL if there is none, or it is computed at run time */
    size_t c_count;         /* values of C */
    size_t c_row, c_column; /* its steps, 0 where it is broadcast */
};

/* C (broadcast to rows, columns), if it is there. */
static int infer_addend(struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                        struct gemm *g)
{
    const struct facet_onnx_tensor *c = facet_onnx_input(graph, node, 2);
    const struct facet_onnx_shape out = {.rank = 2, .dims = {g->rows, g->columns}};
    struct facet_onnx_shape both;
    char text[FACET_ONNX_SHAPE_TEXT];
    if (c == NULL) return FACET_OK;
    if (c->type != FACET_ONNX_FLOAT)
        return facet_onnx_fail(graph, node, "C is %s", facet_onnx_type_name(c->type));
    if (!facet_onnx_shape_broadcast(&out, &c->shape, &both) || !facet_onnx_shape_same(&out, &both))
        return facet_onnx_fail(graph, node, "C of shape %s doesn't fit %zu x %zu",
                               facet_onnx_shape_text(&c->shape, text), g->rows, g->columns);
    const struct facet_onnx_view view =
        facet_onnx_view_broadcast(facet_onnx_view(&c->shape, 0), &out);
    g->c = c->values;
    g->c_count = facet_onnx_shape_count(&c->shape);
    g->c_row = (size_t)view.strides[0];
    g->c_column = (size_t)view.strides[1];
    return FACET_OK;
}

int facet_onnx_infer_gemm(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct gemm *g = facet_onnx_settings(node, sizeof *g);
    const struct facet_onnx_tensor *a = facet_onnx_input(graph, node, 0);
    const struct facet_onnx_tensor *b = facet_onnx_input(graph, node, 1);
    int64_t turn_a, turn_b;
    char text[2][FACET_ONNX_SHAPE_TEXT];
    if (g == NULL) return FACET_ENOMEM;
    int code = facet_onnx_int(graph, node, "transA", 0, &turn_a);
    if (code == FACET_OK) code = facet_onnx_int(graph, node, "transB", 0, &turn_b);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "alpha", 1, &g->alpha);
    if (code == FACET_OK) code = facet_onnx_real(graph, node, "beta", 1, &g->beta);
    if (code == FACET_OK) code = facet_onnx_input_reals(graph, node, 1, 0, &g->b);
    if (code < 0) return code;
    if (a->shape.rank != 2 || b->shape.rank != 2 ||
        a->shape.dims[turn_a == 0] != b->shape.dims[turn_b != 0])
        return facet_onnx_fail(graph, node, "A of shape %s and B of shape %s don't fit together",
                               facet_onnx_shape_text(&a->shape, text[0]),
                               facet_onnx_shape_text(&b->shape, text[1]));
    g->turned_a = turn_a != 0;
    g->turned_b = turn_b != 0;
    g->rows = a->shape.dims[turn_a != 0];
    g->inner = a->shape.dims[turn_a == 0];
    g->columns = b->shape.dims[turn_b == 0];
    code = infer_addend(graph, node, g);
    if (code < 0) return code;
    const struct facet_onnx_shape out = {.rank = 2, .dims = {g->rows, g->columns}};
    node->macs = (double)g->rows * (double)g->inner * (double)g->columns;
    return facet_onnx_set(graph, node, 0, FACET_ONNX_FLOAT, &out);
}

static size_t channels(const struct facet_onnx_node *node)
{
    return ((const struct gemm *)node->settings)->columns;
}

/* C, where it is one row that is added as it is. */
static int bias(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                const float **values)
{
    const struct gemm *g = node->settings;
    *values = NULL;
    if (facet_onnx_input(graph, node, 2) == NULL) return 1;
    if (g->c == NULL || g->c_row != 0 || g->c_column != 1 || g->beta != 1) return 0;
    *values = g->c;
    return 1;
}

static size_t packed_floats(const struct facet_onnx_graph *graph,
                            const struct facet_onnx_node *node)
{
    const struct gemm *g = node->settings;
    (void)graph;
    return facet_onnx_products_packed(g->inner, g->columns);
}

static void pack(const struct facet_onnx_graph *graph, const struct facet_onnx_node *node,
                 const struct facet_kernels *kernels, const double *scale, float *packed)
{
    const struct gemm *g = node->settings;
    const struct facet_onnx_weight shape = {.taps = 1,
                                            .channels = g->inner,
                                            .columns = g->columns,
                                            .c_step = g->turned_b ? 1 : g->columns,
                                            .j_step = g->turned_b ? g->inner : 1};
    const size_t floats = packed_floats(graph, node);
    (void)kernels;
    facet_onnx_products_pack(&shape, g->b, scale, packed);
    for (size_t i = 0; g->alpha != 1 && i < floats; i++) packed[i] *= g->alpha;
}

static const char *way_name(const struct facet_onnx_node *node)
{
    (void)node;
    return "products";
}

static double multiplications(const struct facet_onnx_node *node)
{
    return node->macs;
}

const struct facet_onnx_packing facet_onnx_packing_gemm = {
    .channels = channels,
    .bias = bias,
    .packed = packed_floats,
    .pack = pack,
    .way = way_name,
    .multiplications = multiplications,
};

/* Adds C where it is no bias; each image has one of its own if it is computed at run time. */
static void add_matrix(const struct gemm *g, size_t rows, const float *c, float *out)
{
    for (size_t i = 0; i < rows; i++) {
        const float *row = c + i % g->rows * g->c_row;
        if (g->c == NULL) row += i / g->rows * g->c_count;
        for (size_t j = 0; j < g->columns; j++)
            out[i * g->columns + j] += g->beta * row[j * g->c_column];
    }
}

void facet_onnx_run_gemm(const struct facet_onnx_task *task)
{
    const struct gemm *g = task->node->settings;
    const struct facet_onnx_products p = {.inner = g->inner,
                                          .columns = g->columns,
                                          .a_row = g->turned_a ? 1 : g->inner,
                                          .a_inner = g->turned_a ? g->rows : 1,
                                          .out_row = g->columns};
    const size_t all = task->images * g->rows;
    const size_t some = g->turned_a ? g->rows : all; /* rows that are evenly apart */
    const float *row;
    float *out = task->out[0];
    for (size_t at = 0; at < all; at += some)
        facet_onnx_products(task->kernels, &p, some, (const float *)task->in[0] + at * g->inner,
                            task->packed, out + at * g->columns);
    if (!bias(task->graph, task->node, &row)) add_matrix(g, all, task->in[2], out);
    task->kernels->finish(all, g->columns, out, task->finish, out);
}

/* ---- MatMul, of values that need not be known ---- */

struct matmul {
    size_t rows, inner, columns;
    struct facet_onnx_view a, b, out; /* of the axes before the last two */
};

/* Axes before the last two, broadcast to `to`. */
static struct facet_onnx_view stack(const struct facet_onnx_shape *shape,
                                    const struct facet_onnx_shape *to)
{
    struct facet_onnx_view view = facet_onnx_view(shape, 0);
    view.rank = view.rank > 2 ? view.rank - 2 : 0;
    return facet_onnx_view_broadcast(view, to);
}

/* One dimension is a row on the left, and a column on the right, that the result does without. */
static struct facet_onnx_shape as_matrix(const struct facet_onnx_shape *shape, int right)
{
    if (shape->rank != 1) return *shape;
    return (struct facet_onnx_shape){
        .rank = 2, .dims = {right ? shape->dims[0] : 1, right ? 1 : shape->dims[0]}};
}

static struct facet_onnx_shape without_last_two(const struct facet_onnx_shape *shape)
{
    struct facet_onnx_shape rest = *shape;
    rest.rank -= 2;
    return rest;
}

int facet_onnx_infer_matmul(struct facet_onnx_graph *graph, struct facet_onnx_node *node)
{
    struct matmul *m = facet_onnx_settings(node, sizeof *m);
    const struct facet_onnx_shape *of_a = &facet_onnx_input(graph, node, 0)->shape;
    const struct facet_onnx_shape *of_b = &facet_onnx_input(graph, node, 1)->shape;
    struct facet_onnx_shape stacks;
    char text[2][FACET_ONNX_SHAPE_TEXT];
    if (m == NULL) return FACET_ENOMEM;
    const struct facet_onnx_shape a = as_matrix(of_a, 0), b = as_matrix(of_b, 1);
    const struct facet_onnx_shape stack_a = without_last_two(&a), stack_b = without_last_two(&b);
    if (of_a->rank < 1 || of_b->rank < 1 || a.dims[a.rank - 1] != b.dims[b.rank - 2] ||
        !facet_onnx_shape_broadcast(&stack_a, &stack_b, &stacks))
        return facet_onnx_fail(graph, node, "shapes %s and %s don't fit together",
                               facet_onnx_shape_text(of_a, text[0]),
                               facet_onnx_shape_text(of_b, text[1]));
    *m = (struct matmul){.rows = a.dims[a.rank - 2],
                         .inner = a.dims[a.rank - 1],
                         .columns = b.dims[b.rank - 1],
                         .a = stack(&a, &stacks),
                         .b = stack(&b, &stacks)};
    struct facet_onnx_shape out = stacks, whole = stacks;
    if (of_a->rank > 1) out.dims[out.rank++] = m->rows;
    if (of_b->rank > 1) out.dims[out.rank++] = m->columns;
    whole.dims[whole.rank++] = m->rows;
    whole.dims[whole.rank++] = m->columns;
    m->out = stack(&whole, &stacks);
    node->macs = (double)facet_onnx_shape_count(&whole) * (double)m->inner;
    return facet_onnx_set(graph, node, 0, FACET_ONNX_FLOAT, &out);
}

static void multiply_line(void *context, size_t count, const ptrdiff_t *at, const ptrdiff_t *step)
{
    const struct facet_onnx_task *task = context;
    const struct matmul *m = task->node->settings;
    const struct facet_product p = {.rows = m->rows,
                                    .columns = m->columns,
                                    .segments = 1,
                                    .inner = m->inner,
                                    .a_row = m->inner,
                                    .a_inner = 1,
                                    .b_row = m->columns,
                                    .c_row = m->columns};
    for (ptrdiff_t i = 0; i < (ptrdiff_t)count; i++)
        task->kernels->product(&p, (const float *)task->in[0] + at[1] + i * step[1],
                               (const float *)task->in[1] + at[2] + i * step[2],
                               (float *)task->out[0] + at[0] + i * step[0]);
}

void facet_onnx_run_matmul(const struct facet_onnx_task *task)
{
    const struct matmul *m = task->node->settings;
    const struct facet_onnx_view views[] = {m->out, m->a, m->b};
    struct facet_onnx_task copy = *task;
    facet_onnx_walk(3, views, multiply_line, &copy);
}
