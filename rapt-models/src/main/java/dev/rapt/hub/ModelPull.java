package dev.rapt.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings a model from the hub into the cache, several files at once.
 *
 * <pre>{@code
 * ModelPull pull = new ModelPull(HubSettings.ofProcess());
 * Pulled pulled = pull.run(new RepoId("Qwen/Qwen3-0.6B"), "main", FileChoice.usual(), progress);
 * CausalLm model = CausalLm.load(pulled.folder());
 * }</pre>
 */
public final class ModelPull {
  /** Files that are downloaded at the same time. */
  public static final int USUAL_PARALLEL = 4;

  private final HubSettings settings;
  private final HubCache cache;
  private final Backoff backoff;
  private final int parallel;

  /** Downloads as the settings say. */
  public ModelPull(HubSettings settings) {
    this(settings, USUAL_PARALLEL);
  }

  /**
   * Downloads as the settings say.
   *
   * @param parallel files at the same time
   */
  public ModelPull(HubSettings settings, int parallel) {
    this(settings, parallel, Backoff.USUAL);
  }

  ModelPull(HubSettings settings, int parallel, Backoff backoff) {
    if (parallel < 1) {
      throw new IllegalArgumentException("jobs: must be at least 1, got " + parallel);
    }
    this.settings = settings;
    this.cache = new HubCache(settings.cache());
    this.backoff = backoff;
    this.parallel = parallel;
  }

  /** Is told how far the download is; by several threads at once. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Some bytes arrived, or had to be thrown away.
     *
     * @param doneBytes those that are here, earlier ones included
     * @param totalBytes those of all wanted files
     */
    void update(long doneBytes, long totalBytes);
  }

  /**
   * A model in the cache.
   *
   * @param folder the folder to load
   * @param commit what the revision meant
   * @param files those that were wanted
   * @param totalBytes their size
   */
  public record Pulled(Path folder, String commit, List<RemoteFile> files, long totalBytes) {}

  /**
   * Downloads what is wanted and not there yet.
   *
   * @param revision a branch, a tag or a commit
   * @throws HubException if the settings forbid it, the hub refuses, the network or the disk fails,
   *     or the model has no weights in a format that can be read
   */
  public Pulled run(RepoId repo, String revision, FileChoice choice, Progress progress) {
    if (settings.offline()) {
      throw new HubException(
          "%s: cannot be downloaded offline; leave out --offline and HF_HUB_OFFLINE"
              .formatted(repo));
    }
    try (HubClient client = new HubClient(settings, backoff)) {
      HubClient.Listing listing = client.list(repo, revision);
      List<RemoteFile> wanted =
          listing.files().stream().filter(file -> choice.wants(file.path())).toList();
      requireUsable(repo, choice, wanted, listing.files());
      cache.prepare(repo);
      cache.writeRef(repo, revision, listing.commit());
      long totalBytes = wanted.stream().mapToLong(RemoteFile::size).sum();
      requireSpace(repo, wanted);
      downloadAll(client, repo, listing.commit(), wanted, totalBytes, progress);
      return new Pulled(
          cache.snapshot(repo, listing.commit()), listing.commit(), wanted, totalBytes);
    } catch (IOException e) {
      throw FileDownload.diskProblem(e, cache.root());
    }
  }

  private static void requireUsable(
      RepoId repo, FileChoice choice, List<RemoteFile> wanted, List<RemoteFile> all) {
    if (wanted.isEmpty()) {
      throw new HubException(
          "%s: must have files of the wanted names, got none among %d; see --include"
              .formatted(repo, all.size()));
    }
    if (choice.isUsual() && all.stream().noneMatch(file -> file.path().endsWith(".safetensors"))) {
      List<String> others =
          all.stream()
              .map(RemoteFile::path)
              .filter(path -> path.matches(".*\\.(bin|pt|pth|gguf|h5|msgpack|onnx)"))
              .toList();
      if (!others.isEmpty()) {
        throw new HubException(
            "%s: its weights must be in safetensors, got %s; convert them in Python with save_pretrained, or choose files with --include"
                .formatted(repo, String.join(", ", others)));
      }
    }
  }

  private void requireSpace(RepoId repo, List<RemoteFile> wanted) throws IOException {
    long missing = 0;
    for (RemoteFile file : wanted) {
      missing += Files.exists(cache.blob(repo, file.id())) ? 0 : file.size();
    }
    long free = Files.getFileStore(cache.root()).getUsableSpace();
    if (free > 0 && missing > free) {
      throw new HubException(
          "%s: needs %d MB of free space for %s, got %d MB; free some, or keep models elsewhere with HF_HUB_CACHE"
              .formatted(cache.root(), missing >> 20, repo, free >> 20));
    }
  }

  private void downloadAll(
      HubClient client,
      RepoId repo,
      String commit,
      List<RemoteFile> wanted,
      long totalBytes,
      Progress progress) {
    AtomicLong done = new AtomicLong();
    Map<String, List<RemoteFile>> byContent = new LinkedHashMap<>();
    wanted.forEach(file -> byContent.computeIfAbsent(file.id(), _ -> new ArrayList<>()).add(file));
    List<Callable<Void>> tasks = new ArrayList<>();
    for (List<RemoteFile> same : byContent.values()) {
      tasks.add(() -> {
        for (RemoteFile file : same) {
          new FileDownload(
                  client,
                  cache,
                  repo,
                  commit,
                  file,
                  bytes -> progress.update(done.addAndGet(bytes), totalBytes))
              .run();
        }
        return null;
      });
    }
    runAll(tasks);
  }

  /** Runs tasks a few at a time; the first failure ends all. */
  private void runAll(List<Callable<Void>> tasks) {
    try (ExecutorService threads =
        Executors.newFixedThreadPool(
            parallel, Thread.ofPlatform().name("rapt-download-", 0).daemon().factory())) {
      List<Future<Void>> running = tasks.stream().map(threads::submit).toList();
      try {
        for (Future<Void> task : running) {
          task.get();
        }
      } catch (ExecutionException e) {
        threads.shutdownNow();
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new HubException("download: " + e.getCause(), e.getCause());
      } catch (InterruptedException e) {
        threads.shutdownNow();
        Thread.currentThread().interrupt();
        throw new HubException("download: interrupted", e);
      }
    }
  }
}
