#!/bin/sh
# Captures KV caches and logits of TensorRT-Edge-LLM (0.9.1 or newer) with its layer debugger.
#
#     sh capture_edge_llm.sh FOLDER LAYERS llm_inference --engineDir ... --inputFile ... --outputFile ...
#
# LAYERS is how many layers to write, from the first on; what follows is your usual command. Not run by its authors, who had no such device at hand: the
# names of the variables and the layout of the files are those of the runtime's source, after which
# bitref's tests make the files they read.
#
#     bitref compare --map edge-llm --allow-missing '.*' golden.safetensors FOLDER/FILE.safetensors
#
# Forks of 0.5 (Alpamayo) write debug_layer_* files and KV caches as JSON beside raw data instead; the same
# map reads them: name the JSON file. Versions from 0.6 on rotate q and k in place, so that a q_norm or
# k_norm that they write may already be rotated: compare q_rope and k_rope.
set -eu
folder=$1
layers=$2
shift 2
mkdir -p "$folder"
EDGELLM_DUMP_LOGITS_KVCACHE_LAYERS="$layers" EDGELLM_DUMP_LOGITS_KVCACHE_DIR="$folder" "$@"
