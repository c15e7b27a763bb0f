package org.bitref.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import org.junit.jupiter.api.Assertions;

/** Rules between the modules; those inside reference-model are in its own build. */
@AnalyzeClasses(packages = "org.bitref", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static void everyModuleIsSeen(JavaClasses classes) {
    for (String name : List.of("tensor.Tensor", "loaders.Sources", "cli.Main")) {
      Assertions.assertTrue(classes.contain("org.bitref." + name), name);
    }
  }

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
  static final ArchRule NO_CYCLES_BETWEEN_COMMANDS =
      SlicesRuleDefinition.slices().matching("org.bitref.cli.(*)..").should().beFreeOfCycles();
}
