"""Networks that PyTorch writes as ONNX give what PyTorch computes, for every kernel set; and the same
bits however many images a run takes and whatever other tensors are asked for.
The public MobileFaceNet gives what another runtime computed with it, where its files are there
(FACET_DATA, default ../shared/data). Usage: test_torch.py ONNX-DRIVER"""
import os
import subprocess
import sys
import tempfile
import warnings

try:
    import h5py
    import numpy as np
    import torch
    import onnx  # noqa: F401  (the small network is made with it)
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from models import small
from torch import nn
from torch.nn import functional as F

DRIVER = os.path.abspath(sys.argv[1])
MODELS = os.path.join(os.path.abspath(os.environ.get("FACET_DATA", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "shared", "data"))), "models")
SETS = ("avx512", "avx2", "portable", "reference")
failures = []
warnings.filterwarnings("ignore")


def run(model, images, kernels, at_once, *tensors):
    """{label: (images, values)}, or None where the kernels don't run here."""
    images.tofile("images.raw")
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run([DRIVER, model, kernels, "images.raw", str(len(images)),
                                 str(at_once), folder, *tensors], text=True, capture_output=True)
        if "no kernel set" in result.stderr:
            return None
        if result.returncode != 0:
            sys.exit(f"{model}: {result.stderr}")
        return {name[:-4]: np.fromfile(os.path.join(folder, name), "f4").reshape(len(images), -1)
                for name in os.listdir(folder)}


def compare(what, got, want, tolerance):
    off = np.abs(got - want).max() / np.abs(want).max()
    if not off <= tolerance:
        failures.append(f"{what}: off by {off:.3g} of the largest value, allowed {tolerance:g}")


def same_bits(model, images):
    """Of all tensors, for other numbers of images at a time, and when asked for by themselves."""
    for kernels in SETS[:3]:
        every = run(model, images, kernels, 64)
        if every is None:
            continue
        for at_once in 1, 3:
            again = run(model, images, kernels, at_once)
            for name in every:
                if every[name].tobytes() != again[name].tobytes():
                    failures.append(f"{model}, {kernels}: {name} differs with {at_once} at a time")
        names = list(every)
        for name in names[::max(1, len(names) // 12)]:
            alone = run(model, images, kernels, 5, name)
            if every[name].tobytes() != alone[name].tobytes():
                failures.append(f"{model}, {kernels}: {name} differs when asked for alone")


class Block(nn.Module):
    """As ResNet has it; with `act`, and squeeze and excitation."""

    def __init__(self, ins, outs, stride, act, squeeze=False):
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(ins, outs, 3, stride, 1, bias=False), nn.BatchNorm2d(outs),
                                  act(), nn.Conv2d(outs, outs, 3, 1, 1, bias=False),
                                  nn.BatchNorm2d(outs))
        self.short = nn.Sequential() if ins == outs and stride == 1 else nn.Sequential(
            nn.Conv2d(ins, outs, 1, stride, bias=False), nn.BatchNorm2d(outs))
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(outs, 4, 1), nn.ReLU(),
                                  nn.Conv2d(4, outs, 1), nn.Sigmoid()) if squeeze else None
        self.act = act()

    def forward(self, x):
        y = self.body(x)
        if self.gate is not None:
            y = y * self.gate(y)
        return self.act(y + self.short(x))


class Mixed(nn.Module):
    """What classifiers have beside that."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 24, 5, 2, 2)
        self.deep = nn.Conv2d(24, 24, 3, 1, 2, dilation=2, groups=24)
        self.wide = nn.Conv2d(24, 48, 3, padding=1, groups=2)
        self.norm = nn.InstanceNorm2d(48, affine=True)
        self.out = nn.Linear(96, 10)

    def forward(self, x):
        x = F.hardswish(self.stem(x))
        x = F.elu(self.deep(x)) + F.leaky_relu(x, 0.2)
        x = self.norm(self.wide(x))
        a, b = x[:, :24], x[:, 24:]
        x = torch.cat([a, torch.tanh(b), F.relu6(a - b)], 1)[:, 8:56]
        x = x.view(-1, 2, 24, 23, 20).transpose(1, 2).reshape(-1, 48, 23, 20)  # as ShuffleNet does
        x = F.interpolate(F.max_pool2d(x, 3, 2, 1, ceil_mode=True), scale_factor=2, mode="nearest")
        x = F.avg_pool2d(x, 2, padding=1, count_include_pad=False)
        x = F.interpolate(x, size=(7, 9), mode="bilinear", align_corners=False)
        x = torch.cat([x.mean((2, 3)), F.max_pool2d(x, (7, 9)).flatten(1)], 1)
        return torch.softmax(self.out(x), 1)


def networks():
    torch.manual_seed(3)
    resnet = nn.Sequential(
        nn.Conv2d(3, 32, 7, 2, 3, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
        Block(32, 32, 1, nn.ReLU), Block(32, 64, 2, nn.ReLU), Block(64, 64, 1, nn.PReLU, True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 20), nn.BatchNorm1d(20))
    yield "resnet", resnet, 13
    yield "resnet-9", resnet, 9
    yield "mixed", Mixed(), 14
    yield "mixed-11", Mixed(), 11


def randomise(network):
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm2d, nn.BatchNorm1d)):
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.normal_(module.weight, 1, 0.2)
            nn.init.normal_(module.bias)


def check_network(name, network, opset, images):
    randomise(network)
    network.eval()
    torch.onnx.export(network, torch.zeros(1, *images.shape[1:]), name + ".onnx",
                      opset_version=opset, input_names=["image"], output_names=["out"],
                      dynamic_axes={"image": {0: "n"}, "out": {0: "n"}})
    with torch.no_grad():
        want = network(torch.from_numpy(images)).numpy()
    for kernels in SETS:
        got = run(name + ".onnx", images, kernels, 64, "out")
        if got is not None:
            compare(f"{name}, {kernels}", got["out"], want, 1e-4)
    same_bits(name + ".onnx", images)


def check_public():
    with h5py.File(os.path.join(MODELS, "mobilefacenet_io.h5")) as f:
        images, want = f["input"][...], f["embedding"][...]
    for kernels in SETS:
        got = run(os.path.join(MODELS, "mobilefacenet.onnx"), images, kernels, 2, "embedding")
        if got is not None:
            compare(f"mobilefacenet, {kernels}", got["embedding"], want, 1e-4)


def main():
    rng = np.random.default_rng(5)
    for name, network, opset in networks():
        check_network(name, network, opset,
                      rng.standard_normal((5, 3, 46, 39)).astype(np.float32))
    with open("small.onnx", "wb") as f:
        f.write(small().SerializeToString())
    same_bits("small.onnx", rng.standard_normal((5, 3, 8, 8)).astype(np.float32))
    if os.path.exists(os.path.join(MODELS, "mobilefacenet_io.h5")):
        check_public()
    else:
        print("skipped: mobilefacenet: no such file in", MODELS)
    print(*failures, sep="\n")
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    status = main()
    os.chdir("/")
sys.exit(status)
