"""Faults in norms, weights, activations, the MLP and the residual."""
import torch
import torch.nn.functional as F
from planted_faults import FAULTS, fault, fp8, noise
from planted_rig import NORMS, OUTPUTS


def norm_faults():
    def add(name, key, change, names, at=""):
        """change(module); names of NORMS, or `all` for those and, if in all layers, the final one."""
        def plant(rig):
            for module in rig.each(*(NORMS if names == "all" else names.split())):
                change(module)
            if names == "all" and rig.whole:
                change(rig.text.norm)
        fault("norms", "norm_" + name, "input_ln" if names == "all" else names.split()[0], key, plant, at)

    def eps(value):
        return lambda module: setattr(module, "variance_epsilon", value)

    def formula(function):
        """By function(x, eps) in float32, times the weight as before."""
        def change(module):
            eps = module.variance_epsilon
            module.forward = lambda x: module.weight * function(x.float(), eps).to(x.dtype)
        return change

    def weight(change):
        return lambda module: module.weight.data.copy_(change(module.weight.data))

    def identity(module):
        module.forward = lambda x: x

    def size(x, dims=-1):
        return x.pow(2).mean(dims, keepdim=True)

    def swap(rig, one, other):
        for a, b in zip(rig.each(one), rig.each(other)):
            a.weight.data, b.weight.data = b.weight.data, a.weight.data

    mean = formula(lambda x, e: F.layer_norm(x, x.shape[-1:], eps=e))
    whole = formula(lambda x, e: x * torch.rsqrt(size(x, (-2, -1)) + e))
    outside = formula(lambda x, e: x / (size(x).sqrt() + e))
    add("eps_1e-5", "epsilon 1e-5 instead of 1e-6", eps(1e-5), "all", ",f16,f32")
    add("eps_1e-3", "epsilon 1e-3 instead of 1e-6", eps(1e-3), "all", ",f16 1")
    add("eps_0", "epsilon 0 instead of 1e-6", eps(0.0), "all", "f32")
    add("eps_outside", "epsilon 1e-6 outside the root", outside, "all", "f32")
    add("eps_1e-3_outside", "epsilon 1e-3 outside the root",
        formula(lambda x, e: x / (size(x).sqrt() + 1e-3)), "all", "f16")
    add("one_more", "weight 1 + w", weight(lambda w: 1 + w), "all", ",f16 2")
    add("unweighted", "no weight", weight(torch.ones_like), "all")
    add("unweighted_q", "no weight in q_norm", weight(torch.ones_like), "q_norm", "1")
    add("mean", "the mean subtracted, as LayerNorm does", mean, "all")
    add("mean_post", "the mean subtracted, as LayerNorm does", mean, "post_attn_ln", "2")
    for name in NORMS:
        add("no_" + name, name + " skipped", identity, name, "2" if name == "k_norm" else "")
    add("whole_width", "q and k normed over all heads", whole, "q_norm k_norm")
    add("whole_width_k", "k normed over all heads", whole, "k_norm", "f16 1")
    fault("norms", "norm_no_final", "final_norm", "final norm skipped", lambda rig: identity(rig.text.norm))
    fault("norms", "norm_qk_swapped", "q_norm", "weights of q_norm and k_norm swapped",
          lambda rig: swap(rig, "q_norm", "k_norm"))
    fault("norms", "norm_lns_swapped", "input_ln", "weights of input_ln and post_attn_ln swapped",
          lambda rig: swap(rig, "input_ln", "post_attn_ln"), "1")


