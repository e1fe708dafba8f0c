#include "net/onnx/plan.h"

#include "net/onnx/fuse.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of packed weights that are worth a block of images. */
enum { HEAVY = 2 << 20 };

static const struct facet_onnx_tensor *tensor_of(const struct facet_onnx_plan *p, size_t value)
{
    return &p->graph->values[value].tensor;
}

/* ---- layouts ---- */

/* Whether a node's outputs of that many axes have their channels last. */
static int lays_last(const struct facet_onnx_plan *p, const struct facet_onnx_node *node, int rank)
{
    if (rank < 3 || node->op->layout == FACET_ONNX_PLAIN || node->op->layout == FACET_ONNX_TURNS)
        return 0;
    if (node->op->layout == FACET_ONNX_LAST) return 1;
    for (int i = 0; i < node->input_count; i++) {
        const size_t value = node->inputs[i];
        if (value != FACET_ONNX_NONE && p->places[value].last &&
            tensor_of(p, value)->shape.rank == rank)
            return 1;
    }
    return 0;
}

int facet_onnx_plan_turns(const struct facet_onnx_plan *p, const struct facet_onnx_step *step,
                          int i)
{
    const size_t value = step->node->inputs[i];
    if (value == FACET_ONNX_NONE || tensor_of(p, value)->shape.rank < 3) return 0;
    if (step->node->op->layout == FACET_ONNX_PLAIN) return p->places[value].last;
    return step->node->op->layout == FACET_ONNX_LAST && i == 0 && !p->places[value].last;
}

size_t facet_onnx_plan_output(const struct facet_onnx_step *step, int i)
{
    return i == 0 ? step->output : step->node->outputs[i];
}

/* ---- steps ---- */

static int add_steps(struct facet_onnx_plan *p, struct facet_onnx_uses *uses)
{
    const struct facet_onnx_graph *g = p->graph;
    int code = FACET_OK;
    for (size_t n = 0; code == FACET_OK && n < g->node_count; n++) {
        const struct facet_onnx_node *node = &g->nodes[n];
        if (!uses->needed[n] || uses->done[n]) continue;
        if (facet_onnx_fuse_apart(uses, node)) {
            p->steps[p->step_count++] = facet_onnx_step_alone(node);
            p->places[node->outputs[0]].last =
                lays_last(p, node, tensor_of(p, node->outputs[0])->shape.rank);
        }
        struct facet_onnx_step *step = &p->steps[p->step_count++];
        code = facet_onnx_fuse(p, uses, node, step);
        for (int i = 0; i < node->output_count; i++) {
            const size_t value = facet_onnx_plan_output(step, i);
            if (value == FACET_ONNX_NONE) continue;
            uses->computed[value] = 1;
            p->places[value].last = lays_last(p, node, tensor_of(p, value)->shape.rank);
        }
    }
    return code;
}

static int pack_step(struct facet_onnx_plan *p, struct facet_onnx_step *step)
{
    const struct facet_onnx_packing *packing = step->node->op->packing;
    if (packing == NULL) return FACET_OK;
    step->packed_floats = packing->packed(p->graph, step->node);
    step->packed = facet_alloc(step->packed_floats, sizeof *step->packed, "weights");
    if (step->packed == NULL) return FACET_ENOMEM;
    return facet_onnx_fuse_pack(p, step);
}

static int pack_steps(struct facet_onnx_plan *p)
{
    int code = FACET_OK;
    p->chunked = p->step_count;
    for (size_t i = 0; code == FACET_OK && i < p->step_count; i++) {
        code = pack_step(p, &p->steps[i]);
        if (p->chunked == p->step_count && p->steps[i].packed_floats * sizeof(float) > HEAVY)
            p->chunked = i;
    }
    return code;
}

/* ---- memory ---- */

/* `value` is needed in step `at` (from 1). */
static void need(struct facet_onnx_plan *p, size_t value, size_t at)
{
    struct facet_onnx_place *place = &p->places[value];
    if (tensor_of(p, value)->values != NULL) return;
    if (!place->used) place->first = at;
    place->used = 1;
    place->final = at;
    place->block = place->block || at > p->chunked;
}

