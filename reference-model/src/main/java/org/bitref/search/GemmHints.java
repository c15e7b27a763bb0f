package org.bitref.search;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bitref.numerics.Format;
import org.bitref.recipe.Chain;
import org.bitref.recipe.Device;
import org.bitref.recipe.GemmRecipe;
import org.bitref.recipe.Split;
import org.bitref.search.space.Preference;
import org.bitref.search.space.ProductSpace.Core;
import org.bitref.search.space.ProductSpace.Cut;

/**
 * What the name of a kernel, and the device that ran it, suggest about arithmetic. A search tries
 * first what agrees with it, and of the functions that fit names those first; it proves nothing and
 * excludes nothing.
 *
 * @param accumulator the format that sums are kept in
 * @param tile terms of K that a block loads at a time
 * @param split true if the kernel cuts K into slices that are added at the end
 * @param slices how many, where the name tells
 * @param sliced parts of every tile that are summed apart
 * @param device of functions that fit, those that go with it come before all others
 */
public record GemmHints(
    Optional<Format> accumulator,
    OptionalInt tile,
    boolean split,
    OptionalInt slices,
    OptionalInt sliced,
    Device device) {
  /** Nothing is known. */
  public static final GemmHints NONE =
      new GemmHints(
          Optional.empty(),
          OptionalInt.empty(),
          false,
          OptionalInt.empty(),
          OptionalInt.empty(),
          Device.UNKNOWN);

  /** {@code gemm_f16f16_f16f32_f32}: types of the operands, C and sums, result. */
  private static final Pattern XMMA =
      Pattern.compile("gemm_[a-z0-9]+_[a-z]+\\d+(?:m\\d+)?(f16|f32)_");

  /** {@code h16816gemm}, {@code fp16_s1688gemm}: h sums in float16, s in float32. */
  private static final Pattern MMA = Pattern.compile("(?<![a-z0-9])([hs])\\d{3,5}gemm");

  /** {@code nvjet_sm90_hsh_128x256_64x4}: types of the operands, sums, result. */
  private static final Pattern NVJET = Pattern.compile("nvjet_(?:[a-z]+\\d+_)?[a-z]([hs])[a-z]_");

  /** {@code tilesize128x256x64}: M, N, K. */
  private static final Pattern TILE = Pattern.compile("tilesize\\d+x\\d+x(\\d{1,4})");

  /** {@code 128x256_64x4}: M and N, then K and the stages. */
  private static final Pattern STAGED =
      Pattern.compile("_\\d+x\\d+_(?:[a-z0-9]+_)*?(\\d{1,4})x\\d+");

  private static final Pattern SPLIT = Pattern.compile("split_?k(?:(\\d{1,3})(?![\\dx]))?");
  private static final Pattern SLICED = Pattern.compile("sliced\\d+x(\\d{1,2})(?!\\d)");

  /** What a name of TensorRT (xmma), CUTLASS or cuBLAS (nvjet) says; {@link #NONE} of others. */
  public static GemmHints ofKernel(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    Optional<Format> accumulator =
        find(XMMA, lower)
            .or(() -> find(MMA, lower))
            .or(() -> find(NVJET, lower))
            .map(word -> word.equals("h") || word.equals("f16") ? Format.F16 : Format.F32);
    return new GemmHints(
        accumulator,
        number(find(TILE, lower).or(() -> find(STAGED, lower))),
        SPLIT.matcher(lower).find(),
        number(find(SPLIT, lower)),
        number(find(SLICED, lower)),
        Device.UNKNOWN);
  }

  /** The same for what this device computed. */
  public GemmHints on(Device known) {
    return new GemmHints(accumulator, tile, split, slices, sliced, known);
  }

  private static Optional<String> find(Pattern pattern, String name) {
    Matcher matcher = pattern.matcher(name);
    return matcher.find() ? Optional.ofNullable(matcher.group(1)) : Optional.empty();
  }

  private static OptionalInt number(Optional<String> digits) {
    return digits.map(d -> OptionalInt.of(Integer.parseInt(d))).orElse(OptionalInt.empty());
  }

  /** In how many points a recipe is another than the name suggests. */
  public int contradictions(GemmRecipe recipe) {
    boolean other = accumulator.isPresent() && accumulator.get() != recipe.inner().format();
    return (other ? 1 : 0) + contradictions(recipe.chain(), recipe.split());
  }

  private int contradictions(Chain chain, Split cut) {
    int none = split && cut instanceof Split.None ? 1 : 0;
    int number = differs(slices, slices(cut)) ? 1 : 0;
    int parts = chain instanceof Chain.Sliced one ? one.q() : 1;
    int within = differs(sliced, OptionalInt.of(parts)) ? 1 : 0;
    return none + number + within + (differs(tile, tile(chain, cut)) ? 1 : 0);
  }

  /** True if both are there and not the same. */
  private static boolean differs(OptionalInt hint, OptionalInt value) {
    return hint.isPresent() && value.isPresent() && hint.getAsInt() != value.getAsInt();
  }

  private static OptionalInt slices(Split cut) {
    return switch (cut) {
      case Split.None _ -> OptionalInt.empty();
      case Split.SplitK one -> OptionalInt.of(one.s());
      case Split.Cyclic one -> OptionalInt.of(one.s());
      case Split.Even one -> OptionalInt.of(one.s());
      case Split.Bounds one -> OptionalInt.of(one.ends().size());
      case Split.StreamK one -> OptionalInt.of(one.units());
    };
  }

  private static OptionalInt tile(Chain chain, Split cut) {
    return switch (cut) {
      case Split.Cyclic one -> OptionalInt.of(one.bk());
      case Split.StreamK one -> OptionalInt.of(one.bk());
      case Split.SplitK one when one.residue() == Split.SplitK.Residue.FIRST ->
          OptionalInt.of(one.bk());
      default -> chain instanceof Chain.Sliced one ? OptionalInt.of(one.bk()) : OptionalInt.empty();
    };
  }

  /** Classes with a member that agrees come first, then by what is simple. */
  Comparator<FunctionClass> order() {
    Comparator<FunctionClass> simple =
        Comparator.comparing(FunctionClass::simplest, Preference.SIMPLE);
    return Comparator.comparing((FunctionClass one) -> device.fit(one.simplest()))
        .thenComparing(
            equals(NONE.on(device))
                ? simple
                : Comparator.comparingInt(this::least).thenComparing(simple));
  }

  private int least(FunctionClass one) {
    return one.recipes().stream().mapToInt(this::contradictions).min().orElse(0);
  }

  /** Accumulators that agree come first, else the order stays. */
  List<Core> order(List<Core> cores) {
    List<Core> ordered = new ArrayList<>(cores);
    ordered.sort(
        Comparator.comparing(
            core -> accumulator.isPresent() && accumulator.get() != core.inner().format()));
    return ordered;
  }

  /** Cuts that agree come first, else the order stays. */
  List<Cut> orderCuts(List<Cut> cuts) {
    List<Cut> ordered = new ArrayList<>(cuts);
    ordered.sort(Comparator.comparingInt(cut -> contradictions(cut.chain(), cut.split())));
    return ordered;
  }

  /** The suggestions in words; empty if there are none. */
  public String text() {
    List<String> words = new ArrayList<>();
    accumulator.ifPresent(f -> words.add("sums in " + f.name().toLowerCase(Locale.ROOT)));
    tile.ifPresent(k -> words.add("tiles of " + k + " along K"));
    sliced.ifPresent(q -> words.add("tiles summed in " + q + " parts"));
    if (split) {
      words.add(slices.isPresent() ? "K split in " + slices.getAsInt() : "K split");
    }
    return String.join(", ", words);
  }
}
