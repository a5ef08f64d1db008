package dev.rapt.cli.run;

import dev.rapt.cli.output.CommandException;
import dev.rapt.cli.output.ProgressLine;
import dev.rapt.train.TokenizerEncoder;
import dev.rapt.train.data.TextFingerprint;
import dev.rapt.train.data.TokenShards;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The texts of a run that is resumed: they must have the content with which it began. */
public final class ResumedTexts {
  private final RunFile run;
  private final Path folder;
  private final ProgressLine progress;

  /** The texts of the run in this folder. */
  public ResumedTexts(RunFile run, Path folder, ProgressLine progress) {
    this.run = run;
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Opens the encoded texts of the run. Texts that no longer exist are not needed while their
   * tokens are complete.
   *
   * @param texts new paths of the training texts; null if they have not moved
   * @param heldOutTexts new paths of the held-out texts; null if they have not moved
   * @throws CommandException if a text has another content, or is missing and needed
   * @throws IllegalArgumentException if the paths are more or fewer than the texts
   */
  public RunText open(
      @Nullable List<Path> texts, @Nullable List<Path> heldOutTexts, TokenizerEncoder encoder)
      throws IOException {
    if (!encoder.fingerprint().equals(run.tokenizer())) {
      throw new CommandException(
          "%s: must be the tokenizer with which the run began, got another; copy the one of a checkpoint, or begin a new run"
              .formatted(folder.resolve("tokenizer.json")));
    }
    RunText.Encoding encoding = new RunText.Encoding(run.data(), folder, encoder, progress);
    List<Path> train = checked("--text", run.texts(), texts);
    List<Path> heldOut = checked("--val-text", run.heldOutTexts(), heldOutTexts);
    return RunText.of(
        encoding,
        shards(encoding, RunText.TRAIN, run.shards(), train),
        run.heldOutShards() == null
            ? null
            : shards(encoding, RunText.HELD_OUT, run.heldOutShards(), heldOut));
  }

  /** The paths of the texts; each that exists has the recorded content. */
  private List<Path> checked(
      String option, List<TextFingerprint> recorded, @Nullable List<Path> named)
      throws IOException {
    if (named != null && named.size() != recorded.size()) {
      throw new IllegalArgumentException(
          "%s: must name the %d files with which the run began, in their order, got %d"
              .formatted(option, recorded.size(), named.size()));
    }
    List<Path> paths = new ArrayList<>();
    for (int i = 0; i < recorded.size(); i++) {
      TextFingerprint before = recorded.get(i);
      Path path = named == null ? Path.of(before.path()) : named.get(i);
      paths.add(path);
      if (named != null && !Files.isRegularFile(path)) {
        throw new CommandException(path + ": must be a text file, got nothing; check the path");
      }
      if (Files.exists(path)) {
        progress.update((double) i / recorded.size(), "comparing " + path);
        TextFingerprint now = TextFingerprint.of(path);
        if (!now.hasContentOf(before)) {
          throw new CommandException(
              "%s: must be the text with which the run began (%d bytes, SHA-256 %.12s...), got another (%d bytes, SHA-256 %.12s...); restore it, or begin a new run"
                  .formatted(path, before.bytes(), before.sha256(), now.bytes(), now.sha256()));
        }
      }
    }
    progress.clear();
    return paths;
  }

  private TokenShards shards(
      RunText.Encoding encoding, String name, String fingerprint, List<Path> texts)
      throws IOException {
    TokenShards encoded = TokenShards.find(folder.resolve(name), fingerprint).orElse(null);
    for (Path text : texts) {
      if (!Files.exists(text)) {
        if (encoded == null) {
          throw new CommandException(
              "%s: must exist, since its tokens in %s are incomplete, got nothing; name the moved file with --text or --val-text"
                  .formatted(text, folder.resolve(name)));
        }
        progress.say(
            "%s: no longer there; going on with its tokens in %s"
                .formatted(text, folder.resolve(name)));
      }
    }
    return encoded == null ? encoding.build(texts, name) : encoded;
  }
}
