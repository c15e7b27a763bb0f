package org.bitref.cli.console;

/** A result that has a short form to paste into an issue. */
public interface Summary extends Result {
  /** Adds the short form. */
  void markdown(Markdown text);
}
