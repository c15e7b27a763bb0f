package org.bitref.loaders.onnx;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.file.Text;
import org.bitref.tensor.Shape;

/**
 * A TensorProto as it stands in the file.
 *
 * @param type ONNX's number of the type
 * @param raw raw_data; null if there is none
 * @param typed encoded numbers by field: float_data, int32_data and their like
 * @param external key to value: location, offset, length; empty if the data is in this file
 */
record Initializer(
    String name,
    int type,
    Shape shape,
    MemorySegment raw,
    Map<Integer, List<MemorySegment>> typed,
    Map<String, String> external) {

  static Initializer read(ProtoReader in) {
    List<Long> dims = new ArrayList<>();
    Map<Integer, List<MemorySegment>> typed = new HashMap<>();
    Map<String, String> external = new HashMap<>();
    String name = "";
    int type = 0;
    MemorySegment raw = null;
    while (in.next()) {
      switch (in.field()) {
        case 1 -> dims.addAll(Varints.decode(in, in.value()));
        case 2 -> type = (int) in.number();
        case 4, 5, 7, 10, 11 ->
            typed.computeIfAbsent(in.field(), _ -> new ArrayList<>()).add(in.value());
        case 8 -> name = in.text();
        case 9 -> raw = in.bytes();
        case 13 -> entry(in.message(), external);
        default -> in.value();
      }
    }
    return new Initializer(name, type, shape(in, name, dims), raw, typed, external);
  }

  /** A StringStringEntryProto. */
  private static void entry(ProtoReader in, Map<String, String> into) {
    String key = "";
    String value = "";
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = in.text();
        case 2 -> value = in.text();
        default -> in.value();
      }
    }
    into.put(key, value);
  }

  private static Shape shape(ProtoReader in, String name, List<Long> dims) {
    return Lengths.shape(dims)
        .orElseThrow(
            () ->
                new BadInputException(
                    in.where() + ": initializer " + Text.quote(name),
                    "has an impossible shape",
                    ProtoReader.DAMAGED));
  }
}
