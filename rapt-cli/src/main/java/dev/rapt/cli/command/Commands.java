package dev.rapt.cli.command;

import dev.rapt.cli.command.check.BenchCommand;
import dev.rapt.cli.command.check.DoctorCommand;
import dev.rapt.cli.command.check.VerifyCommand;
import dev.rapt.cli.command.model.AdapterCommand;
import dev.rapt.cli.command.model.ConvertCommand;
import dev.rapt.cli.command.model.InfoCommand;
import dev.rapt.cli.command.model.NewCommand;
import dev.rapt.cli.command.model.PullCommand;
import dev.rapt.cli.command.model.QuantizeCommand;
import dev.rapt.cli.command.text.AnswerCommand;
import dev.rapt.cli.command.text.AskCommand;
import dev.rapt.cli.command.text.ChatCommand;
import dev.rapt.cli.command.text.ClassifyCommand;
import dev.rapt.cli.command.text.CompareCommand;
import dev.rapt.cli.command.text.EmbedCommand;
import dev.rapt.cli.command.text.EvalCommand;
import dev.rapt.cli.command.text.FillMaskCommand;
import dev.rapt.cli.command.text.GenerateCommand;
import dev.rapt.cli.command.text.JudgeCommand;
import dev.rapt.cli.command.text.PerplexityCommand;
import dev.rapt.cli.command.text.RankCommand;
import dev.rapt.cli.command.text.SampleCommand;
import dev.rapt.cli.command.text.SummarizeCommand;
import dev.rapt.cli.command.text.TagCommand;
import dev.rapt.cli.command.text.TokenizeCommand;
import dev.rapt.cli.command.text.TranslateCommand;
import dev.rapt.cli.command.train.DemoCommand;
import dev.rapt.cli.command.train.FinetuneCommand;
import dev.rapt.cli.command.train.PlanCommand;
import dev.rapt.cli.command.train.PretrainCommand;
import dev.rapt.cli.command.train.TrainCommand;
import dev.rapt.model.load.SimilarNames;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The commands of {@code rapt}. */
public final class Commands {
  /** In the order in which the help lists them. */
  private static final List<Class<?>> ALL =
      List.of(
          DemoCommand.class,
          TrainCommand.class,
          PretrainCommand.class,
          FinetuneCommand.class,
          PlanCommand.class,
          GenerateCommand.class,
          ChatCommand.class,
          AskCommand.class,
          FillMaskCommand.class,
          ClassifyCommand.class,
          TagCommand.class,
          AnswerCommand.class,
          EmbedCommand.class,
          RankCommand.class,
          SampleCommand.class,
          SummarizeCommand.class,
          TranslateCommand.class,
          PerplexityCommand.class,
          EvalCommand.class,
          CompareCommand.class,
          JudgeCommand.class,
          TokenizeCommand.class,
          ConvertCommand.class,
          QuantizeCommand.class,
          NewCommand.class,
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
    List<String> similar = SimilarNames.to(word, summaries().keySet());
    return similar.isEmpty() ? sentence : sentence + "; did you mean " + similar.getFirst() + "?";
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
