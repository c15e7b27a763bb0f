package org.bitref.replay;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bitref.kernel.row.Frequencies;
import org.bitref.model.Stage;
import org.bitref.model.StageNames;
import org.bitref.numerics.Format;
import org.bitref.operation.OperationKind;

/** The changes of function that may be behind a target, the simplest first. */
final class Variants {
  private static final List<OperationKind> ACTIVATIONS =
      List.of(OperationKind.SILU, OperationKind.GELU);

  /** Tokens of a sequence whose pages are tried one by one. */
  private static final int MOST_PAGED = 512;

  private final Replay replay;
  private final String target;
  private final Set<Stage> open;
  private final Seen seen;
  private final List<Variant> all = new ArrayList<>();

  private Variants(Replay replay, String target, Set<Stage> open, Seen seen) {
    this.replay = replay;
    this.target = target;
    this.open = open;
    this.seen = seen;
  }

  /**
   * A target's values.
   *
   * @param stored what the system stored
   * @param model what the model computes
   * @param format of what is stored
   */
  record Seen(Rows stored, Rows model, Format format) {}

  /** Those of the stages that are computed. */
  static List<Variant> of(Replay replay, String target, Set<Stage> open, Seen seen) {
    Variants variants = new Variants(replay, target, open, seen);
    variants.attention();
    variants.norms();
    variants.rotations();
    variants.points();
    variants.products();
    Set<String> weighed = variants.lasts(OperationKind.PRODUCT, OperationKind.NORM);
    variants.all.addAll(WeightVariants.of(replay, open, weighed));
    variants.inputs();
    return List.copyOf(variants.all);
  }

