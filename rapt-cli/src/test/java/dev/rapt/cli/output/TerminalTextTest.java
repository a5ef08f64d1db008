package dev.rapt.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TerminalTextTest {
  @Test
  void controlCharactersAreShownAndTextIsKept() {
    assertThat(TerminalText.visible("a\u001b[2Jb\u0007\u009b\u007f"))
        .isEqualTo("a\\x1b[2Jb\\x07\\x9b\\x7f");
    assertThat(TerminalText.visible("over\rwritten\r\n")).isEqualTo("over\\x0dwritten\r\n");
    String plain = "tab\t, é漢🔑\n";
    assertThat(TerminalText.visible(plain)).isSameAs(plain);
  }

  @Test
  void aWriterShowsThemInWhateverWayTheyAreWritten() {
    StringWriter text = new StringWriter();
    PrintWriter out = TerminalText.visible(new PrintWriter(text, true));
    out.write(27);
    out.print("\u001bx");
    out.write(new char[] {'-', 7, '-'}, 1, 2);
    out.flush();
    assertThat(text).hasToString("\\x1b\\x1bx\\x07-");
  }

  @Test
  void theOutputIsExactUnlessItIsATerminal() {
    PrintWriter out = new PrintWriter(new StringWriter());
    try {
      System.setProperty("rapt.terminal", "false");
      assertThat(TerminalText.toOutput(out)).isSameAs(out);
      System.setProperty("rapt.terminal", "true");
      assertThat(TerminalText.toOutput(out)).isNotSameAs(out);
    } finally {
      System.clearProperty("rapt.terminal");
    }
  }

  @Test
  void wordsOfHintsAreQuotedWhereTheShellNeedsIt() {
    assertThat(Program.line("chat", "runs/a-b_1.2")).isEqualTo("rapt chat runs/a-b_1.2");
    assertThat(Program.quoted("my runs/é")).isEqualTo("'my runs/é'");
    assertThat(Program.quoted("it's")).isEqualTo("'it'\\''s'");
    assertThat(Program.quoted("$(x)")).isEqualTo("'$(x)'");
    assertThat(Program.quoted("~x")).isEqualTo("'~x'");
    assertThat(Program.quoted("")).isEqualTo("''");
  }

  @Test
  void controlCharactersAreEscapedOnOneLine() {
    assertThat(TerminalText.onOneLine("a\n\tb\r\u001b[2J é")).isEqualTo("a\\n\\tb\\r\\x1b[2J é");
  }
}
