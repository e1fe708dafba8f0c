"""Forward passes of DeepID2+ (55 x 47, 128 maps, 512 neurons) by facet, ONNX Runtime, oneDNN and
PyTorch, turn by turn in one run.
Usage: bench.py FACET-MODEL BENCH-FACET BENCH-SGEMM BENCH-LOCAL FOLDER [--onednn BENCH-ONEDNN]
       [SECONDS]

No peer has layers with weights of their own in each region, so all of them run the twin with shared
weights in conv3 and conv4 ("shared"); facet runs that too, and DeepID2+ itself ("true").

Prints images per second, the median of five turns of SECONDS (default 1) each, and facet's ratio to
each peer (its twin's), the median of the turns' ratios. Threads: facet's take batches of their own,
as in facet-dump; a peer's work together on a batch. Then facet's time by layer beside the peak of
OpenBLAS's sgemm on one core, measured between the turns, and what bounds the layers with weights of
their own (local.c). Every peer must give the sums of the first
image's activations that facet gives, to 1e-3.

ONNX Runtime is onnxruntime-node from the npm registry, put into FOLDER without its install scripts;
oneDNN is Debian's libdnnl-dev, found when the project is built; PyTorch Debian's python3-torch. What
isn't there is skipped by name."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), os.path.join(HERE, "..", "..", "net")]
from peers import Peer, onnxruntime, ratio
from twin import share_weights

TRUNK, ALL = "fc4", "fc1,fc2,fc3,fc4"
TURNS, MOST = 5, 256
# Layers, batch, threads: ratios to reach against ONNX Runtime and oneDNN.
GOALS = {(TRUNK, 64, 1): (2.2, 1.2), (TRUNK, 64, 2): (2.3, 1.3), (ALL, 256, 2): (1.6, 1.1),
         (TRUNK, 1, 1): (2.0, 1.2)}


class PyTorch:
    name = "pytorch"

    def __init__(self, model, images):
        import torch
        import torch_net
        self.torch, self.net, self.images = torch, torch_net, torch.from_numpy(images)
        self.layers = torch_net.load(model)
        print(f"PyTorch {torch.__version__}", flush=True)

    def ask(self, layers, batch, threads, seconds):
        self.torch.set_num_threads(threads)
        wanted = set(layers.split(","))
        needed = set(wanted)
        for name, _, inputs, *_ in reversed(self.layers):
            if name in needed:
                needed.update(inputs)
        network = [layer for layer in self.layers if layer[0] in needed]
        images, done = self.images[:batch], 0
        with self.torch.no_grad():
            out = self.net.forward(network, images)
            begun = time.perf_counter()
            while time.perf_counter() - begun < seconds or not done:
                out = self.net.forward(network, images)
                done += batch
            rate = done / (time.perf_counter() - begun)
        return rate, sum(float(out[name][0].sum()) for name in wanted), []


def export_onnx(model, layers, path):
    """The model as ONNX, by PyTorch's exporter."""
    import torch
    import torch_net

    class Network(torch.nn.Module):
        def forward(self, images):
            out = torch_net.forward(torch_net.load(model), images)
            return tuple(out[name] for name in layers.split(","))

    torch.onnx.export(Network(), torch.zeros(1, 3, 55, 47), path, opset_version=13,
                      input_names=["input"], output_names=layers.split(","),
                      dynamic_axes={name: {0: "n"} for name in ["input", *layers.split(",")]})


def start_peers(options, images):
    images.tofile("images.raw")
    peers = [Peer("true", options.facet, "true.h5", "best", "images.raw", greets=False),
             Peer("shared", options.facet, "shared.h5", "best", "images.raw", greets=False)]
    try:
        torch = PyTorch("shared.h5", images)
    except ImportError as error:
        print("skipped: PyTorch, and ONNX Runtime, whose network it writes:", error)
        torch = None
    packages = onnxruntime(options.folder) if torch else None
    if packages:
        export_onnx("shared.h5", TRUNK, "trunk.onnx")
        export_onnx("shared.h5", ALL, "all.onnx")
        peers.append(Peer("onnxruntime", "node", os.path.join(HERE, "..", "onnxruntime.js"), packages,
                          os.path.abspath("images.raw"), "3,55,47",
                          f"{TRUNK}={os.path.abspath('trunk.onnx')}",
                          f"{ALL}={os.path.abspath('all.onnx')}"))
    if options.onednn:
        with h5py.File("shared.h5") as f, open("weights.raw", "wb") as out:
            for i in "1234":
                for layer in "conv" + i, "fc" + i:
                    f[layer]["weight"][...].tofile(out)
                    f[layer]["bias"][...].tofile(out)
        peers.append(Peer("onednn", options.onednn, "weights.raw", "images.raw"))
    else:
        print("skipped: oneDNN: libdnnl-dev was not there when the project was built")
    return peers + ([torch] if torch else [])


