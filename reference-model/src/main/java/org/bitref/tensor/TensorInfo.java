package org.bitref.tensor;

/**
 * What a file says of a tensor before its data is read.
 *
 * @param file the file that holds the data, as the user would name it
 * @param offset byte offset of the first element in that file; -1 where the file has no single
 *     place for it (a compressed member)
 */
public record TensorInfo(String name, DType dtype, Shape shape, String file, long offset) {}
