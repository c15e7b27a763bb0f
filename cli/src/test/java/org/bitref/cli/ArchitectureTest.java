package org.bitref.cli;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.Assertions;

@AnalyzeClasses(packages = "org.bitref", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] CORE = {
    "org.bitref.tensor..",
    "org.bitref.numerics..",
    "org.bitref.recipe..",
    "org.bitref.kernel..",
    "org.bitref.model..",
    "org.bitref.compare..",
    "org.bitref.diagnose..",
    "org.bitref.functions..",
    "org.bitref.probe.."
  };
  private static final List<String> RESOURCES =
      List.of(
          "java.io.IOException",
          "java.io.UncheckedIOException",
          "java.io.InputStream",
          "java.io.Reader",
          "java.io.InputStreamReader",
          "java.io.BufferedReader");

  @ArchTest
  static void everyModuleIsSeen(JavaClasses classes) {
    for (String name : List.of("tensor.Tensor", "loaders.Sources", "cli.Main")) {
      Assertions.assertTrue(classes.contain("org.bitref." + name), name);
    }
  }

  @ArchTest
  static final ArchRule THE_CORE_KNOWS_NO_FILE =
      noClasses()
          .that()
          .resideInAnyPackage(CORE)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bitref.loaders..", "org.bitref.cli..", "java.nio.file..");

  @ArchTest
  static final ArchRule THE_CORE_READS_RESOURCES_ONLY =
      noClasses()
          .that()
          .resideInAnyPackage(CORE)
          .should()
          .dependOnClassesThat(
              describe(
                  "are in java.io and not for resources",
                  (JavaClass type) ->
                      type.getPackageName().equals("java.io")
                          && !type.getName().equals("java.io.Serializable")
                          && !RESOURCES.contains(type.getName())));

  @ArchTest
  static final ArchRule ONE_PACKAGE_FENCES_THE_INCUBATOR =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.bitref.kernel.vector..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jdk.incubator..");

  @ArchTest
  static final ArchRule LOADERS_KNOW_NO_COMMAND =
      noClasses()
          .that()
          .resideInAnyPackage("org.bitref.loaders..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bitref.cli..", "picocli..");

  @ArchTest
  static final ArchRule NUMERICS_STAND_ALONE =
      noClasses()
          .that()
          .resideInAnyPackage("org.bitref.numerics..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.bitref.tensor..",
              "org.bitref.recipe..",
              "org.bitref.kernel..",
              "org.bitref.model..");

  @ArchTest
  static final ArchRule RECIPES_ARE_DATA =
      noClasses()
          .that()
          .resideInAnyPackage("org.bitref.recipe..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bitref.tensor..", "org.bitref.kernel..", "org.bitref.model..");

  @ArchTest
  static final ArchRule KERNELS_KNOW_NO_MODEL =
      noClasses()
          .that()
          .resideInAnyPackage("org.bitref.kernel..", "org.bitref.compare..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bitref.model..");

  @ArchTest
  static final ArchRule NO_CYCLES_IN_THE_CORE =
      SlicesRuleDefinition.slices()
          .matching(
              "org.bitref.(tensor|numerics|recipe|kernel|model|compare|functions|operation|search|diagnose|explain|probe|experiment)..")
          .should()
          .beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_CYCLES_BETWEEN_COMMANDS =
      SlicesRuleDefinition.slices().matching("org.bitref.cli.(*)..").should().beFreeOfCycles();
}
