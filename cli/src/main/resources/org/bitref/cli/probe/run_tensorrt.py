#!/usr/bin/env python3
"""Computes what this folder asks for with TensorRT: builds model.onnx, or loads --engine.

    python3 run_tensorrt.py [--engine FILE] [--fp16] [-o outputs.safetensors]

Needs tensorrt (10 or later) and PyTorch for device memory. THIS SCRIPT HAS NOT BEEN RUN: it was
written after TensorRT's Python API documentation. What it computes is checked by
`bitref probe decode` like anything else.
"""
import argparse
import json
import os

from bitref_io import Probe, fail, sha256, write_outputs

try:
    import tensorrt as trt
    import torch
except ImportError as error:
    fail(f"{error.name} is not installed; both tensorrt and torch are needed")

from run_torch import stored, tensor


def build(model, fp16, path):
    logger = trt.Logger(trt.Logger.WARNING)
    builder = trt.Builder(logger)
    flags = 0 if fp16 else 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(flags)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(model):
        fail(f"TensorRT cannot parse {model}: {parser.get_error(0)}")
    config = builder.create_builder_config()
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    if fp16:
        config.set_flag(trt.BuilderFlag.FP16)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        fail("TensorRT could not build an engine: its messages stand above")
    with open(path, "wb") as file:
        file.write(plan)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--engine", help="an engine of model.onnx; built unless given")
    parser.add_argument("--fp16", action="store_true", help="weakly typed, with the FP16 flag")
    parser.add_argument("-o", "--output")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        fail("no CUDA device is seen")
    probe = Probe(args.folder)
    path = args.engine or os.path.join(args.folder, "model.engine")
    if not args.engine:
        build(os.path.join(args.folder, "model.onnx"), args.fp16, path)
    with open(path, "rb") as file:
        engine = trt.Runtime(trt.Logger(trt.Logger.WARNING)).deserialize_cuda_engine(file.read())
    if engine is None:
        fail(f"{path} is no engine of this TensorRT and device")
    inspector = engine.create_engine_inspector()
    layers = inspector.get_engine_information(trt.LayerInformationFormat.JSON)
    context = engine.create_execution_context()
    device = torch.device("cuda")
    dtypes = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16}
    dtypes["BF16"] = torch.bfloat16
    wanted = {engine.get_tensor_name(i) for i in range(engine.num_io_tensors)}
    stream = torch.cuda.Stream()
    results = {}
    want = probe.manifest["output_dtype"]
    for inputs, outputs in probe.runs():
        feed, got = {}, {}
        for name in wanted & inputs.keys():
            value = tensor(probe, inputs[name][0], device)
            feed[name] = value.T.contiguous() if inputs[name][1] else value
        for name in outputs:
            shape = tuple(engine.get_tensor_shape(name))
            got[name] = torch.empty(shape, dtype=dtypes[want], device=device)
        for name, value in {**feed, **got}.items():
            context.set_tensor_address(name, value.data_ptr())
        for suffix in (".y", ".y.repeat"):
            for value in got.values():
                value.zero_()
            torch.cuda.synchronize()
            if not context.execute_async_v3(stream.cuda_stream):
                fail("TensorRT could not run the engine")
            stream.synchronize()
            for name, value in got.items():
                results[outputs[name] + suffix] = stored(value, want)
    metadata = {
        "framework": f"tensorrt {trt.__version__}",
        "cuda": torch.version.cuda,
        "device": torch.cuda.get_device_name(),
        "kernels": json.dumps(json.loads(layers))[:20000],
        "options": f"fp16={args.fp16}",
        "engine_sha256": sha256(path),
    }
    output = args.output or os.path.join(args.folder, "outputs.safetensors")
    write_outputs(output, probe, results, metadata)


if __name__ == "__main__":
    main()
