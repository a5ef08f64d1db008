package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.text.ByteOrderMark;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Reads models from vocab.json and merges.txt. */
public final class ModelFiles {
  private ModelFiles() {}

  /**
   * Reads a vocab.json: tokens and their ids.
   *
   * @throws TokenizerFileException if the file cannot be read or is broken
   */
  public static Vocabulary vocabulary(Path file) {
    return ModelReader.vocabulary(TokenizerReader.root(file));
  }

  /**
   * Reads a BPE model from vocab.json and merges.txt, which has two tokens on each line.
   *
   * @throws TokenizerFileException if a file cannot be read or is broken
   */
  public static BpeModel bpe(Path vocabFile, Path mergesFile, BpeModel.Options options) {
    Vocabulary vocabulary = vocabulary(vocabFile);
    List<String> lines;
    try {
      lines = ByteOrderMark.skipInLines(mergesFile);
    } catch (IOException e) {
      throw new TokenizerFileException(
          mergesFile.toString(), "", "must be readable UTF-8 text, got " + e, e);
    }
    IdBuffer left = new IdBuffer(lines.size());
    IdBuffer right = new IdBuffer(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || (i == 0 && line.startsWith("#version"))) {
        continue;
      }
      String[] parts = line.strip().split(" ", -1);
      int a = vocabulary.idOf(parts[0]);
      int b = parts.length == 2 ? vocabulary.idOf(parts[1]) : -1;
      if (a < 0 || b < 0) {
        throw new TokenizerFileException(
            mergesFile.toString(),
            "line " + (i + 1),
            "must be two tokens of " + vocabFile.getFileName() + ", got " + line,
            null);
      }
      left.add(a);
      right.add(b);
    }
    try {
      return new BpeModel(vocabulary, left.toArray(), right.toArray(), options);
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(
          mergesFile.toString(), "", String.valueOf(e.getMessage()), e);
    }
  }
}
