"""The full sweep of hidden faces (15 levels, FC-1..FC-4) against the network alone: processor time of
a face, so that other work on the machine doesn't count, by what more images add; medians of
interleaved runs; and memory beside that of a dump without hidden faces.
Usage: occlusion.py BINDIR BENCH_NET_FACET [ROUNDS]"""
import os
import resource
import statistics
import subprocess
import sys
import tempfile

import numpy as np

BIN, NET = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 5
LAYERS, SWEEP, LEVELS = "fc1,fc2,fc3,fc4", "bottom:10-70/10,block:10-70/10", 15
FEW, MANY, SECONDS, BATCH = 20, 140, 5.0, 64


def usage(command, **options):
    """Processor seconds and MiB that a command took."""
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, command
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def facet(name, *arguments):
    return usage([os.path.join(BIN, "facet-" + name), *map(str, arguments)])


def dump(count, *hidden):
    with open("faces/manifest.tsv") as f, open("faces/some.tsv", "w") as out:
        out.writelines(f.readlines()[:count + 1])
    return facet("dump", "--model", "model.h5", "--images", "faces/some.tsv", "--layers", LAYERS, *hidden,
                 "-t", 1, "--force", "-o", "out.h5")


def network(seconds):
    """Processor seconds, and faces passed, of the network alone on one thread."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = subprocess.run([NET, "model.h5", "best", "images.raw"], text=True, check=True,
                            input=f"{LAYERS} {BATCH} 1 {seconds}\n", capture_output=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, float(answer.splitlines()[-1].split()[0]) * seconds


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    facet("model", "create", "-o", "model.h5")
    facet("synth", "--identities", 40, "--images", MANY, "-o", "faces")
    np.random.default_rng(1).normal(0, 1, (BATCH, 3, 55, 47)).astype("f4").tofile("images.raw")
    swept, alone = [], []
    for _ in range(ROUNDS):
        (few, _), (many, memory) = (dump(n, "--occlude", SWEEP) for n in (FEW, MANY))
        swept.append((many - few) / ((MANY - FEW) * LEVELS))
        (short, less), (long, more) = (network(s) for s in (SECONDS / 10, SECONDS))
        alone.append((long - short) / (more - less))
    _, clean = dump(MANY)
    a, b = statistics.median(swept), statistics.median(alone)
    print(f"a face: {1e6 * a:.0f} us in the sweep, {1e6 * b:.0f} us in the network alone: "
          f"{100 * b / a:.1f} % of its speed (goal: at least 90 %)")
    print(f"peak memory of the sweep {memory:.0f} MiB, without hidden faces {clean:.0f} MiB")
