"""Forward passes of .onnx networks by facet, ONNX Runtime and PyTorch, turn by turn in one run.
Usage: bench.py BENCH-FACET FOLDER [SECONDS]

The networks: the public MobileFaceNet (FACET_DATA, default ../shared/data), and a ResNet-18 of 112 x
112 pixels with random weights, which PyTorch writes. Batches of 32, one and two threads. Prints images
per second, the median of five turns of SECONDS (default 1) each, and facet's ratio to each peer, the
median of the turns' ratios; then facet's time by step. All must give the same sum for the first image,
to 1e-3 of the values' sum of magnitudes. ONNX Runtime is onnxruntime-node from the npm registry, put
into FOLDER; PyTorch is Debian's python3-torch."""
import os
import statistics
import sys
import tempfile
import time

try:
    import numpy as np
    import onnx
    import torch
    from onnx import numpy_helper
    from torch.nn import functional as F
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from peers import Peer, onnxruntime, ratio

DATA = os.path.abspath(os.environ.get("FACET_DATA",
                                      os.path.join(HERE, "..", "..", "..", "..", "shared", "data")))
TURNS, BATCH = 5, 32
GOALS = {"onnxruntime": 1.0, "pytorch": 1.3}


class Block(torch.nn.Module):
    def __init__(self, ins, outs, stride):
        super().__init__()
        nn = torch.nn
        self.body = nn.Sequential(nn.Conv2d(ins, outs, 3, stride, 1, bias=False), nn.BatchNorm2d(outs),
                                  nn.ReLU(), nn.Conv2d(outs, outs, 3, 1, 1, bias=False),
                                  nn.BatchNorm2d(outs))
        self.short = nn.Sequential() if ins == outs else nn.Sequential(
            nn.Conv2d(ins, outs, 1, stride, bias=False), nn.BatchNorm2d(outs))

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


def write_resnet(path):
    nn = torch.nn
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
                        nn.MaxPool2d(3, 2, 1), Block(64, 64, 1), Block(64, 64, 1), Block(64, 128, 2),
                        Block(128, 128, 1), Block(128, 256, 2), Block(256, 256, 1),
                        Block(256, 512, 2), Block(512, 512, 1), nn.AdaptiveAvgPool2d(1),
                        nn.Flatten(), nn.Linear(512, 512)).eval()
    torch.onnx.export(net, torch.zeros(1, 3, 112, 112), path, opset_version=13,
                      training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False,
                      input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "n"}, "output": {0: "n"}})


class PyTorch:
    """Runs a graph as PyTorch's own functions."""
    name = "pytorch"

    def __init__(self, models, images):
        self.images, self.graphs = torch.from_numpy(images), {}
        for name, path in models.items():
            graph = onnx.load(path).graph
            known = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy())
                     for t in graph.initializer}
            self.graphs[name] = (graph, known)
        print(f"PyTorch {torch.__version__}", flush=True)

    @staticmethod
    def step(node, v):
        a = {x.name: onnx.helper.get_attribute_value(x) for x in node.attribute}
        if node.op_type == "Conv":
            return F.conv2d(*v, *([None] if len(v) == 2 else []), a["strides"], a["pads"][:2],
                            a["dilations"], a["group"])
        if node.op_type == "MaxPool":
            return F.max_pool2d(v[0], a["kernel_shape"], a["strides"], a["pads"][:2])
        if node.op_type == "PRelu":
            return F.prelu(v[0], v[1].flatten())
        return {"BatchNormalization": lambda: F.batch_norm(v[0], v[3], v[4], v[1], v[2],
                                                           eps=a.get("epsilon", 1e-5)),
                "Constant": lambda: torch.from_numpy(numpy_helper.to_array(a["value"]).copy()),
                "Relu": lambda: F.relu(v[0]), "Add": lambda: v[0] + v[1],
                "Sub": lambda: v[0] - v[1], "Mul": lambda: v[0] * v[1],
                "Flatten": lambda: v[0].flatten(1), "Identity": lambda: v[0],
                "GlobalAveragePool": lambda: F.adaptive_avg_pool2d(v[0], 1),
                "Gemm": lambda: F.linear(v[0], v[1], v[2])}[node.op_type]()

    def forward(self, graph, known, images):
        values = dict(known)
        values[graph.input[0].name] = images
        for node in graph.node:
            values[node.output[0]] = self.step(node, [values[name] for name in node.input])
        return values[graph.output[0].name]

    def ask(self, what, batch, threads, seconds):
        torch.set_num_threads(threads)
        graph, known = self.graphs[what]
        images, done = self.images[:batch], 0
        with torch.no_grad():
            out = self.forward(graph, known, images)
            begun = time.perf_counter()
            while time.perf_counter() - begun < seconds or not done:
                out = self.forward(graph, known, images)
                done += batch
            rate = done / (time.perf_counter() - begun)
        return rate, float(out[0].sum()), []


