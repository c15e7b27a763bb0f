package org.bitref.probe;

import java.util.List;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.DType;

/**
 * What is probed, and how. Everything else about a probe follows from it, from the seed on, but for
 * the fixed weights of {@link Mode#WEIGHTS}.
 *
 * @param m rows of the product the device computes
 * @param k terms of an output
 * @param n columns
 * @param in type of both operands
 * @param out type of the result
 * @param mode which operands can be chosen
 * @param bias true if the device adds a bias [N], of type {@code out}
 * @param round 0 for the first; each later one asks what the ones before left open
 * @param seed of the random products
 * @param candidates what an earlier round left: only random products are asked, to part these;
 *     empty if everything is open
 */
public record ProbeSetup(
    int m,
    int k,
    int n,
    DType in,
    DType out,
    Mode mode,
    boolean bias,
    int round,
    long seed,
    List<GemmRecipe> candidates) {
  /** Which operands can be chosen. */
  public enum Mode {
    /** Both. */
    FREE,
    /** The activations; the weights are built into the device's engine. */
    WEIGHTS
  }

  /** The most rounds there can be. */
  public static final int ROUNDS = 4;

  /**
   * @throws IllegalArgumentException if a length or the round is out of range, or a type cannot be
   *     probed
   */
  public ProbeSetup {
    if (m < 1 || n < 1 || k < 4) {
      throw new IllegalArgumentException(
          "a probe needs M and N of at least 1 and K of at least 4, not " + m + "x" + k + "x" + n);
    }
    if (round < 0 || round >= ROUNDS) {
      throw new IllegalArgumentException("round " + round + " is not 0 to " + (ROUNDS - 1));
    }
    if (!out.isFloat()) {
      throw new IllegalArgumentException(out + " is no type of a product");
    }
    Scale.of(in);
    candidates = List.copyOf(candidates);
  }

  /**
   * The next round, in which these are to be parted, or everything asked again if there are none.
   */
  public ProbeSetup next(List<GemmRecipe> left) {
    return new ProbeSetup(m, k, n, in, out, mode, bias, round + 1, seed + 1, left);
  }

  /** The same with another seed. */
  public ProbeSetup withSeed(long other) {
    return new ProbeSetup(m, k, n, in, out, mode, bias, round, other, candidates);
  }

  /** Odd rounds take the second scale; from the third on every k is looked at. */
  Scale scale() {
    List<Scale> scales = Scale.of(in);
    return scales.get(Math.min(round % 2, scales.size() - 1));
  }

  /** Beyond the first terms only the multiples of this are looked at as boundaries. */
  int grid() {
    return k <= 1024 || round >= 2 ? 1 : 8;
  }
}
