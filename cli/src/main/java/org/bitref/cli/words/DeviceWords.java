package org.bitref.cli.words;

import java.util.Optional;
import org.bitref.recipe.Device;
import org.bitref.recipe.StageRecipe;

/** How a recipe goes with the device that computed a result, in words. */
public final class DeviceWords {
  private DeviceWords() {}

  /** To stand behind the name of a system; nothing where the device is not known. */
  public static String computedOn(Device device) {
    return device == Device.UNKNOWN ? "" : ", " + said(device);
  }

  /** What it was computed on; nothing where that is not known. */
  public static String said(Device device) {
    return device == Device.UNKNOWN ? "" : "computed on " + device.word();
  }

  /**
   * What to say of a recipe that stands first and does not go with the device: none that does fits.
   */
  public static Optional<String> only(Device device, StageRecipe recipe) {
    return switch (device.fit(recipe)) {
      case KNOWN, POSSIBLE -> Optional.empty();
      case OTHER_CHIP ->
          Optional.of(
              "only recipes with another chip's accumulator fit, though the device is "
                  + device.word());
      case OTHER_KIND ->
          Optional.of(
              "only recipes of %s fit, though the device is %s"
                  .formatted(device == Device.CPU ? "a GPU" : "a CPU's libraries", device.word()));
    };
  }
}
