package org.bitref.probe;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bitref.probe.Probe.Call;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;

/**
 * Products of wide-ranging numbers, in which almost every addition rounds: what is read from the
 * other products must reproduce these to the bit.
 */
final class RandomProducts {
  private final ProbeSetup setup;
  private final Weights weights;
  private final Random random;

  /** Products of the setup's shape. */
  RandomProducts(ProbeSetup setup, Weights weights) {
    this.setup = setup;
    this.weights = weights;
    this.random = new Random(setup.seed());
  }

  /** One of independent terms and, if the weights are free, one whose terms cancel in pairs. */
  List<Call> calls(int index) {
    List<Call> calls = new ArrayList<>();
    String name = "random" + index;
    Optional<Tensor> bias = bias();
    if (weights.given().isPresent()) {
      return List.of(new Call(name, independent(setup.m(), 12), weights.given().get(), bias));
    }
    int spread = narrow() ? 9 : 24;
    calls.add(new Call(name, independent(setup.m(), spread), independent(setup.n(), spread), bias));
    calls.add(cancelling("cancelling" + index, spread, bias));
    return calls;
  }

  /** True if larger values might overflow. */
  private boolean narrow() {
    return switch (setup.in()) {
      case F16, F8_E4M3, F8_E5M2 -> true;
      default -> setup.out().bytes() == 2 && setup.out().format().orElseThrow().emax() < 16;
    };
  }

  private Optional<Tensor> bias() {
    if (!setup.bias() || weights.given().isPresent()) {
      return weights.bias(Row.Group.MAIN);
    }
    TensorBuilder bias = new TensorBuilder(setup.out(), Shape.of(setup.n()));
    for (long n = 0; n < setup.n(); n++) {
      bias.set(n, random.nextGaussian());
    }
    return Optional.of(bias.build());
  }

  private Tensor independent(int rows, int spread) {
    TensorBuilder out = new TensorBuilder(setup.in(), Shape.of(rows, setup.k()));
    for (long i = 0; i < (long) rows * setup.k(); i++) {
      out.set(i, value(spread));
    }
    return out.build();
  }

  private double value(int spread) {
    double magnitude = Math.scalb(1 + random.nextDouble(), 1 - random.nextInt(spread + 1));
    return random.nextBoolean() ? magnitude : -magnitude;
  }

  /** Every term has an opposite somewhere: what is left is made by roundings. */
  private Call cancelling(String name, int spread, Optional<Tensor> bias) {
    int k = setup.k();
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < k; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    int[] twin = new int[k];
    for (int i = 0; i < k; i++) {
      twin[order.get(i)] = i % 2 == 1 ? order.get(i - 1) : -1;
    }
    Tensor x = paired(setup.m(), spread, twin, -1);
    return new Call(name, x, paired(setup.n(), spread, twin, 1), bias);
  }

  private Tensor paired(int rows, int spread, int[] twin, int sign) {
    TensorBuilder out = new TensorBuilder(setup.in(), Shape.of(rows, twin.length));
    double[] line = new double[twin.length];
    for (int m = 0; m < rows; m++) {
      for (int k = 0; k < line.length; k++) {
        line[k] = 4 * value(spread);
      }
      for (int k = 0; k < line.length; k++) {
        out.set((long) m * line.length + k, twin[k] < 0 ? line[k] : sign * line[twin[k]]);
      }
    }
    return out.build();
  }
}
