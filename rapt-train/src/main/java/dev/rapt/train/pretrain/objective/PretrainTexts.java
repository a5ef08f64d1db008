package dev.rapt.train.pretrain.objective;

import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.data.DocumentSplit;
import dev.rapt.train.data.ShardOptions;
import dev.rapt.train.data.TextFingerprint;
import dev.rapt.train.data.TokenDataset;
import dev.rapt.train.data.TokenShards;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ParallelText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The texts of a pretraining.
 *
 * @param train files of training text
 * @param heldOut files of held-out text; empty to hold out a share of the training text
 * @param heldOutShare that share
 * @param documents the end of a document: {@code file}, {@code line}, {@code blank-lines}, or a
 *     separator
 * @param fingerprints of all files, once they have been read
 */
public record PretrainTexts(
    List<String> train,
    List<String> heldOut,
    double heldOutShare,
    String documents,
    List<TextFingerprint> fingerprints) {
  private static final String TRAIN = "data";
  private static final String HELD_OUT = "data-held-out";

  /** Copies the lists. */
  public PretrainTexts {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
    fingerprints = List.copyOf(fingerprints);
  }

  /**
   * The encoded texts, memory-mapped.
   *
   * @param train the training text
   * @param heldOut the held-out text
   * @param sources fingerprints of all files
   * @param owned what is closed with this
   */
  public record Encoded(
      TokenDataset train,
      TokenDataset heldOut,
      List<TextFingerprint> sources,
      List<TokenDataset> owned)
      implements AutoCloseable {
    @Override
    public void close() {
      owned.forEach(TokenDataset::close);
    }
  }

  /**
   * Encodes the texts into shards in the folder of the run, or opens those that are there.
   *
   * @throws IOException if a file cannot be read
   */
  public Encoded encode(Path folder, TokenizerEncoder encoder, TokenShards.Progress progress)
      throws IOException {
    TokenShards shards = build(train, folder.resolve(TRAIN), encoder, progress);
    TokenDataset all = shards.dataset();
    try {
      if (heldOut.isEmpty()) {
        TokenDataset.Split split = all.split(heldOutShare);
        return new Encoded(split.train(), split.validation(), shards.sources(), List.of(all));
      }
      TokenShards further = build(heldOut, folder.resolve(HELD_OUT), encoder, progress);
      TokenDataset others = further.dataset();
      List<TextFingerprint> sources = new ArrayList<>(shards.sources());
      sources.addAll(further.sources());
      return new Encoded(all, others, sources, List.of(all, others));
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private TokenShards build(
      List<String> files, Path folder, TokenizerEncoder encoder, TokenShards.Progress progress)
      throws IOException {
    return TokenShards.build(
        files.stream().map(Path::of).toList(),
        encoder,
        folder,
        ShardOptions.defaults().withDocuments(split()),
        progress);
  }

  private DocumentSplit split() {
    return switch (documents) {
      case "file" -> DocumentSplit.perFile();
      case "line" -> DocumentSplit.at("\n");
      case "blank-lines" -> DocumentSplit.blankLines();
      default -> DocumentSplit.at(documents);
    };
  }

  /**
   * Reads the texts as pairs of files with translations of each other.
   *
   * @param option name of the texts in messages
   * @throws IllegalArgumentException if there are not two of them
   */
  private static List<Example> pairs(String option, List<String> files) throws IOException {
    if (files.size() != 2) {
      throw new IllegalArgumentException(
          "%s: must be two files, the sources and the targets, got %d"
              .formatted(option, files.size()));
    }
    return ParallelText.read(Path.of(files.get(0)), Path.of(files.get(1)));
  }

  /** Returns the pairs of the training files. */
  public List<Example> trainPairs() throws IOException {
    return pairs("text", train);
  }

  /** Returns the pairs of the held-out files; empty if there are none. */
  public List<Example> heldOutPairs() throws IOException {
    return heldOut.isEmpty() ? List.of() : pairs("val text", heldOut);
  }

  /** Returns a copy with the fingerprints of the files as they are now. */
  public PretrainTexts read() throws IOException {
    List<TextFingerprint> prints = new ArrayList<>();
    for (List<String> files : List.of(train, heldOut)) {
      for (String file : files) {
        prints.add(TextFingerprint.of(Path.of(file)));
      }
    }
    return with(prints);
  }

  /** Returns a copy with these fingerprints of the files. */
  public PretrainTexts with(List<TextFingerprint> prints) {
    return new PretrainTexts(train, heldOut, heldOutShare, documents, prints);
  }

  /**
   * Checks that the files have the content with which the run began.
   *
   * @throws IllegalArgumentException if one has another
   */
  public void requireSame() throws IOException {
    List<TextFingerprint> now = read().fingerprints();
    for (int i = 0; i < now.size(); i++) {
      now.get(i).requireContentOf(fingerprints.get(i));
    }
  }
}
