"""Random products of the probes' shape, that no probe holds: python3 held_out.py FOLDER."""
import json
import os
import sys

import torch

from run_triton import product

M, N, K = 128, 16, 512
matmul = torch.backends.cuda.matmul


def linear(x, w):
    return torch.nn.functional.linear(x, w)


def with_flag(flag, value):
    def run(x, w):
        before = getattr(matmul, flag)
        setattr(matmul, flag, value)
        y = linear(x, w)
        setattr(matmul, flag, before)
        return y

    return run


TYPES = {
    "f16": (torch.float16, "F16"),
    "bf16": (torch.bfloat16, "BF16"),
    "f32": (torch.float32, "F32"),
}
RUNS = {
    "f16": {
        "default": linear,
        "noreduced": with_flag("allow_fp16_reduced_precision_reduction", False),
        "accum16": with_flag("allow_fp16_accumulation", True),
        "triton4": lambda x, w: product(x, w, 4),
    },
    "bf16": {"default": linear, "triton3": lambda x, w: product(x, w, 3)},
    "f32": {"tf32": with_flag("allow_tf32", True)},
}


def write(path, tensors, name, metadata):
    header, data = {"__metadata__": metadata}, b""
    for key, value in tensors.items():
        raw = value.detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes()
        ends = [len(data), len(data) + len(raw)]
        header[key] = {"dtype": name, "shape": list(value.shape), "data_offsets": ends}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text + data)


def main():
    generator = torch.Generator().manual_seed(20261122)
    for key, (dtype, name) in TYPES.items():
        x = torch.randn(M, K, generator=generator).to(dtype)
        w = (torch.randn(N, K, generator=generator) * 0.1).to(dtype)
        tensors = {"x": x, "w": w}
        for run, function in RUNS[key].items():
            tensors["y." + run] = function(x.cuda(), w.cuda())
        metadata = {
            "framework": f"torch {torch.__version__}",
            "device": torch.cuda.get_device_name(),
            "seed": "20261122",
        }
        write(os.path.join(sys.argv[1], f"held_out_{key}.safetensors"), tensors, name, metadata)


if __name__ == "__main__":
    main()
