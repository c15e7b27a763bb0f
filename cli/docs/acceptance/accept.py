#!/usr/bin/env python3
"""Does bitref give, bit for bit, what transformers computes on your GPU?

Makes a checkpoint of true geometry, runs its prefill in transformers on the GPU with every stage
kept, computes the same with `bitref golden` from the same inputs, and compares all values. Nothing
but the inputs goes from one to the other.

    python3 accept.py --bitref ../../../bitref -o results/
    python3 accept.py --layers 36 --tokens 3006 --dtypes bfloat16 --attention sdpa --stages ".*hidden|logits" -o results/

Needs torch with CUDA, transformers (4.57 or newer), safetensors and a bitref archive. Prints one
line for each run and keeps them all in results.json.
"""
import argparse
import json
import os
import subprocess
import sys
import time

import torch
from safetensors.torch import load_file, save_file

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "capture"))
from capture_hf import Capture, text_model  # noqa: E402

NAMES = {"float16": "f16", "bfloat16": "bf16"}
# Without a GPU the script runs through, but then the recipes are not the ones of what ran.
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class Whole(torch.nn.Module):
    """The text model and its head, as the released model has them."""

    def __init__(self, text, head):
        super().__init__()
        self.text = text
        self.lm_head = torch.nn.Linear(head.shape[1], head.shape[0], bias=False)
        self.lm_head.weight = torch.nn.Parameter(head)

    def forward(self, **inputs):
        return self.lm_head(self.text(**inputs).last_hidden_state)


def bitref(args, *words):
    command = [args.bitref, *words]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit("accept: %s\n%s" % (" ".join(command), done.stderr))
    return done


def checkpoint(args, tokens):
    folder = os.path.join(args.output, "model-%s-%d" % (args.like, args.layers))
    if not os.path.exists(os.path.join(folder, "config.json")):
        bitref(args, "synth", "--like", args.like, "--layers", str(args.layers),
               "--tokens", str(tokens), "-o", folder)
    return folder


def prompt(folder, tokens):
    """The first tokens of the synthetic prompt."""
    given = load_file(os.path.join(folder, "inputs.safetensors"))
    embeds = given["inputs_embeds"]
    if embeds.shape[1] < tokens:
        sys.exit("accept: %s holds %d tokens, fewer than %d; remove it" % (
            folder, embeds.shape[1], tokens))
    seen = given["visual_mask"].reshape(-1).bool()[:tokens]
    cut = {"inputs_embeds": embeds[:, :tokens].contiguous(),
           "position_ids": given["position_ids"][..., :tokens].contiguous(),
           "visual_mask": seen.reshape(1, -1)}
    for name in given:
        if name.startswith("deepstack."):
            cut[name] = given[name][: int(seen.sum())].contiguous()
    return cut if seen.any() else {k: cut[k] for k in ("inputs_embeds", "position_ids")}


def arguments(inputs, dtype, past):
    features = [inputs[n].to(dtype).to(DEVICE) for n in sorted(inputs) if n.startswith("deepstack.")]
    tokens = inputs["inputs_embeds"].shape[1]
    mask = inputs.get("visual_mask")
    return {
        "inputs_embeds": inputs["inputs_embeds"].to(dtype).to(DEVICE),
        "position_ids": inputs["position_ids"].long().to(DEVICE),
        "attention_mask": torch.ones(1, past + tokens, dtype=torch.long, device=DEVICE),
        "visual_pos_masks": None if mask is None else mask.to(DEVICE),
        "deepstack_visual_embeds": features or None,
        "use_cache": True,
    }


def after_cache(model, inputs, dtype, past):
    """A prompt of so many tokens goes into the cache; what is left is the run."""
    if past == 0:
        return inputs, None
    seen = inputs.get("visual_mask")
    visual = int(seen[:, :past].sum()) if seen is not None else 0
    first = {k: v[..., :past] if k == "position_ids" else v[:visual] if k.startswith("deepstack.")
             else v[:, :past] for k, v in inputs.items()}
    rest = {k: v[..., past:] if k == "position_ids" else v[visual:] if k.startswith("deepstack.")
            else v[:, past:] for k, v in inputs.items()}
    if seen is not None and not rest["visual_mask"].any():
        rest = {k: rest[k] for k in ("inputs_embeds", "position_ids")}
    cache = model.text(**arguments(first, dtype, 0)).past_key_values
    for i, layer in enumerate(cache.layers):
        rest["past.%d.k" % i] = layer.keys.cpu().clone()
        rest["past.%d.v" % i] = layer.values.cpu().clone()
    return rest, cache


