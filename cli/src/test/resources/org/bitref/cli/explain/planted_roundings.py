"""The right function, with its roundings in other places or its sums in another order."""
import copy
import random

import torch
import torch.nn.functional as F
import transformers.models.qwen3_vl.modeling_qwen3_vl as qwen
from planted_rig import LINEARS, NORMS, ROTATE


def roundings():
    """Kinds of choices that all are the right function: kind -> {what: change(rig)}."""
    def sums(parts):
        """Products that are added up in float32 by parts(K) columns at a time."""
        def change(rig):
            for m in [*rig.each(*LINEARS), rig.head]:
                m.forward = lambda x, w=m.weight: sum(
                    a @ b.T for a, b in zip(x.float().split(parts(x.shape[-1]), -1),
                                            w.float().split(parts(x.shape[-1]), -1))).to(rig.dtype)
        return change

    def attend(function):
        """function(scores' factors q, k in the stored type, v, mask, scale) in place of the attention."""
        def change(rig):
            def whole(inner, q, k, v, mask, scale):
                k, v = (qwen.repeat_kv(t, q.shape[1] // t.shape[1]) for t in (k, v))
                mask = torch.full((q.shape[2],) * 2, torch.finfo(q.dtype).min, dtype=q.dtype).triu(1)
                return function(q, k, v, mask, scale).to(rig.dtype).transpose(1, 2)
            rig.attend = dict.fromkeys(rig.layers, whole)
        return change

    def stored(q, k, v, mask, scale):
        s = q @ k.mT * scale + mask
        e = (s - s.amax(-1, keepdim=True)).exp()
        return (e / e.sum(-1, keepdim=True)) @ v

    def flash(q, k, v, mask, scale):
        s = q.float() @ k.float().mT * scale + mask.float()
        e = (s - s.amax(-1, keepdim=True)).exp()
        return e.to(q.dtype).float() @ v.float() / e.sum(-1, keepdim=True)

    def wide(q, k, v, mask, scale):
        return F.softmax((q @ k.mT * scale + mask).float(), -1) @ v.float()

    def exact_scores(q, k, v, mask, scale):
        return F.softmax(q.float() @ k.float().mT * scale + mask.float(), -1).to(q.dtype) @ v

    def normed(function, names=(*NORMS, "final"), dtype=None):
        """function(x, w, eps, stored type); takes an unrounded x too."""
        def change(rig):
            final = [rig.text.norm] if "final" in names else []
            for m in rig.each(*(n for n in names if n != "final")) + final:
                m.forward = lambda x, m=m: function(
                    x, m.weight, m.variance_epsilon, rig.dtype).to(dtype or rig.dtype)
        return change

    def inverse(x, eps):
        return torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + eps)

    def plain(x, w, eps, t):
        return w * (x.float() * inverse(x, eps)).to(t)

    def in_storage(x, w, eps, t):
        x = x.to(t)
        return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + eps) * w

    def silu(function):
        return lambda rig: [setattr(m, "forward", function) for m in rig.each("mlp_act")]

    def fused(rig):
        for layer in rig.blocks:
            m = layer.mlp
            m.forward = lambda x, m=m: m.down_proj(
                (F.silu(m.gate_proj(x).float()) * m.up_proj(x).float()).to(rig.dtype))

    def rotary(exact_tables, chain=False):
        def change(rig):
            rotary = copy.deepcopy(rig.text.rotary_emb)

            def turn(q, k, cos, sin):
                if exact_tables:
                    cos, sin = rotary(q.float(), rig.positions)
                out = ROTATE(*(t.float() for t in (q, k, cos, sin)))
                return tuple(t.to(rig.dtype) for t in out)
            rig.rotate = dict.fromkeys(rig.layers, turn)
            if chain:
                normed(lambda x, w, e, t: x.float() * inverse(x, e) * w.float(),
                       ("q_norm", "k_norm"), torch.float32)(rig)
        return change

    def residual(rig):
        if "forward" not in rig.text.norm.__dict__:
            normed(plain, ("input_ln", "post_attn_ln", "final"))(rig)
        for layer in rig.blocks:
            def forward(x, layer=layer, **kwargs):
                h = x.float() + layer.self_attn(hidden_states=layer.input_layernorm(x), **kwargs)[0].float()
                return h + layer.mlp(layer.post_attention_layernorm(h)).float()
            layer.forward = forward

    def batch(row):
        """Two prompts, ours the first or the second."""
        def change(rig):
            def both(mine, other, dim):
                return torch.cat((mine, other) if row == 0 else (other, mine), dim)
            rig.ids = both(rig.ids, rig.ids.flip(1), 0)
            rig.positions, rig.mask = (torch.cat((t, t), t.dim() - 2) for t in (rig.positions, rig.mask))
            rig.visual = both(rig.visual, rig.visual.flip(0), 0)
            rig.features = [both(f, f.flip(0), 0) for f in rig.features]
            rig.row = row
        return change

    return {
        "products": {**{"products in chunks of %d" % n: sums(lambda k, n=n: n) for n in (32, 64, 128)},
                     **{"K split in %d" % n: sums(lambda k, n=n: k // n) for n in (2, 4)}},
        "attention": {"softmax in the stored type": attend(stored), "scores in float32": attend(exact_scores),
                      "probabilities in float32": attend(wide), "flash attention": attend(flash)},
        "norms": {"norms in the stored type": normed(in_storage),
                  "x (rsqrt w) in float32": normed(
                      lambda x, w, e, t: x.float() * (inverse(x, e) * w.float())),
                  "norms rounded once": normed(lambda x, w, e, t: x.float() * inverse(x, e) * w.float())},
        "mlp": {"sigmoid rounded": silu(lambda x: x * torch.sigmoid(x)), "SwiGLU fused": fused,
                "x / (1 + exp(-x)) rounded": silu(lambda x: x / (1 + torch.exp(-x)))},
        "rotary": {"rotary in float32": rotary(True), "rotary rounded once": rotary(False),
                   "float32 from norm to rotary": rotary(True, True)},
        "residual": {"residual in float32": residual},
        "machine": {"one thread": lambda rig: setattr(rig, "threads", 1),
                    "no oneDNN": lambda rig: setattr(rig, "onednn", False),
                    "first of two prompts": batch(0), "second of two prompts": batch(1)}}


def variants(count):
    """(dtype, attn, changes by name): by turns one change alone and several together."""
    kinds, draw = roundings(), random.Random(20)
    single = [[(what, change)] for kind in kinds.values() for what, change in kind.items()]
    draw.shuffle(single)
    for i in range(count):
        some = draw.sample(sorted(kinds), draw.randint(2, 5))
        # In the order of kinds: norms come before the residual, which relies on theirs.
        together = [draw.choice(list(kinds[k].items())) for k in kinds if k in some]
        alone = i % 2 == 0 and i // 2 < len(single)
        dtype = "f32" if i % 8 == 7 else ("bf16", "bf16", "f16")[i % 3]
        yield dtype, "sdpa" if i % 5 == 4 else "eager", single[i // 2] if alone else together
