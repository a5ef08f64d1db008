package dev.rapt.eval.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Draws of CPython 3.11's {@code random.sample}, and lists as Python prints them. */
class PythonValuesTest {
  @Test
  void drawsAreThoseOfPython() {
    PythonRandom random = new PythonRandom(1234);
    assertThat(random.sample(10, 3)).containsExactly(7, 1, 0);
    assertThat(random.sample(200, 5)).containsExactly(23, 149, 8, 171, 177);
    assertThat(random.sample(60, 20))
        .containsExactly(5, 6, 49, 22, 15, 1, 54, 50, 53, 56, 41, 39, 30, 48, 29, 9, 59, 11, 7, 0);
    assertThat(random.sample(1000, 7)).containsExactly(515, 498, 901, 988, 255, 66, 683);
    assertThat(new PythonRandom((1L << 40) + 5).sample(50, 4)).containsExactly(32, 33, 17, 42);
  }

  @Test
  void listsAreReadAsPythonPrintsThem() {
    assertThat(PythonLiteral.list("['a', \"b's\", 3, -1.5, 'x\\n\\u00e9']"))
        .contains(List.of("a", "b's", 3L, -1.5, "x\né"));
    assertThat(PythonLiteral.list("[]")).contains(List.of());
    assertThat(PythonLiteral.list("('a',)")).contains(List.of("a"));
    for (String text : List.of("[a]", "['a'", "['a' 'b']", "a", "", "['a'] b", "['\\xzz']")) {
      assertThat(PythonLiteral.list(text)).as(text).isEmpty();
    }
  }
}
