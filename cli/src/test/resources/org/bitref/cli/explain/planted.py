#!/usr/bin/env python3
"""Dumps of a model with one functional fault each, to test what explain says about them.

    python3 planted.py MODEL PROMPT.safetensors OUT [--only NAME,NAME] [--dtypes bf16,f16,f32] [--pairs N]

Runs transformers' own Qwen3-VL text model on the checkpoint MODEL and the prompt of a capture (input_ids,
position_ids, visual_mask, visual_embeds, deepstack.N), each time with one fault, and writes

    OUT/<fault>.full.safetensors    every stage, named as in a dump of golden
    OUT/<fault>.hidden.safetensors  the prompt, each layer's input_hidden and hidden, and the logits
    OUT/<fault>.gaps.safetensors    full without two stages of every layer; which two depends on the name
    OUT/good-<dtype>-<attn>.*       the same of the model without a fault
    OUT/round-<i>.*                 with --pairs: the right function, rounded or added up otherwise
    OUT/manifest.json               what each of them is, and which stage is the first to differ

The prompt in a dump is the right one, what the user believes that he fed; a wrong one acts inside. A stage
that the faulty model does not run is not in its dump. --only takes names of faults or how they begin.
Needs torch, transformers 5 (written with 5.18) and safetensors; the numbers depend on the processor.
"""
import argparse
import json
import os
import sys
import zlib

sys.dont_write_bytecode = True
import torch  # noqa: E402
import transformers  # noqa: E402
from planted_attention import attention_faults, cache_faults, position_faults, rotary_faults  # noqa: E402
from planted_faults import FAULTS, cast_faults, input_faults  # noqa: E402
from planted_layers import activation_faults, block_faults, norm_faults, weight_faults  # noqa: E402
from planted_port_attention import port_attention_faults, port_rotary_faults  # noqa: E402
from planted_port_weights import port_weight_faults  # noqa: E402
from planted_ports import port_block_faults  # noqa: E402
from planted_rig import ORDER, Models  # noqa: E402
from planted_roundings import variants  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

PROMPT = ("input_ids", "position_ids", "visual_mask", "visual_embeds", "deepstack.")
GAPS = ("q_norm", "k_norm", "q_rope", "k_rope", "kv.k", "attn_out", "o_proj", "mlp_act", "mlp_mul",
        "gate_proj", "post_attn_ln", "input_ln", "post_attn_hidden", "v_proj", "rope")


def last(name):
    """Of layers.1.q_norm q_norm, of kv.1.k kv.k."""
    return "kv." + name[-1] if name.startswith("kv.") else name.split(".")[-1] if "layers" in name else name


