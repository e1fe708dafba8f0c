"""Writing FC-1..FC-4 of LFW's 13,233 images: facet's writer against h5py writing the same chunks with
the same checksums from one array in memory. Usage: writer.py BENCH_WRITER [IMAGES]"""
import os
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

images = int(sys.argv[2]) if len(sys.argv) > 2 else 13233


def ours(folder):
    path = os.path.join(folder, "ours.h5")
    seconds = float(subprocess.run([sys.argv[1], str(images), path], check=True, text=True,
                                   stdout=subprocess.PIPE).stdout)
    os.remove(path)
    return seconds


def theirs(folder):
    values = np.maximum(np.random.default_rng(1).standard_normal((images, 512), np.float32), 0)
    path = os.path.join(folder, "theirs.h5")
    begun = time.perf_counter()
    with h5py.File(path, "w") as f:
        for layer in range(4):
            f.create_dataset(f"fc{layer + 1}", data=values, chunks=(min(4096, images), 32),
                             fletcher32=True, maxshape=(None, 512))
        f.flush()
        os.fsync(f.id.get_vfd_handle())
    seconds = time.perf_counter() - begun
    os.remove(path)
    return seconds


with tempfile.TemporaryDirectory() as scratch:
    pairs = [(ours(scratch), theirs(scratch)) for _ in range(5)]
a, b = np.median(np.array(pairs), axis=0)
print(f"writer, {images} images x 2,048 float32, medians of 5 interleaved runs:")
print(f"  facet  {images / a:9.0f} images/s")
print(f"  h5py   {images / b:9.0f} images/s (whole array at once)")
print(f"  ratio  {b / a:9.2f}")
