package org.bitref.loaders.torch;

import static org.bitref.loaders.torch.PickleBytes.DAMAGED;
import static org.bitref.loaders.torch.Unpickler.UNSAFE;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.bitref.loaders.file.Strided;
import org.bitref.loaders.torch.PyValue.Callable;
import org.bitref.loaders.torch.PyValue.Dict;
import org.bitref.loaders.torch.PyValue.ElementType;
import org.bitref.loaders.torch.PyValue.Items;
import org.bitref.loaders.torch.PyValue.Storage;
import org.bitref.loaders.torch.PyValue.Text;
import org.bitref.loaders.torch.PyValue.View;
import org.bitref.loaders.torch.PyValue.Whole;
import org.bitref.tensor.DType;
import org.bitref.tensor.Shape;

/** Answers the calls of a pickle from the arguments alone. */
final class Rebuild {
  private static final int MOST_AXES = 64;

  private final PickleBytes in;

  Rebuild(PickleBytes in) {
    this.in = in;
  }

  /** A persistent id: ("storage", class, key, location, length). */
  Storage storage(PyValue id) {
    List<PyValue> parts = items(id, 5, "a persistent id");
    if (!(parts.get(0) instanceof Text kind)
        || !kind.text().equals("storage")
        || !(parts.get(1) instanceof ElementType type)
        || !(parts.get(2) instanceof Text key)) {
      throw in.bad("a persistent id that is no storage of numbers", UNSAFE);
    }
    return new Storage(key.text(), type, whole(parts.get(4), "a storage's length"));
  }

  /** The object that {@code function(*arguments)} would be. */
  PyValue call(PyValue function, PyValue arguments) {
    if (!(function instanceof Callable callable)) {
      throw in.bad("calls what is no function", UNSAFE);
    }
    return switch (callable) {
      case REBUILD_TENSOR -> tensor(items(arguments, 6, "a tensor's arguments"));
      case REBUILD_PARAMETER -> {
        if (items(arguments, 1, "a parameter's arguments").getFirst() instanceof View view) {
          yield view;
        }
        throw in.bad("a parameter that is no tensor", DAMAGED);
      }
      case ORDERED_DICT -> {
        if (!items(arguments, 0, "a dict's arguments").isEmpty()) {
          throw in.bad("a dict made from arguments", UNSAFE);
        }
        yield new Dict(new LinkedHashMap<>());
      }
      case SIZE -> {
        if (items(arguments, 1, "a size's arguments").getFirst() instanceof Items sizes) {
          yield new Items(new ArrayList<>(sizes.items()));
        }
        throw in.bad("a size that is no tuple", DAMAGED);
      }
    };
  }

  /** (storage, offset, sizes, strides, requires_grad, hooks) and, since version 3, a dtype. */
  private View tensor(List<PyValue> arguments) {
    if (!(arguments.get(0) instanceof Storage storage)) {
      throw in.bad("a tensor without a storage", DAMAGED);
    }
    DType dtype = storage.type().dtype();
    if (arguments.size() > 6 && arguments.get(6) instanceof ElementType type) {
      dtype = type.dtype();
    }
    long offset = whole(arguments.get(1), "a tensor's offset");
    long[] sizes = wholes(arguments.get(2), "a tensor's sizes");
    long[] strides = wholes(arguments.get(3), "a tensor's strides");
    if (sizes.length != strides.length) {
      throw in.bad(
          "a tensor of %s sizes and %s strides".formatted(sizes.length, strides.length), DAMAGED);
    }
    checkInside(storage, dtype, offset, sizes, strides);
    return new View(storage, dtype, new Strided(offset, sizes, strides));
  }

  private void checkInside(
      Storage storage, DType dtype, long offset, long[] sizes, long[] strides) {
    try {
      boolean empty = Math.multiplyExact(Shape.of(sizes).elements(), dtype.bytes()) == 0;
      long end = empty ? 0 : Math.addExact(offset, 1);
      for (int axis = 0; axis < sizes.length && !empty; axis++) {
        end = Math.addExact(end, Math.multiplyExact(sizes[axis] - 1, strides[axis]));
      }
      long bytes = Math.multiplyExact(storage.elements(), storage.type().dtype().bytes());
      if (end > bytes / dtype.bytes()) {
        throw in.bad(
            "a tensor reaches to element %s of storage \"%s\", which has %s"
                .formatted(end, storage.key(), bytes / dtype.bytes()),
            DAMAGED);
      }
    } catch (ArithmeticException _) {
      throw in.bad("a tensor of more than 2^63-1 elements", DAMAGED);
    }
  }

  private List<PyValue> items(PyValue value, int atLeast, String what) {
    if (value instanceof Items items && items.items().size() >= atLeast) {
      return items.items();
    }
    throw in.bad(what + " are not a tuple of at least " + atLeast, DAMAGED);
  }

  private long[] wholes(PyValue value, String what) {
    List<PyValue> items = items(value, 0, what);
    if (items.size() > MOST_AXES) {
      throw in.bad("a tensor of more than " + MOST_AXES + " axes", DAMAGED);
    }
    return items.stream().mapToLong(item -> whole(item, what)).toArray();
  }

  private long whole(PyValue value, String what) {
    if (value instanceof Whole whole && whole.value() >= 0) {
      return whole.value();
    }
    throw in.bad(what + " is no whole number from 0 on", DAMAGED);
  }
}