def measure(peers, what, threads, seconds):
    rates, sums, steps = {p.name: [] for p in peers}, {}, []
    for turn in range(TURNS):
        for peer in peers[turn % len(peers):] + peers[:turn % len(peers)]:
            rate, sums[peer.name], found = peer.ask(what, BATCH, threads, seconds)
            rates[peer.name].append(rate)
            steps = found if peer.name == "facet" else steps
    for name, total in sums.items():
        if abs(total - sums["facet"]) > 1e-3 * max(1, abs(sums["facet"])):
            sys.exit(f"{name} computes something else: {total} for {sums['facet']}")
    return rates, steps


def main():
    facet, folder = (os.path.abspath(path) for path in sys.argv[1:3])
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 1
    models = {"mobilefacenet": os.path.join(DATA, "models", "mobilefacenet.onnx")}
    if not os.path.exists(models["mobilefacenet"]):
        print("skipped: mobilefacenet: not in", DATA)
        models = {}
    os.chdir(scratch)
    write_resnet("resnet18.onnx")
    models["resnet18"] = os.path.abspath("resnet18.onnx")
    images = np.random.default_rng(1).uniform(0, 255, (BATCH, 3, 112, 112)).astype(np.float32)
    images.tofile("images.raw")
    named = [f"{name}={path}" for name, path in models.items()]
    peers = [Peer("facet", facet, "best", "images.raw", *named, greets=False), PyTorch(models, images)]
    packages = onnxruntime(folder)
    if packages:
        peers.append(Peer("onnxruntime", "node", os.path.join(HERE, "..", "onnxruntime.js"), packages,
                          os.path.abspath("images.raw"), "3,112,112", *named))
    others = [p.name for p in peers[1:]]
    print(f"load {os.getloadavg()[0]:.1f}\n\nnetwork\tthreads\t" + "\t".join(p.name for p in peers) +
          "\t" + "\t".join(f"facet:{name} (goal {GOALS[name]})" for name in others))
    kept = {}
    for what in models:
        for threads in 1, 2:
            rates, steps = measure(peers, what, threads, seconds)
            kept.setdefault(what, steps)
            print(f"{what}\t{threads}\t" +
                  "\t".join(f"{statistics.median(rates[p.name]):.1f}" for p in peers) + "\t" +
                  "\t".join(f"{ratio(rates, 'facet', name):.2f}" for name in others), flush=True)
    for what, steps in kept.items():
        print(f"\n{what}, one thread\nstep\thow\tus/image\tMMAC\tdone\tGFLOP/s")
        for name, how, macs, done, spent in steps:
            macs, done, spent = float(macs), float(done), float(spent)
            print(f"{name}\t{how}\t{1e6 * spent:.1f}\t{macs / 1e6:.2f}\t{done / 1e6:.2f}\t" +
                  (f"{2e-9 * done / spent:.1f}" if done and spent else ""))


with tempfile.TemporaryDirectory() as scratch:
    main()
    os.chdir("/")
