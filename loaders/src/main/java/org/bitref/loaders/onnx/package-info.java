/** The weights of an ONNX model: its initializers, inside the file or beside it. */
package org.bitref.loaders.onnx;