  private Set<String> lasts(OperationKind... kinds) {
    List<OperationKind> wanted = List.of(kinds);
    return open.stream()
        .filter(stage -> wanted.contains(stage.kind()))
        .map(stage -> StageNames.last(stage.id().name()))
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** All of them, those of heads, those of rows, and each. */
  private static Collection<Set<String>> scopes(Set<String> stages) {
    Set<Set<String>> scopes = new LinkedHashSet<>();
    scopes.add(stages);
    scopes.add(stages.stream().filter(Variants::isOfHeads).collect(Collectors.toSet()));
    scopes.add(stages.stream().filter(name -> !isOfHeads(name)).collect(Collectors.toSet()));
    stages.forEach(name -> scopes.add(Set.of(name)));
    scopes.removeIf(Set::isEmpty);
    return scopes;
  }

  /** True for a norm or rotation of the heads of queries or keys. */
  static boolean isOfHeads(String stage) {
    return stage.startsWith("q_") || stage.startsWith("k_");
  }

  private void norms() {
    Set<String> norms = lasts(OperationKind.NORM);
    double eps = replay.recording().settings().eps();
    scopes(norms).forEach(scope -> all.addAll(NormVariants.of(scope, eps, seen.format())));
  }

  /** The table of the first rotation that is open. */
  private String table(Set<String> stages) {
    return open.stream()
        .filter(stage -> stages.contains(StageNames.last(stage.id().name())))
        .findFirst()
        .orElseThrow()
        .inputs()
        .get(1)
        .name();
  }

  private void rotations() {
    Set<String> stages = lasts(OperationKind.ROTATE);
    Recording.Settings settings = replay.recording().settings();
    if (!stages.isEmpty()) {
      int d = replay.headDim(open.iterator().next());
      Frequencies model = settings.frequencies(table(stages), d);
      scopes(stages).forEach(scope -> all.addAll(RotaryVariants.of(scope, model, d)));
    }
  }

  private void attention() {
    if (!lasts(OperationKind.ATTEND).isEmpty()) {
      int s = replay.layout().sequence();
      Set<Integer> windows = new LinkedHashSet<>();
      for (int keys = 4; keys < s; keys *= 2) {
        windows.addAll(List.of(keys, keys + 1, keys - 1, keys + keys / 2));
      }
      int d = replay.headDim(open.iterator().next());
      all.addAll(AttentionVariants.of(d, s, heads(d), List.copyOf(windows)));
    }
  }

  /** Query heads of the layer; 0 if nothing tells. */
  private int heads(int d) {
    return open.stream()
            .filter(stage -> stage.kind() == OperationKind.ATTEND)
            .flatMap(stage -> stage.inputs().stream().limit(1))
            .flatMap(
                input ->
                    replay.recording().weight("layers." + input.layer() + ".q_proj").stream()
                        .map(w -> w.shape().intDim(0))
                        .limit(1))
            .findFirst()
            .orElse(0)
        / d;
  }

  private void points() {
    for (OperationKind kind : ACTIVATIONS) {
      if (!lasts(kind).isEmpty()) {
        all.addAll(PointVariants.activations(kind.point().orElseThrow()));
      }
    }
    if (!lasts(OperationKind.MUL).isEmpty()) {
      all.addAll(PointVariants.gated());
    }
    lasts(OperationKind.ADD).forEach(stage -> all.addAll(PointVariants.sums(stage)));
    all.addAll(BlockVariants.of(lasts(OperationKind.values())));
    caches();
    if (!lasts(OperationKind.EMBED).isEmpty()) {
      all.addAll(PointVariants.embeddings());
      if (isEmbedding()) {
        TokenIds.of(replay.step("inputs_embeds"), seen.stored(), seen.model(), seen.format())
            .ifPresent(all::add);
      }
    }
    int features =
        (int)
            IntStream.range(0, 8)
                .filter(i -> replay.recording().given("deepstack." + i).isPresent())
                .count();
    open.stream()
        .filter(stage -> stage.kind() == OperationKind.ADD_ROWS)
        .forEach(stage -> all.addAll(PointVariants.features(given(stage), features)));
  }

  /** Whether the target holds the embeddings, nothing added. */
  private boolean isEmbedding() {
    return open.stream()
        .allMatch(
            stage ->
                stage.kind() == OperationKind.EMBED
                    || (stage.kind() == OperationKind.ADD_ROWS && given(stage).isEmpty()));
  }

  private void caches() {
    Set<String> caches = lasts(OperationKind.APPEND);
    if (caches.size() > 1) {
      all.addAll(ResultVariants.narrowed(caches));
    }
    if (!caches.isEmpty() && replay.layout().sequence() <= MOST_PAGED) {
      Set<Set<String>> scopes = new LinkedHashSet<>(List.of(caches));
      caches.forEach(one -> scopes.add(Set.of(one)));
      scopes.forEach(scope -> all.addAll(ResultVariants.paged(scope, replay.layout().sequence())));
    }
    caches.forEach(one -> all.addAll(ResultVariants.cached(one, replay.layout().sequence())));
  }

  private Optional<String> given(Stage stage) {
    return stage.given().filter(name -> replay.recording().given(name).isPresent());
  }

  private void products() {
    Set<String> products = lasts(OperationKind.PRODUCT);
    products.forEach(stage -> all.addAll(ProductVariants.of(Set.of(stage))));
    if (products.size() > 1) {
      all.addAll(ProductVariants.narrowed(products));
    }
    for (Set<String> pair : List.of(Set.of("gate_proj", "up_proj"), Set.of("q_proj", "k_proj"))) {
      if (products.containsAll(pair)) {
        all.addAll(ProductVariants.of(pair));
      }
    }
  }

  /** Of a target's own inputs and result. */
  private void inputs() {
    Stage stage = replay.plan().find(target).orElseThrow();
    String last = StageNames.last(target);
    all.addAll(ResultVariants.of(last, seen.stored(), seen.model()));
    if (open.size() == 1) {
      // Of several inputs the name of another one does not say which it replaces.
      boolean single = stage.inputs().size() == 1;
      InputVariants.of(replay, stage).stream()
          .filter(one -> !single || all.stream().noneMatch(one::isAkin))
          .forEach(all::add);
      clamped(stage, last);
      if (stage.kind() == OperationKind.PRODUCT) {
        all.addAll(ProductVariants.dequantised(Set.of(last), seen.format()));
        Rows errors = seen.stored().plus(1, -1, seen.model());
        WeightElement.of(replay.step(target), errors).ifPresent(all::add);
        LowRank.of(last, errors).ifPresent(all::add);
      } else {
        HeldTokens.of(last, seen.stored(), seen.model(), channels(stage)).ifPresent(all::add);
      }
      if (stage.kind() == OperationKind.NORM) {
        NormWeights.of(replay.step(target), seen.stored()).ifPresent(all::add);
      }
      if (stage.kind() == OperationKind.ATTEND) {
        HeadOrder.of(replay.step(target), seen.stored()).ifPresent(all::add);
      }
    }
  }

  /** Channels that are kept together. */
  private int channels(Stage stage) {
    boolean heads =
        stage.kind() == OperationKind.APPEND
            || stage.kind() == OperationKind.ATTEND
            || stage.kind() == OperationKind.ROTATE;
    return heads ? replay.headDim(stage) : seen.stored().width();
  }

  private void clamped(Stage stage, String last) {
    for (int i = 0; i < stage.inputs().size(); i++) {
      boolean clamps = ACTIVATIONS.contains(stage.kind()) || stage.kind() == OperationKind.MUL;
      Optional<Rows> input =
          clamps ? replay.stored(stage.inputs().get(i).name()) : Optional.empty();
      if (input.isPresent()) {
        all.addAll(ResultVariants.clampedInput(last, i, input.get().largest()));
      }
    }
  }
}
