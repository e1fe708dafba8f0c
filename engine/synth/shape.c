/* The head: sections of the skull, the features of the face, the expressions, the ears. */
#include "synth/model.h"

#include <string.h>

/* Horizontal sections from the crown to below the neck: height and depth of the front profile,
 * half width, height at the side, depth and height at the back; and into how many rows the step to
 * the next section is divided. */
enum { YF, ZF, W, YS, ZB, YB, SECTION };

enum { SECTIONS = 20 };

static const float sections[SECTIONS][SECTION] = {
    {11.6f, -1.0f, 0.05f, 11.6f, -1.0f, 11.6f},  {11.3f, 3.0f, 3.2f, 11.1f, -4.6f, 11.1f},
    {10.2f, 5.9f, 5.4f, 9.7f, -7.2f, 9.7f},      {8.4f, 7.7f, 6.6f, 7.7f, -8.8f, 7.8f},
    {6.2f, 8.75f, 7.15f, 5.5f, -9.5f, 5.2f},     {4.0f, 9.3f, 7.35f, 3.5f, -9.5f, 2.8f},
    {2.0f, 9.4f, 7.35f, 1.7f, -9.1f, 0.5f},      {0.0f, 9.1f, 7.3f, 0.2f, -8.4f, -1.5f},
    {-2.0f, 9.15f, 7.2f, -1.3f, -7.6f, -3.3f},   {-4.0f, 9.3f, 6.95f, -2.8f, -6.8f, -5.0f},
    {-5.7f, 9.4f, 6.7f, -4.2f, -6.2f, -6.3f},    {-7.1f, 9.35f, 6.3f, -5.4f, -5.8f, -7.4f},
    {-8.6f, 9.1f, 5.8f, -6.6f, -5.5f, -8.4f},    {-10.0f, 8.85f, 5.15f, -7.7f, -5.4f, -9.2f},
    {-11.2f, 8.2f, 4.5f, -8.8f, -5.3f, -10.0f},  {-11.7f, 6.4f, 4.35f, -9.8f, -5.3f, -10.8f},
    {-12.1f, 4.2f, 4.5f, -11.0f, -5.3f, -11.6f}, {-13.2f, 3.0f, 4.75f, -12.6f, -5.3f, -12.8f},
    {-16.0f, 2.4f, 5.1f, -15.4f, -5.6f, -15.4f}, {-22.0f, 2.4f, 7.0f, -22.0f, -6.5f, -22.0f},
};

static const int divisions[SECTIONS - 1] = {3, 4,  4, 5, 7, 10, 11, 11, 11, 10,
                                            9, 10, 8, 7, 5, 4,  3,  3,  2};

int synth_head_rows(void)
{
    int rows = 1;
    for (int i = 0; i < SECTIONS - 1; i++) rows += divisions[i];
    return rows;
}

static float trait(const struct facet_synth *s, enum facet_synth_trait t)
{
    return (float)s->identity.trait[t];
}

/* The identity's sections. */
static void shape_section(const struct facet_synth *s, int i, float out[SECTION])
{
    memcpy(out, sections[i], sizeof sections[i]);
    float y = out[YF];
    float jaw = smooth(-2.0f, -8.0f, y) * smooth(-13.5f, -11.5f, y);
    float brain = smooth(1.0f, 5.0f, y);
    float middle = bump(y + 1.0f, 0, 6.0f, 1.0f);
    float chin = smooth(-7.2f, -10.5f, y);
    out[W] *= 1 + 0.032f * trait(s, TRAIT_FACE_WIDTH) + 0.045f * jaw * trait(s, TRAIT_JAW_WIDTH) +
              0.022f * brain * trait(s, TRAIT_FOREHEAD_WIDTH) +
              0.016f * middle * trait(s, TRAIT_CHEEKBONE);
    out[ZF] -= 0.28f * smooth(2.0f, 8.0f, y) * trait(s, TRAIT_FOREHEAD_SLOPE);
    out[ZF] += 0.22f * chin * smooth(-12.0f, -11.0f, y) * trait(s, TRAIT_CHIN_FORWARD);
    if (y < 0) {
        float stretch = 1 + 0.035f * trait(s, TRAIT_FACE_LENGTH);
        out[YF] = out[YF] * stretch - 0.32f * chin * trait(s, TRAIT_CHIN_LENGTH);
        out[YS] *= stretch;
    }
    if (y < -11.8f) out[W] *= s->identity.male ? 1.07f : 0.95f; /* neck */
    /* The jaw's corner lies lower where the jaw is wide. */
    out[YS] -= 0.25f * jaw * trait(s, TRAIT_JAW_WIDTH);
}

