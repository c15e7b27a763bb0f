package org.bitref.loaders.torch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.zip.ZipEntry;
import org.bitref.loaders.Refusal;
import org.bitref.loaders.Sources;
import org.bitref.tensor.TensorSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files made to run something, to fill the memory, or to reach beyond themselves. */
class HostilePickleTest {
  private static final String NOTHING_RUN = "runs nothing else";

  @TempDir Path folder;

  private void refused(Pickle pickle, String... parts) {
    refused(pickle.save(folder.resolve("x.pt"), 16), parts);
  }

  private static void refused(Path file, String... parts) {
    Refusal.expect(
        () -> {
          try (TensorSource source = Sources.open(file)) {
            source.tensors().keySet().forEach(source::read);
          }
        },
        parts);
  }

  private String touch(Path witness) {
    return "touch " + witness;
  }

  @ParameterizedTest
  @CsvSource({
    "os, system",
    "posix, system",
    "builtins, eval",
    "builtins, exec",
    "builtins, getattr",
    "subprocess, Popen",
    "torch.hub, load",
    "torch._utils, _rebuild_sparse_tensor",
    "torch.serialization, load",
    "numpy.core.multiarray, _reconstruct"
  })
  void callsOfOtherNames(String module, String name) {
    Path witness = folder.resolve("witness");
    String asked = "asks for " + module + "." + name;
    refused(
        new Pickle().global(module, name).text(touch(witness)).op(0x85, 'R', '.'),
        "member \"a/data.pkl\": pickle, before byte",
        asked,
        NOTHING_RUN);
    refused(
        new Pickle().text(module).text(name).op(0x93).text(touch(witness)).op(0x85, 'R', '.'),
        asked);
    assertTrue(Files.notExists(witness));
  }

  @Test
  void namesThatLookLikeAllowedOnes() {
    refused(
        new Pickle().global("torch", "Size.__class__").op('.'), "asks for torch.Size.__class__");
    refused(
        new Pickle().text("torch.storage").text("UntypedStorage.mro").op(0x93, '.'), "asks for");
    refused(new Pickle().global("torch\u001b[2J", "x").op('.'), "\\u001b[2J");
  }

  @Test
  void opcodesThatMakeObjects() {
    refused(new Pickle().ascii("ios\nsystem\n").op('.'), "opcode 0x69", NOTHING_RUN);
    for (int opcode : new int[] {'o', 0x81, 0x92, 0x82, 0x83, 0x84, 'P', 0x97, 0x98, 0x96, 255}) {
      refused(new Pickle().op('(', ')', ')', opcode, 1, '.'), "opcode 0x", NOTHING_RUN);
    }
  }

  @Test
  void callsOfWhatIsNoFunction() {
    refused(
        new Pickle().text("os.system").text("true").op(0x85, 'R', '.'),
        "calls what is no function");
    refused(
        new Pickle().global("torch", "FloatStorage").op(')', 'R', '.'),
        "calls what is no function");
    refused(
        new Pickle().global("collections", "OrderedDict").op(']', 0x85, 'R', '.'),
        "a dict made from arguments");
    refused(
        new Pickle().global("torch._utils", "_rebuild_parameter").op('N', 0x85, 'R', '.'),
        "a parameter that is no tensor");
  }

  @Test
  void statesOfObjects() {
    refused(
        new Pickle().tensor("ByteStorage", "0", 4, 0, 4, 1).op('}', 'b', '.'),
        "sets the state of an object that is no dict");
  }

  @Test
  void persistentIdentifiers() {
    for (Pickle id :
        new Pickle[] {
          new Pickle().text("os.system"),
          new Pickle().op('(').text("module").text("a").text("b").text("c").op('K', 1, 't'),
          new Pickle().op('(').text("storage").text("a").text("0").text("cpu").op('K', 1, 't'),
          new Pickle()
              .op('(')
              .text("storage")
              .global("torch", "Size")
              .text("0")
              .text("c")
              .op('N', 't')
        }) {
      refused(id.op('Q', '.'), "a persistent id");
    }
    Pickle negative = new Pickle().op('(').text("storage").global("torch", "ByteStorage").text("0");
    refused(
        negative.text("cpu").op('J', 255, 255, 255, 255, 't', 'Q', '.'),
        "a storage's length is no whole number from 0 on");
  }

  @Test
  void storagesOutsideTheArchive() {
    for (String key : new String[] {"1", "../data.pkl.x", "/etc/passwd", "../../../etc/passwd"}) {
      refused(
          new Pickle().tensor("ByteStorage", key, 4, 0, 4, 1).op('.'),
          "storage \"" + key + "\" of tensor \"x\" is not in the archive");
    }
  }

  @Test
  void tensorsLargerThanTheirStorage() {
    refused(new Pickle().tensor("ByteStorage", "0", 17, 0, 4, 1).op('.'), "has 16 bytes, not 17");
    refused(
        new Pickle().tensor("FloatStorage", "0", 4, 1, 4, 1).op('.'),
        "a tensor reaches to element 5 of storage \"0\", which has 4");
    refused(new Pickle().tensor("ByteStorage", "0", 16, 0, 3, 8).op('.'), "reaches to element 17");
  }

  @Test
  void viewThatRepeatsOneElementTooOften() {
    Pickle huge = new Pickle().global("torch._utils", "_rebuild_tensor_v2").op('(', '(');
    huge.text("storage").global("torch", "ByteStorage").text("0").text("cpu").op('K', 1, 't', 'Q');
    huge.op('K', 0, 'J', 0, 0, 0, 0x7f, 'J', 0, 0, 0, 0x7f, 0x86, 'K', 0, 'K', 0, 0x86);
    refused(huge.op(0x89, 'N', 't', 'R', '.'), "repeats a storage of only 16 bytes");
  }

