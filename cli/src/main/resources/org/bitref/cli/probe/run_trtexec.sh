#!/bin/sh
# Builds an engine of model.onnx with trtexec, keeps its log and layer names, and runs the products
# on it with run_tensorrt.py: trtexec prints results in decimal, which loses bits.
#     sh run_trtexec.sh [options of trtexec, for example --fp16 or --stronglyTyped]
# THIS SCRIPT HAS NOT BEEN RUN: it was written after trtexec's documentation.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
command -v trtexec >/dev/null || { echo "probe: trtexec is not on the PATH" >&2; exit 3; }
trtexec --onnx="$here/model.onnx" --saveEngine="$here/model.engine" \
    --profilingVerbosity=detailed --exportLayerInfo="$here/layers.json" --skipInference --verbose \
    "$@" >"$here/trtexec.log" 2>&1 || { echo "probe: trtexec failed, see trtexec.log" >&2; exit 3; }
grep -i 'tactic name' "$here/trtexec.log" | tail -5 || true
exec python3 "$here/run_tensorrt.py" --engine "$here/model.engine"