static void find_lives(struct facet_onnx_plan *p)
{
    need(p, p->graph->input, 0);
    for (size_t i = 0; i < p->step_count; i++) {
        const struct facet_onnx_step *step = &p->steps[i];
        for (int k = 0; k < step->node->input_count; k++)
            if (step->node->inputs[k] != FACET_ONNX_NONE) need(p, step->node->inputs[k], i + 1);
        if (step->add != FACET_ONNX_NONE) need(p, step->add, i + 1);
        for (int k = 0; k < step->node->output_count; k++)
            if (facet_onnx_plan_output(step, k) != FACET_ONNX_NONE)
                need(p, facet_onnx_plan_output(step, k), i + 1);
    }
    /* What chunks leave for the block stays while the other chunks run. */
    for (size_t v = 0; v < p->graph->value_count; v++)
        if (p->places[v].block && p->places[v].first <= p->chunked) p->places[v].first = 0;
}

static size_t floats_of(const struct facet_onnx_plan *p, size_t value)
{
    const size_t count = facet_onnx_shape_count(&tensor_of(p, value)->shape);
    return (count + 15) / 16 * 16; /* whole lines of the cache */
}

static int larger_first(const void *a, const void *b)
{
    const size_t *x = a, *y = b; /* floats, value */
    if (x[0] != y[0]) return x[0] < y[0] ? 1 : -1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

/* The lowest offset at which `value` meets none of those placed before it that live when it does.
 */
static size_t lowest_offset(const struct facet_onnx_plan *p, const size_t (*order)[2],
                            size_t placed, size_t value)
{
    const struct facet_onnx_place *mine = &p->places[value];
    const size_t size = floats_of(p, value);
    size_t offset = 0;
    for (int moved = 1; moved;) {
        moved = 0;
        for (size_t i = 0; i < placed; i++) {
            const struct facet_onnx_place *other = &p->places[order[i][1]];
            const size_t end = other->offset + order[i][0];
            if (other->block != mine->block || other->final < mine->first ||
                mine->final < other->first || end <= offset || offset + size <= other->offset)
                continue;
            offset = end;
            moved = 1;
        }
    }
    return offset;
}

/* Large values are placed first: small ones fit between. */
static int place_values(struct facet_onnx_plan *p)
{
    const size_t count = p->graph->value_count;
    size_t(*order)[2] = facet_alloc(count, sizeof *order, "tensors"), used = 0;
    if (order == NULL) return FACET_ENOMEM;
    for (size_t v = 0; v < count; v++) {
        if (!p->places[v].used) continue;
        order[used][0] = floats_of(p, v);
        order[used++][1] = v;
    }
    qsort(order, used, sizeof *order, larger_first);
    for (size_t i = 0; i < used; i++) {
        struct facet_onnx_place *place = &p->places[order[i][1]];
        size_t *all = place->block ? &p->block_floats : &p->chunk_floats;
        place->offset = lowest_offset(p, (const size_t(*)[2])order, i, order[i][1]);
        if (place->offset + order[i][0] > *all) *all = place->offset + order[i][0];
    }
    free(order);
    return FACET_OK;
}

/* ---- the whole ---- */

int facet_onnx_plan_new(struct facet_onnx_plan **plan, const struct facet_onnx_graph *graph,
                        const struct facet_kernels *kernels, const size_t *asked, size_t count)
{
    struct facet_onnx_uses uses = {0};
    struct facet_onnx_plan *p = facet_alloc(1, sizeof *p, "plan");
    if (p == NULL) return FACET_ENOMEM;
    p->graph = graph;
    p->kernels = kernels;
    p->asked = facet_alloc(count, sizeof *p->asked, "tensors");
    p->steps = facet_alloc(2 * graph->node_count, sizeof *p->steps, "steps");
    p->places = facet_alloc(graph->value_count, sizeof *p->places, "tensors");
    int code = p->asked == NULL || p->steps == NULL || p->places == NULL
                   ? FACET_ENOMEM
                   : facet_onnx_uses_new(&uses, graph, asked, count);
    if (code == FACET_OK) {
        if (count > 0) memcpy(p->asked, asked, count * sizeof *asked);
        p->asked_count = count;
        code = add_steps(p, &uses);
    }
    if (code == FACET_OK) code = pack_steps(p);
    if (code == FACET_OK) {
        find_lives(p);
        code = place_values(p);
    }
    facet_onnx_uses_free(&uses);
    if (code == FACET_OK)
        *plan = p;
    else
        facet_onnx_plan_free(&p);
    return code;
}

void facet_onnx_plan_free(struct facet_onnx_plan **plan)
{
    struct facet_onnx_plan *p = *plan;
    if (p == NULL) return;
    for (size_t i = 0; i < p->step_count; i++) {
        free(p->steps[i].packed);
        free(p->steps[i].bias);
        free(p->steps[i].slope);
    }
    free(p->asked);
    free(p->steps);
    free(p->places);
    free(p);
    *plan = NULL;
}
