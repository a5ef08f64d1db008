package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.UnicodeForm;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.pretokenize.SplitScanner;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pre-tokenizers of byte-level BPE by their names in GGUF files, {@code tokenizer.ggml.pre}. The
 * names stand for the tokenizers of the models that llama.cpp calls so (src/llama-vocab.cpp); what
 * the steps are is taken from the tokenizer.json of those models.
 */
enum GgmlPreTokenizer {
  GPT2("gpt-2 phi-2 jina-es jina-de jina-v2-es jina-v2-de roberta-bpe jina-v1-en", gpt2()),
  GPT_NEOX("olmo mpt modern-bert", nfc(), gpt2(), false, false),
  LLAMA3("llama-bpe llama3 llama-v3 falcon3 lfm2", null, splits(SplitScanner.GPT4), true, true),
  GPT4("smaug-bpe dbrx chatglm-bpe glm4", splits(SplitScanner.GPT4)),
  QWEN2("qwen2 deepseek-r1-qwen megrez", nfc(), splits(SplitScanner.QWEN), false, false),
  QWEN35(
      "qwen35",
      nfc(),
      splits(
          "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}|"
              + " ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
      false,
      false),
  O200K("gpt-4o llama4", null, splits(SplitScanner.O200K), true, false),
  TEKKEN("tekken", null, splits(SplitScanner.TEKKEN), true, true),
  DEEPSEEK_V3("deepseek-v3", splits(SplitScanner.DEEPSEEK)),
  DEEPSEEK_CODER(
      "deepseek-coder",
      splits(
          "[\r\n]",
          "\\s?\\p{L}+",
          "\\s?\\p{P}+",
          "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+",
          "\\p{N}")),
  KIMI_K2("kimi-k2", splits(RankModel.KIMI.pattern())),
  STARCODER(
      "smollm starcoder refact command-r codeshell exaone minerva-7b",
      new PreTokenizer.Sequence(List.of(new PreTokenizer.Digits(true), gpt2()))),
  FALCON(
      "falcon",
      new PreTokenizer.Sequence(
          List.of(
              new PreTokenizer.Punctuation(SplitBehavior.CONTIGUOUS),
              gpt2(),
              new PreTokenizer.Digits(false),
              split("[0-9][0-9][0-9]"))));

  @SuppressWarnings("ImmutableEnumChecker") // made once, of records
  private final List<String> names;

  @SuppressWarnings("ImmutableEnumChecker") // made once, of records
  private final @Nullable Normalizer normalizer;

  @SuppressWarnings("ImmutableEnumChecker") // made once, of records
  private final PreTokenizer steps;

  private final boolean ignoreMerges;
  private final boolean addsBos;

  GgmlPreTokenizer(String names, PreTokenizer steps) {
    this(names, null, steps, false, false);
  }

  /**
   * @param names names in files, separated by spaces; the first is written
   * @param normalizer applied before the text is split
   * @param ignoreMerges whether a word that is in the vocabulary becomes that token without merging
   * @param addsBos whether texts begin with the BOS token in files that do not say
   */
  GgmlPreTokenizer(
      String names,
      @Nullable Normalizer normalizer,
      PreTokenizer steps,
      boolean ignoreMerges,
      boolean addsBos) {
    this.names = List.of(names.split(" ", -1));
    this.normalizer = normalizer;
    this.steps = steps;
    this.ignoreMerges = ignoreMerges;
    this.addsBos = addsBos;
  }

  private static PreTokenizer gpt2() {
    return new PreTokenizer.ByteLevel(false, true, true);
  }

  private static Normalizer nfc() {
    return new Normalizer.Unicode(UnicodeForm.NFC);
  }

  private static PreTokenizer splits(SplitScanner scanner) {
    return splits(scanner.patterns().toArray(String[]::new));
  }

  private static PreTokenizer splits(String... patterns) {
    List<PreTokenizer> parts = new ArrayList<>();
    for (String pattern : patterns) {
      parts.add(split(pattern));
    }
    parts.add(new PreTokenizer.ByteLevel(false, false, false));
    return new PreTokenizer.Sequence(parts);
  }

  private static PreTokenizer split(String pattern) {
    return new PreTokenizer.Split(new TextPattern.Regex(pattern), SplitBehavior.ISOLATED, false);
  }

  /** Returns the pre-tokenizer of this name; empty if it is not known. */
  static Optional<GgmlPreTokenizer> named(String name) {
    return Arrays.stream(values()).filter(known -> known.names.contains(name)).findFirst();
  }

  /** Returns the pre-tokenizer with these steps; empty if GGUF has no name for them. */
  static Optional<GgmlPreTokenizer> of(
      @Nullable Normalizer normalizer, @Nullable PreTokenizer steps, boolean ignoreMerges) {
    return Arrays.stream(values())
        .filter(known ->
            Objects.equals(known.normalizer, normalizer)
                && isSame(known.steps, steps)
                && known.ignoreMerges == ignoreMerges)
        .findFirst();
  }

  /** Returns whether two pre-tokenizers split alike. */
  static boolean isSame(PreTokenizer a, @Nullable PreTokenizer b) {
    return b != null && withoutFlags(a).equals(withoutFlags(b));
  }

  /** Returns the steps with the flags set that do not change how a text is split. */
  private static PreTokenizer withoutFlags(PreTokenizer steps) {
    return switch (steps) {
      case PreTokenizer.ByteLevel level ->
          new PreTokenizer.ByteLevel(level.addPrefixSpace(), true, level.useRegex());
      case PreTokenizer.Sequence sequence ->
          new PreTokenizer.Sequence(
              sequence.parts().stream().map(GgmlPreTokenizer::withoutFlags).toList());
      default -> steps;
    };
  }

  /** Returns all names. */
  static List<String> allNames() {
    return Arrays.stream(values()).flatMap(known -> known.names.stream()).sorted().toList();
  }

  /** Returns the name that is written. */
  String label() {
    return names.getFirst();
  }

  @Nullable Normalizer normalizer() {
    return normalizer;
  }

  PreTokenizer steps() {
    return steps;
  }

  boolean ignoreMerges() {
    return ignoreMerges;
  }

  boolean addsBos() {
    return addsBos;
  }

  /** Returns whether texts stand between BOS and EOS, and pairs have two of the latter between. */
  static boolean isRoberta(String name) {
    return Stream.of("roberta-bpe", "jina-v1-en").anyMatch(name::equals);
  }
}
