#!/usr/bin/env python3
"""Captures tensors of an ONNX graph in ONNX Runtime, all of them or those that a pattern names.

    python3 capture_onnxruntime.py model.onnx --inputs inputs.npz -o ort.npz [--tensors REGEX]

Every wanted tensor becomes an output of a copy of the graph. That changes what ONNX Runtime may
fuse: `--optimize none` keeps it from fusing anything; without it, compare the model's own outputs with
and without this script before you trust the rest. BF16 tensors come out as uint16 in ONNX Runtime and
are left out with a note. Needs onnxruntime and numpy. Read the file with `--map onnx`, or with
`--map polygraphy` if the graph is one layer with plain names.
"""
import argparse
import os
import re
import sys
import tempfile

import numpy as np
import onnxruntime as ort

LEVELS = {
    "none": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}


def fields(data):
    """Number, and bytes or value, of each field of a protobuf message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        length = varint() if kind == 2 else 8 if kind == 1 else 4
        yield key >> 3, data[at : at + length]
        at += length


def message(number, content):
    """A field that holds a message or a text."""
    length, prefix = len(content), bytearray()
    while length > 127:
        prefix.append(length & 127 | 128)
        length >>= 7
    return bytes([number << 3 | 2]) + bytes(prefix) + bytes([length]) + content


def marked(path, pattern):
    """A copy of the graph beside it, for its external data, in which matching tensors are outputs.

    Messages of protobuf merge: what is appended adds outputs to the graph. Numbers of the fields are
    those of onnx.proto: graph 7 of a model; node 1 and output 12 of a graph; output 2 of a node.
    """
    with open(path, "rb") as file:
        model = file.read()
    graph = b"".join(value for number, value in fields(model) if number == 7)
    outputs = {bytes(dict(fields(v))[1]).decode() for n, v in fields(graph) if n == 12}
    names = []
    for number, node in fields(graph):
        if number == 1:
            names += [bytes(v).decode() for n, v in fields(node) if n == 2]
    wanted = [n for n in names if n and n not in outputs and re.fullmatch(pattern, n)]
    handle, copy = tempfile.mkstemp(suffix=".onnx", dir=os.path.dirname(os.path.abspath(path)))
    with os.fdopen(handle, "wb") as file:
        file.write(model)
        for name in wanted:
            file.write(message(7, message(12, message(1, name.encode()))))
    return copy


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model")
    parser.add_argument("--inputs", required=True, help="npz with one array for each input")
    parser.add_argument("--tensors", help="also these tensors of the graph, for example '.*'")
    parser.add_argument("--provider", default="CPUExecutionProvider")
    parser.add_argument("--optimize", choices=LEVELS, default="all")
    parser.add_argument("-o", "--output", required=True)
    args = parser.parse_args()
    path = marked(args.model, args.tensors) if args.tensors else args.model
    try:
        options = ort.SessionOptions()
        options.graph_optimization_level = LEVELS[args.optimize]
        session = ort.InferenceSession(path, options, providers=[args.provider])
    finally:
        if path != args.model:
            os.unlink(path)
    given = np.load(args.inputs)
    feed = {i.name: given[i.name] for i in session.get_inputs()}
    results = {}
    for output in session.get_outputs():
        if output.type == "tensor(bfloat16)":
            print(f"capture: {output.name} is BF16; left out", file=sys.stderr)
        else:
            results[output.name] = session.run([output.name], feed)[0]
    np.savez(args.output, **results)


if __name__ == "__main__":
    main()
