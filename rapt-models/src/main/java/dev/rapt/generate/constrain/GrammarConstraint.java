package dev.rapt.generate.constrain;

import dev.rapt.generate.constrain.automaton.Configurations;
import dev.rapt.generate.constrain.automaton.Machine;
import dev.rapt.generate.constrain.mask.Masks;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A grammar over the tokens of a vocabulary: generated text matches the grammar, whatever tokens it
 * is made of. From every allowed token on, some text ends. Masks are cached; share one object among
 * calls.
 */
public final class GrammarConstraint implements TokenConstraint {
  private final TokenVocabulary vocabulary;
  private final Machine machine;
  private final Masks masks;

  private GrammarConstraint(TokenVocabulary vocabulary, Machine machine) {
    this.vocabulary = vocabulary;
    this.machine = machine;
    masks = new Masks(machine, vocabulary.trie());
  }

  /**
   * The constraint of a grammar. Texts with characters that the vocabulary cannot write are left
   * out.
   *
   * @throws IllegalArgumentException if no text remains
   */
  public static GrammarConstraint of(Grammar grammar, TokenVocabulary vocabulary) {
    return new GrammarConstraint(vocabulary, grammar.machine(vocabulary.alphabet()));
  }

  @Override
  public State start() {
    return new At(machine.start());
  }

  @Override
  public void requireVocabulary(int vocabSize) {
    if (vocabulary.numIds() > vocabSize) {
      throw new IllegalArgumentException(
          "constraint: must be made for the model's tokenizer, got a vocabulary of %d ids and a"
                  .formatted(vocabulary.numIds())
              + " model with "
              + vocabSize);
    }
  }

  /** The configurations after some text, and their mask once it was asked for. */
  private final class At implements State {
    private final Configurations configurations;
    private volatile long @Nullable [] allowed;

    At(Configurations configurations) {
      this.configurations = configurations;
    }

    @Override
    public void mask(float[] scores, List<Integer> eosTokenIds) {
      float[] ends = new float[eosTokenIds.size()];
      for (int i = 0; i < ends.length; i++) {
        int id = eosTokenIds.get(i);
        ends[i] = isComplete() && id < scores.length ? scores[id] : Float.NEGATIVE_INFINITY;
      }
      forbid(allowed(), scores);
      for (int i = 0; i < ends.length; i++) {
        if (eosTokenIds.get(i) < scores.length) {
          scores[eosTokenIds.get(i)] = ends[i];
        }
      }
    }

    private long[] allowed() {
      long[] words = allowed;
      if (words == null) {
        words = masks.allowed(configurations);
        allowed = words;
      }
      return words;
    }

    @Override
    public @Nullable State next(int token) {
      byte[] bytes = vocabulary.bytes(token);
      if (bytes.length == 0) {
        return null;
      }
      Configurations at = configurations;
      for (byte next : bytes) {
        at = machine.step(at, next & 0xFF);
        if (at.isNone()) {
          return null;
        }
      }
      return at.equals(configurations) ? this : new At(at);
    }

    @Override
    public boolean isComplete() {
      return configurations.hasEmpty();
    }

    @Override
    public boolean canContinue() {
      return configurations.size() > 0;
    }
  }

  private static void forbid(long[] allowed, float[] scores) {
    for (int w = 0; w < allowed.length; w++) {
      int from = w << 6;
      int to = Math.min(from + 64, scores.length);
      if (allowed[w] == 0) {
        Arrays.fill(scores, from, Math.max(from, to), Float.NEGATIVE_INFINITY);
      } else if (allowed[w] != -1) {
        for (int id = from; id < to; id++) {
          if ((allowed[w] >>> id & 1) == 0) {
            scores[id] = Float.NEGATIVE_INFINITY;
          }
        }
      }
    }
    int known = Math.min(allowed.length << 6, scores.length);
    Arrays.fill(scores, known, scores.length, Float.NEGATIVE_INFINITY);
  }
}
