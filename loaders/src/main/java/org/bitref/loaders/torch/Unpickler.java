package org.bitref.loaders.torch;

import static org.bitref.loaders.torch.PickleBytes.DAMAGED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bitref.BadInputException;
import org.bitref.loaders.torch.PyValue.Dict;
import org.bitref.loaders.torch.PyValue.Items;
import org.bitref.loaders.torch.PyValue.Scalar;
import org.bitref.loaders.torch.PyValue.Text;
import org.bitref.loaders.torch.PyValue.Whole;

/**
 * Python's pickle machine, cut down to what tensors and plain containers need: opcodes of protocols
 * 0 to 5 (Python's pickletools) that build data, names from {@link AllowList}, calls that {@link
 * Rebuild} answers. Every other opcode, name or call ends the reading; nothing is ever run.
 *
 * <p>Work and memory are bounded by the pickle's length and by a number of opcodes.
 */
final class Unpickler {
  static final String UNSAFE =
      "bitref builds tensors and plain containers and runs nothing else: save a dict of tensors"
          + " with torch.save.";

  /** Some 45 opcodes make a tensor, so this is enough for 150,000 of them. */
  private static final int MOST_OPCODES = 8_000_000;

  private static final PyValue NONE = new Scalar("None");
  private static final PyValue TRUE = new Scalar("True");
  private static final PyValue FALSE = new Scalar("False");

  private final PickleBytes in;
  private final Rebuild rebuild;
  private final List<PyValue> stack = new ArrayList<>();
  private final List<Integer> marks = new ArrayList<>();
  private final Map<Integer, PyValue> memo = new HashMap<>();

  private Unpickler(PickleBytes in) {
    this.in = in;
    this.rebuild = new Rebuild(in);
  }

  /**
   * The one object of a pickle.
   *
   * @throws BadInputException if the pickle is broken, or asks for anything but data
   */
  static PyValue read(String where, MemorySegment pickle) {
    return new Unpickler(new PickleBytes(where, pickle)).run();
  }

  private PyValue run() {
    for (int count = 0; count < MOST_OPCODES; count++) {
      int opcode = in.u8();
      if (opcode == '.') {
        return pop();
      }
      if (!scalar(opcode) && !container(opcode) && !memo(opcode)) {
        name(opcode);
      }
    }
    throw in.bad("more than " + MOST_OPCODES + " opcodes", "Save fewer tensors per file.");
  }

  /** Opcodes that push a value of their own. */
  private boolean scalar(int opcode) {
    switch (opcode) {
      case 'N' -> push(NONE);
      case 0x88 -> push(TRUE);
      case 0x89 -> push(FALSE);
      case 'K' -> push(new Whole(in.u8()));
      case 'M' -> push(new Whole(in.u16()));
      case 'J' -> push(new Whole(in.i32()));
      case 0x8a -> push(whole(in.u8()));
      case 0x8b -> push(whole(in.u32()));
      case 'G' -> push(new Scalar(Double.toString(bigEndianDouble())));
      case 'X' -> push(new Text(in.utf8(in.u32())));
      case 0x8c -> push(new Text(in.utf8(in.u8())));
      case 0x8d -> push(new Text(in.utf8(in.i64())));
      case 'C' -> bytes(in.u8());
      case 'B' -> bytes(in.u32());
      case 0x8e -> bytes(in.i64());
      default -> {
        return false;
      }
    }
    return true;
  }

  private double bigEndianDouble() {
    return Double.longBitsToDouble(Long.reverseBytes(in.i64()));
  }

  private void bytes(long n) {
    in.skip(n);
    push(new Scalar(n + " bytes"));
  }

  /** A little-endian number of {@code n} bytes in two's complement. */
  private PyValue whole(long n) {
    if (n > 8) {
      in.skip(n);
      return new Scalar("a whole number of " + n + " bytes");
    }
    long value = 0;
    for (int i = 0; i < n; i++) {
      value |= (long) in.u8() << (8 * i);
    }
    int unused = (int) (64 - 8 * n);
    return new Whole(n == 0 ? 0 : value << unused >> unused);
  }

