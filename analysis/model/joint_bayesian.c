#include "model/joint_bayesian.h"

#include "base/clones.h"
#include "model/dense.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, PANEL = 128, LANES = 8 };

#define SINGULAR 1e-10

int facet_jb_new(struct facet_jb **jb, size_t d)
{
    struct facet_jb *j = facet_alloc(1, sizeof *j, "Joint Bayesian");
    if (j == NULL) return FACET_ENOMEM;
    j->width = d;
    double **vectors[] = {&j->mean, &j->ratio, &j->self, &j->cross};
    double **matrices[] = {&j->between, &j->within, &j->basis};
    int bad = 0;
    for (int i = 0; i < 4; i++)
        bad |= (*vectors[i] = facet_alloc(d, sizeof(double), "Joint Bayesian")) == NULL;
    for (int i = 0; i < 3; i++)
        bad |= (*matrices[i] = facet_alloc(d, d * sizeof(double), "Joint Bayesian")) == NULL;
    if (bad)
        facet_jb_free(&j);
    else
        *jb = j;
    return bad ? FACET_ENOMEM : FACET_OK;
}

void facet_jb_free(struct facet_jb **jb)
{
    struct facet_jb *j = *jb;
    if (j == NULL) return;
    free(j->mean);
    free(j->between);
    free(j->within);
    free(j->basis);
    free(j->ratio);
    free(j->self);
    free(j->cross);
    free(j);
    *jb = NULL;
}

/* ---- who is on which row ---- */

struct people {
    size_t count, images;
    uint32_t *row;   /* (images) the rows of one after those of the other */
    uint32_t *start; /* (count + 1) where theirs begin in `row` */
};

static double images_of(const struct people *p, size_t i)
{
    return (double)(p->start[i + 1] - p->start[i]);
}

static void release(struct people *p)
{
    free(p->row);
    free(p->start);
}

/* Rows as keys: identity first, then the row's number. */
static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int group(struct people *p, const int32_t *identity, size_t n)
{
    uint64_t *keys = facet_alloc(n, sizeof *keys, "Joint Bayesian");
    p->row = facet_alloc(n, sizeof *p->row, "Joint Bayesian");
    p->start = facet_alloc(n + 1, sizeof *p->start, "Joint Bayesian");
    int code = keys == NULL || p->row == NULL || p->start == NULL ? FACET_ENOMEM : FACET_OK;
    for (size_t i = 0; code == FACET_OK && i < n; i++)
        if (identity[i] >= 0) keys[p->images++] = (uint64_t)identity[i] << 32 | i;
    if (code == FACET_OK) qsort(keys, p->images, sizeof *keys, ascending);
    for (size_t i = 0; code == FACET_OK && i < p->images; i++) {
        p->row[i] = (uint32_t)keys[i];
        if (i == 0 || keys[i] >> 32 != keys[i - 1] >> 32) p->start[p->count++] = (uint32_t)i;
    }
    if (code == FACET_OK) p->start[p->count] = (uint32_t)p->images;
    free(keys);
    return code;
}

static int check_people(const struct people *p)
{
    size_t several = 0;
    for (size_t i = 0; i < p->count; i++) several += images_of(p, i) > 1;
    if (several >= 2) return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "Joint Bayesian: %zu of %zu people have two images or more, "
                      "expected two such people at least",
                      several, p->count);
}

static int check_rows(const struct people *p, const float *x, size_t d)
{
    for (size_t i = 0; i < p->images; i++)
        if (facet_dense_bad_row(x + p->row[i] * d, 1, d) == 0)
            return facet_fail(FACET_EFORMAT, "Joint Bayesian: row %u holds NaN or infinity",
                              (unsigned)p->row[i]);
    return FACET_OK;
}

/* ---- what the steps work on ---- */

struct em {
    struct people people;
    struct facet_jb *jb;
    const struct facet_jb_options *options;
    double *means;     /* (people, d) centred */
    double *fixed;     /* (d, d) sum of products of x_j - mean */
    double *mu, *rest; /* (people, d) in the basis: mu; sqrt(m) times the mean less mu */
    double *factor;    /* (d, d) Cholesky factor of S_eps, column-major */
    double *back;      /* (d, d) inverse of the basis, transposed: x = back' z */
    double *products, *half, *fresh; /* (d, d) */
};

static void free_em(struct em *em)
{
    release(&em->people);
    free(em->means);
    free(em->fixed);
    free(em->mu);
    free(em->rest);
    free(em->factor);
    free(em->back);
    free(em->products);
    free(em->half);
    free(em->fresh);
}

