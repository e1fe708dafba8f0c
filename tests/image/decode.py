"""Reading and writing pictures against Pillow, PNG also against the samples that went in; damaged
files are refused by name. Usage: decode.py DRIVER"""
import io
import os
import struct
import sys
import tempfile
import warnings

import numpy as np
from PIL import Image, ImageOps

import pngfile
from driver import ask

warnings.simplefilter("ignore")  # Pillow, on palettes with transparency
program, rng = sys.argv[1], np.random.default_rng(20150613)


def smooth(w, h, channels=3):
    small = rng.integers(0, 256, (4, 4, channels), np.uint8)
    planes = [Image.fromarray(small[..., c]).resize((w, h), Image.BICUBIC) for c in range(channels)]
    return np.dstack([np.asarray(p) for p in planes])


def put(name, data):
    with open(name, "wb") as file:
        file.write(data)
    return name


def jpeg(array, mode="RGB", **options):
    out = io.BytesIO()
    Image.fromarray(array, mode).save(out, "JPEG", **options)
    return out.getvalue()


def exif(orientation, order=">", kind=3):
    """A TIFF block with another tag before the orientation (kind 3: short, 4: long)."""
    value = struct.pack(order + ("H2x" if kind == 3 else "I"), orientation)
    return (b"MM" if order == ">" else b"II") + struct.pack(order + "HIH", 42, 8, 2) + (
        struct.pack(order + "HHII", 0x0100, 4, 1, 7)
        + struct.pack(order + "HHI", 0x0112, kind, 1) + value + struct.pack(order + "I", 0))


def check(name, got, want):
    assert not isinstance(got, str), got
    assert got.shape == want.shape and np.array_equal(got, want), (
        name, got.shape, want.shape, np.abs(got.astype(int) - want).max())


def pillow(name):
    return np.asarray(ImageOps.exif_transpose(Image.open(name)).convert("RGB"))


def jpegs():
    names = []
    for w, h in [(1, 1), (17, 33), (64, 48)]:
        photo, ink = smooth(w, h), smooth(w, h, 4)
        files = {"grey": jpeg(photo[..., 0], "L"), "444": jpeg(photo, subsampling=0),
                 "420": jpeg(photo, subsampling=2, quality=30), "422": jpeg(photo, subsampling=1),
                 "progressive": jpeg(photo, progressive=True, optimize=True),
                 "restart": jpeg(photo, icc_profile=b"x" * 70000, comment=b"y"),
                 "cmyk": jpeg(ink, "CMYK", quality=95)}
        adobe = files["cmyk"].index(b"Adobe")
        assert files["cmyk"][adobe + 11] == 0
        files["ycck"] = files["cmyk"][:adobe + 11] + b"\x02" + files["cmyk"][adobe + 12:]
        names += [put(f"{kind}-{w}.jpg", data) for kind, data in files.items()]
    for size in (1 << 16, 1 << 17):  # the sizes at which a reader's memory is full
        names.append(put(f"full{size}.jpg", files["420"] + b"\0" * (size - len(files["420"]))))
    for o in range(0, 10):
        for order in "<>":
            block = b"Exif\0\0" + exif(o, order, 3 + o % 2)
            names.append(put(f"exif{o}{'lb'[order == '>']}.jpg", jpeg(smooth(20, 13), exif=block)))
    for name, got in zip(names, ask(program, [("decode", n) for n in names])):
        check(name, got, pillow(name))
    return names


def random_box(width, height):
    """x_lo, x_hi, y_lo, y_hi: not empty, within the picture."""
    return [int(n) for size in (width, height) for n in sorted(rng.choice(size + 1, 2, False))]


def sampled(data, luma):
    """A JPEG with other sampling factors that come to as many blocks: a valid picture, if no pretty
    one, in a form that Pillow doesn't write."""
    at = data.index(b"\xff\xc0") + 11
    return data[:at] + bytes([luma]) + data[at + 1:]


