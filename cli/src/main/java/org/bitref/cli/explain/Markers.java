package org.bitref.cli.explain;

import org.bitref.explain.SystemStage.Status;

/** Shapes that tell what is known of a stage without a colour. */
final class Markers {
  private Markers() {}

  static String of(Status status) {
    return switch (status) {
      case REPRODUCED -> "●";
      case BOUNDED -> "◐";
      case FOLLOWS -> "◒";
      case UNEXPLAINED -> "▲";
      case CORRUPT -> "✖";
      case OVERFLOW -> "■";
      case INCONCLUSIVE -> "○";
      case INPUT_NOT_CAPTURED -> "–";
    };
  }

  /** The name of a group inside a sentence. */
  static String lower(String name) {
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }
}