static float catmull(float p0, float p1, float p2, float p3, float t)
{
    float m1 = 0.5f * (p2 - p0), m2 = 0.5f * (p3 - p1), t2 = t * t, t3 = t2 * t;
    return (2 * t3 - 3 * t2 + 1) * p1 + (t3 - 2 * t2 + t) * m1 + (-2 * t3 + 3 * t2) * p2 +
           (t3 - t2) * m2;
}

/* All rows of the mesh's skull, splined from the identity's sections. */
static void spline_sections(const struct facet_synth *s, float (*rows)[SECTION])
{
    float own[SECTIONS][SECTION];
    for (int i = 0; i < SECTIONS; i++) shape_section(s, i, own[i]);
    int row = 0;
    for (int i = 0; i < SECTIONS - 1; i++) {
        int before = i > 0 ? i - 1 : 0, after = i + 2 < SECTIONS ? i + 2 : SECTIONS - 1;
        for (int k = 0; k < divisions[i] + (i == SECTIONS - 2); k++, row++)
            for (int c = 0; c < SECTION; c++)
                rows[row][c] = catmull(own[before][c], own[i][c], own[i + 1][c], own[after][c],
                                       (float)k / (float)divisions[i]);
    }
}

/* Point of a section at azimuth theta (0 in front, positive to x > 0). */
static void section_point(const float section[SECTION], float theta, float chin, float out[3])
{
    float sine = sinf(theta), cosine = cosf(theta), side = sine * sine;
    out[0] = section[W] * sine;
    if (cosine > 0) {
        /* Faces are fuller than an ellipse beside the mouth and narrow towards the chin. */
        out[2] = section[ZF] * cosine * (1 + chin * side * cosine);
        out[1] = section[YF] + (section[YS] - section[YF]) * side;
    } else {
        out[2] = section[ZB] * -cosine;
        out[1] = section[YB] + (section[YS] - section[YB]) * side;
    }
}

float synth_azimuth(int col)
{
    float q = 2.0f * (float)col / (float)(HEAD_COLS - 1) - 1.0f;
    return SYNTH_PI * q * (0.46f + 0.54f * q * q);
}

