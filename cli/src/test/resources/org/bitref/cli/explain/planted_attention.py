"""Faults in positions, rotary tables, attention and the cache."""
import copy

import torch
import torch.nn.functional as F
import transformers.models.qwen3_vl.modeling_qwen3_vl as qwen
from planted_faults import fault, fp8
from planted_rig import ROTATE


def position_faults(text):
    """`text` is the first token behind the image."""
    def add(name, key, change, at=""):
        def plant(rig):
            rig.positions = change(rig.positions.clone())
        fault("positions", "pos_" + name, "rope.cos", key, plant, at)

    def behind(change):
        return lambda p: torch.cat((p[..., :text], change(p[..., text:])), -1)

    add("late", "positions one late", lambda p: p + 1, ",f32")
    add("early", "positions one early", lambda p: p - 1, "f16")
    add("temporal", "all axes are the temporal one", lambda p: p[:1].expand(3, -1, -1))
    add("hw_swapped", "height and width swapped", lambda p: p[[0, 2, 1]])
    add("zero", "all positions zero", lambda p: p * 0)
    add("counted", "every axis counts tokens", lambda p: torch.arange(p.shape[-1]).expand_as(p), "sdpa")
    add("text_restarts", "text behind the image starts at 0 again", behind(lambda p: p - p.min()))
    add("text_late", "text behind the image one late", behind(lambda p: p + 1), "f16")
    add("text_counts_image", "text behind the image counts its tokens", behind(lambda p: p - p.min() + text))
    add("reversed", "positions reversed", lambda p: p.max() - p)
    add("doubled", "positions doubled", lambda p: p * 2)


def rotary_faults():
    def table(name, key, change, at="", stage="rope.cos"):
        """Other tables: for all layers what rotary_emb returns, for one layer only inside it."""
        def plant(rig):
            other = copy.deepcopy(rig.text.rotary_emb)
            change(other)
            if rig.whole:
                rig.text.rotary_emb = other
            rig.rotate = {} if rig.whole else dict.fromkeys(
                rig.layers, lambda q, k, cos, sin: ROTATE(q, k, *other(q, rig.positions)))
        fault("rotary", "rope_" + name, stage, key, plant, at)

    def turn(name, key, change, at="", stage="q_rope"):
        fault("rotary", "rope_" + name, stage, key,
              lambda rig: rig.rotate.update(dict.fromkeys(rig.layers, change)), at)

    def frequency(change):
        return lambda rotary: setattr(rotary, "inv_freq", change(rotary.inv_freq))

    def base(value):
        return frequency(lambda f: value ** -(torch.arange(f.numel()) / f.numel()))

    def sections(*sizes):
        return lambda rotary: setattr(rotary, "mrope_section", sizes)

    def blocks(rotary):
        axis = torch.arange(3).repeat_interleave(torch.tensor(rotary.mrope_section))
        rotary.recomposition_frequencies = lambda freq: freq.gather(
            0, axis.expand(1, *freq.shape[1:3], -1))[0].repeat(1, 1, 2)

    def negated(rotary):
        forward = rotary.forward
        rotary.forward = lambda *args: [t * s for t, s in zip(forward(*args), (1, -1))]

    def pairs(q, k, cos, sin):
        def turned(x):
            even, odd = x[..., 0::2], x[..., 1::2]
            c, s = (t[:, None, :, :even.shape[-1]] for t in (cos, sin))
            return torch.stack((even * c - odd * s, odd * c + even * s), -1).flatten(-2)
        return turned(q), turned(k)

    def half(q, k, cos, sin):
        size = q.shape[-1] // 2
        turned = ROTATE(q[..., :size], k[..., :size], *(t[..., :size:2].repeat(1, 1, 2) for t in (cos, sin)))
        return tuple(torch.cat((t, x[..., size:]), -1) for t, x in zip(turned, (q, k)))

    table("base_1e6", "base 1e6 instead of 5e6", base(1e6))
    table("base_1e4", "base 1e4 instead of 5e6", base(1e4), "f16")
    table("base_5e5", "base 5e5 instead of 5e6", base(5e5), "sdpa")
    table("layer_base_1e6", "base 1e6 instead of 5e6", base(1e6), "2", "q_rope")
    table("blocks", "axes in blocks instead of interleaved", blocks)
    table("layer_blocks", "axes in blocks instead of interleaved", blocks, "1", "q_rope")
    # Only of slow pairs, so that the hidden state is the same in every bit.
    table("sections_16_24_24", "sections 16, 24, 24", sections(16, 24, 24), "", "rope.sin")
    table("sections_60_2_2", "sections 60, 2, 2", sections(60, 2, 2), "f16")
    table("sine_negated", "sine negated", negated, "", "rope.sin")
    table("linear_2", "linear position scaling by 2", frequency(lambda f: f / 2))
    table("attention_factor", "tables times 1.1", lambda rotary: setattr(rotary, "attention_scaling", 1.1))
    table("frequencies_bf16", "frequencies in bfloat16", frequency(lambda f: f.bfloat16().float()), ",f32")
    turn("pairs", "neighbours as pairs instead of halves", pairs, ",1")
    turn("not_k", "k not rotated", lambda q, k, c, s: (ROTATE(q, k, c, s)[0], k), "", "k_rope")
    turn("not_q", "q not rotated", lambda q, k, c, s: (q, ROTATE(q, k, c, s)[1]))
    turn("none", "neither q nor k rotated", lambda q, k, c, s: (q, k), ",f16 2")
    turn("twice", "rotated twice", lambda q, k, c, s: ROTATE(*ROTATE(q, k, c, s), c, s))
    turn("half", "only the first half of the dims rotated", half)
    turn("layer_sine_negated", "sine negated", lambda q, k, c, s: ROTATE(q, k, c, -s), "2")


