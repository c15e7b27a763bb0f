package org.bitref.replay;

/** Ends a replay that lacks something. */
final class NotReplayable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * @param what a stage, a weight or a tensor of the prompt
   */
  NotReplayable(String what) {
    super(what, null, false, false);
  }
}
