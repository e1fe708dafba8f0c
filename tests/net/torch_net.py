"""A model file as a network in PyTorch, written from the description of the layers in
engine/net/layer.h and nothing else."""
import h5py
import torch
import torch.nn.functional as F


def load(path):
    """[(name, kind, inputs, attributes, weight, bias)] in order of computation."""
    layers = []
    with h5py.File(path) as f:
        for name, group in f.items():
            attributes = dict(group.attrs)
            weight, bias = (torch.from_numpy(group[t][...]) if t in group else None
                            for t in ("weight", "bias"))
            layers.append((attributes["order"], name, attributes["kind"],
                           attributes["inputs"].split(","), attributes, weight, bias))
    return [layer[1:] for layer in sorted(layers, key=lambda layer: layer[0])]


def local(x, weight, bias, region_h, region_w):
    """Each output pixel's window (unfolded) times the weights of the pixel's region."""
    kh, kw = weight.shape[-2:]
    n, _, h, w = x.shape
    oh, ow = h - kh + 1, w - kw + 1
    windows = F.unfold(x, (kh, kw)).reshape(n, -1, oh, ow)
    matrices = weight.reshape(*weight.shape[:3], -1)
    ry = torch.arange(oh) // region_h
    rx = torch.arange(ow) // region_w
    each = matrices[ry][:, rx]  # (oh, ow, out, taps)
    return torch.einsum("yxot,ntyx->noyx", each, windows) + bias[ry][:, rx].permute(2, 0, 1)


def forward(layers, images):
    """Every tensor by name."""
    out = {"input": images}
    for name, kind, inputs, attributes, weight, bias in layers:
        x = out[inputs[0]]
        if weight is not None:
            weight, bias = weight.to(images.dtype), bias.to(images.dtype)
        if kind == "convolution":
            y = F.conv2d(x, weight, bias)
        elif kind == "local_convolution":
            y = local(x, weight, bias, int(attributes["region_h"]), int(attributes["region_w"]))
        elif kind == "max_pool":
            y = F.max_pool2d(x, 2)
        elif kind == "fully_connected":
            y = F.linear(torch.cat([out[i].flatten(1) for i in inputs], 1), weight, bias)
        else:
            raise ValueError(kind)
        if attributes.get("relu", 0):
            out[name + "_linear"] = y
            y = F.relu(y)
        out[name] = y
    del out["input"]
    return out
