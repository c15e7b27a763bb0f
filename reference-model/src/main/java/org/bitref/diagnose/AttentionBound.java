package org.bitref.diagnose;

import java.util.List;
import org.bitref.kernel.Workers;

/**
 * How far a right implementation of attention may be from the exact result. The derivation stands
 * at {@link AttentionFamily}.
 */
public final class AttentionBound {
  private AttentionBound() {}

  /**
   * The output against every family, the narrowest first. A row of {@link Bounded} is a query of a
   * head, [heads * M], a column an element of it.
   */
  public static List<Bounded> all(AttentionCase attention, Workers workers) {
    return new AttentionDiagnosis(attention, workers).bounds();
  }
}