static int alloc_em(struct em *em)
{
    const size_t d = em->jb->width;
    double **tall[] = {&em->means, &em->mu, &em->rest};
    double **square[] = {&em->fixed, &em->factor, &em->back, &em->products, &em->half, &em->fresh};
    int bad = 0;
    for (int i = 0; i < 3; i++)
        bad |= (*tall[i] = facet_alloc(em->people.count, d * sizeof(double), "Joint Bayesian")) ==
               NULL;
    for (int i = 0; i < 6; i++)
        bad |= (*square[i] = facet_alloc(d, d * sizeof(double), "Joint Bayesian")) == NULL;
    return bad ? FACET_ENOMEM : FACET_OK;
}

/* Means of each person, not yet centred. */
static void average(struct em *em, const float *x)
{
    const struct people *p = &em->people;
    const size_t d = em->jb->width;
#pragma omp parallel for num_threads(em->options->threads)
    for (size_t i = 0; i < p->count; i++) {
        double *mean = em->means + i * d;
        for (size_t r = p->start[i]; r < p->start[i + 1]; r++)
            for (size_t k = 0; k < d; k++) mean[k] += (double)x[p->row[r] * d + k];
        for (size_t k = 0; k < d; k++) mean[k] /= images_of(p, i);
    }
}

/* Sum over images of the products of x_j - mean, in blocks of rows. */
static int scatter(struct em *em, const float *x)
{
    const struct people *p = &em->people;
    const size_t d = em->jb->width;
    double *block = facet_alloc(BLOCK, d * sizeof *block, "Joint Bayesian");
    if (block == NULL) return FACET_ENOMEM;
    size_t rows = 0;
    for (size_t i = 0; i < p->count; i++)
        for (size_t r = p->start[i]; r < p->start[i + 1]; r++) {
            for (size_t k = 0; k < d; k++)
                block[rows * d + k] = (double)x[p->row[r] * d + k] - em->means[i * d + k];
            if (++rows < BLOCK && r + 1 < p->images) continue;
            facet_dense_add_symmetric(rows, d, block, block, em->fixed, em->options->threads);
            rows = 0;
        }
    facet_dense_mirror(d, em->fixed);
    free(block);
    return FACET_OK;
}

static void add_ridge(struct em *em, double *within)
{
    const size_t d = em->jb->width;
    double trace = 0;
    for (size_t k = 0; k < d; k++) trace += within[k * d + k];
    em->jb->ridge = em->options->ridge * trace / (double)d;
    for (size_t k = 0; k < d; k++) within[k * d + k] += em->jb->ridge;
}

/* From the means, which are centred on that of all images, and `fixed`. */
static void begin(struct em *em)
{
    const struct people *p = &em->people;
    const size_t d = em->jb->width, square = d * d;
    double *mean = em->jb->mean;
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < d; k++) mean[k] += images_of(p, i) * em->means[i * d + k];
    for (size_t k = 0; k < d; k++) mean[k] /= (double)p->images;
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < d; k++) em->means[i * d + k] -= mean[k];
    facet_dense_add_symmetric(p->count, d, em->means, em->means, em->jb->between,
                              em->options->threads);
    facet_dense_mirror(d, em->jb->between);
    for (size_t i = 0; i < square; i++) {
        em->jb->between[i] /= (double)p->count;
        em->jb->within[i] = em->fixed[i] / (double)(p->images - p->count);
    }
    add_ridge(em, em->jb->within);
}

/* ---- both matrices diagonal at once ---- */

/* factor factor' = S_eps. A pivot is what the features before it leave of a feature's variance. */
static int factorise(struct em *em)
{
    const size_t d = em->jb->width;
    const double *within = em->jb->within;
    memcpy(em->factor, within, d * d * sizeof *within);
    int info = LAPACKE_dpotrf(LAPACK_COL_MAJOR, 'L', (int)d, em->factor, (int)d);
    size_t bad = info > 0 ? (size_t)info - 1 : d;
    for (size_t k = 0; k < bad; k++) {
        double pivot = em->factor[k * d + k];
        if (!(pivot * pivot > SINGULAR * within[k * d + k])) bad = k;
    }
    if (info < 0) return facet_fail(FACET_EINVAL, "Joint Bayesian: dpotrf failed (%d)", info);
    if (bad == d) return FACET_OK;
    return facet_fail(FACET_EFORMAT,
                      "Joint Bayesian: the covariance within people is singular: "
                      "feature %zu %s (%zu images, %zu people, %zu features); use a PCA or a ridge",
                      bad,
                      within[bad * d + bad] > 0 ? "follows from those before it"
                                                : "is constant within people",
                      em->people.images, em->people.count, d);
}

