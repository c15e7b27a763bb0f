"""Reads files that Java wrote and writes files for Java to read.

Usage: exchange.py FOLDER. Lines of the lists: file, name, dtype, shape, data in hex, tab-separated.
"""

import base64
import io
import json
import pathlib
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

try:
    import torch
except ImportError:
    torch = None

# Types that safetensors and numpy both know; the others need torch.
NUMPY = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}


def check_safetensors(path, name, dtype, shape, data):
    with safe_open(path, "np") as file:
        assert file.metadata() == {"caf\u00e9 \U0001f600": "a\nb\u0000"}, file.metadata()
        part = file.get_slice(name)
        assert list(part.get_shape()) == shape, (name, part.get_shape())
        assert part.get_dtype() == dtype, (name, part.get_dtype())
        if dtype in NUMPY:
            array = file.get_tensor(name)
            assert array.dtype == np.dtype(NUMPY[dtype]), (name, array.dtype)
            assert array.tobytes() == data, name
            return
    if torch is not None:
        with safe_open(path, "pt") as file:
            tensor = file.get_tensor(name)
            assert tensor.contiguous().flatten().view(torch.uint8).numpy().tobytes() == data, name


def check_numpy(array, name, dtype, shape, data):
    assert array.dtype == np.dtype(NUMPY[dtype]), (name, array.dtype)
    assert list(array.shape) == shape, (name, array.shape)
    assert array.tobytes() == data, name


def load_polygraphy(path):
    """As Polygraphy decodes its JSON: base64 of npy files."""
    results = json.loads(path.read_text("utf-8"))
    assert results["polygraphy_class"] == "RunResults"
    ((runner, (iteration,)),) = results["lst"]
    assert iteration["runner_name"] == runner == "caf\u00e9 \U0001f600"
    return {
        name: np.load(io.BytesIO(base64.b64decode(output["values"]["array"], validate=True)))
        for name, output in iteration["outputs"].items()
    }


def check(folder):
    checked = 0
    arrays = {"ours.npz": np.load(folder / "ours.npz")}
    arrays["ours.json"] = load_polygraphy(folder / "ours.json")
    for line in (folder / "ours.txt").read_text("utf-8").splitlines():
        file, name, dtype, dims, data = line.split("\t")
        shape = [int(dim) for dim in dims.split(",") if dim]
        if file in arrays:
            check_numpy(arrays[file][name], name, dtype, shape, bytes.fromhex(data))
        elif file == "ours.npy":
            check_numpy(np.load(folder / file), name, dtype, shape, bytes.fromhex(data))
        else:
            check_safetensors(folder / file, name, dtype, shape, bytes.fromhex(data))
        checked += 1
    return checked


def write(folder):
    random = np.random.default_rng(1)
    arrays = {}
    for dtype, code in NUMPY.items():
        for shape in [(), (3,), (0,), (2, 3), (3, 0, 2), (2, 3, 4)]:
            count = int(np.prod(shape, dtype=np.int64))
            size = np.dtype(code).itemsize
            raw = random.integers(0, 2 if dtype == "BOOL" else 256, count * size, dtype=np.uint8)
            arrays[f"{dtype}.{len(shape)}.{count}"] = raw.view(code).reshape(shape)
    save_file(arrays, folder / "theirs.safetensors", {"who": "caf\u00e9 \U0001f600"})
    np.savez(folder / "theirs.npz", **arrays)
    np.savez_compressed(folder / "theirs-packed.npz", **arrays)
    columns = {name: np.array(array, order="F") for name, array in arrays.items()}
    np.savez(folder / "theirs-columns.npz", **columns)
    if torch is not None:
        # Column-major arrays become strided views.
        torch.save({k: torch.from_numpy(v) for k, v in arrays.items()}, folder / "theirs.pt")
        torch.save({k: torch.from_numpy(v) for k, v in columns.items()}, folder / "theirs-columns.pth")
    lines = [
        "\t".join([name, name.split(".")[0], ",".join(map(str, array.shape)), array.tobytes().hex()])
        for name, array in arrays.items()
    ]
    (folder / "theirs.txt").write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    directory = pathlib.Path(sys.argv[1])
    number = check(directory)
    write(directory)
    print(f"checked {number}")
