package org.bitref;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.LocationProvider;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.Architectures.LayeredArchitecture;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Set;

/**
 * The rooms of the reference model: what stands higher may use what stands lower, never the
 * reverse.
 */
@AnalyzeClasses(locations = ArchitectureTest.Main.class)
class ArchitectureTest {
  /** Where the classes of the reference model are, without those of its tests. */
  static final class Main implements LocationProvider {
    @Override
    public Set<Location> get(Class<?> test) {
      return Set.of(
          Location.of(BadInputException.class.getProtectionDomain().getCodeSource().getLocation()));
    }
  }

  /** From the top; rooms of one line do not use each other. */
  private static final List<List<String>> ROOMS =
      List.of(
          List.of("experiment", "predict"),
          List.of("explain"),
          List.of("replay"),
          List.of("diagnose"),
          List.of("probe"),
          List.of("search"),
          List.of("model"),
          List.of("bound"),
          List.of("operation"),
          List.of("kernel"),
          List.of("recipe"),
          List.of("functions"),
          List.of("compare"),
          List.of("tensor"),
          List.of("numerics"));

  private static final List<String> RESOURCES =
      List.of(
          "java.io.IOException",
          "java.io.UncheckedIOException",
          "java.io.InputStream",
          "java.io.Reader",
          "java.io.InputStreamReader",
          "java.io.BufferedReader");

  @ArchTest static final ArchRule ROOMS_USE_ONLY_WHAT_STANDS_LOWER = rooms();

  private static ArchRule rooms() {
    LayeredArchitecture rooms =
        Architectures.layeredArchitecture().consideringOnlyDependenciesInLayers();
    for (String room : ROOMS.stream().flatMap(List::stream).toList()) {
      rooms = rooms.optionalLayer(room).definedBy(in(room));
    }
    for (int i = 0; i < ROOMS.size(); i++) {
      String[] higher = ROOMS.subList(0, i).stream().flatMap(List::stream).toArray(String[]::new);
      for (String room : ROOMS.get(i)) {
        rooms =
            higher.length == 0
                ? rooms.whereLayer(room).mayNotBeAccessedByAnyLayer()
                : rooms.whereLayer(room).mayOnlyBeAccessedByLayers(higher);
      }
    }
    return rooms;
  }

  /** Inside the room of kernels; nobody but the JVM, by a name, looks for the vectors. */
  @ArchTest
  static final ArchRule KERNELS_STAND_ON_THEIR_SPECIFICATION =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("vector")
          .definedBy("org.bitref.kernel.vector")
          .layer("attention")
          .definedBy("org.bitref.kernel.attention")
          .layer("row")
          .definedBy("org.bitref.kernel.row")
          .layer("blocked")
          .definedBy("org.bitref.kernel.blocked")
          .layer("spec")
          .definedBy("org.bitref.kernel.spec")
          .layer("kernel")
          .definedBy("org.bitref.kernel")
          .whereLayer("vector")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("attention")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("row")
          .mayOnlyBeAccessedByLayers("attention")
          .whereLayer("blocked")
          .mayOnlyBeAccessedByLayers("vector", "row", "attention")
          .whereLayer("spec")
          .mayOnlyBeAccessedByLayers("blocked", "row", "attention")
          .whereLayer("kernel")
          .mayOnlyBeAccessedByLayers("spec", "blocked", "row", "attention");

  private static String in(String room) {
    return "org.bitref." + room + "..";
  }

  @ArchTest
  static final ArchRule EVERY_CLASS_IS_IN_A_ROOM =
      classes()
          .that()
          .resideOutsideOfPackage("org.bitref")
          .should()
          .resideInAnyPackage(
              ROOMS.stream()
                  .flatMap(List::stream)
                  .map(ArchitectureTest::in)
                  .toArray(String[]::new));

  /** Others would take a hundred times as long without the instruction. */
  @ArchTest
  static final ArchRule ONE_CLASS_MULTIPLIES_AND_ADDS =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("org.bitref.numerics.Fma")
          .should()
          .callMethod(Math.class, "fma", float.class, float.class, float.class)
          .orShould()
          .callMethod(Math.class, "fma", double.class, double.class, double.class);

  @ArchTest
  static final ArchRule NO_CYCLES =
      SlicesRuleDefinition.slices().matching("org.bitref.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_LIBRARY_AND_NO_FILE =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "org.bitref..",
              "java.lang..",
              "java.util..",
              "java.math..",
              "java.io",
              "java.nio",
              "java.nio.charset",
              "java.security",
              "com.sun.management",
              "jdk.incubator.vector");

  @ArchTest
  static final ArchRule RESOURCES_ARE_ALL_THAT_IS_READ =
      noClasses()
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
}
