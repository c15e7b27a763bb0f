"""One run of transformers' own Qwen3-VL text model, with all that a fault or a rounding may change."""
import copy
import glob
import os
import sys
import types
from pathlib import Path

import torch
import transformers
import transformers.models.qwen3_vl.modeling_qwen3_vl as qwen
from safetensors.torch import load_file

sys.path.insert(0, str(Path(__file__).resolve().parents[7] / "docs" / "capture"))
from capture_hf import text_model  # noqa: E402

DTYPES = {"bf16": torch.bfloat16, "f16": torch.float16, "f32": torch.float32}
NORMS = {"input_ln": "input_layernorm", "post_attn_ln": "post_attention_layernorm",
         "q_norm": "self_attn.q_norm", "k_norm": "self_attn.k_norm"}
LINEARS = {**{n: "self_attn." + n for n in ("q_proj", "k_proj", "v_proj", "o_proj")},
           "gate_proj": "mlp.gate_proj", "up_proj": "mlp.up_proj", "mlp_down": "mlp.down_proj"}
OUTPUTS = {**NORMS, **LINEARS, "mlp_act": "mlp.act_fn", "hidden": ""}
INPUTS = {"input_hidden": "", "attn_out": "self_attn.o_proj", "mlp_mul": "mlp.down_proj",
          "post_attn_hidden": "post_attention_layernorm"}
ORDER = ("input_hidden", "input_ln", "q_proj", "q_norm", "k_proj", "k_norm", "v_proj", "q_rope", "k_rope",
         "kv.k", "kv.v", "attn_out", "o_proj", "post_attn_hidden", "post_attn_ln", "gate_proj", "up_proj",
         "mlp_act", "mlp_mul", "mlp_down", "hidden")
ROTATE, ATTENTION = qwen.apply_rotary_pos_emb, qwen.ALL_ATTENTION_FUNCTIONS


class Cache(transformers.DynamicCache):
    """One that may store something else than what it is given."""

    def update(self, key_states, value_states, layer_idx, *args, **kwargs):
        change = self.changes.get(layer_idx, lambda k, v: (k, v))
        return super().update(*change(key_states, value_states), layer_idx, *args, **kwargs)


