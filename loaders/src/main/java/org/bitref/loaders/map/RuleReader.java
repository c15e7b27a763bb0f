package org.bitref.loaders.map;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiFunction;
import org.bitref.Text;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.json.JsonCursor;
import org.bitref.loaders.json.JsonCursor.Kind;
import org.bitref.loaders.map.Rule.Operation;
import org.bitref.loaders.map.Rule.Split;
import org.bitref.loaders.map.Rule.Step;
import org.bitref.loaders.map.Rule.Strip;
import org.bitref.loaders.map.Rule.Unstack;
import org.bitref.tensor.DType;

/**
 * One rule: {@code {"from": pattern, "to": name or names, "do": [steps], "tokens": axis}}. A step
 * is an object of one member: {@code {"transpose": [0, 2, 1, 3]}}, {@code {"reshape": [0, 0, -1,
 * 128]}}, {@code {"squeeze": 0}}, {@code {"unsqueeze": 0}}, {@code {"cast": "f16"}}, {@code
 * {"crop": {"axis": 1, "from": 0, "to": 3005}}}, {@code {"split": {"axis": -1, "parts": [4, 1,
 * 1]}}}, {@code {"unstack": {"axis": 0, "as": "i"}}}, {@code {"strip": {"axis": 2, "lengths":
 * "name", "side": "left"}}}.
 */
final class RuleReader {
  private final JsonCursor in;
  private Optional<NamePattern> from = Optional.empty();
  private Optional<List<String>> to = Optional.empty();
  private final List<Operation> operations = new ArrayList<>();
  private OptionalInt tokens = OptionalInt.empty();

  private RuleReader(JsonCursor in) {
    this.in = in;
  }

  /** Reads the rule that the cursor stands on. */
  static Rule read(JsonCursor in) {
    RuleReader reader = new RuleReader(in);
    in.object("a rule", reader::member);
    NamePattern from = reader.from.orElseThrow(() -> in.bad("a rule has no \"from\""));
    List<String> to = reader.to.orElseThrow(() -> in.bad("a rule has no \"to\""));
    try {
      return new Rule(from, to, List.copyOf(reader.operations), reader.tokens);
    } catch (IllegalArgumentException e) {
      throw in.bad("the rule " + Text.quote(from.toString()) + ": " + e.getMessage());
    }
  }

  private void member(String key) {
    switch (key) {
      case "from" -> from = Optional.of(NameMap.pattern(in, in.string(key)));
      case "to" -> to = Optional.of(names(key));
      case "do" -> in.array(key, () -> in.object("a step", this::step));
      case "tokens" -> tokens = OptionalInt.of(integer(key));
      default -> throw in.bad("a rule has no " + Text.quote(key));
    }
  }

  /** One name or an array of them. */
  private List<String> names(String key) {
    if (in.kind() != Kind.ARRAY) {
      return List.of(in.string(key));
    }
    List<String> names = new ArrayList<>();
    in.array(key, () -> names.add(in.string("a new name")));
    return names;
  }

  private void step(String kind) {
    switch (kind) {
      case "transpose" -> step(TensorView::transposed, integers(kind));
      case "reshape" -> step(TensorView::reshaped, integers(kind));
      case "squeeze" -> step(TensorView::squeezed, integer(kind));
      case "unsqueeze" -> step(TensorView::unsqueezed, integer(kind));
      case "cast" -> step(TensorView::cast, floatType(in.string(kind)));
      case "crop", "split", "unstack", "strip" -> operations.add(withAxis(kind));
      default -> throw in.bad("there is no step " + Text.quote(kind));
    }
  }

  private <T> void step(BiFunction<TensorView, T, TensorView> change, T argument) {
    operations.add(new Step(view -> change.apply(view, argument)));
  }

  private DType floatType(String name) {
    Optional<DType> dtype = DTypeName.find(name).filter(DType::isFloat);
    return dtype.orElseThrow(() -> in.bad(Text.quote(name) + " is no float type"));
  }

  private Operation withAxis(String kind) {
    Map<String, Integer> numbers = new HashMap<>();
    Map<String, String> texts = new HashMap<>();
    List<Long> parts = new ArrayList<>();
    in.object(
        kind,
        key -> {
          switch (key) {
            case "axis", "from", "to" -> numbers.put(key, integer(key));
            case "as", "lengths", "plus", "side" -> texts.put(key, in.string(key));
            case "parts" -> parts.addAll(in.wholeNumbers(key));
            default -> throw in.bad("the step " + kind + " has no " + Text.quote(key));
          }
        });
    int axis = need(kind, "axis", numbers);
    return switch (kind) {
      case "crop" -> {
        long start = numbers.getOrDefault("from", 0);
        long end = numbers.containsKey("to") ? numbers.get("to") : TensorView.END;
        yield new Step(view -> view.cropped(axis, start, end));
      }
      case "split" -> new Split(axis, List.copyOf(parts));
      case "unstack" -> new Unstack(axis, need(kind, "as", texts));
      default -> {
        String side = texts.getOrDefault("side", "right");
        if (!side.equals("left") && !side.equals("right")) {
          throw in.bad("the side of the padding is neither left nor right");
        }
        yield new Strip(
            axis,
            need(kind, "lengths", texts),
            texts.getOrDefault("plus", "0"),
            side.equals("left"));
      }
    };
  }

  private <T> T need(String kind, String key, Map<String, T> found) {
    T value = found.get(key);
    if (value == null) {
      throw in.bad("the step " + kind + " has no \"" + key + "\"");
    }
    return value;
  }

  private List<Integer> integers(String what) {
    List<Integer> numbers = new ArrayList<>();
    in.array(what, () -> numbers.add(integer(what)));
    return numbers;
  }

  private int integer(String what) {
    double number = in.number(what);
    if (number != Math.rint(number) || Math.abs(number) > Integer.MAX_VALUE) {
      throw in.bad(what + " is not a whole number");
    }
    return (int) number;
  }
}