/* With S_eps = L L' and L^-1 S_mu L^-T = V l V': basis' = L^-T V, back' = L V. */
static int diagonalise(struct em *em)
{
    struct facet_jb *jb = em->jb;
    const size_t d = jb->width;
    const int w = (int)d;
    facet_dense_one_thread();
    int code = factorise(em);
    if (code < 0) return code;
    memcpy(jb->basis, jb->between, d * d * sizeof *jb->basis);
    int info = LAPACKE_dsygst(LAPACK_COL_MAJOR, 1, 'L', w, jb->basis, w, em->factor, w);
    if (info == 0) info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', w, jb->basis, w, jb->ratio);
    if (info != 0)
        return facet_fail(FACET_EINVAL, "Joint Bayesian: LAPACK's dsygst or dsyevd failed (%d)",
                          info);
    for (size_t k = 0; k < d; k++) jb->ratio[k] = fmax(jb->ratio[k], 0);
    memcpy(em->back, jb->basis, d * d * sizeof *em->back);
#pragma omp parallel for schedule(dynamic, 1) num_threads(em->options->threads)
    for (size_t at = 0; at < d; at += PANEL) {
        int count = (int)(d - at < PANEL ? d - at : PANEL);
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, w, count, 1,
                    em->factor, w, jb->basis + at * d, w);
        cblas_dtrmm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, w, count, 1,
                    em->factor, w, em->back + at * d, w);
    }
    return FACET_OK;
}

/* ---- a step ---- */

static void expect(struct em *em)
{
    const struct people *p = &em->people;
    const size_t d = em->jb->width;
    const double *ratio = em->jb->ratio;
    facet_dense_product(p->count, d, d, em->means, em->jb->basis, 1, em->rest,
                        em->options->threads);
#pragma omp parallel for num_threads(em->options->threads)
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 0; k < d; k++) {
            double m = images_of(p, i), z = em->rest[i * d + k];
            em->mu[i * d + k] = m * ratio[k] / (1 + m * ratio[k]) * z;
            em->rest[i * d + k] = sqrt(m) / (1 + m * ratio[k]) * z;
        }
}

/* Adds the posterior variance of mu to the diagonal: once a person, or once an image. */
static void add_posterior(struct em *em, int by_image)
{
    const size_t d = em->jb->width;
    for (size_t i = 0; i < em->people.count; i++)
        for (size_t k = 0; k < d; k++) {
            double m = images_of(&em->people, i), l = em->jb->ratio[k];
            em->products[k * d + k] += (by_image ? m : 1) * l / (1 + m * l);
        }
}

/* fresh = (fixed + sum of products of `rows` (people, d), a matrix in the basis) / count. */
static void combine(struct em *em, const double *rows, const double *fixed, int by_image,
                    size_t count)
{
    const size_t d = em->jb->width, square = d * d;
    const int threads = em->options->threads;
    memset(em->products, 0, square * sizeof *em->products);
    facet_dense_add_symmetric(em->people.count, d, rows, rows, em->products, threads);
    facet_dense_mirror(d, em->products);
    if (em->options->exact) add_posterior(em, by_image);
    facet_dense_product(d, d, d, em->products, em->back, 0, em->half, threads);
    if (fixed != NULL)
        memcpy(em->fresh, fixed, square * sizeof *fixed);
    else
        memset(em->fresh, 0, square * sizeof *em->fresh);
    facet_dense_add_symmetric(d, d, em->back, em->half, em->fresh, threads);
    facet_dense_mirror(d, em->fresh);
    for (size_t i = 0; i < square; i++) em->fresh[i] /= (double)count;
}

/* Puts `fresh` in the place of a matrix; its relative change. */
static double replace(struct em *em, double *matrix)
{
    const size_t square = em->jb->width * em->jb->width;
    double change = 0, size = 0;
    for (size_t i = 0; i < square; i++) {
        double difference = em->fresh[i] - matrix[i];
        change += difference * difference;
        size += em->fresh[i] * em->fresh[i];
    }
    memcpy(matrix, em->fresh, square * sizeof *matrix);
    return change > 0 ? sqrt(change / size) : 0;
}

static int step(struct em *em)
{
    struct facet_jb *jb = em->jb;
    expect(em);
    combine(em, em->mu, NULL, 0, em->people.count);
    jb->last.between = replace(em, jb->between);
    combine(em, em->rest, em->fixed, 1, em->people.images);
    add_ridge(em, em->fresh);
    jb->last.within = replace(em, jb->within);
    jb->last.number++;
    jb->converged =
        jb->last.between <= em->options->tolerance && jb->last.within <= em->options->tolerance;
    if (em->options->report != NULL) em->options->report(em->options->context, &jb->last);
    return diagonalise(em);
}

