"""Products that no probe holds, in FP8 and with the given weights: python3 held_out_more.py FOLDER OUT."""
import json
import os
import struct
import sys

import torch

folder, out = sys.argv[1:]
sys.path.insert(0, os.path.join(folder, "fp8-f32"))
from run_torch import scaled  # noqa: E402

generator = torch.Generator().manual_seed(20261123)


def write(name, tensors):
    names = {torch.float16: "F16", torch.float32: "F32", torch.bfloat16: "BF16", torch.float8_e4m3fn: "F8_E4M3"}
    metadata = {"framework": f"torch {torch.__version__}", "device": torch.cuda.get_device_name()}
    header, data = {"__metadata__": metadata}, b""
    for key, value in tensors.items():
        raw = value.detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
        ends = [len(data), len(data) + len(raw)]
        header[key] = {"dtype": names[value.dtype], "shape": list(value.shape), "data_offsets": ends}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(out, name + ".safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


x = torch.randn(32, 512, generator=generator).to(torch.float8_e4m3fn)
w = (torch.randn(16, 512, generator=generator) * 0.25).to(torch.float8_e4m3fn)
tensors = {"x": x, "w": w}
for want in ("F32", "BF16"):
    for fast in (False, True):
        tensors[f"y.{want.lower()}.{'fast' if fast else 'slow'}"] = scaled(x.cuda(), w.cuda(), want, fast)
write("held_out_fp8", tensors)
with open(os.path.join(folder, "weights.safetensors"), "rb") as file:
    file.seek(struct.unpack("<Q", file.read(8))[0], 1)
    w = torch.frombuffer(bytearray(file.read()), dtype=torch.float16).reshape(16, 512)
x = torch.randn(32, 512, generator=generator).to(torch.float16)
write("held_out_weights", {"x": x, "w": w, "y": torch.nn.functional.linear(x.cuda(), w.cuda())})
