package dev.rapt.tokenizer;

import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.decode.TokenBytes;
import dev.rapt.tokenizer.files.PieceConversion;
import dev.rapt.tokenizer.files.VocabularyFiles;
import dev.rapt.tokenizer.json.CleanUp;
import dev.rapt.tokenizer.json.FolderTokens;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.json.TokenizerReader;
import dev.rapt.tokenizer.json.TokenizerWriter;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.MappedModel;
import dev.rapt.tokenizer.model.Model;
import dev.rapt.tokenizer.model.PieceBpe;
import dev.rapt.tokenizer.model.PieceUnigram;
import dev.rapt.tokenizer.model.PieceWords;
import dev.rapt.tokenizer.model.UnigramModel;
import dev.rapt.tokenizer.model.WordLevelModel;
import dev.rapt.tokenizer.model.WordPieceModel;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.postprocess.Lengths;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.text.AlignedText;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.tokenizer.types.Truncation;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A tokenizer: text to token ids and back, as a tokenizer.json defines it. Immutable and
 * thread-safe.
 *
 * <p>Added tokens (special or not) are recognised anywhere in a text, as in the Python library.
 * Unpaired surrogates count as {@code '?'}.
 */
public final class Tokenizer {
  private static final String TOKENIZER_FILE = "tokenizer.json";
  private static final String CONFIG_FILE = "tokenizer_config.json";

  private final TokenizerDefinition definition;
  private final Map<String, String> tokenNames;
  private final Map<String, AddedToken> addedByContent = new LinkedHashMap<>();
  private final AlignedEncoder alignedEncoder;
  private final @Nullable ByteLevelEncoder byteLevelEncoder;
  private final @Nullable CharEncoder charEncoder;
  private final IdTable table;
  private final int[] prefix;
  private final int[] suffix;

  private Tokenizer(TokenizerDefinition definition, Map<String, String> tokenNames) {
    this.definition = definition;
    this.tokenNames = Collections.unmodifiableMap(new LinkedHashMap<>(tokenNames));
    Map<AddedToken, String> raw = new LinkedHashMap<>();
    Map<AddedToken, String> normalized = new LinkedHashMap<>();
    for (AddedToken token : definition.addedTokens()) {
      addedByContent.put(token.content(), token);
      if (!token.normalized()) {
        raw.put(token, token.content());
      } else if (definition.normalizer() == null) {
        normalized.put(token, token.content());
      } else {
        AlignedText content = AlignedText.of(token.content());
        normalized.put(token, definition.normalizer().apply(content).toString());
      }
    }
    AddedTokenMatcher rawTokens = new AddedTokenMatcher(raw);
    AddedTokenMatcher normalizedTokens = new AddedTokenMatcher(normalized);
    alignedEncoder = new AlignedEncoder(definition, rawTokens, normalizedTokens);
    byteLevelEncoder = ByteLevelEncoder.of(definition, rawTokens, normalizedTokens);
    charEncoder = CharEncoder.of(definition, rawTokens, normalizedTokens);
    table = new IdTable(definition, normalized);
    int[] around = specialTokensAround(definition.postProcessor());
    int text = around.length;
    for (int i = 0; i < around.length; i++) {
      text = around[i] < 0 ? i : text;
    }
    prefix = Arrays.copyOf(around, text);
    suffix = Arrays.copyOfRange(around, Math.min(text + 1, around.length), around.length);
  }

  /** Returns the special tokens around one text; -1 marks the text. */
  private static int[] specialTokensAround(@Nullable PostProcessor postProcessor) {
    Draft text = new Draft();
    text.add(-1, "", 0, 0, 0, 0);
    return postProcessor == null
        ? text.ids()
        : PostProcessor.join(postProcessor.process(List.of(text), true)).ids();
  }

