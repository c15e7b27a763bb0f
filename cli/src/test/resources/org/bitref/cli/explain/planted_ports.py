"""Faults of layers and of what is around them that are reported of ports."""
import torch
import torch.nn.functional as F
from planted_faults import FAULTS, fault
from planted_rig import NORMS


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
    hooked("norm_twice", "a norm over its largest element", "input_ln", lambda x: x / x.abs().amax(), "2")
    hooked("tokens_late", "every token one late", "v_proj", lambda x: x.roll(1, 1), "1")
    act("leaky", "a leaky ReLU", lambda x: F.leaky_relu(x, 0.01), "1")
    act("leaky_fifth", "a leaky ReLU of slope 0.2", lambda x: F.leaky_relu(x, 0.2), "f16 2")
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
    embed("visual_reversed", "visual embeddings reversed",
          lambda rig: setattr(rig, "visual", rig.visual.flip(0)))
    embed("normed", "embeddings normed", lambda rig: setattr(
        rig, "embed", lambda e: F.rms_norm(e.float(), e.shape[-1:], eps=1e-6).to(e.dtype)))
    embed("table_late", "rows of the table one late", lambda rig: rig.text.embed_tokens.weight.data.copy_(
        rig.text.embed_tokens.weight.data.roll(1, 0)), "f16")

    def head(name, key, change, at=""):
        fault("casts", "p_logits_" + name, "logits", key,
              lambda rig: rig.head.register_forward_hook(lambda m, args, out: change(out)), at)

    head("scaled", "logits times 0.0625", lambda x: x * 0.0625)
    head("late", "the vocabulary one late", lambda x: x.roll(1, -1), "f16")
    head("shards_swapped", "halves of the vocabulary exchanged",
         lambda x: torch.cat(x.chunk(2, -1)[::-1], -1))

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