class Rig:
    """The model of one run. All that a fault may change is a field, or a module of `text`."""

    def __init__(self, model, prompt, dtype, attn, layers):
        self.text, self.head = copy.deepcopy(model)
        self.blocks, self.dtype = self.text.layers, DTYPES[dtype]
        self.whole = not layers
        self.layers = layers or list(range(len(self.blocks)))
        self.ids, self.positions = prompt["input_ids"].long(), prompt["position_ids"].long()
        self.mask, self.visual = prompt["visual_mask"].bool(), prompt["visual_embeds"].to(self.dtype)
        names = sorted(n for n in prompt if n.startswith("deepstack."))
        self.features = [prompt[n].to(self.dtype) for n in names]
        self.stack = {i: [i] for i in range(len(names))}  # layer to the features added behind it
        self.rotate, self.attend, self.cache = {}, {}, {}  # by layer
        self.embed = lambda embeds: embeds
        self.row, self.threads, self.onednn = 0, 2, True
        self.rounding = False  # of what is dumped, to the model's type
        self.current, self.tensors = None, {}

    def each(self, *names):
        """The modules of these names in all layers of the fault."""
        paths = {**OUTPUTS, "attn": "self_attn"}
        return [self.blocks[i].get_submodule(paths[n]) for n in names for i in self.layers]

    def put(self, name, value):
        value = value[self.row:self.row + 1].detach().clone().contiguous()
        self.tensors[name] = value.to(self.dtype) if self.rounding else value

    def after(self, module, name):
        module.register_forward_hook(lambda m, args, out: self.put(name, out))

    def before(self, module, name):
        module.register_forward_pre_hook(lambda m, args: self.put(name, args[0]))

    def tables(self, module, args, out):
        self.put("rope.cos", out[0])
        self.put("rope.sin", out[1])

    def watch(self):
        for i, layer in enumerate(self.blocks):
            layer.register_forward_pre_hook(lambda m, args, i=i: setattr(self, "current", i))
            for name, path in OUTPUTS.items():
                self.after(layer.get_submodule(path), "layers.%d.%s" % (i, name))
            for name, path in INPUTS.items():
                self.before(layer.get_submodule(path), "layers.%d.%s" % (i, name))
        self.text.rotary_emb.register_forward_hook(self.tables)
        self.after(self.text.norm, "final_norm")
        self.after(self.head, "logits")

    def rotary(self, q, k, cos, sin, **unused):
        out = self.rotate.get(self.current, ROTATE)(q, k, cos, sin)
        for name, value in zip("qk", out):
            self.put("layers.%d.%s_rope" % (self.current, name), value)
        return out

    def interface(self, name, default):
        function = ATTENTION.get_interface(name, default)

        def attention(module, q, k, v, mask, scaling, **kwargs):
            def inner(q, k, v, mask, scale):
                return function(module, q, k, v, mask, scaling=scale, **kwargs)[0]
            change = self.attend.get(self.current, lambda inner, *args: inner(*args))
            return change(inner, q, k, v, mask, scaling), None

        return attention

    def deepstack(self, hidden, mask, layer):
        for i in self.stack.get(layer, []):
            hidden = qwen.Qwen3VLTextModel._deepstack_process(self.text, hidden, self.mask, self.features[i])
        return hidden

    def embeds(self):
        embeds = self.text.embed_tokens(self.ids)
        embeds[self.mask] = self.visual
        embeds = self.embed(embeds)
        self.put("inputs_embeds", embeds)
        return embeds

    @torch.no_grad()
    def run(self):
        """All stages, in the order of computation."""
        self.watch()
        cache = Cache(config=self.text.config)
        cache.changes = self.cache
        self.text._deepstack_process = self.deepstack
        qwen.apply_rotary_pos_emb = self.rotary
        qwen.ALL_ATTENTION_FUNCTIONS = types.SimpleNamespace(get_interface=self.interface)
        torch.set_num_threads(self.threads)
        torch.backends.mkldnn.enabled = self.onednn
        try:
            self.head(self.text(
                inputs_embeds=self.embeds(), position_ids=self.positions, visual_pos_masks=self.mask,
                attention_mask=torch.ones(self.ids.shape, dtype=torch.long), past_key_values=cache,
                deepstack_visual_embeds=range(len(self.blocks)), use_cache=True).last_hidden_state)
        finally:
            torch.backends.mkldnn.enabled = True
            qwen.apply_rotary_pos_emb, qwen.ALL_ATTENTION_FUNCTIONS = ROTATE, ATTENTION
        for i, layer in enumerate(cache.layers):
            if isinstance(layer.keys, torch.Tensor):
                self.put("kv.%d.k" % i, layer.keys)
                self.put("kv.%d.v" % i, layer.values)
        names = ["inputs_embeds", "rope.cos", "rope.sin"]
        for i in range(len(self.blocks)):
            names += ["kv.%d%s" % (i, s[2:]) if s[2] == "." else "layers.%d.%s" % (i, s) for s in ORDER]
        return {n: self.tensors[n] for n in names + ["final_norm", "logits"] if n in self.tensors}


class Models:
    """The unchanged models and what they compute, each made once."""

    def __init__(self, folder, prompt):
        self.folder, self.prompt, self.made, self.good = folder, prompt, {}, {}

    def rig(self, dtype, attn, layers=None):
        if (dtype, attn) not in self.made:
            shards = [load_file(s) for s in glob.glob(os.path.join(self.folder, "*.safetensors"))]
            weight = next(s["lm_head.weight"] for s in shards if "lm_head.weight" in s)
            head = torch.nn.Linear(*reversed(weight.shape), bias=False, dtype=DTYPES[dtype])
            head.weight.data.copy_(weight)
            self.made[dtype, attn] = text_model(self.folder, DTYPES[dtype], attn), head
        return Rig(self.made[dtype, attn], self.prompt, dtype, attn, layers)

    def right(self, dtype, attn):
        if (dtype, attn) not in self.good:
            self.good[dtype, attn] = self.rig(dtype, attn).run()
        return self.good[dtype, attn]
