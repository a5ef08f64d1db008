package dev.rapt.tokenizer.files;

import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the vocabulary files of a folder and creates a tokenizer from them. */
public final class VocabularyFiles {
  private static final List<String> SENTENCEPIECE_NAMES =
      List.of("tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "sentencepiece.model");

  private VocabularyFiles() {}

  /**
   * Returns the tokenizer of a folder by the conventions of the class that tokenizer_config.json
   * names; empty if the folder has no vocabulary.
   *
   * @throws TokenizerFileException if a file is broken, or its tokenizer class is not known
   */
  public static Optional<TokenizerDefinition> find(Path folder, TokenizerConfig config) {
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
    for (String name : SENTENCEPIECE_NAMES) {
      Path file = folder.resolve(name);
      if (Files.exists(file)) {
        return Optional.of(
            isRankFile(file)
                ? RankFiles.read(file, config)
                : SentencePieceFiles.read(file, config));
      }
    }
    Path vocabText = folder.resolve("vocab.txt");
    if (Files.exists(vocabText)) {
      return Optional.of(WordPieceFiles.read(vocabText, config));
    }
    try (Stream<Path> children = Files.list(folder)) {
      List<Path> files = children.sorted().toList();
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(".tiktoken")) {
          return Optional.of(RankFiles.read(file, config));
        }
        if (name.endsWith(".model")) {
          return Optional.of(SentencePieceFiles.read(file, config));
        }
      }
    } catch (IOException e) {
      throw new TokenizerFileException(folder.toString(), "", "must be readable, got " + e, e);
    }
    return Optional.empty();
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
   * library, a rank file as in tiktoken, a vocab.txt as in BERT. Empty for other names.
   */
  public static Optional<TokenizerDefinition> ofFile(Path file, TokenizerConfig config) {
    String name = file.getFileName().toString();
    if (name.endsWith(".tiktoken") || (name.endsWith(".model") && isRankFile(file))) {
      return Optional.of(RankFiles.read(file, config));
    }
    if (name.endsWith(".model")) {
      return Optional.of(PieceLibrary.definition(SentencePieceModel.read(file)));
    }
    return name.endsWith(".txt")
        ? Optional.of(WordPieceFiles.read(file, config))
        : Optional.empty();
  }

  /** Llama 3 stores ranks in a file that is named like a SentencePiece model. */
  private static boolean isRankFile(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] begin = in.readNBytes(64);
      int line = 0;
      while (line < begin.length && begin[line] >= ' ' && begin[line] <= '~') {
        line++;
      }
      return line > 0 && line < begin.length && begin[line] == '\n';
    } catch (IOException e) {
      throw new TokenizerFileException(file.toString(), "", "must be readable, got " + e, e);
    }
  }
}
