package dev.rapt.train.grammar;

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
 * A probabilistic grammar of short stories whose entropy is known exactly, so that a model trained
 * on its stories can be held against the lowest loss there is.
 *
 * <p>A story is written by a sequence of random choices: which alternative of a rule, and which
 * entry of a lexicon for a slot (uniformly among the entries that no other slot holds). Slots keep
 * what was drawn, and later sentences refer to it: that is what a model has to attend to, over
 * distances that an n-gram does not see. The text determines the choices, so the probability of a
 * story is the product over its choices.
 *
 * <p>The notation: sections begin at the start of a line, what belongs to them is indented.
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
 * <p>The first rule is the story. An alternative may begin with its weight (a whole number, 1 if
 * absent). {@code {slot=lexicon.form}} draws, binds and writes; {@code {slot.form}} writes what was
 * bound; {@code {alias:=slot}} and {@code {alias:=slot+slot}} write nothing; {@code <rule>} expands
 * a rule. A form with an upper-case initial is the same form capitalised; the form {@code a} is the
 * name with its indefinite article; the name is written when no form is given. A lone {@code -} is
 * the empty alternative; {@code _} at either end of an alternative is a space. Rules do not contain
 * themselves.
 */
public final class StoryGrammar {
  private static final String ALGORITHM = "L64X128MixRandom";

  private final Grammar grammar;
  private final ExpectedEntropy.Outcome expected;

  /**
   * What the true distribution scores on given stories: the lowest expected loss of any model.
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

    /** Nats per token when the stories, with their separators, are this many predicted tokens. */
    public double natsPerToken(long tokens) {
      return nats / tokens;
    }
  }

  private StoryGrammar(Grammar grammar) {
    this.grammar = grammar;
    this.expected = ExpectedEntropy.of(grammar);
  }

  /**
   * The grammar of the demo: lost toys, races, errands and strays, about 115 words and 76 nats a
   * story.
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
        throw new IllegalStateException(name + ": missing from the module; rebuild it");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a grammar.
   *
   * @throws IllegalArgumentException if the notation is wrong, a rule contains itself, or a
   *     variable is used where it may be unbound, naming the line or the rule
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
   * Writes stories to a file, each followed by an empty line, until it has at least so many bytes.
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

  /** The exact entropy of a story in nats, given that its text determines the choices. */
  public double entropy() {
    return expected.nats();
  }

  /** The exact expected length of a story in UTF-8 bytes, without separator. */
  public double expectedBytes() {
    return expected.bytes();
  }

  /** ln p(story), in nats: minus infinity if the grammar cannot write it. */
  public double logProbability(String story) {
    List<Double> derivations = derivations(story);
    double max = derivations.stream().mapToDouble(d -> d).max().orElse(Double.NEGATIVE_INFINITY);
    if (derivations.size() <= 1) {
      return max;
    }
    return max + Math.log(derivations.stream().mapToDouble(d -> Math.exp(d - max)).sum());
  }

  /** The log-probability of each sequence of choices that writes the story. */
  List<Double> derivations(String story) {
    return StoryReader.derivations(grammar, story.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The loss of the true distribution on these very stories.
   *
   * @throws IllegalArgumentException if there is no story, or the grammar cannot write one of them
   */
  public Floor floor(Iterable<String> stories) {
    long count = 0;
    long bytes = 0;
    double nats = 0;
    for (String story : stories) {
      double logProbability = logProbability(story);
      if (logProbability == Double.NEGATIVE_INFINITY) {
        throw new IllegalArgumentException(
            "story " + count + ": must be one that the grammar writes, got \"" + story + "\"");
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
