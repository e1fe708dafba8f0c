"""Small networks as ONNX for the tests, made with Debian's python3-onnx."""
import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def tensor(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def model(nodes, inputs=None, outputs=None, tensors=(), opset=13):
    """An input x (n, 3, 8, 8) and an output y, where nothing else is said."""
    inputs = [value("x", ["n", 3, 8, 8])] if inputs is None else inputs
    outputs = [value("y", None)] if outputs is None else outputs
    graph = helper.make_graph(list(nodes), "g", inputs, outputs, initializer=list(tensors))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = 7
    return made


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs.split(), outputs.split(), name=attributes.pop("name", ""),
                            **attributes)


def small(seed=1):
    """Convolutions of every way, with what can be done together with them."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return (rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:] or 1))).astype(np.float32)

    tensors, nodes = [], []

    def weight(name, *shape):
        tensors.append(tensor(name, draw(*shape)))
        return name

    def norm(name, from_, to, channels):
        for part, values in (("g", rng.uniform(0.5, 2, channels)), ("b", rng.standard_normal(channels)),
                             ("m", rng.standard_normal(channels)), ("v", rng.uniform(0.5, 2, channels))):
            tensors.append(tensor(name + part, values.astype(np.float32)))
        nodes.append(node("BatchNormalization", f"{from_} {name}g {name}b {name}m {name}v", to,
                          name=name))

    nodes.append(node("Conv", f"x {weight('w0', 16, 3, 3, 3)}", "c0", name="stem", pads=[1] * 4,
                      strides=[2, 2]))
    norm("n0", "c0", "b0", 16)
    nodes.append(node("Relu", "b0", "r0"))
    nodes.append(node("Conv", f"r0 {weight('w1', 16, 1, 3, 3)}", "c1", name="deep", group=16,
                      pads=[1] * 4))
    norm("n1", "c1", "b1", 16)
    tensors.append(tensor("s1", rng.uniform(0, 0.5, (16, 1, 1)).astype(np.float32)))
    nodes.append(node("PRelu", "b1 s1", "r1"))
    nodes.append(node("Conv", f"r1 {weight('w2', 32, 16, 1, 1)} {weight('z2', 32)}", "c2",
                      name="point"))
    nodes.append(node("Clip", "c2 low high", "r2"))
    tensors += [tensor("low", np.float32(0)), tensor("high", np.float32(6))]
    nodes.append(node("Conv", f"r2 {weight('w3', 32, 32, 3, 3)}", "c3", name="square",
                      pads=[1] * 4))
    norm("n3", "c3", "b3", 32)
    nodes.append(node("Add", "r2 b3", "a3"))
    nodes.append(node("LeakyRelu", "a3", "r3", alpha=0.1))
    nodes.append(node("Conv", f"r3 {weight('w4', 32, 8, 3, 3)}", "c4", name="groups", group=4,
                      dilations=[2, 2], pads=[2] * 4))
    nodes.append(node("MaxPool", "c4", "p4", kernel_shape=[2, 2], strides=[2, 2]))
    nodes.append(node("Sigmoid", "p4", "g4"))
    nodes.append(node("Mul", "p4 g4", "m4"))
    nodes.append(node("Concat", "m4 p4", "k4", axis=1))
    nodes.append(node("GlobalAveragePool", "k4", "a5"))
    nodes.append(node("Mul", "k4 a5", "m5"))
    nodes.append(node("Flatten", "m5", "f5"))
    nodes.append(node("Gemm", f"f5 {weight('w5', 10, 256)} {weight('z5', 10)}", "g5", name="fc",
                      transB=1))
    norm("n5", "g5", "y", 10)
    return model(nodes, tensors=tensors)
