package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.model.WordPieceModel;
import dev.rapt.tokenizer.normalize.CharsMap;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.normalize.PieceNormalization;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import dev.rapt.tokenizer.types.GgmlVocabulary.Kind;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tokenizers of GGUF files. Texts become the ids that the Hugging Face tokenizer of the model gives
 * them.
 */
public final class GgmlTokenizers {
  private static final String SPACE = "\u2581";
  private static final int MAX_CHARS_PER_WORD = 100;
  private static final String CONTINUING = "##";

  private final GgmlVocabulary vocabulary;

  private GgmlTokenizers(GgmlVocabulary vocabulary) {
    this.vocabulary = vocabulary;
  }

  /**
   * Returns the steps of a tokenizer.
   *
   * @throws TokenizerFileException if model or pre-tokenizer are not known, or values contradict
   *     each other
   */
  public static TokenizerDefinition definition(GgmlVocabulary vocabulary) {
    GgmlTokenizers reader = new GgmlTokenizers(vocabulary);
    return switch (vocabulary.model()) {
      case "llama" -> reader.llama();
      case "gpt2" -> reader.gpt2();
      case "bert" -> reader.bert();
      case "t5" -> reader.t5();
      default ->
          throw reader.error("model", "must be llama, gpt2, bert or t5, got " + vocabulary.model());
    };
  }

  /** Returns special tokens by name, like {@code bos_token}. */
  public static Map<String, String> tokenNames(GgmlVocabulary vocabulary) {
    Map<String, String> names = new TreeMap<>();
    vocabulary.special().forEach((name, id) -> names.put(name, text(vocabulary, id)));
    return names;
  }

  /** Returns a token as the tokenizer spells it: WordPiece marks continuations, GGUF beginnings. */
  private static String text(GgmlVocabulary vocabulary, int id) {
    String token = vocabulary.tokens().get(id);
    return vocabulary.model().equals("bert") ? wordPiece(token) : token;
  }

  private static String wordPiece(String token) {
    boolean isSpecial = token.startsWith("[") && token.endsWith("]") && token.length() > 2;
    if (isSpecial) {
      return token;
    }
    return token.startsWith(SPACE) ? token.substring(SPACE.length()) : CONTINUING + token;
  }

  /** SentencePiece BPE: pieces with scores, and bytes for what has none. */
  private TokenizerDefinition llama() {
    boolean prefix = vocabulary.flag("add_space_prefix", true);
    SentencePieceModel pieces = pieces(prefix);
    Model model = PieceModels.bpe(pieces);
    Normalizer marks = new Normalizer.Replace(new TextPattern.Literal(" "), SPACE);
    return new TokenizerDefinition(
        null,
        null,
        SentencePieceFiles.controlAndUserDefined(pieces),
        prefix ? new Normalizer.Sequence(List.of(new Normalizer.Prepend(SPACE), marks)) : marks,
        null,
        around(true, false, null),
        new TokenDecoder.Sequence(SentencePieceFiles.byteDecoders(prefix)),
        model);
  }

