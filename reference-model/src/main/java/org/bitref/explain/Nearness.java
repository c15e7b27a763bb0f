package org.bitref.explain;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.bitref.explain.OwnErrors.Nearer;
import org.bitref.explain.StageReport.Both;
import org.bitref.operation.OperationKind;

/**
 * Which of two systems is nearer the exact result in a group of stages.
 *
 * @param stages that count, in the order of computation
 * @param balance mean over the stages of (a - b) / (a + b), a and b the mean absolute errors of the
 *     systems on their own inputs: -1 where only the second has an error, 1 where only the first
 *     has; so stages of large values do not outweigh the others
 * @param standardError of the balance, the stages' own errors taken as independent
 */
public record Nearness(Group group, List<String> stages, double balance, double standardError) {
  /** Stages that are computed alike. */
  public enum Group {
    /** RMSNorm. */
    NORMS,
    /** Products with weights. */
    PRODUCTS,
    /** Rotary embedding. */
    ROTATION,
    /** Scores, softmax and their product with the values. */
    ATTENTION,
    /** The activation, its product with the other branch, residual sums, casts. */
    ELEMENT_WISE;

    static Group of(OperationKind kind) {
      return switch (kind) {
        case NORM -> NORMS;
        case PRODUCT -> PRODUCTS;
        case ROTATE, COSINES, SINES -> ROTATION;
        case ATTEND -> ATTENTION;
        case EMBED, ADD_ROWS, APPEND, ADD, SILU, GELU, MUL, CAST -> ELEMENT_WISE;
      };
    }
  }

  /** The list is copied. */
  public Nearness {
    stages = List.copyOf(stages);
  }

  /** The system whose errors are smaller. */
  public Nearer nearer() {
    return OwnErrors.nearer(balance, standardError);
  }

  /** How many times larger the errors of the other system are; infinite beside exact results. */
  public double factor() {
    return (1 + Math.abs(balance)) / (1 - Math.abs(balance));
  }

  /** The groups of which some stage was computed again in both systems, in their order. */
  static List<Nearness> of(List<Both> stages) {
    Map<Group, List<Both>> groups = new EnumMap<>(Group.class);
    for (Both stage : stages) {
      group(stage).ifPresent(g -> groups.merge(g, List.of(stage), Nearness::join));
    }
    return groups.entrySet().stream().map(e -> of(e.getKey(), e.getValue())).toList();
  }

  private static List<Both> join(List<Both> some, List<Both> more) {
    return Stream.concat(some.stream(), more.stream()).toList();
  }

  /** Empty if errors are not known, not finite, or none in both: that tells nothing. */
  private static Optional<Group> group(Both stage) {
    return stage
        .pair()
        .own()
        .filter(own -> own.a() + own.b() > 0 && Double.isFinite(own.a() + own.b()))
        .flatMap(_ -> stage.a().recomputed())
        .map(known -> Group.of(known.kind()));
  }

  private static Nearness of(Group group, List<Both> stages) {
    double sum = 0;
    double variance = 0;
    for (Both stage : stages) {
      OwnErrors own = stage.pair().own().orElseThrow();
      double size = own.a() + own.b();
      sum += (own.a() - own.b()) / size;
      variance += Math.pow(own.standardError() / size, 2);
    }
    int n = stages.size();
    return new Nearness(
        group, stages.stream().map(Both::stage).toList(), sum / n, Math.sqrt(variance) / n);
  }
}
