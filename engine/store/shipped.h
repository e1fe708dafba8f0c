/* store/shipped: the trained networks that come with facet, found by name.
 *
 * They lie as NAME.h5, each with its card NAME.md, in the folder that the environment variable
 * FACET_MODELS names, or else in share/facet/models where facet is installed, or in
 * notebooks-data/models of the sources it was built from. facet_model_read() takes such a name
 * wherever it takes a file.
 *
 *     char *path;
 *     if (facet_shipped_find("deepid2plus", &path) > 0) ...     // the caller frees
 */
#ifndef FACET_STORE_SHIPPED_H
#define FACET_STORE_SHIPPED_H

#include "base/error.h"

#include <stddef.h>

/* 1: *path is the network's file; 0: there is none of that name; < 0: failure. */
int facet_shipped_find(const char *name, char **path);

/* Names in bytewise order, without ".h5". Each and the array are the caller's to free. No folder,
 * or none in it, is a count of 0. */
int facet_shipped_list(char ***names, size_t *count);

/* The folder that is looked in. Static. */
const char *facet_shipped_folder(void);

#endif
