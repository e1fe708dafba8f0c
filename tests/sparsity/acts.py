"""Activation files in the documented layout (facet-activations-1), written by h5py."""
import h5py
import numpy as np


def write(path, layers, identity=None, missing=None, views=None, dtype="f4", chunk=None,
          images=None, attributes=None):
    """layers: {name: (image[, view], neuron) or (image[, view], channel, y, x)}; images: names;
    attributes: {name: (image)}."""
    text = h5py.string_dtype("utf-8")
    n = len(next(iter(layers.values())))
    with h5py.File(path, "w") as f:
        f.attrs["Conventions"] = "facet-activations-1"
        image = f.create_dataset("image", (n,), text, maxshape=(None,), chunks=(max(n, 1),))
        image[:] = images or [f"p/{i:06d}.jpg" for i in range(n)]
        image.make_scale("image")
        if views:
            view = f.create_dataset("view", (len(views),), text)
            view[:] = views
            view.make_scale("view")
        if identity is not None:
            d = f.create_dataset("identity", (n,), text)
            d[:] = identity
            d.dims[0].attach_scale(image)
        if missing is not None:
            d = f.create_dataset("missing", data=np.asarray(missing, "u1"))
            d.dims[0].attach_scale(image)
        for name, values in (attributes or {}).items():
            d = f.create_dataset(name, data=np.asarray(values, "f8"))
            d.dims[0].attach_scale(image)
        for order, (name, x) in enumerate(layers.items()):
            rank = 1 + bool(views)
            chunks = chunk or ((min(n, 4096),) + (1,) * (rank - 1) +
                               (min(32, x.shape[rank]),) + x.shape[rank + 1:])
            d = f.create_dataset(name, x.shape, dtype, chunks=chunks, fletcher32=True,
                                 maxshape=(None,) + x.shape[1:])
            d[...] = x
            d.dims[0].attach_scale(image)
            if views:
                d.dims[1].attach_scale(view)
            d.attrs["order"] = order


def relu_like(rng, n, neurons, identities=None):
    """Sparse rectified values with a part of their own for each identity and neuron."""
    x = rng.normal(-0.1, 1, (n, neurons))
    if identities is not None:
        _, index = np.unique(identities, return_inverse=True)
        x += rng.normal(0, 0.7, (index.max() + 1, neurons))[index]
    x += rng.normal(0, 0.5, neurons)
    return np.maximum(x, 0).astype("f4")
