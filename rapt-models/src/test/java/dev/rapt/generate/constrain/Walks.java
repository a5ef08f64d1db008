package dev.rapt.generate.constrain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Random texts that a constraint lets through, over a small vocabulary or a given one. */
public final class Walks {
  private static final int MAX_STEPS = 3000;

  private final List<byte @Nullable []> tokens;
  private final TokenVocabulary vocabulary;
  private final int eos;
  private final SplittableRandom random;

  private Walks(List<byte @Nullable []> tokens, int eos, SplittableRandom random) {
    this.tokens = tokens;
    vocabulary = new TokenVocabulary(tokens);
    this.eos = eos;
    this.random = random;
  }

  /** Walks over a given vocabulary. */
  static Walks over(List<byte @Nullable []> tokens, int eos, long seed) {
    return new Walks(tokens, eos, new SplittableRandom(seed));
  }

  /** Walks over all bytes and random pieces of the characters of a text, whole or cut. */
  public static Walks overPiecesOf(String text, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Set<List<Byte>> pieces = new LinkedHashSet<>();
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(bytes.length);
      List<Byte> piece = new ArrayList<>();
      for (int at = from; at < Math.min(bytes.length, from + 2 + random.nextInt(6)); at++) {
        // Some pieces jump, so that pairs of bytes occur that the text has not.
        piece.add(bytes[random.nextInt(8) == 0 ? random.nextInt(bytes.length) : at]);
      }
      pieces.add(piece);
    }
    List<byte @Nullable []> tokens = new ArrayList<>();
    for (int value = 0; value < 256; value++) {
      tokens.add(new byte[] {(byte) value});
    }
    for (List<Byte> piece : pieces) {
      byte[] token = new byte[piece.size()];
      for (int i = 0; i < token.length; i++) {
        token[i] = piece.get(i);
      }
      tokens.add(token);
    }
    tokens.add(null);
    return new Walks(tokens, tokens.size() - 1, random);
  }

  TokenVocabulary vocabulary() {
    return vocabulary;
  }

  int eos() {
    return eos;
  }

  /** The ids that a state allows. */
  Set<Integer> allowed(TokenConstraint.State state) {
    float[] scores = new float[tokens.size() + 3]; // a model may have more ids
    state.mask(scores, List.of(eos));
    Set<Integer> allowed = new LinkedHashSet<>();
    for (int id = 0; id < scores.length; id++) {
      if (scores[id] == 0) {
        allowed.add(id);
      }
    }
    return allowed;
  }

  /** A random text that the constraint lets through; checks the mask of every step. */
  public String text(TokenConstraint constraint) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    TokenConstraint.State state = constraint.start();
    for (int step = 0; step < MAX_STEPS; step++) {
      Set<Integer> allowed = allowed(state);
      if (step < 40) {
        checkByTrying(state, allowed);
      }
      assertThat(allowed).as("after " + text).isNotEmpty();
      assertThat(allowed.contains(eos)).isEqualTo(state.isComplete());
      assertThat(allowed.equals(Set.of(eos))).isEqualTo(!state.canContinue());
      if (allowed.contains(eos) && (allowed.size() == 1 || random.nextInt(4) == 0)) {
        return text.toString(StandardCharsets.UTF_8);
      }
      int token = choose(allowed, step);
      text.writeBytes(Objects.requireNonNull(tokens.get(token)));
      state = Objects.requireNonNull(state.next(token));
    }
    throw new AssertionError("the text must end, got " + text);
  }

  /** One of the tokens; late in a text mostly one of those that close strings and brackets. */
  private int choose(Set<Integer> allowed, int step) {
    List<Integer> choices = new ArrayList<>(allowed);
    choices.removeIf(id -> id == eos);
    if (random.nextInt(200) < step) {
      for (char closing : new char[] {'"', '}', ']'}) {
        if (choices.contains((int) closing)) {
          return closing;
        }
      }
    }
    return choices.get(random.nextInt(choices.size()));
  }

  private void checkByTrying(TokenConstraint.State state, Set<Integer> allowed) {
    for (int id = 0; id < tokens.size(); id++) {
      if (id != eos) {
        assertThat(allowed.contains(id))
            .as("token %d, %s", id, Arrays.toString(tokens.get(id)))
            .isEqualTo(state.next(id) != null);
      }
    }
  }
}