def measure(peers, layers, batch, threads, seconds, sgemm):
    """{peer: rates}, steps of the true network, peak of sgemm."""
    rates, steps, peaks, sums = {p.name: [] for p in peers}, [], [], {}
    for turn in range(TURNS):
        for peer in peers[turn % len(peers):] + peers[:turn % len(peers)]:
            rate, sums[peer.name], found = peer.ask(layers, batch, threads, seconds)
            rates[peer.name].append(rate)
            steps = found if peer.name == "true" else steps
        if sgemm:
            peaks.append(float(subprocess.run([sgemm], check=True, text=True,
                                              stdout=subprocess.PIPE).stdout))
    for name, total in sums.items():
        if name != "true" and abs(total - sums["shared"]) > 1e-3 * abs(sums["shared"]):
            sys.exit(f"{name} computes something else: {total} for {sums['shared']}")
    return rates, steps, statistics.median(peaks) if peaks else None


def print_local(program, peak):
    """conv3 and conv4 with weights of their own: time beside that of reading these once, and that of
    multiplying at sgemm's peak."""
    text = subprocess.run([program, "0.5"], check=True, text=True, stdout=subprocess.PIPE).stdout
    print("\nlocal weights: us/image, the best of many passes\n"
          "layer\tbatch\tthreads\tus/image\treading\tGB/s\tmultiplying\tof the larger")
    for line in text.splitlines():
        layer, batch, threads, spent, read, done, size = line.split("\t")
        batch, spent, read = int(batch), float(spent) / int(batch), float(read)
        multiply = 2e-3 * float(done) / peak
        print(f"{layer}\t{batch}\t{threads}\t{spent:.1f}\t{read / batch:.1f}\t"
              f"{1e-3 * float(size) / read:.0f}\t{multiply:.1f}\t"
              f"{spent / max(read / batch, multiply):.2f}")


def main():
    parser = argparse.ArgumentParser()
    for name in "model", "facet", "sgemm", "local", "folder":
        parser.add_argument(name)
    parser.add_argument("seconds", nargs="?", type=float, default=1)
    parser.add_argument("--onednn")
    options = parser.parse_args()
    for name in "model", "facet", "sgemm", "local", "onednn", "folder":
        if getattr(options, name):
            setattr(options, name, os.path.abspath(getattr(options, name)))
    os.chdir(scratch)
    subprocess.run([options.model, "create", "-q", "-o", "true.h5"], check=True)
    shutil.copy("true.h5", "shared.h5")
    share_weights("shared.h5")
    images = np.random.default_rng(1).uniform(-1, 1, (MOST, 3, 55, 47)).astype(np.float32)
    peers = start_peers(options, images)
    others = [p.name for p in peers[2:]]
    print(f"load {os.getloadavg()[0]:.1f}\n")
    print("layers\tbatch\tthreads\t" + "\t".join(p.name for p in peers) + "\ttrue:shared\t" +
          "\t".join("shared:" + name for name in others))
    kept, reached = None, []
    for layers in TRUNK, ALL:
        for batch in 1, 8, 64, MOST:
            for threads in 1, 2:
                case = layers, batch, threads
                detailed = case == (ALL, 64, 1)
                rates, steps, peak = measure(peers, *case, options.seconds,
                                             options.sgemm if detailed else None)
                kept = (steps, peak) if detailed else kept
                print(f"{'FC-4' if layers == TRUNK else 'FC-1..4'}\t{batch}\t{threads}\t" +
                      "\t".join(f"{statistics.median(rates[p.name]):.0f}" for p in peers) +
                      f"\t{ratio(rates, 'true', 'shared'):.2f}\t" +
                      "\t".join(f"{ratio(rates, 'shared', name):.2f}" for name in others),
                      flush=True)
                for name, goal in zip(("onnxruntime", "onednn"), GOALS.get(case, ())):
                    if name in rates:
                        reached.append((case, name, goal, ratio(rates, "shared", name)))
    steps, peak = kept
    print(f"\nFC-1..4, batch 64, one thread; sgemm's peak: {peak:.0f} GFLOP/s")
    print("step\thow\tus/image\tMMAC\tdone\tGFLOP/s\tof peak")
    for name, how, macs, done, seconds in steps:
        macs, done, seconds = float(macs), float(done), float(seconds)
        speed = 2e-9 * done / seconds
        print(f"{name}\t{how}\t{1e6 * seconds:.1f}\t{macs / 1e6:.2f}\t{done / 1e6:.2f}\t" +
              (f"{speed:.1f}\t{100 * speed / peak:.0f} %" if done else "\t"))
    print_local(options.local, peak)
    print("\ngoal\tpeer\tat least\treached")
    for (layers, batch, threads), name, goal, found in reached:
        print(f"{'FC-4' if layers == TRUNK else 'FC-1..4'}, batch {batch}, {threads} threads\t{name}"
              f"\t{goal}\t{found:.2f}")


with tempfile.TemporaryDirectory() as scratch:
    main()
    os.chdir("/")
