"""Faults of weights that are reported of ports: of shards, quantised formats, adapters."""
import torch
from planted_faults import fault, noise


def port_weight_faults():
    def add(name, key, stage, change, at=""):
        """change(weight in float32, layer) of the linear layer or norm named like the stage."""
        def plant(rig):
            for i, module in zip(rig.layers, rig.each(stage)):
                module.weight.data = change(module.weight.data.float(), i).to(rig.dtype).contiguous()
        fault("weights", "p_" + name + "_" + stage, stage, stage + ": " + key, plant, at)

    def element(row, column, value):
        def change(w, i):
            w[row, column] = value
            return w
        return change

    def halves(first, second):
        return lambda w, i: torch.cat([w.chunk(2)[first], w.chunk(2)[second]])

    def part_of_k(shards, lost):
        def change(w, i):
            size = w.shape[1] // shards
            w[:, lost * size:(lost + 1) * size] = 0
            return w
        return change

    def grid(group, levels):
        """Each group to the nearest level times its largest magnitude."""
        levels = torch.tensor(levels)

        def change(w, i):
            parts = w.unflatten(1, (-1, group))
            scale = parts.abs().amax(-1, keepdim=True) / levels.max()
            return (levels[((parts / scale)[..., None] - levels).abs().argmin(-1)] * scale).flatten(1)
        return change

    def int4_zero(w, i):
        parts = w.unflatten(1, (-1, 64))
        low, high = parts.amin(-1, keepdim=True), parts.amax(-1, keepdim=True)
        scale = (high - low) / 15
        zero = (low / scale).round()
        return ((((parts / scale).round() - zero).clamp(0, 15) + zero) * scale).flatten(1)

    def fp8_blocks(w, i):
        out = torch.empty_like(w)
        for r in range(0, len(w), 128):
            for c in range(0, w.shape[1], 128):
                block = w[r:r + 128, c:c + 128]
                scale = block.abs().max() / 448
                out[r:r + 128, c:c + 128] = (block / scale).to(torch.float8_e4m3fn).float() * scale
        return out

    def fp8_rows(w, i):
        scale = w.abs().amax(1, keepdim=True) / 448
        return (w / scale).to(torch.float8_e4m3fn).float() * scale

    def sparse(w, i):
        parts = w.unflatten(1, (-1, 4))
        kept = parts.abs().argsort(-1).argsort(-1) >= 2
        return (parts * kept).flatten(1)

    def delta(rank, size):
        return lambda w, i: w + size * noise((w.shape[0], rank), i) @ noise((rank, w.shape[1]), i + 9)

    def mxfp4(w, i):
        parts = w.unflatten(1, (-1, 32))
        scale = 2 ** (parts.abs().amax(-1, keepdim=True).log2().floor() - 2)
        x = parts.abs() / scale
        step = torch.where(x < 2, 0.5, torch.where(x < 4, 1.0, 2.0))
        return ((x / step).round() * step).clamp(max=6).mul(scale).copysign(parts).flatten(1)

    nf4 = [-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
           -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
           0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
           0.7229568362236023, 1]
    add("element", "one element 3", "q_proj", element(9, 70, 3.0), "1")
    add("element", "one element -2", "mlp_down", element(200, 33, -2.0), "f16 2")
    add("element", "one element 4", "k_proj", element(130, 250, 4.0), "f32")
    add("rows_late", "every row one late", "q_proj", lambda w, i: w.roll(1, 0), "1")
    add("rows_late", "every row one late", "up_proj", lambda w, i: w.roll(1, 0), "f16 2")
    add("columns_late", "every column one late", "mlp_down", lambda w, i: w.roll(1, 1), "1")
    add("columns_late", "every column one late", "k_proj", lambda w, i: w.roll(1, 1), "2")
    add("shard_twice", "the first half twice", "gate_proj", halves(0, 0), "1")
    add("shards_swapped", "halves exchanged", "up_proj", halves(1, 0), "1")
    add("shard_lost", "half of K left out", "o_proj", part_of_k(2, 1), "1")
    add("shard_lost", "a quarter of K left out", "mlp_down", part_of_k(4, 1), "f16 2")
    add("lora", "a delta of rank 16", "mlp_down", delta(16, 0.004), "1")
    add("lora", "a delta of rank 1", "o_proj", delta(1, 0.02), "f32 2")
    add("int8_tensor", "int8 by one step", "q_proj", lambda w, i: (w / w.abs().max() * 127).round()
        * w.abs().max() / 127, "1")
    add("int4_zero", "int4 in groups of 64 with a zero point", "gate_proj",
        int4_zero, "1")
    add("int4_64", "int4 in groups of 64", "o_proj", grid(64, [float(n) for n in range(-7, 8)]), "f16 2")
    add("mxfp4", "float4 in groups of 32", "up_proj", mxfp4, "1")
    add("nf4", "normal float4 in groups of 64", "v_proj", grid(64, nf4), "1")
    add("fp8_rows", "float8 e4m3, a scale by row", "mlp_down", fp8_rows, "1")
    add("fp8_blocks", "float8 e4m3, a scale by block of 128", "gate_proj", fp8_blocks, "f16 2")
    add("no_scale", "float8 without its scale", "o_proj", lambda w, i: w * 448 / w.abs().max(), "1")
    add("sparse", "2 of 4 elements kept", "up_proj", sparse, "2")
    add("late", "every element one late", "q_norm", lambda w, i: w.roll(1), "1")
    add("halves", "halves exchanged", "input_ln", halves(1, 0), "2")
    add("reversed", "elements in reverse order", "k_norm", lambda w, i: w.flip(0), "f16 2")
    add("ones_but", "one element 0", "post_attn_ln", lambda w, i: w * (torch.arange(len(w)) != 7), "f16 1")

    def fused(name, key, first, second, change, at):
        """Both weights from a matrix that holds both, taken apart otherwise."""
        def plant(rig):
            for a, b in zip(rig.each(first), rig.each(second)):
                a.weight.data, b.weight.data = (t.contiguous() for t in change(a.weight.data, b.weight.data))
        fault("weights", "p_fused_" + name, first, key, plant, at)

    fused("gate_up", "gate and up taken apart by every other row", "gate_proj", "up_proj",
          lambda a, b: (torch.cat((a, b))[0::2], torch.cat((a, b))[1::2]), "1")
    fused("dealt", "gate and up, rows in turn, taken apart in the middle", "gate_proj", "up_proj",
          lambda a, b: torch.stack((a, b), 1).flatten(0, 1).chunk(2), "f16 2")
    fused("kv", "k and v taken apart by heads", "k_proj", "v_proj",
          lambda a, b: (torch.cat((a[:128], b[:128])), torch.cat((a[128:], b[128:]))), "1")
