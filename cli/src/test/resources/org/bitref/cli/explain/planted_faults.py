"""The list of faults, and those in inputs, deepstack features and casts."""
import types

import torch
import torch.nn.functional as F
from planted_rig import DTYPES, LINEARS

FAULTS = []



def fault(category, name, stage, key, plant, at=""):
    """plant(rig) changes a Rig; `stage` is the first that it acts on; `key` says what is computed instead.
    `at` lists where to plant it, by commas: a type, a kind of attention and a layer, each if not bf16, eager
    and all."""
    for place in at.split(","):
        words = place.split()
        layers = [int(w) for w in words if w.isdigit()]
        dtype = next((w for w in words if w in DTYPES), "bf16")
        attn = "sdpa" if "sdpa" in words else "eager"
        full = name + "".join("_l%d" % i for i in layers)
        if any(f.name == full for f in FAULTS):
            full += "_" + dtype + "_" + attn
        FAULTS.append(types.SimpleNamespace(category=category, name=full, stage=stage, key=key, plant=plant,
                                            layers=layers, dtype=dtype, attn=attn))


def noise(shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def fp8(x, scaled=False):
    scale = x.float().abs().max() / 448 if scaled else torch.ones(())
    return ((x.float() / scale).to(torch.float8_e4m3fn).float() * scale).to(x.dtype)


def input_faults():
    def stack(name, key, change, layers=(), at=""):
        fault("deepstack", "deepstack_" + name, "input_hidden", key, change, at)
        FAULTS[-1].layers = list(layers)  # behind which another feature is added

    def rows(change):
        return lambda rig: setattr(rig, "features", [change(f) for f in rig.features])

    def to(**layers):
        return lambda rig: setattr(rig, "stack", {int(n[1:]): f for n, f in layers.items()})

    stack("missing", "no deepstack features", to())
    stack("missing", "no deepstack features", to(), at="f16")
    stack("missing_1", "deepstack features of layer 1 missing", to(l0=[0], l2=[2]), [1])
    stack("missing_0", "deepstack features of layer 0 missing", to(l1=[1], l2=[2]), [0], "f16")
    stack("twice", "deepstack features added twice", to(l0=[0, 0], l1=[1, 1], l2=[2, 2]))
    stack("twice_2", "deepstack features of layer 2 added twice", to(l0=[0], l1=[1], l2=[2, 2]), [2])
    stack("layer_late", "deepstack features one layer late", to(l1=[0], l2=[1], l3=[2]))
    stack("swapped", "deepstack features of layers 1 and 2 swapped", to(l0=[0], l1=[2], l2=[1]), [1, 2])
    stack("rows", "deepstack features one row late", rows(lambda f: f.roll(1, 0)))
    stack("rows_reversed", "deepstack rows reversed", rows(lambda f: f.flip(0)), at="sdpa")
    stack("halved", "deepstack features halved", rows(lambda f: f / 2))

    def embed(name, key, plant, at=""):
        fault("embeddings", "embed_" + name, "inputs_embeds", key, plant, at)

    def scaled(rig):
        rig.embed = lambda e: e * torch.tensor(e.shape[-1] ** 0.5, dtype=e.dtype)

    embed("scaled", "embeddings times sqrt(hidden size)", scaled)
    embed("no_visual", "visual embeddings not put in",
          lambda rig: setattr(rig, "visual", rig.text.embed_tokens(rig.ids)[rig.mask]))
    embed("visual_rows", "visual embeddings one row late",
          lambda rig: setattr(rig, "visual", rig.visual.roll(1, 0)), "f16")
    embed("next_token", "token ids one more", lambda rig: setattr(rig, "ids", (rig.ids + 1) % 600))


def cast_faults():
    def cast(name, key, stage, plant, at=""):
        fault("casts", "cast_" + name, stage, key, plant, at)

    def hooked(name, key, stage, change, at=""):
        """Of what the stage's module returns, before it is dumped."""
        cast(name, key, stage, lambda rig: [
            m.register_forward_hook(lambda m, args, out: change(out)) for m in rig.each(stage)], at)

    def narrow(x):
        return x.bfloat16().to(x.dtype)

    def narrow_inputs(*names):
        def plant(rig):
            for m in rig.each(*names):
                m.forward = lambda x, m=m: F.linear(fp8(x), m.weight)
        return plant

    def tied(rig):
        rig.head.weight.data = rig.text.embed_tokens.weight.data.clone()

    def capped(rig):
        rig.head.register_forward_hook(lambda m, args, out: 3 * torch.tanh(out / 3))

    cast("tied_logits", "logits by the embedding instead of lm_head", "logits", tied)
    cast("logits_capped", "logits capped at 3", "logits", capped, "f16")
    hooked("hidden_clamped", "hidden state clamped at 2.5", "hidden", lambda x: x.clamp(-2.5, 2.5), ",1")
    hooked("down_clamped", "mlp_down clamped at 1", "mlp_down", lambda x: x.clamp(-1, 1), "2")
    cast("fp8_activations", "inputs of all products in float8 e4m3", "q_proj", narrow_inputs(*LINEARS))
    cast("fp8_down", "input of mlp_down in float8 e4m3", "mlp_down", narrow_inputs("mlp_down"), "f16 1")
    hooked("hidden_bf16", "hidden state through bfloat16", "hidden", narrow, "f32")
    hooked("q_bf16", "q_proj through bfloat16", "q_proj", narrow, "f16,f32 2")
