#include "store/fletcher.h"

#include "base/clones.h"

#include <string.h>

enum {
    LANES = 64,
    ROWS = 256, /* of LANES words: the lanes' sums, at most 256 * 257 / 2 * 65535, fit 32 bits */
    MODULUS = 65535,
};

struct sums {
    uint64_t words, first, second; /* the sums modulo MODULUS */
};

/* Adds a block of rows * LANES words. The words are read as this machine has them; 65535 being
 * 2^16 - 1, swapping the bytes of all words multiplies their sums by 256. */
FACET_CLONES
static void add_block(struct sums *restrict s, const unsigned char *restrict data, size_t rows)
{
    uint32_t sum[LANES] = {0}, weighted[LANES] = {0}; /* a word of row r counts rows - r times */
    uint64_t first = 0, second = 0, count = rows * LANES;
    for (size_t r = 0; r < rows; r++) {
        uint16_t word[LANES];
        memcpy(word, data + r * sizeof word, sizeof word);
        for (int l = 0; l < LANES; l++) {
            sum[l] += word[l];
            weighted[l] += sum[l];
        }
    }
    /* The weight of word (r, l) is (rows - r) LANES - l. */
    for (uint64_t l = 0; l < LANES; l++) {
        first += sum[l];
        second += (uint64_t)weighted[l] * LANES - (uint64_t)sum[l] * l;
    }
    s->second = (s->second + s->first * (count % MODULUS) + second) % MODULUS;
    s->first = (s->first + first) % MODULUS;
}

static void add_word(struct sums *s, const unsigned char *data)
{
    uint16_t word;
    memcpy(&word, data, sizeof word);
    s->first = (s->first + word) % MODULUS;
    s->second = (s->second + s->first) % MODULUS;
}

static int is_zero(const unsigned char *data, size_t bytes)
{
    return bytes == 0 || (data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0);
}

static uint32_t big_endian(uint64_t sum)
{
    static const union {
        uint16_t word;
        unsigned char bytes[2];
    } probe = {1};
    return (uint32_t)(probe.bytes[0] == 1 ? sum * 256 % MODULUS : sum);
}

uint32_t facet_fletcher(const void *data, size_t bytes)
{
    const unsigned char *at = data;
    const size_t row = LANES * sizeof(uint16_t);
    size_t left = bytes;
    struct sums s = {0};
    for (size_t rows; (rows = left / row < ROWS ? left / row : ROWS) > 0;
         at += rows * row, left -= rows * row)
        add_block(&s, at, rows);
    for (; left > 1; left -= 2, at += 2) add_word(&s, at);
    if (s.first == 0 && s.second == 0 && is_zero(data, bytes)) return 0;
    uint32_t first = big_endian(s.first), second = big_endian(s.second);
    return (second > 0 ? second : MODULUS) << 16 | (first > 0 ? first : MODULUS);
}

int facet_fletcher_holds(const void *data, size_t bytes)
{
    const unsigned char *c = (const unsigned char *)data + bytes;
    uint32_t sum = facet_fletcher(data, bytes);
    uint32_t found =
        (uint32_t)c[0] | (uint32_t)c[1] << 8 | (uint32_t)c[2] << 16 | (uint32_t)c[3] << 24;
    return found == sum || found == ((sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff));
}
