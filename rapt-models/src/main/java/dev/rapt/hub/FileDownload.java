package dev.rapt.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.function.LongConsumer;

/**
 * Download of one file into the cache. It resumes an earlier attempt, verifies the checksum and
 * only then renames the file, so that a blob is always complete.
 */
final class FileDownload {
  /** {@code huggingface_hub} ignores and removes files that end in {@code .incomplete}. */
  private static final String PARTIAL_SUFFIX = ".rapt.incomplete";

  private static final int BUFFER_BYTES = 1 << 18;

  private final HubClient client;
  private final HubCache cache;
  private final RepoId repo;
  private final String commit;
  private final RemoteFile file;
  private final LongConsumer progress;

  /**
   * Creates a download.
   *
   * @param progress gets changes of the number of bytes that have arrived
   */
  FileDownload(
      HubClient client,
      HubCache cache,
      RepoId repo,
      String commit,
      RemoteFile file,
      LongConsumer progress) {
    this.client = client;
    this.cache = cache;
    this.repo = repo;
    this.commit = commit;
    this.file = file;
    this.progress = progress;
  }

  /**
   * Downloads the file unless the cache has it.
   *
   * @throws HubException if the download fails; the part that has arrived is kept, to be resumed
   */
  void run() {
    Path blob = cache.blob(repo, file.id());
    try {
      cache.withLock(
          repo,
          file.id(),
          () -> {
            if (Files.exists(blob)) {
              progress.accept(file.size());
            } else {
              Path partial = blob.resolveSibling(file.id() + PARTIAL_SUFFIX);
              fetch(partial);
              Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE);
            }
          });
      cache.link(repo, commit, file);
    } catch (IOException e) {
      throw diskProblem(e, cache.root());
    }
  }

  /** Downloads the file and verifies its checksum; if it is wrong, starts over once. */
  private void fetch(Path partial) throws IOException {
    for (boolean isLast = false; ; isLast = true) {
      try (PartialFile part = PartialFile.open(partial, file)) {
        progress.accept(part.size());
        receiveAll(part);
        String got = part.checksum();
        if (got.equals(file.id())) {
          return;
        }
        progress.accept(-part.restart());
        if (isLast) {
          throw new HubException(
              "%s: checksum must be %s, got %s in two downloads; the file on the server or a proxy may be damaged"
                  .formatted(file.path(), file.id(), got));
        }
      }
    }
  }

  /**
   * Downloads until the file has its full size. Attempts are counted from the last one that made
   * progress.
   */
  private void receiveAll(PartialFile part) throws IOException {
    URI uri = client.file(repo, commit, file.path());
    int failures = 0;
    while (part.size() < file.size()) {
      long before = part.size();
      String problem = "the connection ended early";
      HttpResponse<InputStream> response = client.get(repo, commit, uri, before);
      try (InputStream body = response.body()) {
        if (response.statusCode() != 206) {
          progress.accept(
              -part.restart()); // the server sends the whole file, or does not have this position
        }
        if (response.statusCode() != 416) {
          receive(body, part);
        }
      } catch (BrokenConnection e) {
        problem = String.valueOf(e.getCause());
      }
      failures = part.size() > before ? 0 : failures + 1;
      if (part.size() < file.size()) {
        if (!client.backoff().continuesAfter(failures)) {
          throw new HubException(
              "%s: download must be complete, got %d of %d bytes, then %s; run the command again to resume"
                  .formatted(file.path(), part.size(), file.size(), problem));
        }
        client.backoff().pause(failures, Duration.ZERO);
      }
    }
  }

  private void receive(InputStream body, PartialFile part) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (StallGuard guard = StallGuard.ofThisThread()) {
      while (true) {
        int n = read(body, buffer);
        if (n < 0) {
          return;
        }
        guard.alive();
        if (part.size() + n > file.size()) {
          progress.accept(-part.restart());
          throw new HubException(
              "%s: must have %d bytes, got more".formatted(file.path(), file.size()));
        }
        part.append(ByteBuffer.wrap(buffer, 0, n));
        progress.accept(n);
      }
    }
  }

  private static int read(InputStream body, byte[] buffer) throws BrokenConnection {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      throw new BrokenConnection(e);
    }
  }

  /** An error of the network; all other I/O errors are errors of the disk. */
  private static final class BrokenConnection extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenConnection(IOException cause) {
      super(cause);
    }
  }

  /** Returns the error for a failed write to the cache. */
  static HubException diskProblem(IOException e, Path cache) {
    String message = String.valueOf(e.getMessage());
    String file =
        e instanceof FileSystemException f && f.getFile() != null ? f.getFile() : cache + "";
    if (message.contains("No space left") || message.contains("not enough space")) {
      return new HubException(
          "%s: the disk is full; free disk space, or set HF_HUB_CACHE to another folder"
              .formatted(cache),
          e);
    }
    if (e instanceof AccessDeniedException || message.contains("Read-only file system")) {
      return new HubException(
          "%s: no write permission; change it, or set HF_HUB_CACHE to another folder"
              .formatted(file),
          e);
    }
    return new HubException("%s: cannot be written: %s".formatted(file, e), e);
  }
}
