package org.bitref.loaders.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.bitref.BadInputException;
import org.bitref.Text;
import org.bitref.loaders.file.NamedTensors;
import org.bitref.loaders.file.Place;
import org.bitref.loaders.file.Strided;
import org.bitref.loaders.torch.PyValue.Storage;
import org.bitref.loaders.torch.PyValue.View;
import org.bitref.loaders.zip.ZipArchive;
import org.bitref.loaders.zip.ZipMember;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorInfo;
import org.bitref.tensor.TensorSource;

/**
 * A file of torch.save (PyTorch 1.6 and later): a zip archive of {@code data.pkl} and one member
 * per storage. The pickle is read by an interpreter that builds tensors, dicts, lists and tuples
 * and nothing else. Tensors in nested containers get dotted names. A contiguous view of a stored
 * member is mapped; any other is gathered into memory when it is read. Thread-safe.
 */
public final class TorchFile {
  private static final String PICKLE = "data.pkl";
  private static final long LONGEST_PICKLE = 64 << 20;

  /** A storage may be repeated this often by strides of 0, beyond a first 64 MiB. */
  private static final long MOST_REPEATED = 64;

  private static final long ALWAYS_ALLOWED = 64 << 20;

  private final ZipArchive archive;
  private String prefix = "";

  private TorchFile(ZipArchive archive) {
    this.archive = archive;
  }

  /** True if an archive is one of torch.save, going by its members' names. */
  public static boolean isTorch(ZipArchive archive) {
    return archive.members().keySet().stream().anyMatch(TorchFile::isPickle);
  }

  private static boolean isPickle(String member) {
    return member.equals(PICKLE) || member.endsWith("/" + PICKLE);
  }

  /**
   * Maps the archive, reads its pickle and checks that every tensor lies in its storage. The
   * metadata are the text and numbers of the containers, by dotted names.
   *
   * @throws BadInputException if the file is no such archive or is big-endian, if its pickle is
   *     broken, asks for any Python name but those of tensors and containers, or holds itself, or
   *     if a storage is missing or too short
   */
  public static TensorSource open(Path path) {
    ZipArchive archive = ZipArchive.open(path);
    return NamedTensors.of(
        archive.name(),
        tensors -> {
          tensors.opened(archive::close);
          new TorchFile(archive).readPickle(path, tensors);
        });
  }

  private void readPickle(Path path, NamedTensors.Builder tensors) {
    List<String> pickles = archive.members().keySet().stream().filter(TorchFile::isPickle).toList();
    if (pickles.size() != 1) {
      throw bad("holds " + pickles.size() + " members called " + PICKLE + ", not one");
    }
    String member = pickles.getFirst();
    prefix = member.substring(0, member.length() - PICKLE.length());
    checkByteOrder();
    ZipMember pickle = archive.members().get(member);
    if (pickle.size() > LONGEST_PICKLE) {
      throw new Place(pickle.where(), "Save tensors, not lists of numbers.")
          .bad("a pickle of %d bytes; the limit is %d", pickle.size(), LONGEST_PICKLE);
    }
    PyValue root = Unpickler.read(pickle.where(), pickle.bytes());
    String file = path.getFileName().toString();
    Names names = Names.of(pickle.where(), root, file.replaceFirst("\\.(pt|pth)$", ""));
    tensors.metadata().putAll(names.metadata());
    names.tensors().forEach((name, view) -> tensors.add(info(name, view), () -> read(name, view)));
  }

  private void checkByteOrder() {
    ZipMember order = archive.members().get(prefix + "byteorder");
    if (order == null) {
      return;
    }
    byte[] text = order.head(16).toArray(ValueLayout.JAVA_BYTE);
    if (!new String(text, StandardCharsets.US_ASCII).equals("little")) {
      throw bad("its byte order is not little-endian");
    }
  }

  private TensorInfo info(String name, View view) {
    ZipMember member = member(name, view.storage());
    Strided elements = view.elements();
    boolean mapped = !member.deflated() && elements.contiguous();
    long offset = mapped ? member.offset() + elements.offset() * view.dtype().bytes() : -1;
    return new TensorInfo(name, view.dtype(), elements.shape(), archive.name(), offset);
  }

  private ZipMember member(String tensor, Storage storage) {
    ZipMember member = archive.members().get(prefix + "data/" + storage.key());
    String called = "storage " + Text.quote(storage.key()) + " of tensor " + Text.quote(tensor);
    if (member == null) {
      throw bad(called + " is not in the archive");
    }
    long bytes = storage.elements() * storage.type().dtype().bytes();
    if (member.size() < bytes) {
      throw bad("%s has %s bytes, not %s".formatted(called, member.size(), bytes));
    }
    return member;
  }

  private Tensor read(String tensor, View view) {
    MemorySegment storage = member(tensor, view.storage()).bytes();
    String where = archive.name() + ": tensor " + Text.quote(tensor);
    Strided elements = view.elements();
    long most = (ALWAYS_ALLOWED + MOST_REPEATED * storage.byteSize()) / view.dtype().bytes();
    if (!elements.contiguous() && elements.shape().elements() > most) {
      throw new BadInputException(
          where,
          "%s repeats a storage of only %s bytes".formatted(elements.shape(), storage.byteSize()),
          "Save tensor.contiguous(), or the tensor before it was expanded.");
    }
    return elements.of(where, view.dtype(), storage);
  }

  private BadInputException bad(String problem) {
    return new BadInputException(archive.name(), problem, PickleBytes.DAMAGED);
  }
}
