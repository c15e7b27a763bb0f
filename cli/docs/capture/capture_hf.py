#!/usr/bin/env python3
"""Captures the text prefill of a Qwen3-VL model in Hugging Face transformers, stage by stage.

In your own program, around the call that runs the prompt:

    from capture_hf import Capture
    with Capture(model) as capture:
        model(**inputs, use_cache=True)
    capture.save("hf.safetensors")

By itself, on a checkpoint folder and a file of inputs as `bitref golden --inputs` takes it:

    python3 capture_hf.py MODEL --inputs FILE --dtype bfloat16 -o hf.safetensors

Needs torch, transformers (4.57 or newer) and safetensors. Read the file with `--map hf`.
"""
import argparse
import sys

import torch
import transformers.models.qwen3_vl.modeling_qwen3_vl as qwen
from safetensors.torch import load_file, save_file

# What is a stage only as the input of a module.
INPUTS = ("self_attn.o_proj", "post_attention_layernorm", "mlp.down_proj")


def keep(tensor):
    """A copy: some releases add deepstack features in place after a hook has run."""
    return tensor.detach().clone().cpu().contiguous()


class Capture:
    """Hooks on all modules of the language model; everything of one forward call."""

    def __init__(self, model):
        text = [m for m in model.modules() if isinstance(m, qwen.Qwen3VLTextModel)]
        if len(text) != 1:
            sys.exit("capture: the model holds %d Qwen3VLTextModel, not one" % len(text))
        self.text = text[0]
        self.head = getattr(model, "lm_head", None)
        self.tensors = {}
        self.handles = []
        self.rotary = qwen.apply_rotary_pos_emb

    def __enter__(self):
        for name, module in self.text.named_modules():
            if name.startswith("layers.") or name == "norm":
                self.handles.append(module.register_forward_hook(self.output(name)))
            if name.endswith(INPUTS) or name.count(".") == 1 and name.startswith("layers."):
                hook = self.input(name + ".input")
                self.handles.append(module.register_forward_pre_hook(hook, with_kwargs=True))
        if self.head is not None:
            self.handles.append(self.head.register_forward_hook(self.output("lm_head")))
        self.handles.append(
            self.text.register_forward_pre_hook(self.arguments, with_kwargs=True))
        self.handles.append(self.text.rotary_emb.register_forward_hook(self.tables))
        self.handles.append(self.text.register_forward_hook(self.cache))
        qwen.apply_rotary_pos_emb = self.rotate
        return self

    def __exit__(self, *unused):
        qwen.apply_rotary_pos_emb = self.rotary
        for handle in self.handles:
            handle.remove()

    def put(self, name, tensor):
        if name in self.tensors:
            sys.exit("capture: %s came twice; capture one forward call" % name)
        self.tensors[name] = keep(tensor)

    def output(self, name):
        def hook(module, args, result):
            value = result[0] if isinstance(result, tuple) else result
            if isinstance(value, torch.Tensor):
                # Attention returns what o_proj returned, the MLP what down_proj did.
                if not name.endswith((".self_attn", ".mlp")):
                    self.put(name, value)

        return hook

    def input(self, name):
        def hook(module, args, kwargs):
            self.put(name, args[0] if args else kwargs["hidden_states"])

        return hook

    def rotate(self, q, k, *args, **kwargs):
        rotated = self.rotary(q, k, *args, **kwargs)
        layer = sum(name.endswith("q_rope") for name in self.tensors)
        self.put("layers.%d.q_rope" % layer, rotated[0])
        self.put("layers.%d.k_rope" % layer, rotated[1])
        return rotated

    def arguments(self, module, args, kwargs):
        """What the prefill starts from, under the names that golden reads."""
        for name in ("inputs_embeds", "input_ids", "position_ids", "attention_mask"):
            if isinstance(kwargs.get(name), torch.Tensor):
                self.put(name, kwargs[name])
        if kwargs.get("visual_pos_masks") is not None:
            self.put("visual_mask", kwargs["visual_pos_masks"])
        for i, feature in enumerate(kwargs.get("deepstack_visual_embeds") or []):
            self.put("deepstack.%d" % i, feature)

    def tables(self, module, args, result):
        self.put("rope.cos", result[0])
        self.put("rope.sin", result[1])

    def cache(self, module, args, result):
        cache = result.past_key_values
        for i, layer in enumerate(getattr(cache, "layers", None) or []):
            self.put("past_key_values.layers.%d.keys" % i, layer.keys)
            self.put("past_key_values.layers.%d.values" % i, layer.values)

    def save(self, path):
        metadata = {"torch": torch.__version__, "transformers": qwen_version(),
                    "device": str(next(self.text.parameters()).device)}
        if torch.cuda.is_available():
            metadata["gpu"] = torch.cuda.get_device_name()
        save_file(self.tensors, path, metadata)


def qwen_version():
    import transformers

    return transformers.__version__


def text_model(folder, dtype, attention):
    """The text half of a checkpoint, whatever else the checkpoint holds."""
    import glob
    import os

    from transformers import Qwen3VLConfig

    config = Qwen3VLConfig.from_pretrained(folder).text_config
    config._attn_implementation = attention
    model = qwen.Qwen3VLTextModel(config).to(dtype).eval()
    marks = ("language_model.", "model.")
    weights = {}
    for shard in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        for name, value in load_file(shard).items():
            for mark in marks:
                if mark in name:
                    weights[name.split(mark, 1)[1]] = value.to(dtype)
                    break
    missing = model.load_state_dict(weights, strict=False).missing_keys
    if missing:
        sys.exit("capture: %s has no weight for %s" % (folder, missing[0]))
    # Buffers such as the frequencies of the rotary embedding stay in float32.
    model.rotary_emb = qwen.Qwen3VLTextRotaryEmbedding(config)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--attention", default="eager")
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    dtype = getattr(torch, args.dtype)
    model = text_model(args.model, dtype, args.attention)
    given = load_file(args.inputs)
    embeds = given["inputs_embeds"].to(dtype)
    features = [given[n].to(dtype) for n in sorted(given) if n.startswith("deepstack.")]
    mask = given.get("visual_mask")
    # A mask of ones: without one, transformers takes repeated positions for packed sequences.
    ones = torch.ones(embeds.shape[:2], dtype=torch.long)
    with torch.no_grad(), Capture(model) as capture:
        model(
            inputs_embeds=embeds,
            position_ids=given["position_ids"].long(),
            attention_mask=ones,
            visual_pos_masks=None if mask is None else mask.bool(),
            deepstack_visual_embeds=features or None,
            use_cache=True,
        )
    capture.save(args.output)


if __name__ == "__main__":
    main()
