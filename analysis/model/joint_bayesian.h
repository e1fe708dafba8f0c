/* model/joint_bayesian: are two images of one person? Joint Bayesian (Chen, Cao, Wang, Wen, Sun:
 * Bayesian face revisited: a joint formulation, ECCV 2012).
 *
 * A centred row is x = mu + eps, mu ~ N(0, S_mu) of the person, eps ~ N(0, S_eps) of the image. For
 * a person with m images, with F = S_eps^-1 and G = -(m S_mu + S_eps)^-1 S_mu S_eps^-1,
 *
 *     E:  mu = S_mu (F + m G) sum(x),  eps_j = x_j + S_eps G sum(x)
 *     M:  S_mu = cov(mu) over people,  S_eps = cov(eps) over images
 *
 * cov() is the mean product, about zero, which is the model's mean. The start is the covariance of
 * the people's means and the pooled one within people (over images - people).
 *
 * How it is computed. Let rows w_k of `basis` and l_k of `ratio` solve S_mu w = l S_eps w with
 * w'S_eps w = 1. In coordinates z = basis x all matrices are diagonal at once, for every m: S_eps
 * is 1, S_mu is l, F is 1 and G is -l / (1 + m l). So with z the coordinates of a person's mean
 *
 *     mu = m l / (1 + m l) z   and   eps_j = x_j - mu
 *
 * and as eps_j = (x_j - mean) + (mean - mu), where the first part sums to zero within a person,
 *
 *     sum eps eps' = sum (x_j - mean)(x_j - mean)' + sum_people m r r',  r = z / (1 + m l).
 *
 * The first sum never changes and is made once. A step costs one eigenproblem and products of
 * (people, d) and (d, d) matrices; no step looks at an image.
 *
 * The published M-step leaves out that mu is not known exactly. Directions in which people differ
 * little shrink with every step, and vanish where var(mu) < 3 var(eps) / m: a fit of it has fewer
 * directions, not consistent variances. With `exact`, the posterior covariance l / (1 + m l) is
 * added to both mean products, as in EM proper, and the variances are consistent.
 *
 *     struct facet_jb *jb;
 *     struct facet_jb_options options = FACET_JB_DEFAULTS;
 *     facet_jb_fit(&jb, x, n, d, identity, &options);
 *     facet_jb_prepare(jb, block, rows, threads, prepared);
 *     double r = facet_jb_score(jb, prepared + i * d, prepared + j * d);
 *     facet_jb_free(&jb);
 */
#ifndef FACET_MODEL_JOINT_BAYESIAN_H
#define FACET_MODEL_JOINT_BAYESIAN_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct facet_jb_step {
    int number;             /* from 1 */
    double between, within; /* |new - old| / |new| of S_mu and S_eps, Frobenius norms */
};

struct facet_jb_options {
    int max_steps;    /* 0: the start only */
    double tolerance; /* stop when both changes are at most this */
    double ridge;     /* S_eps += ridge trace(S_eps) / d 1, at the start and in every step */
    int exact;        /* nonzero: EM proper, see above */
    int threads;
    void (*report)(void *context, const struct facet_jb_step *step); /* after each step, or NULL */
    void *context;
};
#define FACET_JB_DEFAULTS                                                                          \
    {                                                                                              \
        .max_steps = 100, .tolerance = 1e-5, .threads = 1                                          \
    }

struct facet_jb {
    size_t width;             /* d */
    double *mean;             /* (d) of the images that were fitted */
    double *between, *within; /* (d, d) S_mu, S_eps */
    double *basis;            /* (d, d) a direction a row, by increasing ratio */
    double *ratio;            /* (d) var(mu) / var(eps) along it, >= 0 */
    double *self, *cross;     /* (d) weights of the score, see facet_jb_score() */
    size_t images, identities;
    struct facet_jb_step last; /* number 0 without steps */
    int converged, exact;
    double ridge; /* what was last added to S_eps's diagonal, in the units of x squared */
};

/* To x (n, d); identity (n): any numbers >= 0, in any order; negative: the row takes no part.
 * People with one image take part by their sum. FACET_EINVAL: fewer than two people with two images
 * or more, more features than FACET_DENSE_MOST. FACET_EFORMAT: NaN or infinity, naming the row;
 * S_eps is singular, naming a feature that others determine (to 1e-10 of its variance): without it,
 * after a PCA or with a ridge it goes. Memory: 9 (d, d) and 3 (people, d) matrices of doubles. */
int facet_jb_fit(struct facet_jb **jb, const float *x, size_t n, size_t d, const int32_t *identity,
                 const struct facet_jb_options *options);
/* The same from what the steps need to know of the rows: means (people, d), how many images each
 * person has (at least 1), and products (d, d), the sum over images of (x_j - mean)(x_j - mean)'
 * with the person's mean. Errors as facet_jb_fit(), but for NaN and infinity, which must not be. */
int facet_jb_fit_means(struct facet_jb **jb, const double *means, const uint32_t *images,
                       size_t people, size_t d, const double *products,
                       const struct facet_jb_options *options);
/* All zero, for a reader to fill; it calls facet_jb_weigh() when ratio is there. */
int facet_jb_new(struct facet_jb **jb, size_t d);
void facet_jb_weigh(struct facet_jb *jb);
void facet_jb_free(struct facet_jb **jb); /* NULL-safe */

/* out (rows, d) = basis (x - mean) of x (rows, d). A row's result doesn't depend on the others.
 * FACET_EFORMAT: NaN or infinity, naming the row of this block. */
int facet_jb_prepare(const struct facet_jb *jb, const float *x, size_t rows, int threads,
                     float *out);

/* Score of two prepared rows u, v (d): r = x1'A x1 + x2'A x2 - 2 x1'G x2 with m = 2 and
 * A = (S_mu + S_eps)^-1 - (F + G), twice the log-likelihood ratio of one person to two but for a
 * constant. In the basis: r = sum_k self (u^2 + v^2) + cross u v with
 * self = 1 / (1 + l) - (1 + l) / (1 + 2 l) = -l^2 / ((1 + l)(1 + 2 l)) and cross = 2 l / (1 + 2 l).
 * Symmetric; higher for one person. */
double facet_jb_score(const struct facet_jb *jb, const float *u, const float *v);

#endif
