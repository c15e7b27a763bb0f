package org.bitref.loaders.json;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bitref.loaders.Refusal;
import org.junit.jupiter.api.Test;

class JsonCursorTest {

  private static MemorySegment utf8(String text) {
    return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Characters of one to four bytes stand before the values, over several blocks. */
  @Test
  void positionsAreThoseOfBytes() {
    String[] fillers = {"a", "\u00e9", "\u20ac", "\uD83D\uDE00"};
    StringBuilder text = new StringBuilder("[");
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      text.append(i == 0 ? "" : ",")
          .append('"')
          .append(fillers[i % 4].repeat(37 * i))
          .append("\",");
      expected.add((long) text.toString().getBytes(StandardCharsets.UTF_8).length);
      text.append(i % 2 == 0 ? "\"x\"" : "[ ]");
    }
    List<Long> found = new ArrayList<>();
    int[] count = new int[1];
    JsonCursor.read(
        "a",
        "Mend it.",
        utf8(text.append(']').toString()),
        in ->
            in.array(
                "the text",
                () -> {
                  if (count[0]++ % 2 == 1) {
                    found.add(in.position());
                  }
                  in.pass();
                }));
    assertEquals(expected, found);
  }

  @Test
  void bytesThatAreNoCharacters() {
    for (int length : new int[] {1, 16_383, 16_384, 40_000}) {
      byte[] text = ("[\"" + "x".repeat(length) + "\u00e9\"]").getBytes(StandardCharsets.UTF_8);
      text[length + 3] = 'x';
      Refusal.expect(
          () -> JsonCursor.read("a", "Mend it.", MemorySegment.ofArray(text), JsonCursor::pass),
          "a: the text is not valid UTF-8 at its byte " + (length + 2));
    }
  }
}
