package org.bitref.loaders.npy;

import org.bitref.loaders.zip.ZipMember;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;

/** One npy member of a zip archive. */
record NpzMember(ZipMember bytes, NpyHeader header) {

  static NpzMember of(ZipMember bytes) {
    return new NpzMember(
        bytes, NpyHeader.read(bytes.where(), bytes.head(NpyHeader.LONGEST), bytes.size()));
  }

  TensorInfo info(String name, String archive) {
    long dataOffset = bytes.deflated() ? -1 : bytes.offset() + header.start();
    return new TensorInfo(name, header.dtype(), header.shape(), archive, dataOffset);
  }

  Tensor read() {
    return NpyData.tensor(bytes.where(), header, bytes.bytes());
  }
}