static void lay_out(struct facet_synth *s)
{
    struct synth_layout *l = &s->layout;
    float stretch = 1 + 0.035f * trait(s, TRAIT_FACE_LENGTH);
    float age = (float)s->identity.age_years;
    l->old = smooth(30, 75, age);
    l->eye_x = 3.15f + 0.13f * trait(s, TRAIT_EYE_SPACING);
    l->eye_y = 0;
    l->eye_half = 1.5f + 0.08f * trait(s, TRAIT_EYE_SIZE);
    l->eye_upper = (0.53f + 0.06f * trait(s, TRAIT_EYE_OPEN) + 0.03f * trait(s, TRAIT_EYE_SIZE)) *
                   (1 - 0.16f * l->old);
    l->eye_lower = 0.40f + 0.03f * trait(s, TRAIT_EYE_OPEN);
    l->eye_tilt = 0.05f + 0.045f * trait(s, TRAIT_EYE_TILT) - 0.05f * l->old;
    l->iris = 0.59f;
    l->crease = clampf(0.40f + 0.16f * trait(s, TRAIT_LID_FOLD) - 0.15f * l->old, 0.0f, 0.9f);
    l->nose_top = 0.9f;
    l->nose_tip = (-4.0f - 0.28f * trait(s, TRAIT_NOSE_LENGTH)) * stretch;
    l->nose_base = l->nose_tip - 0.72f - 0.1f * trait(s, TRAIT_NOSE_UPTURN);
    l->nose_wide = 1 + 0.13f * trait(s, TRAIT_NOSE_WIDTH);
    l->mouth_y = (-7.05f + 0.2f * trait(s, TRAIT_MOUTH_HEIGHT)) * stretch;
    if (l->mouth_y > l->nose_base - 1.5f) l->mouth_y = l->nose_base - 1.5f;
    l->mouth_half = 2.5f + 0.2f * trait(s, TRAIT_MOUTH_WIDTH);
    l->lip_upper =
        clampf(0.70f + 0.17f * trait(s, TRAIT_LIP_UPPER), 0.36f, 1.2f) * (1 - 0.35f * l->old);
    l->lip_lower =
        clampf(0.92f + 0.18f * trait(s, TRAIT_LIP_LOWER), 0.4f, 1.45f) * (1 - 0.3f * l->old);
    l->mouth_curve = 0.08f * trait(s, TRAIT_MOUTH_CURVE) - 0.12f * l->old;
    l->chin_y = -10.3f * stretch - 0.25f * trait(s, TRAIT_CHIN_LENGTH);
}

static float nose_height(const struct facet_synth *s, float a, float b)
{
    const struct synth_layout *l = &s->layout;
    if (b > l->nose_top + 1.5f || b < l->nose_base - 0.3f) return 0;
    float length = l->nose_top - l->nose_tip;
    float t = clampf((l->nose_top - b) / length, -0.5f, 1.0f);
    float bridge = 0.62f + 0.17f * trait(s, TRAIT_NOSE_BRIDGE);
    float tip = 2.05f + 0.16f * trait(s, TRAIT_NOSE_TIP);
    float ridge = t < 0 ? bridge * smooth(-0.4f, 0.05f, t)
                        : mixf(bridge, tip, t * (0.55f + 0.45f * t)) +
                              0.2f * trait(s, TRAIT_NOSE_HUMP) * bump(t - 0.42f, 0, 0.4f, 1.0f);
    float under = smooth(l->nose_base - 0.1f, l->nose_tip - 0.28f, b);
    float half =
        (0.66f - 0.1f * bump(t, 0, 0.4f, 1) + 0.22f * t * t) * (1 + 0.6f * (l->nose_wide - 1));
    float x = a / half;
    float height = ridge * under * expf(-0.5f * x * x * (1 + 0.25f * x * x));
    float ball = bump(a, b - l->nose_tip + 0.02f, 1.2f * l->nose_wide, 1.0f);
    height += (0.42f + 0.1f * trait(s, TRAIT_NOSE_TIP)) * ball;
    float wing = fabsf(a) - 1.28f * l->nose_wide;
    height += 0.95f * bump(wing, b - l->nose_tip + 0.1f, 0.82f, 0.85f) *
              smooth(l->nose_base - 0.15f, l->nose_base + 0.3f, b);
    return height;
}

static float eye_height(const struct facet_synth *s, float x, float b)
{
    const struct synth_layout *l = &s->layout;
    float dx = x - l->eye_x, dy = b - l->eye_y;
    float deep = 1 + 0.16f * trait(s, TRAIT_EYE_DEPTH);
    float height = -0.95f * deep * bump(dx + 0.15f, dy - 0.25f, 3.0f, 2.2f);
    height -= 0.45f * deep * bump(x - 1.45f, dy - 0.3f, 1.2f, 1.6f);
    height += 0.72f * bump(dx, dy, 1.75f, 1.25f);
    /* Upper lid's fold, bag under the eye. */
    float fold = dy - l->eye_upper - l->crease + 0.12f * dx * dx;
    height -=
        0.13f * bump(dx, 0, 1.9f, 1) * bump(fold, 0, 0.32f, 1) * smooth(0.05f, 0.3f, l->crease);
    float bag = dy + 1.15f - 0.1f * dx * dx;
    height += (0.05f + 0.2f * l->old) * bump(dx, 0, 1.9f, 1) * bump(bag, 0, 0.6f, 1);
    height -= (0.04f + 0.14f * l->old) * bump(dx, 0, 2.0f, 1) * bump(bag + 0.6f, 0, 0.5f, 1);
    return height;
}

