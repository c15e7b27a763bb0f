package org.bitref.explain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.bitref.compare.Comparer;
import org.bitref.explain.Capture.CapturedSystem;
import org.bitref.explain.Evaluator.Computed;
import org.bitref.explain.Evaluator.Evaluated;
import org.bitref.explain.PairStage.Cause;
import org.bitref.explain.PairStage.ErrorMap;
import org.bitref.explain.PairStage.MeanDifference;
import org.bitref.explain.PairStage.Places;
import org.bitref.explain.PairStage.Share;
import org.bitref.tensor.Tensor;

/** The difference of one stage between two systems. */
final class PairMath {
  private static final int TOP = 3;
  private static final int BLOCKS = 32;

  private final Tensor a;
  private final Tensor b;
  private final Layout layout;
  private final double[] byToken;
  private final double[] squaresByToken;
  private final double[] squaresByChannel;

  private PairMath(String stage, Tensor a, Tensor b) {
    this.a = a;
    this.b = b;
    this.layout = Layout.of(stage, a.shape());
    this.byToken = new double[layout.tokens()];
    this.squaresByToken = new double[layout.tokens()];
    this.squaresByChannel = new double[layout.channels()];
    for (int i = 0; i < a.elements(); i++) {
      double d = difference(i);
      byToken[layout.token(i)] += d;
      squaresByToken[layout.token(i)] += d * d;
      squaresByChannel[layout.channel(i)] += d * d;
    }
  }

  private double difference(int i) {
    double x = a.get(i);
    double y = b.get(i);
    return x == y || (Double.isNaN(x) && Double.isNaN(y)) ? 0 : Math.abs(x - y);
  }

  /** The tensors have as many elements. */
  static PairStage of(
      String stage, CapturedSystem a, CapturedSystem b, Evaluated ofA, Evaluated ofB) {
    PairMath math = new PairMath(stage, a.get(stage), b.get(stage));
    Optional<Computed> other =
        ofB.computed().filter(c -> ofA.computed().map(c::isAsLong).orElse(false));
    return new PairStage(
        a.name(),
        b.name(),
        Comparer.compare(math.a, math.b),
        mean(math.byToken, math.layout),
        other.map(right -> cause(ofA.computed().orElseThrow(), right)),
        other.map(_ -> own(stage, ofA, ofB)),
        new Places(shares(math.squaresByChannel), shares(math.squaresByToken), math.map()));
  }

  private static OwnErrors own(String stage, Evaluated ofA, Evaluated ofB) {
    Computed left = ofA.computed().orElseThrow();
    Computed right = ofB.computed().orElseThrow();
    Layout layout = Layout.of(stage, left.captured().y().shape());
    double[] rows = new double[layout.tokens()];
    for (int i = 0; i < left.captured().y().elements(); i++) {
      rows[layout.token(i)] += error(left, i) - error(right, i);
    }
    return new OwnErrors(
        ownError(ofA.stage()), ownError(ofB.stage()), mean(rows, layout).standardError());
  }

  private static double error(Computed stage, int i) {
    double captured = stage.captured().y().get(i);
    double exact = stage.exact().get(i);
    return captured == exact ? 0 : Math.abs(captured - exact);
  }

  private static double ownError(SystemStage system) {
    return system.recomputed().orElseThrow().ownError().meanAbs();
  }

  /** The mean over all values of which these are the sums of each token. */
  private static MeanDifference mean(double[] sums, Layout layout) {
    int n = sums.length;
    double mean = 0;
    for (double row : sums) {
      mean += row / layout.channels() / n;
    }
    double squares = 0;
    for (double row : sums) {
      double d = row / layout.channels() - mean;
      squares += d * d;
    }
    return new MeanDifference(mean, Math.sqrt(squares / (n - 1.0) / n), n);
  }

  private static List<Share> shares(double[] squares) {
    double total = Arrays.stream(squares).sum();
    List<Share> shares = new ArrayList<>();
    for (int i = 0; i < squares.length; i++) {
      if (squares[i] > 0) {
        shares.add(new Share(i, squares[i] / total));
      }
    }
    shares.sort(Comparator.comparingDouble(Share::share).reversed());
    return shares.subList(0, Math.min(TOP, shares.size()));
  }

  private ErrorMap map() {
    int rows = Math.min(BLOCKS, layout.tokens());
    int columns = Math.min(BLOCKS, layout.channels());
    double[][] sums = new double[rows][columns];
    long[][] counts = new long[rows][columns];
    for (int i = 0; i < a.elements(); i++) {
      int row = (int) ((long) layout.token(i) * rows / layout.tokens());
      int column = (int) ((long) layout.channel(i) * columns / layout.channels());
      sums[row][column] += difference(i);
      counts[row][column]++;
    }
    List<List<Double>> means = new ArrayList<>();
    for (int r = 0; r < rows; r++) {
      List<Double> line = new ArrayList<>();
      for (int c = 0; c < columns; c++) {
        // A float is plenty for a shade of colour, and shorter in a file.
        line.add(Double.valueOf(Float.toString((float) (sums[r][c] / counts[r][c]))));
      }
      means.add(line);
    }
    return new ErrorMap(layout.tokens(), layout.channels(), means);
  }

  private static Cause cause(Computed a, Computed b) {
    double total = 0;
    double own = 0;
    double inherited = 0;
    double size = 0;
    long n = a.exact().elements();
    for (long i = 0; i < n; i++) {
      double exactA = a.exact().get(i);
      double exactB = b.exact().get(i);
      double moved = exactA - exactB;
      double difference = a.captured().y().get(i) - b.captured().y().get(i);
      total += difference * difference;
      inherited += moved * moved;
      own += (difference - moved) * (difference - moved);
      size += exactA * exactA;
    }
    double inputSquares = 0;
    double inputSize = 0;
    long inputs = 0;
    for (int i = 0; i < a.captured().operation().inputs().size(); i++) {
      Tensor left = a.captured().operation().inputs().get(i);
      Tensor right = b.captured().operation().inputs().get(i);
      for (long j = 0; j < left.elements(); j++) {
        double d = left.get(j) - right.get(j);
        inputSquares += d * d;
        inputSize += left.get(j) * left.get(j);
      }
      inputs += left.elements();
    }
    double moved = Math.sqrt(inputSquares / inputs);
    boolean fed = moved > 0;
    return new Cause(
        Math.sqrt(total / n),
        Math.sqrt(own / n),
        Math.sqrt(inherited / n),
        Math.sqrt(total / size),
        fed ? Optional.of(Math.sqrt(inherited / n) / moved) : Optional.empty(),
        fed
            ? Optional.of(Math.sqrt(inherited / size) / Math.sqrt(inputSquares / inputSize))
            : Optional.empty());
  }
}
