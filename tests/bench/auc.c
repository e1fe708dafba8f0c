/* Ranks, AUC with DeLong's variance and Mann-Whitney's p of every neuron for every target, timed.
 *
 *     bench_auc NEURONS IMAGES TARGETS THREADS <ACTIVATIONS_AND_LABELS
 *
 * Standard input: float32 (neurons, images), then int8 labels (targets, images). Prints seconds by
 * the clock and of CPU, and the sums of AUC and of p.
 */
#include "stats/auc.h"
#include "base/cpu.h"
#include "base/parse.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct job {
    size_t neurons, images, targets, threads;
    float *x;
    int8_t *label;
    struct facet_aucs *aucs;
    double *auc, *p; /* (neurons, targets) */
};

static int run(const struct job *j)
{
    int code = FACET_OK;
#pragma omp parallel num_threads((int)j->threads) reduction(min : code)
    {
        struct facet_ranks *ranks = NULL;
        struct facet_auc *auc = facet_alloc(j->targets, sizeof *auc, "results");
        code = facet_ranks_new(&ranks, j->images);
        if (auc == NULL) code = FACET_ENOMEM;
#pragma omp for schedule(dynamic, 8)
        for (size_t k = 0; k < j->neurons; k++) {
            if (code < 0) continue;
            facet_ranks_of(ranks, j->x + k * j->images);
            facet_aucs_of(j->aucs, ranks, auc);
            for (size_t t = 0; t < j->targets; t++) {
                j->auc[k * j->targets + t] = auc[t].auc;
                j->p[k * j->targets + t] = facet_auc_p(&auc[t]);
            }
        }
        facet_ranks_free(&ranks);
        free(auc);
    }
    return code;
}

static double sum(const double *v, size_t n)
{
    double all = 0;
    for (size_t i = 0; i < n; i++) all += v[i];
    return all;
}

int main(int argc, char **argv)
{
    struct job j;
    size_t *const number[] = {&j.neurons, &j.images, &j.targets, &j.threads};
    for (int i = 0; i < 4; i++)
        if (argc != 5 || facet_parse_size("number", argv[1 + i], 1, 1000000, number[i]) < 0)
            return 2;
    j.x = facet_alloc(j.neurons, j.images * sizeof *j.x, "activations");
    j.label = facet_alloc(j.targets, j.images, "labels");
    j.auc = facet_alloc(j.neurons, j.targets * sizeof *j.auc, "results");
    j.p = facet_alloc(j.neurons, j.targets * sizeof *j.p, "results");
    if (j.x == NULL || j.label == NULL || j.auc == NULL || j.p == NULL) return 1;
    if (fread(j.x, j.images * sizeof *j.x, j.neurons, stdin) != j.neurons ||
        fread(j.label, j.images, j.targets, stdin) != j.targets)
        return 1;
    const int8_t **label = facet_alloc(j.targets, sizeof *label, "labels");
    for (size_t t = 0; label != NULL && t < j.targets; t++) label[t] = j.label + t * j.images;
    const double start = facet_cpu_seconds();
    const clock_t used = clock();
    if (label == NULL || facet_aucs_new(&j.aucs, j.images, j.targets, label) < 0 || run(&j) < 0)
        return 1;
    printf("%.6f %.6f %.12g %.12g\n", facet_cpu_seconds() - start,
           (double)(clock() - used) / CLOCKS_PER_SEC, sum(j.auc, j.neurons * j.targets),
           sum(j.p, j.neurons * j.targets));
    facet_aucs_free(&j.aucs);
    free(label);
    free(j.x);
    free(j.label);
    free(j.auc);
    free(j.p);
    return 0;
}
