"""Faults of attention that are reported of ports: of masks, heads, paged caches, rotations."""
import copy

import torch
import torch.nn.functional as F
from planted_faults import fault
from planted_rig import ROTATE


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
            mask = torch.zeros(hidden.shape, dtype=q.dtype).masked_fill(hidden, least)
            return inner(q, k, v, mask[None, None], scale)
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
    seen("mask_10", "later keys at -10 in place of minus infinity", lambda i, j: j <= i, "f16 2", -10.0)
    seen("sees_2", "each token sees the next two", lambda i, j: j <= i + 2, "sdpa 2")
    seen("not_first_4", "the first 4 tokens are masked", lambda i, j: (j <= i) & ((j > 3) | (i < 4)), "1")
    add("alibi", "ALiBi beside the rotation", scores(lambda s, i, j: s - (i - j).abs() / 16), "1")
    add("alibi_heads", "ALiBi's slope of each head beside the rotation", scores(
        lambda s, i, j: s - (i - j).abs() * 2.0 ** (-2 - 2 * torch.arange(4)[:, None, None])), "f16 2")
    add("dropout", "dropout of 0.1 on the probabilities", scores(lambda s, i, j: s, dropped), "1")
    add("clamped", "scores cut off at 5", scores(lambda s, i, j: s.clamp(-5, 5)), "1")
    add("sink_2", "a sink of logit 2", sink, "1")
    add("k_heads", "key heads exchanged, values not", with_heads([1, 0], [0, 1]), "1")
    add("v_heads", "value heads exchanged, keys not", with_heads([0, 1], [1, 0]), "f16 2")
    add("one_v_head", "all heads use the first value head", with_heads([0, 1], [0, 0]), "1")
    add("scale_hidden", "scale of the hidden size",
        lambda inner, q, k, v, mask, s: inner(q, k, v, mask, 1 / 16), "1")
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
    def int8(t):
        most = t.abs().amax(-1, keepdim=True)
        return (t / most * 127).round() * most / 127
    cache("int8", "cache in int8 by vector", "kv.k", lambda k, v: (int8(k), int8(v)), "1")


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

    def early(t):
        return torch.cat((t[:, 1:], t[:, -1:]), 1)

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
    table("sections_24_24_16", "sections 24, 24, 16",
          lambda r: setattr(r, "mrope_section", [24, 24, 16]), "f16")
    turn("k_late", "k by the positions of the token before",
         lambda q, k, c, s: (ROTATE(q, k, c, s)[0], ROTATE(q, k, late(c), late(s))[1]), "1", "k_rope")
    turn("q_early", "q by the positions of the token behind",
         lambda q, k, c, s: (ROTATE(q, k, early(c), early(s))[0], ROTATE(q, k, c, s)[1]), "f16 2")
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
