package dev.rapt.cli.command.text;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.cli.files.ModelFolder;
import dev.rapt.cli.options.GenerationArguments;
import dev.rapt.cli.options.Range;
import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.Format;
import dev.rapt.cli.output.Json;
import dev.rapt.cli.output.Output;
import dev.rapt.eval.ask.Entailment;
import dev.rapt.eval.ask.QuestionPrompt;
import dev.rapt.eval.ask.ScoredChoice;
import dev.rapt.eval.ask.SelfConsistency;
import dev.rapt.eval.likelihood.LikelihoodScorer;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.CausalLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextModel;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Asks a model that was not trained for the question. */
@Command(
    name = "ask",
    description = {
      "Asks a decoder a question after answered examples, or classifies a text into given choices.",
      "With --choices, a decoder ranks the choices by their likelihood, and a model for natural"
          + " language inference by entailment. Otherwise a decoder generates the answer, up to the"
          + " end of a line."
    })
public final class AskCommand implements Callable<Integer> {
  private static final String THOUGHT = " Let's think step by step.";
  private static final String CONCLUSION = "\nTherefore, the answer is";

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Hugging Face folder, GGUF file, or ORG/NAME of a pulled model.")
  private Path model = Path.of("");

  @Parameters(
      index = "1",
      paramLabel = "QUESTION",
      description = "The question, or the text to classify.")
  private String question = "";

  @Option(
      names = "--examples",
      paramLabel = "FILE",
      description = "Table of answered questions that the prompt shows: TSV, CSV or JSON Lines.")
  private @Nullable Path examples;

  @Option(
      names = "--columns",
      paramLabel = "ROLE=NAME",
      split = ",",
      description =
          "Names the columns of --examples: question=NAME,answer=NAME (default: the first of usual"
              + " names).")
  private Map<String, String> columns = new LinkedHashMap<>();

  @Option(
      names = "--shots",
      paramLabel = "N",
      description = "Shows the first N examples (default: all).")
  @Range(min = 0)
  private @Nullable Integer shots;

  @Option(
      names = "--choices",
      paramLabel = "TEXT",
      split = ",",
      description = "The answers to choose from, separated by commas; at least 2.")
  private List<String> choices = new ArrayList<>();

  @Option(
      names = "--length-normalised",
      description =
          "With --choices and a decoder: ranks by the mean log-probability of a token (default: by"
              + " the sum).")
  private boolean lengthNormalised;

  @Option(
      names = "--hypothesis",
      paramLabel = "TEXT",
      description =
          "With --choices and an inference model: the sentence that the text must entail, {} for"
              + " the choice (default: \""
              + Entailment.USUAL_HYPOTHESIS
              + "\").")
  private @Nullable String hypothesis;

  @Option(
      names = "--think",
      description =
          "Lets the model write its reasoning first (zero-shot chain of thought), and then answer.")
  private boolean think;

  @Option(
      names = "--samples",
      paramLabel = "N",
      description =
          "Samples N texts and prints the answer that most of them give (self-consistency).")
  @Range(min = 2, max = 1000)
  private @Nullable Integer samples;

  @Option(
      names = "--extract",
      paramLabel = "REGEX",
      description =
          "Finds the answer in a generated text: the last match of its first group (default: the"
              + " first line).")
  private @Nullable String extract;

