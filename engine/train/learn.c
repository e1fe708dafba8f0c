#include "train/learn.h"

#include "base/rng.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int facet_learner_new(struct facet_learner **learner, struct facet_network *net,
                      const struct facet_learning *settings)
{
    if (net->branch_count > FACET_LEARN_BRANCHES)
        return facet_fail(FACET_EINVAL, "%zu fully connected layers, training knows at most %d",
                          net->branch_count, FACET_LEARN_BRANCHES);
    struct facet_learner *l = facet_alloc(1, sizeof *l, "learner");
    if (l == NULL) return FACET_ENOMEM;
    l->net = net;
    l->settings = *settings;
    l->margins = facet_alloc(net->branch_count, sizeof *l->margins, "margins");
    l->margin = facet_alloc(net->branch_count, sizeof *l->margin, "margins");
    l->distances = facet_alloc(net->batch, net->batch * sizeof *l->distances / 2, "distances");
    int code =
        l->margins == NULL || l->margin == NULL || l->distances == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; i < net->branch_count && code == FACET_OK; i++) {
        code = facet_margin_new(&l->margins[i], settings->margin_pairs);
        l->margin[i] = NAN;
    }
    if (code < 0)
        facet_learner_free(&l);
    else
        *learner = l;
    return code;
}

void facet_learner_free(struct facet_learner **learner)
{
    struct facet_learner *l = *learner;
    if (l == NULL) return;
    for (size_t i = 0; l->margins != NULL && i < l->net->branch_count; i++)
        facet_margin_free(&l->margins[i]);
    free(l->margins);
    free(l->margin);
    free(l->distances);
    free(l);
    *learner = NULL;
}

/* Fills mask and dropped. */
static int drop(const struct facet_learner *l, struct facet_branch *b, uint64_t step, size_t n)
{
    const double rate = l->settings.dropout;
    const float kept = (float)(1 / (1 - rate));
    gsl_rng *rng = facet_rng_new(l->settings.seed ^ facet_rng_stream(b->fc.name), step);
    if (rng == NULL) return facet_fail(FACET_ENOMEM, "out of memory for a random stream");
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < b->fc.padded; j++) {
            const size_t at = i * b->fc.padded + j;
            if (j >= b->fc.out)
                b->mask[at] = 0;
            else
                b->mask[at] = rate > 0 && gsl_rng_uniform(rng) < rate ? 0 : kept;
            b->dropped[at] = b->mask[at] * b->feature[at];
        }
    gsl_rng_free(rng);
    return FACET_OK;
}

/* Identification: from `dropped` to the gradient of the branch's activations. */
static void identify(struct facet_learner *l, struct facet_branch *b, size_t n,
                     const int32_t *labels, struct facet_signal_report *report)
{
    struct facet_full *id = &b->identity;
    facet_full_forward(id, &l->net->crew, n);
    memcpy(id->gradient, id->output, n * id->padded * sizeof(float));
    report->identification = facet_loss_identification(n, id->out, id->padded, id->gradient, labels,
                                                       1, &report->correct);
    facet_full_backward(id, &l->net->crew, n);
    for (size_t i = 0; i < n * b->fc.padded; i++)
        b->fc.gradient[i] = b->dropped_gradient[i] * b->mask[i];
}

/* The weight of the verification loss at a step: half of lambda. */
static double verification_weight(const struct facet_learner *l, uint64_t step)
{
    const double start = (double)l->settings.verification_start;
    const double rise = (double)l->settings.verification_rise, since = (double)step - start;
    const double share = since < 0 ? 0 : since < rise ? since / rise : 1;
    return share * l->settings.verification / 2;
}

/* Verification: adds to that gradient, and moves the margin. */
static int verify(struct facet_learner *l, size_t branch, uint64_t step, size_t n,
                  const int32_t *labels, struct facet_signal_report *report)
{
    struct facet_branch *b = &l->net->branches[branch];
    report->margin = l->margin[branch];
    if (!(l->settings.verification > 0)) return FACET_OK;
    int code = facet_loss_verification(
        n, b->fc.padded, b->feature, labels, isnan(report->margin) ? 0 : report->margin,
        verification_weight(l, step), b->fc.gradient, l->distances, &report->verification);
    if (code < 0) return code;
    facet_margin_add(l->margins[branch], n, labels, l->distances);
    if (isnan(l->margin[branch]) || step % l->settings.margin_every == 0)
        l->margin[branch] = (float)facet_margin_find(l->margins[branch], NULL);
    return FACET_OK;
}

static int supervise(struct facet_learner *l, size_t branch, uint64_t step, size_t n,
                     const int32_t *labels, struct facet_learn_report *report)
{
    struct facet_branch *b = &l->net->branches[branch];
    struct facet_signal_report *r = &report->branches[branch];
    int code = drop(l, b, step, n);
    if (code < 0) return code;
    identify(l, b, n, labels, r);
    code = verify(l, branch, step, n, labels, r);
    if (code < 0) return code;
    double loss = r->identification + verification_weight(l, step) * r->verification.loss;
    if (!isfinite(loss))
        return facet_fail(FACET_EFORMAT, "step %" PRIu64 ": the loss of %s is not finite (%g)",
                          step, b->fc.name, loss);
    report->loss += loss;
    return FACET_OK;
}

int facet_learner_step(struct facet_learner *l, uint64_t step, double rate, size_t n,
                       const int32_t *labels, struct facet_learn_report *report)
{
    struct facet_network *net = l->net;
    struct facet_step update = {
        .rate = rate, .momentum = l->settings.momentum, .decay = l->settings.decay, .factor = 1};
    *report = (struct facet_learn_report){0};
    facet_network_forward(net, n, 1);
    for (size_t i = 0; i < net->branch_count; i++) {
        if (!net->branches[i].supervised) continue;
        int code = supervise(l, i, step, n, labels, report);
        if (code < 0) return code;
    }
    facet_network_backward(net, n);
    report->norm = facet_network_norm(net, n);
    if (!isfinite(report->norm))
        return facet_fail(FACET_EFORMAT, "step %" PRIu64 ": the gradient is not finite", step);
    if (l->settings.clip > 0 && report->norm > l->settings.clip)
        update.factor = l->settings.clip / report->norm;
    facet_network_step(net, n, &update);
    return FACET_OK;
}