  private SentencePieceModel pieces(boolean prefix) {
    List<SentencePieceModel.Piece> pieces = new ArrayList<>();
    boolean hasBytes = false;
    requireScores();
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      Kind kind = vocabulary.kind(id);
      hasBytes |= kind == Kind.BYTE;
      pieces.add(
          new SentencePieceModel.Piece(
              vocabulary.tokens().get(id),
              vocabulary.scores().get(id),
              SentencePieceModel.Type.valueOf(kind.name())));
    }
    return new SentencePieceModel(
        vocabulary.file(),
        pieces,
        SentencePieceModel.Kind.BPE,
        hasBytes,
        unkId(),
        "",
        new PieceNormalization.Flags(prefix, false, true, false),
        null,
        null,
        Map.of());
  }

  private void requireScores() {
    if (vocabulary.scores().isEmpty()) {
      throw error("scores", "must be there for the model %s".formatted(vocabulary.model()));
    }
    for (float score : vocabulary.scores()) {
      if (!Float.isFinite(score)) {
        throw error("scores", "must be finite numbers, got " + score);
      }
    }
  }

  private int unkId() {
    int first = vocabulary.kinds().indexOf(Kind.UNKNOWN);
    return vocabulary.special().getOrDefault("unk_token", Math.max(0, first));
  }

  /** Byte-level BPE. */
  private TokenizerDefinition gpt2() {
    String name = vocabulary.preTokenizer();
    GgmlPreTokenizer pre =
        GgmlPreTokenizer.named(name)
            .orElseThrow(() ->
                error(
                    "pre",
                    name.isEmpty()
                        ? "must name the pre-tokenizer, got none; convert the model again with a"
                            + " newer llama.cpp"
                        : "must be one of %s, got %s"
                            .formatted(String.join(", ", GgmlPreTokenizer.allNames()), name)));
    BpeModel model = bpe(pre);
    PostProcessor plain = new PostProcessor.ByteLevel(false, false, false);
    return new TokenizerDefinition(
        null,
        null,
        added(),
        pre.normalizer(),
        pre.steps(),
        GgmlPreTokenizer.isRoberta(name)
            ? new PostProcessor.Roberta(marker("sep_token"), marker("cls_token"), true, false)
            : around(pre.addsBos(), false, plain),
        new TokenDecoder.ByteLevel(true, true, true),
        model);
  }

  private BpeModel bpe(GgmlPreTokenizer pre) {
    Vocabulary ids = ids(vocabulary.tokens());
    List<String> merges = vocabulary.merges();
    int[] left = new int[merges.size()];
    int[] right = new int[left.length];
    for (int rank = 0; rank < left.length; rank++) {
      String merge = merges.get(rank);
      int space = merge.indexOf(' ', 1);
      left[rank] = space < 0 ? -1 : ids.idOf(merge.substring(0, space));
      right[rank] = space < 0 ? -1 : ids.idOf(merge.substring(space + 1));
      if (left[rank] < 0 || right[rank] < 0) {
        throw error("merges", "number %d must be two tokens, got %s".formatted(rank, merge));
      }
    }
    BpeModel.Options options =
        new BpeModel.Options(null, null, null, false, false, pre.ignoreMerges());
    return checked("merges", () -> new BpeModel(ids, left, right, options));
  }

  /** WordPiece, in lower case and without accents, as llama.cpp runs it. */
  private TokenizerDefinition bert() {
    List<String> tokens = vocabulary.tokens().stream().map(GgmlTokenizers::wordPiece).toList();
    String unk = tokens.get(unkId());
    WordPieceModel model =
        checked(
            "tokens", () -> new WordPieceModel(ids(tokens), unk, CONTINUING, MAX_CHARS_PER_WORD));
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (vocabulary.special().containsValue(id)) {
        added.add(AddedToken.special(id, tokens.get(id)));
      }
    }
    PostProcessor.Marker cls = marker("cls_token");
    PostProcessor.Marker sep = marker("sep_token");
    String single = cls.token() + " $A " + sep.token();
    return new TokenizerDefinition(
        null,
        null,
        added,
        new Normalizer.Bert(true, true, null, true),
        new PreTokenizer.Bert(),
        Templates.of(
            vocabulary.file(), model::idOf, single, single + " $B:1 " + sep.token() + ":1"),
        new TokenDecoder.WordPiece(CONTINUING, true),
        model);
  }

  /** Unigram. Tokens that no text has count with a score of 0, as in tokenizer.json. */
  private TokenizerDefinition t5() {
    requireScores();
    List<UnigramModel.Piece> pieces = new ArrayList<>();
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      boolean isText = vocabulary.kind(id) == Kind.NORMAL;
      pieces.add(
          new UnigramModel.Piece(
              vocabulary.tokens().get(id), isText ? vocabulary.scores().get(id) : 0));
    }
    boolean hasBytes = vocabulary.kinds().contains(Kind.BYTE);
    Model model = checked("tokens", () -> new UnigramModel(pieces, unkId(), hasBytes));
    List<Normalizer> normalizers = new ArrayList<>();
    String charsMap = vocabulary.charsMap();
    if (charsMap != null) {
      normalizers.add(
          checked(
              "precompiled_charsmap",
              () -> new Normalizer.Precompiled(CharsMap.ofBase64(charsMap))));
    }
    boolean removesSpaces = vocabulary.flag("remove_extra_whitespaces", true);
    if (removesSpaces) {
      normalizers.add(new Normalizer.Replace(new TextPattern.Regex(" {2,}"), " "));
    }
    PreTokenizer.PrependScheme prefix =
        vocabulary.flag("add_space_prefix", true)
            ? PreTokenizer.PrependScheme.ALWAYS
            : PreTokenizer.PrependScheme.NEVER;
    PreTokenizer marks = new PreTokenizer.Metaspace(SPACE.codePointAt(0), prefix, true);
    return new TokenizerDefinition(
        null,
        null,
        added(),
        new Normalizer.Sequence(normalizers),
        removesSpaces
            ? new PreTokenizer.Sequence(List.of(new PreTokenizer.WhitespaceSplit(), marks))
            : marks,
        around(false, true, null),
        new TokenDecoder.Metaspace(SPACE.codePointAt(0), prefix, true),
        model);
  }

  /** Returns control tokens, which are special, and user-defined ones. */
  private List<AddedToken> added() {
    List<AddedToken> added = new ArrayList<>();
    for (int id = 0; id < vocabulary.tokens().size(); id++) {
      String token = vocabulary.tokens().get(id);
      switch (vocabulary.kind(id)) {
        case CONTROL -> added.add(AddedToken.special(id, token));
        case USER_DEFINED ->
            added.add(new AddedToken(id, token, false, false, false, false, false));
        default -> {
          // a piece of text, or never in one
        }
      }
    }
    return added;
  }

  /**
   * Returns the step that puts BOS and EOS around a text, as far as the file says so.
   *
   * @param bosByDefault whether BOS comes first in files that do not say
   * @param eosByDefault whether EOS comes last in files that do not say
   * @param none the step if there is neither
   */
  private @Nullable PostProcessor around(
      boolean bosByDefault, boolean eosByDefault, @Nullable PostProcessor none) {
    boolean hasBos = vocabulary.flag("add_bos_token", bosByDefault && has("bos_token"));
    boolean hasEos = vocabulary.flag("add_eos_token", eosByDefault && has("eos_token"));
    if (!hasBos && !hasEos) {
      return none;
    }
    Map<String, PostProcessor.Template.SpecialToken> tokens = new TreeMap<>();
    List<PostProcessor.Template.Piece> single = new ArrayList<>();
    List<PostProcessor.Template.Piece> pair = new ArrayList<>();
    for (int text = 0; text < 2; text++) {
      List<PostProcessor.Template.Piece> own = new ArrayList<>();
      if (hasBos) {
        own.add(special("bos_token", text, tokens));
      }
      own.add(new PostProcessor.Template.Piece.Text(text == 1, text));
      if (hasEos) {
        own.add(special("eos_token", text, tokens));
      }
      single.addAll(text == 0 ? own : List.of());
      pair.addAll(own);
    }
    return new PostProcessor.Template(single, pair, tokens);
  }

  private PostProcessor.Template.Piece special(
      String name, int typeId, Map<String, PostProcessor.Template.SpecialToken> tokens) {
    PostProcessor.Marker marker = marker(name);
    tokens.put(
        marker.token(),
        new PostProcessor.Template.SpecialToken(
            marker.token(), List.of(marker.id()), List.of(marker.token())));
    return new PostProcessor.Template.Piece.Special(marker.token(), typeId);
  }

  private boolean has(String name) {
    return vocabulary.special().containsKey(name);
  }

  private PostProcessor.Marker marker(String name) {
    Integer id = vocabulary.special().get(name);
    if (id == null) {
      throw new TokenizerFileException(
          vocabulary.file(),
          GgmlVocabulary.SPECIAL_KEYS.getOrDefault(name, name),
          "must be there, got none",
          null);
    }
    return new PostProcessor.Marker(text(vocabulary, id), id);
  }

  private Vocabulary ids(List<String> tokens) {
    Vocabulary.Builder ids = new Vocabulary.Builder(tokens.size());
    for (int id = 0; id < tokens.size(); id++) {
      ids.add(tokens.get(id), id);
    }
    return checked("tokens", ids::build);
  }

  private <T> T checked(String key, Supplier<T> part) {
    try {
      return part.get();
    } catch (IllegalArgumentException e) {
      throw error(key, String.valueOf(e.getMessage()), e);
    }
  }

  private TokenizerFileException error(String key, String problem) {
    return error(key, problem, null);
  }

  private TokenizerFileException error(
      String key, String problem, @Nullable RuntimeException cause) {
    return new TokenizerFileException(vocabulary.file(), "tokenizer.ggml." + key, problem, cause);
  }
}
