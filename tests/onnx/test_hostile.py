"""Files that are damaged or hostile: facet-info refuses each with a message that names the node or
the tensor. Usage: test_hostile.py FACET-INFO [--sanitized]"""
import os
import random
import re
import resource
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    from onnx import TensorProto, helper
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from models import FLOAT, model, node, small, tensor, value

PROGRAM = os.path.abspath(sys.argv[1])
failures, count = [], 0


def limit():
    """No file makes it take more than 3 GiB, or a minute; the sanitizers' own memory has no limit."""
    if "--sanitized" not in sys.argv:
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))


def info(path):
    return subprocess.run([PROGRAM, path], text=True, errors="replace", capture_output=True,
                          preexec_fn=limit)


def refused(made, pattern, what=None):
    """Exit 1 and a message with the pattern."""
    global count
    count += 1
    data = made if isinstance(made, bytes) else made.SerializeToString()
    with open("bad.onnx", "wb") as f:
        f.write(data)
    result = info("bad.onnx")
    if result.returncode != 1 or not re.search(pattern, result.stderr):
        failures.append(f"{what or pattern}: exit {result.returncode}, {result.stderr.strip()[-300:]!r}")


def accepted(made, pattern):
    global count
    count += 1
    with open("good.onnx", "wb") as f:
        f.write(made.SerializeToString())
    result = info("good.onnx")
    if result.returncode != 0 or not re.search(pattern, result.stdout):
        failures.append(f"{pattern}: exit {result.returncode}, {result.stderr.strip()!r}")


def relu(name="r"):
    return node("Relu", "x", "y", name=name)


