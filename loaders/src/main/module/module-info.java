/** Readers and writers of tensor files and checkpoints; none of them runs what a file holds. */
module org.bitref.loaders {
  requires transitive org.bitref.reference;
  requires com.fasterxml.jackson.core;
  requires org.apache.commons.compress;
  requires org.apache.commons.text;

  exports org.bitref.loaders;
  exports org.bitref.loaders.engine;
  exports org.bitref.loaders.file;
  exports org.bitref.loaders.hf;
  exports org.bitref.loaders.kv;
  exports org.bitref.loaders.map;
  exports org.bitref.loaders.npy;
  exports org.bitref.loaders.onnx;
  exports org.bitref.loaders.polygraphy;
  exports org.bitref.loaders.raw;
  exports org.bitref.loaders.safetensors;
  exports org.bitref.loaders.torch;
  exports org.bitref.loaders.trtexec;
}
