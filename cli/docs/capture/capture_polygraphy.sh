#!/bin/sh
# Captures an ONNX graph with Polygraphy: inputs, all tensors in ONNX Runtime, and the outputs (or the
# tensors named after the model) in TensorRT.
#
#     sh capture_polygraphy.sh model.onnx [TENSOR ...]
#
# Not run by its authors where TensorRT is concerned: they had none at hand. The files that Polygraphy
# 0.50 writes for ONNX Runtime are read by bitref's tests. Needs polygraphy, onnxruntime, tensorrt.
#
# Marking a tensor as an output of TensorRT forbids fusions across it, and so changes what runs: mark few,
# and compare the engine's own outputs with and without marks. capture_trtexec.sh keeps the fusions.
#
#     bitref compare --map polygraphy outputs-ort.json outputs-trt.json
set -eu
model=$1
shift
polygraphy run "$model" --onnxrt --onnx-outputs mark all \
  --save-inputs inputs.json --save-outputs outputs-ort.json
if [ $# -gt 0 ]; then
  polygraphy run "$model" --trt --strongly-typed --trt-outputs "$@" \
    --load-inputs inputs.json --save-outputs outputs-trt.json
else
  polygraphy run "$model" --trt --strongly-typed \
    --load-inputs inputs.json --save-outputs outputs-trt.json
fi
