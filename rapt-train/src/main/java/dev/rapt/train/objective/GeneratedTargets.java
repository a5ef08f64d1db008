package dev.rapt.train.objective;

import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.metrics.Bleu;
import dev.rapt.text.SourceFormat;
import dev.rapt.text.TextToText;
import java.util.ArrayList;
import java.util.List;

/**
 * Generates texts for held-out pairs by greedy search, to compare them with the targets.
 *
 * @param generator the model as it is trained
 * @param format what the generated text begins with
 * @param samples the pairs
 * @param batchSize pairs at a time
 */
public record GeneratedTargets(
    TextToText generator, SourceFormat format, List<Sample> samples, int batchSize) {
  private static final int SHOWN = 3;

  /** Copies the list. */
  public GeneratedTargets {
    samples = List.copyOf(samples);
  }

  /**
   * A pair.
   *
   * @param source ids of the source
   * @param targetLength tokens of the target
   * @param reference the target as text
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Sample(int[] source, int targetLength, String reference) {}

  /** Returns the text of each source, of at most twice the tokens of the longest target. */
  public List<String> generate() {
    int longest = samples.stream().mapToInt(Sample::targetLength).max().orElse(1);
    GenerationOptions options = GenerationOptions.builder().maxNewTokens(2 * longest).build();
    List<TextToText.Source> sources =
        samples.stream().map(pair -> new TextToText.Source("", pair.source, false)).toList();
    return generator.generate(sources, format, options, batchSize, (_, _) -> {}).stream()
        .map(sequences -> sequences.getFirst().text().strip())
        .toList();
  }

  /** Returns the BLEU of texts, as sacreBLEU computes it. */
  public double bleu(List<String> texts) {
    Bleu bleu = new Bleu();
    for (int i = 0; i < texts.size(); i++) {
      bleu.add(texts.get(i), List.of(samples.get(i).reference));
    }
    return bleu.score();
  }

  /** Returns the first texts with their references, as lines of text. */
  public List<String> shown(List<String> texts) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < Math.min(SHOWN, texts.size()); i++) {
      lines.add("reference: " + samples.get(i).reference + "\n     made: " + texts.get(i));
    }
    return lines;
  }
}
