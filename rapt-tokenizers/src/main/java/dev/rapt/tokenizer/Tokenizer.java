package dev.rapt.tokenizer;

import dev.rapt.tokenizer.postprocess.Lengths;

import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.added.AddedTokenMatcher;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.files.VocabularyFiles;
import dev.rapt.tokenizer.json.FolderTokens;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.types.TokenizerFileException;
import dev.rapt.tokenizer.json.TokenizerReader;
import dev.rapt.tokenizer.json.TokenizerWriter;
import dev.rapt.tokenizer.postprocess.Draft;
import dev.rapt.tokenizer.types.Padding;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.types.Truncation;
import dev.rapt.tokenizer.text.AlignedText;
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
 * Text to token ids and back, as a tokenizer.json says. Immutable; one instance serves all threads.
 *
 * <p>Added tokens (special or not) are recognised wherever they stand in a text, as the Python
 * library does. Unpaired surrogates count as {@code '?'}.
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

  /** What the post-processor puts around one text, which is -1 here. */
  private static int[] specialTokensAround(@Nullable PostProcessor postProcessor) {
    Draft text = new Draft();
    text.add(-1, "", 0, 0, 0, 0);
    return postProcessor == null
        ? text.ids()
        : PostProcessor.join(postProcessor.process(List.of(text), true)).ids();
  }

  /**
   * Loads the tokenizer of a folder: its tokenizer.json, or else its vocab.json with merges.txt,
   * SentencePiece model, vocab.txt or tiktoken file, together with the special tokens that
   * tokenizer_config.json, special_tokens_map.json and added_tokens.json name. Of a file, loads
   * that alone: a tokenizer.json as it is, a SentencePiece model as its library uses it.
   *
   * @throws TokenizerFileException if a file is missing or broken; names the file and the place
   */
  public static Tokenizer load(Path path) {
    if (Files.isDirectory(path)) {
      return loadFolder(path);
    }
    if (!Files.exists(path)) {
      throw new TokenizerFileException(
          path.toString(), "", "must exist, got nothing; check the path", null);
    }
    Path folder = path.toAbsolutePath().getParent();
    if (folder != null && !path.toString().endsWith(".json")) {
      TokenizerConfig config = TokenizerConfig.read(folder);
      Optional<TokenizerDefinition> definition = VocabularyFiles.ofFile(path, config);
      if (definition.isPresent()) {
        return new Tokenizer(definition.get(), config.tokenNames());
      }
    }
    return new Tokenizer(TokenizerReader.read(path), Map.of());
  }

  /**
   * Loads the tokenizer of the texts that a model of this folder writes: the one of {@link #load},
   * but for Marian models with a vocabulary for each language.
   *
   * @throws TokenizerFileException if a file is missing or broken; names the file and the place
   */
  public static Tokenizer loadTarget(Path folder) {
    TokenizerConfig config = TokenizerConfig.read(folder);
    return VocabularyFiles.findTarget(folder, config)
        .map(definition -> new Tokenizer(definition, config.tokenNames()))
        .orElseGet(() -> load(folder));
  }

  private static Tokenizer loadFolder(Path folder) {
    TokenizerConfig config = TokenizerConfig.read(folder);
    Path file = folder.resolve(TOKENIZER_FILE);
    TokenizerDefinition definition =
        Files.exists(file)
            ? TokenizerReader.read(file)
            : VocabularyFiles.find(folder, config).orElseThrow(() -> missing(folder));
    return new Tokenizer(FolderTokens.add(definition, config), config.tokenNames());
  }

  private static TokenizerFileException missing(Path folder) {
    return new TokenizerFileException(
        folder.toString(),
        "",
        "must hold a tokenizer.json or a vocabulary (vocab.txt, vocab.json with merges.txt, a"
            + " SentencePiece model, a tiktoken file), got none; copy the model's there",
        null);
  }

  /** The tokenizer a definition describes, without names for special tokens. */
  public static Tokenizer of(TokenizerDefinition definition) {
    return new Tokenizer(definition, Map.of());
  }

  /**
   * The tokenizer a definition describes.
   *
   * @param tokenNames names like {@code bos_token} and {@code eos_token} with their tokens
   */
  public static Tokenizer of(TokenizerDefinition definition, Map<String, String> tokenNames) {
    return new Tokenizer(definition, tokenNames);
  }

  /**
   * Writes tokenizer.json, which Hugging Face tokenizers loads. Where {@code path} does not end in
   * {@code .json} it is a folder and gets a tokenizer_config.json with the names of special tokens
   * too. Files that are there stay whole if writing fails.
   */
  public void save(Path path) throws IOException {
    if (path.toString().endsWith(".json")) {
      TokenizerWriter.write(definition, path);
      return;
    }
    TokenizerWriter.write(definition, path.resolve(TOKENIZER_FILE));
    TokenizerWriter.writeConfig(tokenNames, path.resolve(CONFIG_FILE));
  }

  /** The steps this tokenizer is made of. */
  public TokenizerDefinition definition() {
    return definition;
  }

  /** Ids of a text with the special tokens that the post-processor adds. */
  public int[] encode(CharSequence text) {
    IdBuffer out = new IdBuffer(text.length() / 3 + prefix.length + suffix.length);
    out.add(prefix, 0, prefix.length);
    encode(text, out);
    out.add(suffix, 0, suffix.length);
    return out.toArray();
  }

  /**
   * Appends the ids of a text, without adding special tokens. Allocates little, so that data can be
   * prepared in one pass with one buffer.
   */
  public void encode(CharSequence text, IdBuffer out) {
    if (byteLevelEncoder == null && charEncoder == null) {
      Draft draft = alignedEncoder.encode(text, 0, null);
      out.add(draft.ids(), 0, draft.size());
      return;
    }
    byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
    encodeUtf8(utf8, 0, utf8.length, out);
  }

  /**
   * Appends the ids of UTF-8 text, without adding special tokens. Byte-level tokenizers take
   * invalid bytes as they are, others take them as U+FFFD.
   *
   * @param from first byte
   * @param to end (exclusive)
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

  /** Tokens of a text with offsets and masks. */
  public Encoding encodeWithOffsets(CharSequence text) {
    return encodeWithOffsets(text, EncodeOptions.DEFAULT);
  }

  /** Tokens of a text with offsets and masks; padding applies to this text alone. */
  public Encoding encodeWithOffsets(CharSequence text, EncodeOptions options) {
    return padded(List.of(draft(text, null, options)), options).getFirst();
  }

  /** Tokens of a pair of texts with offsets and masks. */
  public Encoding encodePair(CharSequence first, CharSequence second, EncodeOptions options) {
    return padded(List.of(draft(first, second, options)), options).getFirst();
  }

  /**
   * All tokens of a text or a pair in windows that overlap, each with special tokens. What {@link
   * Encoding#overflowing} has of a text that is cut is, as in the reference, only its beginning;
   * this has all of it.
   *
   * @param second null for one text
   * @param windows their length, which text is divided, and how many tokens neighbours share
   */
  public List<Encoding> encodeInWindows(
      CharSequence first, @Nullable CharSequence second, Truncation windows) {
    PostProcessor postProcessor = definition.postProcessor();
    Draft a = alignedEncoder.encode(first, 0, null);
    Draft b = second == null ? null : alignedEncoder.encode(second, 1, null);
    Lengths.truncate(a, b, windows, postProcessor == null ? 0 : postProcessor.addedTokens(second != null));
    List<Draft> drafts = b == null ? List.of(a) : List.of(a, b);
    Encoding whole =
        new Encoding(
            PostProcessor.join(
                postProcessor == null ? drafts : postProcessor.process(drafts, true)));
    List<Encoding> all = new ArrayList<>(List.of(whole));
    all.addAll(whole.overflowing());
    return all;
  }

  /** Ids of many texts, each as {@link #encode(CharSequence)} gives them, on all cores. */
  public List<int[]> encodeAll(List<? extends CharSequence> texts) {
    return texts.parallelStream().map(text -> encode(text)).toList();
  }

  /** Tokens of several texts, padded together, on all cores. */
  public List<Encoding> encodeBatch(List<? extends CharSequence> texts, EncodeOptions options) {
    return padded(texts.parallelStream().map(text -> draft(text, null, options)).toList(), options);
  }

  /**
   * Tokens of several pairs of texts, padded together.
   *
   * @throws IllegalArgumentException if there are not as many second texts as first ones
   */
  public List<Encoding> encodePairs(
      List<? extends CharSequence> first,
      List<? extends CharSequence> second,
      EncodeOptions options) {
    if (first.size() != second.size()) {
      throw new IllegalArgumentException(
          "pairs: must have as many second texts as first ones, got "
              + first.size()
              + " and "
              + second.size());
    }
    List<Draft> drafts = new ArrayList<>(first.size());
    for (int i = 0; i < first.size(); i++) {
      drafts.add(draft(first.get(i), second.get(i), options));
    }
    return padded(drafts, options);
  }

  /**
   * Padding to the longest of a batch, as tokenizer.json says or else with the padding token of the
   * folder, on the right.
   *
   * @throws IllegalStateException if neither is there
   */
  public Padding padding() {
    if (definition.padding() != null) {
      return definition.padding();
    }
    String token = tokenNames.get("pad_token");
    int id = padId().orElse(-1);
    if (token == null || id < 0) {
      throw new IllegalStateException(
          "padding: the tokenizer must have a pad_token, got none; give a Padding with another id");
    }
    return Padding.toLongest(id, token);
  }

  private Draft draft(CharSequence first, @Nullable CharSequence second, EncodeOptions options) {
    PostProcessor postProcessor = definition.postProcessor();
    boolean addSpecialTokens = options.addSpecialTokens();
    Draft a = alignedEncoder.encode(first, 0, options.truncation());
    Draft b = second == null ? null : alignedEncoder.encode(second, 1, options.truncation());
    if (options.truncation() != null) {
      int added =
          addSpecialTokens && postProcessor != null ? postProcessor.addedTokens(second != null) : 0;
      Lengths.truncate(a, b, options.truncation(), added);
    }
    List<Draft> drafts = b == null ? List.of(a) : List.of(a, b);
    return PostProcessor.join(
        postProcessor == null ? drafts : postProcessor.process(drafts, addSpecialTokens));
  }

  private static List<Encoding> padded(List<Draft> drafts, EncodeOptions options) {
    if (options.padding() != null) {
      Lengths.pad(drafts, options.padding());
    }
    return drafts.stream().map(Encoding::new).toList();
  }

  /** The text of ids, special tokens included. */
  public String decode(int... ids) {
    return decode(ids, false);
  }

  /**
   * The text of ids. Ids that stand for nothing are left out.
   *
   * @param skipSpecial whether special tokens are left out
   */
  public String decode(int[] ids, boolean skipSpecial) {
    return table.decode(ids, 0, ids.length, skipSpecial);
  }

  /** A decoder for ids that come one by one. */
  public IncrementalDecoder incrementalDecoder(boolean skipSpecial) {
    return new IncrementalDecoder(table, skipSpecial);
  }

  /**
   * Number of ids a model needs: one more than the largest id of the vocabulary and the added
   * tokens. The same as the number of tokens where the ids have no gaps.
   */
  public int vocabSize() {
    return table.idLimit();
  }

  /** The id of a token as the vocabulary spells it, if there is one. */
  public OptionalInt tokenToId(String token) {
    AddedToken added = addedByContent.get(token);
    int id = added != null ? added.id() : definition.model().idOf(token);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The token of an id as the vocabulary spells it, if there is one. */
  public Optional<String> idToToken(int id) {
    return Optional.ofNullable(table.contentOf(id));
  }

  /** Tokens that are found in a text before anything else. */
  public List<AddedToken> addedTokens() {
    return definition.addedTokens();
  }

  /** Whether decoding leaves this id out when it skips special tokens. */
  public boolean isSpecial(int id) {
    return table.isSpecial(id);
  }

  /** Names of special tokens, like {@code bos_token}, and the tokens, as the folder gives them. */
  public Map<String, String> tokenNames() {
    return tokenNames;
  }

  /** The id of a named special token, like {@code eos_token}. */
  public OptionalInt namedTokenId(String name) {
    String token = tokenNames.get(name);
    return token == null ? OptionalInt.empty() : tokenToId(token);
  }

  /** The begin-of-text token, where the folder names one. */
  public OptionalInt bosId() {
    return namedTokenId("bos_token");
  }

  /** The end-of-text token, where the folder names one. */
  public OptionalInt eosId() {
    return namedTokenId("eos_token");
  }

  /** The padding token, where the folder names one. */
  public OptionalInt padId() {
    return namedTokenId("pad_token");
  }
}
