"""Two steps of training against PyTorch's autograd in double precision, on the same weights, images,
labels, dropout masks and margins: every gradient, weight and velocity.
Usage: test_learn.py FACET-MODEL LEARN-DRIVER

The measure for a tensor is max|ours - theirs| / max|theirs|, of the gradient (the first step's
velocity less the decay) and of weights and velocities after both steps."""
import os
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "net"))
import torch_net

PROGRAM, DRIVER = (os.path.abspath(a) for a in sys.argv[1:3])
BRANCHES = ["fc1", "fc2", "fc3", "fc4"]
CLASSES, STEPS = 5, 3
# As in learn_driver.c.
VERIFICATION, RISE, MOMENTUM, DECAY, CLIP, RATE = 0.5, 2, 0.9, 5e-3, 2, 0.05
SMALL = ["--maps", "16,32,16,10", "--width", "16,8,12,20"]
CASES = [
    # options, images, kernels, allowed, what is special
    (["--input", "55x47", *SMALL], 21, "avx512", 2e-5, "Winograd, an incomplete chunk"),
    (["--input", "55x47", *SMALL], 21, "avx2", 2e-5, "the same"),
    (["--input", "55x47", *SMALL], 5, "reference", 3e-6, "sums in double"),
    (["--input", "55x47", "--fc4-input", "pool3+conv4", *SMALL], 6, "best", 2e-5, "two inputs"),
    (["--input", "47x47", "--channels", "1", *SMALL], 6, "best", 2e-5, "grey, square"),
    (["--input", "59x51", "--maps", "8,12,6,10", "--width", "70,8,12,20"], 6, "best", 2e-5,
     "odd pooling, regions cut at the border, no Winograd, two panels"),
    (["--input", "57x53", *SMALL], 6, "best", 2e-5, "tiles cut at the border"),
]


def verification(x, labels, margin):
    d = (x[:, None] - x[None]).pow(2).sum(2).clamp_min(1e-300).sqrt()
    upper = torch.ones(len(x), len(x)).triu(1).bool()
    same = (labels[:, None] == labels[None]) & upper
    other = (labels[:, None] != labels[None]) & upper
    genuine, impostor = d[same].pow(2) / 2, (margin - d[other]).clamp_min(0).pow(2) / 2
    return (genuine.mean() if len(genuine) else 0) / 2 + (impostor.mean() if len(impostor) else 0) / 2


def read_network(path):
    layers = torch_net.load(path)
    return [[*layer[:4], *(t.double() if t is not None else None for t in layer[4:])]
            for layer in layers]


def read_raw(path, *shape):
    return torch.from_numpy(np.fromfile(path, np.float32)[:np.prod(shape)].reshape(shape)).double()


def parameters(folder, kind, step, widths):
    found = {}
    with h5py.File(f"{folder}/{kind}_{step}.h5") as f:
        for name, group in f.items():
            for tensor in ("weight", "bias"):
                if tensor in group:
                    found[name, tensor] = torch.from_numpy(group[tensor][...]).double()
    for b, width in zip(BRANCHES, widths):
        found[b + "_identity", "weight"] = read_raw(
            f"{folder}/{kind}_{step}_{b}_identity.raw", CLASSES, width)
        found[b + "_identity", "bias"] = read_raw(
            f"{folder}/{kind}_{step}_{b}_identity_bias.raw", CLASSES)
    return found


def loss_of(layers, values, images, labels, masks, margins, weight):
    network = [[*layer[:4], values.get((layer[0], "weight")), values.get((layer[0], "bias"))]
               for layer in layers]
    out = torch_net.forward(network, images)
    total, parts = 0, []
    for b, mask, margin in zip(BRANCHES, masks, margins):
        logits = F.linear(out[b] * mask, values[b + "_identity", "weight"],
                          values[b + "_identity", "bias"])
        parts.append((F.cross_entropy(logits, labels), verification(out[b], labels, margin)))
        total = total + parts[-1][0] + weight * parts[-1][1]
    return total, parts, {**out, "input": images}


# Centred gradients, as engine/train/parameter.h has them. A mean is shaped like a weight without its
# outputs: (inputs), (channels, 1, 1), or (regions y, regions x, 1, channels, ky, kx).

def input_means(layers, out, masks):
    means = {}
    for name, kind, inputs, attributes, weight, _ in layers:
        x = out[inputs[0]]
        if kind == "convolution":
            means[name] = x.mean((0, 2, 3))[:, None, None]
        elif kind == "local_convolution":
            ry, rx, _, c, kh, kw = weight.shape
            h, w = int(attributes["region_h"]), int(attributes["region_w"])
            rows, columns = x.shape[2] - kh + 1, x.shape[3] - kw + 1
            windows = x.unfold(2, kh, 1).unfold(3, kw, 1).mean(0)  # (c, rows, columns, kh, kw)
            means[name] = torch.stack([torch.stack([
                windows[:, i * h:min(rows, i * h + h), j * w:min(columns, j * w + w)].mean((1, 2))
                for j in range(rx)]) for i in range(ry)])[:, :, None]
        elif kind == "fully_connected":
            means[name] = torch.cat([out[i].flatten(1) for i in inputs], 1).mean(0)
    for b, mask in zip(BRANCHES, masks):
        means[b + "_identity"] = (out[b] * mask).mean(0)
    return means


