package org.bitref.cli.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.bitref.cli.Cli;
import org.bitref.kernel.GemmOperands;
import org.bitref.kernel.Workers;
import org.bitref.kernel.blocked.Kernels;
import org.bitref.loaders.Sources;
import org.bitref.recipe.GemmRecipe;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of an H100, kept beside this test: every output must follow from the decoded recipe. */
class H100ProbeTest {
  @TempDir private Path temp;

  private void assertDecoded(String type, String run, String recipe) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("probe"));
    Path manifest = folder.resolve("manifest.json");
    copy("h100/" + type + "/manifest.json", manifest, false);
    if (type.equals("weights")) {
      Path weights = temp.resolve("held_out.safetensors");
      copy("h100/weights/held_out.safetensors.gz", weights, true);
      Files.writeString(
          manifest, Files.readString(manifest).replace("held_out.safetensors", weights.toString()));
    }
    Path out = folder.resolve(run + ".safetensors");
    copy("h100/" + type + "/" + run + ".safetensors.gz", out, true);
    JsonNode found = Cli.run("probe", "decode", folder, out, "--format", "json").exits(0).json();
    List<String> one = new ArrayList<>(List.of(found.get("recipe").asText()));
    found.get("same").forEach(text -> one.add(text.asText()));
    assertEquals("decoded", found.get("verdict").asText());
    assertTrue(one.contains(recipe), found.toString());
    assertTrue(found.get("confirmed").asLong() > 2048, found.toString());
    assertTrue(found.get("provenance").get("device").asText().contains("H100"));
  }

  private static void copy(String resource, Path to, boolean zipped) throws IOException {
    try (InputStream in = H100ProbeTest.class.getResourceAsStream(resource);
        InputStream plain = zipped ? new GZIPInputStream(in) : in) {
      Files.copy(plain, to);
    }
  }

  @Test
  void tritonSplitsInFour() throws IOException {
    assertDecoded(
        "f16",
        "triton4",
        "in=f16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=4,g=64,residue=last)"
            + " | partial=f32,order=fwd,add=f32rne | cvt(f16,rne)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          f32; rsqrt.ptx_ftz = rsqrt.approx.ftz.f32
          f32; exp = CUDA expf
          f16; ex2.ptx = ex2.approx.f16, cut
          rows; softmax = softmax(calc=f32,exp=cuda,sum=torchsoftmax(f32),out=f16)
          rows; norm = norm(form=hf,calc=f32,sum=torchcuda,mean=mul,rsqrt=sfu,w=f16,out=f16)
          """)
  void everyFunctionIsDecoded(String type, String line) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("probe"));
    copy("h100/functions/" + type + "/manifest.json", folder.resolve("manifest.json"), false);
    Path out = folder.resolve("torch.safetensors");
    copy("h100/functions/" + type + "/torch.safetensors.gz", out, true);
    JsonNode found = Cli.run("probe", "decode", folder, out, "--format", "json").exits(0).json();
    assertTrue(found.get("recipe").asText().lines().anyMatch(line::equals), found.toString());
  }

  private static final String DECODED =
      """
      f16; default; in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)
      f16; noreduced; in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)
      f16; accum16; in=f16 | fda(w=16,F=25,acc=f16rne) | seq | splitk(s=8,g=64,residue=last)\
       | partial=f16,order=fwd,add=f16rne | cvt(f16,rne)
      f16; triton4; in=f16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=4,g=64,residue=last)\
       | partial=f32,order=fwd,add=f32rne | cvt(f16,rne)
      bf16; default; in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(bf16,rne)
      bf16; triton3; in=bf16 | fda(w=16,F=25,acc=f32rz) | seq | splitk(s=3,g=64,residue=last)\
       | partial=f32,order=fwd,add=f32rne | cvt(bf16,rne)
      f32; tf32; in=tf32,tf32=rne | fda(w=8,F=25,acc=f32rz) | seq\
       | splitk(s=16,g=32,residue=last) | partial=f32,order=fwd,add=f32rne | none
      fp8; fast; in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | none | none | none
      fp8; slow; in=e4m3 | fda(w=32,F=13,acc=e8m13rz) | seq | splitk(s=4,g=64,residue=last)\
       | partial=f32,order=fwd,add=f32rne | none
      weights; default; in=f16 | fda(w=16,F=25,acc=f32rz) | seq | none | none | cvt(f16,rne)
      """;

  @Tag("long")
  @ParameterizedTest
  @CsvSource(delimiter = ';', textBlock = DECODED)
  void cublasOnAnH100(String type, String run, String recipe) throws IOException {
    assertDecoded(type, run, recipe);
  }

  /** The recipes were decoded from probes; these products were in none of them. */
  @ParameterizedTest
  @CsvSource(delimiter = ';', textBlock = DECODED)
  void randomProductsFollowFromTheDecodedRecipe(String type, String run, String recipe)
      throws IOException {
    Path file = temp.resolve("held_out.safetensors");
    copy("h100/" + type + "/held_out.safetensors.gz", file, true);
    try (TensorSource heldOut = Sources.open(file);
        Workers workers = new Workers(1)) {
      String name =
          switch (type) {
            case "fp8" -> "y.f32." + run;
            case "weights" -> "y";
            default -> "y." + run;
          };
      Tensor expected = heldOut.read(name);
      Tensor y =
          Kernels.gemm(GemmRecipe.parse(recipe))
              .multiply(heldOut.read("x"), heldOut.read("w"), GemmOperands.NONE, workers);
      for (long i = 0; i < expected.elements(); i++) {
        assertEquals(expected.bits(i), y.bits(i), "output " + i);
      }
    }
  }
}
