package dev.rapt.train;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.nn.Parameter;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.optim.Ema;
import dev.rapt.train.optim.Optimizer;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The folder of a run. It is itself a Hugging Face folder that holds the newest checkpoint:
 *
 * <pre>
 * .rapt.lock                                          locked while a training runs
 * config.json generation_config.json tokenizer.json   shared by all checkpoints
 * model.safetensors                                   the newest weights, or the best ones
 * metrics.jsonl                                       a line for each step
 * checkpoints/step-00000500/                          a Hugging Face folder as well, with
 *   training/state.json                               step, options, counters
 *   training/optimizer.safetensors                    state of the optimiser
 *   training/model.safetensors                        the trained weights, where those above are
 *                                                     their moving average
 * </pre>
 *
 * <p>Adapters have adapter_config.json and adapter_model.safetensors in place of the model's files.
 * A checkpoint is written under a temporary name, synced to the disk and renamed as a whole; the
 * weights at the top are a hard link to its file. A crash at any moment therefore leaves the last
 * checkpoint intact.
 */
public final class RunFolder {
  private static final String STATE_FILE = "state.json";
  private static final String OPTIMIZER_FILE = "optimizer.safetensors";
  private static final String TRAINING = "training";
  private static final String PREFIX = "step-";
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Path root;
  private final AtomicFiles.FolderWriter sharedFiles;

  /**
   * The folder of a run, which need not exist yet.
   *
   * @param root the folder
   * @param sharedFiles writes tokenizer.json and what else belongs to the folder of the run and to
   *     each checkpoint, apart from the files of the model
   */
  public RunFolder(Path root, AtomicFiles.FolderWriter sharedFiles) {
    this.root = root;
    this.sharedFiles = sharedFiles;
  }

  /** The folder. */
  public Path root() {
    return root;
  }

  /** The metrics of the run, as JSON Lines. */
  public Path metricsFile() {
    return root.resolve("metrics.jsonl");
  }

  /** The newest complete checkpoint in the folder of a run, if there is one. */
  public static Optional<Path> newest(Path root) {
    return checkpoints(root).stream().reduce((_, last) -> last);
  }

  /**
   * Returns the newest complete checkpoint, from which a run is resumed.
   *
   * @throws CheckpointException if the folder holds none
   */
  public static Path requireNewest(Path root) {
    return newest(root)
        .orElseThrow(() ->
            new CheckpointException(
                root, "must hold a checkpoint to resume from, got none; begin a new run"));
  }

