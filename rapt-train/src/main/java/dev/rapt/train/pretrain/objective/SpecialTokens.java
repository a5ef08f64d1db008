package dev.rapt.train.pretrain.objective;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.ByteLevelBpeTrainer;
import dev.rapt.tokenizer.train.TextFrame;
import dev.rapt.tokenizer.train.TrainingProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The special tokens of a kind of model, and where a tokenizer puts them. */
public enum SpecialTokens {
  /** GPT-2: {@code <|endoftext|>} ends a document. */
  DECODER("<|endoftext|>"),
  /** A decoder that fills in the middle (arXiv:2207.14255). */
  INFILLING_DECODER("<|endoftext|>", "<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
  /** BERT: {@code [CLS] A [SEP] B [SEP]}. */
  ENCODER("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
  /** T5: {@code A </s>}, and sentinels for removed spans. */
  SENTINELS("<pad>", "</s>", "<unk>"),
  /** BART: {@code <s> A </s>}. */
  DENOISER("<s>", "<pad>", "</s>", "<unk>", "<mask>"),
  /** The Transformer of 2017: {@code A </s>}, padding begins the target. */
  TRANSLATOR("<pad>", "</s>", "<unk>");

  private static final int NUM_SENTINELS = 100;

  @SuppressWarnings("ImmutableEnumChecker") // a list of text
  private final List<String> tokens;

  SpecialTokens(String... tokens) {
    this.tokens = List.of(tokens);
  }

  /** Returns the special tokens, in the order of their ids in a new tokenizer. */
  public List<String> tokens() {
    List<String> all = new ArrayList<>(tokens);
    if (this == SENTINELS) {
      IntStream.range(0, NUM_SENTINELS).forEach(i -> all.add(sentinel(i)));
    }
    return all;
  }

  /** Returns the name of a sentinel of T5. */
  public static String sentinel(int number) {
    return "<extra_id_" + number + ">";
  }

  /**
   * Trains byte-level BPE with these special tokens.
   *
   * @throws IOException if a file cannot be read
   */
  public Tokenizer train(List<Path> files, int vocabSize, TrainingProgress progress)
      throws IOException {
    Tokenizer plain =
        new ByteLevelBpeTrainer(
                ByteLevelBpeTrainer.Options.of(vocabSize).withSpecialTokens(tokens()), progress)
            .train(files);
    TextFrame frame = frame();
    return frame == null ? plain : frame.of(plain, names());
  }

  private @Nullable TextFrame frame() {
    return switch (this) {
      case DECODER, INFILLING_DECODER -> null;
      case ENCODER -> new TextFrame.Bert("[CLS]", "[SEP]");
      case SENTINELS, TRANSLATOR -> new TextFrame.End("</s>");
      case DENOISER -> new TextFrame.Roberta("<s>", "</s>");
    };
  }

  /** Returns the roles of the tokens, as tokenizer_config.json names them. */
  private Map<String, String> names() {
    Map<String, String> names = new LinkedHashMap<>();
    switch (this) {
      case DECODER, INFILLING_DECODER -> names.put("eos_token", "<|endoftext|>");
      case ENCODER -> {
        names.put("pad_token", "[PAD]");
        names.put("unk_token", "[UNK]");
        names.put("cls_token", "[CLS]");
        names.put("sep_token", "[SEP]");
        names.put("mask_token", "[MASK]");
      }
      case SENTINELS, TRANSLATOR -> {
        names.put("pad_token", "<pad>");
        names.put("eos_token", "</s>");
        names.put("unk_token", "<unk>");
      }
      case DENOISER -> {
        names.put("bos_token", "<s>");
        names.put("pad_token", "<pad>");
        names.put("eos_token", "</s>");
        names.put("unk_token", "<unk>");
        names.put("cls_token", "<s>");
        names.put("sep_token", "</s>");
        names.put("mask_token", "<mask>");
      }
    }
    return names;
  }

  /**
   * Returns the token that ends a document in the encoded text.
   *
   * @throws IllegalArgumentException if the tokenizer has none
   */
  public int endId(Tokenizer tokenizer) {
    OptionalInt id =
        this == ENCODER ? firstOf(tokenizer, "sep_token", "eos_token") : tokenizer.eosId();
    return id.orElseThrow(() ->
        new IllegalArgumentException(
            "tokenizer: must have a token that ends a text (%s), got none; use another tokenizer"
                .formatted(this == ENCODER ? "sep_token or eos_token" : "eos_token")));
  }

  /** Returns the id of the first of these roles that the tokenizer has. */
  static OptionalInt firstOf(Tokenizer tokenizer, String... roles) {
    for (String role : roles) {
      OptionalInt id = tokenizer.namedTokenId(role);
      if (id.isPresent()) {
        return id;
      }
    }
    return OptionalInt.empty();
  }

  /**
   * Returns the id of a role that the tokenizer must have.
   *
   * @throws IllegalArgumentException if it has none of them
   */
  public static int require(Tokenizer tokenizer, String... roles) {
    return firstOf(tokenizer, roles)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "tokenizer: must have a %s for this objective, got none; use another tokenizer"
                    .formatted(String.join(" or ", roles))));
  }
}
