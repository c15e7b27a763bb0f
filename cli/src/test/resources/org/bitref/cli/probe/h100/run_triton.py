"""Products of a probe by a Triton kernel with split-K: float32 partial sums added in order."""
import sys

import torch
import triton
import triton.language as tl


@triton.jit
def partial(x, w, out, M, N, K, chunk, BM: tl.constexpr, BN: tl.constexpr, BK: tl.constexpr):
    m = tl.program_id(0) * BM + tl.arange(0, BM)
    n = tl.program_id(1) * BN + tl.arange(0, BN)
    s = tl.program_id(2)
    acc = tl.zeros((BM, BN), dtype=tl.float32)
    for k0 in range(s * chunk, min((s + 1) * chunk, K), BK):
        k = k0 + tl.arange(0, BK)
        a = tl.load(x + m[:, None] * K + k[None, :], mask=m[:, None] < M, other=0.0)
        b = tl.load(w + n[None, :] * K + k[:, None], mask=n[None, :] < N, other=0.0)
        acc = tl.dot(a, b, acc)
    mask = (m[:, None] < M) & (n[None, :] < N)
    tl.store(out + s * M * N + m[:, None] * N + n[None, :], acc, mask=mask)


def product(x, w, splits):
    M, K = x.shape
    N = w.shape[0]
    chunk = triton.cdiv(triton.cdiv(K, 64), splits) * 64
    parts = torch.zeros((splits, M, N), dtype=torch.float32, device=x.device)
    partial[(triton.cdiv(M, 64), triton.cdiv(N, 32), splits)](x, w, parts, M, N, K, chunk, 64, 32, 64)
    total = parts[0]
    for s in range(1, splits):
        total = total + parts[s]
    return total.to(x.dtype)


def main():
    sys.path.insert(0, sys.argv[1])
    from bitref_io import Probe, write_outputs
    from run_torch import stored, tensor

    probe = Probe(sys.argv[1])
    device = torch.device("cuda")
    results = {}
    for call in probe.calls():
        x, w = tensor(probe, call["x"], device), tensor(probe, call["w"], device)
        for suffix in ("y", "y.repeat"):
            y = stored(product(x, w, int(sys.argv[2])), probe.manifest["output_dtype"])
            results[call["name"] + "." + suffix] = y
    write_outputs(
        sys.argv[3],
        probe,
        results,
        {
            "framework": f"triton {triton.__version__}, torch {torch.__version__}",
            "device": torch.cuda.get_device_name(),
            "kernels": "tl.dot, tiles of 64x32x64",
            "options": f"split-K {sys.argv[2]}",
        },
    )


if __name__ == "__main__":
    main()
