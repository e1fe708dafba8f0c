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
    """A product of matrices for each region: its weights (out, taps) times the unfolded windows of
    its pixels in all images. Regions that the border cuts are filled up and cut again."""
    ry, rx, out, _, kh, kw = weight.shape
    n, h, w = x.shape[0], x.shape[2] - kh + 1, x.shape[3] - kw + 1
    windows = F.unfold(x, (kh, kw)).reshape(n, -1, h, w)
    windows = F.pad(windows, (0, rx * region_w - w, 0, ry * region_h - h))
    windows = windows.reshape(n, -1, ry, region_h, rx, region_w)
    windows = windows.permute(2, 4, 1, 0, 3, 5).reshape(ry * rx, -1, n * region_h * region_w)
    y = torch.baddbmm(bias.reshape(ry * rx, out, 1), weight.reshape(ry * rx, out, -1), windows)
    y = y.reshape(ry, rx, out, n, region_h, region_w).permute(3, 2, 0, 4, 1, 5)
    return y.reshape(n, out, ry * region_h, rx * region_w)[:, :, :h, :w]


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
