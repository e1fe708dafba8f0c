/* Lets the Python tests call this room: driver COMMAND ARGUMENT.. Not installed. */
#include "image/image.h"

#include <stdio.h>
#include <string.h>

/* decode IN..: width, height and pixels of each file to stdout, or "error MESSAGE" lines. */
static int decode(int count, char **paths)
{
    for (int i = 0; i < count; i++) {
        struct facet_image image = {0};
        if (facet_image_read(paths[i], &image) < 0) {
            printf("error %s\n", facet_error_message());
            continue;
        }
        printf("image %d %d\n", image.width, image.height);
        fwrite(image.pixels, 3, (size_t)image.width * (size_t)image.height, stdout);
        facet_image_free(&image);
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "decode") == 0) return decode(argc - 2, argv + 2);
    fprintf(stderr, "driver: unknown command\n");
    return 2;
}