static float brow_height(const struct facet_synth *s, float x, float b)
{
    float ridge = 0.3f + 0.17f * trait(s, TRAIT_BROW_RIDGE);
    float arc = b - 1.9f + 0.05f * (x - 2.8f) * (x - 2.8f);
    float height = ridge * bump(x - 2.6f, 0, 4.4f, 1) * bump(arc, 0, 1.5f, 1);
    height += 0.12f * trait(s, TRAIT_BROW_RIDGE) * bump(x, b - 1.8f, 1.4f, 1.3f);
    float old = s->layout.old;
    float wave = sinf(b * 6.2f + 0.6f * sinf(x * 0.9f));
    height += 0.035f * old * wave * bump(x, b - 4.0f, 4.6f, 2.0f);
    height -= 0.09f * old * bump(x - 0.5f, b - 1.7f, 0.25f, 1.0f);
    return height;
}

static float mouth_height(const struct facet_synth *s, float x, float b)
{
    const struct synth_layout *l = &s->layout;
    float dy = b - l->mouth_y, half = l->mouth_half;
    float height = 0.35f * bump(x, dy, 3.9f, 2.9f); /* teeth behind the lips */
    float across = bump(x, 0, half * 1.35f, 1);
    height +=
        (0.25f + 0.22f * l->lip_upper) * across * bump(dy - 0.42f * l->lip_upper, 0, 0.75f, 1);
    height += (0.22f + 0.28f * l->lip_lower) * bump(x, 0, half * 1.2f, 1) *
              bump(dy + 0.5f * l->lip_lower, 0, 0.85f, 1);
    height -= 0.32f * bump(x, 0, half * 1.1f, 1) * bump(dy, 0, 0.32f, 1);
    height -= 0.42f * bump(x, dy + 0.85f + l->lip_lower, 2.6f, 1.0f);
    height -= 0.28f * bump(x - half - 0.1f, dy, 0.8f, 0.8f);
    float groove = (l->nose_base + l->mouth_y + l->lip_upper) * 0.5f;
    height -= 0.13f * bump(x, b - groove, 0.5f, 0.9f);
    height += 0.07f * bump(x - 0.55f, b - groove, 0.45f, 0.9f);
    return height;
}

/* Distance of (x, b) from the fold that runs from the nose's wing past the mouth's corner. */
static float fold_distance(const struct synth_layout *l, float x, float b, float *along)
{
    float top = l->nose_tip - 0.1f, low = l->mouth_y - 0.6f;
    *along = (top - b) / (top - low);
    float path = 1.75f * l->nose_wide + (l->mouth_half + 0.75f - 1.75f * l->nose_wide) *
                                            powf(clampf(*along, 0, 1.2f), 0.8f);
    return x - path;
}

static float cheek_height(const struct facet_synth *s, float x, float b)
{
    const struct synth_layout *l = &s->layout;
    float full = trait(s, TRAIT_CHEEK_FULL);
    float height =
        (0.42f + 0.13f * trait(s, TRAIT_CHEEKBONE)) * bump(x - 4.6f, b + 1.9f, 3.0f, 2.2f);
    height += (0.02f + 0.26f * full) * bump(x - 4.4f, b + 5.0f, 3.0f, 3.2f);
    height -= 0.14f * l->old * bump(x - 4.5f, b + 4.6f, 2.0f, 2.4f);
    height += 0.28f * l->old * bump(x - 4.0f, b - l->mouth_y + 1.8f, 1.7f, 1.8f);
    height -= 0.3f * bump(x - 6.3f, b - 3.2f, 2.2f, 3.0f); /* temple */
    float along, d = fold_distance(l, x, b, &along);
    float run = smooth(-0.1f, 0.15f, along) * smooth(1.1f, 0.8f, along);
    height -= (0.04f + 0.13f * l->old) * run * bump(d, 0, 0.7f, 1);
    height += (0.05f + 0.15f * l->old) * run * bump(d - 0.9f, 0, 1.2f, 1);
    return height;
}

