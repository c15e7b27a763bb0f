"""Faults that are reported of ports: of shards, quantised formats, paged caches, other models' code."""
import copy

import torch
import torch.nn.functional as F
from planted_faults import FAULTS, fault, noise
from planted_rig import NORMS, ROTATE


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

    def grid(group, levels, middle=False):
        """Each group to the nearest level times its largest magnitude; or between least and most."""
        levels = torch.tensor(levels)

        def change(w, i):
            parts = w.unflatten(1, (-1, group or w.shape[1]))
            low, high = parts.amin(-1, keepdim=True), parts.amax(-1, keepdim=True)
            scale = (high - low) / levels.max() if middle else parts.abs().amax(-1, keepdim=True) / levels.max()
            zero = (low / scale).round() if middle else torch.zeros(())
            near = ((parts / scale - zero)[..., None] - levels).abs().argmin(-1)
            return ((levels[near] + zero) * scale).flatten(1)
        return change

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

    fp4 = [-6.0, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6]
    nf4 = [-1.0, -0.6962, -0.5251, -0.3949, -0.2844, -0.1848, -0.0911, 0, 0.0796, 0.1609, 0.2461, 0.3379,
           0.4407, 0.5626, 0.7230, 1]
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
        grid(64, [float(n) for n in range(16)], True), "1")
    add("int4_64", "int4 in groups of 64", "o_proj", grid(64, [float(n) for n in range(-7, 8)]), "f16 2")
    add("mxfp4", "float4 in groups of 32", "up_proj", grid(32, fp4), "1")
    add("nf4", "normal float4 in groups of 64", "v_proj", grid(64, nf4), "1")
    add("fp8_rows", "float8 e4m3, a scale by row", "mlp_down", fp8_rows, "1")
    add("fp8_blocks", "float8 e4m3, a scale by block of 128", "gate_proj", fp8_blocks, "f16 2")
    add("no_scale", "float8 without its scale", "o_proj", lambda w, i: w * 448 / w.abs().max(), "1")
    add("sparse", "2 of 4 elements kept", "up_proj", sparse, "2")
    add("late", "every element one late", "q_norm", lambda w, i: w.roll(1), "1")
    add("halves", "halves exchanged", "input_ln", halves(1, 0), "2")
    add("ones_but", "one element 0", "post_attn_ln", lambda w, i: w * (torch.arange(len(w)) != 7), "f16 1")

    def fused(name, key, first, second, change, at):
        """Both weights from a matrix that holds both, taken apart otherwise."""
        def plant(rig):
            for a, b in zip(rig.each(first), rig.each(second)):
                a.weight.data, b.weight.data = (t.contiguous() for t in change(a.weight.data, b.weight.data))
        fault("weights", "p_fused_" + name, first, key, plant, at)

    fused("gate_up", "gate and up taken apart by every other row", "gate_proj", "up_proj",
          lambda a, b: (torch.cat((a, b))[0::2], torch.cat((a, b))[1::2]), "1")
    fused("kv", "k and v taken apart by heads", "k_proj", "v_proj",
          lambda a, b: (torch.cat((a[:128], b[:128])), torch.cat((a[128:], b[128:]))), "1")


