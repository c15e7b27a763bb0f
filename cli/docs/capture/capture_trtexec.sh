#!/bin/sh
# Captures tensors of a TensorRT engine with trtexec, without breaking its fusions.
#
#     sh capture_trtexec.sh model.onnx FOLDER NAME:FILE[,NAME:FILE...] [trtexec options]
#
# NAME:FILE are the inputs, raw little-endian. Not run by its authors, who had no TensorRT at hand: it
# follows trtexec's documentation of TensorRT 10 (--saveAllDebugTensors came with 10.13). The files are
# those that bitref's tests make after trtexec's source.
#
# Tensors inside a fused kernel never exist and are not written. The folder holds tensor_summary.json with
# the names, raw files with the bits, and layers.json with the tactics.
#
#     bitref compare --map trtexec golden.safetensors FOLDER
set -eu
model=$1
folder=$2
inputs=$3
shift 3
mkdir -p "$folder"
cd "$folder"
case $model in /*) ;; *) model=$OLDPWD/$model ;; esac
trtexec --onnx="$model" --stronglyTyped --profilingVerbosity=detailed \
  --markUnfusedTensorsAsDebugTensors --saveAllDebugTensors=summary,raw \
  --exportLayerInfo=layers.json --loadInputs="$inputs" \
  --iterations=1 --warmUp=0 --duration=0 "$@"
