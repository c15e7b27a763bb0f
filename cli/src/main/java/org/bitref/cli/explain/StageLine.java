package org.bitref.cli.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bitref.compare.OwnError;
import org.bitref.compare.TensorComparison;
import org.bitref.compare.UlpHistogram;
import org.bitref.explain.Chain;
import org.bitref.explain.PairStage;
import org.bitref.explain.SearchWords;
import org.bitref.explain.StageReport;
import org.bitref.explain.SystemStage;
import org.bitref.recipe.StageRecipe;
import org.bitref.search.Identification;

/** One stage in the JSON object. */
record StageLine(String name, List<OfSystem> systems, List<OfPair> pairs) {

  /**
   * @param chain whose pair keeps its error map
   */
  static StageLine of(StageReport stage, Chain chain) {
    return new StageLine(
        stage.name(),
        stage.systems().stream().map(OfSystem::of).toList(),
        stage.pairs().stream().map(pair -> OfPair.of(pair, chain)).toList());
  }

  /**
   * A stage of one system.
   *
   * @param recipe what reproduces it, or comes nearest; null without a search
   * @param unrounded inputs that the system did not round, computed again
   */
  record OfSystem(
      String system,
      String dtype,
      String status,
      String reason,
      String recipe,
      List<String> unrounded,
      Evidence evidence,
      OwnError ownError,
      OwnError inheritedError,
      double boundExcess) {

    static OfSystem of(SystemStage s) {
      Identification found = s.identification();
      return new OfSystem(
          s.system(),
          s.dtype().name(),
          s.status().name().toLowerCase(Locale.ROOT),
          s.reason(),
          found == null || found.best().isEmpty() ? null : found.best().getFirst().recipe().text(),
          s.unrounded(),
          found == null ? null : Evidence.of(found),
          s.ownError(),
          s.inheritedError(),
          s.boundExcess());
    }
  }

  /** A search, as {@code identify} has it. */
  record Evidence(
      String verdict,
      String reason,
      long total,
      int tried,
      List<Equal> best,
      List<String> same,
      List<Tied> ties,
      List<String> excluded) {

    /** A recipe and its equal outputs. */
    record Equal(String recipe, long equal) {}

    /** One of several classes. */
    record Tied(String recipe, String probe) {}

    static Evidence of(Identification found) {
      return new Evidence(
          found.verdict().name().toLowerCase(Locale.ROOT),
          SearchWords.reason(found),
          found.total(),
          found.tried(),
          found.best().stream().map(m -> new Equal(m.recipe().text(), m.equal())).toList(),
          found.same().stream().map(StageRecipe::text).toList(),
          found.ties().stream()
              .map(t -> new Tied(t.recipe().text(), SearchWords.input(t)))
              .toList(),
          SearchWords.excluded(found));
    }
  }

  /** How many elements are this many ULP apart. */
  record Bucket(String ulp, long count) {}

  /**
   * A stage of two systems.
   *
   * @param maxUlp -1 for NaN against a number
   */
  record OfPair(
      String a,
      String b,
      long total,
      long equal,
      double maxAbs,
      double meanAbs,
      double meanAbsStandardError,
      int rows,
      long maxUlp,
      double cosine,
      List<Bucket> ulpHistogram,
      PairStage.Cause cause,
      Double inheritedShare,
      String nearer,
      List<PairStage.Share> topChannels,
      List<PairStage.Share> topTokens,
      PairStage.ErrorMap errorMap) {

    static OfPair of(PairStage p, Chain chain) {
      boolean told = p.a().equals(chain.a()) && p.b().equals(chain.b());
      TensorComparison c = p.comparison();
      List<Bucket> buckets = new ArrayList<>();
      for (int i = 0; i < c.ulps().counts().size(); i++) {
        if (c.ulps().counts().get(i) > 0) {
          buckets.add(new Bucket(UlpHistogram.label(i), c.ulps().counts().get(i)));
        }
      }
      return new OfPair(
          p.a(),
          p.b(),
          c.total(),
          c.equal(),
          c.maxAbs(),
          p.mean().mean(),
          p.mean().standardError(),
          p.mean().rows(),
          c.maxUlp() == Long.MAX_VALUE ? -1 : c.maxUlp(),
          c.cosine(),
          buckets,
          p.cause(),
          p.cause() == null ? null : p.cause().inheritedShare(),
          p.nearer(),
          p.channels(),
          p.tokens(),
          told ? p.map() : null);
    }
  }
}
