package org.bitref.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files made to do harm: every one ends in one message, in a process that has little memory. */
class HostileFilesTest {
  private static final int MANY = 100_000;

  @TempDir Path temp;
  private final Map<String, String> expected = new LinkedHashMap<>();
  private Path ran;

  /** Another process: reads all files, one after the other, as the command line does. */
  static final class Reader {
    private Reader() {}

    public static void main(String[] files) {
      for (String file : files) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] words = {"inspect", "--stats", "--threads", "1", file};
        int code = Main.run(words, out, new PrintStream(err, true, StandardCharsets.UTF_8));
        String message = err.toString(StandardCharsets.UTF_8);
        System.out.println(
            code + " " + out.size() + " " + message.lines().count() + " " + message.strip());
      }
    }
  }

  @BeforeEach
  void files() throws IOException {
    ran = temp.resolve("ran");
    pickles();
    archives();
    texts();
  }

  private void file(String name, byte[] bytes, String message) throws IOException {
    Files.write(temp.resolve(name), bytes);
    expected.put(name, message);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] zip(String member, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(member));
      zip.write(content);
    }
    return bytes.toByteArray();
  }

  private void pickle(String name, String pickle, String message) throws IOException {
    file(name, zip("archive/data.pkl", ascii(pickle)), message);
  }

  private void pickles() throws IOException {
    String touch = "(S'touch " + ran + "'\ntR.";
    pickle("system.pt", "cos\nsystem\n" + touch, "asks for os.system");
    pickle("posix.pt", "cposix\nsystem\n" + touch, "asks for posix.system");
    pickle("eval.pt", "cbuiltins\neval\n(S'open(\"" + ran + "\", \"w\")'\ntR.", "builtins.eval");
    pickle("state.pt", "ctorch\nload\n(S'" + ran + "'\ntR.", "asks for torch.load");
    pickle("persistent.pt", "Pname\n.", "makes no plain data");
    pickle("object.pt", "(cos\nsystem\no.", "asks for os.system");
  }

  private void archives() throws IOException {
    byte[] array = npy(4);
    file("slip.npz", zip("../../evil.npy", array), "leads out of the archive");
    file("slip.pt", zip("archive/../../data.pkl", ascii("}.")), "leads out of the archive");
    file("nested.npz", zip("inner.npz", zip("x.npy", array)), "is no npy member");
    file("inside.npz", zip("x.npy", zip("x.npy", array)), "npy magic");
    // 256 MiB of zeros in a quarter of a MiB: more than the process has.
    byte[] header = Arrays.copyOf(npy(1 << 26), 128);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bomb)) {
      zip.putNextEntry(new ZipEntry("x.npy"));
      zip.write(header);
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 256; i++) {
        zip.write(zeros);
      }
    }
    assertTrue(bomb.size() < 1 << 19, () -> "packed to " + bomb.size());
    file("bomb.npz", bomb.toByteArray(), "more than there is");
  }

  /** The header of an array of float32; its data where that is short. */
  private static byte[] npy(int elements) {
    String dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s,), }".formatted(elements);
    ByteBuffer bytes = ByteBuffer.allocate(128 + (elements < 100 ? 4 * elements : 0));
    bytes.order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}).putShort((short) 118);
    bytes.put(ascii(dict + " ".repeat(117 - dict.length()) + "\n"));
    return bytes.array();
  }

  private void texts() throws IOException {
    String base64 = Base64.getEncoder().encodeToString(npy(4));
    file("short.json", results(array("x", base64.substring(0, base64.length() - 4))), "needs 16");
    file("odd.json", results(array("x", base64.substring(1))), "no multiple of 4");
    List<String> arrays = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      arrays.add(array("name" + i, "AAAA"));
    }
    file("names.json", results(String.join(",", arrays)), "npy magic");
    file("arrays.json", ascii("[".repeat(MANY)), "JSON");
    file("objects.json", ascii("{\"a\":".repeat(MANY)), "JSON");
    file("tensors.safetensors", safetensors("{\"a\":".repeat(MANY)), "JSON");
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < MANY; i++) {
      header.append("\"t" + i + "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},");
    }
    header.setCharAt(header.length() - 1, '}');
    file("names.safetensors", safetensors(header.toString()), "overlaps");
  }

  private static String array(String name, String base64) {
    return "\"%s\": {\"values\": {\"array\": \"%s\", \"polygraphy_class\": \"ndarray\"}}"
        .formatted(name, base64);
  }

  private static byte[] results(String arrays) {
    return ascii(
        "{\"lst\": [[\"r\", [{\"outputs\": {%s}}]]], \"polygraphy_class\": \"RunResults\"}"
            .formatted(arrays));
  }

  private static byte[] safetensors(String header) {
    ByteBuffer bytes = ByteBuffer.allocate(9 + header.length()).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putLong(header.length()).put(ascii(header)).array();
  }

  @Test
  void everyOneEndsInOneMessage() throws IOException, InterruptedException {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Reader.class.getName()));
    expected.keySet().forEach(name -> words.add(temp.resolve(name).toString()));
    Path log = temp.resolve("log");
    Process process =
        new ProcessBuilder(words)
            .redirectOutput(log.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertEquals(0, process.waitFor());
    List<String> lines = Files.readAllLines(log);
    assertEquals(expected.size(), lines.size(), () -> String.join("\n", lines));
    int at = 0;
    for (Map.Entry<String, String> one : expected.entrySet()) {
      String line = lines.get(at++);
      assertTrue(line.startsWith("3 0 1 "), () -> one.getKey() + ": " + line);
      assertTrue(line.contains(one.getKey()) && line.contains(one.getValue()), line);
    }
    assertFalse(Files.exists(ran));
  }
}
