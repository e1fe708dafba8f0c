#include "train/loss.h"

#include "base/clones.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- identification ---- */

static int is_largest(const float *logits, size_t label, float largest)
{
    if (logits[label] != largest) return 0;
    for (size_t j = 0; j < label; j++)
        if (logits[j] == largest) return 0;
    return 1;
}

/* The largest logit; NaN if one of them is not finite. */
static float largest_of(size_t classes, const float *logits)
{
    float largest = logits[0];
    int finite = 1;
    for (size_t j = 0; j < classes; j++) {
        largest = logits[j] > largest ? logits[j] : largest;
        finite &= isfinite(logits[j]) != 0;
    }
    return finite ? largest : NAN;
}

/* Makes z[j] the exponential of z[j] - largest; returns their sum without z[label]. */
static double exponentials(size_t classes, float *z, size_t label, float largest)
{
    double sum = 0;
    for (size_t j = 0; j < classes; j++) {
        z[j] = expf(z[j] - largest);
        sum += j == label ? 0 : (double)z[j];
    }
    return sum;
}

/* Loss of a row; logits become scale * (softmax - onehot). The label's softmax - 1 is formed from
 * the others' sum, for the difference would lose all digits once the network is right. */
static double identify(size_t classes, float *logits, size_t label, double scale, size_t *correct)
{
    float largest = largest_of(classes, logits);
    double below = (double)largest - logits[label]; /* NaN if a logit is not finite */
    *correct += (size_t)is_largest(logits, label, largest);
    double others = exponentials(classes, logits, label, largest);
    double sum = others + (double)logits[label];
    for (size_t j = 0; j < classes; j++) logits[j] = (float)(scale / sum * logits[j]);
    logits[label] = (float)(-scale * (others / sum));
    return below + (below == 0 ? log1p(others) : log(sum));
}

double facet_loss_identification(size_t n, size_t classes, size_t stride, float *logits,
                                 const int32_t *labels, double weight, size_t *correct)
{
    double sum = 0;
    assert(n > 0 && stride >= classes);
    *correct = 0;
    for (size_t i = 0; i < n; i++, logits += stride) {
        assert(labels[i] >= 0 && (size_t)labels[i] < classes);
        sum += identify(classes, logits, (size_t)labels[i], weight / (double)n, correct);
        memset(logits + classes, 0, (stride - classes) * sizeof *logits);
    }
    return sum / (double)n;
}

/* ---- verification ---- */

enum { LANES = 16 };

/* ||a - b||^2: LANES sums, each in its own order, joined in order. */
FACET_CLONES
static double squared_distance(size_t width, const float *a, const float *b)
{
    double lane[LANES] = {0}, sum = 0;
    size_t k = 0;
    for (; k + LANES <= width; k += LANES)
        for (size_t l = 0; l < LANES; l++) {
            double difference = (double)a[k + l] - b[k + l];
            lane[l] += difference * difference;
        }
    for (; k < width; k++) {
        double difference = (double)a[k] - b[k];
        lane[k % LANES] += difference * difference;
    }
    for (size_t l = 0; l < LANES; l++) sum += lane[l];
    return sum;
}

/* sum += c (a - b) */
FACET_CLONES
static void add_difference(size_t width, double c, const float *a, const float *b, double *sum)
{
    for (size_t k = 0; k < width; k++) sum[k] += c * ((double)a[k] - b[k]);
}

/* Losses of the kinds, summed. pairs (n (n - 1) / 2): in: the distances; out: what (f_i - f_j) is
 * to be multiplied with in the gradient, not yet divided by the number of pairs of the kind. */
static void judge(size_t n, const int32_t *labels, double margin, double *pair,
                  struct facet_verification *v)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, pair++) {
            double d = isfinite(*pair) ? *pair : NAN, gap = margin - d;
            if (labels[i] == labels[j]) {
                v->genuine_pairs++;
                v->genuine += d * d / 2;
                *pair = isnan(d) ? NAN : 1;
                continue;
            }
            v->impostor_pairs++;
            *pair = 0;
            if (gap <= 0) continue;
            v->violating += gap > 0;
            v->impostor += gap * gap / 2;
            if (d != 0) *pair = -gap / d;
        }
}

static void add_gradient(size_t n, size_t width, const float *features, const int32_t *labels,
                         const double *pair, const double half[2], double weight, float *gradient,
                         double *sum)
{
    for (size_t i = 0; i < n; i++) {
        memset(sum, 0, width * sizeof *sum);
        for (size_t j = 0; j < n; j++) {
            if (j == i) continue;
            size_t low = i < j ? i : j, high = i < j ? j : i;
            double c = pair[low * n - low * (low + 1) / 2 + high - low - 1];
            if (c != 0) /* NaN goes on */
                add_difference(width, c * half[labels[i] == labels[j]], features + i * width,
                               features + j * width, sum);
        }
        for (size_t k = 0; k < width; k++) gradient[i * width + k] += (float)(weight * sum[k]);
    }
}

int facet_loss_verification(size_t n, size_t width, const float *features, const int32_t *labels,
                            double margin, double weight, float *gradient, float *distances,
                            struct facet_verification *result)
{
    struct facet_verification v = {0};
    size_t pairs = n < 2 ? 0 : n * (n - 1) / 2, p = 0;
    double *pair = facet_alloc(pairs, sizeof *pair, "pairs of a batch");
    double *sum = facet_alloc(width, sizeof *sum, "gradient of an image");
    int code = pair == NULL || sum == NULL ? FACET_ENOMEM : FACET_OK;
    if (code == FACET_OK) {
        if (!isfinite(margin)) margin = NAN;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n; j++, p++)
                pair[p] = sqrt(squared_distance(width, features + i * width, features + j * width));
        for (p = 0; distances != NULL && p < pairs; p++) distances[p] = (float)pair[p];
        judge(n, labels, margin, pair, &v);
        const double half[2] = {v.impostor_pairs > 0 ? 0.5 / (double)v.impostor_pairs : 0,
                                v.genuine_pairs > 0 ? 0.5 / (double)v.genuine_pairs : 0};
        add_gradient(n, width, features, labels, pair, half, weight, gradient, sum);
        if (v.genuine_pairs > 0) v.genuine /= (double)v.genuine_pairs;
        if (v.impostor_pairs > 0) v.impostor /= (double)v.impostor_pairs;
        v.loss = (v.genuine + v.impostor) / 2;
        *result = v;
    }
    free(pair);
    free(sum);
    return code;
}
