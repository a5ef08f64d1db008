package dev.rapt.cli.command.text;

import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.files.TextOrigin;
import dev.rapt.cli.files.TextSource;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.cli.text.WindowOverlap;
import dev.rapt.text.AnswerOptions;
import dev.rapt.text.QuestionAnswerer;
import dev.rapt.text.QuestionAnswerer.Answer;
import dev.rapt.text.QuestionAnswerer.Answers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Answers a question from a text. */
@Command(
    name = "answer",
    description = {
      "Finds the answer to a question in a text; prints score, offsets and answer, in whole words.",
      "Offsets count characters (Unicode code points), as rapt tokenize does.",
      "A text longer than a window is read in overlapping windows."
    })
public final class AnswerCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder with a tokenizer, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(index = "1", paramLabel = "QUESTION", description = "The question.")
  private String question = "";

  @Parameters(
      index = "2..*",
      paramLabel = "TEXT",
      description = "The text (default: read --file, else the standard input).")
  private @Nullable List<String> words;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Reads the text from this UTF-8 file.")
  private @Nullable Path file;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1",
      description = "Prints the N best answers (default: ${DEFAULT-VALUE}).")
  @Range(min = 1)
  private int top;

  @Option(
      names = "--may-be-absent",
      description =
          "Lets \"no answer\" compete with the answers, for models trained on unanswerable"
              + " questions.")
  private boolean mayBeAbsent;

  @Option(
      names = "--max-answer",
      paramLabel = "N",
      defaultValue = "15",
      description = "Longest answer in tokens (default: ${DEFAULT-VALUE}).")
  @Range(min = 1)
  private int maxAnswer;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      defaultValue = "384",
      description =
          "Tokens of a window with the question, at most the model's context (default:"
              + " ${DEFAULT-VALUE}).")
  @Range(min = 1)
  private int maxLength;

  @Mixin private WindowOverlap windows = new WindowOverlap();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    AnswerOptions options =
        new AnswerOptions(top, maxAnswer, mayBeAbsent, maxLength, windows.overlap());
    Path folder = ModelFolder.require(model);
    String text = TextSource.read(words, file);
    if (question.isBlank()) {
      throw new IllegalArgumentException("QUESTION: must not be blank, got an empty one");
    }
    TextOrigin origin = TextOrigin.of(words, file);
    if (text.isBlank()) {
      throw origin.isCommandLine()
          ? origin.error("TEXT", "must not be blank, got an empty text")
          : origin.missing("TEXT");
    }
    PrintWriter out = Output.of(spec);
    try (QuestionAnswerer answerer = QuestionAnswerer.load(folder)) {
      Answers found = answerer.answer(question, text, options);
      if (json) {
        Json.print(out, toMap(found));
        return 0;
      }
      if (found.numWindows() > 1) {
        Output.errorsOf(spec).println("text: read in " + found.numWindows() + " windows");
      }
      if (found.answers().isEmpty()) {
        out.println("no answer");
      }
      for (Answer answer : found.answers()) {
        out.println(
            answer.text().isEmpty()
                ? Format.format("%8.4f  no answer", answer.score())
                : Format.format(
                    "%8.4f  %d-%d  %s",
                    answer.score(), answer.start(), answer.end(), answer.text()));
      }
    }
    return 0;
  }

  private static Map<String, Object> toMap(Answers found) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("answers", found.answers());
    map.put("no_answer", found.noAnswer());
    map.put("windows", found.numWindows());
    return map;
  }
}