def port_attention_faults(image, text):
    """The image is at the tokens from `image` to before `text`."""
    def add(name, key, change, at=""):
        fault("attention", "p_attn_" + name, "attn_out", key,
              lambda rig: rig.attend.update(dict.fromkeys(rig.layers, change)), at)

    def seen(name, key, allowed, at="", dark=None):
        def change(inner, q, k, v, mask, scale):
            n = torch.arange(q.shape[2])
            hidden = ~torch.broadcast_to(allowed(n[:, None], n), (len(n), len(n)))
            least = torch.finfo(q.dtype).min if dark is None else dark
            return inner(q, k, v, torch.zeros(hidden.shape, dtype=q.dtype).masked_fill(hidden, least)[None, None],
                         scale)
        add(name, key, change, at)

    def scores(change, after=lambda p: p):
        def attend(inner, q, k, v, mask, scale):
            k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], 1) for t in (k, v))
            n = torch.arange(q.shape[2])
            s = change(q @ k.mT * scale, n[:, None], n) + mask
            return (after(F.softmax(s, -1, dtype=torch.float32)).to(q.dtype) @ v).transpose(1, 2)
        return attend

    def dropped(p):
        return p * (torch.rand(p.shape, generator=torch.Generator().manual_seed(1)) > 0.1) / 0.9

    def with_heads(k_order, v_order):
        return lambda inner, q, k, v, mask, scale: inner(q, k[:, k_order], v[:, v_order], mask, scale)

    def sink(inner, q, k, v, mask, scale):
        k, v = (t.repeat_interleave(q.shape[1] // t.shape[1], 1) for t in (k, v))
        s = q @ k.mT * scale + mask
        s = torch.cat((s, 0 * s[..., :1] + 2), -1)
        return (F.softmax(s.float(), -1)[..., :-1].to(q.dtype) @ v).transpose(1, 2)

    seen("prefix", "the prompt up to the image sees all of itself",
         lambda i, j: (j <= i) | (j < text) & (i < text), "1")
    seen("stream", "a window of 32 and the first 4", lambda i, j: (j <= i) & ((j > i - 32) | (j < 4)), "1")
    seen("image_unseen", "text does not see the image",
         lambda i, j: (j <= i) & ((i < text) | (j < image) | (j >= text)), "1")
    seen("weak_mask", "later keys at -1 in place of minus infinity", lambda i, j: j <= i, "1", -1.0)
    seen("sees_2", "each token sees the next two", lambda i, j: j <= i + 2, "sdpa 2")
    seen("not_first_4", "the first 4 tokens are masked", lambda i, j: (j <= i) & ((j > 3) | (i < 4)), "1")
    add("alibi", "ALiBi beside the rotation", scores(lambda s, i, j: s - (i - j).abs() / 16), "1")
    add("dropout", "dropout of 0.1 on the probabilities", scores(lambda s, i, j: s, dropped), "1")
    add("clamped", "scores cut off at 5", scores(lambda s, i, j: s.clamp(-5, 5)), "1")
    add("sink_2", "a sink of logit 2", sink, "1")
    add("k_heads", "key heads exchanged, values not", with_heads([1, 0], [0, 1]), "1")
    add("v_heads", "value heads exchanged, keys not", with_heads([0, 1], [1, 0]), "f16 2")
    add("one_v_head", "all heads use the first value head", with_heads([0, 1], [0, 0]), "1")
    add("scale_hidden", "scale of the hidden size", lambda inner, q, k, v, mask, s: inner(q, k, v, mask, 1 / 16), "1")
    add("probabilities_fp8", "probabilities in float8",
        scores(lambda s, i, j: s, lambda p: p.to(torch.float8_e4m3fn).float()), "1")
    add("head_lost", "the last head zero", lambda inner, q, k, v, mask, s: inner(q, k, v, mask, s)
        * (torch.arange(4) < 3)[:, None].to(q.dtype), "1")

    def cache(name, key, stage, change, at=""):
        fault("caches", "p_cache_" + name, stage, key,
              lambda rig: rig.cache.update(dict.fromkeys(rig.layers, change)), at)

    def page(t, source, heads=slice(None), begin=32):
        t = t.clone()
        t[:, heads, begin:begin + 16] = 0 if source is None else t[:, heads, source:source + 16]
        return t

    cache("page_stale", "tokens 32 to 47 hold those of 16 to 31", "kv.k",
          lambda k, v: (page(k, 16), page(v, 16)), "1")
    cache("page_stale_v", "values 32 to 47 of the last head hold those of 0 to 15", "kv.v",
          lambda k, v: (k, page(v, 0, 1)), "2")
    cache("page_zero_k", "keys 32 to 47 of the first head zero", "kv.k",
          lambda k, v: (page(k, None, 0), v), "f16 1")
    cache("token_lost", "the keys and values of token 20 zero", "kv.k",
          lambda k, v: tuple(t.index_fill(2, torch.tensor([20]), 0) for t in (k, v)), "1")
    cache("late_2", "keys two tokens late", "kv.k",
          lambda k, v: (torch.cat((k[:, :, :2], k[:, :, :-2]), 2), v), "2")
    cache("int8", "cache in int8 by vector", "kv.k", lambda k, v: tuple(
        (t / t.abs().amax(-1, keepdim=True) * 127).round() * t.abs().amax(-1, keepdim=True) / 127 for t in (k, v)), "1")


def port_rotary_faults(text):
    """`text` is the first token behind the image."""
    def table(name, key, change, at="", stage="rope.cos"):
        def plant(rig):
            other = copy.deepcopy(rig.text.rotary_emb)
            change(other)
            rig.text.rotary_emb = other
        fault("rotary", "p_rope_" + name, stage, key, plant, at)

    def turn(name, key, change, at="", stage="q_rope"):
        fault("rotary", "p_rope_" + name, stage, key,
              lambda rig: rig.rotate.update(dict.fromkeys(rig.layers, change)), at)

    def place(name, key, change, at=""):
        def plant(rig):
            rig.positions = change(rig.positions.clone())
        fault("positions", "p_pos_" + name, "rope.cos", key, plant, at)

    def frequency(change):
        return lambda rotary: setattr(rotary, "inv_freq", change(rotary.inv_freq))

    def swapped(rotary):
        forward = rotary.forward
        rotary.forward = lambda *args: forward(*args)[::-1]

    def llama3(f):
        wave = 2 * torch.pi / f
        smooth = ((64 / wave - 1) / 3).clamp(0, 1)
        return f / 8 * (1 - smooth) + f * smooth

    def yarn(rotary):
        f = rotary.inv_freq
        ramp = ((torch.arange(f.numel()) - 12) / 20).clamp(0, 1)
        rotary.inv_freq, rotary.attention_scaling = f / 4 * ramp + f * (1 - ramp), 1.1386

    def late(t):
        return torch.cat((t[:, :1], t[:, :-1]), 1)

    def axis(n, change):
        def of(p):
            p[n] = change(p[n])
            return p
        return of

    table("cos_sin_swapped", "cosine and sine exchanged", swapped)
    table("llama3", "frequencies as Llama 3 scales them", frequency(llama3))
    table("yarn", "YaRN by a factor of 4", yarn, "f16")
    table("reversed", "frequencies in reverse order", frequency(lambda f: f.flip(0)))
    table("half_exponent", "exponents i/D in place of 2i/D", frequency(lambda f: f.sqrt()))
    table("sections_24_24_16", "sections 24, 24, 16", lambda r: setattr(r, "mrope_section", [24, 24, 16]), "f16")
    turn("k_late", "k by the positions of the token before",
         lambda q, k, c, s: (ROTATE(q, k, c, s)[0], ROTATE(q, k, late(c), late(s))[1]), "1", "k_rope")
    turn("q_backwards", "q with the other sign of the sine",
         lambda q, k, c, s: (ROTATE(q, k, c, -s)[0], ROTATE(q, k, c, s)[1]), "2")
    turn("first_head", "the first head alone rotated", lambda q, k, c, s: tuple(
        torch.cat((r[:, :1], x[:, 1:]), 1) for r, x in zip(ROTATE(q, k, c, s), (q, k))), "1")
    place("height_late", "height one late", axis(1, lambda p: p + 1))
    place("no_width", "width zero", axis(2, lambda p: 0 * p), "f16")
    place("capped", "positions cut off at 20", lambda p: p.clamp(max=20))
    place("image_counted", "the image counts its tokens on every axis", lambda p: torch.cat(
        (p[..., :text].clone().copy_(torch.arange(text)), p[..., text:]), -1))

    def norm_behind(rig):
        for m in rig.each("attn"):
            norms = m.q_norm, m.k_norm
            inner = [copy.deepcopy(n) for n in norms]
            for n in norms:
                n.forward = lambda x: x
            rig.rotate[m.layer_idx] = lambda q, k, c, s, inner=inner: tuple(
                n(t) for n, t in zip(inner, ROTATE(q, k, c, s)))
    fault("norms", "p_norm_behind_rope", "q_norm", "q_norm and k_norm behind the rotation", norm_behind, "1")


def port_block_faults():
    def hooked(name, key, stage, change, at=""):
        """Of what the stage's module returns, before it is dumped."""
        fault("residual", "p_" + name, stage, key, lambda rig: [
            m.register_forward_hook(lambda m, args, out: change(out)) for m in rig.each(stage)], at)

    def act(name, key, function, at=""):
        fault("activations", "p_act_" + name, "mlp_act", key,
              lambda rig: [setattr(m, "forward", function) for m in rig.each("mlp_act")], at)

    def stack(name, key, change, layers=(), at=""):
        fault("deepstack", "p_deepstack_" + name, "input_hidden", key, change, at)
        FAULTS[-1].layers = list(layers)

    def token(to, source):
        def change(x):
            x = x.clone()
            x[:, to] = 0 if source is None else x[:, source]
            return x
        return change

    def channels(x):
        x = x.clone()
        x[..., 64:128] = 0
        return x

    def dropout(x):
        return x * (torch.rand(x.shape, generator=torch.Generator().manual_seed(1)) > 0.1) / 0.9

    hooked("branch_scaled", "attention's branch times 0.22", "o_proj", lambda x: x * 0.22, "1")
    hooked("token_stale", "token 20 holds token 19", "mlp_down", token(20, 19), "1")
    hooked("token_zero", "token 33 zero", "o_proj", token(33, None), "f16 1")
    hooked("channels_zero", "channels 64 to 127 zero", "mlp_down", channels, "1")
    hooked("dropout", "dropout of 0.1 on the MLP", "mlp_down", dropout, "2")
    hooked("all_reduce_twice", "the sum of both shards twice", "o_proj", lambda x: 2 * x, "1")
    hooked("norm_twice", "the norm's weight twice", "input_ln", lambda x: x * x.abs().amax().reciprocal(), "2")
    hooked("tokens_late", "every token one late", "v_proj", lambda x: x.roll(1, 1), "1")
    act("leaky", "a leaky ReLU", lambda x: F.leaky_relu(x, 0.01), "1")
    act("silu_capped", "SiLU of what is below 0.5", lambda x: F.silu(x.clamp(max=0.5)), "1")
    act("softsign", "softsign", F.softsign, "1")
    act("gelu_new_2", "GELU of twice the gate", lambda x: F.gelu(2 * x), "1")

    def to(**layers):
        return lambda rig: setattr(rig, "stack", {int(n[1:]): f for n, f in layers.items()})

    stack("reversed", "deepstack features in reverse order", to(l0=[2], l1=[1], l2=[0]), [0, 2])
    stack("first", "the first deepstack feature in all layers", to(l0=[0], l1=[0], l2=[0]), [1, 2])
    stack("together", "all deepstack features behind the first layer", to(l0=[0, 1, 2]))
    stack("one_row", "the first row of the features on all", lambda rig: setattr(
        rig, "features", [f[:1].expand_as(f).contiguous() for f in rig.features]))

    def mask_late(rig):
        rig.mask = rig.mask.roll(1, -1)
    fault("embeddings", "p_embed_mask_late", "inputs_embeds", "the mask of visual tokens one late", mask_late)

    def embed(name, key, plant, at=""):
        fault("embeddings", "p_embed_" + name, "inputs_embeds", key, plant, at)

    embed("visual_scaled", "visual embeddings times 0.5", lambda rig: setattr(rig, "visual", rig.visual / 2))
    embed("visual_reversed", "visual embeddings reversed", lambda rig: setattr(rig, "visual", rig.visual.flip(0)))
    embed("normed", "embeddings normed", lambda rig: setattr(
        rig, "embed", lambda e: (e.float() * torch.rsqrt(e.float().pow(2).mean(-1, keepdim=True) + 1e-6)).to(e.dtype)))
    embed("table_late", "rows of the table one late", lambda rig: rig.text.embed_tokens.weight.data.copy_(
        rig.text.embed_tokens.weight.data.roll(1, 0)), "f16")

    def head(name, key, change, at=""):
        fault("casts", "p_logits_" + name, "logits", key,
              lambda rig: rig.head.register_forward_hook(lambda m, args, out: change(out)), at)

    head("scaled", "logits times 0.0625", lambda x: x * 0.0625)
    head("late", "the vocabulary one late", lambda x: x.roll(1, -1), "f16")
    head("shards_swapped", "halves of the vocabulary exchanged", lambda x: torch.cat(x.chunk(2, -1)[::-1], -1))

    def norm_eps(rig):
        rig.text.norm.variance_epsilon = 1e-2
    fault("norms", "p_norm_eps_final", "final_norm", "epsilon 1e-2 of the final norm", norm_eps)

    def no_weight(rig):
        rig.text.norm.weight.data.fill_(1)
    fault("norms", "p_norm_unweighted_final", "final_norm", "the final norm without its weight", no_weight)

    def clamp(rig):
        for m in rig.each(*NORMS):
            m.variance_epsilon = 1e-2
    fault("norms", "p_norm_eps_1e-2", "input_ln", "epsilon 1e-2", clamp, "f16 1")
