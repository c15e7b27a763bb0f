#!/usr/bin/env python3
"""Computes what this folder asks for with PyTorch, on a CPU or a CUDA device.

    python3 run_torch.py [--device cuda] [--tf32] [...] [-o outputs.safetensors]

Needs PyTorch and numpy. A product is torch.nn.functional.linear, of FP8 torch._scaled_mm; what
the functions are stands in torch_functions.py. Each is done twice: a device that does not repeat itself cannot be decoded.
"""
import argparse
import os
import platform
import warnings

from bitref_io import Probe, fail, write_outputs

try:
    import torch
except ImportError:
    fail("PyTorch is not installed: pip install torch")

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "F8_E4M3": getattr(torch, "float8_e4m3fn", None),
    "F8_E5M2": getattr(torch, "float8_e5m2", None),
}


def tensor(probe, name, device):
    dtype, shape, data = probe.raw(name)
    if DTYPES[dtype] is None:
        fail(f"this PyTorch has no {dtype}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.frombuffer(data, dtype=DTYPES[dtype]).reshape(shape).to(device)


def stored(result, want):
    result = result.detach().contiguous().cpu()
    names = {v: k for k, v in DTYPES.items() if v is not None}
    got = names[result.dtype]
    if got != want:
        fail(f"PyTorch returned {got}, the probe is for {want}: make one with --output-dtype {got}")
    return got, result.shape, result.reshape(-1).view(torch.uint8).numpy().tobytes()


def kernels(function, device):
    """Names of the kernels of one call."""
    if device.type != "cuda":
        return ""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CUDA]) as found:
        function()
        torch.cuda.synchronize()
    return "; ".join(sorted({event.key for event in found.key_averages()}))


def scaled(x, w, want, fast):
    """FP8 has no linear: PyTorch calls cuBLAS with scales, here 1."""
    one = torch.ones((), device=x.device)
    return torch._scaled_mm(
        x, w.T, scale_a=one, scale_b=one, out_dtype=DTYPES[want], use_fast_accum=fast
    )


def products(probe, device, fast):
    want = probe.manifest["output_dtype"]
    for call in probe.calls():
        x, w = tensor(probe, call["x"], device), tensor(probe, call["w"], device)
        bias = tensor(probe, call["bias"], device) if call.get("bias") else None
        if x.element_size() == 1:
            yield call["name"], lambda: scaled(x, w, want, fast)
        else:
            yield call["name"], lambda: torch.nn.functional.linear(x, w, bias)


def functions(probe, device):
    import torch_functions

    weight = tensor(probe, "norm.weight", device) if "norm" in probe.functions() else None
    for name in probe.functions():
        x = tensor(probe, name + ".x", device)
        yield from torch_functions.variants(name, x, weight, probe.manifest["eps"])


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--fp16-accumulation", action="store_true")
    parser.add_argument("--fp8-fast-accumulation", action="store_true")
    parser.add_argument("--no-reduced-precision", action="store_true")
    parser.add_argument("--tf32", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("-o", "--output")
    return parser.parse_args()


def main():
    args = arguments()
    if args.device.startswith("cuda") and not torch.cuda.is_available():
        fail("PyTorch sees no CUDA device: pass --device cpu, or install a CUDA build")
    device = torch.device(args.device)
    matmul = torch.backends.cuda.matmul
    matmul.allow_tf32 = args.tf32
    if args.fp16_accumulation:
        if not hasattr(matmul, "allow_fp16_accumulation"):
            fail("this PyTorch has no allow_fp16_accumulation: version 2.7 or later has")
        matmul.allow_fp16_accumulation = True
    if args.no_reduced_precision:
        matmul.allow_fp16_reduced_precision_reduction = False
        matmul.allow_bf16_reduced_precision_reduction = False
    if args.threads:
        torch.set_num_threads(args.threads)
    probe = Probe(args.folder)
    results, names = {}, []
    fast = args.fp8_fast_accumulation
    asked = functions(probe, device) if probe.functions() else products(probe, device, fast)
    for name, function in asked:
        for suffix in (".y", ".y.repeat"):
            results[name + suffix] = stored(function(), probe.manifest["output_dtype"])
        if probe.functions():
            names.append(f"{name}: {kernels(function, device)}")
        elif not names:
            names.append(kernels(function, device))
    metadata = {
        "framework": f"torch {torch.__version__}",
        "cuda": torch.version.cuda,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else platform.processor(),
        "kernels": "; ".join(names) if device.type == "cuda" else "",
        "options": f"fp16_accumulation={args.fp16_accumulation} tf32={args.tf32}"
        f" fp8_fast_accumulation={args.fp8_fast_accumulation}"
        f" no_reduced_precision={args.no_reduced_precision} threads={torch.get_num_threads()}",
    }
    output = args.output or os.path.join(args.folder, "outputs.safetensors")
    write_outputs(output, probe, results, metadata)


if __name__ == "__main__":
    main()
