/**
 * The special-function arithmetic of NVIDIA GPUs, bit for bit: the instructions ({@link
 * org.bitref.functions.Sfu}), what PTX makes of them ({@link org.bitref.functions.PtxApprox}), and
 * the CUDA C++ functions and PyTorch's elementwise operations on top ({@link
 * org.bitref.functions.CudaMath}). {@link org.bitref.functions.Sleef} has those of PyTorch on CPUs;
 * {@link org.bitref.functions.Tanh} is correctly rounded.
 */
package org.bitref.functions;
