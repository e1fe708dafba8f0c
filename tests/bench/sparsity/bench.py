"""Times facet-sparsity on 200,000 images of four layers of 512 neurons, and on twice as many.

usage: bench.py FACET_SPARSITY [FOLDER] [IMAGES]

FOLDER keeps the files (about 5 GB) from run to run; a temporary one is used otherwise. The peer is
peer.py (numpy and h5py), in the same run.
"""
import os
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
LAYERS, NEURONS, BLOCK, PEOPLE = 4, 512, 4096, 12000


def generate(path, images):
    """Rectified normal values around each neuron's own mean, a bit more than half above zero."""
    rng = np.random.default_rng(images)
    text = h5py.string_dtype("utf-8")
    with h5py.File(path + ".partial", "w") as f:
        f.attrs["Conventions"] = "facet-activations-1"
        image = f.create_dataset("image", (images,), text, maxshape=(None,), chunks=(BLOCK,))
        person = rng.integers(0, PEOPLE, images)
        image[:] = [f"person_{p:05d}/person_{p:05d}_{i:06d}.jpg" for i, p in enumerate(person)]
        image.make_scale("image")
        identity = f.create_dataset("identity", (images,), text)
        identity[:] = [f"person_{p:05d}" for p in person]
        identity.dims[0].attach_scale(image)
        for layer in range(LAYERS):
            data = f.create_dataset(f"fc{layer + 1}", (images, NEURONS), "f4",
                                    chunks=(min(images, BLOCK), 32), fletcher32=True,
                                    maxshape=(None, NEURONS))
            data.dims[0].attach_scale(image)
            data.attrs["order"] = layer
            centre = rng.normal(0.1, 0.5, NEURONS).astype("f4")
            for at in range(0, images, BLOCK):
                n = min(BLOCK, images - at)
                data[at:at + n] = np.maximum(
                    rng.standard_normal((n, NEURONS), "f4") + centre, 0)
    os.rename(path + ".partial", path)


def timed(*command):
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    wall = time.perf_counter() - start
    print(f"  {wall:6.2f} s wall, {usage.ru_utime + usage.ru_stime:6.2f} s CPU, "
          f"{usage.ru_maxrss / 1024:5.0f} MiB  {os.path.basename(command[0])} "
          f"{' '.join(os.path.basename(c) for c in command[1:])}", flush=True)
    return wall


def main(program, folder, images):
    sizes = (images, 2 * images)
    paths = [os.path.join(folder, f"acts_{n}.h5") for n in sizes]
    for path, n in zip(paths, sizes):
        if not os.path.exists(path):
            generate(path, n)
    with tempfile.TemporaryDirectory(dir=folder) as out:
        for path, n in zip(paths, sizes):
            print(f"{n} images x {LAYERS * NEURONS} neurons, {os.path.getsize(path) >> 20} MiB")
            with open(path, "rb") as f:  # into the page cache, for all alike
                while f.read(1 << 24):
                    pass
            one = timed(program, path, "-o", out, "-q", "-t", "1")
            two = timed(program, path, "-o", out, "-q", "-t", "2")
            if n == images:
                peer = timed(sys.executable, os.path.join(HERE, "peer.py"), path)
                print(f"  {peer / one:.1f} times as fast on one thread, {peer / two:.1f} on two")


if __name__ == "__main__":
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 200000
    if len(sys.argv) > 2:
        os.makedirs(sys.argv[2], exist_ok=True)
        main(sys.argv[1], sys.argv[2], count)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(sys.argv[1], scratch, count)
