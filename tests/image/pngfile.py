"""A small PNG encoder for files that Pillow doesn't write: every depth, Adam7, any chunk."""
import struct
import zlib

import numpy as np

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]  # x, y, step x, step y


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def rows(samples, depth):
    """Unfiltered rows of (h, w, channels) samples, packed to `depth` bits each."""
    out = b""
    for row in samples:
        flat = row.ravel().astype(np.uint16)
        if depth == 16:
            packed = flat.astype(">u2").tobytes()
        else:
            bits = (flat[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            packed = np.packbits(bits.astype(np.uint8)).tobytes()
        out += b"\0" + packed
    return out


def encode(samples, colour, depth, interlaced=False, before=b"", after=b""):
    """(h, w, channels) samples as a PNG; `before` and `after` are chunks around the pixels."""
    h, w, _ = samples.shape
    passes = ADAM7 if interlaced else [(0, 0, 1, 1)]
    data = b"".join(rows(samples[y::dy, x::dx], depth) for x, y, dx, dy in passes
                    if samples[y::dy, x::dx].size)
    header = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, interlaced)
    return (SIGNATURE + chunk(b"IHDR", header) + before + chunk(b"IDAT", zlib.compress(data))
            + after + chunk(b"IEND", b""))
