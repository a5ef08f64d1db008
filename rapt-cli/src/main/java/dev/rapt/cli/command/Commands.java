package dev.rapt.cli.command;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of {@code rapt}. */
public final class Commands {
  /** In the order in which the help lists them. */
  private static final List<Class<?>> ALL =
      List.of(
          DemoCommand.class,
          TrainCommand.class,
          FinetuneCommand.class,
          GenerateCommand.class,
          ChatCommand.class,
          FillMaskCommand.class,
          ClassifyCommand.class,
          TagCommand.class,
          AnswerCommand.class,
          EmbedCommand.class,
          RankCommand.class,
          SummarizeCommand.class,
          TranslateCommand.class,
          PerplexityCommand.class,
          TokenizeCommand.class,
          ConvertCommand.class,
          AdapterCommand.class,
          PullCommand.class,
          InfoCommand.class,
          VerifyCommand.class,
          BenchCommand.class,
          DoctorCommand.class,
          CompletionCommand.class,
          HelpCommand.class);

  private Commands() {}

  /** Names of all commands, and what they do in one sentence. */
  public static Map<String, String> summaries() {
    Map<String, String> summaries = new LinkedHashMap<>();
    for (Class<?> type : ALL) {
      Command command = type.getAnnotation(Command.class);
      summaries.put(command.name(), command.description()[0].replaceFirst("[.;:] .*", "."));
    }
    return summaries;
  }

  /** What a word must be that is no command, with the command that it resembles. */
  public static String unknown(String word) {
    String sentence = "COMMAND: must be a command of rapt, got '" + word + "'";
    return summaries().keySet().stream()
        .filter(name -> distance(name, word) <= Math.max(1, name.length() / 3))
        .min(Comparator.comparingInt(name -> distance(name, word)))
        .map(name -> sentence + "; did you mean " + name + "?")
        .orElse(sentence);
  }

  /** Levenshtein's distance: inserted, deleted and replaced characters. */
  private static int distance(String a, String b) {
    int[] row = IntStream.rangeClosed(0, b.length()).toArray();
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  /**
   * Adds the commands that a command line names: to read the options of all takes longer than most
   * commands.
   *
   * @param words the arguments of the command line
   */
  public static void addTo(CommandLine line, List<String> words) {
    boolean needsAll = words.contains(CompletionCommand.NAME);
    for (Class<?> type : ALL) {
      String name = type.getAnnotation(Command.class).name();
      if (needsAll || words.contains(name)) {
        line.addSubcommand(name, type);
      }
    }
  }
}
