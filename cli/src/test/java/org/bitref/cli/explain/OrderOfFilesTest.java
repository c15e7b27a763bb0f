package org.bitref.cli.explain;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import org.bitref.cli.explain.Explained.Blame;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is blamed, and for what, does not hang on which system or file is named first. */
class OrderOfFilesTest {
  /** Nobody is blamed where both systems have the same function. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          eps.safetensors      | hf    | port | other-function | port | epsilon 1e-5 instead of 1e-6
          gemma.safetensors    | port  | hf   | other-function | hf   | the weight 1 + w
          overflow.safetensors | bf16  | f16  | overflow       | f16  | Infinity where 1.20e+05
          swiglu.safetensors   | fused | hf   | rounding       | ''   | ''
          addnorm.safetensors  | fused | hf   | rounding       | ''   | ''
          widened.npz          | hf    | cuda | rounding       | ''   | ''
          bias.safetensors     | torch | trt  | rounding       | ''   | a constant in each of
          """)
  void systemsOfOneFile(
      String file, String a, String b, String verdict, String blamed, String words) {
    Path path = Captures.path("reports/" + file);
    Explained one = Explained.of(path, "--systems", a + "," + b);
    Explained other = Explained.of(path, "--systems", b + "," + a);
    assertSays(one, verdict, blamed, words);
    assertSame(one, other);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          rope_good       | rope_theta     | other-function | rope_theta     | rotary base 1000000
          deepstack_right | deepstack_lost | other-function | deepstack_lost | left out
          window_a        | window_b       | rounding       | ''             | window of 8 keys
          """)
  void filesWithoutModel(String a, String b, String verdict, String blamed, String words) {
    Path one = report(a);
    Path other = report(b);
    Explained said = Explained.of(one, other);
    assertSays(said, verdict, blamed, words);
    assertSame(said, Explained.of(other, one));
  }

  /** Layer 0 as transformers computed it, with one fault each. */
  @Tag("long")
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          attn_window32 | a sliding window of 32 keys
          eps_1e-5      | epsilon 1e-5 instead of 1e-6
          gelu          | GELU instead of SiLU
          mrope_blocked | position axes in blocks instead of interleaved
          no_deepstack  | the second term of its sum (a deepstack feature, a residual) left out
          q_permuted_l0 | rows of the weight in the order for rotary pairs (GPT-J)
          scale_twice   | scores times 0.00781 instead of 0.0884
          theta_1e6     | rotary base 1000000 instead of 5000000
          """)
  void faultsOfALayer(String fault, String words) {
    Path good = report("planted_good");
    Path wrong = report("planted_" + fault);
    Explained said = layer(good, wrong);
    assertSays(said, "other-function", "planted_" + fault, words);
    assertSame(said, layer(wrong, good));
  }

  private static Path report(String name) {
    return Captures.path("reports/" + name + ".safetensors");
  }

  private static Explained layer(Path one, Path other) {
    Path model = Captures.path("tiny-qwen3-vl");
    return Explained.of("--map", "hf", "--model", model, one, other);
  }

  /**
   * @param blamed empty if nobody is to be; then all other functions, if any, have these words
   */
  private static void assertSays(Explained said, String verdict, String blamed, String words) {
    assertEquals(verdict, said.verdict(), said.reason());
    assertEquals(verdict.equals("rounding") ? 0 : 1, said.code());
    Set<String> systems = said.blamed().stream().map(Blame::system).collect(Collectors.toSet());
    assertEquals(blamed.isEmpty() ? Set.of() : Set.of(blamed), systems, said.reason());
    Collection<String> what =
        blamed.isEmpty()
            ? said.functions().values()
            : said.blamed().stream().map(Blame::what).toList();
    assertEquals(words.isEmpty(), what.isEmpty(), what::toString);
    what.forEach(one -> assertTrue(one.contains(words), one));
  }

  private static void assertSame(Explained one, Explained other) {
    assertAll(
        () -> assertEquals(one.verdict(), other.verdict()),
        () -> assertEquals(one.code(), other.code()),
        () -> assertEquals(one.blamed(), other.blamed()),
        () -> assertEquals(one.functions(), other.functions()),
        () -> assertEquals(one.statuses(), other.statuses()));
  }
}
