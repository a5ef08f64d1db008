package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.Generation;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.TextToText;
import dev.rapt.text.BatchProgress;
import dev.rapt.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that turn a text into another have in common. */
final class TextToTextArguments {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "Read the text from this UTF-8 file instead of the arguments.")
  private @Nullable Path file;

  @Option(
      names = "--prefix",
      paramLabel = "TEXT",
      description = "Put this before every text (default: what the model's folder says).")
  @Nullable String prefix;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Texts that are worked on together, of similar lengths (default: 8).")
  private int batch = 8;

  @Mixin private GenerationArguments generation = new GenerationArguments();

  @Mixin private ResultArguments results = new ResultArguments();

  /**
   * The texts: the arguments, or those of the file or of the standard input.
   *
   * @param split makes texts of what is read
   */
  List<String> sources(@Nullable List<String> arguments, Function<String, List<String>> split)
      throws IOException {
    boolean reads = arguments == null || arguments.isEmpty() || file != null;
    return TextInputs.required(
        reads || arguments == null ? split.apply(TextSource.read(arguments, file)) : arguments);
  }

  /** Prints what the model makes of each text, in their order. */
  void run(
      TextToText model, SourceText form, List<String> texts, PrintWriter out, PrintWriter err) {
    Numbers.atLeast(1, "--batch", batch);
    GenerationOptions options = options(model, form);
    Tokenizer tokenizer = model.tokenizer();
    List<int[]> sources = new ArrayList<>();
    int numCut = 0;
    for (String text : texts) {
      int[] ids = form.encode(tokenizer, text);
      numCut += ids.length > model.maxSourceTokens() ? 1 : 0;
      sources.add(model.fitting(ids));
    }
    if (numCut > 0) {
      err.println(
          "rapt: %d of %d texts cut to %d tokens, which is what the model can read"
              .formatted(numCut, texts.size(), model.maxSourceTokens()));
    }
    Integer language = form.targetLanguage();
    int start = language != null && form.languageAtEnd() ? language : model.startTokenId();
    List<List<GeneratedSequence>> generated = generate(model, sources, start, options, err);
    for (int i = 0; i < texts.size(); i++) {
      if (results.json()) {
        Json.print(out, toMap(texts.get(i), sources.get(i), generated.get(i)));
      } else {
        generated.get(i).forEach(sequence -> out.println(sequence.text().strip()));
      }
    }
  }

  private GenerationOptions options(TextToText model, SourceText form) {
    GenerationOptions options =
        results.with(generation.targetOptions(model.defaults(), model.tokenizer()));
    Integer language = form.targetLanguage();
    return language == null || form.languageAtEnd()
        ? options
        : options.toBuilder().forcedBosTokenId(language).build();
  }

  /** Runs batches of sources of similar lengths, the longest first. */
  private List<List<GeneratedSequence>> generate(
      TextToText model,
      List<int[]> sources,
      int startToken,
      GenerationOptions options,
      PrintWriter err) {
    List<Integer> order =
        IntStream.range(0, sources.size())
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> -sources.get(i).length))
            .toList();
    List<List<GeneratedSequence>> all = new ArrayList<>();
    sources.forEach(_ -> all.add(new ArrayList<>()));
    BatchProgress progress = TextInputs.progress(err, order.size());
    for (int from = 0; from < order.size(); from += batch) {
      List<Integer> part = order.subList(from, Math.min(order.size() - from, batch) + from);
      Generation generated =
          model.generate(
              part.stream().map(sources::get).toList(), startToken, options, (_, _, _) -> true);
      for (GeneratedSequence sequence : generated.sequences()) {
        all.get(part.get(sequence.promptIndex())).add(sequence); // the best comes first
      }
      progress.done(from + part.size(), order.size());
    }
    return all;
  }

  private static Map<String, Object> toMap(
      String text, int[] source, List<GeneratedSequence> sequences) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("source", text);
    map.put("source_tokens", source.length);
    ResultArguments.put(sequences, map);
    return map;
  }
}