  @Mixin private GenerationArguments generation = new GenerationArguments();

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    check();
    Pattern answer = pattern();
    QuestionPrompt prompt = prompt();
    Path folder = ModelFolder.require(model);
    if (isDecoder(folder)) {
      if (hypothesis != null) {
        throw new IllegalArgumentException(
            "--hypothesis: must come with a model for natural language inference, got a decoder");
      }
      try (TextModel loaded = TextModel.load(folder)) {
        askDecoder(loaded, prompt.of(question), answer);
      }
    } else {
      askClassifier(folder);
    }
    return 0;
  }

  private void check() {
    if (question.isBlank()) {
      throw new IllegalArgumentException("QUESTION: must not be blank, got an empty one");
    }
    if (!choices.isEmpty()
        && (choices.size() < 2
            || choices.stream().anyMatch(String::isBlank)
            || new HashSet<>(choices).size() < choices.size())) {
      throw new IllegalArgumentException(
          "--choices: must be at least 2 different texts, got " + choices);
    }
    if (examples == null && (shots != null || !columns.isEmpty())) {
      throw new IllegalArgumentException(
          (shots != null ? "--shots" : "--columns") + ": must come with --examples, got it alone");
    }
    for (String role : columns.keySet()) {
      if (!role.equals("question") && !role.equals("answer")) {
        throw new IllegalArgumentException("--columns: must name question or answer, got " + role);
      }
    }
    if (choices.isEmpty() && (lengthNormalised || hypothesis != null)) {
      throw new IllegalArgumentException(
          (lengthNormalised ? "--length-normalised" : "--hypothesis")
              + ": must come with --choices, got it alone");
    }
    if (!choices.isEmpty() && (samples != null || extract != null)) {
      throw new IllegalArgumentException(
          (samples != null ? "--samples" : "--extract")
              + ": must come without --choices, got both");
    }
  }

  private Pattern pattern() {
    try {
      return Pattern.compile(
          extract == null ? "\\A\\s*([^\\n]*)" : extract, Pattern.UNICODE_CHARACTER_CLASS);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "--extract: must be a regular expression, but %s near %d, got %s"
              .formatted(e.getDescription(), e.getIndex(), extract),
          e);
    }
  }

  private QuestionPrompt prompt() throws IOException {
    if (examples == null) {
      return new QuestionPrompt(List.of());
    }
    if (!Files.isRegularFile(examples)) {
      throw new CommandException(examples + ": must be a table of examples, got no file");
    }
    List<Example> all = ExampleReader.readAll(examples);
    if (all.isEmpty()) {
      throw new CommandException(examples + ": must hold examples, got none");
    }
    int count = shots == null ? all.size() : Math.min(shots, all.size());
    return QuestionPrompt.of(all.subList(0, count), columns, choices);
  }

  private static boolean isDecoder(Path folder) {
    ConfigReader config = StoredModel.of(folder).config();
    boolean classifies =
        config.strings("architectures").stream()
            .anyMatch(name -> name.endsWith("ForSequenceClassification"));
    return !classifies && CausalLm.isFamily(config.stringOr("model_type", ""));
  }

  private void askClassifier(Path folder) {
    if (choices.isEmpty()) {
      throw new IllegalArgumentException(
          "--choices: must be given for a model that does not generate, got none");
    }
    if (examples != null || think || lengthNormalised) {
      throw new IllegalArgumentException(
          (examples != null ? "--examples" : think ? "--think" : "--length-normalised")
              + ": must come with a decoder, got a classifier");
    }
    try (TextClassifier loaded = TextClassifier.load(folder)) {
      if (!Entailment.isKnownTo(loaded)) {
        throw new CommandException(
            "%s: must be a decoder or have a class for entailment, got the classes %s"
                .formatted(folder, loaded.model().labels().names()));
      }
      String sentence = hypothesis == null ? Entailment.USUAL_HYPOTHESIS : hypothesis;
      print(Entailment.score(loaded, question, choices, sentence), "", false);
    }
  }

  private void askDecoder(TextModel loaded, String prompt, Pattern answer) {
    GenerationOptions options = generation.options(loaded.defaults(), loaded.tokenizer());
    requireRoom(loaded, prompt);
    String reasoning = "";
    String rest = prompt;
    if (think && samples == null) {
      GenerationOptions paragraph =
          options.toBuilder().stopStrings(List.of("\n\n", "Question:")).build();
      reasoning = loaded.generate(prompt + THOUGHT, paragraph).strip();
      rest = prompt + THOUGHT + " " + reasoning + CONCLUSION;
    }
    if (!choices.isEmpty()) {
      LikelihoodScorer scorer = new LikelihoodScorer(loaded, choices.size());
      print(ScoredChoice.after(rest, choices, lengthNormalised, scorer), reasoning, true);
      return;
    }
    if (samples != null) {
      vote(loaded, think ? prompt + THOUGHT : prompt, options, samples, answer);
      return;
    }
    String text = loaded.generate(rest, options.toBuilder().stopStrings(stops()).build());
    String found = SelfConsistency.answerIn(text, answer).orElse("");
    PrintWriter out = Output.of(spec);
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("answer", found);
      map.put("text", text);
      if (think) {
        map.put("reasoning", reasoning);
      }
      Json.print(out, map);
    } else {
      if (think) {
        out.println(reasoning);
      }
      out.println(found);
    }
  }

  private void requireRoom(TextModel loaded, String prompt) {
    int size = loaded.encode(prompt).length;
    if (size >= loaded.maxPositions()) {
      throw new CommandException(
          "QUESTION: must have at most %d tokens%s, got %d; shorten it%s"
              .formatted(
                  loaded.maxPositions() - 1,
                  examples == null ? " in its prompt" : " together with the examples",
                  size,
                  examples == null ? "" : " or pass fewer --shots"));
    }
  }

  /** Where an answer ends: with the line, unless it is looked for in a longer text. */
  private List<String> stops() {
    return extract == null ? List.of("\n") : List.of("\n\n", "Question:");
  }

  private void vote(
      TextModel loaded, String prompt, GenerationOptions options, int count, Pattern answer) {
    GenerationOptions sampling =
        options.toBuilder()
            .doSample(true)
            .numReturnSequences(count)
            .stopStrings(think ? List.of("\n\n", "Question:") : stops())
            .build();
    List<String> texts =
        loaded.generate(loaded.encode(prompt), sampling, (_, _, _) -> true).sequences().stream()
            .map(GeneratedSequence::text)
            .toList();
    SelfConsistency result = SelfConsistency.of(texts, answer);
    PrintWriter out = Output.of(spec);
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("answer", result.answer().orElse(null));
      map.put("votes", result.votes());
      map.put("without_answer", result.withoutAnswer());
      map.put("texts", texts);
      Json.print(out, map);
      return;
    }
    result.votes().forEach((given, votes) -> out.println(Format.format("%5d  %s", votes, given)));
    if (result.withoutAnswer() > 0) {
      out.println(Format.format("%5d  without an answer", result.withoutAnswer()));
    }
  }

  private void print(List<ScoredChoice> scored, String reasoning, boolean hasTokens) {
    PrintWriter out = Output.of(spec);
    if (json) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("answer", scored.getFirst().choice());
      if (!reasoning.isEmpty()) {
        map.put("reasoning", reasoning);
      }
      map.put("choices", scored);
      Json.print(out, map);
      return;
    }
    if (!reasoning.isEmpty()) {
      out.println(reasoning);
    }
    for (ScoredChoice choice : scored) {
      String tokens =
          hasTokens
              ? Format.format("  %10.4f nats, %.4f per token", choice.logProb(), choice.perToken())
              : "";
      out.println(Format.format("%8.4f  %s%s", choice.probability(), choice.choice(), tokens));
    }
  }
}
