package dev.rapt.hub;

import dev.rapt.checkpoint.JsonFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;

/**
 * Downloads a model from the hub into the cache, several files in parallel.
 *
 * <pre>{@code
 * ModelPull pull = new ModelPull(HubSettings.ofProcess());
 * Pulled pulled = pull.run(new RepoId("Qwen/Qwen3-0.6B"), "main", FileChoice.usual(), progress);
 * CausalLm model = CausalLm.load(pulled.folder());
 * }</pre>
 */
public final class ModelPull {
  /** The modules of a sentence-transformers model. */
  private static final String MODULES = "modules.json";

  /** Default number of parallel downloads. */
  public static final int USUAL_PARALLEL = 4;

  private final HubSettings settings;
  private final HubCache cache;
  private final Backoff backoff;
  private final int parallel;

  /** Creates a downloader with {@value #USUAL_PARALLEL} parallel downloads. */
  public ModelPull(HubSettings settings) {
    this(settings, USUAL_PARALLEL);
  }

  /**
   * Creates a downloader.
   *
   * @param parallel number of parallel downloads
   */
  public ModelPull(HubSettings settings, int parallel) {
    this(settings, parallel, Backoff.USUAL);
  }

  ModelPull(HubSettings settings, int parallel, Backoff backoff) {
    if (parallel < 1) {
      throw new IllegalArgumentException("parallel downloads: must be at least 1, got " + parallel);
    }
    this.settings = settings;
    this.cache = new HubCache(settings.cache());
    this.backoff = backoff;
    this.parallel = parallel;
  }

  /** Observer of the progress of a download; called by several threads. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Called when bytes have arrived or were discarded.
     *
     * @param doneBytes bytes that have arrived, including those of earlier attempts
     * @param totalBytes bytes of all selected files
     */
    void update(long doneBytes, long totalBytes);
  }

  /**
   * A model in the cache.
   *
   * @param folder the folder to load
   * @param commit commit of the revision
   * @param files selected files
   * @param totalBytes total size of the files, in bytes
   */
  public record Pulled(Path folder, String commit, List<RemoteFile> files, long totalBytes) {}

  /**
   * Downloads the selected files that are not in the cache yet.
   *
   * @param revision a branch, a tag or a commit
   * @throws HubException if the settings are offline, the hub denies access, the network or the
   *     disk fails, or the model has no weights in a supported format
   */
  public Pulled run(RepoId repo, String revision, FileChoice choice, Progress progress) {
    if (settings.offline()) {
      throw new HubException(
          "%s: cannot be downloaded offline; remove --offline and HF_HUB_OFFLINE".formatted(repo));
    }
    try (HubClient client = new HubClient(settings, backoff)) {
      HubClient.Listing listing = client.list(repo, revision);
      cache.prepare(repo);
      Set<String> modules =
          choice.isUsual() ? moduleFolders(client, repo, listing, choice) : Set.of();
      FileChoice whole = choice.withFolders(modules);
      List<RemoteFile> wanted =
          listing.files().stream().filter(file -> whole.wants(file.path())).toList();
      requireUsable(repo, choice, wanted, listing.files());
      for (String module : modules) {
        requireSafetensors(repo, module, listing.files());
      }
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

  /**
   * Downloads the modules.json of a sentence-transformers model; returns the folders that it names,
   * without the main folder. Empty for other models.
   */
  private Set<String> moduleFolders(
      HubClient client, RepoId repo, HubClient.Listing listing, FileChoice choice) {
    RemoteFile modules =
        listing.files().stream()
            .filter(file -> file.path().equals(MODULES) && choice.wants(MODULES))
            .findFirst()
            .orElse(null);
    if (modules == null) {
      return Set.of();
    }
    new FileDownload(client, cache, repo, listing.commit(), modules, _ -> {}).run();
    Set<String> folders = new LinkedHashSet<>();
    Path file = cache.snapshot(repo, listing.commit()).resolve(MODULES);
    for (JsonNode module : JsonFiles.read(file).values()) {
      String path = module.path("path").asString("").replaceAll("^\\./|/+$", "");
      if (!path.isEmpty() && !path.equals(".")) {
        folders.add(path);
      }
    }
    return folders;
  }

  /** Refuses a module whose weights are pickled only. */
  private static void requireSafetensors(RepoId repo, String module, List<RemoteFile> all) {
    List<String> files =
        all.stream().map(RemoteFile::path).filter(path -> path.startsWith(module + "/")).toList();
    String pickled = module + "/pytorch_model.bin";
    if (files.contains(pickled) && files.stream().noneMatch(f -> f.endsWith(".safetensors"))) {
      throw new HubException(
          "%s: weights must be in safetensors, got %s; convert them in Python with save_pretrained"
              .formatted(repo, pickled));
    }
  }

  private static void requireUsable(
      RepoId repo, FileChoice choice, List<RemoteFile> wanted, List<RemoteFile> all) {
    if (wanted.isEmpty()) {
      throw new HubException(
          "%s: some of its files must be selected, got none of %d; see --include"
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
            "%s: weights must be in safetensors, got %s; convert them in Python with save_pretrained, or select files with --include"
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
          "%s: must have %d MB of free disk space for %s, got %d MB; free some, or set HF_HUB_CACHE to another folder"
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

  /** Runs tasks in parallel; the first failure cancels all. */
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