def weight_faults():
    def add(name, key, stage, change, at=""):
        """change(weight in float32, layer) of the linear layer or norm named like the stage."""
        def plant(rig):
            for i, module in zip(rig.layers, rig.each(stage)):
                module.weight.data = change(module.weight.data.float(), i).to(rig.dtype).contiguous()
        fault("weights", "w_" + name + "_" + stage, stage, stage + ": " + key, plant, at)

    def other(stage, at):
        def plant(rig):
            before = [layer.get_submodule(OUTPUTS[stage]).weight.data for layer in rig.blocks]
            for i, module in zip(rig.layers, rig.each(stage)):
                module.weight = torch.nn.Parameter(before[i - 1])
        fault("weights", "w_other_" + stage, stage, stage + ": weight of the layer before", plant, at)

    def bias(stage, size, at=""):
        def plant(rig):
            for i, module in zip(rig.layers, rig.each(stage)):
                module.bias = torch.nn.Parameter((size * noise(module.out_features, i)).to(rig.dtype))
        fault("weights", "w_bias_" + stage, stage, stage + ": a bias of random numbers", plant, at)

    def swap(one, other, at=""):
        def plant(rig):
            for a, b in zip(rig.each(one), rig.each(other)):
                a.weight, b.weight = b.weight, a.weight
        fault("weights", "w_swap_" + one, one, "weights of %s and %s swapped" % (one, other), plant, at)

    def whole_numbers(most, group):
        def change(w, i):
            parts = w.unflatten(1, (-1, group or w.shape[1]))
            scale = parts.abs().amax(-1, keepdim=True) / most
            return ((parts / scale).round() * scale).flatten(1)
        return change

    def low_rank(w, i):
        return w + 0.02 / 2 * noise((w.shape[0], 4), i) @ noise((4, w.shape[1]), i + 9)

    def part(rows, columns=slice(None), factor=0.0):
        def change(w, i):
            w[rows, columns] *= factor
            return w
        return change

    tile = slice(64, 128), slice(128, 192)
    other("q_proj", "2")
    other("v_proj", "")
    other("mlp_down", "1")
    other("post_attn_ln", "2")
    other("k_norm", "2")
    swap("gate_proj", "up_proj", ",2")
    swap("k_proj", "v_proj", "1")
    add("transposed", "transposed", "k_proj", lambda w, i: w.T)
    add("transposed", "transposed", "v_proj", lambda w, i: w.T, "f16 1")
    bias("q_proj", 0.1)
    bias("o_proj", 0.05, "2")
    add("int8", "int8 by row", "o_proj", whole_numbers(127, None))
    add("int8", "int8 by row", "up_proj", whole_numbers(127, None), "f16 1")
    add("int4", "int4 in groups of 32", "mlp_down", whole_numbers(7, 32))
    add("fp8", "through float8 e4m3, not scaled", "gate_proj", lambda w, i: fp8(w))
    add("fp8_scaled", "through float8 e4m3, one scale", "q_proj", lambda w, i: fp8(w, True), "1")
    add("lora", "a delta of rank 4", "v_proj", low_rank)
    add("lora", "a delta of rank 4", "q_proj", low_rank, "f16 2")
    add("row_zero", "row 17 zero", "up_proj", part(17), "1")
    add("row_zero", "row 17 zero", "k_proj", part(17), "f16")
    add("row_negated", "row 17 negated", "mlp_down", part(17, factor=-1.0), "2")
    add("row_scaled", "row 17 times 1.5", "o_proj", part(17, factor=1.5), "1")
    add("tile_zero", "a tile of 64x64 zero", "q_proj", part(*tile), "1")
    add("tile_zero", "a tile of 64x64 zero", "gate_proj", part(*tile))
    add("tile_zero", "a tile of 64x64 zero", "mlp_down", part(*tile), "f32 2")
    add("exponent_bit", "one element times 256", "o_proj", part(5, 7, 256.0), "1")
    add("rows_swapped", "rows 0 and 1 swapped", "v_proj", lambda w, i: w[[1, 0, *range(2, len(w))]], "2")


def activation_faults():
    def add(name, key, function, at=""):
        fault("activations", "act_" + name, "mlp_act", key + " instead of SiLU",
              lambda rig: [setattr(m, "forward", function) for m in rig.each("mlp_act")], at)

    add("gelu", "GELU by erf", F.gelu, ",f16 1")
    add("gelu_tanh", "GELU by tanh", lambda x: F.gelu(x, approximate="tanh"), ",sdpa 2")
    add("gelu_quick", "quick GELU", lambda x: x * torch.sigmoid(1.702 * x), ",1")
    add("relu", "ReLU", F.relu, ",2")
    add("relu_squared", "ReLU squared", lambda x: F.relu(x).square(), "f16")
    add("none", "nothing", lambda x: x, "f16")
    add("sigmoid", "the sigmoid alone", torch.sigmoid, "2")
    add("silu_twice", "SiLU twice", lambda x: F.silu(F.silu(x)))
    add("silu_2x", "x sigmoid(2x)", lambda x: x * torch.sigmoid(2 * x), ",1")
    add("hardswish", "hard swish", F.hardswish)


