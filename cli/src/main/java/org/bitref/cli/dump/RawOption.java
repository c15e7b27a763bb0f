package org.bitref.cli.dump;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bitref.BadInputException;
import org.bitref.cli.console.UsageException;
import org.bitref.loaders.Sources;
import org.bitref.loaders.file.DTypeName;
import org.bitref.loaders.file.Lengths;
import org.bitref.loaders.raw.RawSource;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;
import org.bitref.tensor.TensorSource;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options {@code --dtype} and {@code --shape}: what raw files hold. */
public final class RawOption {
  private static final Set<String> OTHER_FORMATS =
      Set.of("safetensors", "json", "npy", "npz", "pt", "pth", "onnx");

  @Option(
      names = "--dtype",
      paramLabel = "T",
      converter = ToType.class,
      description = "Type of raw files: f32, f16, bf16, e4m3, i64 and so on. Needs --shape.")
  private DType dtype;

  @Option(
      names = "--shape",
      paramLabel = "DIMS",
      converter = ToShape.class,
      description = "Shape of raw files: 1x3006x4096. Needs --dtype.")
  private Shape shape;

  /**
   * Opens any source. With the options a file that has not the extension of another format is raw:
   * one tensor, called like the file without its extension.
   *
   * @throws BadInputException as {@link Sources#open}, or if a raw file has another size
   * @throws UsageException if one option is given without the other
   */
  public TensorSource open(Path path) {
    if ((dtype == null) != (shape == null)) {
      throw new UsageException("--dtype and --shape of raw files go together");
    }
    boolean raw = dtype != null && !Files.isDirectory(path) && !isOther(path);
    return raw ? RawSource.open(path, dtype, shape) : Sources.open(path);
  }

  private static boolean isOther(Path path) {
    return OTHER_FORMATS.contains(extension(path));
  }

  /** False for files of one tensor that has no name but the file's: npy and raw. */
  public static boolean namesTensors(Path path) {
    return Files.isDirectory(path) || (isOther(path) && !extension(path).equals("npy"));
  }

  private static String extension(Path path) {
    String name = path.getFileName().toString().toLowerCase(Locale.ROOT);
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** A type by any of its names. */
  static final class ToType implements ITypeConverter<DType> {
    @Override
    public DType convert(String name) {
      return DTypeName.find(name)
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'%s' is no type; types are f64, f32, f16, bf16, e4m3, e5m2, i64, i32, i16,"
                              .formatted(name)
                          + " i8, u64, u32, u16, u8, bool"));
    }
  }

  /** Lengths with an x between. */
  static final class ToShape implements ITypeConverter<Shape> {
    @Override
    public Shape convert(String text) {
      List<Long> lengths = new ArrayList<>();
      for (String length : text.split("x", -1)) {
        if (!length.matches("\\d{1,18}")) {
          throw new TypeConversionException(
              "'%s' is no shape: write for example 1x3006x4096".formatted(text));
        }
        lengths.add(Long.parseLong(length));
      }
      return Lengths.shape(lengths)
          .orElseThrow(
              () -> new TypeConversionException("'%s' has too many elements".formatted(text)));
    }
  }
}
