package dev.rapt.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * The cache of downloaded models, in the layout of {@code huggingface_hub}:
 *
 * <pre>
 * models--ORG--NAME/blobs/CHECKSUM              contents
 * models--ORG--NAME/refs/REVISION               the last known commit of a branch or tag
 * models--ORG--NAME/snapshots/COMMIT/FILE       symbolic links into blobs
 * .locks/models--ORG--NAME/CHECKSUM.lock        held while a blob is written
 * </pre>
 *
 * <p>On file systems without symbolic links, a snapshot holds copies of the files.
 */
public final class HubCache {
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");

  private static final String TAG_FILE = "CACHEDIR.TAG";

  /** First line: Cache Directory Tagging Specification, https://bford.info/cachedir/. */
  private static final String TAG =
      """
      Signature: 8a477f597d28d172789f06886806bc55
      # Models from the Hugging Face hub; they can be downloaded again.
      """;

  private static final long LONGEST_PAUSE_MILLIS = 200;

  /** File locks are held by processes; these locks exclude threads of this process. */
  private static final ConcurrentHashMap<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

  private final Path root;

  /** Creates a cache in this folder, which need not exist yet. */
  public HubCache(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /** Returns the folder. */
  public Path root() {
    return root;
  }

  private Path folder(RepoId repo) {
    return root.resolve(repo.folderName());
  }

  /** Returns whether a revision is a full commit hash, which never changes its meaning. */
  static boolean isCommit(String revision) {
    return COMMIT.matcher(revision).matches();
  }

  /**
   * Returns the folder of a model, empty if no file of the revision has been downloaded.
   *
   * @param revision a branch, a tag or a commit
   */
  public Optional<Path> find(RepoId repo, String revision) {
    try {
      String commit = revision;
      if (!isCommit(revision)) {
        Path ref = refFile(repo, revision);
        if (!Files.isRegularFile(ref)) {
          return Optional.empty();
        }
        commit = Files.readString(ref).strip();
      }
      Path snapshot = isCommit(commit) ? snapshot(repo, commit) : root;
      return isCommit(commit) && Files.isDirectory(snapshot)
          ? Optional.of(snapshot)
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the folder of a commit. */
  Path snapshot(RepoId repo, String commit) {
    return folder(repo).resolve("snapshots").resolve(commit);
  }

  /** Returns the file of the content with this checksum. */
  Path blob(RepoId repo, String id) {
    return folder(repo).resolve("blobs").resolve(id);
  }

  private Path refFile(RepoId repo, String revision) {
    Path refs = folder(repo).resolve("refs");
    Path ref = refs.resolve(revision).normalize();
    if (!ref.startsWith(refs) || ref.equals(refs)) {
      throw new IllegalArgumentException(
          "revision: must be a branch, a tag or a commit, got " + revision);
    }
    return ref;
  }

  /** Creates the folders of a model. */
  void prepare(RepoId repo) throws IOException {
    Files.createDirectories(folder(repo).resolve("blobs"));
    Path tag = root.resolve(TAG_FILE);
    if (!Files.exists(tag)) {
      Files.writeString(tag, TAG);
    }
  }

  /** Records the commit of a branch or tag, for offline use. */
  void writeRef(RepoId repo, String revision, String commit) throws IOException {
    if (revision.equals(commit)) {
      return;
    }
    Path ref = refFile(repo, revision);
    if (Files.exists(ref) && Files.readString(ref).strip().equals(commit)) {
      return;
    }
    Files.createDirectories(ref.getParent());
    Path draft = ref.resolveSibling(ref.getFileName() + "." + UUID.randomUUID() + ".tmp");
    Files.writeString(draft, commit);
    Files.move(draft, ref, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Links a file of a commit to its blob. */
  void link(RepoId repo, String commit, RemoteFile file) throws IOException {
    Path blob = blob(repo, file.id());
    Path pointer = snapshot(repo, commit).resolve(file.path());
    if (Files.exists(pointer)) {
      return;
    }
    Path folder = Objects.requireNonNull(pointer.getParent());
    Files.createDirectories(folder);
    // Renamed into place: a link that another pull has just made must never be gone for a moment.
    Path draft = folder.resolve("." + UUID.randomUUID() + ".tmp");
    try {
      Files.createSymbolicLink(draft, folder.relativize(blob));
    } catch (UnsupportedOperationException | FileSystemException e) {
      Files.copy(blob, draft);
    }
    Files.move(draft, pointer, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Work under the exclusive lock of a blob. */
  @FunctionalInterface
  interface Exclusive {
    /** Does the work. */
    void run() throws IOException;
  }

  /**
   * Runs work under the exclusive lock of a blob, held by one thread of one process at a time;
   * waits for the lock.
   */
  void withLock(RepoId repo, String id, Exclusive work) throws IOException {
    Path file = root.resolve(".locks").resolve(repo.folderName()).resolve(id + ".lock");
    Files.createDirectories(file.getParent());
    ReentrantLock threads = LOCKS.computeIfAbsent(file, _ -> new ReentrantLock());
    threads.lock();
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = waitForLock(channel)) {
      work.run();
    } finally {
      threads.unlock();
    }
  }

  /**
   * Waits for the lock of a file by asking again and again. A wait inside the operating system is
   * refused as a deadlock (EDEADLK) where it takes the threads of a process for one owner: two
   * processes, each downloading several files, then seem to wait for each other.
   */
  private static FileLock waitForLock(FileChannel channel) throws IOException {
    for (long pause = 10; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS)) {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return lock;
      }
      try {
        Thread.sleep(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for another download");
      }
    }
  }
}
