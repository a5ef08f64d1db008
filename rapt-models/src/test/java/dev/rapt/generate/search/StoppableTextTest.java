package dev.rapt.generate.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StoppableTextTest {
  @Test
  void textHeldBackForAStopStringIsReturnedAtTheEnd() {
    StoppableText text = new StoppableText(new Letters(), List.of("bcd", "abx"));
    assertThat(text.append(0)).isEmpty(); // a, the beginning of abx
    assertThat(text.append(1)).isEmpty(); // ab
    assertThat(text.append(2)).isEqualTo("a"); // abc, bc may become bcd
    assertThat(text.append(2)).isEqualTo("bcc");
    assertThat(text.append(11)).isEmpty();
    assertThat(text.append(10)).isEqualTo("é");
    assertThat(text.append(1)).isEmpty();
    assertThat(text.finish()).isEqualTo("b");
    assertThat(text.text()).isEqualTo("abccéb");
  }
}
