package org.bitref.cli.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bitref.cli.Cli;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The scripts of a probe folder end with one line and code 3 where they cannot run. Needs a Python
 * with numpy, named by the property {@code bitref.python}.
 */
class RunnerTest {
  @TempDir private Path temp;
  private Path folder;

  private record Ran(int code, String said) {}

  @BeforeEach
  void make() {
    folder = temp.resolve("probe");
    Cli.run("probe", "make", "--shape", "4x8x2", "--dtype", "f32", "-o", folder).exits(0);
  }

  private static String python() {
    String python = System.getProperty("bitref.python", "");
    assumeTrue(!python.isEmpty(), "bitref.python names no Python with numpy");
    return python;
  }

  /** Runs a command that finds the modules of {@code temp} before all others. */
  private Ran run(String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("PYTHONPATH", temp.toString());
    builder.environment().put("CUDA_VISIBLE_DEVICES", "");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertTrue(process.waitFor(1, TimeUnit.MINUTES), said);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return new Ran(process.exitValue(), said);
  }

  private void refuses(String line, String... command) throws IOException {
    Ran ran = run(command);
    assertEquals(3, ran.code, ran.said);
    assertTrue(ran.said.contains(line), ran.said);
    assertEquals(1, ran.said.lines().count(), ran.said);
    assertFalse(Files.exists(folder.resolve("outputs.safetensors")));
  }

  @ParameterizedTest
  @CsvSource({
    "run_torch.py, torch, PyTorch is not installed",
    "run_onnxruntime.py, onnxruntime, ONNX Runtime is not installed",
    "run_tensorrt.py, tensorrt, tensorrt is not installed",
  })
  void withoutItsFramework(String script, String module, String line) throws IOException {
    Files.writeString(
        temp.resolve(module + ".py"), "raise ImportError('none', name='" + module + "')");
    refuses(line, python(), folder.resolve(script).toString());
  }

  @Test
  void withoutTrtexec() throws IOException {
    Path tools = Files.createDirectories(temp.resolve("bin"));
    Files.createSymbolicLink(tools.resolve("dirname"), Path.of("/usr/bin/dirname"));
    ProcessBuilder builder =
        new ProcessBuilder("/bin/sh", folder.resolve("run_trtexec.sh").toString());
    builder.environment().put("PATH", tools.toString());
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(List.of("probe: trtexec is not on the PATH"), said.lines().toList());
    assertEquals(3, process.onExit().join().exitValue());
  }

  @Test
  void withoutTheFolderOrWithAnotherFile() throws IOException {
    fakeTorch();
    String script = folder.resolve("run_torch.py").toString();
    refuses("name a folder that", python(), script, "--folder", temp.toString());
    Path inputs = folder.resolve("inputs.safetensors");
    byte[] bytes = Files.readAllBytes(inputs);
    bytes[bytes.length - 1] ^= 1;
    Files.write(inputs, bytes);
    refuses("is not the file of the manifest", python(), script);
    Files.delete(inputs);
    refuses("copy the whole folder", python(), script);
  }

  @Test
  void withoutACudaDevice() throws IOException {
    fakeTorch();
    refuses(
        "sees no CUDA device",
        python(),
        folder.resolve("run_torch.py").toString(),
        "--device",
        "cuda");
  }

  /** As much of PyTorch as the script asks for before it reads the folder; without a GPU. */
  private void fakeTorch() throws IOException {
    Files.writeString(
        temp.resolve("torch.py"),
        """
        float64 = float32 = float16 = bfloat16 = None
        class cuda:
            is_available = staticmethod(lambda: False)
        class backends:
            class cuda:
                class matmul: pass
        device = str
        """);
  }
}