static float chin_height(const struct facet_synth *s, float x, float b)
{
    const struct synth_layout *l = &s->layout;
    float wide = 1 + 0.14f * trait(s, TRAIT_CHIN_WIDTH);
    float height = 0.55f * bump(x, b - l->chin_y, 2.4f * wide, 1.6f);
    height += 0.3f * trait(s, TRAIT_CHIN_WIDTH) * bump(x - 2.2f, b - l->chin_y + 0.1f, 2.0f, 1.6f);
    return height;
}

/* How far the face stands out of the skull at (a, b), cm along z. */
static float face_height(const struct facet_synth *s, float a, float b)
{
    float x = fabsf(a);
    return nose_height(s, a, b) + eye_height(s, x, b) + brow_height(s, x, b) +
           mouth_height(s, x, b) + cheek_height(s, x, b) + chin_height(s, x, b);
}

/* Smile: the corners go out and up, the cheeks rise, the folds deepen. */
static void smile_shape(const struct synth_layout *l, float a, float b, float out[3])
{
    float x = fabsf(a), side = a < 0 ? -1.0f : 1.0f;
    float dy = b - l->mouth_y;
    float corner = bump(x - l->mouth_half, dy, 2.5f, 2.5f);
    float lift = bump(x - 4.0f, b + 3.2f, 2.4f, 2.4f);
    float along, d = fold_distance(l, x, b, &along);
    float run = smooth(-0.15f, 0.2f, along) * smooth(1.15f, 0.8f, along);
    float fold = run * bump(d, 0, 0.85f, 1), beside = run * bump(d - 1.1f, 0, 1.4f, 1);
    float middle = bump(x, dy, l->mouth_half * 1.3f, 1.5f);
    out[0] = side * (0.52f * corner + 0.1f * lift);
    out[1] = 0.55f * corner + 0.35f * lift - 0.1f * middle + 0.15f * bump(x, dy - 0.5f, 2, 1);
    out[2] = -0.25f * corner + 0.5f * lift - 0.12f * fold + 0.25f * beside - 0.12f * middle;
}

/* Mouth open: everything below the line of the lips goes down and a little back. */
static void open_shape(const struct synth_layout *l, float a, float b, float out[3])
{
    float dy = b - l->mouth_y;
    float jaw = smooth(0.2f, -0.5f, dy) * smooth(7.0f, 3.5f, fabsf(a));
    float neck = smooth(l->chin_y - 4.5f, l->chin_y - 1.0f, b);
    float corner = mixf(1.0f, smooth(l->mouth_half + 1.6f, l->mouth_half - 0.8f, fabsf(a)),
                        smooth(-2.2f, -0.6f, dy));
    out[0] = -0.12f * a * 0.4f * jaw * neck;
    out[1] = -1.35f * jaw * neck * corner;
    out[2] = -0.3f * jaw * neck * corner;
}

static void brow_shape(float a, float b, float out[3])
{
    float x = fabsf(a);
    out[0] = 0;
    out[1] = 0.42f * bump(x - 2.9f, b - 2.3f, 3.2f, 2.2f);
    out[2] = 0.06f * bump(x - 2.9f, b - 3.4f, 3.0f, 0.9f) * sinf(b * 6.2f);
}

