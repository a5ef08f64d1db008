package dev.rapt.generate.decoding;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generation with an encoder-decoder: prompt i begins the target of source i. The encoder and the
 * key-value projections of its output run once for each generation.
 *
 * <pre>{@code
 * Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, List.of(ids));
 * Generation result = new Generator(decoding).generate(decoding.prompts(), options);
 * }</pre>
 */
public final class Seq2SeqDecoding implements DecodingModel {
  private final Seq2SeqLm model;
  private final List<int[]> sources;
  private final List<int[]> globalTokens;

  /**
   * Generation with this model, which must stay open.
   *
   * @param sources ids of each source, at least one, without padding
   */
  public Seq2SeqDecoding(Seq2SeqLm model, List<int[]> sources) {
    this(model, sources, List.of());
  }

  private Seq2SeqDecoding(Seq2SeqLm model, List<int[]> sources, List<int[]> globalTokens) {
    this.model = model;
    this.sources = sources.stream().map(int[]::clone).toList();
    this.globalTokens = globalTokens.stream().map(int[]::clone).toList();
    for (int[] source : sources) {
      if (source.length == 0) {
        throw new IllegalArgumentException("source: at least 1 token, got 0");
      }
    }
  }

  /**
   * Returns a copy in which some source tokens have global attention: they attend to all tokens and
   * all tokens attend to them. For encoders with local attention, such as LED's.
   *
   * @param marks 1 for global tokens of each source, 0 for the others
   */
  public Seq2SeqDecoding withGlobalTokens(List<int[]> marks) {
    boolean fit = marks.size() == sources.size();
    for (int i = 0; fit && i < marks.size(); i++) {
      fit = marks.get(i).length == sources.get(i).length;
    }
    if (!fit) {
      throw new IllegalArgumentException(
          "global tokens: must have one mark for each token of each source");
    }
    return new Seq2SeqDecoding(model, sources, marks);
  }

  /** Prompts for the decoder, one for each source: the model's start token. */
  public Prompts prompts() {
    return prompts(model.config().decoderStartTokenId());
  }

  /** Prompts for the decoder, one for each source: this start token. */
  public Prompts prompts(int startTokenId) {
    int[][] targets = new int[sources.size()][];
    Arrays.setAll(targets, i -> new int[] {startTokenId});
    return Prompts.of(targets).withEncoderIds(sources.toArray(int[][]::new));
  }

  @Override
  public int vocabSize() {
    return model.config().vocabSize();
  }

  @Override
  public int maxPositions() {
    return model.config().endsAtMaxPositions() ? model.config().maxPositions() : Integer.MAX_VALUE;
  }

  @Override
  public Decoding start(int[][] ids, boolean[][] mask, int capacity) {
    if (ids.length != sources.size()) {
      throw new IllegalArgumentException(
          "prompts: must be one for each of %d sources, got %d"
              .formatted(sources.size(), ids.length));
    }
    Scope scope = model.scope().child();
    return CachedDecoding.start(scope, new Network(scope), ids, mask, capacity);
  }

  /**
   * Uses the encoder's output in the first pass; later passes find its projections in the cache.
   */
  private final class Network implements CachedDecoding.Network {
    private @Nullable EncoderOutput encoded;

    Network(Scope scope) {
      try {
        encoded = encode(scope);
      } catch (RuntimeException e) {
        scope.close();
        throw e;
      }
    }

    @Override
    public int numLayers() {
      return model.config().numLayers();
    }

    private EncoderOutput encode(Scope scope) {
      int longest = sources.stream().mapToInt(source -> source.length).max().orElse(0);
      int[] padded = new int[sources.size() * longest];
      Arrays.fill(padded, model.config().padTokenId());
      int[] lengths = new int[sources.size()];
      for (int i = 0; i < lengths.length; i++) {
        lengths[i] = sources.get(i).length;
        System.arraycopy(sources.get(i), 0, padded, i * longest, lengths[i]);
      }
      try (Scope inside = scope.child()) {
        Tensor ids = inside.ints(padded, lengths.length, longest);
        Pass.Builder pass = Pass.over(ids).bidirectional(lengths);
        if (!globalTokens.isEmpty()) {
          int[] marks = new int[padded.length];
          for (int i = 0; i < lengths.length; i++) {
            System.arraycopy(globalTokens.get(i), 0, marks, i * longest, lengths[i]);
          }
          pass.globalTokens(marks);
        }
        return model.encode(ids, pass.build()).escape(inside);
      }
    }

    @Override
    public Tensor hidden(Tensor tokens, Pass.Builder pass) {
      if (encoded == null) {
        return model.hidden(tokens, pass.build());
      }
      Tensor states = model.hidden(tokens, pass.encoderOutput(encoded).build());
      encoded.release();
      encoded = null;
      return states;
    }

    @Override
    public Tensor logits(Tensor hidden) {
      return model.logits(hidden);
    }
  }
}
