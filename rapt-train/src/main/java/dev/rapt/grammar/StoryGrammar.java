package dev.rapt.grammar;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A probabilistic grammar of short stories whose entropy is known exactly, so that the loss of a
 * model trained on its stories can be compared with the lowest possible loss.
 *
 * <p>A sequence of random choices generates a story: an alternative of each rule, and an entry of a
 * lexicon for each slot (uniformly among the entries that no other slot holds). Slots keep their
 * entries, and later sentences refer to them. A model has to attend to these entries over distances
 * that an n-gram does not cover. The text determines the choices, so the probability of a story is
 * the product of the probabilities of its choices.
 *
 * <p>The notation: sections begin at the start of a line, and their lines are indented.
 *
 * <pre>{@code
 * # a comment
 * lexicon girl {he=she his=her was=was}
 *   Mia, Anna
 * lexicon pet (name sound)
 *   dog/barked, cat/meowed
 * plural he=they his=their was=were
 * rule story
 *   3: {hero=girl} had {pet=pet.a}. <walk>
 *   {hero=girl} and {friend=girl} met.{who:=hero+friend} {who.He} {who.was} glad.
 * rule walk
 *   {hero.His} {pet} {pet.sound}.
 *   -
 * }</pre>
 *
 * <p>The first rule is the start rule. An alternative may begin with its weight (a whole number,
 * default 1). {@code {slot=lexicon.form}} draws an entry, binds the slot to it and emits a form;
 * {@code {slot.form}} emits a form of the bound entry; {@code {alias:=slot}} and {@code
 * {alias:=slot+slot}} bind an alias and emit nothing; {@code <rule>} expands a rule. A form with an
 * upper-case initial is the same form capitalised; the form {@code a} is the name with its
 * indefinite article; without a form the name is emitted. A lone {@code -} is the empty
 * alternative; {@code _} at either end of an alternative is a space. Rules are not recursive.
 */
public final class StoryGrammar {
  private static final String ALGORITHM = "L64X128MixRandom";

  private final Grammar grammar;
  private final ExpectedEntropy.Outcome expected;

  /**
   * The loss of the true distribution on given stories, which is the lowest expected loss of any
   * model.
   *
   * @param stories number of stories
   * @param bytes their length in UTF-8, without separators
   * @param nats sum of -ln p(story)
   */
  public record Floor(long stories, long bytes, double nats) {
    /** Bits per byte of text. */
    public double bitsPerByte() {
      return nats / Math.log(2) / bytes;
    }

    /** Nats per token, if the stories with their separators have this many targets. */
    public double natsPerToken(long tokens) {
      return nats / tokens;
    }
  }

  private StoryGrammar(Grammar grammar) {
    this.grammar = grammar;
    this.expected = ExpectedEntropy.of(grammar);
  }

  /**
   * The grammar of the demo: stories of lost toys, races, errands and strays, of about 115 words
   * and 76 nats each.
   */
  public static StoryGrammar standard() {
    return ofResource("stories.grammar");
  }

  /**
   * Short tales with the words of {@link #standard}, about 30 words each, in which every name comes
   * back soon: a curriculum to begin with.
   */
  public static StoryGrammar tales() {
    return ofResource("tales.grammar");
  }

  /** The grammar of these rules and the common lexicons. */
  private static StoryGrammar ofResource(String rules) {
    return parse(resource("lexicons.grammar") + resource(rules));
  }

  private static String resource(String name) {
    try (InputStream in = StoryGrammar.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + ": must be in the module, got none; rebuild it");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a grammar.
   *
   * @throws IllegalArgumentException if the notation is wrong, a rule is recursive, or a variable
   *     is used where it may be unbound; the message names the line or the rule
   */
  public static StoryGrammar parse(String source) {
    return new StoryGrammar(GrammarReader.read(source));
  }

  /** An endless stream of stories; the same seed gives the same stories. */
  public StoryStream stories(long seed) {
    RandomGenerator random = RandomGeneratorFactory.of(ALGORITHM).create(seed);
    return new StoryStream(grammar, random::nextInt);
  }

  /** Stories from given choices: maps a bound to a number in [0, bound). */
  StoryStream stories(IntUnaryOperator choose) {
    return new StoryStream(grammar, choose);
  }

  /**
   * Writes stories to a file, each followed by an empty line, until it has at least {@code bytes}
   * bytes.
   *
   * @return the number of stories written
   */
  public long write(Path file, long seed, long bytes) throws IOException {
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16)) {
      StoryStream stream = stories(seed);
      byte[] separator = {'\n', '\n'};
      long count = 0;
      for (long written = 0; written < bytes; count++) {
        int length = stream.write();
        out.write(stream.buffer(), 0, length);
        out.write(separator);
        written += length + separator.length;
      }
      return count;
    }
  }

  /** The exact entropy of a story in nats, provided that its text determines the choices. */
  public double entropy() {
    return expected.nats();
  }

  /** The exact expected length of a story in UTF-8 bytes, without separator. */
  public double expectedBytes() {
    return expected.bytes();
  }

  /** ln p(story), in nats; minus infinity if the grammar does not generate it. */
  public double logProbability(String story) {
    List<Double> derivations = derivations(story);
    double max = derivations.stream().mapToDouble(d -> d).max().orElse(Double.NEGATIVE_INFINITY);
    if (derivations.size() <= 1) {
      return max;
    }
    return max + Math.log(derivations.stream().mapToDouble(d -> Math.exp(d - max)).sum());
  }

  /** The log-probability of each derivation of the story. */
  List<Double> derivations(String story) {
    return StoryReader.derivations(grammar, story.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The loss of the true distribution on these stories.
   *
   * @throws IllegalArgumentException if there is no story, or the grammar does not generate one of
   *     them
   */
  public Floor floor(Iterable<String> stories) {
    long count = 0;
    long bytes = 0;
    double nats = 0;
    for (String story : stories) {
      double logProbability = logProbability(story);
      if (logProbability == Double.NEGATIVE_INFINITY) {
        throw new IllegalArgumentException(
            "story " + count + ": must be one that the grammar generates, got \"" + story + "\"");
      }
      count++;
      bytes += story.getBytes(StandardCharsets.UTF_8).length;
      nats -= logProbability;
    }
    if (count == 0) {
      throw new IllegalArgumentException("floor: needs at least one story, got none");
    }
    return new Floor(count, bytes, nats);
  }
}