  /**
   * Loads the tokenizer of a folder: its tokenizer.json, or else its tekken.json, vocab.json with
   * merges.txt, SentencePiece model, vocab.txt or tiktoken file, together with the special tokens
   * that tokenizer_config.json, special_tokens_map.json and added_tokens.json name, or that its
   * tokenizer class has by default. If the path is a file, loads that file alone: a tokenizer.json
   * as it is, a SentencePiece model as in the SentencePiece library.
   *
   * @param path a folder or a file
   * @return the tokenizer
   * @throws TokenizerFileException if a file is missing or broken; names the file and the field
   */
  public static Tokenizer load(Path path) {
    if (Files.isDirectory(path)) {
      return loadFolder(path);
    }
    if (!Files.exists(path)) {
      throw new TokenizerFileException(
          path.toString(), "", "must exist, got no such file; check the path", null);
    }
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null && !path.endsWith(TOKENIZER_FILE)) {
      TokenizerConfig config = VocabularyFiles.settings(folder);
      Optional<TokenizerDefinition> definition = VocabularyFiles.ofFile(path, config);
      if (definition.isPresent()) {
        return new Tokenizer(definition.get(), config.tokenNames());
      }
    }
    return new Tokenizer(TokenizerReader.read(path), Map.of());
  }

  /**
   * Loads the tokenizer for the output of a model: the one of {@link #load}, except for Marian
   * models with separate vocabularies for source and target language.
   *
   * @param folder the folder of the model
   * @return the tokenizer of the target language
   * @throws TokenizerFileException if a file is missing or broken; names the file and the field
   */
  public static Tokenizer loadTarget(Path folder) {
    TokenizerConfig config = VocabularyFiles.settings(folder);
    return VocabularyFiles.findTarget(folder, config)
        .map(definition -> new Tokenizer(CleanUp.add(definition, config), config.tokenNames()))
        .orElseGet(() -> load(folder));
  }

  /**
   * Loads a rank file of tiktoken for a model that its folder does not tell.
   *
   * @param file the rank file
   * @param model the model whose split pattern and special tokens it has: {@code gpt2}, {@code
   *     cl100k}, {@code o200k}, {@code llama3}, {@code llama4}, {@code kimi}, {@code qwen}, {@code
   *     whisper}, ...
   * @return the tokenizer
   * @throws TokenizerFileException if the file is missing or broken
   * @throws IllegalArgumentException if no model has this name
   */
  public static Tokenizer loadRanks(Path file, String model) {
    Path folder = file.toAbsolutePath().getParent();
    TokenizerConfig config = TokenizerConfig.read(folder == null ? file : folder);
    TokenizerDefinition definition = VocabularyFiles.ofRanks(file, config, model);
    return new Tokenizer(FolderTokens.add(definition, config), config.tokenNames());
  }

  /**
   * Loads a tokenizer that {@link #save} can write, as {@link #load} does, but for a single
   * SentencePiece file. This becomes what tokenizer.json can express: control pieces that are
   * written out in a text are tokens, and equal scores may be decided otherwise than in the
   * SentencePiece library.
   *
   * @param path a folder or a file
   * @return the tokenizer
   * @throws TokenizerFileException if the file is missing or broken, or cannot be converted
   */
  public static Tokenizer loadToSave(Path path) {
    return PieceConversion.of(path)
        .map(converted -> new Tokenizer(converted.definition(), converted.tokenNames()))
        .orElseGet(() -> load(path));
  }

  private static Tokenizer loadFolder(Path folder) {
    Path file = folder.resolve(TOKENIZER_FILE);
    boolean isJson = Files.exists(file);
    TokenizerConfig config =
        isJson ? TokenizerConfig.read(folder) : VocabularyFiles.settings(folder);
    TokenizerDefinition definition =
        isJson
            ? TokenizerReader.read(file)
            : VocabularyFiles.find(folder, config).orElseThrow(() -> missing(folder));
    return new Tokenizer(
        CleanUp.add(FolderTokens.add(definition, config), config), config.tokenNames());
  }

  private static TokenizerFileException missing(Path folder) {
    return new TokenizerFileException(
        folder.toString(),
        "",
        "must hold a tokenizer.json or a vocabulary (tekken.json, vocab.txt, vocab.json with"
            + " merges.txt, a SentencePiece model, a tiktoken file), got none; copy the files of the"
            + " model there",
        null);
  }

  /**
   * Creates a tokenizer without named special tokens.
   *
   * @param definition the steps, as tokenizer.json defines them
   * @return the tokenizer
   */
  public static Tokenizer of(TokenizerDefinition definition) {
    return new Tokenizer(definition, Map.of());
  }

  /**
   * Creates a tokenizer.
   *
   * @param definition the steps, as tokenizer.json defines them
   * @param tokenNames special tokens by name, like {@code bos_token} and {@code eos_token}
   * @return the tokenizer
   */
  public static Tokenizer of(TokenizerDefinition definition, Map<String, String> tokenNames) {
    return new Tokenizer(definition, tokenNames);
  }

  /**
   * Writes tokenizer.json in the format of Hugging Face tokenizers. A path that does not end in
   * {@code .json} is a folder and also gets a tokenizer_config.json with the named special tokens.
   * If writing fails, existing files stay unchanged.
   *
   * @param path a file that ends in {@code .json}, or a folder
   * @throws IOException if a file cannot be written
   * @throws IllegalArgumentException if tokenizer.json cannot express the tokenizer, as for Marian
   */
  public void save(Path path) throws IOException {
    if (path.toString().endsWith(".json")) {
      TokenizerWriter.write(definition, path);
      return;
    }
    TokenizerWriter.write(definition, path.resolve(TOKENIZER_FILE));
    TokenizerWriter.writeConfig(tokenNames, path.resolve(CONFIG_FILE));
  }

  /**
   * {@return the kind of the model, as tokenizer.json names it: BPE, WordPiece, Unigram or
   * WordLevel}
   */
  public String kind() {
    return kind(definition.model());
  }

  private static String kind(Model model) {
    return switch (model) {
      case BpeModel _ -> "BPE";
      case MappedModel mapped -> kind(mapped.pieces());
      case WordPieceModel _ -> "WordPiece";
      case UnigramModel _, PieceUnigram _ -> "Unigram";
      case PieceBpe _ -> "BPE";
      case PieceWords _ -> "WordLevel";
      case WordLevelModel _ -> "WordLevel";
    };
  }

  /** {@return the steps of this tokenizer, as tokenizer.json defines them} */
  public TokenizerDefinition definition() {
    return definition;
  }

  /**
   * Returns a tokenizer that puts text into lower case before its other steps; this one if it has
   * such a step. Tokens that are matched before normalisation keep their case.
   *
   * @return the tokenizer
   */
  public Tokenizer lowercasing() {
    Normalizer present = definition.normalizer();
    List<Normalizer> parts = new ArrayList<>();
    if (present instanceof Normalizer.Sequence sequence) {
      parts.addAll(sequence.parts());
    } else if (present != null) {
      parts.add(present);
    }
    if (parts.stream().anyMatch(Normalizer.Lowercase.class::isInstance)) {
      return this;
    }
    parts.addFirst(new Normalizer.Lowercase());
    return new Tokenizer(definition.withNormalizer(new Normalizer.Sequence(parts)), tokenNames);
  }

  /** {@return how tokenizer.json says that long texts are cut, if it does} */
  public Optional<Truncation> truncation() {
    return Optional.ofNullable(definition.truncation());
  }

  /**
   * Encodes a text and adds the special tokens of the post-processor.
   *
   * @param text the text
   * @return the ids
   */
  public int[] encode(CharSequence text) {
    IdBuffer out = new IdBuffer(text.length() / 3 + prefix.length + suffix.length);
    out.add(prefix, 0, prefix.length);
    encode(text, out);
    out.add(suffix, 0, suffix.length);
    return out.toArray();
  }

  /**
   * Encodes a text without adding special tokens. Allocates little when one buffer is reused.
   *
   * @param text the text
   * @param out the buffer to which the ids are appended
   */
  public void encode(CharSequence text, IdBuffer out) {
    if (byteLevelEncoder == null && charEncoder == null) {
      alignedEncoder.encode(text, out);
      return;
    }
    byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
    encodeUtf8(utf8, 0, utf8.length, out);
  }

  /**
   * Encodes UTF-8 text without adding special tokens. Byte-level tokenizers keep invalid bytes,
   * others replace them by U+FFFD.
   *
   * @param utf8 the text
   * @param from first byte
   * @param to end, exclusive
   * @param out the buffer to which the ids are appended
   */
  public void encodeUtf8(byte[] utf8, int from, int to, IdBuffer out) {
    java.util.Objects.checkFromToIndex(from, to, utf8.length);
    if (byteLevelEncoder != null) {
      byteLevelEncoder.encode(utf8, from, to, out);
    } else if (charEncoder != null) {
      charEncoder.encode(utf8, from, to, out);
    } else {
      encode(new String(utf8, from, to - from, StandardCharsets.UTF_8), out);
    }
  }

  /**
   * Encodes a text with offsets and masks, with the default options.
   *
   * @param text the text
   * @return the tokens
   */
  public Encoding encodeWithOffsets(CharSequence text) {
    return encodeWithOffsets(text, EncodeOptions.DEFAULT);
  }

  /**
   * Encodes a text with offsets and masks. Padding applies to this text alone.
   *
   * @param text the text
   * @param options special tokens, truncation, padding
   * @return the tokens
   * @throws IllegalArgumentException if the truncation leaves no room for text
   */
  public Encoding encodeWithOffsets(CharSequence text, EncodeOptions options) {
    return padded(List.of(draft(text, null, options)), options).getFirst();
  }

  /**
   * Encodes a pair of texts with offsets and masks.
   *
   * @param first the first text
   * @param second the second text
   * @param options special tokens, truncation, padding
   * @return the tokens of both texts
   * @throws IllegalArgumentException if the truncation leaves no room for text
   */
  public Encoding encodePair(CharSequence first, CharSequence second, EncodeOptions options) {
    return padded(List.of(draft(first, second, options)), options).getFirst();
  }

  /**
   * Encodes a text or a pair in overlapping windows, each with special tokens. Together they cover
   * the whole text, whereas {@link Encoding#overflowing} covers only its start, as in the
   * reference.
   *
   * @param first the first text
   * @param second the second text; null for one text
   * @param windows their length, the text to divide, and the number of tokens that neighbours share
   * @return the windows in order
   * @throws IllegalArgumentException if the windows leave no room for text
   */
  public List<Encoding> encodeInWindows(
      CharSequence first, @Nullable CharSequence second, Truncation windows) {
    PostProcessor postProcessor = definition.postProcessor();
    Draft a = draft(first, 0, null);
    Draft b = second == null ? null : draft(second, 1, null);
    Lengths.truncate(
        a, b, windows, postProcessor == null ? 0 : postProcessor.addedTokens(second != null));
    List<Draft> drafts = b == null ? List.of(a) : List.of(a, b);
    Encoding whole =
        new Encoding(
            PostProcessor.join(
                postProcessor == null ? drafts : postProcessor.process(drafts, true)));
    List<Encoding> all = new ArrayList<>(List.of(whole));
    all.addAll(whole.overflowing());
    return all;
  }

  /**
   * Encodes many texts on all cores, each as {@link #encode(CharSequence)} does.
   *
   * @param texts the texts
   * @return the ids of each text
   */
  public List<int[]> encodeAll(List<? extends CharSequence> texts) {
    return texts.parallelStream().map(text -> encode(text)).toList();
  }

  /**
   * Encodes several texts on all cores and pads them together.
   *
   * @param texts the texts
   * @param options special tokens, truncation, padding
   * @return the tokens of each text
   * @throws IllegalArgumentException if the truncation leaves no room for text
   */
  public List<Encoding> encodeBatch(List<? extends CharSequence> texts, EncodeOptions options) {
    return padded(texts.parallelStream().map(text -> draft(text, null, options)).toList(), options);
  }

  /**
   * Encodes several pairs of texts and pads them together.
   *
   * @param first the first text of each pair
   * @param second the second text of each pair
   * @param options special tokens, truncation, padding
   * @return the tokens of each pair
   * @throws IllegalArgumentException if the lists differ in length, or the truncation leaves no
   *     room
   */
  public List<Encoding> encodePairs(
      List<? extends CharSequence> first,
      List<? extends CharSequence> second,
      EncodeOptions options) {
    if (first.size() != second.size()) {
      throw new IllegalArgumentException(
          "pairs: must have as many second texts as first ones, got "
              + first.size()
              + " first and "
              + second.size()
              + " second texts");
    }
    List<Draft> drafts = new ArrayList<>(first.size());
    for (int i = 0; i < first.size(); i++) {
      drafts.add(draft(first.get(i), second.get(i), options));
    }
    return padded(drafts, options);
  }

  /**
   * Returns how a batch is padded: as tokenizer.json defines it, or else on the right to the
   * longest, with the padding token of the folder.
   *
   * @return the padding
   * @throws IllegalStateException if there is neither
   */
  public Padding padding() {
    if (definition.padding() != null) {
      return definition.padding();
    }
    String token = tokenNames.get("pad_token");
    int id = padId().orElse(-1);
    if (token == null || id < 0) {
      throw new IllegalStateException(
          "padding: the tokenizer must have a pad_token, got none; pass a Padding with another id");
    }
    return Padding.toLongest(id, token);
  }

  private Draft draft(CharSequence first, @Nullable CharSequence second, EncodeOptions options) {
    PostProcessor postProcessor = definition.postProcessor();
    boolean addSpecialTokens = options.addSpecialTokens();
    Draft a = draft(first, 0, options.truncation());
    Draft b = second == null ? null : draft(second, 1, options.truncation());
    if (options.truncation() != null) {
      int added =
          addSpecialTokens && postProcessor != null ? postProcessor.addedTokens(second != null) : 0;
      Lengths.truncate(a, b, options.truncation(), added);
    }
    List<Draft> drafts = b == null ? List.of(a) : List.of(a, b);
    return PostProcessor.join(
        postProcessor == null ? drafts : postProcessor.process(drafts, addSpecialTokens));
  }

  /** Encodes one text with offsets, without special tokens. */
  private Draft draft(CharSequence text, int typeId, @Nullable Truncation truncation) {
    boolean isFree =
        truncation == null
            || (truncation.strategy() == Truncation.Strategy.ONLY_SECOND && typeId == 0);
    Draft draft = null;
    if (byteLevelEncoder != null && isFree) {
      draft = byteLevelEncoder.encode(text, typeId, Integer.MAX_VALUE);
    } else if (byteLevelEncoder != null && truncation != null && !truncation.left()) {
      draft = byteLevelEncoder.encode(text, typeId, truncation.maxLength());
    }
    return draft == null ? alignedEncoder.encode(text, typeId, truncation) : draft;
  }

  private static List<Encoding> padded(List<Draft> drafts, EncodeOptions options) {
    if (options.padding() != null) {
      Lengths.pad(drafts, options.padding());
    }
    return drafts.stream().map(Encoding::new).toList();
  }

  /**
   * Decodes ids to text, special tokens included.
   *
   * @param ids the ids
   * @return the text
   */
  public String decode(int... ids) {
    return decode(ids, false);
  }

  /**
   * Decodes ids to text. Ids without a token are skipped.
   *
   * @param ids the ids
   * @param skipSpecial whether special tokens are skipped
   * @return the text
   */
  public String decode(int[] ids, boolean skipSpecial) {
    return table.decode(ids, 0, ids.length, skipSpecial);
  }

  /**
   * Creates a decoder for ids that arrive one by one.
   *
   * @param skipSpecial whether special tokens are skipped
   * @return the decoder
   */
  public IncrementalDecoder incrementalDecoder(boolean skipSpecial) {
    return new IncrementalDecoder(table, skipSpecial);
  }

  /**
   * Returns the number of ids a model needs: the largest id of the vocabulary and the added tokens,
   * plus one. It equals the number of tokens if the ids have no gaps.
   *
   * @return the size
   */
  public int vocabSize() {
    return table.idLimit();
  }

  /**
   * Looks up the id of a token.
   *
   * @param token the token as the vocabulary spells it
   * @return the id, if there is one
   */
  public OptionalInt tokenToId(String token) {
    AddedToken added = addedByContent.get(token);
    int id = added != null ? added.id() : definition.model().idOf(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /**
   * Looks up the token of an id.
   *
   * @param id the id
   * @return the token as the vocabulary spells it, if there is one
   */
  public Optional<String> idToToken(int id) {
    return Optional.ofNullable(table.contentOf(id));
  }

  /**
   * Returns the bytes of UTF-8 text that each id adds, wherever it stands but at the beginning of a
   * text, where decoders may remove a space. A token may hold a part of a character.
   *
   * @return for each id below {@link #vocabSize} its bytes; null for special tokens and ids without
   *     token
   * @throws IllegalStateException if the text of a token depends on its neighbours, as with
   *     WordPiece
   */
  public List<byte @Nullable []> tokenBytes() {
    TokenBytes bytes = new TokenBytes(definition.decoder());
    List<byte @Nullable []> all = new ArrayList<>();
    for (int id = 0; id < vocabSize(); id++) {
      String token = table.contentOf(id);
      all.add(token == null || isSpecial(id) ? null : bytes.of(token));
    }
    return all;
  }

  /** {@return the tokens that are matched in a text before the model runs} */
  public List<AddedToken> addedTokens() {
    return definition.addedTokens();
  }

  /**
   * Returns whether decoding skips an id when it skips special tokens.
   *
   * @param id the id
   * @return whether its token is special
   */
  public boolean isSpecial(int id) {
    return table.isSpecial(id);
  }

  /** {@return special tokens by name, like {@code bos_token}, as the folder defines them} */
  public Map<String, String> tokenNames() {
    return tokenNames;
  }

  /**
   * Looks up the id of a named special token.
   *
   * @param name a name like {@code eos_token}
   * @return its id, if the folder defines it
   */
  public OptionalInt namedTokenId(String name) {
    String token = tokenNames.get(name);
    return token == null ? OptionalInt.empty() : tokenToId(token);
  }

  /** {@return the id of the begin-of-text token, if the folder defines it} */
  public OptionalInt bosId() {
    return namedTokenId("bos_token");
  }

  /** {@return the id of the end-of-text token, if the folder defines it} */
  public OptionalInt eosId() {
    return namedTokenId("eos_token");
  }

  /** {@return the id of the padding token, if the folder defines it} */
  public OptionalInt padId() {
    return namedTokenId("pad_token");
  }
}
