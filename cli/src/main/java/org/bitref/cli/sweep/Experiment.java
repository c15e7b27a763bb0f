package org.bitref.cli.sweep;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bitref.experiment.Hypothesis;
import org.bitref.recipe.ModelRecipe;

/**
 * What an experiment file says.
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

  boolean wanted(String stage) {
    return stages.matcher(stage).matches();
  }
}
