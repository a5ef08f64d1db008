package dev.rapt.cli.command;

import java.util.List;

/** The commands of {@code rapt}. */
public final class Commands {
  private Commands() {}

  /** New command objects for picocli, in the order in which the help lists them. */
  public static List<Object> all() {
    return List.of(
        new DemoCommand(),
        new TrainCommand(),
        new GenerateCommand(),
        new ChatCommand(),
        new FillMaskCommand(),
        new ClassifyCommand(),
        new TagCommand(),
        new AnswerCommand(),
        new EmbedCommand(),
        new RankCommand(),
        new SummarizeCommand(),
        new TranslateCommand(),
        new PerplexityCommand(),
        new TokenizeCommand(),
        new ConvertCommand(),
        new AdapterCommand(),
        new PullCommand(),
        new InfoCommand(),
        new VerifyCommand(),
        new BenchCommand(),
        new DoctorCommand());
  }
}
