/**
 * The special-function arithmetic of NVIDIA GPUs, bit for bit: the instructions ({@link
 * org.bitref.functions.Sfu}), what PTX makes of them ({@link org.bitref.functions.PtxApprox}), the
 * CUDA C++ functions on top ({@link org.bitref.functions.CudaMath}) and PyTorch's elementwise
 * operations on top of those ({@link org.bitref.functions.TorchCudaMath}).
 */
package org.bitref.functions;