def parts(names):
    """A part has the pixels of the whole, in every form of file and wherever the box lies."""
    photo = smooth(96, 128)
    forms = {"440": sampled(jpeg(photo, subsampling=1), 0x12),
             "411": sampled(jpeg(photo, subsampling=2), 0x41),
             "14": sampled(jpeg(photo, subsampling=2), 0x14)}
    for kind in range(3):
        forms[f"large{kind}"] = jpeg(smooth(150, 111), subsampling=kind)
        forms[f"progressive{kind}"] = jpeg(smooth(111, 150), subsampling=kind, progressive=True)
    names = names + [put(f"part-{form}.jpg", data) for form, data in forms.items()]
    commands, wants = [], []
    for name, whole in zip(names, ask(program, [("decode", n) for n in names])):
        for _ in range(40):
            x_lo, x_hi, y_lo, y_hi = box = random_box(whole.shape[1], whole.shape[0])
            commands.append(("part", name, *box))
            wants.append(whole[y_lo:y_hi, x_lo:x_hi])
    for command, want, got in zip(commands, wants, ask(program, commands)):
        check(command, got, want)


def plain_ink():
    """Without Adobe's marker the values are ink. Pillow takes every file as inverted: its values
    are 255 - ink, and light is their product."""
    data = jpeg(smooth(31, 22, 4), "CMYK", quality=95)
    start = data.index(b"\xff\xee")
    length = struct.unpack(">H", data[start + 2:start + 4])[0]
    name = put("ink.jpg", data[:start] + data[start + 2 + length:])
    light = np.asarray(Image.open(name)).astype(int)
    want = (light[..., :3] * light[..., 3:] + 127) // 255
    check(name, ask(program, [("decode", name)])[0], want)


def pngs():
    names, wants = [], []

    def add(label, samples, colour, depth, want, **chunks):
        for interlaced in (False, True):
            name = f"{label}-{samples.shape[1]}-{depth}{'i' if interlaced else ''}.png"
            names.append(put(name, pngfile.encode(samples, colour, depth, interlaced, **chunks)))
            wants.append(want)

    for w, h in [(1, 1), (3, 2), (37, 29)]:
        for depth in (1, 2, 4, 8, 16):
            top = 2 ** depth - 1
            samples = rng.integers(0, top + 1, (h, w, 4))
            eight = np.floor(samples * 255 / top + 0.5).astype(np.uint8)
            grey = np.repeat(eight[..., :1], 3, 2)
            add("grey", samples[..., :1], pngfile.GREY, depth, grey)
            clear = pngfile.chunk(b"tRNS", struct.pack(">H", int(samples[0, 0, 0])))
            add("grey-clear", samples[..., :1], pngfile.GREY, depth, grey, before=clear)
            if depth <= 8:
                palette = rng.integers(0, 256, (top + 1, 3), np.uint8)
                plte = pngfile.chunk(b"PLTE", palette.tobytes())
                alpha = pngfile.chunk(b"tRNS", rng.integers(0, 256, top, np.uint8).tobytes())
                add("palette", samples[..., :1], pngfile.PALETTE, depth, palette[samples[..., 0]],
                    before=plte)
                add("palette-clear", samples[..., :1], pngfile.PALETTE, depth,
                    palette[samples[..., 0]], before=plte + alpha)
            if depth >= 8:
                add("rgb", samples[..., :3], pngfile.RGB, depth, eight[..., :3])
                add("rgba", samples, pngfile.RGB_ALPHA, depth, eight[..., :3])
                add("grey-alpha", samples[..., :2], pngfile.GREY_ALPHA, depth, grey)
    for name, want, got in zip(names, wants, ask(program, [("decode", n) for n in names])):
        check(name, got, want)
        if "-16" not in name:  # Pillow cuts 16 bits instead of rounding
            check(name, got, np.asarray(Image.open(name).convert("RGB")))
    turned = [put(f"exif{o}{where}.png", pngfile.encode(
        smooth(20, 13), pngfile.RGB, 8, **{where: pngfile.chunk(b"eXIf", exif(o))}))
        for o in range(1, 9) for where in ("before", "after")]
    for name, got in zip(turned, ask(program, [("decode", n) for n in turned])):
        image = Image.open(name)
        image.load()
        check(name, got, pillow(name))
    return names + turned