static int iterate(struct em *em)
{
    struct facet_jb *jb = em->jb;
    begin(em);
    int code = diagonalise(em);
    while (code == FACET_OK && !jb->converged && jb->last.number < em->options->max_steps)
        code = step(em);
    jb->images = em->people.images;
    jb->identities = em->people.count;
    jb->exact = em->options->exact;
    facet_jb_weigh(jb);
    return code;
}

static int check_sizes(size_t n, size_t d)
{
    if (d >= 1 && d <= FACET_DENSE_MOST && n <= UINT32_MAX) return FACET_OK;
    return facet_fail(FACET_EINVAL,
                      "Joint Bayesian: %zu rows of %zu features, expected 1 to %d "
                      "features",
                      n, d, FACET_DENSE_MOST);
}

/* Takes em apart: *jb on success. */
static int end(struct em *em, int code, struct facet_jb **jb)
{
    free_em(em);
    if (code < 0)
        facet_jb_free(&em->jb);
    else
        *jb = em->jb;
    return code;
}

int facet_jb_fit(struct facet_jb **jb, const float *x, size_t n, size_t d, const int32_t *identity,
                 const struct facet_jb_options *options)
{
    struct em em = {.options = options};
    int code = check_sizes(n, d);
    if (code == FACET_OK) code = facet_jb_new(&em.jb, d);
    if (code == FACET_OK) code = group(&em.people, identity, n);
    if (code == FACET_OK) code = check_people(&em.people);
    if (code == FACET_OK) code = check_rows(&em.people, x, d);
    if (code == FACET_OK) code = alloc_em(&em);
    if (code == FACET_OK) {
        average(&em, x);
        code = scatter(&em, x);
    }
    if (code == FACET_OK) code = iterate(&em);
    return end(&em, code, jb);
}

/* People of whom only the number of images is known. */
static int count_people(struct people *p, const uint32_t *images, size_t count)
{
    p->start = facet_alloc(count + 1, sizeof *p->start, "Joint Bayesian");
    if (p->start == NULL) return FACET_ENOMEM;
    p->count = count;
    for (size_t i = 0; i < count; i++) p->start[i + 1] = p->start[i] + images[i];
    p->images = p->start[count];
    return check_people(p);
}

int facet_jb_fit_means(struct facet_jb **jb, const double *means, const uint32_t *images,
                       size_t people, size_t d, const double *products,
                       const struct facet_jb_options *options)
{
    struct em em = {.options = options};
    int code = check_sizes(people, d);
    if (code == FACET_OK) code = facet_jb_new(&em.jb, d);
    if (code == FACET_OK) code = count_people(&em.people, images, people);
    if (code == FACET_OK) code = alloc_em(&em);
    if (code == FACET_OK) {
        memcpy(em.means, means, people * d * sizeof *means);
        memcpy(em.fixed, products, d * d * sizeof *products);
        code = iterate(&em);
    }
    return end(&em, code, jb);
}

/* ---- scores ---- */

void facet_jb_weigh(struct facet_jb *jb)
{
    for (size_t k = 0; k < jb->width; k++) {
        double l = jb->ratio[k];
        jb->self[k] = -l * l / ((1 + l) * (1 + 2 * l));
        jb->cross[k] = 2 * l / (1 + 2 * l);
    }
}

int facet_jb_prepare(const struct facet_jb *jb, const float *x, size_t rows, int threads,
                     float *out)
{
    return facet_dense_project("Joint Bayesian", jb->width, jb->width, jb->mean, jb->basis, 1, x,
                               rows, threads, out);
}

/* Lanes of their own, so that the order of the sum doesn't depend on the instruction set. */
FACET_CLONES
static double sum_terms(size_t width, const double *self, const double *cross, const float *u,
                        const float *v)
{
    double lane[LANES] = {0}, sum = 0;
    size_t k = 0;
    for (; k + LANES <= width; k += LANES)
        for (size_t j = 0; j < LANES; j++) {
            double a = (double)u[k + j], b = (double)v[k + j];
            lane[j] += self[k + j] * (a * a + b * b) + cross[k + j] * (a * b);
        }
    for (; k < width; k++) {
        double a = (double)u[k], b = (double)v[k];
        sum += self[k] * (a * a + b * b) + cross[k] * (a * b);
    }
    for (size_t j = 0; j < LANES; j++) sum += lane[j];
    return sum;
}

double facet_jb_score(const struct facet_jb *jb, const float *u, const float *v)
{
    return sum_terms(jb->width, jb->self, jb->cross, u, v);
}
