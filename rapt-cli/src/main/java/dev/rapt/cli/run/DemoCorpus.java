package dev.rapt.cli.run;

import dev.rapt.cli.files.OutputFolder;
import dev.rapt.cli.output.CommandException;
import dev.rapt.grammar.StoryGrammar;
import dev.rapt.grammar.StoryStream;
import dev.rapt.train.RunLock;
import dev.rapt.train.data.TokenDataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The corpus of the demo, in three files.
 *
 * @param talesFile short tales that training begins with, separated by empty lines
 * @param trainFile training stories, separated by empty lines
 * @param heldOutFile held-out stories, separated by empty lines
 * @param trainBytes size of the training stories
 * @param heldOut the held-out stories
 */
public record DemoCorpus(
    Path talesFile, Path trainFile, Path heldOutFile, long trainBytes, List<String> heldOut) {
  /** Marks a folder that the demo made and may replace. */
  private static final String MARKER = "demo.txt";

  private static final long MAX_BYTES = 8_000_000;
  private static final long MIN_BYTES = 200_000;
  private static final long BYTES_PER_SECOND = 100_000;

  /** Bytes of stories for each byte of tales. */
  private static final long TALES_SHARE = 8;

  private static final int HELD_OUT_STORIES = 300;
  private static final int MIN_HELD_OUT = 40;

  /** Changes the seed for the held-out stories. */
  private static final long HELD_OUT = 0x5bd1e995L;

  /**
   * Writes the corpus into the folder, which must be locked; replaces that of an earlier demo.
   *
   * @param seconds training time, which determines the size of the corpus
   */
  public static DemoCorpus write(Path folder, StoryGrammar grammar, long seed, double seconds)
      throws IOException {
    for (Path old : content(folder)) {
      Files.delete(old);
    }
    Files.writeString(
        folder.resolve(MARKER), "Made by rapt demo; the next demo replaces this folder.\n");
    Path train = folder.resolve("stories.txt");
    long bytes = Math.clamp((long) (seconds * BYTES_PER_SECOND), MIN_BYTES, MAX_BYTES);
    grammar.write(train, seed, bytes);
    Path tales = folder.resolve("tales.txt");
    StoryGrammar.tales().write(tales, seed, bytes / TALES_SHARE);
    int count = Math.clamp((int) (4 * seconds), MIN_HELD_OUT, HELD_OUT_STORIES);
    List<String> heldOut = new ArrayList<>();
    StoryStream stories = grammar.stories(seed ^ HELD_OUT);
    while (heldOut.size() < count) {
      heldOut.add(stories.next());
    }
    Path other = folder.resolve("stories-held-out.txt");
    Files.writeString(other, String.join("\n\n", heldOut) + "\n\n");
    return new DemoCorpus(
        tales.toAbsolutePath(),
        train.toAbsolutePath(),
        other.toAbsolutePath(),
        Files.size(train),
        heldOut);
  }

  /** All tokens of a dataset. */
  public static int[] tokens(TokenDataset dataset) {
    int[] tokens = new int[Math.toIntExact(dataset.size())];
    dataset.copy(0, tokens, 0, tokens.length);
    return tokens;
  }

  /**
   * Locks the folder of a demo, which is created if necessary.
   *
   * @throws CommandException if the folder holds other files
   */
  public static RunLock claim(Path folder) throws IOException {
    OutputFolder.check(folder);
    if (!content(folder).isEmpty() && !Files.exists(folder.resolve(MARKER))) {
      throw new CommandException(
          folder
              + ": must be new or made by rapt demo, got a folder with other files; pass another --out");
    }
    return RunLock.acquire(folder);
  }

  private static List<Path> content(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(path -> !path.equals(folder) && !RunLock.isLockFile(path))
          .sorted(Comparator.reverseOrder())
          .toList();
    }
  }
}
