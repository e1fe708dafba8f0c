"""DeepID2+'s twin with shared weights, for peers that have no layers with weights of their own in each
region."""
import h5py


def share_weights(path):
    """conv3 and conv4 of the model become plain convolutions: the weights of the first region."""
    with h5py.File(path, "r+") as f:
        for name in "conv3", "conv4":
            layer = f[name]
            layer.attrs["kind"] = "convolution"
            for attribute in "region_h", "region_w":
                del layer.attrs[attribute]
            for tensor in "weight", "bias":
                values, options = layer[tensor][0, 0], {"fletcher32": True, "chunks": True}
                del layer[tensor]
                layer.create_dataset(tensor, data=values, **options)