  /**
   * Locks the folder of a new run. It must not exist, hold nothing of a model, or only what is left
   * of a run without a checkpoint.
   *
   * @throws IllegalArgumentException if the folder holds a run or another model
   * @throws TrainingException if another training uses the folder
   * @throws CheckpointException if the folder cannot be written
   */
  public static RunLock claim(Path root) {
    if (!RunLock.marks(root)) {
      requireFree(root); // before the lock leaves its file in the folder of another model
    }
    RunLock lock = RunLock.acquire(root);
    try {
      requireFree(root);
      return lock;
    } catch (RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static void requireFree(Path root) {
    if (newest(root).isPresent()) {
      throw new IllegalArgumentException(
          root
              + ": must not hold a run already, got one; continue it with --resume, or name another"
              + " folder");
    }
    boolean isOwn = RunLock.marks(root);
    FilesInTheWay.firstIn(root, isOwn)
        .ifPresent(name -> {
          throw new IllegalArgumentException(
              root
                  + ": must not hold a model already, got one with "
                  + name
                  + "; name another folder");
        });
  }

  private static Path checkpointFolder(Path root) {
    return root.resolve("checkpoints");
  }

  /** Complete checkpoints, oldest first. */
  private static List<Path> checkpoints(Path root) {
    Path folder = checkpointFolder(root);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> entry.getFileName().toString().startsWith(PREFIX))
          .filter(entry -> Files.exists(entry.resolve(TRAINING).resolve(STATE_FILE)))
          .sorted(Comparator.comparing(entry -> entry.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new CheckpointException(folder, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  /** The counters and options of a checkpoint. */
  public static TrainState state(Path checkpoint) {
    Path file = checkpoint.resolve(TRAINING).resolve(STATE_FILE);
    try {
      return MAPPER.treeToValue(JsonFiles.read(file), TrainState.class);
    } catch (JacksonException e) {
      throw new CheckpointException(
          file, null, "must hold the state of a run, but " + e.getOriginalMessage(), e);
    }
  }

  /**
   * Restores what the folder of a checkpoint, as any user loads it, does not hold: the state of the
   * optimiser and, where there is a moving average, the average and the trained weights.
   */
  static TrainState restore(
      Path checkpoint, TrainedModel model, Optimizer optimizer, @Nullable Ema ema) {
    TrainState state = state(checkpoint);
    optimizer
        .state()
        .load(checkpoint.resolve(TRAINING).resolve(OPTIMIZER_FILE), model.stateNames());
    optimizer.state().setSteps(state.step());
    if (ema != null) {
      for (WeightFile file : model.weightFiles()) {
        ema.load(checkpoint.resolve(file.path()), file.parameters(), file.names());
        file.read(checkpoint.resolve(TRAINING));
      }
    }
    return state;
  }

  /** Writes the files that all checkpoints share. */
  void begin(TrainedModel model) {
    removeInterrupted();
    writeShared(root, model);
  }

  /** Removes the remains of a checkpoint whose writing was interrupted. */
  private void removeInterrupted() {
    Path folder = checkpointFolder(root);
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        String name = entry.getFileName().toString(); // .step-00000500.incoming
        if (name.startsWith("." + PREFIX) && name.lastIndexOf('.') > 0) {
          AtomicFiles.recoverFolder(folder.resolve(name.substring(1, name.lastIndexOf('.'))));
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(folder, null, "cannot be read: " + e.getMessage(), e);
    }
  }

  private void writeShared(Path folder, TrainedModel model) {
    try {
      Files.createDirectories(folder);
      sharedFiles.writeTo(folder);
      model.description().writeTo(folder);
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    }
  }

  /**
   * Writes a checkpoint, then removes the oldest ones beyond the number to keep. The folder of the
   * run gets its weights or, if the options keep the best one, those of the best.
   *
   * @return its folder
   */
  Path save(TrainState state, TrainedModel model, Optimizer optimizer, @Nullable Ema ema) {
    Path checkpoint = checkpoint(state.step());
    AtomicFiles.replaceFolder(
        checkpoint,
        folder -> {
          Path training = folder.resolve(TRAINING);
          Files.createDirectories(training);
          writeShared(folder, model);
          for (WeightFile file : model.weightFiles()) {
            if (ema != null) {
              file.write(training, Parameter::value);
            }
            file.write(folder, ema == null ? Parameter::value : ema::of);
          }
          optimizer.state().save(training.resolve(OPTIMIZER_FILE), model.stateNames());
          JsonFiles.write(training.resolve(STATE_FILE), state);
        });
    Path best = best(state);
    for (WeightFile file : model.weightFiles()) {
      publish((best == null ? checkpoint : best).resolve(file.path()), root.resolve(file.path()));
    }
    removeOld(state.options().keepCheckpoints(), best);
    return checkpoint;
  }

  private Path checkpoint(long step) {
    return checkpointFolder(root).resolve(PREFIX + "%08d".formatted(step));
  }

  /** Returns the checkpoint of the best evaluation, if it is kept. */
  private @Nullable Path best(TrainState state) {
    Measurement.Best best = state.options().keepBest() ? state.best() : null;
    Path folder = best == null ? null : checkpoint(best.step());
    return folder != null && Files.isDirectory(folder) ? folder : null;
  }

  /** Links the weights of a checkpoint into the top folder; copies them where links fail. */
  private static void publish(Path weights, Path target) {
    Path incoming = target.resolveSibling("." + target.getFileName() + ".incoming");
    try {
      Files.createDirectories(target.getParent());
      Files.deleteIfExists(incoming);
      try {
        Files.createLink(incoming, weights);
      } catch (IOException | UnsupportedOperationException e) {
        Files.copy(weights, incoming);
      }
      try {
        Files.move(incoming, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException e) {
        throw new IOException("this file system cannot rename in one step", e);
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(target, e);
    }
  }

  private void removeOld(int keep, @Nullable Path best) {
    List<Path> all = new ArrayList<>(checkpoints(root));
    List<Path> surplus = new ArrayList<>(all.subList(0, Math.max(0, all.size() - keep)));
    surplus.remove(best);
    for (Path old : surplus) {
      try {
        // Without its state file it no longer counts as a checkpoint, even after a crash here.
        Files.deleteIfExists(old.resolve(TRAINING).resolve(STATE_FILE));
        try (Stream<Path> files = Files.walk(old)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      } catch (IOException e) {
        throw new CheckpointException(old, null, "cannot be deleted: " + e.getMessage(), e);
      }
    }
  }
}
