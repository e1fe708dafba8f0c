"""Forward passes of DeepID2+ by facet and by PyTorch, one after the other in the same run.
Usage: net.py FACET-MODEL NET-DRIVER [SECONDS]

Prints a table: images per second of wall time, best of three turns of SECONDS (default 2) each, for
the trunk to FC-4 and for FC-1..FC-4, batches of 1 and 64, one and two threads. facet's threads work
on images of their own; PyTorch's work together on a batch."""
import os
import subprocess
import sys
import tempfile
import time

try:
    import torch
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
    import torch_net
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

PROGRAM, DRIVER = (os.path.abspath(a) for a in sys.argv[1:3])
SECONDS = float(sys.argv[3]) if len(sys.argv) > 3 else 2
TURNS = 3


def ours(wanted, batch, threads):
    out = subprocess.run([DRIVER, "--time", "model.h5", "blas", wanted, str(batch), str(threads),
                          str(SECONDS)], check=True, text=True, stdout=subprocess.PIPE).stdout
    return float(out.split()[0])


def needed(layers, wanted):
    """The layers that `wanted` depend on, as facet does it."""
    names = set(wanted.split(","))
    for name, _, inputs, *_ in reversed(layers):
        if name in names:
            names.update(inputs)
    return [layer for layer in layers if layer[0] in names]


def theirs(layers, wanted, batch, threads):
    torch.set_num_threads(threads)
    layers = needed(layers, wanted)
    images = torch.rand(batch, 3, 55, 47) * 2 - 1
    with torch.no_grad():
        torch_net.forward(layers, images)
        begun, done = time.perf_counter(), 0
        while time.perf_counter() - begun < SECONDS:
            torch_net.forward(layers, images)
            done += batch
        return done / (time.perf_counter() - begun)


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    subprocess.run([PROGRAM, "create", "-q", "-o", "model.h5"], check=True)
    network = torch_net.load("model.h5")
    print(f"PyTorch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    print("layers\tbatch\tthreads\tfacet\tpytorch\tratio")
    for wanted in "fc4", "fc1,fc2,fc3,fc4":
        for batch in 1, 64:
            for threads in 1, 2:
                best = [0.0, 0.0]
                for _ in range(TURNS):
                    best[0] = max(best[0], ours(wanted, batch, threads))
                    best[1] = max(best[1], theirs(network, wanted, batch, threads))
                print(f"{wanted}\t{batch}\t{threads}\t{best[0]:.0f}\t{best[1]:.0f}\t"
                      f"{best[0] / best[1]:.2f}", flush=True)
    os.chdir("/")
