"""The functions that a probe asks for, as PyTorch computes them, and variants of them.

On a CUDA device with Triton the instructions themselves are asked as well: ex2, rcp and rsqrt
.approx (NAME.ptx) and .approx.ftz (NAME.ptx_ftz), in float32; and in the 16-bit types ex2.
"""
import torch
import torch.nn.functional as F

try:
    import triton
    import triton.language as tl
except ImportError:
    triton = None

# Instruction, constraints and elements at once.
PTX = {
    (torch.float32, "ex2"): {"ptx": "ex2.approx.f32", "ptx_ftz": "ex2.approx.ftz.f32"},
    (torch.float32, "rcp"): {"ptx": "rcp.approx.f32", "ptx_ftz": "rcp.approx.ftz.f32"},
    (torch.float32, "rsqrt"): {"ptx": "rsqrt.approx.f32", "ptx_ftz": "rsqrt.approx.ftz.f32"},
    (torch.float16, "ex2"): {"ptx": "ex2.approx.f16x2"},
    (torch.bfloat16, "ex2"): {"ptx_ftz": "ex2.approx.ftz.bf16x2"},
}

if triton:

    @triton.jit
    def kernel(x, y, n, ASM: tl.constexpr, OPERANDS: tl.constexpr, PACK: tl.constexpr, B: tl.constexpr):
        i = tl.program_id(0) * B + tl.arange(0, B)
        value = tl.load(x + i, mask=i < n)
        result = tl.inline_asm_elementwise(
            ASM, OPERANDS, [value], dtype=x.dtype.element_ty, is_pure=True, pack=PACK
        )
        tl.store(y + i, result, mask=i < n)


def ptx(instruction, x):
    y = torch.empty_like(x)
    single = x.dtype == torch.float32
    operands, pack = ("=f,f", 1) if single else ("=r,r", 2)
    kernel[(triton.cdiv(x.numel(), 1024),)](
        x, y, x.numel(), instruction + " $0, $1;", operands, pack, 1024
    )
    return y


def rms_norm(x, weight, eps):
    """The norm of Hugging Face's Qwen3, operation by operation."""
    wide = x.to(torch.float32)
    wide = wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + eps)
    return weight * wide.to(x.dtype)


def variants(name, x, weight, eps):
    """Pairs of a result's name and a function without arguments that computes it."""
    if name == "softmax":
        yield name, lambda: torch.softmax(x, -1)
        if x.dtype != torch.float32:
            yield "softmax.f32", lambda: torch.softmax(x, -1, dtype=torch.float32).to(x.dtype)
    elif name == "norm":
        yield name, lambda: rms_norm(x, weight, eps)
        if hasattr(F, "rms_norm"):
            yield "norm.fused", lambda: F.rms_norm(x, x.shape[-1:], weight, eps)
    elif name == "silu":
        yield name, lambda: F.silu(x)
    else:
        torch_name = {"ex2": "exp2", "rcp": "reciprocal"}.get(name, name)
        yield name, lambda: getattr(torch, torch_name)(x)
    if triton and x.is_cuda:
        for variant, instruction in PTX.get((x.dtype, name), {}).items():
            yield f"{name}.{variant}", lambda: ptx(instruction, x)