def bytes_as_they_come():
    whole = small().SerializeToString()
    accepted(small(), "BatchNormalization")
    refused(b"", "bad.onnx: is empty")
    refused(b"\0" * 100, "damaged|holds no graph")
    refused(b"not a model\n" * 50, "bad.onnx: ")
    for cut in range(1, len(whole), max(1, len(whole) // 60)):
        refused(whole[:cut], r"bad.onnx: ", f"cut to {cut} bytes")
    rng = random.Random(7)
    for size in (1, 10, 100, 10000, 100000):
        refused(rng.randbytes(size), "bad.onnx: ", f"{size} random bytes")
    for i in range(100):
        spoilt = bytearray(whole)
        for _ in range(1 + i % 5):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        with open("bad.onnx", "wb") as f:
            f.write(spoilt)
        code = info("bad.onnx").returncode
        if code not in (0, 1):
            failures.append(f"damaged file {i}: exit {code}")
    os.mkdir("folder.onnx")
    for path, pattern in (("folder.onnx", "is not a file"), ("absent.onnx", "No such file")):
        if not re.search(pattern, info(path).stderr):
            failures.append(path)


def varint(number):
    out = bytearray()
    while number > 0x7f:
        out.append(number & 0x7f | 0x80)
        number >>= 7
    return bytes(out + bytes([number]))


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def recursion():
    """GraphProto in AttributeProto in NodeProto in GraphProto, thousands deep."""
    data = b""
    for _ in range(5000):
        data = field(1, field(5, field(6, data)))
    refused(field(7, data), "too deep, in a .*Proto at byte")
    refused(field(7, b"") * 2, "there twice, in a ModelProto")
    refused(field(7, field(1, b"") * 3000000), "too many messages, in a NodeProto")
    inner = helper.make_graph([relu()], "inner", [], [value("y", None)])
    refused(model([helper.make_node("If", ["x"], ["y"], name="if", then_branch=inner,
                                    else_branch=inner)]), r"node 'if' \(If\).*unsupported")


def the_graph():
    refused(onnx.ModelProto(ir_version=7), "holds no graph")
    refused(model([relu()], opset=18), "opset 18 is unsupported, expected 1 to 17")
    refused(model([node("Relu", "z", "y", name="first"), node("Relu", "y", "z", name="second")]),
            r"node 'first' \(Relu\): input 'z' is given by this node or a later one: a cycle")
    refused(model([node("Add", "x y", "y", name="self")]), "node 'self'.*'y' is given by this node")
    refused(model([node("Relu", "nowhere", "y", name="r")]),
            r"node 'r' \(Relu\): nothing gives its input 'nowhere'")
    refused(model([relu(), relu("again")]), "node 'again'.*another tensor is named 'y'")
    refused(model([relu()], tensors=[tensor("y", np.zeros(3, "f4"))]), "another tensor is named 'y'")
    refused(model([relu()], tensors=[tensor("w", np.zeros(3, "f4"))] * 2), "two tensors are named 'w'")
    refused(model([relu()], outputs=[value("z", None)]), "nothing gives the output 'z'")
    refused(model([relu()], outputs=[]), "has no output")
    refused(model([node("Relu", "no\x1b[2J", "y", name="r")]), r"its input 'no\?\[2J'")
    refused(model([node("Relu", "x", "z", name="r") for _ in range(20000)]), "has 20000 nodes")
    refused(model([relu()], inputs=[value("x", [1, 3, 8, 8]), value("x2", [1, 3, 8, 8])]),
            "has the inputs 'x' and 'x2', expected one image")
    refused(model([node("Relu", "w", "y")], tensors=[tensor("w", np.zeros(3, "f4"))], inputs=[]),
            "has no input")
    refused(model([node("Relu", "w", "y")], tensors=[tensor("w", np.zeros(3, "f4"))]),
            "outputs don't depend on the image")


def the_input():
    def with_shape(shape, kind=FLOAT):
        return model([relu()], inputs=[value("x", shape, kind)])
    refused(with_shape([2, 3, 8, 8]), "input 'x': its first dimension is fixed to 2")
    refused(with_shape([1, 3, -8, 8]), "input 'x': dimension 3 is -8")
    refused(with_shape([1, 3, 0, 8]), "input 'x': dimension 3 is 0")
    refused(with_shape([1, 3, "h", 8]), "input 'x': dimension 3 is left open: a size of the image")
    refused(with_shape([1, "c", 8, 8]), "input 'x': dimension 2 is left open")
    refused(with_shape([1, 3, 1 << 40, 8]), "input 'x': dimension 3 is 1099511627776")
    refused(with_shape([1, 3, 1 << 20, 1 << 20]), "too many values has the input 'x'")
    refused(with_shape([1, 4, 8, 8]), r"input 'x' has shape \(1, 4, 8, 8\)")
    refused(with_shape([1, 3, 8]), r"input 'x' has shape \(1, 3, 8\)")
    refused(with_shape([1] * 9), "too many dimensions has the input 'x'")
    refused(with_shape([1, 3, 8, 8], TensorProto.DOUBLE), "input 'x' is DOUBLE, expected FLOAT")
    refused(with_shape(None), "no shape is declared of the input 'x'")


def initialisers():
    def with_tensor(change, array=np.zeros(4, "f4")):
        w = tensor("w", array)
        change(w)
        return model([node("Add", "x w", "y")], tensors=[w])

    def dims(*sizes):
        def change(w):
            del w.dims[:]
            w.dims.extend(sizes)
        return change

    def external(**entries):
        def change(w):
            w.ClearField("raw_data")
            w.data_location = TensorProto.EXTERNAL
            for key, text in entries.items():
                w.external_data.add(key=key, value=str(text))
        return change

    refused(with_tensor(dims(-4)), "tensor 'w': dimension 1 is -4")
    refused(with_tensor(dims(1 << 62, 4)), "tensor 'w' has shape .*more than 2147483648 values")
    refused(with_tensor(dims(1 << 32, 1 << 32)), "tensor 'w' has shape .*more than")
    refused(with_tensor(dims(0, 1 << 62)), "tensor 'w' has shape .*more than")
    refused(with_tensor(dims(1 << 30)), "tensor 'w' has 16 bytes, expected 4294967296")
    refused(with_tensor(dims(3)), "tensor 'w' has 16 bytes, expected 12")
    refused(with_tensor(dims(*[1] * 9)), "tensor 'w' has 9 dimensions")
    refused(with_tensor(lambda w: w.ClearField("raw_data")), "tensor 'w' has 0 values, expected 4")
    refused(with_tensor(lambda w: setattr(w, "data_type", 8)), "tensor 'w' has unsupported values of STRING")
    refused(with_tensor(lambda w: setattr(w, "data_type", 99)), "tensor 'w' has unsupported values of type 99")
    refused(with_tensor(lambda w: setattr(w, "name", "")), "initialiser 0 has no name")
    boolean = helper.make_tensor("w", TensorProto.BOOL, [1], [1])
    boolean.int32_data[0] = 7
    refused(model([node("Add", "x w", "y")], tensors=[boolean]), "tensor 'w': value 0 is 7, no BOOL")

    with open("outside.bin", "wb") as f:
        f.write(bytes(64))
    os.mkdir("inner")
    with open("inner/weights.bin", "wb") as f:
        f.write(np.arange(4, dtype="f4").tobytes() * 4)
    os.symlink("../outside.bin", "inner/link.bin")
    os.mkfifo("inner/pipe")
    os.chdir("inner")
    inside = external(location="weights.bin", offset=16, length=4)
    accepted(with_tensor(lambda w: (inside(w), dims(1)(w))), "Add")
    for location in ("../outside.bin", os.path.abspath("../outside.bin"), "link.bin",
                     "/etc/passwd", "../inner/../outside.bin"):
        refused(with_tensor(external(location=location)), "tensor 'w': external data .*outside the model's")
    refused(with_tensor(external(location="absent.bin")), "tensor 'w': external data 'absent.bin': No such")
    refused(with_tensor(external(location=".")), "tensor 'w': external data '.'")
    refused(with_tensor(external(location="pipe")), "tensor 'w': external data 'pipe': is not a file")
    refused(with_tensor(external(offset=0)), "tensor 'w': external data without a location")
    refused(with_tensor(external(location="weights.bin", offset=60)),
            "tensor 'w': external data 'weights.bin': has 64 bytes, expected 16 from byte 60")
    refused(with_tensor(external(location="weights.bin", offset=(1 << 63) - 1)), "tensor 'w'.*expected 16")
    refused(with_tensor(external(location="weights.bin", offset=-1)), "tensor 'w': external data: offset")
    refused(with_tensor(external(location="weights.bin", length=99)), "tensor 'w'.*99 bytes, expected 16")
    big = external(location="weights.bin")
    refused(with_tensor(lambda w: (big(w), dims(1 << 30)(w))), "tensor 'w'.*has 64 bytes, expected 4294967296")
    os.chdir("..")


def nodes():
    w = tensor("w", np.zeros((4, 3, 3, 3), "f4"))

    def conv(**attributes):
        return model([node("Conv", "x w", "y", name="c", **attributes)], tensors=[w])

    refused(model([node("Foo", "x", "a", name="f1"), node("Bar", "a", "b", name="f2"),
                   node("Relu", "x", "c"), node("Foo", "c", "y", name="f3")]),
            r"node 'f1' \(Foo\).*unsupported.*node 'f2' \(Bar\).*unsupported.*node 'f3' \(Foo\).*unsupported")
    refused(model([node("Foo", "x", f"a{i}", name=f"n{i}") for i in range(100)] +
                  [node("Relu", "x", "y")]), "node 'n0'.*and [0-9]+ more")
    refused(model([node("Relu", "x", "y", name="r", domain="com.example")]), "node 'r'.*unsupported")
    refused(model([node("Relu", "x x", "y", name="r")]), "node 'r'.*has 2 inputs, expected 1 to 1")
    refused(model([node("Relu", "", "y", name="r")]), "node 'r'.*has 0 inputs")
    refused(model([helper.make_node("Relu", [""], ["y"], name="r")]), "node 'r'.*input 1 is left out")
    refused(model([helper.make_node("Relu", ["x"], [""], name="r"), relu()]), "node 'r'.*has no output")
    refused(conv(colour=3), "node 'c'.*attribute 'colour' is unsupported")
    refused(conv(pads=[1, 1]), "node 'c'.*pads has 2 values, expected 4")
    refused(conv(pads=[-1] * 4), "node 'c'.*pads: -1 is outside")
    refused(conv(strides=[0, 1]), "node 'c'.*strides: 0 is outside")
    refused(conv(dilations=[1 << 40, 1]), "node 'c'.*dilations: 1099511627776 is outside")
    refused(conv(kernel_shape=[5, 5]), "node 'c'.*kernel_shape is not that of the weight")
    refused(conv(dilations=[9, 9]), "node 'c'.*a window of 19 doesn't fit into 8")
    refused(conv(group=2), r"node 'c'.*don't fit in 2 groups")
    refused(conv(group=-1), "node 'c'.*don't fit in -1 groups")
    refused(conv(auto_pad="SOME"), "node 'c'.*auto_pad is \"SOME\"")
    refused(conv(strides=1.5), "node 'c'.*attribute strides has type")
    refused(model([node("Conv", "x x", "y", name="c")]), "node 'c'")
    refused(model([node("MaxPool", "x", "y", name="p")]), "node 'p'.*kernel_shape is missing")
    refused(model([node("MaxPool", "x", "y", name="p", kernel_shape=[2, 2], pads=[2] * 4)]),
            "node 'p'.*nothing but padding")
    for shape, pattern in (([1, -1, -1], "dimension 3 of the new shape is -1"),
                           ([7, -1], r"shape \(1, 3, 8, 8\) becomes"),
                           ([1 << 62, 4], "becomes"), ([-5], "is -5"), ([0] * 6, "dimension 5")):
        refused(model([node("Reshape", "x s", "y", name="r")],
                      tensors=[tensor("s", np.array(shape, "i8"))]), f"node 'r'.*{pattern}")
    refused(model([node("Gather", "x i", "y", name="g")], tensors=[tensor("i", np.array([1]))]),
            "node 'g'.*index 1 is outside 1")
    refused(model([node("Slice", "x s e a t", "y", name="s")],
                  tensors=[tensor("s", np.array([0])), tensor("e", np.array([9])),
                           tensor("a", np.array([1])), tensor("t", np.array([0]))]),
            "node 's'.*a step is 0")
    refused(model([node("Transpose", "x", "y", name="t", perm=[0, 0, 1, 2])]), "node 't'.*axis 0 is given twice")
    refused(model([node("Transpose", "x", "y", name="t", perm=[0, 1])]), "node 't'.*perm has 2 axes")
    refused(model([node("Flatten", "x", "y", name="f", axis=9)]), "node 'f'.*axis 9 is outside")
    refused(model([node("Concat", "x x", "y", name="k")]), "node 'k'.*attribute axis is missing")
    refused(model([node("Split", "x", "y z", name="s", axis=1)]), "node 's'.*3 values in 2 parts")
    refused(model([node("Unsqueeze", "x a", "y", name="u")], tensors=[tensor("a", np.arange(5))]),
            "node 'u'.*5 new axes")
    refused(model([node("Resize", "x r s", "y", name="z")],
                  tensors=[tensor("r", np.zeros(0, "f4")), tensor("s", np.full(4, 1e30, "f4"))]),
            "node 'z'.*a scale of")
    refused(model([node("Pad", "x p", "y", name="p")],
                  tensors=[tensor("p", np.array([0, 0, 1 << 62, 0, 0, 0, 1 << 62, 0]))]),
            "node 'p'.*pads of")
    refused(model([node("Cast", "x", "y", name="k", to=TensorProto.INT64)]), "node 'k'.*at run time is unsupported")
    refused(model([node("Div", "a b", "z", name="d"), relu()],
                  tensors=[tensor("a", np.array([1])), tensor("b", np.array([0]))]),
            "node 'd'.*divides a whole number by zero")
    refused(model([node("BatchNormalization", "x v v v v", "y", name="b")],
                  tensors=[tensor("v", np.full(3, -1, "f4"))]), "node 'b'.*variance 0 is -1")
    refused(model([node("BatchNormalization", "x v v v v", "y", name="b")],
                  tensors=[tensor("v", np.ones(2, "f4"))]), "node 'b'.*has 2 values, expected 3")
    refused(model([node("Add", "x w", "y", name="a")], tensors=[tensor("w", np.zeros(5, "f4"))]),
            "node 'a'.*don't fit together")
    grow = [node("Concat", f"t{i} t{i}", f"t{i + 1}", name=f"g{i}", axis=0) for i in range(60)]
    refused(model([*grow, relu()], tensors=[tensor("t0", np.zeros(1000, "f4"))]),
            r"node 'g\d+' \(Concat\): computing what is known beforehand takes more than")
    grow = [node("Concat", f"{'x' if i == 0 else f't{i}'} {'x' if i == 0 else f't{i}'}", f"t{i + 1}",
                 name=f"g{i}", axis=0) for i in range(60)]
    refused(model([*grow, relu()]), r"node 'g\d+' \(Concat\): .*more than 2147483648 values")


def main():
    bytes_as_they_come()
    recursion()
    the_graph()
    the_input()
    initialisers()
    nodes()
    print(f"{count} files")
    print(*failures, sep="\n")
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as scratch:
    os.chdir(scratch)
    status = main()
    os.chdir("/")
sys.exit(status)
