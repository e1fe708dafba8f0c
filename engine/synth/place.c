/* Where every vertex comes to lie in this image: expression, pose, camera; and the landmarks. */
#include "synth/model.h"

#include <string.h>

/* Eyes and corners of the mouth in the picture (pixel centres at integers), for the two framings,
 * as means over real pictures: 94 x 110 crops, and 250 x 250 pictures of LFW. */
static const double crop_points[4][2] = {{25.5, 30.6}, {69.2, 30.4}, {29.2, 81.0}, {65.6, 81.0}};
static const double head_points[4][2] = {{104, 112}, {146, 112}, {107.5, 158}, {143.5, 158}};

static void turn_head(struct facet_synth *s, const struct facet_synth_view *v)
{
    float cy = cosf((float)v->yaw), sy = sinf((float)v->yaw);
    float cp = cosf((float)v->pitch), sp = sinf((float)v->pitch);
    float cr = cosf((float)v->roll), sr = sinf((float)v->roll);
    /* Rz(roll) Rx(-pitch) Ry(yaw): positive pitch lifts the chin. */
    float m[9] = {cy, 0, sy, -sp * sy, cp, sp * cy, -cp * sy, -sp, cp * cy};
    for (int c = 0; c < 3; c++) {
        s->turn[c] = cr * m[c] - sr * m[3 + c];
        s->turn[3 + c] = sr * m[c] + cr * m[3 + c];
        s->turn[6 + c] = m[6 + c];
    }
    const float pivot[3] = {0, -2, 0};
    memcpy(s->pivot, pivot, sizeof pivot);
    s->distance = (float)v->distance;
}

static void to_view(const struct facet_synth *s, const float p[3], float out[3])
{
    float q[3] = {p[0] - s->pivot[0], p[1] - s->pivot[1], p[2] - s->pivot[2]};
    for (int r = 0; r < 3; r++) out[r] = dot3(s->turn + 3 * r, q);
}

/* Orthogonal projection would be x, -y; perspective enlarges what is near. */
static void flatten(const struct facet_synth *s, const float p[3], float *x, float *y)
{
    float near = s->distance / (s->distance - p[2]);
    *x = p[0] * near;
    *y = -p[1] * near;
}

static void express(struct facet_synth *s, const struct facet_synth_view *v)
{
    struct synth_mesh *head = &s->part[PART_HEAD];
    const float weights[SHAPE_COUNT] = {(float)v->smile, (float)v->open, (float)v->brows,
                                        (float)v->squint};
    float press = v->hat ? 0.3f : 1.0f; /* a hat presses the hair flat, where it is */
    for (int i = 0; i < mesh_count(head); i++) {
        float loft = mixf(1, press, smooth(-2.0f, 1.0f, head->at[i][AT_B])), p[3];
        for (int c = 0; c < 3; c++)
            p[c] = head->neutral[i][c] + loft * head->loft[i][c] + weights[0] * s->shape[0][i][c] +
                   weights[1] * s->shape[1][i][c] + weights[2] * s->shape[2][i][c] +
                   weights[3] * s->shape[3][i][c];
        to_view(s, p, head->placed[i]);
    }
}

/* Unit normals from the differences of neighbours; rows run down and columns to the right on the
 * side that faces the viewer. */
static void find_normals(struct synth_mesh *mesh)
{
    for (int i = 0; i < mesh->rows; i++) {
        int up = i > 0 ? i - 1 : i, down = i + 1 < mesh->rows ? i + 1 : i;
        for (int j = 0; j < mesh->cols; j++) {
            int left = j > 0 ? j - 1 : j, right = j + 1 < mesh->cols ? j + 1 : j;
            const float *pu = mesh->placed[up * mesh->cols + j];
            const float *pd = mesh->placed[down * mesh->cols + j];
            const float *pl = mesh->placed[i * mesh->cols + left];
            const float *pr = mesh->placed[i * mesh->cols + right];
            float d[3] = {pd[0] - pu[0], pd[1] - pu[1], pd[2] - pu[2]};
            float r[3] = {pr[0] - pl[0], pr[1] - pl[1], pr[2] - pl[2]};
            float *n = mesh->at[i * mesh->cols + j] + AT_NORMAL;
            n[0] = d[1] * r[2] - d[2] * r[1];
            n[1] = d[2] * r[0] - d[0] * r[2];
            n[2] = d[0] * r[1] - d[1] * r[0];
            normalize3(n);
        }
    }
}

static void mark_point(const struct facet_synth *s, int k, float *x, float *y)
{
    const struct synth_mesh *head = &s->part[PART_HEAD];
    int j = (int)s->mark[k][0], i = (int)s->mark[k][1];
    float u = s->mark[k][0] - (float)j, v = s->mark[k][1] - (float)i, p[3];
    const float(*q)[3] = (const float(*)[3])head->placed + i * head->cols + j;
    for (int c = 0; c < 3; c++)
        p[c] = mixf(mixf(q[0][c], q[1][c], u), mixf(q[head->cols][c], q[head->cols + 1][c], u), v);
    flatten(s, p, x, y);
}

