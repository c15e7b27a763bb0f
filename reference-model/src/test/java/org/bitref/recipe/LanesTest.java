package org.bitref.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LanesTest {
  @ParameterizedTest
  @CsvSource({
    "'lanes=2,order=strided,tree=seq', 6, 010101",
    "'lanes=2,order=strided,run=2,tree=seq', 7, 0011001",
    "'lanes=2,order=blocked,tree=seq', 7, 0000111",
    "'lanes=2,order=blocked,run=2,tree=seq', 6, 001100",
    "'lanes=2,order=blocked,run=4,tree=seq', 6, 000111",
    "'lanes=4,order=strided,tree=seq,tail=first', 6, 012300",
    "'lanes=4,order=strided,run=4,tree=pair', 3, 000",
  })
  void aLaneTakesRunsOfTerms(String keys, int k, String lanes) {
    Inner.Fma fma = (Inner.Fma) inner("fma(acc=f32rne," + keys + ")");
    String dealt =
        IntStream.range(0, k)
            .mapToObj(i -> String.valueOf(fma.lanes().lane(i, k)))
            .collect(Collectors.joining());
    assertEquals(lanes, dealt);
  }

  @ParameterizedTest
  @CsvSource({
    "'lanes=2,order=strided,run=0,tree=seq'",
    "'lanes=4,order=strided,run=2,tree=seq,tail=after'",
    "'lanes=1,run=2'",
  })
  void runsNeedLanesAndLeaveNoTail(String keys) {
    assertThrows(IllegalArgumentException.class, () -> inner("fma(acc=f32rne," + keys + ")"));
  }

  private static Inner inner(String text) {
    return ((GemmRecipe) StageRecipe.parse("in=f32 | " + text + " | seq | none | none | none"))
        .inner();
  }
}
