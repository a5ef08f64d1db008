package dev.rapt.cli;

import dev.rapt.generate.GeneratedSequence;
import dev.rapt.generate.Generation;
import dev.rapt.generate.GenerationOptions;
import dev.rapt.generate.TextToText;
import dev.rapt.tokenizer.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  @Nullable Path file;

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

  @Option(names = "--json", description = "Print a JSON object for each text.")
  private boolean json;

  @Mixin private GenerationArguments generation = new GenerationArguments();

  /** Prints what the model makes of each text, in their order. */
  void run(
      TextToText model, SourceText form, List<String> texts, PrintWriter out, PrintWriter err) {
    if (batch < 1) {
      throw new IllegalArgumentException("--batch: must be at least 1, got " + batch);
    }
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
    List<GeneratedSequence> results = generate(model, sources, start, options, err);
    for (int i = 0; i < texts.size(); i++) {
      if (json) {
        Json.printLine(out, toMap(texts.get(i), sources.get(i), results.get(i)));
      } else {
        out.println(results.get(i).text().strip());
      }
    }
  }

  private GenerationOptions options(TextToText model, SourceText form) {
    GenerationOptions options = generation.targetOptions(model.defaults());
    Integer language = form.targetLanguage();
    return language == null || form.languageAtEnd()
        ? options
        : options.toBuilder().forcedBosTokenId(language).build();
  }

  /** Runs batches of sources of similar lengths, the longest first. */
  private List<GeneratedSequence> generate(
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
    Map<Integer, GeneratedSequence> results = new LinkedHashMap<>();
    ProgressLine progress = ProgressLine.toTerminal(err);
    for (int from = 0; from < order.size(); from += batch) {
      List<Integer> part = order.subList(from, Math.min(from + batch, order.size()));
      Generation generated =
          model.generate(
              part.stream().map(sources::get).toList(), startToken, options, (_, _, _) -> true);
      for (GeneratedSequence sequence : generated.sequences()) {
        results.putIfAbsent(part.get(sequence.promptIndex()), sequence); // the best comes first
      }
      if (order.size() > batch) {
        progress.update(
            (double) results.size() / order.size(),
            "%d of %d texts".formatted(results.size(), order.size()));
      }
    }
    progress.clear();
    return IntStream.range(0, sources.size()).mapToObj(results::get).toList();
  }

  private static Map<String, Object> toMap(String text, int[] source, GeneratedSequence result) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("source", text);
    map.put("text", result.text().strip());
    map.put("source_tokens", source.length);
    map.put("tokens", result.newIds().length);
    map.put("ids", result.newIds());
    map.put("finish_reason", result.finishReason().name().toLowerCase(Locale.ROOT));
    if (!Double.isNaN(result.score())) {
      map.put("score", result.score());
    }
    return map;
  }
}
