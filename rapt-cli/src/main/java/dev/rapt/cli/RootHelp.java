package dev.rapt.cli;

import dev.rapt.cli.command.Commands;
import dev.rapt.cli.output.ExitStatus;
import java.util.Map;

/** The help of {@code rapt} itself. Written without picocli, whose classes take longer to load. */
final class RootHelp {
  private static final int NAME_WIDTH = 13;
  private static final int WIDTH = 96;

  private RootHelp() {}

  static String text() {
    StringBuilder text = new StringBuilder();
    text.append("Usage: rapt COMMAND [OPTIONS] [ARGUMENTS]\n");
    text.append("Transformer language models for the JVM: tokenize, train, generate, evaluate.\n");
    text.append("\nCommands:\n");
    for (Map.Entry<String, String> command : Commands.summaries().entrySet()) {
      row(text, command.getKey(), command.getValue());
    }
    text.append("\nOptions:\n");
    row(text, "-h, --help", "Shows this help, or that of a command: rapt COMMAND --help.");
    row(text, "-V, --version", "Shows the version.");
    row(text, "--debug", "Prints stack traces of failures; RAPT_DEBUG=1 does the same.");
    text.append("\nExit status:\n");
    row(text, Integer.toString(ExitStatus.OK), "success");
    row(
        text,
        Integer.toString(ExitStatus.FAILED),
        "failure: a file, model or input that cannot be used");
    row(
        text,
        Integer.toString(ExitStatus.USAGE),
        "wrong usage: an option or argument that is wrong or missing");
    row(
        text,
        Integer.toString(ExitStatus.STOPPED),
        "training stopped by Ctrl-C or SIGTERM, with a checkpoint saved");
    return text.toString().replace("\n", System.lineSeparator());
  }

  /** A name, and a sentence that continues in its column. */
  private static void row(StringBuilder text, String name, String sentence) {
    String indent = " ".repeat(NAME_WIDTH + 4);
    StringBuilder line = new StringBuilder("  " + name);
    line.append(" ".repeat(Math.max(2, indent.length() - line.length())));
    for (String word : sentence.split(" ", -1)) {
      if (line.length() + word.length() > WIDTH) {
        text.append(line.toString().stripTrailing()).append('\n');
        line.setLength(0);
        line.append(indent);
      }
      line.append(word).append(' ');
    }
    text.append(line.toString().stripTrailing()).append('\n');
  }
}