def attention_faults(image, text):
    """The image is at the tokens from `image` to before `text`."""
    def add(name, key, change, at=""):
        fault("attention", "attn_" + name, "attn_out", key,
              lambda rig: rig.attend.update(dict.fromkeys(rig.layers, change)), at)

    def seen(name, key, allowed, at=""):
        """Query i sees key j as allowed(i, j) says."""
        def change(inner, q, k, v, mask, scale):
            n = torch.arange(q.shape[2])
            dark = ~torch.broadcast_to(allowed(n[:, None], n), (len(n), len(n)))
            mask = torch.zeros(dark.shape, dtype=q.dtype).masked_fill(dark, torch.finfo(q.dtype).min)
            return inner(q, k, v, mask[None, None], scale)
        add(name, key, change, at)

    def scaled(name, key, change, at=""):
        add("scale_" + name, key,
            lambda inner, q, k, v, mask, scale: inner(q, k, v, mask, change(scale, q)), at)

    def scores(cap=None, sink=False):
        """As transformers' eager attention, with a step more."""
        def change(inner, q, k, v, mask, scale):
            k, v = (qwen.repeat_kv(t, q.shape[1] // t.shape[1]) for t in (k, v))
            s = q @ k.mT * scale
            s = (cap * torch.tanh(s / cap) if cap else s) + mask
            s = torch.cat((s, 0 * s[..., :1]), -1) if sink else s
            p = F.softmax(s, -1, dtype=torch.float32).to(q.dtype)[..., :k.shape[2]]
            return (p @ v).transpose(1, 2)
        return change

    def heads(order, q_too, out_too):
        def change(inner, q, k, v, mask, scale):
            out = inner(q[:, order] if q_too else q, k, v, mask, scale)
            return out[:, :, order] if out_too else out
        return change

    for n, at in ((8, ""), (32, ",1"), (64, "f16,sdpa 2")):
        seen("window_%d" % n, "sliding window of %d" % n, lambda i, j, n=n: (j <= i) & (j > i - n), at)
    seen("chunks_32", "attention only inside chunks of 32", lambda i, j: (j <= i) & (i // 32 == j // 32))
    seen("not_causal", "no causal mask", lambda i, j: j >= 0, ",sdpa 2")
    seen("image_both_ways", "image tokens see each other both ways",
         lambda i, j: (j <= i) | (j >= image) & (j < text) & (i >= image) & (i < text))
    seen("sees_next", "mask one late: each token sees the next", lambda i, j: j <= i + 1)
    seen("not_itself", "mask one early: none but the first sees itself",
         lambda i, j: (j < i) | (i + j == 0), "sdpa")
    seen("not_first", "the first token is masked", lambda i, j: (j <= i) & ((j > 0) | (i == 0)))
    scaled("none", "no scale", lambda s, q: 1.0)
    scaled("twice", "scale twice", lambda s, q: s * s, "sdpa")
    scaled("1_D", "scale 1/D", lambda s, q: 1 / q.shape[-1], "1")
    scaled("half", "scale of half the head size", lambda s, q: (q.shape[-1] // 2) ** -0.5, "f16")
    add("softcap_50", "scores capped at 50", scores(cap=50.0), ",f16 2")
    add("sink_0", "a sink of logit 0", scores(sink=True), ",1")
    add("kv_tiled", "key heads tiled instead of repeated", heads([0, 2, 1, 3], True, True), ",sdpa 2")
    add("q_heads", "query heads permuted", heads([1, 2, 3, 0], True, False))
    add("out_heads", "output heads permuted", heads([1, 0, 3, 2], False, True), ",f16 1")
    add("k_v_swapped", "k and v swapped", lambda inner, q, k, v, mask, scale: inner(q, v, k, mask, scale))
    add("one_kv_head", "all heads use the first key head",
        lambda inner, q, k, v, mask, s: inner(q, *(t[:, :1].expand_as(t) for t in (k, v)), mask, s))


def cache_faults():
    def cache(name, key, change, stage="kv.k", at=""):
        fault("caches", "cache_" + name, stage, key,
              lambda rig: rig.cache.update(dict.fromkeys(rig.layers, change)), at)

    def late(t):
        return torch.cat((t[:, :, :1], t[:, :, :-1]), 2)

    cache("k_stale", "k of the token before", lambda k, v: (late(k), v), at=",1")
    cache("v_late", "v one token late", lambda k, v: (k, late(v)), "kv.v", ",f16 2")
    cache("heads_swapped", "key and value heads swapped", lambda k, v: (k.flip(1), v.flip(1)), at="sdpa 1")
    cache("fp8", "cache in float8 e4m3", lambda k, v: (fp8(k), fp8(v)))
    cache("page_lost", "tokens 32 to 47 of k and v zero",
          lambda k, v: tuple(t.index_fill(2, torch.arange(32, 48), 0) for t in (k, v)), at="2")
