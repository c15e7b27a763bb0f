/**
 * The special-function arithmetic of NVIDIA GPUs, bit for bit: the instructions ({@link
 * org.bitref.sfu.Sfu}), what PTX makes of them ({@link org.bitref.sfu.PtxApprox}), the CUDA C++
 * functions on top ({@link org.bitref.sfu.CudaMath}) and PyTorch's elementwise operations on top of
 * those ({@link org.bitref.sfu.TorchCudaMath}).
 */
package org.bitref.sfu;
