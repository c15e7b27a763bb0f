package org.bitref.cli.sweep;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.cli.console.JsonFile;
import org.bitref.cli.recipes.Catalogue;
import org.bitref.cli.recipes.RecipeArgument;
import org.bitref.experiment.Choice;
import org.bitref.experiment.Hypothesis;
import org.bitref.loaders.json.JsonObject;
import org.bitref.recipe.ModelRecipe;
import org.bitref.recipe.RecipeSyntaxException;

/**
 * What an experiment file says. Every complaint about one names the file and the path in it.
 *
 * @param captures files of {@code <system>.<stage>}, or one file a system; empty for a model
 * @param systems those to look at; all if empty
 * @param stages to look at
 * @param model checkpoint: where captures take missing weights from, or what is run
 * @param inputs what a model's prefill starts from
 * @param reference recipe that a model's hypotheses are compared with, and that holds where they
 *     say nothing
 * @param anchored whether every stage takes its inputs from the capture or reference
 */
record Experiment(
    List<Path> captures,
    List<String> systems,
    Pattern stages,
    Optional<Path> model,
    Optional<Path> inputs,
    ModelRecipe reference,
    boolean anchored,
    List<Hypothesis> hypotheses) {

  private static final String REMEDY = "cli/docs/sweep.md has an experiment to start from.";
  private static final Set<String> FIELDS =
      Set.of("captures", "systems", "stages", "model", "inputs", "reference", "run", "hypotheses");
  private static final Set<String> OF_HYPOTHESIS = Set.of("name", "rules", "unrounded");

  boolean wanted(String stage) {
    return stages.matcher(stage).matches();
  }

  /**
   * @throws BadInputException if the file cannot be read or is no experiment
   */
  static Experiment read(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return JsonFile.read(file, REMEDY, root -> of(root, folder));
  }

  private static Experiment of(JsonObject root, Path folder) {
    JsonFile.known(root, FIELDS);
    List<Path> captures =
        root.strings("captures").orElse(List.of()).stream()
            .map(name -> path(root, "captures", folder, name))
            .toList();
    Optional<Path> model = root.string("model").map(name -> path(root, "model", folder, name));
    Optional<Path> inputs = root.string("inputs").map(name -> path(root, "inputs", folder, name));
    if (captures.isEmpty() == inputs.isEmpty()) {
      throw root.bad("captures: give captures, or a model and its inputs, not both");
    }
    if (inputs.isPresent() && model.isEmpty()) {
      throw root.missing("model");
    }
    return new Experiment(
        captures,
        root.strings("systems").orElse(List.of()),
        JsonFile.pattern(root, "stages", root.string("stages").orElse(".*"), REMEDY),
        model,
        inputs,
        reference(root),
        anchored(root, inputs.isPresent()),
        hypotheses(root));
  }

  private static Path path(JsonObject root, String field, Path folder, String name) {
    try {
      return folder.resolve(name);
    } catch (InvalidPathException e) {
      throw new BadInputException(
          root.place(field), Text.quote(name) + " is no file name: " + e.getReason(), REMEDY, e);
    }
  }

  private static boolean anchored(JsonObject root, boolean ofModel) {
    String run = root.string("run").orElse(ofModel ? "end_to_end" : "anchored");
    boolean anchored = run.equals("anchored");
    if (!anchored && !run.equals("end_to_end")) {
      throw root.bad("run is \"" + run + "\", not anchored or end_to_end");
    }
    if (!anchored && !ofModel) {
      throw root.bad("run: captures are computed anchored on their own inputs only");
    }
    return anchored;
  }

  private static ModelRecipe reference(JsonObject root) {
    String reference = root.string("reference").orElse("exact");
    return RecipeArgument.find(reference)
        .orElseThrow(
            () ->
                new BadInputException(
                    root.place("reference"), RecipeArgument.unknown(reference), REMEDY));
  }

  private static List<Hypothesis> hypotheses(JsonObject root) {
    List<JsonObject> objects = root.objects("hypotheses").orElse(List.of());
    if (objects.isEmpty()) {
      throw root.missing("hypotheses");
    }
    List<Hypothesis> hypotheses = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (JsonObject object : objects) {
      JsonFile.known(object, OF_HYPOTHESIS);
      String name = JsonFile.text(object, "name");
      if (!names.add(name)) {
        throw object.bad("name is \"" + name + "\" like another hypothesis's");
      }
      hypotheses.add(
          new Hypothesis(
              name,
              object.place("rules"),
              rules(object),
              object
                  .string("unrounded")
                  .map(text -> JsonFile.pattern(object, "unrounded", text, REMEDY))));
    }
    return hypotheses;
  }

  /** An object from patterns to recipes, or lines {@code regex = recipe}. */
  private static List<Hypothesis.Rule> rules(JsonObject hypothesis) {
    if (!hypothesis.has("rules")) {
      throw hypothesis.missing("rules");
    }
    List<Hypothesis.Rule> rules = new ArrayList<>();
    if (hypothesis.isString("rules")) {
      for (String line : hypothesis.string("rules").orElseThrow().lines().toList()) {
        int equals = line.indexOf('=');
        if (equals < 0 && !line.isBlank()) {
          throw hypothesis.bad("rules: no \"regex = recipe\": " + line.strip());
        }
        if (!line.isBlank()) {
          String text = line.substring(0, equals).strip();
          rules.add(rule(hypothesis, "rules", text, line.substring(equals + 1)));
        }
      }
    } else {
      JsonObject object = hypothesis.object("rules").orElseThrow();
      for (String pattern : object.names()) {
        String recipe = object.string(pattern).orElseThrow();
        rules.add(rule(object, pattern, pattern, recipe));
      }
    }
    if (rules.isEmpty()) {
      throw hypothesis.bad("rules holds no rule");
    }
    return rules;
  }

  private static Hypothesis.Rule rule(JsonObject at, String field, String regex, String recipe) {
    Pattern pattern = JsonFile.pattern(at, field, regex, REMEDY);
    try {
      return new Hypothesis.Rule(pattern, Choice.parse(Catalogue.text(recipe)));
    } catch (RecipeSyntaxException e) {
      throw new BadInputException(
          at.place(field),
          e.getMessage(),
          "Give a name that `bitref recipes` lists, or the text of a recipe.",
          e);
    }
  }
}
