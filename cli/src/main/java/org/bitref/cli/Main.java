package org.bitref.cli;

/** Entry point of the command line. */
public final class Main {
  private Main() {}

  /** Runs the command line. */
  public static void main(String[] args) {
    System.out.println("bitref " + String.join(" ", args));
  }
}
