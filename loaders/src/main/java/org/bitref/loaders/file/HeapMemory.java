package org.bitref.loaders.file;

import java.lang.foreign.MemorySegment;
import org.bitref.BadInputException;

/** Memory for data that cannot be mapped as it lies in the file. */
public final class HeapMemory {
  private HeapMemory() {}

  /**
   * Zeroed memory on the heap.
   *
   * @throws BadInputException for more than 16 GiB, or than the heap has
   */
  public static MemorySegment allocate(String where, long bytes) {
    Place place =
        new Place(
            where,
            "Save the array uncompressed in row-major order: then it is mapped, not loaded.");
    String problem = bytes + " bytes that must be unpacked into memory, more than there is";
    // A long[] reaches 16 GiB where a byte[] ends at 2.
    long words = (bytes + 7) / 8;
    if (words > Integer.MAX_VALUE - 8) {
      throw place.bad(problem);
    }
    try {
      return MemorySegment.ofArray(new long[(int) words]).asSlice(0, bytes);
    } catch (OutOfMemoryError e) {
      // A small archive may hold a large array of zeros.
      throw place.bad(e, problem);
    }
  }
}
