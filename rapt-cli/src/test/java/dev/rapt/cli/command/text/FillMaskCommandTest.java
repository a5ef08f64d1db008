package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.text.FillMask.Blank;
import dev.rapt.text.FillMask.Candidate;
import dev.rapt.text.FillMask.Filled;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class FillMaskCommandTest {
  @Test
  void tokensOfControlCharactersAreEscaped() {
    List<Candidate> candidates =
        List.of(
            new Candidate(5, "Ċ", "\n", "the\n sat", 0.5),
            new Candidate(6, "Ġcat", " cat", "the cat sat", 0.25));
    StringWriter out = new StringWriter();
    new FillMaskCommand()
        .print(
            new PrintWriter(out),
            "the <mask> sat",
            new Filled(List.of(new Blank(4, 10, candidates)), "the\n sat", false));
    assertThat(out.toString().lines().map(String::strip))
        .containsExactly(
            "0.5000  \\n               the\\n sat", "0.2500  Ġcat             the cat sat");
  }
}