def run(args, folder, model, case):
    tokens, past, name, attention = case
    dtype = getattr(torch, name)
    work = os.path.join(args.output, "work")
    os.makedirs(work, exist_ok=True)
    files = {k: os.path.join(work, k + ".safetensors") for k in ("inputs", "gpu", "bitref")}
    with torch.no_grad():
        inputs, cache = after_cache(model, prompt(folder, past + tokens), dtype, past)
        call = arguments({k: v for k, v in inputs.items() if "past." not in k}, dtype, past)
        if cache is not None:
            call["past_key_values"] = cache
        with Capture(model) as capture:
            model(**call)
    capture.save(files["gpu"])
    save_file({k: v.contiguous() for k, v in inputs.items()}, files["inputs"])
    recipe = "hf-cuda-%s-%s" % (NAMES[name], attention)
    started = time.time()
    done = bitref(args, "golden", folder, "--inputs", files["inputs"], "--recipe", recipe,
                  "--stages", args.stages, "-o", files["bitref"], "--force", "--format", "json")
    seconds = time.time() - started
    golden = json.loads(done.stdout)
    compared = json.loads(bitref(
        args, "compare", files["bitref"], files["gpu"], "--map", "hf", "--allow-missing", ".*",
        "--format", "json").stdout)
    return result(case, recipe, golden, compared, seconds)


def result(case, recipe, golden, compared, seconds):
    # What a run starts from is no result: transformers holds it in another type.
    given = ("inputs_embeds", "position_ids", "visual_mask", "attention_mask", "deepstack.")
    stages = [s for s in compared["stages"] if not s["name"].startswith(given)]
    unequal = [s["name"] for s in stages if s["equal"] != s["total"]]
    return {
        "tokens": case[0], "past": case[1], "dtype": case[2], "attention": case[3],
        "recipe": recipe, "stages": len(stages),
        "equal": sum(s["equal"] for s in stages), "total": sum(s["total"] for s in stages),
        "first_unequal": unequal[0] if unequal else None, "unequal_stages": len(unequal),
        "predicted": [size["sizes"] for table in golden["by_size"] for size in table["sizes"]
                      if not size["measured"]],
        "golden_seconds": round(seconds, 1),
    }


def line(one):
    where = "" if one["first_unequal"] is None else "  from %s" % one["first_unequal"]
    note = "  (%d sizes predicted)" % len(one["predicted"]) if one["predicted"] else ""
    cache = " after %d" % one["past"] if one["past"] else ""
    return "%-8s %-6s %5d tokens%s: %d of %d values of %d stages equal, %.0f s%s%s" % (
        one["dtype"], one["attention"], one["tokens"], cache, one["equal"], one["total"],
        one["stages"], one["golden_seconds"], where, note)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bitref", default="bitref")
    parser.add_argument("--like", default="8b", choices=("2b", "4b", "8b"))
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--tokens", default="128", help="such as 16,77,1+333: 1 after a cache of 333")
    parser.add_argument("--stages", default=".*", help="a pattern of the stages that bitref writes and that are compared")
    parser.add_argument("--dtypes", default="float16,bfloat16")
    parser.add_argument("--attention", default="eager,sdpa")
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    lengths = [[int(n) for n in (t + "+0").split("+")[:2]] for t in args.tokens.split(",")]
    os.makedirs(args.output, exist_ok=True)
    folder = checkpoint(args, max(sum(pair) for pair in lengths))
    head = weight(folder, ("lm_head.weight", "embed_tokens.weight"))
    about = {"gpu": torch.cuda.get_device_name() if DEVICE == "cuda" else "none", "torch": torch.__version__,
             "cuda": torch.version.cuda, "like": args.like, "layers": args.layers}
    results = []
    for name in args.dtypes.split(","):
        for attention in args.attention.split(","):
            dtype = getattr(torch, name)
            model = Whole(text_model(folder, dtype, attention), head.to(dtype)).to(DEVICE).eval()
            for tokens, past in lengths:
                results.append(run(args, folder, model, (tokens, past, name, attention)))
                print(line(results[-1]), flush=True)
                with open(os.path.join(args.output, "results.json"), "w") as out:
                    json.dump({"about": about, "runs": results}, out, indent=1)
            del model
            if DEVICE == "cuda":
                torch.cuda.empty_cache()
    whole = sum(one["equal"] == one["total"] for one in results)
    print("%d of %d runs equal in every value (%s, PyTorch %s)" % (
        whole, len(results), about["gpu"], about["torch"]))
    sys.exit(0 if whole == len(results) else 1)


def weight(folder, ends):
    """The head, or the embeddings where the checkpoint has no head of its own."""
    held = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".safetensors") and name != "inputs.safetensors":
            held.update(load_file(os.path.join(folder, name)))
    for end in ends:
        for key in held:
            if key.endswith(end):
                return held[key]
    sys.exit("accept: %s has none of %s" % (folder, ", ".join(ends)))


if __name__ == "__main__":
    main()
