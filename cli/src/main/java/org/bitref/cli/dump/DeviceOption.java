package org.bitref.cli.dump;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.Text;
import org.bitref.cli.console.UsageException;
import org.bitref.loaders.file.Nearest;
import org.bitref.model.StageNames;
import org.bitref.recipe.Device;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.Option;

/**
 * The option {@code --device}: what captured results were computed on, where their files do not say
 * so. It puts recipes that fit equally in order, and leaves none out.
 */
public final class DeviceOption {
  private static final String NAME = "--device";

  @Option(
      names = NAME,
      paramLabel = "[SYSTEM=]D",
      split = ",",
      description =
          "What computed the results: cpu, gpu, v100, t4, a100, a2, l40s, h100, h200, b200 or thor;"
              + " as the file says unless given. Of recipes that fit, its own come first.")
  private List<String> arguments = new ArrayList<>();

  /**
   * Refuses what is no device.
   *
   * @throws UsageException which names the nearest
   */
  public void check() {
    arguments.forEach(argument -> device(after(argument)));
  }

  /**
   * The devices that are given.
   *
   * @param systems all that there are
   * @return by system; not of those that no argument is of
   * @throws UsageException if an argument is of another system, or names no device
   */
  public Map<String, Device> of(Collection<String> systems) {
    Map<String, Device> devices = new LinkedHashMap<>();
    for (String argument : arguments) {
      int equals = argument.lastIndexOf('=');
      if (equals < 0) {
        systems.forEach(system -> devices.putIfAbsent(system, device(argument)));
      }
    }
    for (String argument : arguments) {
      int equals = argument.lastIndexOf('=');
      if (equals >= 0) {
        devices.put(system(argument.substring(0, equals), systems), device(after(argument)));
      }
    }
    return devices;
  }

  /**
   * The device of one product; what its file says of it unless it is given.
   *
   * @param y the name of the product in the file
   * @throws UsageException if the argument names a system or no device
   */
  public Device of(TensorSource source, String y) {
    if (arguments.size() > 1 || arguments.stream().anyMatch(one -> one.indexOf('=') >= 0)) {
      throw UsageException.value(NAME, "give one device, without a system before it");
    }
    return arguments.stream()
        .findFirst()
        .map(DeviceOption::device)
        .orElseGet(() -> Device.of(source.metadata(), system(source, y)));
  }

  /** The system of y if the file holds several: one device is not that of all of them. */
  private static Optional<String> system(TensorSource source, String y) {
    Set<String> systems =
        source.tensors().keySet().stream()
            .flatMap(name -> StageNames.ofSystem(name).stream())
            .map(StageNames.OfSystem::system)
            .collect(Collectors.toSet());
    return systems.size() > 1
        ? StageNames.ofSystem(y).map(StageNames.OfSystem::system)
        : Optional.empty();
  }

  private static String after(String argument) {
    return argument.substring(argument.lastIndexOf('=') + 1);
  }

  private static String system(String name, Collection<String> systems) {
    SystemNames.check(NAME, List.of(name), systems);
    return name;
  }

  private static Device device(String word) {
    return Device.find(word)
        .orElseThrow(
            () ->
                UsageException.value(
                    NAME,
                    "no device %s is known; the nearest names are %s, and all are %s. Give gpu for another one"
                        .formatted(
                            Text.quote(word),
                            Nearest.of(word, Device.names()),
                            String.join(", ", Device.names()))));
  }
}
