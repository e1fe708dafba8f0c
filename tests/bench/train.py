"""Steps of training by facet and by PyTorch, one after the other in the same run: images per second of
wall time, best of three turns. Usage: train.py FACET-MODEL LEARN-DRIVER DATA-DRIVER [SECONDS]

DeepID2+ (55 x 47, 128 maps, 512 neurons) with an identification layer of 1,000 people on each of its
four fully connected layers, batches of 64. PyTorch does the way forward, four cross-entropies, the
way back and the update (SGD with momentum and weight decay). facet does that with dropout, and also
the verification signal on all pairs, the margins and the norm of the gradient.

PyTorch has no layers with weights of their own in each region. So: "shared" has plain convolutions
for conv3 and conv4 on both sides; "local" has DeepID2+'s own on both, PyTorch's as products of
matrices of unfolded windows (tests/net/torch_net.py); and "local : shared" sets facet's local layers
beside PyTorch's shared ones, which are as much arithmetic with fewer weights.

Threads that wait sleep (OMP_WAIT_POLICY), on both sides: steps are long, and a busy machine disturbs
less. The last column is the ratio to channels-last in images per second of processor time, which
other programs disturb least.

Then what reading and augmenting the images adds, with 94 x 110 JPEG files from $FACET_DATA."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read when PyTorch is loaded
try:
    import h5py
    import torch
    import torch.nn.functional as F
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
    import torch_net
    from twin import share_weights
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

MODEL, LEARN, DATA = (os.path.abspath(a) for a in sys.argv[1:4])
SECONDS = float(sys.argv[4]) if len(sys.argv) > 4 else 4
FACES = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(__file__), "..", "..", "..", "shared", "data"))), "faces", "train.tsv")
TURNS, BATCH, PEOPLE = 3, 64, 1000
BRANCHES = ["fc1", "fc2", "fc3", "fc4"]


def facet(path, threads):
    out = subprocess.run([LEARN, "--time", path, "best", str(threads), str(BATCH), str(PEOPLE),
                          str(SECONDS)], check=True, text=True, stdout=subprocess.PIPE).stdout
    return tuple(float(x) for x in out.split())


class Peer:
    """The network in PyTorch with its four heads, ready for steps."""

    def __init__(self, path, layout):
        torch.manual_seed(1)
        self.layout, self.layers, learned = layout, [], []
        for *layer, weight, bias in torch_net.load(path):
            if weight is not None:
                if layer[1] == "convolution":
                    weight = weight.contiguous(memory_format=layout)
                weight, bias = weight.requires_grad_(), bias.requires_grad_()
                learned += [weight, bias]
            self.layers.append((*layer, weight, bias))
        self.heads = [torch.nn.Linear(512, PEOPLE) for _ in BRANCHES]
        for head in self.heads:
            learned += head.parameters()
        self.update = torch.optim.SGD(learned, lr=1e-6, momentum=0.9, weight_decay=5e-4)
        self.images = (torch.rand(BATCH, 3, 55, 47) * 2 - 1).contiguous(memory_format=layout)
        self.labels = torch.arange(BATCH) // 4

    def step(self):
        out = torch_net.forward(self.layers, self.images)
        loss = sum(F.cross_entropy(head(out[b]), self.labels)
                   for head, b in zip(self.heads, BRANCHES))
        self.update.zero_grad(set_to_none=True)
        loss.backward()
        self.update.step()

    def rate(self, threads):
        torch.set_num_threads(threads)
        self.step()
        begun, processor, done = time.perf_counter(), time.process_time(), 0
        while time.perf_counter() - begun < SECONDS:
            self.step()
            done += BATCH
        return done / (time.perf_counter() - begun), done / (time.process_time() - processor)


def steps():
    """{(who, network, threads): best images per second of wall time, and of processor time}"""
    layouts = {"channels-last": torch.channels_last, "default": torch.contiguous_format}
    best = {}
    for network in "shared", "local":
        peers = {name: Peer(network + ".h5", layout) for name, layout in layouts.items()}
        for threads in 1, 2:
            for _ in range(TURNS):
                rates = {"facet": facet(network + ".h5", threads)}
                rates.update({name: peer.rate(threads) for name, peer in peers.items()})
                for who, rate in rates.items():
                    key = who, network, threads
                    best[key] = [max(pair) for pair in zip(best.get(key, (0, 0)), rate)]
    return best


def print_steps(best):
    print("network\tthreads\tfacet\tpytorch_channels_last\tpytorch_default\tratio\tratio_default\t"
          "ratio_processor")
    for ours, theirs in ("shared", "shared"), ("local", "local"), ("local", "shared"):
        for threads in 1, 2:
            us, last, default = (best[who, network, threads] for who, network in (
                ("facet", ours), ("channels-last", theirs), ("default", theirs)))
            name = ours if ours == theirs else f"{ours} : {theirs}"
            print(f"{name}\t{threads}\t{us[0]:.0f}\t{last[0]:.0f}\t{default[0]:.0f}\t"
                  f"{us[0] / last[0]:.2f}\t{us[0] / default[0]:.2f}\t{us[1] / last[1]:.2f}")


def print_reading(best):
    if not os.path.exists(FACES):
        print("skipped: reading images (no", FACES + ")")
        return
    print("threads\tread_and_augment\tstep\tshare_of_both")
    for threads in 1, 2:
        read = max(float(subprocess.run([DATA, "--time", "local.h5", str(threads), str(BATCH), FACES,
                                         str(SECONDS)], check=True, text=True,
                                        stdout=subprocess.PIPE).stdout) for _ in range(TURNS))
        step = best["facet", "local", threads][0]
        print(f"{threads}\t{read:.0f}\t{step:.0f}\t{100 * step / (step + read):.0f} %")


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    subprocess.run([MODEL, "create", "-q", "-o", "local.h5"], check=True)
    shutil.copy("local.h5", "shared.h5")
    share_weights("shared.h5")
    print(f"PyTorch {torch.__version__}, load {os.getloadavg()[0]:.1f}", flush=True)
    found = steps()
    print_steps(found)
    print_reading(found)
    print(f"load {os.getloadavg()[0]:.1f}")
    os.chdir("/")