  /** Opcodes that make and fill containers. */
  private boolean container(int opcode) {
    switch (opcode) {
      case '}' -> push(new Dict(new LinkedHashMap<>()));
      case ']', ')', 0x8f -> push(new Items(new ArrayList<>()));
      case '(' -> marks.add(stack.size());
      case 't', 'l', 0x91 -> push(new Items(popToMark()));
      case 0x85 -> push(new Items(popLast(1)));
      case 0x86 -> push(new Items(popLast(2)));
      case 0x87 -> push(new Items(popLast(3)));
      case 'a' -> append(popLast(1));
      case 'e', 0x90 -> append(popToMark());
      case 's' -> setItems(popLast(2));
      case 'u' -> setItems(popToMark());
      case 'd' -> {
        List<PyValue> pairs = popToMark();
        push(new Dict(new LinkedHashMap<>()));
        setItems(pairs);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void append(List<PyValue> items) {
    if (!(peek() instanceof Items list)) {
      throw in.bad("appends to what is no list", DAMAGED);
    }
    list.items().addAll(items);
  }

  private void setItems(List<PyValue> pairs) {
    if (!(peek() instanceof Dict dict) || pairs.size() % 2 != 0) {
      throw in.bad("sets items of what is no dict", DAMAGED);
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      String key =
          switch (pairs.get(i)) {
            case Text text -> text.text();
            case Whole whole -> Long.toString(whole.value());
            default -> throw in.bad("a dict key that is neither text nor a whole number", UNSAFE);
          };
      if (dict.entries().putIfAbsent(key, pairs.get(i + 1)) != null) {
        throw in.bad("the key \"" + key + "\" stands twice in a dict", DAMAGED);
      }
    }
  }

  /** Opcodes that move values about. */
  private boolean memo(int opcode) {
    switch (opcode) {
      case 0x80 -> in.u8();
      case 0x95 -> in.i64();
      case 'q' -> memo.put(in.u8(), peek());
      case 'r' -> memo.put(in.i32(), peek());
      case 0x94 -> memo.put(memo.size(), peek());
      case 'h' -> push(remembered(in.u8()));
      case 'j' -> push(remembered(in.i32()));
      case '0' -> pop();
      case '1' -> popToMark();
      case '2' -> push(peek());
      default -> {
        return false;
      }
    }
    return true;
  }

  private PyValue remembered(int index) {
    PyValue value = memo.get(index);
    if (value == null) {
      throw in.bad("nothing was put under memo " + Integer.toUnsignedString(index), DAMAGED);
    }
    return value;
  }

  /** Opcodes by which a pickle names, calls and changes objects. */
  private void name(int opcode) {
    switch (opcode) {
      case 'c' -> push(allowed(in.line(), in.line()));
      case 0x93 -> {
        List<PyValue> names = popLast(2);
        if (!(names.get(0) instanceof Text module) || !(names.get(1) instanceof Text attribute)) {
          throw in.bad("a name that is no text", DAMAGED);
        }
        push(allowed(module.text(), attribute.text()));
      }
      case 'Q' -> push(rebuild.storage(pop()));
      case 'R' -> {
        List<PyValue> call = popLast(2);
        push(rebuild.call(call.get(0), call.get(1)));
      }
      case 'b' -> {
        // A state_dict is an OrderedDict with versions of its modules as an attribute.
        pop();
        if (!(peek() instanceof Dict)) {
          throw in.bad("sets the state of an object that is no dict", UNSAFE);
        }
      }
      default ->
          throw in.bad(
              "opcode 0x" + HexFormat.of().toHexDigits((byte) opcode) + " makes no plain data",
              UNSAFE);
    }
  }

  private PyValue allowed(String module, String attribute) {
    String name = module + "." + attribute;
    return AllowList.find(name).orElseThrow(() -> in.bad("asks for " + name, UNSAFE));
  }

  private void push(PyValue value) {
    stack.add(value);
  }

  private PyValue peek() {
    if (stack.size() <= floor()) {
      throw in.bad("takes a value from an empty stack", DAMAGED);
    }
    return stack.getLast();
  }

  private PyValue pop() {
    peek();
    return stack.removeLast();
  }

  /** Values below the last mark are out of reach. */
  private int floor() {
    return marks.isEmpty() ? 0 : marks.getLast();
  }

  private List<PyValue> popLast(int n) {
    if (stack.size() - n < floor()) {
      throw in.bad("takes a value from an empty stack", DAMAGED);
    }
    return popFrom(stack.size() - n);
  }

  private List<PyValue> popToMark() {
    if (marks.isEmpty()) {
      throw in.bad("takes values up to a mark that is not there", DAMAGED);
    }
    return popFrom(marks.removeLast());
  }

  private List<PyValue> popFrom(int from) {
    List<PyValue> top = stack.subList(from, stack.size());
    List<PyValue> values = new ArrayList<>(top);
    top.clear();
    return values;
  }
}
