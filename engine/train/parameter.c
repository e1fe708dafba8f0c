#include "train/parameter.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

int facet_parameter_new(struct facet_parameter *p, size_t count, int decays, int gradient)
{
    *p = (struct facet_parameter){.count = count, .decays = decays};
    p->value = facet_alloc(count, sizeof(float), "weights");
    p->velocity = facet_alloc(count, sizeof(float), "velocities");
    if (gradient) p->gradient = facet_alloc(count, sizeof(float), "gradients");
    return p->value == NULL || p->velocity == NULL || (gradient && p->gradient == NULL)
               ? FACET_ENOMEM
               : FACET_OK;
}

void facet_parameter_free(struct facet_parameter *p)
{
    free(p->value);
    free(p->velocity);
    free(p->gradient);
    memset(p, 0, sizeof *p);
}

void facet_parameter_step(const struct facet_step *step, int decays, size_t count,
                          float *restrict value, float *restrict velocity,
                          const float *restrict gradient)
{
    const float rate = (float)step->rate, momentum = (float)step->momentum;
    const float factor = (float)step->factor, decay = decays ? (float)step->decay : 0;
    for (size_t i = 0; i < count; i++) {
        velocity[i] = momentum * velocity[i] + (factor * gradient[i] + decay * value[i]);
        value[i] -= rate * velocity[i];
    }
}
