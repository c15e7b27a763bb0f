package org.bitref.cli.bundle;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.JsonFile;
import org.bitref.cli.console.Version;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.json.JsonObject;
import org.bitref.recipe.RecipeSyntaxException;
import org.bitref.recipe.StageRecipe;

/**
 * What a bundle says of itself, in its member {@code bundle.json}.
 *
 * @param stage name of the captured stage or tensor
 * @param kind as {@link CaseTensors#kind}
 * @param recipe its canonical text
 * @param finding what came out where the bundle was made
 * @param tensorsSha256 of the member that holds the tensors
 * @param sources the files that the tensors came from
 * @param made by which command and program
 */
record Bundle(
    String schema,
    String stage,
    String kind,
    double eps,
    String recipe,
    Finding finding,
    String tensorsSha256,
    List<Origin> sources,
    Made made) {
  static final String SCHEMA = "bitref.bundle-file/1";
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  static final String REMEDY = "Make the bundle again with `bitref bundle make`, or copy it again.";

  /** A file, and what it says about itself. */
  record Origin(String file, Map<String, String> metadata) {}

  record Made(List<String> command, String bitref, String commit, String java, String vectors) {
    static Made here(List<String> command) {
      return new Made(
          command,
          Version.BITREF,
          Version.COMMIT,
          Runtime.version() + " (" + System.getProperty("os.arch") + ")",
          Kernels.describe());
    }
  }

  /**
   * Reads what is needed to verify.
   *
   * @throws BadInputException if something is missing or of another version
   */
  static Bundle read(JsonObject json) {
    String schema = JsonFile.text(json, "schema");
    if (!schema.equals(SCHEMA)) {
      throw json.bad("schema is " + schema + ", not " + SCHEMA);
    }
    JsonObject finding = json.object("finding").orElseThrow(() -> json.missing("finding"));
    Function<String, String> made =
        field -> json.object("made").flatMap(m -> m.string(field)).orElse("unknown");
    return new Bundle(
        schema,
        JsonFile.text(json, "stage"),
        JsonFile.text(json, "kind"),
        number(json, "eps"),
        JsonFile.text(json, "recipe"),
        new Finding(
            (long) number(finding, "total"),
            (long) number(finding, "equal"),
            finding.figure("max_abs").orElse(Double.NaN),
            finding.figure("mean_abs").orElse(Double.NaN),
            finding.figure("max_ulp").orElse(Double.POSITIVE_INFINITY).longValue(),
            sha256(finding, "result_sha256")),
        JsonFile.text(json, "tensors_sha256"),
        List.of(),
        new Made(
            List.of(),
            made.apply("bitref"),
            made.apply("commit"),
            made.apply("java"),
            made.apply("vectors")));
  }

  private static String sha256(JsonObject json, String field) {
    String text = JsonFile.text(json, field);
    if (!SHA256.matcher(text).matches()) {
      throw json.bad(field + " is " + Text.quote(text) + ", not 64 hexadecimal digits");
    }
    return text;
  }

  private static double number(JsonObject json, String field) {
    return json.number(field).orElseThrow(() -> json.missing(field));
  }

  StageRecipe parsed(String where) {
    try {
      return StageRecipe.parse(recipe);
    } catch (RecipeSyntaxException e) {
      throw new BadInputException(where, "its recipe: " + e.getMessage(), REMEDY, e);
    }
  }
}
