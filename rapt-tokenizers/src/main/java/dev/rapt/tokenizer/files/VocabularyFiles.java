package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.TekkenReader;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the vocabulary files of a folder and creates a tokenizer from them. */
public final class VocabularyFiles {
  private static final String TEKKEN = "tekken.json";

  private static final List<String> PIECES_NAMES =
      List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model");

  private VocabularyFiles() {}

  /**
   * Returns the settings of a folder with the special tokens that its tokenizer class has by
   * default, for folders without a tokenizer.json.
   */
  public static TokenizerConfig settings(Path folder) {
    TokenizerConfig config = TokenizerConfig.read(folder);
    String tokenizerClass = config.tokenizerClass();
    if (config.hasFile(TEKKEN)) {
      return config.withDefaults(TekkenReader.NAMES);
    }
    return config.withDefaults(
        tokenizerClass.isEmpty() && config.hasFile("vocab.txt")
            ? ClassTokens.of("BertTokenizer")
            : ClassTokens.of(tokenizerClass));
  }

  /**
   * Returns the tokenizer of a folder by the conventions of its tokenizer class; empty if the
   * folder has no vocabulary.
   *
   * @param config the {@link #settings} of the folder
   * @throws TokenizerFileException if a file is broken, or its tokenizer class is not known
   */
  public static Optional<TokenizerDefinition> find(Path folder, TokenizerConfig config) {
    Path tekken = folder.resolve(TEKKEN);
    if (Files.exists(tekken)) {
      return Optional.of(TekkenReader.read(tekken));
    }
    Path merges = folder.resolve("merges.txt");
    Path vocabJson = folder.resolve("vocab.json");
    if (Files.exists(vocabJson) && Files.exists(merges)) {
      return Optional.of(MergeFiles.read(vocabJson, merges, config));
    }
    if (Files.exists(vocabJson)) {
      Path source = folder.resolve(TranslationFiles.SOURCE_MODEL);
      if (Files.exists(source)) {
        return Optional.of(TranslationFiles.marian(source, vocabJson, config));
      }
      Path pieces = folder.resolve("sentencepiece.bpe.model");
      if (Files.exists(pieces)) {
        return Optional.of(TranslationFiles.m2m100(pieces, vocabJson, config));
      }
    }
    for (String name : PIECES_NAMES) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        return Optional.of(ranksOrPieces(file, config));
      }
    }
    Path vocabText = folder.resolve("vocab.txt");
    if (Files.exists(vocabText)) {
      return Optional.of(WordPieceFiles.read(vocabText, config));
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children
          .filter(file -> file.toString().matches(".*\\.(tiktoken|model)"))
          .sorted()
          .findFirst()
          .map(file -> ranksOrPieces(file, config));
    } catch (IOException e) {
      throw new TokenizerFileException(folder.toString(), "", "must be readable, got " + e, e);
    }
  }

  private static TokenizerDefinition ranksOrPieces(Path file, TokenizerConfig config) {
    boolean isRanks = file.toString().endsWith(".tiktoken") || RankFiles.isRankFile(file);
    return isRanks ? RankFiles.read(file, config) : SentencePieceFiles.read(file, config);
  }

  /** Returns the tokenizer of the target language if it differs from that of the source. */
  public static Optional<TokenizerDefinition> findTarget(Path folder, TokenizerConfig config) {
    if (!config.flag("separate_vocabs", false)) {
      return Optional.empty();
    }
    Path model = folder.resolve(TranslationFiles.TARGET_MODEL);
    return Optional.of(TranslationFiles.marian(model, folder.resolve("target_vocab.json"), config));
  }

  /**
   * Returns the tokenizer of a single file: a SentencePiece model works as in the SentencePiece
   * library, a rank file as in tiktoken, a tekken.json as in mistral-common, a vocab.txt as in
   * BERT. Empty for other names.
   */
  public static Optional<TokenizerDefinition> ofFile(Path file, TokenizerConfig config) {
    String name = file.getFileName().toString();
    if (name.contains("tekken") && name.endsWith(".json")) {
      return Optional.of(TekkenReader.read(file));
    }
    if (name.endsWith(".tiktoken") || (name.endsWith(".model") && RankFiles.isRankFile(file))) {
      return Optional.of(RankFiles.read(file, config));
    }
    if (isPieces(file)) {
      return Optional.of(PieceLibrary.definition(SentencePieceModel.read(file)));
    }
    return name.endsWith(".txt")
        ? Optional.of(WordPieceFiles.read(file, config))
        : Optional.empty();
  }

  /** Returns whether a path is that of a single SentencePiece file. */
  static boolean isPieces(Path file) {
    return file.toString().endsWith(".model")
        && Files.isRegularFile(file)
        && !RankFiles.isRankFile(file);
  }

  /**
   * Returns the tokenizer of a rank file for a model.
   *
   * @param model name of the model, like {@code llama3}
   * @throws IllegalArgumentException if no model has this name
   */
  public static TokenizerDefinition ofRanks(Path file, TokenizerConfig config, String model) {
    return RankFiles.read(file, config, model);
  }
}
