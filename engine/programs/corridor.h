/* programs/corridor: what the programs that send images through the corridor (engine/dump) have in
 * common: options, views, estimate, resuming, the closing line. facet-dump puts a network into it,
 * facet-lbp a descriptor.
 *
 *     facet_corridor_begin(&c, argv[0]);
 *     while ((option = facet_cli_next(&cli)) > 0) facet_corridor_option(&c, &cli, option) ...
 *     facet_corridor_check(&c, &cli, model == NULL ? "--model" : NULL);
 *     facet_corridor_open(&c, &cli);               // c.manifest
 *     c.preprocess = ..; facet_corridor_see(&c);   // c.views
 *     c.spec = ..; facet_corridor_plan(&c, &cli, &compute);
 *     facet_corridor_run(&c, &cli);
 *     facet_corridor_close(&c);
 */
#ifndef FACET_PROGRAMS_CORRIDOR_H
#define FACET_PROGRAMS_CORRIDOR_H

#include "dump/dump.h"
#include "programs/images.h"

enum {
    FACET_CORRIDOR_MIRROR = 512,
    FACET_CORRIDOR_OCCLUDE,
    FACET_CORRIDOR_FILL,
    FACET_CORRIDOR_OCCLUDE_SEED,
    FACET_CORRIDOR_BATCH,
    FACET_CORRIDOR_RESUME,
    FACET_CORRIDOR_HALF,
    FACET_CORRIDOR_MISSING,
    FACET_CORRIDOR_FLUSH,
    FACET_CORRIDOR_PREVIEW,
    FACET_CORRIDOR_PREVIEW_COUNT,
    FACET_CORRIDOR_MEAN_FACE,
    FACET_CORRIDOR_FORCE,
    FACET_CORRIDOR_PROFILE
};

/* Entries for a program's table of options, after FACET_IMAGES_OPTIONS: of views and file, and of
 * the run; who = "the network". */
#define FACET_CORRIDOR_VIEWS                                                                       \
    {FACET_CORRIDOR_MIRROR, "mirror", NULL,                                                        \
     "also write each image's mirror image, as a second view"},                                    \
        {FACET_CORRIDOR_OCCLUDE, "occlude", "A,B,..",                                              \
         "also write each image with a part hidden, a view each: bottom:P, top:P, left:P, "        \
         "right:P (percent of the face), block:S (a square of S pixels on a face 94 wide, placed " \
         "at random), block:SxN (N of them), eyes, mouth (from landmarks), square:S@XxY (at that " \
         "place); several levels as bottom:10-70/10, a square at each place of a grid as "         \
         "slide:20/10"},                                                                           \
        {FACET_CORRIDOR_FILL, "fill", "WHAT",                                                      \
         "what hides it: black (default), grey, mean, noise or blur"},                             \
        {FACET_CORRIDOR_OCCLUDE_SEED, "occlude-seed", "N",                                         \
         "seed of squares and noise (default 1)"},                                                 \
        {FACET_CORRIDOR_BATCH, "batch", "N",                                                       \
         "faces a batch, all views counted (default 64); changes memory, not results"},            \
        {FACET_CORRIDOR_RESUME, "resume", NULL,                                                    \
         "go on with OUT.h5.partial where a run was cut off"},                                     \
        {FACET_CORRIDOR_FORCE, "force", NULL, "replace OUT.h5, and drop OUT.h5.partial"},          \
        {FACET_CORRIDOR_MISSING, "allow-missing", NULL,                                            \
         "images that cannot be read become counted rows of NaN"},                                 \
    {                                                                                              \
        FACET_CORRIDOR_HALF, "half", NULL, "write float16 instead of float32"                      \
    }
#define FACET_CORRIDOR_RUN(who)                                                                    \
    {FACET_CORRIDOR_FLUSH, "flush", "SECONDS",                                                     \
     "time between two safe points of the file (default 5)"},                                      \
        {FACET_CORRIDOR_PREVIEW, "preview", "FILE.png",                                            \
         "write a contact sheet of what " who " sees; without -o nothing else is done"},           \
        {FACET_CORRIDOR_MEAN_FACE, "mean-face", "FILE.tsv",                                        \
         "write a table of the mean of the faces, for maps (facet-plot occlusion_map); without "   \
         "-o "                                                                                     \
         "nothing else is done"},                                                                  \
    {                                                                                              \
        FACET_CORRIDOR_PREVIEW_COUNT, "preview-count", "N",                                        \
            "images on the contact sheet (default 60)"                                             \
    }

enum { FACET_CORRIDOR_KEPT = 128 };

/* Everything a run is asked for and holds, so that one function can let go of it. */
struct facet_corridor {
    struct facet_images images;
    const char *preview, *mean_face, *occlude, *fill;
    int mirror, resume, force, half, allow_missing, profile;
    int64_t batch, preview_count, occlude_seed;
    double flush;
    char *kept[FACET_CORRIDOR_KEPT]; /* command line of the history, from the program's name on */
    int kept_count;

    struct facet_provenance *run;
    struct facet_manifest *manifest;
    struct facet_preprocess preprocess;
    struct facet_occlusions *occlusions;
    struct facet_views *views;
    char *occlusion; /* in words, for the file */
    struct facet_acts_writer *writer;
    struct facet_acts_spec spec;
    struct facet_dump job;
};

void facet_corridor_begin(struct facet_corridor *c, char *program);

/* Notes an option for the file's history and reads it if it is one of these: 1; 0 if it isn't; < 0
 * on failure. */
int facet_corridor_option(struct facet_corridor *c, const struct facet_cli *cli, int option);

/* Whether the options make sense together; `lacking` names what the program itself misses, or is
 * NULL. -1 with cli->status set if not. */
int facet_corridor_check(const struct facet_corridor *c, struct facet_cli *cli,
                         const char *lacking);

/* Starts the history and reads the manifest. */
int facet_corridor_open(struct facet_corridor *c, const struct facet_cli *cli);

/* Alignment and views, as asked for, of a preprocessing that the caller has set. The images must
 * have the landmarks that these take. */
int facet_corridor_see(struct facet_corridor *c);

/* Fills `job` and what c->spec has from the corridor; model, kernels and seed are the caller's. */
void facet_corridor_plan(struct facet_corridor *c, const struct facet_cli *cli,
                         const struct facet_compute *compute);

/* Contact sheet, mean face and file, as asked for. */
int facet_corridor_run(struct facet_corridor *c, struct facet_cli *cli);

/* Lets go of everything; the history's words too. */
void facet_corridor_close(struct facet_corridor *c);

#endif
