package dev.rapt.train.pretrain;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.train.TrainingProgress;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.pretrain.objective.PretrainSetup;
import dev.rapt.train.pretrain.objective.PretrainSpec;
import dev.rapt.train.pretrain.objective.PretrainTexts;
import dev.rapt.train.pretrain.objective.SpecialTokens;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A text with a simple rule, and a tokenizer for it, small enough to pretrain on in a test. */
public record TinyText(Tokenizer tokenizer, TokenDataset tokens) {
  private static final int VOCABULARY = 290;
  private static final int DOCUMENTS = 150;
  private static final String[] ANIMALS = {"cat", "dog", "owl", "fox"};
  private static final String[] SOUNDS = {"purrs", "barks", "hoots", "yaps"};

  public static TinyText of(SpecialTokens special, Path folder) {
    SplittableRandom random = new SplittableRandom(4);
    List<String> documents = new ArrayList<>();
    for (int d = 0; d < DOCUMENTS; d++) {
      StringBuilder text = new StringBuilder();
      for (int s = 0; s < 2 + d % 3; s++) {
        int animal = random.nextInt(ANIMALS.length);
        text.append(" the ").append(ANIMALS[animal]).append(' ').append(SOUNDS[animal]).append('.');
      }
      documents.add(text.toString());
    }
    try {
      Path file = Files.writeString(folder.resolve("text.txt"), String.join("\n", documents));
      Tokenizer tokenizer = special.train(List.of(file), VOCABULARY, TrainingProgress.none());
      int end = special.endId(tokenizer);
      List<Integer> ids = new ArrayList<>();
      for (String document : documents) {
        IdBuffer encoded = new IdBuffer(16);
        tokenizer.encode(document, encoded);
        for (int id : encoded.toArray()) {
          ids.add(id);
        }
        ids.add(end);
      }
      int[] tokens = ids.stream().mapToInt(Integer::intValue).toArray();
      return new TinyText(tokenizer, TokenDataset.of(tokens, tokenizer.vocabSize(), end));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a setup of two layers with dropout, in batches of 8. */
  public PretrainSetup setup(
      String objective,
      String preset,
      boolean separatesDocuments,
      @Nullable Path checkpoint,
      Map<String, String> settings) {
    PretrainSpec spec =
        new PretrainSpec(
            objective,
            preset,
            new PretrainSpec.Size(2, 32, 4, 64, 0.1),
            8,
            24,
            separatesDocuments,
            3,
            settings);
    long size = tokens.size();
    TokenDataset heldOut = tokens.part(size * 9 / 10, size);
    return new PretrainSetup(
        spec,
        tokenizer,
        new PretrainTexts(List.of(), List.of(), 0, "file", List.of()),
        new PretrainTexts.Encoded(tokens.part(0, size * 9 / 10), heldOut, List.of(), List.of()),
        checkpoint);
  }
}
