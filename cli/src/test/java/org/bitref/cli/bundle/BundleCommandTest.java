package org.bitref.cli.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.bitref.cli.Cli;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BundleCommandTest {
  private static final Path PRODUCTS = Cli.DEMO.resolve("tensorrt-gemm-h100.safetensors");
  private static final String RECIPE = "tensorrt-f16-f16acc";

  private static Path small;

  @TempDir Path temp;
  private Path zip;

  @BeforeEach
  void name() {
    zip = temp.resolve("finding.zip");
  }

  private Cli makeProduct(String recipe) {
    return Cli.run(
        "bundle",
        "make",
        PRODUCTS,
        "--x",
        "q3006.x",
        "--w",
        "q3006.w",
        "--y",
        "q3006.y.trt_strong",
        "--recipe",
        recipe,
        "-o",
        zip,
        "--format",
        "json");
  }

  /** A bundle of a small product, made once. */
  private void small() throws IOException {
    Files.copy(small, zip);
  }

  @BeforeAll
  static void makeSmall(@TempDir Path folder) {
    Random random = new Random(5);
    TensorBuilder values = new TensorBuilder(DType.F16, Shape.of(16, 128));
    for (int i = 0; i < 16 * 128; i++) {
      values.set(i, random.nextGaussian());
    }
    Tensor x = values.build();
    Tensor y = new TensorBuilder(DType.F16, Shape.of(16, 16)).build();
    Path dump = folder.resolve("dump.safetensors");
    SafetensorsWriter.write(
        dump,
        Map.of(),
        List.of(TensorEntry.of("x", x), TensorEntry.of("w", x), TensorEntry.of("y", y)),
        false);
    small = folder.resolve("small.zip");
    Object[] words = {"--x", "x", "--w", "w", "--y", "y", "--recipe", RECIPE, "-o", small, dump};
    Cli.run(Stream.concat(Stream.of("bundle", "make"), Stream.of(words)).toArray()).exits(0);
  }

  private JsonNode verify(int code) {
    return Cli.run("bundle", "verify", zip, "--format", "json").exits(code).json();
  }

  @Test
  void aProductIsPackedAndHolds() throws IOException {
    JsonNode made = makeProduct(RECIPE).exits(0).json();
    assertEquals("bitref.bundle.make/1", made.get("schema").asText());
    assertEquals(1200, made.get("finding").get("total").asLong());
    assertEquals(1200, made.get("finding").get("equal").asLong());
    assertEquals(Files.size(zip), made.get("bytes").asLong());
    JsonNode verified = verify(0);
    assertEquals("holds", verified.get("verdict").asText());
    assertEquals(made.get("finding"), verified.get("found"));
    try (ZipFile archive = new ZipFile(zip.toFile())) {
      JsonNode json =
          new ObjectMapper().readTree(archive.getInputStream(archive.getEntry("bundle.json")));
      assertEquals("bundle", json.get("made").get("command").get(0).asText());
      assertEquals(
          PRODUCTS.getFileName().toString(), json.get("sources").get(0).get("file").asText());
    }
  }

  @Test
  void aFindingThatIsNotFiniteHoldsToo() throws IOException {
    TensorBuilder nan = new TensorBuilder(DType.F16, Shape.of(16, 16));
    nan.set(7, Double.NaN);
    Tensor x = new TensorBuilder(DType.F16, Shape.of(16, 128)).build();
    Tensor y = nan.build();
    Path dump = temp.resolve("nan.safetensors");
    SafetensorsWriter.write(
        dump,
        Map.of(),
        List.of(TensorEntry.of("x", x), TensorEntry.of("w", x), TensorEntry.of("y", y)),
        false);
    Object[] words = {"--x=x", "--w=w", "--y=y", "--recipe=" + RECIPE, "-o", zip, "--format=json"};
    JsonNode made =
        Cli.run(Stream.concat(Stream.of("bundle", "make", dump), Stream.of(words)).toArray())
            .exits(0)
            .json();
    assertEquals("Infinity", made.at("/finding/max_ulp").asText());
    JsonNode verified = verify(0);
    assertEquals(made.get("finding"), verified.get("expected"));
    assertEquals(made.get("finding"), verified.get("found"));
  }

  @Test
  void aRecipeThatDoesNotFitIsAFindingToo() {
    long equal = makeProduct("cublas-f16").exits(0).json().get("finding").get("equal").asLong();
    assertTrue(equal < 1200);
    assertEquals(equal, verify(0).get("found").get("equal").asLong());
  }

  @Test
  void aModelsRecipeWithoutARuleForTheProductIsWrongUsage() {
    Cli run = makeProduct("hf-f32").exits(2);
    assertTrue(run.err().contains("has no rule for \"q3006.y.trt_strong\""), run.err());
  }

  @ParameterizedTest
  @CsvSource({
    "layers.1.input_ln, norm",
    "layers.1.q_proj, product",
    "layers.1.q_rope, rope",
    "layers.1.attn_out, attention",
    "layers.1.mlp_act, silu",
    "layers.1.mlp_mul, mul",
    "layers.1.post_attn_hidden, add",
  })
  void everyKindOfStageComesBackAsItWas(String stage, String kind) throws IOException {
    JsonNode made =
        Cli.run(
                "bundle",
                "make",
                Cli.CAPTURE,
                "--stage",
                stage,
                "--model",
                Cli.MODEL,
                "--recipe",
                "hf-bf16-eager",
                "-o",
                zip,
                "--format",
                "json")
            .exits(0)
            .json();
    JsonNode finding = made.get("finding");
    assertEquals(finding.get("total").asLong(), finding.get("equal").asLong(), stage);
    assertEquals(kind, manifest().get("kind").asText());
    assertEquals(finding, verify(0).get("found"));
  }

  private ObjectNode manifest() throws IOException {
    return (ObjectNode) new ObjectMapper().readTree(members().get("bundle.json"));
  }

  private Map<String, byte[]> members() throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    try (ZipFile archive = new ZipFile(zip.toFile())) {
      for (ZipEntry entry : archive.stream().map(ZipEntry.class::cast).toList()) {
        members.put(entry.getName(), archive.getInputStream(entry).readAllBytes());
      }
    }
    return members;
  }

  private void pack(Map<String, byte[]> members, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(member.getValue());
        ZipEntry entry = new ZipEntry(member.getKey());
        entry.setMethod(method);
        entry.setSize(member.getValue().length);
        entry.setCrc(crc.getValue());
        out.putNextEntry(entry);
        out.write(member.getValue());
      }
    }
    Files.write(zip, bytes.toByteArray());
  }

  private void changeManifest(UnaryOperator<ObjectNode> change) throws IOException {
    Map<String, byte[]> members = members();
    members.put("bundle.json", new ObjectMapper().writeValueAsBytes(change.apply(manifest())));
    pack(members, ZipEntry.STORED);
  }

  @Test
  void aClaimThatIsNotTrueDiffers() throws IOException {
    makeProduct("cublas-f16").exits(0);
    changeManifest(
        json -> {
          ((ObjectNode) json.get("finding")).put("equal", 1200);
          return json;
        });
    assertEquals("differs", verify(1).get("verdict").asText());
  }

  @ParameterizedTest
  @CsvSource({
    "schema, bitref.bundle-file/9, 'schema is bitref.bundle-file/9'",
    "kind, norm, weight",
    "kind, prayer, 'kind prayer'",
    "recipe, in=f16 |, recipe",
    "recipe, 'rope(calc=f32)', recipe",
    "tensors_sha256, 00, hash",
  })
  void aManifestThatLiesIsRefused(String field, String value, String message) throws IOException {
    small();
    changeManifest(json -> json.put(field, value));
    refused(message);
  }

  private void refused(String message) {
    Cli run = Cli.run("bundle", "verify", zip).exits(3);
    assertEquals("", run.out());
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void aPathOutOfTheArchiveIsRefused() throws IOException {
    small();
    Map<String, byte[]> members = members();
    members.put("../../evil", new byte[3]);
    pack(members, ZipEntry.STORED);
    refused("../../evil");
    try (Stream<Path> files = Files.list(temp)) {
      assertEquals(List.of(zip), files.toList());
    }
  }

  @Test
  void anArchiveInTheArchiveIsRefused() throws IOException {
    small();
    Map<String, byte[]> members = members();
    members.put("inner.zip", Files.readAllBytes(zip));
    pack(members, ZipEntry.STORED);
    refused("inner.zip");
  }

  @Test
  void aBombIsRefusedUnopened() throws IOException {
    small();
    Map<String, byte[]> members = members();
    members.put("tensors.safetensors", new byte[64 << 20]);
    pack(members, ZipEntry.DEFLATED);
    assertTrue(Files.size(zip) < 1 << 20);
    refused("is packed");
  }

  @Test
  void deepJsonIsRefused() throws IOException {
    small();
    Map<String, byte[]> members = members();
    members.put("bundle.json", "{\"a\":".repeat(100_000).getBytes(StandardCharsets.UTF_8));
    pack(members, ZipEntry.STORED);
    refused("bundle.json");
  }

  @Test
  void aTruncatedArchiveIsRefusedWhereverItEnds() throws IOException {
    small();
    byte[] whole = Files.readAllBytes(zip);
    List<Integer> ends = new ArrayList<>(List.of(1, 30, 200, 4096));
    ends.addAll(List.of(whole.length / 2, whole.length - 100, whole.length - 1));
    for (int end : ends) {
      Files.write(zip, Arrays.copyOf(whole, end));
      refused("finding.zip");
    }
  }

  @Test
  void whatIsAskedForMustBeOneStage() {
    Cli.run("bundle", "make", Cli.CAPTURE, "--recipe", "exact", "-o", zip).exits(2);
    Cli.run("bundle").exits(2);
    Cli missing =
        Cli.run(
                "bundle",
                "make",
                Cli.CAPTURE,
                "--stage",
                "layers.9.q_proj",
                "--recipe",
                "hf-bf16-eager",
                "-o",
                zip)
            .exits(2);
    assertTrue(missing.err().contains("layers.9.q_proj"), missing.err());
    Cli other =
        Cli.run(
                "bundle",
                "make",
                PRODUCTS,
                "--x",
                "q3006.x",
                "--w",
                "q3006.w",
                "--y",
                "q3006.y.trt_strong",
                "--recipe",
                "rmsnorm-nonsense",
                "-o",
                zip)
            .exits(2);
    assertTrue(other.err().contains("--recipe"), other.err());
    assertFalse(Files.exists(zip));
  }
}
