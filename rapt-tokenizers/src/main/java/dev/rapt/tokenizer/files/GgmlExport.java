package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.model.WordPieceModel;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import dev.rapt.tokenizer.types.GgmlVocabulary.Kind;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer as a GGUF file has it. Its model must be one that llama.cpp runs alike: the result is
 * read again and compared.
 */
public final class GgmlExport {
  private static final String SPACE = "\u2581";
  private static final String CONTINUING = "##";

  private final String file;
  private final TokenizerDefinition definition;
  private final Map<String, Integer> special = new HashMap<>();
  private final Map<String, Boolean> flags = new HashMap<>();
  private final List<String> tokens = new ArrayList<>();
  private final List<Kind> kinds = new ArrayList<>();

  private GgmlExport(
      String file, TokenizerDefinition definition, Map<String, String> names, int size) {
    this.file = file;
    this.definition = definition;
    Map<Integer, AddedToken> added = new HashMap<>();
    definition.addedTokens().forEach(token -> added.put(token.id(), token));
    for (int id = 0; id < size; id++) {
      AddedToken own = added.get(id);
      String token = own == null ? definition.model().tokenOf(id) : own.content();
      tokens.add(token == null ? "[PAD" + id + "]" : token);
      kinds.add(
          token == null
              ? Kind.UNUSED
              : own == null ? Kind.NORMAL : own.special() ? Kind.CONTROL : Kind.USER_DEFINED);
    }
    names.forEach((name, token) -> {
      int id = tokens.indexOf(token);
      if (id >= 0 && GgmlVocabulary.SPECIAL_KEYS.containsKey(name)) {
        special.put(name, id);
      }
    });
  }

  /**
   * Returns the vocabulary of a tokenizer.
   *
   * @param file where the tokenizer is from, for errors
   * @param names special tokens by name
   * @param size number of tokens to write, at least those of the tokenizer: the rows of the model's
   *     embedding
   * @throws TokenizerFileException if GGUF cannot express the tokenizer
   */
  public static GgmlVocabulary of(
      String file, TokenizerDefinition definition, Map<String, String> names, int size) {
    GgmlExport export = new GgmlExport(file, definition, names, size);
    GgmlVocabulary vocabulary =
        switch (definition.model()) {
          case BpeModel bpe when bpe.options().byteFallback() -> export.llama(bpe);
          case BpeModel bpe -> export.gpt2(bpe);
          case WordPieceModel _ -> export.bert();
          case UnigramModel unigram -> export.t5(unigram);
          default ->
              throw export.inexpressible("model", "BPE, WordPiece or Unigram of a tokenizer.json");
        };
    export.requireSame(GgmlTokenizers.definition(vocabulary));
    return vocabulary;
  }

  /** Byte-level BPE: split pattern and normaliser must be those of a model that has a name. */
  private GgmlVocabulary gpt2(BpeModel bpe) {
    boolean isRoberta = definition.postProcessor() instanceof PostProcessor.Roberta;
    GgmlPreTokenizer pre =
        GgmlPreTokenizer.of(
                definition.normalizer(), definition.preTokenizer(), bpe.options().ignoreMerges())
            .orElseThrow(() -> inexpressible("pre_tokenizer", "of a model that llama.cpp knows"));
    if (!isRoberta) {
      around();
    }
    List<String> merges = new ArrayList<>();
    for (int rank = 0; rank < bpe.numMerges(); rank++) {
      merges.add(bpe.tokenOf(bpe.left(rank)) + " " + bpe.tokenOf(bpe.right(rank)));
    }
    return vocabulary(
        "gpt2", isRoberta ? "roberta-bpe" : pre.label(), tokens, List.of(), merges, null);
  }

  /**
   * SentencePiece BPE: the score of a token is its rank among the merges, so that they follow from
   * the scores.
   */
  private GgmlVocabulary llama(BpeModel bpe) {
    Float[] scores = new Float[tokens.size()];
    Arrays.fill(scores, 0f);
    for (int rank = bpe.numMerges() - 1; rank >= 0; rank--) {
      String joined = bpe.tokenOf(bpe.left(rank)) + bpe.tokenOf(bpe.right(rank));
      scores[bpe.idOf(joined)] = -1f - rank;
    }
    for (int id = 0; id < kinds.size(); id++) {
      if (kinds.get(id) == Kind.NORMAL && tokens.get(id).matches("<0x[0-9A-F]{2}>")) {
        kinds.set(id, Kind.BYTE);
      }
    }
    markUnknown(bpe.options().unkToken());
    flags.put("add_space_prefix", hasPrefix(definition.normalizer()));
    around();
    return vocabulary("llama", "default", tokens, List.of(scores), List.of(), null);
  }