  @Test
  void containersThatHoldThemselves() {
    refused(new Pickle().op(']', 'q', 0, 'h', 0, 'a', '.'), "or hold themselves");
    refused(new Pickle().op('}', 'q', 0).text("k").op('h', 0, 's', '.'), "or hold themselves");
    Pickle deep = new Pickle();
    for (int i = 0; i < 100_000; i++) {
      deep.op(']');
    }
    for (int i = 1; i < 100_000; i++) {
      deep.op('a');
    }
    refused(deep.op('.'), "nested deeper than 100");
  }

  @Test
  void containersThatHoldOneAnotherManyTimesOver() {
    Pickle laughs = new Pickle().op(']', 'q', 0);
    for (int level = 1; level < 30; level++) {
      laughs.op('(');
      for (int i = 0; i < 10; i++) {
        laughs.op('h', level - 1);
      }
      laughs.op('l', 'q', level);
    }
    refused(laughs.op('.'), "it holds more than 1000000 objects");
  }

  /** A key of 60,000 characters at each of 50 levels, over 10,000 numbers. */
  @Test
  void namesThatGrowFromLevelToLevel() {
    Pickle pickle = new Pickle().text("x".repeat(60_000)).op('q', 0, '0');
    for (int level = 0; level < 50; level++) {
      pickle.op('}', 'h', 0);
    }
    pickle.op('(');
    for (int i = 0; i < 10_000; i++) {
      pickle.op('K', 1);
    }
    pickle.op('l');
    for (int level = 0; level < 50; level++) {
      pickle.op('s');
    }
    refused(pickle.op('.'), "names of more than 50000000 characters");
  }

  @Test
  void brokenStacks() {
    refused(new Pickle().op('.'), "takes a value from an empty stack");
    refused(new Pickle().op('N', '(', '0', '.'), "takes a value from an empty stack");
    refused(new Pickle().op('N', 'N', 'e', '.'), "a mark that is not there");
    refused(new Pickle().op('N', 'N', 'a', '.'), "appends to what is no list");
    refused(new Pickle().op('N', 'N', 'N', 's', '.'), "sets items of what is no dict");
    refused(new Pickle().op('}', 'N', 'N', 's', '.'), "a dict key that is neither text nor");
    refused(
        new Pickle().op('}', 'K', 1, 'N', 's').text("1").op('N', 's', '.'), "\"1\" stands twice");
    refused(new Pickle().op('h', 3, '.'), "nothing was put under memo 3");
    refused(new Pickle().op('j', 255, 255, 255, 255, '.'), "nothing was put under memo 4294967295");
    refused(new Pickle().op('N'), "the pickle ends early");
  }

  @Test
  void lengthsThatTheFileDoesNotHave() {
    refused(new Pickle().op('X', 255, 255, 255, 255, 'a'), "the pickle ends early");
    refused(new Pickle().op('X', 255, 255, 255, 127, 'a'), "the pickle ends early");
    refused(new Pickle().op(0x8d, 255, 255, 255, 255, 255, 255, 255, 255), "ends early");
    refused(new Pickle().op(0x8e, 0, 0, 0, 0, 0, 0, 0, 64), "the pickle ends early");
    refused(new Pickle().op(0x8b, 255, 255, 255, 255), "the pickle ends early");
    refused(new Pickle().ascii("c" + "x".repeat(10_000)), "a line of more than 4096 bytes");
  }

  @Test
  void twoNamesForOne() {
    Pickle pickle = new Pickle().op('}', '(').text("a.b").tensor("ByteStorage", "0", 4, 0, 4, 1);
    pickle.text("a").op('}').text("b").tensor("ByteStorage", "0", 4, 0, 4, 1).op('s', 'u', '.');
    refused(pickle, "two objects are called \"a.b\"");
  }

  @Test
  void pickleThatUnpacksToTooMuch() {
    refused(
        Pickle.archive(
            folder.resolve("x.pt"),
            ZipEntry.DEFLATED,
            Map.of("a/data.pkl", new byte[(64 << 20) + 1])),
        "a pickle of 67108865 bytes; the limit is 67108864");
    byte[] nones = new byte[8_000_001];
    Arrays.fill(nones, (byte) 'N');
    refused(
        Pickle.archive(folder.resolve("x.pt"), ZipEntry.DEFLATED, Map.of("a/data.pkl", nones)),
        "more than 8000000 opcodes");
  }

  @Test
  void archivesOfAnotherKind() {
    byte[] pickle = new Pickle().op('}', '.').bytes();
    refused(
        Pickle.archive(
            folder.resolve("x.pt"),
            ZipEntry.DEFLATED,
            Map.of("a/data.pkl", pickle, "b/data.pkl", pickle)),
        "holds 2 members called data.pkl, not one");
    refused(
        Pickle.archive(
            folder.resolve("x.pt"),
            ZipEntry.DEFLATED,
            Map.of("a/data.pkl", pickle, "a/byteorder", "big".getBytes(StandardCharsets.US_ASCII))),
        "its byte order is not little-endian");
  }

  @Test
  void archiveInPlaceOfThePickle() throws Exception {
    Path inner = new Pickle().op('}', '.').save(folder.resolve("inner.pt"), 4);
    refused(
        Pickle.archive(
            folder.resolve("x.pt"),
            ZipEntry.DEFLATED,
            Map.of("a/data.pkl", Files.readAllBytes(inner))),
        "opcode 0x50 makes no plain data");
  }

  @Test
  void fileFromBeforeTheArchives() throws Exception {
    Path old = Files.write(folder.resolve("x.pt"), new Pickle().op(0x80, 2, 0x8a, 10).bytes());
    refused(old, "x.pt", "before PyTorch 1.6");
  }
}
