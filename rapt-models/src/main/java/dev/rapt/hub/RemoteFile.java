package dev.rapt.hub;

import java.util.regex.Pattern;

/**
 * A file of a model on the hub.
 *
 * @param path from the root of the model, with slashes: {@code model.safetensors}
 * @param size in bytes
 * @param id the SHA-256 of a large file, or the SHA-1 that git gives a small one: its name in the
 *     cache, and its checksum
 */
public record RemoteFile(String path, long size, String id) {
  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  /**
   * @throws HubException if the path leads out of the model's folder, or the checksum is none
   */
  public RemoteFile {
    if (path.isEmpty() || path.startsWith("/") || path.indexOf('\\') >= 0 || hasDots(path)) {
      throw new HubException("hub: a file must lie in the model's folder, got \"" + path + "\"");
    }
    if (!SHA1.matcher(id).matches() && !SHA256.matcher(id).matches()) {
      throw new HubException(
          path
              + ": must have a SHA-1 or SHA-256 on the hub, got \""
              + id
              + "\"; is HF_ENDPOINT a"
              + " Hugging Face hub?");
    }
    if (size < 0) {
      throw new HubException(path + ": must have a size on the hub, got " + size);
    }
  }

  private static boolean hasDots(String path) {
    for (String part : path.split("/", -1)) {
      if (part.isEmpty() || part.equals(".") || part.equals("..")) {
        return true;
      }
    }
    return false;
  }

  /** Whether the checksum is of the content itself; else git's, of a header and the content. */
  boolean isSha256() {
    return id.length() == 64;
  }
}