  private static boolean hasPrefix(@Nullable Normalizer normalizer) {
    return normalizer instanceof Normalizer.Sequence sequence
        && sequence.parts().stream().anyMatch(Normalizer.Prepend.class::isInstance);
  }

  private void markUnknown(@Nullable String token) {
    int id = token == null ? -1 : tokens.indexOf(token);
    if (id >= 0) {
      kinds.set(id, Kind.UNKNOWN);
      special.put("unk_token", id);
    }
  }

  /** WordPiece: words begin with a mark, and continuations have none. */
  private GgmlVocabulary bert() {
    int[] around = tokensAround();
    if (around.length == 3) {
      special.put("cls_token", around[0]);
      special.put("bos_token", around[0]);
      special.put("sep_token", around[2]);
      special.put("eos_token", around[2]);
    }
    List<String> marked = new ArrayList<>();
    for (String token : tokens) {
      boolean isSpecial = token.startsWith("[") && token.endsWith("]") && token.length() > 2;
      marked.add(
          isSpecial
              ? token
              : token.startsWith(CONTINUING)
                  ? token.substring(CONTINUING.length())
                  : SPACE + token);
    }
    return vocabulary("bert", "default", marked, List.of(), List.of(), null);
  }

  private GgmlVocabulary t5(UnigramModel unigram) {
    List<Float> scores = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      scores.add(id < unigram.pieces().size() ? (float) unigram.pieces().get(id).score() : 0f);
    }
    if (unigram.unkId() >= 0) {
      markUnknown(tokens.get(unigram.unkId()));
    }
    flags.put("add_space_prefix", true);
    flags.put("remove_extra_whitespaces", true);
    around();
    return vocabulary(
        "t5", "default", tokens, scores, List.of(), charsMap(definition.normalizer()));
  }

  private static @Nullable String charsMap(@Nullable Normalizer normalizer) {
    if (normalizer instanceof Normalizer.Precompiled precompiled) {
      return precompiled.charsMap().toBase64();
    }
    if (normalizer instanceof Normalizer.Sequence sequence) {
      for (Normalizer part : sequence.parts()) {
        String found = charsMap(part);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private GgmlVocabulary vocabulary(
      String model,
      String pre,
      List<String> written,
      List<Float> scores,
      List<String> merges,
      @Nullable String charsMap) {
    return new GgmlVocabulary(
        file, model, pre, written, scores, kinds, merges, special, flags, charsMap);
  }

  /** Records which special tokens stand around a text; BOS and EOS are those that do. */
  private void around() {
    int[] around = tokensAround();
    int text = 0;
    while (around[text] >= 0) {
      text++;
    }
    if (text > 1 || around.length - text > 2) {
      throw inexpressible("post_processor", "at most one special token on each side of a text");
    }
    flags.put("add_bos_token", text == 1);
    flags.put("add_eos_token", around.length - text == 2);
    if (text == 1) {
      special.put("bos_token", around[0]);
    }
    if (around.length - text == 2) {
      special.put("eos_token", around[text + 1]);
    }
  }

  /** Returns the special tokens around one text; -1 marks the text. */
  private int[] tokensAround() {
    Draft text = new Draft();
    text.add(-1, "", 0, 0, 0, 0);
    PostProcessor steps = definition.postProcessor();
    return steps == null
        ? text.ids()
        : PostProcessor.join(steps.process(List.of(text), true)).ids();
  }

  /** Checks that a reader gets the same model. */
  private void requireSame(TokenizerDefinition read) {
    boolean differs =
        definition.model() instanceof BpeModel own
            && read.model() instanceof BpeModel other
            && !own.hasMergesOf(other);
    if (differs) {
      throw inexpressible("model", "one whose merges follow from the scores of the tokens");
    }
    if (definition.model() instanceof WordPieceModel
        && !Objects.equals(definition.normalizer(), read.normalizer())) {
      throw inexpressible("normalizer", "that of an uncased BERT");
    }
  }

  private TokenizerFileException inexpressible(String part, String wanted) {
    return new TokenizerFileException(
        file,
        part,
        "must be %s to be written to GGUF, got another; keep the model as a folder".formatted(wanted),
        null);
  }
}