/* Least-squares similarity from the projected eyes and mouth to the frame's places, then the
 * view's misalignment. */
static void frame(struct facet_synth *s, const struct facet_synth_view *view, float points[5][2])
{
    static const int used[4] = {0, 1, 3, 4};
    const int head = s->framing == FACET_SYNTH_HEAD;
    const double(*target)[2] = head ? head_points : crop_points;
    double wide = head ? 250 : 94, high = head ? 250 : 110;
    double room = s->framing == FACET_SYNTH_FACE ? 1.25 : 1;
    double unit =
        fmin(s->width / wide, s->height / high) / room; /* picture's pixels in one of these */
    double px = 0, py = 0, qx = 0, qy = 0;
    for (int k = 0; k < 4; k++) {
        px += points[used[k]][0] / 4, py += points[used[k]][1] / 4;
        qx += target[k][0] / 4, qy += target[k][1] / 4;
    }
    double along = 0, across = 0, norm = 0;
    for (int k = 0; k < 4; k++) {
        double x = points[used[k]][0] - px, y = points[used[k]][1] - py;
        double u = target[k][0] - qx, v = target[k][1] - qy;
        along += x * u + y * v;
        across += x * v - y * u;
        norm += x * x + y * y;
    }
    double angle = atan2(across, along) + view->tilt;
    double scale = sqrt(along * along + across * across) / norm * view->zoom;
    double jitter = head ? 2 : 1;
    qx = (qx + jitter * view->shift_x + 0.5 - wide / 2) * unit + s->width / 2.0;
    qy = (qy + jitter * view->shift_y + 0.5 - high / 2) * unit + s->height / 2.0;
    s->scale = (float)(OVERSAMPLE * unit * scale);
    s->cosine = (float)(s->scale * cos(angle));
    s->sine = (float)(s->scale * sin(angle));
    s->move_x = (float)(OVERSAMPLE * qx - 0.5 - (s->cosine * px - s->sine * py));
    s->move_y = (float)(OVERSAMPLE * qy - 0.5 - (s->sine * px + s->cosine * py));
}

static void project(const struct facet_synth *s, float x, float y, float *sx, float *sy)
{
    *sx = s->cosine * x - s->sine * y + s->move_x;
    *sy = s->sine * x + s->cosine * y + s->move_y;
}

static void project_mesh(const struct facet_synth *s, struct synth_mesh *mesh)
{
    for (int v = 0; v < mesh_count(mesh); v++) {
        float x, y;
        flatten(s, mesh->placed[v], &x, &y);
        project(s, x, y, &mesh->screen[v][0], &mesh->screen[v][1]);
        mesh->screen[v][2] = mesh->placed[v][2];
    }
}

static void choose_parts(struct facet_synth *s, const struct facet_synth_view *view)
{
    s->part[PART_HAT].active = view->hat;
    s->part[PART_BRIM].active = view->hat && s->identity.hat_kind > 0;
    for (int p = PART_RIM_LEFT; p <= PART_LENS_RIGHT; p++) s->part[p].active = view->glasses;
    if (view->hat)
        s->part[PART_BUN].active = 0;
    else
        s->part[PART_BUN].active = s->identity.hair == HAIR_TIED;
    for (int v = 0; v < mesh_count(&s->part[PART_TORSO]); v++)
        memcpy(s->part[PART_TORSO].at[v] + AT_RED, view->clothes, sizeof view->clothes);
}

void synth_place(struct facet_synth *s, const struct facet_synth_view *view, double landmarks[10])
{
    turn_head(s, view);
    choose_parts(s, view);
    express(s, view);
    float points[5][2];
    for (int k = 0; k < 5; k++) mark_point(s, k, &points[k][0], &points[k][1]);
    frame(s, view, points);
    for (int k = 0; k < 5; k++) {
        float x, y;
        project(s, points[k][0], points[k][1], &x, &y);
        landmarks[2 * k] = (x + 0.5) / OVERSAMPLE - 0.5;
        landmarks[2 * k + 1] = (y + 0.5) / OVERSAMPLE - 0.5;
    }
    for (int p = 0; p < PART_COUNT; p++) {
        struct synth_mesh *mesh = &s->part[p];
        if (!mesh->active) continue;
        if (p != PART_HEAD)
            for (int v = 0; v < mesh_count(mesh); v++)
                to_view(s, mesh->neutral[v], mesh->placed[v]);
        project_mesh(s, mesh);
        find_normals(mesh);
    }
}
