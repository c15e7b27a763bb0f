package org.bitref.loaders.polygraphy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.file.MappedFile;
import org.bitref.loaders.file.Text;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.json.JsonCursor.Kind;

/** Where the arrays of a Polygraphy JSON start, found in one pass that decodes none of them. */
final class Contents {
  private static final String REMEDY =
      "The file is damaged or truncated, or was not saved by Polygraphy: save it again.";

  /**
   * The arrays of one iteration.
   *
   * @param runner name of the runner; empty for inputs
   * @param arrays array name to the byte at which its string starts
   */
  record Iteration(String runner, int number, Map<String, Long> arrays) {}

  private static final int LONGEST_NAME = 1000;

  private final List<Iteration> iterations = new ArrayList<>();

  private Contents() {}

  static List<Iteration> read(MappedFile file) {
    Contents contents = new Contents();
    JsonCursor.read(file.name(), REMEDY, file.bytes(), contents::root);
    return contents.iterations;
  }

  private void root(JsonCursor in) {
    if (in.kind() == Kind.ARRAY) {
      in.array("the text", () -> iteration(in, "", iterations.size()));
      return;
    }
    boolean[] found = new boolean[1];
    in.object(
        "the text",
        name -> {
          if (name.equals("lst")) {
            found[0] = true;
            in.array("lst", () -> runner(in));
          } else {
            in.skip();
          }
        });
    if (!found[0]) {
      throw in.bad("the text has no \"lst\"");
    }
  }

  /** A pair of the runner's name and its iterations. */
  private void runner(JsonCursor in) {
    String[] runner = new String[1];
    int[] iteration = new int[1];
    in.array(
        "an entry of lst",
        () -> {
          if (runner[0] == null) {
            runner[0] = in.string("a runner's name");
            if (runner[0].length() > LONGEST_NAME) {
              // It stands before the names of all its arrays.
              throw in.bad("a runner's name has more than " + LONGEST_NAME + " characters");
            }
          } else {
            in.array("the iterations of a runner", () -> result(in, runner[0], iteration[0]++));
          }
        });
  }

  private void result(JsonCursor in, String runner, int number) {
    in.object(
        "an iteration",
        name -> {
          if (name.equals("outputs")) {
            iteration(in, runner, number);
          } else {
            in.skip();
          }
        });
  }

  private void iteration(JsonCursor in, String runner, int number) {
    Map<String, Long> arrays = new LinkedHashMap<>();
    in.object("the arrays of an iteration", name -> array(in, name, name, arrays));
    iterations.add(new Iteration(runner, number, arrays));
  }

  /** {@code {"array": ".."}}, or that inside {@code {"values": ..}} as LazyArray has it. */
  private static void array(JsonCursor in, String name, String what, Map<String, Long> arrays) {
    in.object(
        what,
        key -> {
          switch (key) {
            case "values" -> array(in, name, "the values of " + what, arrays);
            case "array" -> {
              if (in.kind() != Kind.STRING) {
                throw notText(in, name);
              }
              arrays.put(name, in.position());
              in.pass();
            }
            default -> in.skip();
          }
        });
    if (!arrays.containsKey(name)) {
      throw notText(in, name);
    }
  }

  private static BadInputException notText(JsonCursor in, String name) {
    return in.bad("tensor " + Text.quote(name) + " is not an array as text");
  }
}