static void squint_shape(const struct synth_layout *l, float a, float b, float out[3])
{
    float x = fabsf(a), dx = x - l->eye_x;
    out[0] = 0;
    out[1] = 0.22f * bump(dx, b + 1.5f, 2.4f, 1.3f);
    out[2] = 0.3f * bump(dx, b + 1.45f, 2.1f, 0.9f) +
             0.05f * bump(x - 5.6f, b + 0.1f, 1.0f, 1.2f) * sinf(b * 9);
}

static void expressions_at(struct facet_synth *s, int vertex, float a, float b, float front)
{
    float moves[SHAPE_COUNT][3] = {{0}};
    if (front > 0 && b < 6) {
        smile_shape(&s->layout, a, b, moves[SHAPE_SMILE]);
        open_shape(&s->layout, a, b, moves[SHAPE_OPEN]);
        brow_shape(a, b, moves[SHAPE_BROWS]);
        squint_shape(&s->layout, a, b, moves[SHAPE_SQUINT]);
    }
    for (int k = 0; k < SHAPE_COUNT; k++)
        for (int c = 0; c < 3; c++) s->shape[k][vertex][c] = front * moves[k][c];
}

/* The head's mesh: places, (a, b), expressions. */
static void build_surface(struct facet_synth *s)
{
    struct synth_mesh *head = &s->part[PART_HEAD];
    float(*rows)[SECTION] = s->section;
    spline_sections(s, rows);
    for (int i = 0; i < head->rows; i++) {
        float fuller =
            0.10f * smooth(3.0f, -4.0f, rows[i][YF]) - 0.16f * smooth(-8.0f, -11.0f, rows[i][YF]);
        for (int j = 0; j < head->cols; j++) {
            int v = i * head->cols + j;
            float theta = synth_azimuth(j), point[3];
            section_point(rows[i], theta, fuller, point);
            memcpy(head->at[v], point, sizeof point); /* AT_A, AT_B, AT_C */
            float front = smooth(0.05f, 0.5f, cosf(theta)) * smooth(-12.5f, -11.0f, point[1]);
            if (front > 0 && point[1] < 8) point[2] += front * face_height(s, point[0], point[1]);
            memcpy(head->neutral[v], point, sizeof point);
            expressions_at(s, v, head->at[v][AT_A], head->at[v][AT_B], front);
        }
    }
}

/* Grid coordinates of surface point (a, b) on the front of the head: in the first cell that holds
 * it, or where folds of the surface leave a gap in the cell that it is least outside of. */
static void find_mark(const struct synth_mesh *head, float a, float b, float mark[2])
{
    float least = INFINITY;
    mark[0] = mark[1] = 0;
    for (int i = 0; i + 1 < head->rows; i++)
        for (int j = head->cols / 4; j + 1 < 3 * head->cols / 4 + 1; j++) {
            const float *p = head->at[i * head->cols + j], *right = p + AT_COUNT;
            const float *below = head->at[(i + 1) * head->cols + j];
            float ux = right[0] - p[0], uy = right[1] - p[1];
            float vx = below[0] - p[0], vy = below[1] - p[1];
            float det = ux * vy - uy * vx;
            if (fabsf(det) < 1e-9f) continue;
            float u = ((a - p[0]) * vy - (b - p[1]) * vx) / det;
            float v = (ux * (b - p[1]) - uy * (a - p[0])) / det;
            float outside = maxf(maxf(-u, u - 1), maxf(-v, v - 1));
            if (!(outside < least)) continue;
            least = outside;
            mark[0] = (float)j + clampf(u, -0.001f, 1.001f);
            mark[1] = (float)i + clampf(v, -0.001f, 1.001f);
            if (outside <= 0.001f) return;
        }
}