def along(weight, mean):
    """Sum over inputs of weight times mean, shaped like the bias."""
    return (weight * mean).sum(tuple(range(weight.dim()))[-mean.dim():] if weight.dim() < 6 else (3, 4, 5))


def centre(gradients, name, mean):
    bias = gradients[name, "bias"]
    gradients[name, "weight"] -= bias.reshape(*bias.shape, *[1] * (gradients[name, "weight"].dim()
                                                                   - bias.dim())) * mean


def padded_inputs(weight):
    return weight[0].numel()


def error(ours, theirs):
    return float((ours - theirs).abs().max() / theirs.abs().max())


def run(options, n, kernels, folder, seed):
    rng = np.random.default_rng(seed)
    subprocess.run([PROGRAM, "create", "-q", *options, "--seed", str(seed), "-o", "model.h5"],
                   check=True)
    with h5py.File("model.h5", "r+") as f:
        shape = (f.attrs["input_height"], f.attrs["input_width"], f.attrs["input_channels"])
        widths = [f[b]["bias"].shape[0] for b in BRANCHES]
        for group in f.values():  # biases are zero, and would hide a fault
            if "bias" in group:
                group["bias"][...] = rng.normal(0, 0.1, group["bias"].shape)
    images = rng.uniform(-1, 1, (STEPS, n, *shape)).astype(np.float32)
    labels = rng.integers(0, CLASSES, (STEPS, n)).astype(np.int32)
    images.tofile("images.raw")
    labels.tofile("labels.raw")
    lines = subprocess.run([DRIVER, "model.h5", kernels, "2", str(n), str(CLASSES), str(STEPS),
                            "images.raw", "labels.raw", folder], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    layers = torch_net.load("model.h5")
    values = parameters(folder, "value", 0, widths)
    velocity = {k: torch.zeros_like(v) for k, v in values.items()}
    errors = {}
    for step, line in enumerate(lines):
        norm, *signals = (float(x) for x in line.split())
        masks = [read_raw(f"{folder}/mask_{step}_{b}.raw", n, (w + 63) // 64 * 64)[:, :w]
                 for b, w in zip(BRANCHES, widths)]
        values = {k: v.clone().requires_grad_() for k, v in values.items()}
        total, parts, outputs = loss_of(layers, values, torch.from_numpy(images[step]).permute(0, 3, 1, 2)
                               .double(), torch.from_numpy(labels[step]).long(), masks,
                               signals[2::3], VERIFICATION / 2 * min(1, step / RISE))
        total.backward()
        with torch.no_grad():
            means = input_means(layers, outputs, masks)
            gradients = {k: v.grad.clone() for k, v in values.items()}
            for name in {k[0] for k in values}:
                centre(gradients, name, means[name])
        true_norm = float(sum(g.pow(2).sum() for g in gradients.values()).sqrt())
        errors[f"norm {step}"] = abs(norm - true_norm) / true_norm
        for i, (identification, verify) in enumerate(parts):
            errors[f"identification {step} {i}"] = abs(signals[3 * i] / float(identification) - 1)
            errors[f"verification {step} {i}"] = abs(signals[3 * i + 1] / float(verify) - 1)
        factor = min(1, CLIP / true_norm)
        with torch.no_grad():
            moved = {}
            for k, v in values.items():
                share = min(1, 1024 / padded_inputs(v)) if k[0].startswith("fc") else 1
                weight = k[1] == "weight"
                velocity[k] = (MOMENTUM * velocity[k] + factor * gradients[k]
                               + (DECAY / share * v if weight else 0))
                moved[k] = v - RATE * (share if weight else 1) * velocity[k]
            for name in {k[0] for k in values}:  # the bias follows the weights
                change = values[name, "weight"] - moved[name, "weight"]
                moved[name, "bias"] += along(change, means[name])
            values = moved
        for kind, truth in ("value", values), ("velocity", velocity):
            for k, ours in parameters(folder, kind, step + 1, widths).items():
                errors[f"{kind} {step} {k[0]}.{k[1]}"] = error(ours, truth[k])
    assert signals[2] > 0, "the second step has a margin"
    return errors


def main():
    failed = False
    for seed, (options, n, kernels, allowed, what) in enumerate(CASES):
        if kernels in ("avx2", "avx512") and kernels + ("f" if kernels == "avx512" else "") not in \
                open("/proc/cpuinfo").read():
            print(f"skipped {kernels}: this processor hasn't it")
            continue
        with tempfile.TemporaryDirectory(dir=".") as folder:
            errors = run(options, n, kernels, folder, seed)
        name = max(errors, key=errors.get)
        print(f"{' '.join(options)} ({what}), {kernels}: worst {errors[name]:.2g} at {name}")
        failed |= not errors[name] <= allowed
    return failed


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    torch.set_num_threads(1)
    code = main()
    os.chdir("/")
sys.exit(code)
