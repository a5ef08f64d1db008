package dev.rapt.train.task;

import dev.rapt.model.load.Loading;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.Truncation;
import dev.rapt.train.NamedSettings;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleException;
import dev.rapt.train.example.ExampleReader;
import dev.rapt.train.random.KeyedPermutation;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What a task opens its run with.
 *
 * @param spec what the fine-tuning does
 * @param folder folder of the weights: that of the model to begin with, or a checkpoint
 * @param loading how the weights are used
 * @param tokenizer tokenizer of the model
 */
public record TaskSetup(TuningSpec spec, Path folder, Loading loading, Tokenizer tokenizer) {
  private static final int USUAL_MAX_TOKENS = 512;
  private static final int CHUNK = 1024;

  /**
   * Training and held-out examples.
   *
   * @param <R> example
   */
  public record Split<R>(List<R> train, List<R> heldOut) {}

  /** Makes rows of examples, which are given in chunks so that texts are tokenized in parallel. */
  @FunctionalInterface
  public interface Encoder<R> {
    List<R> encode(List<Example> examples);
  }

  /**
   * Reads the examples of all files. Without held-out files a share of the training examples is
   * held out, which depends on the seed alone.
   *
   * @throws ExampleException if a line cannot be used
   * @throws IllegalArgumentException if there are no examples
   */
  public Split<Example> examples() throws IOException {
    return examples(TaskSetup::read);
  }

