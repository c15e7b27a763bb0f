"""Reading and writing safetensors for the scripts of this folder. Needs numpy only."""
import hashlib
import json
import os
import struct
import sys

import numpy as np

NUMPY = {"F64": np.float64, "F32": np.float32, "F16": np.float16}
SIZE = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1}


def fail(message):
    """Ends the script with one line and code 3."""
    print(f"probe: {message}", file=sys.stderr)
    sys.exit(3)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 22):
            digest.update(block)
    return digest.hexdigest()


class Probe:
    """The manifest of a folder and its inputs, checked against the manifest's hash."""

    def __init__(self, folder):
        path = os.path.join(folder, "manifest.json")
        if not os.path.exists(path):
            fail(f"{path} does not exist: name a folder that `bitref probe make` wrote")
        with open(path, encoding="utf-8") as file:
            self.manifest = json.load(file)
        self.folder = folder
        inputs = os.path.join(folder, "inputs.safetensors")
        if not os.path.exists(inputs):
            fail(f"{inputs} does not exist: copy the whole folder")
        self.hash = sha256(inputs)
        if self.hash != self.manifest["inputs_sha256"]:
            fail(f"{inputs} is not the file of the manifest: copy the folder again")
        self.data = np.memmap(inputs, dtype=np.uint8, mode="r")
        length = struct.unpack("<Q", self.data[:8].tobytes())[0]
        self.header = json.loads(self.data[8 : 8 + length].tobytes())
        self.start = 8 + length

    def calls(self):
        """Products to compute: dicts with name, x, w and, if there is one, bias."""
        return self.manifest["calls"]

    def functions(self):
        """Names of the functions to compute; empty if products are asked."""
        return self.manifest.get("functions", [])

    def runs(self):
        """Runs of model.onnx: {its input: (tensor, transposed)} and {its output: name of the result}."""
        if self.functions():
            inputs = {name: (name, False) for name in self.header if name != "__metadata__"}
            yield inputs, {name + ".y": name for name in self.functions()}
            return
        for call in self.calls():
            inputs = {"x": (call["x"], False), "wt": (call["w"], True)}
            if call.get("bias"):
                inputs["bias"] = (call["bias"], False)
            yield inputs, {"y": call["name"]}

    def raw(self, name):
        """Dtype, shape and bytes of a tensor."""
        entry = self.header[name]
        begin, end = entry["data_offsets"]
        data = self.data[self.start + begin : self.start + end]
        return entry["dtype"], entry["shape"], data

    def array(self, name):
        """A tensor as a numpy array; numpy has no BF16 and no FP8."""
        dtype, shape, data = self.raw(name)
        if dtype not in NUMPY:
            fail(f"numpy has no {dtype}: use run_torch.py or run_tensorrt.py")
        return np.frombuffer(data, NUMPY[dtype]).reshape(shape)


def write_outputs(path, probe, tensors, metadata):
    """Writes {name: (dtype, shape, bytes)} as safetensors, under its name when it is complete."""
    header = {"__metadata__": {k: str(v) for k, v in metadata.items()}}
    header["__metadata__"]["inputs_sha256"] = probe.hash
    at = 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".tmp", "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for _, _, data in tensors.values():
            file.write(data)
    os.replace(path + ".tmp", path)
    print(f"wrote {path}: {len(tensors)} results; now run: bitref probe decode {probe.folder} {path}")
