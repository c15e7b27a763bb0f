#!/usr/bin/env python3
"""Computes what this folder asks for with ONNX Runtime: model.onnx.

    python3 run_onnxruntime.py [--provider CPUExecutionProvider] [-o outputs.safetensors]

Needs onnxruntime and numpy. Everything is done twice: a device that does not repeat itself
cannot be decoded.
"""
import argparse
import os
import platform

import numpy as np
from bitref_io import NUMPY, Probe, fail, sha256, write_outputs

try:
    import onnxruntime as ort
except ImportError:
    fail("ONNX Runtime is not installed: pip install onnxruntime")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--provider", default="CPUExecutionProvider")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("-o", "--output")
    return parser.parse_args()


def main():
    args = arguments()
    if args.provider not in ort.get_available_providers():
        fail(f"no {args.provider} here: there is " + ", ".join(ort.get_available_providers()))
    probe = Probe(args.folder)
    model = os.path.join(args.folder, "model.onnx")
    options = ort.SessionOptions()
    options.intra_op_num_threads = args.threads
    try:
        session = ort.InferenceSession(model, options, providers=[args.provider])
    except Exception as error:  # ONNX Runtime has its own exception types for each cause.
        fail(f"ONNX Runtime cannot run {model}: {str(error).splitlines()[0]}")
    wanted = {i.name for i in session.get_inputs()}
    dtype = {v: k for k, v in NUMPY.items()}
    results = {}
    for inputs, outputs in probe.runs():
        feed = {}
        for name in wanted:
            tensor, transposed = inputs[name]
            array = probe.array(tensor)
            feed[name] = np.ascontiguousarray(array.T) if transposed else array
        for suffix in (".y", ".y.repeat"):
            for result, y in zip(outputs.values(), session.run(list(outputs), feed)):
                results[result + suffix] = (dtype[y.dtype.type], y.shape, y.tobytes())
    metadata = {
        "framework": f"onnxruntime {ort.__version__}",
        "device": platform.processor() or platform.machine(),
        "options": f"{args.provider} threads={args.threads}",
        "engine_sha256": sha256(model),
    }
    output = args.output or os.path.join(args.folder, "outputs.safetensors")
    write_outputs(output, probe, results, metadata)


if __name__ == "__main__":
    main()