  /**
   * As {@link #examples()}, with the same share of each class held out, and at least one example of
   * each class left to train on.
   *
   * @param classOf class of an example
   */
  public Split<Example> examplesByClass(Function<Example, ?> classOf) throws IOException {
    List<Example> all = read(spec.train());
    if (!spec.heldOut().isEmpty()) {
      return new Split<>(all, read(spec.heldOut()));
    }
    KeyedPermutation order = new KeyedPermutation(all.size(), spec.seed());
    Map<Object, List<Integer>> classes = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      classes.computeIfAbsent(classOf.apply(all.get(i)), _ -> new ArrayList<>()).add(i);
    }
    boolean[] isHeldOut = new boolean[all.size()];
    int held = 0;
    for (List<Integer> members : classes.values()) {
      members.sort(Comparator.comparingLong(member -> order.at(member)));
      long wanted = Math.round(spec.heldOutShare() * members.size());
      for (int i = 0; i < Math.min(wanted, members.size() - 1); i++) {
        isHeldOut[members.get(i)] = true;
        held++;
      }
    }
    if (held == 0) { // classes too small for the share
      List<Integer> largest =
          Collections.max(classes.values(), Comparator.comparingInt(List::size));
      if (largest.size() < 2) {
        throw new ExampleException(
            Path.of(spec.train().getFirst()),
            "must have at least 2 examples of a class, one of them to hold out, got %d of each; name held-out examples"
                .formatted(largest.size()));
      }
      isHeldOut[largest.getFirst()] = true;
    }
    return split(all, i -> isHeldOut[i]);
  }

  private static <R> Split<R> split(List<R> all, IntPredicate isHeldOut) {
    List<R> kept = new ArrayList<>();
    List<R> out = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      (isHeldOut.test(i) ? out : kept).add(all.get(i));
    }
    return new Split<>(kept, out);
  }

  /**
   * Reads the examples of files.
   *
   * @param <R> example
   */
  @FunctionalInterface
  public interface Reader<R> {
    List<R> read(List<String> files) throws IOException;
  }

  /** Reads the examples with this reader; see {@link #examples()}. */
  public <R> Split<R> examples(Reader<R> reader) throws IOException {
    return examples(reader, example -> example);
  }

  /**
   * Reads the examples with this reader; see {@link #examples()}.
   *
   * @param group examples of equal groups are held out together
   */
  public <R> Split<R> examples(Reader<R> reader, Function<R, ?> group) throws IOException {
    List<R> train = reader.read(spec.train());
    if (!spec.heldOut().isEmpty()) {
      return new Split<>(train, reader.read(spec.heldOut()));
    }
    Map<Object, Integer> groups = new HashMap<>();
    int[] groupOf = new int[train.size()];
    for (int i = 0; i < groupOf.length; i++) {
      groupOf[i] = groups.computeIfAbsent(group.apply(train.get(i)), _ -> groups.size());
    }
    int held = (int) Math.max(1, Math.round(spec.heldOutShare() * groups.size()));
    if (held >= groups.size()) {
      throw new ExampleException(
          Path.of(spec.train().getFirst()),
          "must have at least 2 different examples, one of them to hold out, got %d (%d with those that are held out together); name held-out examples"
              .formatted(groups.size(), train.size()));
    }
    KeyedPermutation order = new KeyedPermutation(groups.size(), spec.seed());
    return split(train, i -> order.at(groupOf[i]) < held);
  }

  /**
   * Reads the examples of tables.
   *
   * @throws IllegalArgumentException if one has no example
   */
  public static List<Example> read(List<String> files) throws IOException {
    return readEach(files, ExampleReader::readAll);
  }

  /**
   * Reads a file of examples.
   *
   * @param <R> example
   */
  @FunctionalInterface
  public interface FileReader<R> {
    List<R> read(Path file) throws IOException;
  }

  /**
   * Reads files one after the other.
   *
   * @throws IllegalArgumentException if one has no example
   */
  public static <R> List<R> readEach(List<String> files, FileReader<R> reader) throws IOException {
    List<R> examples = new ArrayList<>();
    for (String file : files) {
      List<R> read = reader.read(Path.of(file));
      if (read.isEmpty()) {
        throw new ExampleException(Path.of(file), "must have at least one example, got none");
      }
      examples.addAll(read);
    }
    return examples;
  }

  /** Encodes examples chunk by chunk. */
  public static <R> List<R> encode(List<Example> examples, Encoder<R> encoder) {
    List<R> rows = new ArrayList<>();
    for (int from = 0; from < examples.size(); from += CHUNK) {
      rows.addAll(encoder.encode(examples.subList(from, Math.min(examples.size(), from + CHUNK))));
    }
    return rows;
  }

  /**
   * A text as tokens.
   *
   * @param isCut whether its end was left out
   */
  public record Tokens(TextBatch.Text text, boolean isCut) {}

  /**
   * Encodes texts, or pairs of texts, cut to the longest length.
   *
   * @param seconds the second texts; null for single texts
   * @param maxTokens see {@link #maxTokens}
   */
  public List<Tokens> tokens(List<String> firsts, @Nullable List<String> seconds, int maxTokens) {
    EncodeOptions options = EncodeOptions.DEFAULT.withTruncation(Truncation.to(maxTokens));
    List<Encoding> encoded =
        seconds == null
            ? tokenizer.encodeBatch(firsts, options)
            : tokenizer.encodePairs(firsts, seconds, options);
    return encoded.stream()
        .map(encoding -> new Tokens(text(encoding), !encoding.overflowing().isEmpty()))
        .toList();
  }

  /** Returns the ids and types of tokens. */
  public static TextBatch.Text text(Encoding encoding) {
    return new TextBatch.Text(encoding.ids(), encoding.typeIds());
  }

  /**
   * Returns the most tokens of a text: as set, else 512, or the context if that is shorter.
   *
   * @param maxPositions context of the model
   * @throws IllegalArgumentException if the setting exceeds the context
   */
  public int maxTokens(int maxPositions) {
    return maxTokens(maxPositions, USUAL_MAX_TOKENS);
  }

  /** As {@link #maxTokens(int)}, with another usual number. */
  public int maxTokens(int maxPositions, int usual) {
    if (spec.maxTokens() == 0) {
      return Math.min(usual, maxPositions);
    }
    int least = tokenizer.encode("").length + 1;
    if (spec.maxTokens() > maxPositions || spec.maxTokens() < least) {
      throw new IllegalArgumentException(
          "max length: must be from %d to %d tokens for this model, got %d"
              .formatted(least, maxPositions, spec.maxTokens()));
    }
    return spec.maxTokens();
  }

  /** Returns the id of padding: that of the model, else that of the tokenizer, else 0. */
  public int padId(int ofModel) {
    OptionalInt ofTokenizer = tokenizer.padId();
    return ofModel >= 0 ? ofModel : ofTokenizer.orElse(0);
  }

  /** Returns the id of padding for a model that has none: that of the tokenizer, else its end. */
  public int endId() {
    OptionalInt pad = tokenizer.padId();
    return (pad.isPresent() ? pad : tokenizer.eosId()).orElse(-1);
  }

  /** Returns the settings of the task. */
  public NamedSettings settings() {
    return new NamedSettings(spec.settings());
  }

  /** Returns a setting that is a truth value. */
  public boolean flag(String setting) {
    return settings().flag(setting);
  }

  /**
   * Returns a setting that is a number.
   *
   * @throws IllegalArgumentException if it is not in [min, max]
   */
  public double number(String setting, double usual, double min, double max) {
    return settings().number(setting, usual, min, max);
  }

  /** Returns the folder of the model to begin with, which holds the files of the tokenizer. */
  public Path tokenizerFolder() {
    return Path.of(spec.model());
  }

  /** Returns a setting that is text. */
  public String text(String setting, String usual) {
    return settings().text(setting, usual);
  }
}