def left_out(name):
    """Two of GAPS, by the name alone."""
    number, size = zlib.crc32(name.encode()), len(GAPS)
    return [GAPS[number % size], GAPS[(number + 1 + number // size % (size - 1)) % size]]


def save(models, out, name, stages, dtype, attn):
    about = {"torch": torch.__version__, "transformers": transformers.__version__, "device": "cpu",
             "cpu_capability": torch.backends.cpu.get_cpu_capability(), "dtype": dtype, "attn": attn}
    gaps = left_out(name)
    kinds = {"full": lambda n: True, "hidden": lambda n: last(n) in ("input_hidden", "hidden", "logits"),
             "gaps": lambda n: ("rope" if n.startswith("rope.") else last(n)) not in gaps}
    prompt = {n: t for n, t in models.prompt.items() if n.startswith(PROMPT)}
    for kind, keep in kinds.items():
        kept = {n: t for n, t in stages.items() if keep(n)}
        save_file({**prompt, **kept}, os.path.join(out, "%s.%s.safetensors" % (name, kind)), about)
    return {"dtype": dtype, "attn": attn, "gaps": gaps}


def compared(good, stages):
    """What of the stages has other bits."""
    def same(a, b):
        return a.shape == b.shape and torch.equal(a.view(torch.uint8), b.view(torch.uint8))
    def distance(name):
        """Root of the mean square, relative to the right values."""
        right, wrong = good[name].double(), stages[name].double()
        return float((right - wrong).norm() / right.norm())
    differ = [n for n in good if n in stages and not same(good[n], stages[n])]
    missing = [n for n in good if n not in stages]
    return {"first_difference": differ[0] if differ else None,
            "differing": len(differ), "missing": missing,
            "differs_in_hidden": any(last(n) in ("input_hidden", "hidden", "logits") for n in differ),
            "first_relative": distance(differ[0]) if differ else 0.0, "logits_relative": distance("logits"),
            "finite": all(bool(torch.isfinite(t).all()) for t in stages.values())}


def plant(models, f, out):
    """One fault's dumps and its entry of the manifest, None if it changes nothing."""
    rig = models.rig(f.dtype, f.attn, f.layers)
    with torch.no_grad():
        f.plant(rig)
    stages = rig.run()
    result = compared(models.right(f.dtype, f.attn), stages)
    if not result["differing"] and not result["missing"]:
        return None
    if last(result["first_difference"] or "") != f.stage:
        print("%s: acts on %s, first to differ: %s" % (f.name, f.stage, result["first_difference"]))
    layer = None if f.stage not in ORDER else f.layers[0] if f.layers else 0
    # A feature is added behind its layer, and seen in what the next one starts from.
    layer = layer + 1 if f.category == "deepstack" else layer
    return {"category": f.category, "scope": f.layers or "all", "stage": f.stage, "layer": layer,
            "expect": {"function": f.key, "differs": True}, **result,
            **save(models, out, f.name, stages, f.dtype, f.attn)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("model", "prompt", "out"):
        parser.add_argument(name)
    parser.add_argument("--only", default="")
    parser.add_argument("--dtypes", default="bf16,f16,f32")
    parser.add_argument("--pairs", type=int, default=0)
    args = parser.parse_args()
    transformers.logging.set_verbosity_error()
    os.makedirs(args.out, exist_ok=True)
    models = Models(args.model, load_file(args.prompt))
    image = models.prompt["visual_mask"][0].nonzero()
    begin, end = int(image.min()), int(image.max()) + 1
    position_faults(end)
    attention_faults(begin, end)
    port_attention_faults(begin, end)
    port_rotary_faults(end)
    for group in (rotary_faults, norm_faults, weight_faults, activation_faults, block_faults, input_faults,
                  cache_faults, cast_faults, port_weight_faults, port_block_faults):
        group()
    assert len({f.name for f in FAULTS}) == len(FAULTS)
    faults, dropped = {}, []
    for f in FAULTS:
        if f.dtype in args.dtypes.split(",") and f.name.startswith(tuple(args.only.split(","))):
            faults[f.name] = plant(models, f, args.out)
            if faults[f.name] is None:
                dropped.append(f.name)
                print("%s: dropped, every bit is as without it" % f.name)
    rounded = {}
    for i, (dtype, attn, changes) in enumerate(variants(args.pairs)):
        rig, name = models.rig(dtype, attn), "round-%d" % i
        rig.rounding = True
        with torch.no_grad():
            for what, change in changes:
                change(rig)
        stages = rig.run()
        rounded[name] = {"what": [what for what, change in changes],
                         **save(models, args.out, name, stages, dtype, attn),
                         **compared(models.right(dtype, attn), stages)}
    good = {}
    for (dtype, attn), stages in models.good.items():
        name = "good-%s-%s" % (dtype, attn)
        good[name] = save(models, args.out, name, stages, dtype, attn)
    with open(os.path.join(args.out, "manifest.json"), "w") as file:
        json.dump({"good": good, "faults": {n: f for n, f in faults.items() if f}, "dropped": dropped,
                   "roundings": rounded}, file, indent=1)
    print("%d faults, %d dropped, %d roundings" % (len(faults) - len(dropped), len(dropped), len(rounded)))


if __name__ == "__main__":
    main()