def writers():
    source = put("photo.png", pngfile.encode(smooth(50, 41), pngfile.RGB, 8))
    photo = np.asarray(Image.open(source))
    ask(program, [("png", source, "a.png"), ("png", source, "b.png"), ("jpeg", source, "a.jpg", 87),
                  ("jpeg", source, "b.jpg", 87)])
    for kind in ("png", "jpg"):
        assert open("a." + kind, "rb").read() == open("b." + kind, "rb").read()
    check("a.png", np.asarray(Image.open("a.png")), photo)
    Image.fromarray(photo).save("pillow.jpg", quality=87, subsampling=0)
    check("a.jpg", np.asarray(Image.open("a.jpg")), np.asarray(Image.open("pillow.jpg")))
    answers = ask(program, [("jpeg", source, "c.jpg", 0), ("jpeg", source, "c.jpg", 101),
                            ("png", source, "absent/c.png")])
    for answer, text in zip(answers, ("quality 0", "quality 101", "absent/c.png")):
        assert isinstance(answer, str) and text in answer, answer
    assert not os.path.exists("c.jpg") and not [n for n in os.listdir(".") if "partial" in n]


def refused(cases):
    """Every file is refused with a message that begins with its name and holds the text."""
    commands = [("decode", name) for name in cases] + [("part", name, 0, 1, 0, 1) for name in cases]
    for (name, text), answer in zip(list(cases.items()) * 2, ask(program, commands)):
        assert isinstance(answer, str), (name, answer.shape)
        assert answer.startswith(name) and text in answer, answer


def faults():
    good = open("444-64.jpg", "rb").read()
    frame = good.index(b"\xff\xc0")
    wide = good[:frame + 5] + struct.pack(">HH", 65000, 65000) + good[frame + 9:]
    sizes = {}
    for side in (2 ** 31 - 1, 60000):
        header = struct.pack(">IIBBBBB", side, side, 8, pngfile.RGB, 0, 0, 0)
        sizes[put(f"{side}.png", pngfile.SIGNATURE + pngfile.chunk(b"IHDR", header)
                  + pngfile.chunk(b"IDAT", b"x"))] = f"{side} x {side}"
    os.mkdir("folder")
    put("secret.png", b"x")
    os.chmod("secret.png", 0)
    cases = {"absent.png": "No such file", "folder": "folder", put("empty.jpg", b""): "empty",
             put("text.jpg", b"hello, world"): "neither JPEG nor PNG",
             put("ff.jpg", b"\xff\xd8"): "neither",
             put("gif.png", b"GIF89a" + b"\0" * 20): "neither",
             put("wide.jpg", wide): "65000 x 65000", **sizes}
    if os.geteuid() != 0:
        cases["secret.png"] = "denied"
    refused(cases)


def damage(names):
    """Cut short, every file is refused. With a byte changed, PNG's checksums catch every case; JPEG
    has none, so that it may decode to something else, but never crashes."""
    for name in names:
        data = open(name, "rb").read()
        cuts = sorted(set(range(3, len(data) - 1, max(1, len(data) // 150))) | {len(data) - 1})
        refused({put(f"cut{at}-{name}", data[:at]): "" for at in cuts})
        changed = {}
        for k in range(300):
            at = int(rng.integers(0, len(data)))
            bad = bytearray(data)
            bad[at] ^= int(rng.integers(1, 256))
            changed[put(f"changed{k}-{name}", bytes(bad))] = ""
        if name.endswith("png"):
            refused(changed)
            continue
        for path, answer in zip(changed, ask(program, [("decode", n) for n in changed])):
            assert not isinstance(answer, str) or answer.startswith(path), answer


def broken_exif():
    """Whatever an EXIF block holds, the picture is read; upright where it makes no sense."""
    photo = smooth(20, 13)
    block = exif(6)
    blocks = [block[:n] for n in range(len(block) + 1)]
    blocks += [b"MM\0\x2a" + rng.bytes(int(rng.integers(4, 64))) for _ in range(300)]
    blocks += [b"MM\0\x2a\xff\xff\xff\xff" + block[8:], b"II\x2a\0\x08\0\0\0\xff\xff" + b"\0" * 99]
    names = [put(f"block{k}.jpg", jpeg(photo, exif=b"Exif\0\0" + b)) for k, b in enumerate(blocks)]
    for got in ask(program, [("decode", n) for n in names]):
        assert not isinstance(got, str) and got.size == photo.size, got


with tempfile.TemporaryDirectory() as folder:
    program = os.path.abspath(program)
    os.chdir(folder)
    files = jpegs() + pngs()
    parts(files)
    plain_ink()
    writers()
    faults()
    damage(["444-64.jpg", "progressive-64.jpg", "ycck-64.jpg", "grey-17.jpg", "exif6b.jpg",
            "rgb-37-16i.png", "palette-clear-37-4.png", "exif8after.png"])
    broken_exif()
    os.chdir("/")
    print(f"{len(files)} files decode as expected")
