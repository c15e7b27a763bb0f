package org.bitref.recipe;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bitref.numerics.Format;
import org.bitref.recipe.MachineParts.Machine;

/**
 * What a captured result was computed on. It orders recipes that fit equally, and decides nothing
 * else: see {@link #order}.
 *
 * <p>Of a chip whose tensor cores were measured the rows of {@link Hardware} are what it is known
 * to have. Of all others (a T4, of which two sources disagree, and a Thor, of which no outputs were
 * available) only the kind of machine is known.
 */
public enum Device {
  /** Nothing is known: every recipe is as good as another. */
  UNKNOWN,
  /** Any CPU. */
  CPU,
  /** A GPU of which no more is known. */
  GPU,
  /** Volta. */
  V100("volta"),
  /** Turing. */
  T4,
  /** Ampere. */
  A100("ampere"),
  /** Ampere. */
  A2("ampere"),
  /** Ada. */
  L40S("ada"),
  /** Hopper. */
  H100("hopper"),
  /** Hopper. */
  H200("hopper"),
  /** Blackwell. */
  B200("blackwell"),
  /** Jetson or DRIVE Thor. */
  THOR;

  private final String chip;

  Device() {
    this("");
  }

  /**
   * @param chip what the table calls it; nothing where it knows nothing of it
   */
  Device(String chip) {
    this.chip = chip;
  }

  private List<Hardware> rows() {
    return Hardware.rows().stream()
        .filter(row -> chip.equals(row.chip().replace("-mma", "")))
        .toList();
  }

  /** How well a recipe goes with a device, the best first. */
  public enum Fit {
    /** The device is known to have this accumulator, or this way to take a function. */
    KNOWN,
    /** Nothing speaks against it. */
    POSSIBLE,
    /** Another chip's accumulator. */
    OTHER_CHIP,
    /** Of another kind of machine: a CPU library's for a GPU, a GPU's for a CPU. */
    OTHER_KIND
  }

  /** Names that users write, in the order of this list; not {@link #UNKNOWN}. */
  public static List<String> names() {
    return Arrays.stream(values()).filter(one -> one != UNKNOWN).map(Device::word).toList();
  }

  /** As users write it: {@code h100}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The device of this name as users write it, in any case; empty if there is none. */
  public static Optional<Device> find(String word) {
    String lower = word.toLowerCase(Locale.ROOT);
    return Arrays.stream(values())
        .filter(one -> one != UNKNOWN && one.word().equals(lower))
        .findFirst();
  }

  /**
   * The device that a program names, for example {@code NVIDIA H100 80GB HBM3} or {@code cpu}:
   * another NVIDIA one, or {@code cuda:0}, is {@link #GPU}; what means nothing, or names several,
   * is {@link #UNKNOWN}.
   */
  public static Device described(String text) {
    List<String> words = List.of(text.toLowerCase(Locale.ROOT).split("[^a-z0-9]+"));
    List<Device> named = words.stream().flatMap(word -> find(word).stream()).distinct().toList();
    if (!named.isEmpty()) {
      return named.size() == 1 ? named.getFirst() : UNKNOWN;
    }
    return words.contains("nvidia") || words.contains("cuda") ? GPU : UNKNOWN;
  }

  /**
   * The device that a dump's metadata name under {@code device}; where that is no more than {@code
   * cuda}, the one under {@code gpu}.
   *
   * @param system one of several in the file, of which {@code <system>.device} and {@code
   *     <system>.gpu} tell; empty if the file is of one
   */
  public static Device of(Map<String, String> metadata, Optional<String> system) {
    String before = system.map(name -> name + ".").orElse("");
    Device device = described(metadata.getOrDefault(before + "device", ""));
    Device gpu = described(metadata.getOrDefault(before + "gpu", ""));
    return device == GPU && gpu != UNKNOWN && gpu != CPU ? gpu : device;
  }

  /** Those that go better with the device come first. */
  public Comparator<StageRecipe> order() {
    return Comparator.comparing(this::fit);
  }

  /** True if the recipe is of another kind of machine, or of another chip. */
  public boolean isForeign(StageRecipe recipe) {
    return fit(recipe).compareTo(Fit.POSSIBLE) > 0;
  }

  /** How well a recipe goes with the device; of {@link #UNKNOWN} each is possible. */
  public Fit fit(StageRecipe recipe) {
    if (this == UNKNOWN) {
      return Fit.POSSIBLE;
    }
    MachineParts parts = new MachineParts(recipe);
    Machine own = this == CPU ? Machine.CPU : Machine.GPU;
    if (parts.machines().stream().anyMatch(machine -> machine != own)) {
      return Fit.OTHER_KIND;
    }
    List<Fit> products = parts.products().stream().map(this::ofProduct).distinct().toList();
    if (products.contains(Fit.OTHER_CHIP)) {
      return Fit.OTHER_CHIP;
    }
    return parts.hasFunction() || products.contains(Fit.KNOWN) ? Fit.KNOWN : Fit.POSSIBLE;
  }

  private Fit ofProduct(GemmRecipe gemm) {
    if (rows().isEmpty() || !(gemm.inner() instanceof Inner.Fda fda)) {
      return Fit.POSSIBLE;
    }
    List<Inner.Fda> own = own(gemm.in().x());
    if (own.stream().anyMatch(one -> alike(one, fda) && one.w() == fda.w())) {
      return Fit.KNOWN;
    }
    // An instruction with fewer terms sums them in one shorter step.
    return own.stream().anyMatch(one -> alike(one, fda) && one.w() > fda.w())
        ? Fit.POSSIBLE
        : Fit.OTHER_CHIP;
  }

  private List<Inner.Fda> own(Format in) {
    return rows().stream().filter(row -> row.in() == in).map(Hardware::fda).toList();
  }

  /** But for the block size, and for a floor that most sums do not reach. */
  private static boolean alike(Inner.Fda a, Inner.Fda b) {
    return a.fraction() == b.fraction()
        && a.acc() == b.acc()
        && a.kper().equals(b.kper())
        && a.clast() == b.clast();
  }
}
