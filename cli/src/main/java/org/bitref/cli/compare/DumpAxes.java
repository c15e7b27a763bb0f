package org.bitref.cli.compare;

import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.bitref.compare.verdict.KnownLengths;
import org.bitref.model.StageNames;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/** How long the axes of a dump's tensors are, by those of which it is certain. */
final class DumpAxes {
  private static final Pattern CACHE = Pattern.compile("kv\\.\\d{1,6}\\.k");

  /** [.., tokens, channels] in all dumps. */
  private static final Pattern ROWS =
      Pattern.compile(
          "inputs_embeds|layers\\.\\d+\\.(input_ln|[qkvo]_proj|attn_out|post_attn_ln|mlp_down"
              + "|(input_|post_attn_)?hidden)");

  private DumpAxes() {}

  static KnownLengths of(TensorSource dump) {
    return new KnownLengths(length(dump, ROWS, 2, -2), length(dump, CACHE, 3, -1));
  }

  /** Of an axis of tensors of some rank or more; empty without any, or if they disagree. */
  private static OptionalInt length(TensorSource dump, Pattern names, int rank, int axis) {
    LongStream lengths =
        dump.tensors().values().stream()
            .filter(tensor -> names.matcher(plan(tensor)).matches())
            .map(TensorInfo::shape)
            .filter(shape -> shape.rank() >= rank)
            .mapToLong(shape -> shape.dim(axis))
            .distinct();
    long[] known = lengths.limit(2).toArray();
    return known.length == 1 && known[0] <= Integer.MAX_VALUE
        ? OptionalInt.of((int) known[0])
        : OptionalInt.empty();
  }

  private static String plan(TensorInfo tensor) {
    return StageNames.stage(tensor.name()).orElse(tensor.name());
  }
}
