#include "stats/cut.h"

#include "base/clones.h"

#include <math.h>
#include <string.h>

enum { SPLITS = FACET_CUT_SPLITS };

typedef int64_t lanes __attribute__((vector_size(SPLITS * sizeof(int64_t))));

/* What is added to n0 n1 (TPR - FPR) of a half as the threshold passes one of its observations. */
struct weights {
    lanes of[2][2]; /* half, label */
};

/* The greatest and the least n0 n1 (TPR - FPR) of a half, and those of the other half there. */
struct best {
    lanes most, least, at_most, at_least;
};

void facet_cut_count(struct facet_cut *cut)
{
    memset(cut->count, 0, sizeof cut->count);
    for (size_t i = 0; i < cut->n; i++)
        for (int s = 0; cut->label[i] >= 0 && s < SPLITS; s++)
            cut->count[!(cut->first[i] >> s & 1)][cut->label[i]][s]++;
}

#define PICK(condition, a, b) (((condition) & (a)) | (~(condition) & (b)))

#define UPDATE(b, here, there)                                                                     \
    do {                                                                                           \
        const lanes up = (here) > (b).most, down = (here) < (b).least;                             \
        (b).most = PICK(up, here, (b).most);                                                       \
        (b).at_most = PICK(up, there, (b).at_most);                                                \
        (b).least = PICK(down, here, (b).least);                                                   \
        (b).at_least = PICK(down, there, (b).at_least);                                            \
    } while (0)

/* The threshold goes up from below all values: nothing is told apart there, and anything is better.
 */
FACET_CLONES
static void walk(const struct facet_ranks *r, const struct facet_cut *cut, const struct weights *w,
                 struct best out[2])
{
    const lanes bits = {1, 2, 4, 8, 16, 32, 64, 128}, none = {0};
    struct best best[2] = {{none, none, none, none}, {none, none, none, none}};
    lanes a = none, b = none;
    for (size_t g = 0, k = 0; g < r->groups; g++) {
        for (; k < r->end[g]; k++) {
            const uint32_t i = r->order[k];
            const int8_t y = cut->label[i];
            if (y < 0) continue;
            const lanes first = (bits & (int64_t)cut->first[i]) != none;
            a += first & w->of[0][y];
            b += ~first & w->of[1][y];
        }
        UPDATE(best[0], a, b);
        UPDATE(best[1], b, a);
    }
    out[0] = best[0];
    out[1] = best[1];
}

void facet_cut_of(const struct facet_ranks *ranks, const struct facet_cut *cut,
                  double chosen[2][SPLITS], double judged[2][SPLITS])
{
    struct weights w;
    struct best best[2];
    for (int h = 0; h < 2; h++)
        for (int s = 0; s < SPLITS; s++) {
            w.of[h][0][s] = cut->count[h][1][s];
            w.of[h][1][s] = -cut->count[h][0][s];
        }
    walk(ranks, cut, &w, best);
    for (int h = 0; h < 2; h++)
        for (int s = 0; s < SPLITS; s++) {
            const double here = (double)cut->count[h][0][s] * (double)cut->count[h][1][s];
            const double there = (double)cut->count[!h][0][s] * (double)cut->count[!h][1][s];
            const int up = best[h].most[s] >= -best[h].least[s];
            const int valid = here > 0 && there > 0;
            chosen[h][s] = valid ? (double)(up ? best[h].most[s] : best[h].least[s]) / here : NAN;
            judged[h][s] =
                valid ? (double)(up ? best[h].at_most[s] : best[h].at_least[s]) / there : NAN;
        }
}

double facet_cut_accuracy(double chosen, double judged)
{
    return (1 + (chosen < 0 ? -judged : judged)) / 2;
}
