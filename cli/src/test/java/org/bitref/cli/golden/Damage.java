package org.bitref.cli.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bitref.BadInputException;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.TensorEntry;
import org.bitref.loaders.safetensors.SafetensorsWriter;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.Tensor;
import org.bitref.tensor.TensorSource;

/** What may happen to a folder of results while no run writes in it. */
enum Damage {
  BIT {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length > 0) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
      }
    }
  },
  SHORTER {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      byte[] bytes = Files.readAllBytes(file);
      Files.write(file, Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
    }
  },
  OTHER_TYPE {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      rewrite(file, tensor -> tensor.cast(tensor.dtype() == DType.F32 ? DType.F16 : DType.F32));
    }
  },
  OTHER_SHAPE {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      rewrite(file, tensor -> tensor.reshape(Shape.of(tensor.elements())));
    }
  },
  OTHER_CONTENT {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      Path other = any(folder, random).orElse(file);
      Files.write(file, Files.readAllBytes(other));
    }
  },
  DELETED {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      Files.delete(file);
    }
  },
  RENAMED {
    @Override
    void to(Path file, Path folder, SplittableRandom random) throws IOException {
      Path other = any(folder, random).orElse(file);
      Files.move(file, other, StandardCopyOption.REPLACE_EXISTING);
    }
  };

  /** Does it to one file of the folder. */
  abstract void to(Path file, Path folder, SplittableRandom random) throws IOException;

  /** Does one of these at random; returns what was done to what. */
  static String random(Path folder, SplittableRandom random) throws IOException {
    Optional<Path> file = any(folder, random);
    if (file.isEmpty()) {
      return "nothing to damage";
    }
    Damage damage = values()[random.nextInt(values().length)];
    damage.to(file.get(), folder, random);
    return damage + " " + file.get().getFileName();
  }

  /** One of the files that runs have written; the lock and what they have not finished too. */
  private static Optional<Path> any(Path folder, SplittableRandom random) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> all =
          files
              .filter(file -> !file.getFileName().toString().startsWith(Torture.FOREIGN))
              .sorted()
              .toList();
      return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
    }
  }

  /** Changes the tensor and leaves what the file says of its run. */
  private static void rewrite(Path file, UnaryOperator<Tensor> change) throws IOException {
    try (TensorSource source = Sources.open(file)) {
      List<TensorEntry> entries =
          source.tensors().keySet().stream()
              .map(name -> TensorEntry.of(name, change.apply(source.read(name))))
              .toList();
      SafetensorsWriter.write(file, source.metadata(), entries, true);
    } catch (BadInputException _) {
      Files.writeString(file, "no tensors");
    }
  }
}
