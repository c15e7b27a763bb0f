package org.bitref.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.model.StageNames;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** What each system brought of its own that a prefill starts from. */
final class OwnInputs {
  private static final Pattern NAME = Pattern.compile("(.+?)\\.in\\.(.+)");

  private final List<Preflight.Start> starts = new ArrayList<>();

  /** {@code <system>.in.<input>} in a file of several systems. */
  record Name(String system, String input) {}

  /** Empty for another name, and where the file holds no stage of such a system. */
  static Optional<Name> name(TensorSource source, String tensor) {
    Matcher name = NAME.matcher(tensor);
    return name.matches() && isSystem(source, name.group(1))
        ? Optional.of(new Name(name.group(1), name.group(2)))
        : Optional.empty();
  }

  private static boolean isSystem(TensorSource source, String name) {
    return source.tensors().keySet().stream()
        .filter(tensor -> tensor.startsWith(name + ".") && !NAME.matcher(tensor).matches())
        .anyMatch(tensor -> StageNames.ofSystem(tensor).isPresent());
  }

  /** Takes those of a file that is a system. */
  void add(TensorSource source, String system) {
    starts.add(Preflight.Start.of(source, system));
  }

  /** Takes one of a system in a file of several. */
  void add(String system, String input, Tensor tensor) {
    Optional<Preflight.Start> known =
        starts.stream().filter(one -> one.system().equals(system)).findFirst();
    Preflight.Start start =
        known.orElseGet(() -> new Preflight.Start(system, system, new LinkedHashMap<>()));
    if (known.isEmpty()) {
      starts.add(start);
    }
    start.inputs().put(input, tensor);
  }

  List<Preflight.Start> starts() {
    return starts;
  }
}