def block_faults():
    def add(name, key, stage, order, at=""):
        """order(x, a, m, layer) is a layer's output; a and m are attention and MLP, each with its norm."""
        def plant(rig):
            for layer in rig.each("hidden"):
                def forward(x, layer=layer, **kwargs):
                    attend = lambda n: layer.self_attn(hidden_states=n, **kwargs)[0]  # noqa: E731
                    layer.attend = attend
                    return order(x, lambda h: attend(layer.input_layernorm(h)),
                                 lambda h: layer.mlp(layer.post_attention_layernorm(h)), layer)
                layer.forward = forward
        fault("residual", "block_" + name, stage, key, plant, at)

    def normed(x, a, m, layer):
        n = layer.input_layernorm(x)
        h = n + layer.attend(n)
        return h + m(h)

    def normed_mlp(x, a, m, layer):
        h = x + a(x)
        n = layer.post_attention_layernorm(h)
        return n + layer.mlp(n)

    def post(x, a, m, layer):
        h = x + layer.input_layernorm(layer.attend(x))
        return h + layer.post_attention_layernorm(layer.mlp(h))

    def then(first, second):
        def order(x, a, m, layer):
            h = first(x, a)
            return second(h, m)
        return order

    def plus(x, f):
        return x + f(x)

    def alone(x, f):
        return f(x)

    def double(x, f):
        return 2 * x + f(x)

    def skipped(x, f):
        return x

    def lost(x, f):
        f(x)
        return x

    add("normed_residual", "residual of attention from behind the norm", "post_attn_hidden", normed, ",2")
    add("normed_residual_mlp", "residual of the MLP from behind the norm", "hidden", normed_mlp, ",f16 1")
    add("no_residual", "residual not added after attention", "post_attn_hidden", then(alone, plus), ",1")
    add("no_residual_mlp", "residual not added after the MLP", "hidden", then(plus, alone), ",2")
    add("double_residual", "residual of attention doubled", "post_attn_hidden", then(double, plus), "1")
    add("double_residual_mlp", "residual of the MLP doubled", "hidden", then(plus, double), "f16")
    add("mlp_skipped", "MLP skipped", "hidden", then(plus, skipped), ",2")
    add("mlp_lost", "MLP computed but not added", "hidden", then(plus, lost), "1")
    add("attention_skipped", "attention skipped", "post_attn_hidden", then(skipped, plus), "1")
    add("attention_lost", "attention computed but not added", "post_attn_hidden", then(lost, plus), "sdpa 2")
    add("mlp_twice", "MLP added twice", "hidden", then(plus, lambda x, f: x + 2 * f(x)), "1")
    add("skipped", "layer skipped", "hidden", lambda x, a, m, layer: x, "1,f16 2")
    add("parallel", "attention and MLP in parallel", "post_attn_hidden",
        lambda x, a, m, layer: x + a(x) + m(x), ",2")
    add("post_norm", "norms behind attention and MLP", "input_ln", post)

    def mlp(name, key, function, at="", stage="mlp_mul"):
        def plant(rig):
            for layer in rig.each("hidden"):
                m = layer.mlp
                m.forward = lambda x, m=m: m.down_proj(function(m.gate_proj(x), m.up_proj(x), m.act_fn))
        fault("mlp", "mlp_" + name, stage, key, plant, at)

    mlp("act_of_up", "SiLU of up instead of gate", lambda g, u, act: act(u) * g, ",1", "mlp_act")
    mlp("no_up", "no product with up", lambda g, u, act: (act(g), u)[0], "2")
    mlp("sum", "sum instead of product with up", lambda g, u, act: act(g) + u, "f16")
    mlp("up_plus_1", "product with up + 1", lambda g, u, act: act(g) * (u + 1), "1")
    mlp("clamped", "gate and up clamped at 1",
        lambda g, u, act: act(g.clamp(max=1)) * u.clamp(-1, 1), "", "mlp_act")

    def order(rig):
        rig.text.layers = rig.blocks = torch.nn.ModuleList(rig.blocks[i] for i in (0, 2, 1, 3))
        for i, layer in enumerate(rig.blocks):
            layer.self_attn.layer_idx = i
    fault("residual", "block_order", "input_ln", "layers 1 and 2 swapped", lambda rig: order(rig))
    FAULTS[-1].layers = [1, 2]