void synth_head_build(struct facet_synth *s)
{
    lay_out(s);
    build_surface(s);
    const struct synth_layout *l = &s->layout;
    const struct synth_mesh *head = &s->part[PART_HEAD];
    const float places[5][2] = {{-l->eye_x, l->eye_y},
                                {l->eye_x, l->eye_y},
                                {0, l->nose_tip},
                                {-l->mouth_half, l->mouth_y + l->mouth_curve},
                                {l->mouth_half, l->mouth_y + l->mouth_curve}};
    const float boxes[3][3] = {
        {l->eye_x + 2, 1.1f, -0.95f}, /* to |a|, from b, to b */
        {1.15f * l->mouth_half, l->mouth_y + l->lip_upper + 0.3f, l->mouth_y - l->lip_lower - 0.8f},
        {5.6f, -0.95f, l->nose_base}};
    for (int k = 0; k < 3; k++) {
        float corners[2][2];
        find_mark(head, -boxes[k][0], boxes[k][1], corners[0]);
        find_mark(head, boxes[k][0], boxes[k][1], corners[1]);
        s->detail[k][0] = corners[0][0];
        s->detail[k][1] = corners[1][0];
        for (int end = 0; end < 2; end++)
            s->detail[k][2 + end] = synth_skull_row(s, 0, boxes[k][1 + end]) - (end == 0 ? 2 : 0);
    }
    for (int k = 0; k < 5; k++) find_mark(head, places[k][0], places[k][1], s->mark[k]);
}

/* An ear is a plate that stands off the head: a hollow with a rolled rim. */
void synth_ears_build(struct facet_synth *s)
{
    float size = 0.9f + 0.06f * trait(s, TRAIT_EAR_SIZE);
    for (int side = 0; side < 2; side++) {
        struct synth_mesh *ear = &s->part[side == 0 ? PART_EAR_LEFT : PART_EAR_RIGHT];
        float sign = side == 0 ? -1.0f : 1.0f, wall[3];
        synth_skull(s, synth_skull_row(s, 1.5f, -1.0f), 1.5f, wall);
        for (int i = 0; i < ear->rows; i++)
            for (int j = 0; j < ear->cols; j++) {
                float angle = 2 * SYNTH_PI * (float)j / (float)(ear->cols - 1);
                float t = (float)i / (float)(ear->rows - 1), r = sinf(t * SYNTH_PI * 0.5f);
                float up = cosf(angle) * r, back = sinf(angle) * r;
                float narrow = up < 0 ? 1 + 0.35f * up : 1.0f;
                float rim = bump(t - 0.72f, 0, 0.3f, 1), hollow = bump(t, 0, 0.62f, 1);
                float out = 0.55f + 0.28f * rim - 0.5f * hollow - 0.75f * smooth(0.82f, 1.0f, t);
                float depth = 1.55f * size * back * narrow;
                float *p = ear->neutral[i * ear->cols + j], *at = ear->at[i * ear->cols + j];
                p[0] = sign *
                       (wall[0] + 0.12f + 0.3f * (depth + 1.0f) * smooth(-1.2f, 1.5f, depth) + out);
                p[1] = -1.3f + 3.1f * size * up;
                p[2] = -0.4f - depth - 0.25f * up;
                at[AT_A] = p[0], at[AT_B] = p[1], at[AT_C] = p[2];
                at[AT_SHADE] = 1 - 0.45f * hollow;
            }
    }
}

void synth_skull(const struct facet_synth *s, float row, float theta, float out[3])
{
    int i = (int)clampf(row, 0, (float)(s->part[PART_HEAD].rows - 2));
    float t = row - (float)i, p[3];
    section_point(s->section[i], theta, 0, out);
    section_point(s->section[i + 1], theta, 0, p);
    for (int c = 0; c < 3; c++) out[c] = mixf(out[c], p[c], t);
}

float synth_skull_row(const struct facet_synth *s, float theta, float y)
{
    float here[3], next[3];
    synth_skull(s, 0, theta, here);
    for (int i = 1; i < s->part[PART_HEAD].rows; i++) {
        synth_skull(s, (float)i, theta, next);
        if (next[1] <= y) return (float)i - (y - next[1]) / (here[1] - next[1] + 1e-6f);
        here[1] = next[1];
    }
    return (float)(s->part[PART_HEAD].rows - 1);
}
