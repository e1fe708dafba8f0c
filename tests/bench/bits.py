"""All pairs of 13,233 codes of 512 bits (as many as LFW has images) on one thread: facet's Hamming
distances against bare popcount loops, FAISS's binary flat index and matrix products by numpy; and
the same search on the float32 activations that the codes come from. Rounds take turns, the best of
each is printed, in seconds of CPU time. Usage: bits.py BENCH_BITS [N]"""
import os
import subprocess
import sys
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import numpy as np  # noqa: E402

try:
    import faiss
    faiss.omp_set_num_threads(1)
except ImportError:
    faiss = None

BITS, ROUNDS, BLOCK = 512, 3, 1024


def facet(codes):
    text = subprocess.run([sys.argv[1], str(len(codes))], input=codes.tobytes(), check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    return {what: (float(seconds), int(total)) for what, seconds, total in
            map(str.split, text.splitlines())}


def by_faiss(codes, check):
    """A search for one is timed; for the check the two nearest are sought, since FAISS can't leave a
    code itself out."""
    index = faiss.IndexBinaryFlat(BITS)
    index.add(codes)
    begun = time.process_time()
    index.search(codes, 1)
    seconds = time.process_time() - begun
    return seconds, int(index.search(codes, 2)[0][:, 1].sum()) if check else 0


def by_product(x, distance):
    """The nearest other row of x; distance(products, rows) turns products with all into distances."""
    begun = time.process_time()
    total = 0.0
    for at in range(0, len(x), BLOCK):
        rows = np.arange(at, min(at + BLOCK, len(x)))
        d = distance(x[rows] @ x.T, rows)
        d[rows - at, rows] = np.inf
        total += d.min(1).sum(dtype="f8")
    return time.process_time() - begun, total


def matrix_products(acts, codes):
    on = np.unpackbits(codes, axis=1).astype("f4")
    ones, squares = on.sum(1), np.square(acts).sum(1)
    return {"numpy, codes by matrix product":
            by_product(on, lambda p, rows: ones[rows, None] + ones - 2 * p),
            "numpy, float32 activations":
            by_product(acts, lambda p, rows: squares[rows, None] + squares - 2 * p)}


def main(n):
    acts = np.random.default_rng(1).standard_normal((n, BITS), "f4")
    codes = np.packbits(acts > 0, axis=1)
    rounds = []
    for turn in range(ROUNDS):
        times = facet(codes)
        if faiss:
            times["FAISS"] = by_faiss(codes, turn == 0)
        rounds.append({**times, **matrix_products(acts, codes)})
    assert rounds[0]["limit"][1] == rounds[0]["words"][1] == 2 * rounds[0]["histogram"][1]
    best = {what: min(r[what][0] for r in rounds if what in r) for what in rounds[0]}
    sums = {what: total for what, (_, total) in rounds[0].items()}
    for what, seconds in best.items():
        print(f"{what:32s}{seconds:8.3f} s{n * n / seconds / 1e6:10.0f} million pairs/s")
    assert sums["nearest"] == sums["numpy, codes by matrix product"], sums
    print(f"popcount loop / kernel {best['limit'] / best['kernel']:.2f}, "
          f"/ nearest {best['limit'] / best['nearest']:.2f} (goal 0.70)")
    if faiss:
        assert sums["nearest"] == sums["FAISS"], sums
        print(f"FAISS / nearest {best['FAISS'] / best['nearest']:.1f} (goal 2); a FAISS compiled for "
              f"popcnt, which Debian's isn't, at best {best['words'] / best['nearest']:.1f}")
    else:
        print("SKIP FAISS: no python3-faiss here")
    print(f"float32 / codes: {acts.nbytes // codes.nbytes} times the memory "
          f"({acts.nbytes / 2**20:.1f} and {codes.nbytes / 2**20:.2f} MiB), "
          f"{best['numpy, float32 activations'] / best['nearest']:.1f} times the time")


main(int(sys.argv[2]) if len(sys.argv) > 2 else 13233)
